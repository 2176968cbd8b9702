"""The same code typed in several windows at the same moment."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from tests import factories
from tests.concurrency.harness import race
from tests.conftest import logged_in
from tests.two_factor import (
    app_code,
    is_in,
    know,
    prove,
    recovery_codes,
    set_up,
    type_code,
    type_password,
)

pytestmark = pytest.mark.django_db(transaction=True)

# Not more than the tries that an account has in five minutes.
RACERS = 4
ACTIVATE = reverse("mfa_activate_totp")


@pytest.fixture
def user() -> User:
    return factories.UserFactory(username="sadia")


def windows(user: User) -> list[Client]:
    """In each the password is typed, and the code is not."""
    clients = [Client() for _ in range(RACERS)]
    for client in clients:
        type_password(client)
    return clients


def test_code_of_the_app_lets_one_in(user: User) -> None:
    set_up(user)
    clients = windows(user)
    code = app_code()
    race([lambda client=client: type_code(client, code) for client in clients])
    assert [is_in(client) for client in clients].count(True) == 1


def test_recovery_code_lets_one_in(user: User) -> None:
    set_up(user)
    code = recovery_codes(user)[0]
    clients = windows(user)
    race([lambda client=client: type_code(client, code) for client in clients])
    assert [is_in(client) for client in clients].count(True) == 1
    assert len(recovery_codes(user)) == 9


def test_form_sent_many_times_at_once_sets_up_one_app(user: User) -> None:
    client = logged_in(know(user))
    prove(client)
    secret = client.get(ACTIVATE).context["form"].secret
    windows = [Client() for _ in range(RACERS)]
    for window in windows:
        window.cookies = client.cookies
    answers = race(
        [
            lambda window=window: window.post(ACTIVATE, {"code": app_code(secret)})
            for window in windows
        ]
    )
    assert {answer.status_code for answer in answers} == {302}
    kinds = Authenticator.objects.values_list("type", flat=True)
    assert sorted(kinds) == ["recovery_codes", "totp"]
    assert AuditEvent.objects.count() == 1
