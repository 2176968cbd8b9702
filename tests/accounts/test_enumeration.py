"""Pages don't tell who has an account: not by what they say, nor by how long they take.

How long it takes is looked at in hashes computed, which are nearly all of it. To see times, too:

    TRIES=50 python -m pytest -s tests/accounts/test_enumeration.py
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import Patient, User
from notifications.models import OutboxMessage
from tests import factories
from tests.accounts.answers import CHANGE, CODE, LOGIN, SIGNUP, Answers, walk

pytestmark = pytest.mark.any_database

RESET = reverse("account_reset_password")
RESET_CODE = reverse("account_confirm_password_reset_code")

TRIES = int(os.environ.get("TRIES", "1"))


class CountingHasher(Argon2PasswordHasher):
    """The site's own, which counts. Cheap, unless times are looked at."""

    if TRIES == 1:
        time_cost, memory_cost, parallelism = 1, 8, 1
    hashes = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.hashes += 1
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        CountingHasher.hashes += 1
        return super().verify(password, encoded)


@pytest.fixture(autouse=True)
def _hashes_are_counted(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def user(patient: Patient) -> User:
    User.objects.update(password=make_password(factories.PASSWORD))
    EmailAddress.objects.create(
        user=patient.user, email=patient.user.email, verified=True, primary=True
    )
    return patient.user


def log_in(name: str) -> Answers:
    return walk((LOGIN, {"login": name, "password": "Wrong-horse-7"}), (LOGIN, None))


def sign_up(address: str) -> Answers:
    """Up to the code, with what one can do there, and back."""
    details = {
        "role": "patient",
        "name": "Nadia",
        "username": f"n{User.objects.count()}",
        "email": address,
        "password1": factories.PASSWORD,
    }
    wrong = {"code": "000000"}
    resend = {"action": "resend"}
    return walk(
        (SIGNUP, details), (CODE, None), (LOGIN, None), (SIGNUP, None), (CODE, resend),
        (CODE, None), (CODE, wrong), (CODE, {"code": "1"}), (CODE, wrong), (CODE, wrong),
        (CODE, wrong), (CODE, CHANGE | {"email": address}), (CODE, CHANGE | {"email": "x"}),
        (CODE, CHANGE), (CODE, None), (CODE, wrong), (CODE, CHANGE | {"email": "3@example.org"}),
        (CODE, None), (CODE, CHANGE | {"email": "4@example.org"}), (CODE, None), (SIGNUP, None),
    )  # fmt: skip


def reset(address: str) -> Answers:
    wrong = {"code": "000000"}
    return walk(
        (RESET, {"email": address}), (RESET_CODE, None), (RESET_CODE, wrong), (RESET_CODE, wrong),
        (RESET_CODE, wrong), (RESET_CODE, wrong), (RESET_CODE, None), (RESET, None),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("way", "known", "unknown"),
    [
        (log_in, "sadia", "nobod"),
        (log_in, "sadia@example.org", "nobod@example.org"),
        (sign_up, "sadia@example.org", "nobod@example.org"),
        (reset, "sadia@example.org", "nobod@example.org"),
    ],
)
def test_known_and_unknown_get_the_same_answers(
    user: User, way: Callable[[str], Answers], known: str, unknown: str
) -> None:
    with time_machine.travel("2026-11-12T03:00:00Z", tick=False):
        of_known = way(known)
        OutboxMessage.objects.all().delete()
        User.objects.exclude(pk=user.pk).update(username="out of the way", email="a@b.example")
        EmailAddress.objects.exclude(user=user).delete()
        of_unknown = way(unknown)

    for step, (one, other) in enumerate(zip(of_known, of_unknown, strict=True)):
        assert one[:2] == other[:2], step
        assert one[2].replace(known, "…") == other[2].replace(unknown, "…"), step
    assert {status for status, _where, _body in of_known} <= {200, 302, 422}


def test_mistyped_address_that_has_an_account_is_put_right(client: Client, user: User) -> None:
    """Who typed somebody else's address goes on as if it had been nobody's."""
    details = {
        "role": "patient",
        "name": "Nadia Walker",
        "username": "nadia",
        "email": user.email,
        "password1": factories.PASSWORD,
        "time_zone": "Europe/Berlin",
        "next": "/doctors/",
    }
    client.post(SIGNUP, details)
    assert not User.objects.exclude(pk=user.pk).exists()
    answer = client.post(CODE, {"action": "change", "email": "nadia@example.org"})
    assert (answer.status_code, answer.headers["Location"]) == (302, CODE)
    mail = OutboxMessage.objects.get(kind="email_confirmation_code")
    assert mail.address == "nadia@example.org"
    answer = client.post(CODE, {"code": mail.facts["code"]})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/doctors/")
    nadia = User.objects.get(username="nadia")
    assert client.session["_auth_user_id"] == str(nadia.pk)
    assert nadia.check_password(factories.PASSWORD)
    assert (nadia.display_name, nadia.time_zone) == ("Nadia Walker", "Europe/Berlin")
    assert nadia.patients.get().name == "Nadia Walker"
    assert not nadia.is_staff


def test_username_taken_meanwhile_starts_again(client: Client, user: User) -> None:
    details = {"role": "patient", "name": "N", "username": "nadia", "email": user.email}
    client.post(SIGNUP, details | {"password1": factories.PASSWORD})
    factories.UserFactory(username="Nadia", email="first@example.org")
    answer = client.post(CODE, {"action": "change", "email": "nadia@example.org"})
    assert (answer.status_code, answer.headers["Location"]) == (302, SIGNUP)
    assert not User.objects.filter(email="nadia@example.org").exists()
    assert client.get(SIGNUP).status_code == 200


# --- time -------------------------------------------------------------------------------------
def one_log_in(name: str) -> None:
    assert Client().post(LOGIN, {"login": name, "password": "Wrong-horse-7"}).status_code == 422


def one_sign_up(address: str) -> None:
    details = {"role": "patient", "name": "N", "username": f"n{next(numbers)}", "email": address}
    answer = Client().post(SIGNUP, details | {"password1": factories.PASSWORD})
    assert answer.status_code == 302


def one_reset(address: str) -> None:
    assert Client().post(RESET, {"email": address}).status_code == 302


def asked_once(address: str) -> Client:
    client = Client()
    details = {"role": "patient", "name": "N", "username": f"n{next(numbers)}", "email": address}
    with time_machine.travel(time.time() - 60):
        client.post(SIGNUP, details | {"password1": factories.PASSWORD})
    return client


def count_up() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


numbers = count_up()


@pytest.mark.parametrize(
    ("what", "one", "known", "unknown", "hashes"),
    [
        ("log-in by username", one_log_in, "sadia", "nobody", 1),
        ("log-in by address", one_log_in, "sadia@example.org", "nobody{}@example.org", 1),
        ("log-in of who has no password", one_log_in, "invited@example.org", "nobody", 1),
        ("sign-up", one_sign_up, "sadia@example.org", "nobody{}@example.org", 1),
        ("asking for a code", one_reset, "sadia@example.org", "nobody{}@example.org", 0),
    ],
)
def test_known_and_unknown_take_as_long(
    user: User, what: str, one: Callable[[str], None], known: str, unknown: str, hashes: int
) -> None:
    invited = User(username="patient-0", email="invited@example.org")
    invited.set_unusable_password()
    invited.save()
    seconds: dict[str, list[float]] = {known: [], unknown: []}
    for number in range(TRIES):
        for name in (known, unknown):
            CountingHasher.hashes = 0
            began = time.perf_counter()
            one(name.format(number))
            seconds[name].append(time.perf_counter() - began)
            assert CountingHasher.hashes == hashes, name
    medians = [f"{1000 * statistics.median(seconds[name]):6.1f} ms" for name in (known, unknown)]
    print(f"{what}: known {medians[0]}, unknown {medians[1]}, of {TRIES}")  # noqa: T201


def test_new_code_takes_as_long_for_either(user: User) -> None:
    seconds: dict[str, list[float]] = {user.email: [], "nobody{}@example.org": []}
    for number in range(TRIES):
        for address, taken in seconds.items():
            client = asked_once(address.format(number))
            CountingHasher.hashes = 0
            began = time.perf_counter()
            assert client.post(CODE, {"action": "resend"}).status_code == 302
            taken.append(time.perf_counter() - began)
            assert CountingHasher.hashes == 0
    known, unknown = (1000 * statistics.median(taken) for taken in seconds.values())
    print(f"new code: known {known:6.1f} ms, unknown {unknown:6.1f} ms, of {TRIES}")  # noqa: T201
