"""Eight clients at a site, for a moment: by wrk where it is installed, else by ours in asyncio."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import subprocess
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.cpu import cpu_ms
from tests.bench.figures import Run, percentile
from tests.bench.http import Reader, Visit, ask, hold, pay
from tests.live.site import Site

CLIENTS = 8
WRK = shutil.which("wrk")
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Page:
    """A page that is measured. An answer below `least_bytes` is not the page that is meant."""

    path: str
    least_bytes: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bookings:
    """A run of bookings, as pairs of hold and payment and as the single requests of them."""

    pairs: Run
    steps: Run


def read(site: Site, page: Page, reader: Reader, seconds: float) -> Run:
    """Runs GETs of the page. Raises when an answer is not the page: wrong status or size."""
    sample = asyncio.run(ask(site.port, page.path, reader, headers=page.headers))
    if sample.status != 200 or sample.size < page.least_bytes:
        raise AssertionError(f"{page.path} answers {sample}")
    before = cpu_ms(site)
    found = (
        _wrk_page(site, page, reader, seconds) if WRK else _our_page(site, page, reader, seconds)
    )
    used = cpu_ms(site) - before
    if not found["done"]:
        return _run([], found["seconds"], used)
    size = found["bytes"] / found["done"]
    if found["failed"] or not 0.97 < size / sample.size < 1.03:
        raise AssertionError(f"{page.path}: {found}, and its size was {sample.size} before")
    return Run(found["done"], found["seconds"], found["p50"], found["p95"], used / found["done"])


def book(site: Site, visits: Sequence[Visit], seconds: float) -> Bookings:
    """Books the visits, dealt out among the clients, until the time is up.

    Raises when one is refused, or when there were too few to fill the time.
    """
    hands = [visits[client::CLIENTS] for client in range(CLIENTS)]
    before = cpu_ms(site)
    found = _wrk_book(site, hands, seconds) if WRK else _our_book(site, hands, seconds)
    used = cpu_ms(site) - before
    pairs, steps = found["pairs"], found["steps"]
    if found["failed"]:
        raise AssertionError(f"{found['failed']} bookings failed: {found['said']}")
    if len(pairs) > len(visits) - CLIENTS:
        raise AssertionError(f"{len(visits)} visits were too few for {seconds} s")
    return Bookings(_run(pairs, found["seconds"], used), _run(steps, found["seconds"], used))


def _run(latencies: Sequence[float], seconds: float, used: float) -> Run:
    if not latencies:
        # Neighbours were so loud that nothing was finished in time.
        return Run(0, seconds, math.inf, math.inf, used)
    p50, p95 = percentile(latencies, 0.5), percentile(latencies, 0.95)
    return Run(len(latencies), seconds, p50, p95, used / len(latencies))


# --- wrk --------------------------------------------------------------------------------------


def _wrk(script: str, site: Site, path: str, seconds: float, threads: int, *more: str) -> Any:
    # wrk takes whole seconds only.
    command = [
        str(WRK), f"-t{threads}", f"-c{CLIENTS}", f"-d{round(seconds)}s", "--timeout", "60s",
        "-s", str(_HERE / script), *more[:-1], site.url + path, *more[-1:],
    ]  # fmt: skip
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(said.rpartition("RUN ")[2])


def _wrk_page(site: Site, page: Page, reader: Reader, seconds: float) -> Any:
    fields = reader.headers | page.headers
    headers = [part for name, value in fields.items() for part in ("-H", f"{name}: {value}")]
    return _wrk("page.lua", site, page.path, seconds, 2, *headers, "--")


def _wrk_book(site: Site, hands: Sequence[Sequence[Visit]], seconds: float) -> Any:
    with TemporaryDirectory() as folder:
        for client, visits in enumerate(hands):
            lines = (f"{v.reader.session}\t{v.reader.csrf}\t{v.slot}\t{v.key}\n" for v in visits)
            Path(folder, f"{client}.tsv").write_text("".join(lines))
        return _wrk("book.lua", site, "/", seconds, CLIENTS, folder)


# --- Ours -------------------------------------------------------------------------------------


def _our_page(site: Site, page: Page, reader: Reader, seconds: float) -> Any:
    taken: list[float] = []
    found = {"bytes": 0, "failed": 0}

    async def client(number: int) -> None:
        while time.perf_counter() < until:
            began = time.perf_counter()
            answer = await ask(site.port, page.path, reader, headers=page.headers)
            taken.append((time.perf_counter() - began) * 1000)
            found["bytes"] += answer.size
            found["failed"] += answer.status != 200

    began = time.perf_counter()
    until = began + seconds
    _all_at_once(client)
    return found | {
        "done": len(taken), "seconds": time.perf_counter() - began,
        "p50": percentile(taken, 0.5), "p95": percentile(taken, 0.95),
    }  # fmt: skip


def _our_book(site: Site, hands: Sequence[Sequence[Visit]], seconds: float) -> Any:
    pairs: list[float] = []
    steps: list[float] = []
    refused: list[str] = []

    async def client(number: int) -> None:
        for visit in hands[number]:
            if (began := time.perf_counter()) > until:
                return
            held = await hold(site.port, visit)
            middle = time.perf_counter()
            steps.append((middle - began) * 1000)
            if not held.location.endswith("/details/"):
                refused.append(f"{held.status} {held.location}")
                continue
            paid = await pay(site.port, visit, held)
            steps.append((time.perf_counter() - middle) * 1000)
            if paid.location.endswith("/confirmed/"):
                pairs.append((time.perf_counter() - began) * 1000)
            else:
                refused.append(f"{paid.status} {paid.location}")

    began = time.perf_counter()
    until = began + seconds
    _all_at_once(client)
    return {
        "seconds": time.perf_counter() - began, "pairs": pairs, "steps": steps,
        "failed": len(refused), "said": refused[:1],
    }  # fmt: skip


def _all_at_once(client: Callable[[int], Coroutine[Any, Any, None]]) -> None:
    async def everybody() -> None:
        await asyncio.gather(*(client(number) for number in range(CLIENTS)))

    asyncio.run(everybody())
