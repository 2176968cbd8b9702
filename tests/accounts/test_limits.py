"""What is counted against guessing, and that nobody can turn it against somebody else."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts import one_time_codes
from accounts.actions import GUESSES_PER_HOUR
from accounts.models import CodeGuesses, Patient, User
from notifications.models import OutboxMessage
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LOGIN = reverse("account_login")
SIGNUP = reverse("account_signup")
RESET = reverse("account_reset_password")
RESET_CODE = reverse("account_confirm_password_reset_code")
SLOW = "Too many tries. Wait five minutes, then try again."
ELSEWHERE = (
    "Too many wrong passwords for this name, from many places. Wait fifteen minutes, or sign in on "
    "a device where you have been signed in before."
)
MINUTE = 60


@pytest.fixture
def user(patient: Patient) -> User:
    User.objects.filter(pk=patient.user_id).update(password=make_password(factories.PASSWORD))
    EmailAddress.objects.create(
        user=patient.user, email=patient.user.email, verified=True, primary=True
    )
    return patient.user


def at(number: int) -> Client:
    """A visitor at one of 65 536 network addresses."""
    return Client(REMOTE_ADDR=f"10.0.{number // 256}.{number % 256}")


def try_password(client: Client, name: str = "sadia", password: str = "Wrong-horse-7") -> str:
    """What the page says; nothing for who is in."""
    answer = client.post(LOGIN, {"login": name, "password": password})
    return "" if answer.status_code == 302 else answer.context["form"].non_field_errors()[0]


def gets_in(client: Client, name: str = "sadia") -> bool:
    entered = try_password(client, name, factories.PASSWORD) == ""
    client.post(reverse("account_logout"))
    return entered


@pytest.mark.parametrize("name", ["sadia", "sadia@example.org"])
def test_who_fails_on_purpose_locks_out_nobody_elsewhere(user: User, name: str) -> None:
    attacker = at(1)
    said = [try_password(attacker, name) for _ in range(9)]
    assert said[5:] == [SLOW] * 4
    assert gets_in(at(2), name)


def test_who_fails_from_many_places_is_slowed_and_known_devices_are_not(
    clock: Any, user: User
) -> None:
    own = at(1)
    assert gets_in(own)
    said = [try_password(at(10 + number)) for number in range(40)]
    assert said[30:] == [ELSEWHERE] * 10
    # Somewhere new they wait for a quarter of an hour at most after the last try that counted.
    assert try_password(at(2), password=factories.PASSWORD) == ELSEWHERE
    assert gets_in(own)
    assert gets_in(own, "Sadia@example.org")
    # The device travels.
    own.defaults["REMOTE_ADDR"] = "192.0.2.1"
    assert gets_in(own)
    clock.shift(15 * MINUTE + 1)
    assert gets_in(at(2))


@pytest.mark.slow("hundreds of log-ins")
def test_attack_that_goes_on_never_reaches_a_known_device(clock: Any, user: User) -> None:
    own = at(1)
    assert gets_in(own)
    tried = 0
    for round_ in range(4):
        for number in range(35):
            tried += try_password(at(round_ * 100 + number)) != ELSEWHERE
        assert gets_in(own)
        clock.shift(5 * MINUTE)
    assert tried == 60, "30 in each quarter of an hour"


def test_known_device_is_known_for_its_own_names_only(user: User) -> None:
    other = factories.PatientFactory(user__username="tanvir").user
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    insider = at(1)
    assert gets_in(insider, "tanvir")
    for number in range(30):
        try_password(at(10 + number))
    assert try_password(insider) == ELSEWHERE


@pytest.mark.parametrize(
    "cookie", ["", "x", "eyJpZCI6ImEiLCJuYW1lcyI6W119:1a:b", "\x00", "a" * 5000]
)
def test_made_up_cookie_makes_no_known_device(user: User, cookie: str) -> None:
    forger = at(1)
    forger.cookies["known_device"] = cookie
    for number in range(30):
        try_password(at(10 + number))
    assert try_password(forger) == ELSEWHERE


def test_known_device_has_tries_of_its_own_and_not_more(clock: Any, user: User) -> None:
    own = at(1)
    assert gets_in(own)
    said = [try_password(own) for _ in range(7)]
    assert said[5:] == [SLOW, SLOW]
    clock.shift(5 * MINUTE + 1)
    assert gets_in(own)


def test_known_device_tells_no_name(user: User) -> None:
    own = at(1)
    assert gets_in(own)
    cookie = own.cookies["known_device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert "sadia" not in cookie.value
    assert str(user.pk) not in cookie.value


def test_one_place_is_slowed_whatever_names_it_tries(db: None) -> None:
    said = [try_password(at(1), f"name{number}") for number in range(12)]
    assert said[10:] == [SLOW, SLOW]


# --- asking for codes -------------------------------------------------------------------------
def ask(client: Client, address: str = "sadia@example.org") -> int:
    return client.post(RESET, {"email": address}).status_code


def test_asking_for_somebody_s_codes_locks_out_nobody_elsewhere(clock: Any, user: User) -> None:
    attacker = at(1)
    assert [ask(attacker) for _ in range(7)] == [302] * 5 + [429] * 2
    page = attacker.post(RESET, {"email": user.email}).content.decode()
    assert 'data-wait="900"' in page
    assert "15 minutes" in page
    assert ask(at(2)) == 302
    clock.shift(15 * MINUTE + 1)
    assert ask(attacker) == 302


def test_mails_to_one_mailbox_have_an_end(clock: Any, user: User) -> None:
    own = at(1)
    assert gets_in(own)
    answers = [ask(at(10 + number)) for number in range(25)]
    assert answers == [302] * 20 + [429] * 5
    assert OutboxMessage.objects.filter(kind="password_reset_code").count() == 20
    assert ask(own) == 302
    clock.shift(15 * MINUTE + 1)
    assert ask(at(2)) == 302


@pytest.mark.parametrize("way", ["sign up", "reset"])
def test_who_has_no_code_coming_is_told_three_times_an_hour(
    clock: Any, user: User, way: str
) -> None:
    address = user.email if way == "sign up" else "nobody@example.org"
    for number in range(6):
        client = at(number)
        if way == "reset":
            assert ask(client, address) == 302
        else:
            details = {"role": "patient", "name": "N", "username": f"n{number}", "email": address}
            answer = client.post(SIGNUP, details | {"password1": factories.PASSWORD})
            assert answer.status_code == 302
        clock.shift(11)
    assert OutboxMessage.objects.filter(address=address).count() == 3


# --- codes ------------------------------------------------------------------------------------
def use_up_guesses(address: str) -> None:
    """Somebody at many places asks for codes and guesses."""
    for number in range(GUESSES_PER_HOUR):
        client = at(1000 + number)
        ask(client, address)
        client.post(RESET_CODE, {"code": "000000"})
    (row,) = CodeGuesses.objects.all()
    assert row.guesses == GUESSES_PER_HOUR


def error_after(client: Client, code: str) -> str:
    answer = client.post(RESET_CODE, {"code": code})
    return "" if answer.status_code == 302 else answer.context["form"].errors["code"][0]


def test_guesses_of_others_leave_a_known_device_its_own(clock: Any, user: User) -> None:
    own = at(1)
    assert gets_in(own)
    use_up_guesses(user.email)
    code = asked_code(own, clock)
    assert len(code) == one_time_codes.SHORT
    assert error_after(own, code) == ""


def test_guesses_of_others_make_the_next_code_longer(clock: Any, user: User) -> None:
    stranger = at(1)
    short = asked_code(stranger, clock)
    use_up_guesses(user.email)
    assert error_after(stranger, short) == (
        "Too many wrong codes for this address. Ask for a new one: it will be longer, and works "
        "at once."
    )
    code = asked_code(stranger, clock)
    assert len(code) == one_time_codes.LONG + 3
    assert error_after(stranger, short) != ""
    assert error_after(stranger, code) == ""


def asked_code(client: Client, clock: Any) -> str:
    """Asks for a code, a second after whatever was before, and reads it."""
    clock.shift(1)
    assert ask(client) == 302
    mail = OutboxMessage.objects.filter(kind="password_reset_code").latest("created_at")
    return str(mail.facts["code"])


def test_code_belongs_to_the_session_that_asked(clock: Any, user: User) -> None:
    asker, other = at(1), at(2)
    theirs, mine = asked_code(asker, clock), asked_code(other, clock)
    assert theirs == mine or error_after(other, theirs).startswith("That isn't the code.")
    visitor = at(3).post(RESET_CODE, {"code": theirs})
    assert (visitor.status_code, visitor.headers["Location"]) == (302, RESET)
    assert error_after(asker, theirs) == ""


def test_code_is_used_once_and_for_one_password(clock: Any, user: User) -> None:
    client = at(1)
    code = asked_code(client, clock)
    assert error_after(client, code) == ""
    new = dict.fromkeys(("password1", "password2"), "Another-horse-8")
    assert client.post(reverse("account_complete_password_reset"), new).status_code == 302
    again = client.post(RESET_CODE, {"code": code})
    assert (again.status_code, again.headers["Location"]) == (302, RESET)
    late = client.post(reverse("account_complete_password_reset"), new)
    assert (late.status_code, late.headers["Location"]) == (302, RESET)


def test_no_session_holds_a_code(clock: Any, user: User) -> None:
    code = asked_code(at(1), clock)
    (session,) = Session.objects.all()
    assert code not in str(session.get_decoded())


def test_seeds_are_random_and_codes_follow_evenly() -> None:
    seeds = {one_time_codes.new_seed() for _ in range(5000)}
    assert len(seeds) == 5000
    assert min(len(seed) for seed in seeds) == 32
    made = [one_time_codes.code_of(seed) for seed in seeds]
    assert {len(code) for code in made} == {6}
    for place in range(6):
        counts = [sum(code[place] == str(digit) for code in made) for digit in range(10)]
        # 500 each: farther away than this once in millions of runs.
        assert 380 < min(counts) <= max(counts) < 620


@pytest.mark.parametrize("typed", ["", "0", "12345", "1234567", "0" * 15, "0" * 17])
def test_no_seed_fits_nothing_and_nothing_fits_a_seed(typed: str) -> None:
    assert not one_time_codes.is_code_of(typed, one_time_codes.new_seed())
    assert not one_time_codes.is_code_of(typed, "")
    assert not one_time_codes.is_code_of(one_time_codes.code_of(one_time_codes.new_seed()), "")
