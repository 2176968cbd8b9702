"""Many sessions at many addresses guess at the codes of one mailbox, all at once.

On PostgreSQL with room for them (`.ci/run` starts one) there are a hundred racers, else fewer who
guess several times; a hundred guesses in any case.
"""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import one_time_codes
from accounts.actions import GUESSES_PER_HOUR, spend_code_guess
from accounts.models import CodeGuesses
from notifications.models import OutboxMessage
from tests import factories
from tests.concurrency.harness import can_connect, race

pytestmark = pytest.mark.django_db(transaction=True)

RESET = reverse("account_reset_password")
CODE_PAGE = reverse("account_confirm_password_reset_code")
SESSIONS = 18
ATTEMPTS = 100
# Where the database lets in fewer at once, each of so many connections guesses again and again.
FEWER = 20


# What the page says, and what that means. (A test client's `context` is no use in threads.)
SAID = {
    "That isn&#x27;t the code.": "wrong",
    "Wrong again, so": "wrong",
    "Too many wrong codes for this address": "too many",
    "no longer works after three wrong tries": "spent",
}


def guess(client: Client, code: str) -> str:
    """How the page takes it; nothing when the code was right."""
    answer = client.post(CODE_PAGE, {"code": code})
    if answer.status_code == 302:
        return ""
    page = answer.content.decode()
    return next(meaning for text, meaning in SAID.items() if text in page)


@pytest.mark.slow("a hundred log-ins at once")
def test_hundred_guesses_at_once_are_ten(now: dt.datetime) -> None:
    user = factories.UserFactory(username="sadia")
    askers = [Client(REMOTE_ADDR=f"10.0.0.{number}") for number in range(SESSIONS)]
    for asker in askers:
        assert asker.post(RESET, {"email": user.email}).status_code == 302
    real = set(OutboxMessage.objects.values_list("facts__code", flat=True))
    wrong = next(code for code in (f"{n:06}" for n in range(100)) if code not in real)
    cookies = [asker.cookies for asker in askers]
    guessers = ATTEMPTS if can_connect(ATTEMPTS) else FEWER

    def guesses(number: int) -> list[str]:
        said = []
        for time in range(ATTEMPTS // guessers):
            client = Client(REMOTE_ADDR=f"10.1.{time}.{number}")
            client.cookies = cookies[(number + time) % SESSIONS].copy()
            said.append(guess(client, wrong))
        return said

    lists = race([lambda number=number: guesses(number) for number in range(guessers)])

    assert all(isinstance(said, list) for said in lists), lists
    outcomes = [outcome for said in lists for outcome in said]
    assert len(outcomes) == ATTEMPTS
    assert outcomes.count("wrong") == GUESSES_PER_HOUR
    # The rest met an empty count, or a session whose code had had its three tries.
    assert set(outcomes) <= {"wrong", "too many", "spent"}
    assert CodeGuesses.objects.get().guesses == GUESSES_PER_HOUR
    # The right code of a session that nobody has guessed in is no use either, within the hour.
    assert guess(askers[0], codes_of(askers[0])) in {"too many", "spent"}
    assert not spend_code_guess(address=user.email, now=timezone.now() + dt.timedelta(minutes=59))
    assert spend_code_guess(address=user.email, now=timezone.now() + dt.timedelta(minutes=61))


def codes_of(asker: Client) -> str:
    """The code that the session waits for."""
    session = Session.objects.get(session_key=asker.session.session_key)
    state = session.get_decoded()["account_password_reset_verification"]
    return one_time_codes.code_of(state["code"]) or "000000"


def test_right_code_at_once_from_two_tabs_makes_one_password(now: dt.datetime) -> None:
    user = factories.UserFactory(username="sadia")
    asker = Client()
    asker.post(RESET, {"email": user.email})
    code = OutboxMessage.objects.get().facts["code"]

    def tab() -> str:
        client = Client()
        client.cookies = asker.cookies.copy()
        return guess(client, code)

    assert set(race([tab, tab, tab])) == {""}
    new = dict.fromkeys(("password1", "password2"), "Another-horse-8")
    assert asker.post(reverse("account_complete_password_reset"), new).status_code == 302
    assert asker.post(reverse("account_complete_password_reset"), new).url == RESET
