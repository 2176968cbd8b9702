"""Every action of appointments, in any order, at any moment: foretold, and whole after each step.

`make test` takes one walk, always the same; `make soak` takes a fresh one for each seed.
"""

import logging

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_django.fixtures import Settings

from tests.soak.clinic import Tally
from tests.soak.life.machine import WholeLife
from tests.soak.life.stage import HORIZON_DAYS
from tests.soak.test_any_order import SEED, WALK

WHOLE_LIFE = settings(WALK, max_examples=int(__import__("os").environ.get("EX","40")), stateful_step_count=60, phases=[Phase.generate])


@pytest.mark.django_db(transaction=True)
def test_whole_life_of_appointments_is_as_foretold(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    settings.PUBLISHING_HORIZON_DAYS = HORIZON_DAYS

    @seed(SEED)
    class Walk(WholeLife):
        tally = Tally()

    run_state_machine_as_test(Walk, settings=WHOLE_LIFE)
    print(Walk.tally.steps)
    for k, v in sorted(Walk.tally.outcomes.items()):
        print(k, v)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert Walk.tally.steps >= 2_000
