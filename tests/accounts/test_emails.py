"""The mails about accounts say everything they mean to say."""

import copy
import datetime as dt

import pytest
from pytest_django.fixtures import Settings

from accounts import emails
from accounts.enums import Act, SecurityChange
from accounts.models import User
from notifications.mail_rendering import RenderedMail, render_message
from notifications.models import OutboxMessage
from tests import factories

pytestmark = pytest.mark.any_database

MISSING = "!missing!"
MAILED_ACTS = [act for act in Act if act.startswith(("password.", "email."))]


@pytest.fixture(autouse=True)
def say_what_is_missing(settings: Settings) -> None:
    """A template that names a fact nobody gave it shows it."""
    templates = copy.deepcopy(settings.TEMPLATES)
    templates[0]["OPTIONS"]["string_if_invalid"] = MISSING
    settings.TEMPLATES = templates


@pytest.fixture
def user(db: None) -> User:
    return factories.UserFactory(username="sadia", first_name="Sadia Rahman")


def the_mail() -> RenderedMail:
    mail = render_message(OutboxMessage.objects.get())
    for part in (mail.subject, mail.text, mail.html):
        assert MISSING not in part
        assert "{{" not in part
    return mail


def test_email_confirmation_code_says_code_and_end(user: User, now: dt.datetime) -> None:
    emails.email_confirmation_code(address="new@example.org", code="493817", user=user, now=now)
    mail = the_mail()
    assert mail.subject == "Your code for Nirog"
    assert "\n    493817\n" in mail.text
    assert "It works until 9:10 am, Dhaka time (GMT+6)." in mail.text
    assert ">493817</td>" in mail.html
    message = OutboxMessage.objects.get()
    assert (message.secret, message.address) == (True, "new@example.org")
    assert message.expires_at == now + dt.timedelta(minutes=10)
    # Whoever typed the address may have typed anything as their name.
    assert "Sadia" not in mail.text + mail.html


def test_password_reset_code_says_what_it_is_for(user: User, now: dt.datetime) -> None:
    emails.password_reset_code(address=user.email, code="493817", user=user, now=now)
    mail = the_mail()
    assert mail.subject == "Your code for a new password at Nirog"
    assert "\n    493817\n" in mail.text
    assert OutboxMessage.objects.get().secret


def test_codes_are_each_an_event(user: User, now: dt.datetime) -> None:
    emails.password_reset_code(address=user.email, code="493817", user=user, now=now)
    emails.password_reset_code(address=user.email, code="493818", user=user, now=now)
    assert OutboxMessage.objects.count() == 2


def test_account_already_exists_leads_to_login(user: User, now: dt.datetime) -> None:
    emails.account_already_exists(address=user.email, user=user, now=now)
    mail = the_mail()
    assert mail.subject == "You already have an account at Nirog"
    for part in (mail.text, mail.html):
        assert "http://127.0.0.1:8000/accounts/login/" in part
        assert "http://127.0.0.1:8000/accounts/password/reset/" in part


@pytest.mark.django_db
def test_unknown_account_leads_to_signup(now: dt.datetime) -> None:
    emails.unknown_account(address="who@example.org", now=now)
    mail = the_mail()
    assert mail.subject == "No account at Nirog with this address"
    assert "http://127.0.0.1:8000/accounts/signup/" in mail.text


def test_each_change_of_signing_in_has_its_own_words(user: User, now: dt.datetime) -> None:
    said = set()
    subjects = {
        Act.PASSWORD_CHANGED: "Your password at Nirog was changed",
        Act.PASSWORD_RESET: "Your password at Nirog was changed",
        Act.EMAIL_CHANGED: "Mails from Nirog go to another address now",
    }
    for change in (*SecurityChange, *MAILED_ACTS):
        emails.security_changed(user=user, change=change, now=now)
        mail = the_mail()
        assert mail.subject == subjects.get(change, "How you sign in at Nirog has changed")
        said.add(mail.text.splitlines()[0])
        OutboxMessage.objects.all().delete()
    assert len(said) == len(SecurityChange) + len(MAILED_ACTS)
    assert all("account" in sentence for sentence in said)


@pytest.mark.parametrize(
    ("role", "address"), [("patient", "/doctors/"), ("doctor", "/appointments/desk/")]
)
def test_welcome_says_what_comes_next(
    user: User, now: dt.datetime, role: str, address: str
) -> None:
    user.role = role
    emails.welcome(user=user, now=now)
    emails.welcome(user=user, now=now)
    mail = the_mail()
    assert mail.subject == "Welcome to Nirog, Sadia Rahman"
    assert f"http://127.0.0.1:8000{address}" in mail.text
