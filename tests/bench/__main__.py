"""Prints the table of docs/performance.md as it is on this machine now. Exits with 0 all the same:
figures are for reading. What must never break fails `make test`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import time
from statistics import median
from typing import Any

from tests.bench import kept
from tests.bench.clinic import DHAKA
from tests.bench.figures import Row, Run, cpu, latency, ratio_row, table
from tests.bench.http import Reader, Visit
from tests.bench.kept import LARGE, MIDDLE, SMALL, inside, say
from tests.bench.load import WRK, Bookings, Page, book, read
from tests.bench.races import race, trouble
from tests.live.site import Site

ROUNDS = 7
# A run of a page. On a machine with loud neighbours longer runs say more: BENCH_SECONDS=3.
SECONDS = int(os.environ.get("BENCH_SECONDS", "1"))
# Visits to book in a round: more than two workers can make of it.
VISITS = 240 * SECONDS
RACES = ((200, 20), (500, 50))
# As many threads a worker as deploy/Procfile.production gives.
RACE_THREADS = 4
SQLITE_P95_MS = 60


def main() -> None:
    began = time.monotonic()
    postgres = kept.has_postgres()
    say(
        f"On {'PostgreSQL' if postgres else 'SQLite, for want of PostgreSQL'}, "
        f"by {'wrk' if WRK else 'a client of our own, for want of wrk'}: "
        f"{ROUNDS} rounds, after one to warm up."
    )
    large = kept.kept(LARGE, postgres=postgres)
    small = kept.kept(SMALL, postgres=postgres)
    small_file = kept.kept(SMALL, postgres=False)
    rows = _measured(large, small, kept.kept(MIDDLE, postgres=False))
    for origin in (small, small_file) if postgres else (small_file,):
        rows += _raced(origin)
    say(f"\n{table(rows)}\n")
    short = [row.what for row in rows if row.holds is False]
    say(f"Short of its goal: {'; '.join(short)}." if short else "Every row holds.")
    say(f"It took {time.monotonic() - began:.0f} s.")


def _measured(large: Site, small: Site, middle_file: Site) -> list[Row]:
    """The rows of pages and bookings: each once a round, so that all have the same neighbours."""
    with contextlib.ExitStack() as ending:
        file = kept.copy(middle_file, "booking")
        ending.callback(kept.drop, file)
        large.manage("collectstatic", "--no-input", "--verbosity", "0")
        for place in (large, small, file):
            ending.callback(place.stop)
            place.start_web()
        pages = _pages(large, small)
        to_book = {place.port: _visits(place) for place in (large, file)}
        reads: dict[str, list[Run]] = {name: [] for name in pages}
        bookings: dict[int, list[Bookings]] = {port: [] for port in to_book}
        for number in range(ROUNDS + 1):
            for name, (place, reader, page) in pages.items():
                reads[name].append(read(place, page, reader, SECONDS))
            for place in (large, file):
                visits = to_book[place.port][number]
                bookings[place.port].append(book(place, visits, SECONDS))
        locked = trouble(file)
    for runs in (*reads.values(), *bookings.values()):
        del runs[0]  # the round to warm up
    return [
        *_page_rows(reads),
        _booking_row(bookings[large.port], reads["me"]),
        _sqlite_row(bookings[file.port], locked),
    ]


def _pages(large: Site, small: Site) -> dict[str, tuple[Site, Reader, Page]]:
    today = dt.datetime.now(DHAKA).date()
    of_large, of_small = inside(large, "reader"), inside(small, "reader")

    def picker(found: dict[str, Any], query: str, target: str) -> Page:
        path = f"/appointments/calendar/{found['doctor']}/?{query}"
        headers = {"HX-Request": "true", "HX-Target": target}
        return Page(path, least_bytes=10_000, headers=headers)

    day = f"day={today + dt.timedelta(3)}", "times"
    # Of the two months that the booking window may be in, the one with more of it.
    month = f"month={today + dt.timedelta(7):%Y-%m}", "slot-picker"
    one, other = Reader(**of_large["reader"]), Reader(**of_small["reader"])
    return {
        "me": (large, one, Page("/me/", least_bytes=300)),
        "day": (large, one, picker(of_large, *day)),
        "day of few": (small, other, picker(of_small, *day)),
        "month": (large, one, picker(of_large, *month)),
        "list": (large, one, Page("/doctors/", least_bytes=30_000)),
        "list of few": (small, other, Page("/doctors/", least_bytes=30_000)),
    }


def _visits(place: Site) -> list[list[Visit]]:
    """What is booked in each round."""
    rounds = inside(place, "visits", ROUNDS + 1, VISITS)
    return [[_visit(each) for each in visits] for visits in rounds]


def _visit(found: dict[str, Any]) -> Visit:
    return Visit(Reader(**found["reader"]), found["slot"], found["key"])


def _page_rows(reads: dict[str, list[Run]]) -> list[Row]:
    me = reads["me"]
    return [
        Row(
            "me: an empty page",
            figure=f"{median(run.rate for run in me):.0f} a second",
            latency=latency(me),
            cpu=cpu(me),
        ),
        ratio_row("day picker, 40 times", reads["day"], me, least=0.5, of="me"),
        ratio_row("month grid with counts", reads["month"], me, least=0.35, of="me"),
        ratio_row(
            "the picker among 1e6 times", reads["day"], reads["day of few"],
            least=0.85, of="among 1e3",
        ),
        ratio_row(
            "20 cards of 10 000 doctors", reads["list"], reads["list of few"],
            least=0.85, of="of 100",
        ),
    ]  # fmt: skip


def _booking_row(bookings: list[Bookings], me: list[Run]) -> Row:
    pairs = [booking.pairs for booking in bookings]
    return ratio_row("book: hold and pay by wallet", pairs, me, least=0.25, of="me")


def _sqlite_row(bookings: list[Bookings], locked: str) -> Row:
    pairs, steps = zip(*((booking.pairs, booking.steps) for booking in bookings), strict=True)
    p95 = median(run.p95 for run in steps)
    return Row(
        "SQLite: book",
        goal=f"p95 ≤ {SQLITE_P95_MS} ms, none locked",
        figure=f"{median(run.rate for run in pairs):.0f} a second, p95 of a request {p95:.0f} ms"
        f"{locked and f', {locked}'}",
        latency=latency(pairs),
        cpu=cpu(pairs),
        holds=p95 <= SQLITE_P95_MS and not locked,
    )


def _raced(origin: Site) -> list[Row]:
    """The races, on a copy of the clinic."""
    rows = []
    database = "SQLite" if origin.is_sqlite else "PostgreSQL"
    with contextlib.ExitStack() as ending:
        place = kept.copy(origin, "races", threads=RACE_THREADS)
        ending.callback(kept.drop, place)
        ending.callback(place.stop)
        place.start_web()
        for people, slots in RACES:
            visits = [_visit(each) for each in inside(place, "racers", people, slots)]
            outcome = race(place, visits)
            rows.append(
                Row(
                    f"race on {database}, {people} for {slots}",
                    goal=f"{slots} booked, {people - slots} × 409",
                    figure=str(outcome),
                    holds=outcome.is_right(people, slots),
                )
            )
    return rows


if __name__ == "__main__":
    main()
