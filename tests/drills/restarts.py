"""PostgreSQL and Redis are taken away and given back while patients use the site.

Web and worker are never touched: they have to come back by themselves.
"""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from tests.drills import checks
from tests.drills.crash import wait_for_the_bank
from tests.drills.mail import MailServer
from tests.drills.people import Visitor
from tests.live.person import Person
from tests.live.services import PostgresCluster, RedisServer
from tests.live.site import Site

PEOPLE = 6
WORKER_THREADS = 2
# Minutes by which the last sweep is ahead: past every hold and every lease.
AHEAD = 31
HEALTHY_WITHIN = 60.0
# Requests that must be answered, one after the other, before the web counts as well again: more
# than all processes have stale connections.
GOOD_ANSWERS = 20


@dataclass
class RestartsDrill:
    """Everything is restarted `rounds` times; at the end everything is checked."""

    site: Site
    mail: MailServer
    postgres: PostgresCluster
    redis: RedisServer
    slots: list[str]
    rng: random.Random
    rounds: int
    people: list[Visitor] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    # Messages that were being sent when the database went away.
    cut_off: set[str] = field(default_factory=set)
    database_restarts: int = 0
    web_times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    worker_times: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def run(self) -> None:
        """Restarts each in turn, then lets everything come to rest and checks it."""
        kinds: dict[str, Callable[[], None]] = {
            "PostgreSQL, fast": lambda: self._restart_postgres("fast", 0),
            "Redis, kill -9": lambda: self._restart_redis(0),
            "PostgreSQL, crash": lambda: self._restart_postgres("immediate", 0),
            "Redis, away for 10 s": lambda: self._restart_redis(10),
            "PostgreSQL, away for 40 s": lambda: self._restart_postgres("fast", 40),
        }
        self.site.start_web()
        self.site.start_worker()
        watcher = Person(self.site.url, self._new_visitor().user, timeout=30)
        try:
            for _ in range(self.rounds):
                for kind, restart in kinds.items():
                    self._replace_who_went_home()
                    time.sleep(self.rng.uniform(1, 3))
                    restart()
                    self._measure(kind, watcher)
            self._rest()
        finally:
            self.site.stop()
        self.breaches += checks.all_breaches(self.people, self.mail.taken, self.cut_off)

    def _restart_postgres(self, mode: str, away: float) -> None:
        self.database_restarts += 1
        self.postgres.stop(mode)
        stopped_at = timezone.now()
        time.sleep(away)
        self.postgres.start()
        connection.close()
        sending = OutboxMessage.objects.filter(
            status=MessageStatus.SENDING, claimed_at__lte=stopped_at
        )
        self.cut_off |= {str(pk) for (pk,) in sending.values_list("pk")}

    def _restart_redis(self, away: float) -> None:
        self.redis.kill()
        time.sleep(away)
        self.redis.start()

    def _measure(self, kind: str, watcher: Person) -> None:
        """Seconds from the moment the service is back until web and worker work again."""
        back = time.monotonic()
        self.mail.new.clear()
        web, errors = self._until_web_answers(watcher)
        if not self.mail.new.wait(HEALTHY_WITHIN):
            self.breaches.append(f"{kind}: the worker sends nothing any more.")
        worker = self.mail.first_new_at - back
        self.web_times[kind].append(web - back)
        self.worker_times[kind].append(worker)
        print(
            f"  {kind:<27} web after {web - back:4.1f} s ({errors} errors), worker after "
            f"{worker:4.1f} s   {self._in_flight()}",
            flush=True,
        )

    def _in_flight(self) -> str:
        steps = Counter(person.doing for person in self.people if person.doing)
        return ", ".join(f"{count} {step}" for step, count in sorted(steps.items()))

    def _until_web_answers(self, watcher: Person) -> tuple[float, int]:
        """Asks for a logged-in page until it has been right often enough in a row.

        Answers when that row began, and how many wrong answers came before it.
        """
        started = well_since = time.monotonic()
        good = errors = 0
        while good < GOOD_ANSWERS:
            if time.monotonic() - started > HEALTHY_WITHIN:
                self.breaches.append("The site does not answer any more.")
                break
            try:
                status = watcher.get("/payments/wallet/").status_code
            except httpx.HTTPError:
                status = 0
            if status == 302:
                self.breaches.append("The watcher is logged out.")
            if status == 200:
                well_since = well_since if good else time.monotonic()
                good += 1
            else:
                good, errors = 0, errors + 1
                time.sleep(0.05)
        return well_since, errors

    def _rest(self) -> None:
        for person in self.people:
            person.finishing.set()
        for person in self.people:
            person.join()
        wait_for_the_bank(self.rng)
        self.site.kill("worker")
        # One that was cut off stays so, unless its sender got an answer in after all.
        unfinished = OutboxMessage.objects.filter(
            Q(status=MessageStatus.SENDING) | Q(status=MessageStatus.UNCERTAIN, pk__in=self.cut_off)
        )
        self.cut_off = {str(pk) for (pk,) in unfinished.values_list("pk")}
        most = WORKER_THREADS * (self.database_restarts + 1)
        if len(self.cut_off) > most:
            self.breaches.append(f"{len(self.cut_off)} mails were cut off, not {most} at most.")
        for ahead in (AHEAD, 2 * AHEAD):
            self.site.start("sweeper", "-m", "tests.drills.sweeper", str(ahead))
            if self.site.processes.pop("sweeper").wait() != 0:
                self.breaches.append(f"The sweeps failed: {self.site.log('sweeper')[-2000:]}")

    def _new_visitor(self) -> Visitor:
        person = Visitor(self.site.url, self.slots, random.Random(self.rng.random()), unsteady=True)
        self.people.append(person)
        person.start()
        return person

    def _replace_who_went_home(self) -> None:
        at_it = sum(person.is_alive() for person in self.people)
        for _ in range(PEOPLE - at_it):
            self._new_visitor()

    def summary(self) -> str:
        """The figures of the whole drill."""
        told = [person.told for person in self.people]
        uncertain, messages = checks.uncertain()
        lines = [
            *(
                f"{kind}: web well after {_figures(times)}; worker after "
                f"{_figures(self.worker_times[kind])}"
                for kind, times in self.web_times.items()
            ),
            f"{len(self.people)} people sent {sum(person.requests for person in self.people)} "
            f"requests; {sum(person.unanswered for person in self.people)} failed and were "
            "sent again",
            f"acknowledged: {sum(len(each.held) for each in told)} holds, "
            f"{sum(len(each.booked) for each in told)} bookings, "
            f"{sum(len(each.cancelled) for each in told)} cancellations, "
            f"{sum(len(each.paid) for each in told)} payments by card",
            f"{messages} mails, {self.mail.taken.total()} taken by the server, "
            f"{uncertain} uncertain",
        ]
        return "\n".join(f"  {line}" for line in lines)


def _figures(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.1f} s (median), {max(seconds):.1f} s at most"
