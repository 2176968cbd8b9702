"""Many patients at once for few times, over HTTP, each the whole way from hold to payment."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections import Counter
from dataclasses import dataclass

from tests.bench.http import Visit, hold, pay
from tests.bench.kept import inside
from tests.live.site import Site


@dataclass(frozen=True)
class Outcome:
    """What the racers were answered, and what the database says."""

    answers: Counter[str]
    busy: int
    visits: int
    paid: int
    broken: str
    said_in_log: str
    seconds: float

    def is_right(self, racers: int, slots: int) -> bool:
        """Whether each time went to exactly one, the others heard 409, and the books agree."""
        return (
            self.answers == Counter({"booked": slots, "409": racers - slots})
            and (self.busy, self.visits, self.paid) == (slots, slots, slots)
            and not self.broken
            and not self.said_in_log
        )

    def __str__(self) -> str:
        parts = [f"{count} × {answer}" for answer, count in self.answers.most_common()]
        said = ", ".join([*parts, f"{self.seconds:.1f} s"])
        return said + "".join(f"; {words}" for words in (self.broken, self.said_in_log) if words)


def race(place: Site, visits: list[Visit]) -> Outcome:
    """Lets everybody go at once at a site that runs, and asks it afterwards what is true."""
    seconds, answers = asyncio.run(_race(place.port, visits))
    found = inside(place, "outcome", sorted({visit.slot for visit in visits}))
    return Outcome(
        answers, broken=_breaches(place), said_in_log=trouble(place), seconds=seconds, **found
    )


async def _race(port: int, visits: list[Visit]) -> tuple[float, Counter[str]]:
    barrier = asyncio.Barrier(len(visits) + 1)

    async def racer(visit: Visit) -> str:
        await barrier.wait()
        try:
            held = await hold(port, visit)
            if not held.location.endswith("/details/"):
                return str(held.status)
            paid = await pay(port, visit, held)
        except (OSError, TimeoutError, ValueError) as error:
            return f"{type(error).__name__} {error}".strip()
        return "booked" if paid.location.endswith("/confirmed/") else f"{paid.status} at the till"

    tasks = [asyncio.create_task(racer(visit)) for visit in visits]
    await barrier.wait()
    began = time.perf_counter()
    answers = Counter(await asyncio.gather(*tasks))
    return time.perf_counter() - began, answers


def trouble(place: Site) -> str:
    """What the web server's log says of errors; every word of "locked" counts."""
    log = place.log("web")
    found = [word for word in ("database is locked", "Traceback", "Error") if word in log]
    return f"the log says {', '.join(found)}" if found else ""


def _breaches(place: Site) -> str:
    try:
        place.manage("check_invariants")
    except subprocess.CalledProcessError as breach:
        return f"check_invariants: {(breach.stdout + breach.stderr).strip()[-500:]}"
    return ""
