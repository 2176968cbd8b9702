"""kill -9, again and again, at named points and at random moments, while patients use the site."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import statistics
import subprocess
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from payments.enums import ChargeStatus
from payments.gateways import CardDetails
from payments.gateways.simulated import SimulatedGateway
from payments.models import Payment, SimulatedCharge
from tests.drills import checks, points
from tests.drills.mail import MailServer
from tests.drills.people import APPROVED, Visitor
from tests.live.site import Site

PEOPLE = 6
# Kills under load between two full checks.
ROUND = 30
# Seconds: until a named point counts as not reached, and until what was killed works again.
REACHED_WITHIN = 8.0
RECOVERED_WITHIN = 60.0
# Mails that one worker can be sending at a time.
WORKER_THREADS = 2
# Minutes that a sweep is ahead of the one before: past every hold and every lease.
AHEAD = 31

ANY_CARD = CardDetails(number=APPROVED, expiry_month=8, expiry_year=2039, cvc="123", name="S R")
RANDOM = "at a random moment"
WEB, CHILD, WORKER, SWEEPER = "web", "one web process", "worker", "sweeper"


@dataclass
class CrashDrill:
    """One site, killed `kills` times in rounds; each round ends in rest, where all is checked."""

    site: Site
    mail: MailServer
    slots: list[str]
    rng: random.Random
    kills: int
    # Only at points whose name has this in it; "" is all of them, and random moments in between.
    only: str = ""
    done: int = 0
    crowd: list[Visitor] = field(default_factory=list)
    people: list[Visitor] = field(default_factory=list)
    # Messages that were being sent when their sender was killed.
    cut_off: set[str] = field(default_factory=set)
    breaches: list[str] = field(default_factory=list)
    points_hit: Counter[str] = field(default_factory=Counter)
    victims: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    ahead: int = 0
    given_up: set[uuid.UUID] = field(default_factory=set)
    late_charges: int = 0

    @property
    def orders(self) -> Path:
        return Path(self.site.extra[points.ORDERS])

    def run(self) -> None:
        """Kills until there were enough, or until something is wrong."""
        named = self._under_load()
        swept = [self._in_turn(names) for names in points.SWEEP_POINTS]
        try:
            while self.done < self.kills and not self.breaches:
                left = max(1, self.kills - self.done - len(swept))
                self._round(min(ROUND, left), named, [next(names) for names in swept])
        finally:
            self.site.stop()

    def _under_load(self) -> Iterator[str]:
        """Where to kill while people are about: two of three times at a named point."""
        names = [name for name in points.WEB_POINTS + points.MAIL_POINTS if self.only in name]
        for number, name in enumerate(self._in_turn(names)):
            yield name
            if number % 2 and not self.only:
                yield RANDOM

    def _in_turn(self, names: Sequence[str]) -> Iterator[str]:
        """Each name in turn, for ever, in orders that the seed decides."""
        while True:
            yield from self.rng.sample(names, len(names))

    def _round(self, kills: int, named: Iterator[str], swept: list[str]) -> None:
        self.site.start_web()
        self.site.start_worker()
        self.crowd = [
            Visitor(self.site.url, self.slots, random.Random(self.rng.random()))
            for _ in range(PEOPLE)
        ]
        self.people += self.crowd
        for person in self.crowd:
            person.start()
        for _ in range(kills):
            self._kill_under_load(next(named))
            if any(person.wrong for person in self.crowd):
                break
        self._rest()
        self.ahead = 0
        for point in swept:
            self._kill_sweeper(point)
        self._let_charges_through()
        self._sweep()
        self.breaches += checks.all_breaches(self.people, self.mail.taken, self.cut_off)

    # --- Killing ----------------------------------------------------------------------------

    def _kill_under_load(self, point: str) -> None:
        self._replace_who_went_home()
        where = point
        victim = None if point == RANDOM else self._killed_at(point)
        if victim is None:
            where = RANDOM if point == RANDOM else f"{RANDOM} (not reached: {point})"
            time.sleep(self.rng.uniform(0, 1.2))
            victim = self.rng.choices((WEB, CHILD, WORKER), (4, 3, 4))[0]
            self._kill(victim)
        killed_at = time.monotonic()
        in_flight = self._in_flight()
        if victim == WORKER:
            self._note_what_was_cut_off(WORKER_THREADS)
        self._recover(victim)
        self._report(victim, where, in_flight, time.monotonic() - killed_at)

    def _killed_at(self, point: str) -> str | None:
        """Who died there; None when nobody came by in time."""
        points.give(self.orders, point)
        victim = self._dying(REACHED_WITHIN)
        if victim is None:
            if points.withdraw(self.orders):
                return None
            # Somebody took the order at the last moment.
            victim = self._dying(REACHED_WITHIN)
            assert victim is not None, f"nobody died of {point!r}"
        self.points_hit[point] += 1
        return victim

    def _dying(self, seconds: float) -> str | None:
        """Which of the site's processes ended, within so many seconds."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for name, process in self.site.processes.items():
                if process.poll() is not None:
                    self.site.kill(name)
                    return name
            time.sleep(0.02)
        return None

    def _kill(self, victim: str) -> None:
        if victim == CHILD:
            children = _children(self.site.processes[WEB].pid)
            # A child that gunicorn is replacing right now can be gone.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.rng.choice(children), signal.SIGKILL)
        else:
            self.site.kill(victim)

    def _recover(self, victim: str) -> None:
        """Starts what was killed, as a supervisor would, and waits until it works."""
        if victim == WORKER:
            self.mail.new.clear()
            self.site.start_worker()
            end = time.monotonic() + RECOVERED_WITHIN
            while not self.mail.new.wait(1):
                self._replace_who_went_home()
                if time.monotonic() > end:
                    self.breaches.append("The worker sends nothing after its restart.")
                    break
        elif victim == WEB:
            self.site.start_web()
        self.site.wait_for("/readyz", RECOVERED_WITHIN)

    def _kill_sweeper(self, point: str) -> None:
        """Runs the sweeps with nobody about, and has them die at the point if they pass it."""
        points.give(self.orders, point)
        started = time.monotonic()
        ended = self._run_sweeper()
        if points.withdraw(self.orders):
            return
        assert ended == -signal.SIGKILL
        self.points_hit[point] += 1
        self._note_what_was_cut_off(1)
        self._report(SWEEPER, point, "", time.monotonic() - started)

    # --- Coming to rest ---------------------------------------------------------------------

    def _rest(self) -> None:
        """Everybody finishes what they are at; the bank has answered; the worker is stopped."""
        for person in self.crowd:
            person.finishing.set()
        for person in self.crowd:
            person.join()
        wait_for_the_bank(self.rng)
        self.site.kill(WORKER)
        self._note_what_was_cut_off(WORKER_THREADS)
        self.site.kill(WEB)

    def _let_charges_through(self) -> None:
        """The bank hears of some charges only now that the sweeps have given them up.

        So it is when a process stands still between its claim and the bank, for as long as a
        virtual machine is moved, and dies before it hears the answer.
        """
        for payment in Payment.objects.lost().exclude(pk__in=self.given_up):
            self.given_up.add(payment.pk)
            if self.rng.random() < 0.5:
                self.late_charges += 1
                SimulatedGateway().charge(
                    idempotency_key=payment.pk,
                    amount=payment.amount,
                    currency=payment.currency,
                    card=ANY_CARD,
                )

    def _sweep(self) -> None:
        if self._run_sweeper() != 0:
            self.breaches.append(f"The sweeps failed: {self.site.log('sweeper')[-2000:]}")

    def _run_sweeper(self) -> int:
        self.ahead += AHEAD
        self.site.start("sweeper", "-m", "tests.drills.sweeper", str(self.ahead))
        return self.site.processes.pop("sweeper").wait()

    # --- Watching ---------------------------------------------------------------------------

    def _replace_who_went_home(self) -> None:
        for index, person in enumerate(self.crowd):
            if not person.is_alive() and not person.wrong:
                self.crowd[index] = Visitor(
                    self.site.url, self.slots, random.Random(self.rng.random())
                )
                self.people.append(self.crowd[index])
                self.crowd[index].start()

    def _note_what_was_cut_off(self, most: int) -> None:
        """No sender lives now: what is being sent will be parked as uncertain, and nothing else."""
        sending = OutboxMessage.objects.filter(status=MessageStatus.SENDING)
        fresh = {str(pk) for (pk,) in sending.values_list("pk")} - self.cut_off
        connection.close()
        if len(fresh) > most:
            self.breaches.append(
                f"{len(fresh)} mails were cut off by one kill, not {most} at most."
            )
        self.cut_off |= fresh

    def _in_flight(self) -> str:
        steps = Counter(person.doing for person in self.crowd if person.doing)
        return ", ".join(f"{count} {step}" for step, count in sorted(steps.items()))

    def _report(self, victim: str, point: str, in_flight: str, seconds: float) -> None:
        self.done += 1
        self.victims[victim] += 1
        if victim != SWEEPER:
            self.recoveries[victim].append(seconds)
        print(f"{self.done:4}  {victim:<15} {point:<62} {seconds:5.1f} s  {in_flight}", flush=True)

    def summary(self) -> str:
        """The figures of the whole drill."""
        told = [person.told for person in self.people]
        uncertain, messages = checks.uncertain()
        never = ", ".join(sorted(points.ALL_POINTS - self.points_hit.keys()))
        lines = [
            *(
                f"{victim}: {len(seconds)} times, well again after {statistics.median(seconds):.1f}"
                f" s (median), {max(seconds):.1f} s at most"
                for victim, seconds in self.recoveries.items()
            ),
            f"{SWEEPER}: {self.victims[SWEEPER]} times",
            f"{len(self.people)} people sent {sum(person.requests for person in self.people)} "
            f"requests; {sum(person.unanswered for person in self.people)} had no answer and were "
            "sent again",
            f"acknowledged: {sum(len(each.held) for each in told)} holds, "
            f"{sum(len(each.booked) for each in told)} bookings, "
            f"{sum(len(each.cancelled) for each in told)} cancellations, "
            f"{sum(len(each.paid) for each in told)} payments by card",
            f"{len(self.given_up)} charges given up, {self.late_charges} of them reached the bank "
            "after all",
            f"{messages} mails, {self.mail.taken.total()} taken by the server, "
            f"{uncertain} uncertain",
            f"{len(self.points_hit)} of {len(points.ALL_POINTS)} points hit"
            + (f"; not: {never}" if never else ""),
        ]
        return "\n".join(f"  {line}" for line in lines)


def wait_for_the_bank(rng: random.Random) -> None:
    """Returns when the bank knows what becomes of each charge.

    Who left its page without an answer says yes or no to it elsewhere.
    """
    bank = SimulatedGateway()
    for charge in SimulatedCharge.objects.filter(status=ChargeStatus.NEEDS_CONFIRMATION):
        rng.choice((bank.confirm, bank.decline))(charge.reference)
    last = SimulatedCharge.objects.aggregate(last=Max("becomes_at"))["last"]
    connection.close()
    if last is not None:
        time.sleep(max(0.0, (last - timezone.now()).total_seconds()))


def _children(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False
    ).stdout
    return [int(child) for child in listed.split()]
