"""People are written whole or not at all; guesses are counted, also when they come together."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections
from django.test import Client
from django.urls import reverse

from accounts.actions import (
    GUESSES_PER_HOUR,
    forget_code_guesses,
    register_person,
    spend_code_guess,
)
from accounts.enums import Role
from accounts.models import CodeGuesses, Patient, User
from tests import factories

HOUR = dt.timedelta(hours=1)
ADDRESS = "sadia@example.org"


def new_user() -> User:
    return User(username="sadia", email=ADDRESS, password=factories.PASSWORD_HASH)


@pytest.mark.django_db
def test_register_person_cannot_make_an_admin() -> None:
    with pytest.raises(ValueError, match="Nobody can sign up as admin"):
        register_person(user=new_user(), role=Role.ADMIN, name="Sadia")
    assert not User.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("taken", [{"username": "SADIA"}, {"email": "Sadia@Example.org"}])
def test_register_person_is_refused_by_the_database_when_taken(taken: dict[str, str]) -> None:
    factories.UserFactory(**{"username": "x", "email": "x@example.org"} | taken)
    with pytest.raises(IntegrityError):
        register_person(user=new_user(), role=Role.PATIENT, name="Sadia")


@pytest.mark.django_db(transaction=True)
def test_register_person_saves_both_or_none() -> None:
    with pytest.raises(Exception, match="name"):
        register_person(user=new_user(), role=Role.PATIENT, name=None)  # type: ignore[arg-type]
    assert not User.objects.exists()
    assert not Patient.objects.exists()


@pytest.mark.django_db
def test_guesses_are_ten_an_hour_and_address(now: dt.datetime) -> None:
    for _ in range(GUESSES_PER_HOUR):
        assert spend_code_guess(address=ADDRESS, now=now)
    assert not spend_code_guess(address=ADDRESS.upper(), now=now + HOUR - dt.timedelta(seconds=1))
    assert spend_code_guess(address="other@example.org", now=now)
    assert spend_code_guess(address=ADDRESS, now=now + HOUR)


@pytest.mark.django_db
def test_guesses_are_forgotten_after_their_hour(now: dt.datetime) -> None:
    spend_code_guess(address=ADDRESS, now=now)
    spend_code_guess(address="other@example.org", now=now + HOUR / 2)
    forget_code_guesses(now=now + HOUR)
    assert CodeGuesses.objects.get().since == now + HOUR / 2


def at_once(count: int, act: object) -> list[object]:
    barrier = Barrier(count)

    def run(number: int) -> object:
        try:
            connection.ensure_connection()
            barrier.wait()
            return act(number)  # type: ignore[operator]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_do_not_race_past_the_limit(now: dt.datetime) -> None:
    rounds = [
        said
        for _ in range(3)
        for said in at_once(5, lambda _: spend_code_guess(address=ADDRESS, now=now))
    ]
    assert rounds.count(True) == GUESSES_PER_HOUR
    assert CodeGuesses.objects.get().guesses == GUESSES_PER_HOUR


@pytest.mark.django_db(transaction=True)
def test_same_signup_sent_twice_at_once_makes_one_account() -> None:
    details = {
        "role": "patient",
        "name": "Sadia Rahman",
        "username": "sadia",
        "email": ADDRESS,
        "password1": factories.PASSWORD,
    }
    answers = at_once(4, lambda _: Client().post(reverse("account_signup"), details).status_code)
    # allauth counts tries under a lock of its own and refuses who can't have it in time.
    assert answers.count(302) == 1
    assert set(answers) <= {302, 422, 429}
    assert Patient.objects.get().user == User.objects.get()
