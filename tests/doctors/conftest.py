"""A doctor who has no practice yet."""

import pytest
from django.test import Client

from accounts.enums import Role
from tests import factories
from tests.conftest import logged_in


@pytest.fixture
def newcomer_client(db: None) -> Client:
    return logged_in(factories.UserFactory(username="newcomer", role=Role.DOCTOR))
