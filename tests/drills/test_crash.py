"""Two kills with every run of the tests; `make crash` is the drill itself."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.apps import FLOORS
from tests.drills import points
from tests.live.site import ROOT, postgres_url


@pytest.mark.slow("starts a site twice, and a third time for its end")
@pytest.mark.xdist_group("live")
def test_nothing_is_lost_or_doubled_by_two_kills(worker_id: str) -> None:
    database = []
    if connection.vendor == "postgresql":
        database = ["--postgres", postgres_url(settings.DATABASE_URL, f"test_drill_{worker_id}")]
    drill = subprocess.run(
        [sys.executable, "-m", "tests.drills", "crash", "--kills", "2", *database],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert drill.returncode == 0, drill.stdout[-6000:] + drill.stderr[-3000:]
    assert drill.stdout.splitlines()[-1] == "Nothing lost, nothing twice."


def test_order_is_taken_by_a_process_of_the_drill_only_at_its_point(tmp_path: Path) -> None:
    """The process that reaches the point dies; before that, and without the drill, nobody does."""
    orders = tmp_path / "orders"
    passes = (
        "from tests.drills import points; points.reach('one'); print('passed one', flush=True);"
        "points.reach('two'); print('passed two')"
    )
    points.give(orders, "two")
    process = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"import django; django.setup(); {passes}"],
        cwd=ROOT,
        env={**os.environ, points.ORDERS: str(orders)},
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert (process.stdout, process.returncode) == ("passed one\n", -signal.SIGKILL)
    assert not points.withdraw(orders)


@pytest.mark.parametrize("app", FLOORS)
def test_product_has_no_hooks_for_drills(app: str) -> None:
    for module in (ROOT / app).rglob("*.py"):
        text = module.read_text()
        assert points.ORDERS not in text
        assert "tests.drills" not in text
