"""Who comes from Google with an address that Google has not proved learns nothing by it."""

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from notifications.models import OutboxMessage
from tests import factories
from tests.accounts.answers import CHANGE, CODE, LOGIN, Answers, walk
from tests.accounts.google_ways import SIGN_UP, through
from tests.live.google import GoogleStandIn, Person

KNOWN, UNKNOWN, THIRD = "sadia@example.org", "nobod@example.org", "third@example.org"
pytestmark = [pytest.mark.any_database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _limits_are_off(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def user(db: None) -> User:
    user = factories.UserFactory(username="rina", email=KNOWN)
    EmailAddress.objects.create(user=user, email=KNOWN, verified=True, primary=True)
    return user


def from_google(google: GoogleStandIn, address: str) -> Client:
    """Before the form that asks for the role."""
    google.person = Person(email=address, email_verified=False)
    client = Client()
    through(client, google)
    return client


def sign_up(google: GoogleStandIn, address: str, *, typed: str = "") -> Answers:
    """Up to the code, with what one can do there, and back."""
    details = {"role": "patient", "name": "Nadia", "username": "nadia", "email": typed or address}
    wrong = {"code": "000000"}
    return walk(
        (SIGN_UP, None), (SIGN_UP, details), (CODE, None), (LOGIN, None), (SIGN_UP, None),
        (CODE, {"action": "resend"}), (CODE, None), (CODE, wrong), (CODE, {"code": "1"}),
        (CODE, wrong), (CODE, wrong), (CODE, wrong), (CODE, CHANGE | {"email": "x"}),
        (CODE, CHANGE | {"email": typed or address}), (CODE, CHANGE | {"email": THIRD}),
        (CODE, None), (CODE, wrong), (CODE, CHANGE | {"email": "4@example.org"}), (CODE, None),
        client=from_google(google, address),
    )  # fmt: skip


@pytest.mark.parametrize("by", ["what Google says", "what is typed"])
def test_known_and_unknown_get_the_same_answers(google: GoogleStandIn, user: User, by: str) -> None:
    seen = []
    for address in (KNOWN, UNKNOWN):
        with time_machine.travel("2026-11-12T03:00:00Z", tick=False):
            if by == "what is typed":
                seen.append(sign_up(google, "me@gmail.example", typed=address))
            else:
                seen.append(sign_up(google, address))
        SocialAccount.objects.all().delete()
        # Out of the way of the next.
        User.objects.filter(username="nadia").update(username=address, email=f"was-{address}")
        EmailAddress.objects.exclude(user=user).delete()
        OutboxMessage.objects.all().delete()

    for step, (one, other) in enumerate(zip(*seen, strict=True)):
        assert one[:2] == other[:2], step
        # The form proposes what stands before the @ as a username: those are not hidden.
        one_page, other_page = one[2].replace("sadia", "…"), other[2].replace("nobod", "…")
        assert one_page == other_page, step
    assert {status for status, _where, _body in seen[0]} <= {200, 302, 422}


def test_mistyped_address_that_has_an_account_is_put_right(
    google: GoogleStandIn, user: User
) -> None:
    client = from_google(google, "me@gmail.example")
    details = {"role": "doctor", "name": "Nadia Walker", "username": "nadia", "email": KNOWN}
    client.post(SIGN_UP, details)
    assert User.objects.count() == 1
    assert SocialAccount.objects.count() == 0

    client.post(CODE, CHANGE | {"email": THIRD})
    mail = OutboxMessage.objects.get(kind="email_confirmation_code")
    assert mail.address == THIRD
    assert client.post(CODE, {"code": mail.facts["code"]}).status_code == 302

    nadia = User.objects.get(username="nadia")
    assert client.session["_auth_user_id"] == str(nadia.pk)
    assert (nadia.role, nadia.display_name) == ("doctor", "Nadia Walker")
    assert not nadia.has_usable_password()
    linked = SocialAccount.objects.get()
    assert (linked.user, linked.uid) == (nadia, Person().sub)
    assert linked.extra_data == {"email": "me@gmail.example"}
    # From now on by Google.
    again = Client()
    through(again, google)
    assert again.session["_auth_user_id"] == str(nadia.pk)


def test_google_account_that_somebody_linked_meanwhile_starts_again(
    google: GoogleStandIn, user: User
) -> None:
    client = from_google(google, "me@gmail.example")
    client.post(SIGN_UP, {"role": "patient", "name": "N", "username": "nadia", "email": KNOWN})
    SocialAccount.objects.create(user=user, provider="google", uid=Person().sub)
    answer = client.post(CODE, CHANGE | {"email": THIRD})
    assert answer.headers["Location"] == reverse("account_signup")
    assert User.objects.get() == user
