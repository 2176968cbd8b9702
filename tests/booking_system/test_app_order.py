"""Nothing of ours depends on the order of INSTALLED_APPS.

Only the apps of others do: templates, static files and commands of the first app that has them
win. Ours override templates from `templates/`, which comes before all apps.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.booking_system.processes import python

pytestmark = pytest.mark.any_database


def show(order: str, directory: Path) -> dict[str, Any]:
    """Returns what the site is made of with our apps in that order."""
    database = f"sqlite:///{directory / order}.sqlite3"
    run = python("-m", "tests.booking_system.show_apps", order, DATABASE_URL=database, DEBUG="1")
    assert run.returncode == 0, run.stderr
    told: dict[str, Any] = json.loads(run.stdout)
    return told


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return show("usual", tmp_path_factory.mktemp("apps"))


@pytest.mark.slow("the site is started in a process of its own")
@pytest.mark.xdist_group("app order")
def test_the_walk_finds_what_there_is(usual: dict[str, Any]) -> None:
    assert usual["holders"] == [
        "records", "appointments", "doctors", "payments", "accounts", "mails",
    ]  # fmt: skip
    assert usual["going on"]["patient"] == [
        "appointments.personal_data.role_change.going_on_as_patient",
        "payments.personal_data.going_on",
    ]
    assert usual["leaving"]["doctor"] == [
        "appointments.personal_data.role_change.end_waitlists_of_practice",
        "doctors.personal_data.leave_practice",
    ]
    assert usual["groups"] == usual["granted"]
    assert all(usual.values())
    assert len(usual["audit"]) > 40
    assert len(usual["forms"]) > 100


@pytest.mark.slow("the site is started in a process of its own")
@pytest.mark.xdist_group("app order")
@pytest.mark.parametrize("order", ["reversed", "around"])
def test_the_order_of_our_apps_changes_nothing(
    order: str, usual: dict[str, Any], tmp_path: Path
) -> None:
    """`around`: the lower ones before all apps of others, the upper ones after them."""
    told = show(order, tmp_path)
    for part, before in usual.items():
        assert told[part] == before, part
