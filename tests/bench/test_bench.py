"""The parts of `make bench` do what they say, at a small size, so that it doesn't rot unseen."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import clinic, load, races
from tests.bench.figures import Row, Run, percentile, ratio_row, table
from tests.bench.http import Reader, Visit, ask
from tests.live.site import Site


def run(done: int, cpu: float = 4.0) -> Run:
    return Run(done=done, seconds=2.0, p50=10.0, p95=20.0, cpu=cpu)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 2), (0.75, 3), (0.95, 4), (1, 4)])
def test_percentile_is_the_nearest_rank(share: float, expected: float) -> None:
    assert percentile([3, 1, 4, 2], share) == expected


@pytest.mark.parametrize(("least", "holds"), [(0.5, True), (0.51, False)])
def test_ratio_row_compares_the_runs_of_a_round_and_judges_their_median(
    least: float, holds: bool
) -> None:
    base = [run(100), run(200), run(400)]
    row = ratio_row(
        "page", [run(90, 8.0), run(100, 8.0), run(100, 8.0)], base, least=least, of="me"
    )
    assert row.figure == "0.50 [0.25–0.90], by CPU 0.50"
    assert row.goal == f"≥ {least:.2f} × me"
    assert row.holds is holds


def test_table_says_what_falls_short() -> None:
    rows = [Row("a", holds=True), Row("b", goal="more", holds=False), Row("c")]
    lines = table(rows).splitlines()
    assert [line.split()[-1] for line in lines[1:]] == ["holds", "SHORT", "c"]


@pytest.fixture
def place(live_server, tmp_path: Path) -> Iterator[Site]:
    yield Site(folder=tmp_path, database_url="", port=live_server.thread.port)
    # wrk leaves when its time is up; the server goes on with what it was asked.
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join()


def visits_of(found: list[dict]) -> list[Visit]:
    return [Visit(Reader(**each["reader"]), each["slot"], each["key"]) for each in found]


@pytest.mark.django_db(transaction=True)
def test_clinic_is_read_and_raced_for_over_http(place: Site) -> None:
    assert clinic.build(3, 1) == {"doctors": 3, "slots": 1_000 + 2 * 4}
    assert clinic.made_at()
    found = clinic.reader()
    path = f"/appointments/calendar/{found['doctor']}/"
    answer = asyncio.run(ask(place.port, path, Reader(**found["reader"])))
    assert answer.status == 200
    assert answer.size > 20_000

    visits = visits_of(clinic.racers(6, 2))
    _seconds, answers = asyncio.run(races._race(place.port, visits))
    assert answers == Counter({"409": 4, "booked": 2})
    slots = sorted({visit.slot for visit in visits})
    assert clinic.outcome(slots) == {"busy": 2, "visits": 2, "paid": 2}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "by",
    [
        load._our_book,
        pytest.param(
            load._wrk_book, marks=pytest.mark.skipif(not load.WRK, reason="wrk is not installed")
        ),
    ],
)
def test_bookings_go_the_whole_way(place: Site, by) -> None:
    clinic.build(3, 2)
    visits = visits_of(clinic.visits(1, 16)[0])
    found = by(place, [visits[client :: load.CLIENTS] for client in range(load.CLIENTS)], 3)
    assert found["failed"] == 0
    assert 0 < len(found["pairs"]) <= 16
    assert len(found["steps"]) >= 2 * len(found["pairs"])
    assert clinic.outcome([visit.slot for visit in visits])["visits"] >= len(found["pairs"])
