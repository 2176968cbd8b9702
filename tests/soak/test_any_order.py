"""Holding, paying, mail and practices in any order: the clinic is whole after each step.

What else becomes of appointments is walked through in `test_whole_life`. `make test` takes one
walk, always the same, and sees to it that it leads everywhere; `make soak` takes a fresh one for
each seed.
"""

import logging

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test
from pytest_django.fixtures import Settings

from tests.live.mail_server import MailServer
from tests.soak.book import MAX_DEPOSIT, MAX_WALLET
from tests.soak.clinic import HORIZON_DAYS, Tally
from tests.soak.machine import AnyOrder
from tests.soak.walk import SEED, SEEN, USUAL_SEED, WALK


@pytest.mark.django_db(transaction=True)
def test_clinic_is_whole_after_any_actions_in_any_order(
    mail_server: MailServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    settings.PUBLISHING_HORIZON_DAYS = HORIZON_DAYS
    settings.MAX_DEPOSIT, settings.MAX_WALLET_BALANCE = MAX_DEPOSIT, MAX_WALLET

    @seed(SEED)
    class Walk(AnyOrder):
        server = mail_server
        tally = Tally()

    run_state_machine_as_test(Walk, settings=WALK)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert Walk.tally.steps >= 1_000
    if SEED == USUAL_SEED:
        unseen = {
            (action, answer)
            for action, answers in SEEN.items()
            for answer in answers.split()
            if (action, answer) not in Walk.tally.outcomes
        }
        assert unseen == set(), "The usual walk does not lead there: is it still possible?"
