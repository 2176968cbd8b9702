"""The clinic under the machine: its cast, its clock, and what is compared after every step."""

import datetime as dt
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db.models import Sum
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant
from hypothesis.strategies._internal.featureflags import FeatureFlags

from accounts.models import User
from appointments.exceptions import BookingRefused
from appointments.models import Appointment
from booking_system import sqlite_triggers
from booking_system.invariants import all_checks
from doctors.actions import set_working_hours
from doctors.enums import SlotStatus
from doctors.exceptions import DoctorError
from doctors.models import Slot
from doctors.slot_generation import HoursInterval
from notifications.exceptions import CannotResend
from notifications.models import OutboxMessage
from payments.exceptions import CardNotUsable, PaymentError
from payments.models import Payment, Transfer, Wallet
from tests.factories import (
    AdminFactory,
    DoctorFactory,
    PatientFactory,
    UserFactory,
    fund,
    give_rules,
)
from tests.live.mail_server import MailServer
from tests.soak.book import GATEWAY, Book, Refused, wallet
from tests.soak.reading import Rows, plain
from tests.soak.rows import Practice, Row, Time, Visit

# All that an action may say no with.
REFUSALS = (
    BookingRefused, PaymentError, CardNotUsable, DoctorError, CannotResend, ValidationError,
    PermissionDenied,
)  # fmt: skip
# A week before the clocks change in Havana (at midnight) and Berlin, or an ordinary Thursday.
OPENINGS = [
    dt.datetime(2026, 11, 12, 3, 0, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 22, 15, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 3, 23, 59, 59, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 24, 3, 0, tzinfo=dt.UTC),
]
HORIZON_DAYS = 21
ALL_WEEK = range(7)
MORNINGS = [HoursInterval(day, dt.time(9), dt.time(11)) for day in ALL_WEEK]
NIGHTS = [
    HoursInterval(day, *hours)
    for day in ALL_WEEK
    for hours in ((dt.time(0), dt.time(1, 30)), (dt.time(22), dt.time(0)))
]
MONEY_AT_FIRST = {"Sadia": 500_000, "Tanvir": 200_000, "Mitu": 0}
# Cheap enough to be asked now and then; the others are asked at the end of a run.
CHEAP_CHECKS_EVERY = 5
CHEAP_CHECKS = (
    "Doctors' slots do not overlap",
    "A patient is in one place at a time",
)


_TIMES = Rows(
    lambda: Slot.objects.order_by("start", "doctor__name").values_list(
        "pk", "doctor", "start", "end"
    ),
    plain,
)
_TAKEN = Rows(
    lambda: Slot.objects.exclude(status=SlotStatus.FREE).values_list("pk", "status", "held_until"),
    plain,
)
_VISITS = Rows(
    lambda: Appointment.objects.order_by().values_list(
        "pk", "status", "slot", "start", "fee", "hold_extended"
    ),
    plain,
)
_PAYMENTS = Rows(
    lambda: Payment.objects.order_by().values_list(
        "idempotency_key", "status", "late", "subject", "amount"
    ),
    plain,
)
_TRANSFERS = Rows(
    lambda: (
        Transfer.objects.order_by()
        .values_list("debit__kind", "debit__owner", "credit__kind", "credit__owner")
        .annotate(total=Sum("amount"))
    ),
    plain,
)
_WALLETS = Rows(lambda: Wallet.objects.order_by().values_list("user", "balance"), plain)
_MAILS = Rows(
    lambda: OutboxMessage.objects.order_by().values_list("kind", "subject_id", "address"), plain
)


@dataclass
class Tally:
    """How many steps were made, and how often each action answered what."""

    steps: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)


