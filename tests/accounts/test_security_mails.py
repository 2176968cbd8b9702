"""Who changes a password or an address is told so by mail, once, with the audit row beside it."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from notifications.mail_rendering import RenderedMail, render_message
from notifications.models import OutboxMessage
from tests import factories
from tests.two_factor import know, prove, type_password

EMAIL = reverse("account_email")
CHANGE = reverse("account_change_password")
SET = reverse("account_set_password")
RESET_URL = "http://127.0.0.1:8000/accounts/password/reset/"
NEW = {"password1": "Another-horse-8", "password2": "Another-horse-8"}
OLD, OTHER = "sadia@example.org", "other@example.org"
pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def user(db: None) -> User:
    return know(factories.UserFactory(username="sadia", first_name="Sadia", time_zone="Asia/Tokyo"))


@pytest.fixture
def here(client: Client, user: User) -> Client:
    """Signed in, and has just shown who they are."""
    type_password(client)
    prove(client)
    return client


def told() -> list[tuple[str, str]]:
    """Each change that was mailed, and to which address. The audit says the same."""
    mails = OutboxMessage.objects.filter(kind="security_changed").order_by("created_at")
    changes = [(str(mail.facts["change"]), mail.address) for mail in mails]
    audited = AuditEvent.objects.filter(what__regex=r"^(password|email)[.]").order_by("at")
    assert sorted(audited.values_list("what", flat=True)) == sorted(change for change, _ in changes)
    return changes


def the_mail() -> RenderedMail:
    return render_message(OutboxMessage.objects.get(kind="security_changed"))


def test_new_password_is_told(here: Client) -> None:
    refused = here.post(CHANGE, {"oldpassword": "Wrong-horse-1"} | NEW)
    assert (refused.status_code, told()) == (422, [])
    here.post(CHANGE, {"oldpassword": factories.PASSWORD} | NEW)
    assert told() == [("password.changed", OLD)]
    mail = the_mail()
    assert mail.subject == "Your password at Nirog was changed"
    for part in (mail.text, mail.html):
        assert "The password of your account was changed." in part
        assert "Thursday 12 November 2026, 12:00 pm, Tokyo time (GMT+9)" in part
        assert RESET_URL in part
        assert "It was you? Then all is well." in part
        assert "http://127.0.0.1:8000/accounts/profile/" in part
        assert NEW["password1"] not in part
        assert "Sadia" not in part


def test_password_chosen_by_code_is_told(client: Client, user: User) -> None:
    client.post(reverse("account_reset_password"), {"email": OLD})
    code = OutboxMessage.objects.get().facts["code"]
    client.post(reverse("account_confirm_password_reset_code"), {"code": code})
    assert told() == []
    client.post(reverse("account_complete_password_reset"), NEW)
    assert told() == [("password.reset", OLD)]
    assert "with a code from your mailbox" in the_mail().text
    assert the_mail().subject == "Your password at Nirog was changed"


def test_first_password_is_told(here: Client, user: User) -> None:
    user.set_unusable_password()
    user.save()
    here.force_login(user)
    assert here.post(SET, NEW | {"password2": "Another-horse-9"}).status_code == 422
    assert told() == []
    assert here.post(SET, NEW).status_code == 302
    assert told() == [("password.set", OLD)]


def test_one_more_address_is_told_to_the_main_one_when_it_is_confirmed(here: Client) -> None:
    here.post(EMAIL, {"action_add": "1", "email": OTHER})
    assert told() == []
    code = OutboxMessage.objects.get(kind="email_confirmation_code").facts["code"]
    here.post(reverse("account_email_verification_sent"), {"code": code})
    assert told() == [("email.added", OLD)]
    # Who reads the mailbox need not learn the other one.
    assert OTHER not in the_mail().text
    assert not OutboxMessage.objects.filter(kind="welcome").exists()


def test_address_that_is_there_already_is_said_so(here: Client) -> None:
    page = here.post(EMAIL, {"action_add": "1", "email": OLD})
    assert "This address is in your account already." in page.content.decode()
    assert told() == []


def test_new_main_address_is_told_to_the_old_one(here: Client, user: User) -> None:
    user.emailaddress_set.create(email=OTHER, verified=True)
    make_main = {"action_primary": "1", "email": OTHER}
    here.post(EMAIL, make_main)
    assert told() == [("email.changed", OLD)]
    user.refresh_from_db()
    assert user.email == OTHER
    assert the_mail().subject == "Mails from Nirog go to another address now"
    # The form once more is no change.
    here.post(EMAIL, make_main)
    assert told() == [("email.changed", OLD)]
    assert RESET_URL in the_mail().text


def test_removed_address_is_told_that_it_is(here: Client, user: User) -> None:
    user.emailaddress_set.create(email=OTHER, verified=True)
    here.post(EMAIL, {"action_remove": "1", "email": OTHER})
    assert told() == [("email.removed", OTHER)]
    mail = the_mail()
    for part in (mail.text, mail.html):
        # It gets no code for a new password any more.
        assert RESET_URL not in part
        assert "Call the clinic at once." in part


def test_address_that_nobody_confirmed_is_told_nothing(here: Client, user: User) -> None:
    user.emailaddress_set.create(email=OTHER, verified=False)
    here.post(EMAIL, {"action_remove": "1", "email": OTHER})
    assert not user.emailaddress_set.filter(email=OTHER).exists()
    assert told() == []


def refuse_mails(execute: Any, sql: str, *args: Any) -> Any:
    """The database as it is when the outbox can't be written."""
    if sql.startswith("INSERT") and OutboxMessage._meta.db_table in sql:
        raise OperationalError("the disk is full")
    return execute(sql, *args)


@pytest.mark.parametrize("form_at", [EMAIL, SET, CHANGE])
def test_change_without_its_mail_is_none(here: Client, user: User, form_at: str) -> None:
    user.emailaddress_set.create(email=OTHER, verified=True)
    if form_at == SET:
        user.set_unusable_password()
        user.save()
        here.force_login(user)
    before = user.password
    posted = NEW | {"oldpassword": factories.PASSWORD, "action_primary": "1", "email": OTHER}
    with connection.execute_wrapper(refuse_mails), pytest.raises(OperationalError):
        here.post(form_at, posted)
    user.refresh_from_db()
    assert (user.email, user.password) == (OLD, before)
    assert told() == []
