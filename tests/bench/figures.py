"""What is said about figures: medians of rounds, ratios within a round, and a table of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Run:
    """One run of one page: `done` answers in `seconds`, with latencies and CPU in ms."""

    done: int
    seconds: float
    p50: float
    p95: float
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return self.done / self.seconds


@dataclass(frozen=True)
class Row:
    """A line of the table. `holds` is None for what has no goal."""

    what: str
    goal: str = ""
    figure: str = ""
    latency: str = ""
    cpu: str = ""
    holds: bool | None = None


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` of them don't exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def ratios(runs: Sequence[Run], base: Sequence[Run]) -> list[float]:
    """How fast each run was against the base's run of the same round."""
    return [run.rate / of.rate for run, of in zip(runs, base, strict=True)]


def ratio_row(what: str, runs: Sequence[Run], base: Sequence[Run], *, least: float, of: str) -> Row:
    """A row whose goal is a ratio: the median of the rounds' is held against it."""
    found = ratios(runs, base)
    by_cpu = median(run.cpu for run in base) / (median(run.cpu for run in runs) or 1)
    return Row(
        what=what,
        goal=f"≥ {least:.2f} × {of}",
        figure=f"{median(found):.2f} [{min(found):.2f}–{max(found):.2f}], by CPU {by_cpu:.2f}",
        latency=latency(runs),
        cpu=cpu(runs),
        holds=median(found) >= least,
    )


def latency(runs: Sequence[Run]) -> str:
    return f"{median(run.p50 for run in runs):.0f} / {median(run.p95 for run in runs):.0f} ms"


def cpu(runs: Sequence[Run]) -> str:
    return f"{median(run.cpu for run in runs):.1f} ms"


def table(rows: Sequence[Row]) -> str:
    """The rows in columns, ready to print."""
    head = ("what", "goal", "measured", "p50 / p95", "CPU each", "")
    lines = [head] + [
        (
            row.what,
            row.goal,
            row.figure,
            row.latency,
            row.cpu,
            {True: "holds", False: "FALLS SHORT", None: ""}[row.holds],
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