class Clinic(RuleBasedStateMachine):
    """Two doctors at work and one to come, three users with four patients, little money.

    Everything is real: actions commit, what they do after a commit is done, mail goes by SMTP. So
    each run begins with an empty database.
    """

    server: ClassVar[MailServer]
    tally: ClassVar[Tally]

    def __init__(self) -> None:
        super().__init__()
        # Hypothesis leaves out about half of the rules in each run. Ours build on each other: too
        # little would happen.
        self._rules_strategy.enabled_rules_strategy = st.just(FeatureFlags())
        empty_the_database()
        self.server.mails.clear()
        self.clock = time_machine.travel(OPENINGS[0], tick=False)
        self.bank_clock = self.clock.start()
        self.keys: dict[User, uuid.UUID] = {}

    @initialize(opening=st.sampled_from(OPENINGS))
    def clinic_opens(self, opening: dt.datetime) -> None:
        self.book = Book(now=opening, admin=AdminFactory(username="admin"))
        self.move_clock_to(opening)
        sadia, tanvir, mitu = (UserFactory(username=name.lower()) for name in MONEY_AT_FIRST)
        self.patients = {
            name: PatientFactory(name=name, user=user, relationship=relationship)
            for name, user, relationship in [
                ("Sadia", sadia, "self"), ("Rafi", sadia, "child"),
                ("Tanvir", tanvir, "self"), ("Mitu", mitu, "self"),
            ]
        }  # fmt: skip
        for name, amount in MONEY_AT_FIRST.items():
            if amount:
                user = self.patients[name].user
                fund(user, amount, now=opening)
                self.book.move(GATEWAY, wallet(user), amount)
        self._open_practice("farzana", "Asia/Dhaka", 123_455, 2, MORNINGS, minutes=30)
        self._open_practice("alma", "America/Havana", 80_000, 4, NIGHTS, minutes=45)
        newcomer = UserFactory(username="jonas", role="doctor")
        self.newcomer = Practice(newcomer, ZoneInfo("Europe/Berlin"), 50_000, "C-1")

    def _open_practice(
        self, name: str, zone: str, fee: int, cap: int, hours: list[HoursInterval], *, minutes: int
    ) -> None:
        licence = f"A-{len(self.book.practices) + 1}"
        doctor = DoctorFactory(
            user__username=name, name=f"Dr {name.title()}", time_zone=zone, fee=fee,
            licence_number=licence,
        )  # fmt: skip
        give_rules(doctor, active_cap=cap)
        set_working_hours(
            doctor_id=doctor.pk, hours=hours, slot_minutes=minutes, buffer_minutes=0,
            by=doctor.user, now=self.now,
        )  # fmt: skip
        practice = Practice(doctor.user, ZoneInfo(zone), fee, licence, cap)
        practice.id, practice.status = doctor.pk, "approved"
        self.book.practices.append(practice)

    @property
    def now(self) -> dt.datetime:
        return self.book.now

    def move_clock_to(self, moment: dt.datetime) -> None:
        """The bank has a clock of its own: the machine's."""
        self.book.now = max(self.book.now, moment)
        self.bank_clock.move_to(self.book.now)

    # --- Doing things -----------------------------------------------------------------------

    def act(self, action: Callable[..., Any], expected: Callable[[], Any], **details: Any) -> str:
        """Calls an action, and asks the book: both go through alike, or both say no.

        Answers what came of it. Anything but a refusal of the app's own fails the run.
        """
        try:
            answer, refusal = action(**details, now=self.now), ""
        except REFUSALS as error:
            answer, refusal = None, type(error).__name__
        try:
            row, foreseen = expected(), ""
        except Refused as error:
            row, foreseen = None, str(error)
        assert refusal == foreseen, f"{refusal or 'Done'}; the book says: {foreseen or 'done'}"
        if refusal:
            outcome = refusal
        elif isinstance(row, Row):
            row.id = row.id or answer.pk
            assert answer.pk == row.id
            outcome = row.label
        else:
            assert row in (None, answer)
            outcome = "nothing" if row == 0 else "done"
        self.came_of(action, outcome)
        return outcome

    def came_of(self, action: Callable[..., Any], outcome: str) -> None:
        """Writes down what an action answered: for the tally, and for the story of a failure."""
        self.tally.outcomes[action.__name__, outcome] += 1
        note(f"# {self.now:%a %d %b %H:%M:%S} {action.__name__}: {outcome}")

    def key_of(self, user: User, *, same_form: bool) -> uuid.UUID:
        """The key of a new form, or of the one that the user sent last."""
        if not same_form or user not in self.keys:
            self.keys[user] = uuid.uuid4()
        return self.keys[user]

    def times(self) -> list[Time]:
        """All slots from yesterday on, in order."""
        practices = {practice.id: practice for practice in self.book.practices}
        yesterday = self.now - dt.timedelta(days=1)
        return [
            Time(pk, practices[doctor], start, end)
            for pk, doctor, start, end in _TIMES.read()
            if start > yesterday
        ]

    def has_holds(self) -> bool:
        return any(visit.is_held(self.now) for visit in self.book.visits)

    def has_visits(self, *statuses: str) -> bool:
        return any(visit.status in statuses for visit in self.book.visits)

    def visit(self, nth: int, *statuses: str) -> Visit:
        """Those of the wanted statuses before all others; of them, the nearest in time first."""

        def rank(visit: Visit) -> tuple[object, ...]:
            distance = abs(visit.time.start - self.now)
            return visit.status not in statuses, visit.has_run_out(self.now), distance

        return sorted(self.book.visits, key=rank)[nth % len(self.book.visits)]

    # --- What is true after every step ------------------------------------------------------

    @invariant()
    def clinic_is_as_in_the_book(self) -> None:
        self.tally.steps += 1
        self.compare()

    def compare(self) -> None:
        self._slots_are_as_in_the_book()
        self._visits_are_as_in_the_book()
        self._payments_are_as_in_the_book()
        self._money_is_where_the_book_says()
        self._everybody_is_told_once()
        if self.tally.steps % CHEAP_CHECKS_EVERY == 0:
            assert_clean(CHEAP_CHECKS)

    def _slots_are_as_in_the_book(self) -> None:
        assert {row[0]: row[1:] for row in _TAKEN.read()} == {
            visit.time.id: ("busy-tentative", visit.held_until)
            if visit.status == "pending"
            else ("busy", None)
            for visit in self.book.visits
            if visit.status != "cancelled"
        }

    def _visits_are_as_in_the_book(self) -> None:
        assert {row[0]: row[1:] for row in _VISITS.read()} == {
            visit.id: (
                visit.status,
                None if visit.status == "cancelled" else visit.time.id,
                visit.time.start,
                visit.fee,
                visit.extended,
            )
            for visit in self.book.visits
        }

    def _payments_are_as_in_the_book(self) -> None:
        assert sorted(_PAYMENTS.read(), key=str) == sorted(
            (
                (row.key, row.status, row.late, row.visit and row.visit.id, row.amount)
                for row in self.book.payments
            ),
            key=str,
        )

    def _money_is_where_the_book_says(self) -> None:
        found: Counter[tuple[str, Any]] = Counter()
        for *debit, kind, owner, total in _TRANSFERS.read():
            found[tuple(debit)] -= total
            found[kind, owner] += total
        assert found == self.book.accounts
        balances = Counter({("wallet", user): sum_ for user, sum_ in _WALLETS.read()})
        assert balances == Counter(
            {account: sum_ for account, sum_ in found.items() if account[0] == "wallet"}
        )

    def _everybody_is_told_once(self) -> None:
        assert Counter(_MAILS.read()) == Counter(
            {
                (kind, about.id, address): count
                for (kind, about, address), count in self.book.mails.items()
            }
        )

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None and hasattr(self, "book"):
                self.run_ends()
        finally:
            self.clock.stop()

    def run_ends(self) -> None:
        """What has to be true of a run as a whole."""
        assert_clean(all_checks())


CHECKS = all_checks()


def assert_clean(names: Any) -> None:
    assert [breach for name in names for breach in CHECKS[name]()] == []


def empty_the_database() -> None:
    """What a test with real transactions does at its end, without making Django's own rows anew.

    SQLite's append-only triggers refuse it and are dropped meanwhile; PostgreSQL truncates.
    """
    sqlite_triggers.drop()
    call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
    sqlite_triggers.create()
