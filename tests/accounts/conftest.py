"""Hashing is slow on purpose; here it is done a hundred times and proves nothing."""

import pytest
from pytest_django.fixtures import Settings


@pytest.fixture(autouse=True)
def quick_hashes(settings: Settings) -> None:
    quick = "django.contrib.auth.hashers.MD5PasswordHasher"
    settings.PASSWORD_HASHERS = [quick, *settings.PASSWORD_HASHERS]
