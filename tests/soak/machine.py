"""All the rules together, the clock, and what a worker does by it.

sight, rows, terms  what the database says at one moment; the rules of booking in plain Python
outcome, stage      what a step is foretold to do; the cast, and what is compared after every step
booking, desk       holding a time; the clinic's own bookings
bank, banking, paying  the bank's own book and its word; wallets, deposits and cards
practices           doctors' hours and practices, a newcomer and the admin
changing            cancelling, moving, requests, times that are proposed
waiting             the waitlist and its offers
absences            doctors who can't come, and are back early
attending           the day of the visit, fees and records
refunds             money on its way back
mailing             a mail server with moods
stories, scenes     several steps in a row; what chance seldom leads to
machine             the clock, the rules of booking, sweeps, reminders, calendars
walk                how steps are drawn
"""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Max

from accounts.models import User
from appointments.actions import (
    count_feed_read,
    end_feed,
    expire_requests,
    make_feed,
    note_feed_content,
    queue_reminders,
    set_rules,
    settle_visits,
)
from appointments.models import CalendarFeed
from appointments.querysets import sha256_of
from doctors.actions import publish_slots
from doctors.models import Doctor as DoctorRow
from notifications.models import OutboxMessage
from payments.actions import sweep_refunds
from tests.soak.bank import SLOWLY, TO_CONFIRM
from tests.soak.booking import NTH, WHO
from tests.soak.changing import when_somebody_is_to_come
from tests.soak.outcome import Outcome, Refused
from tests.soak.rows import Visit
from tests.soak.sight import look
from tests.soak.stories import Stories
from tests.soak.terms import (
    ABANDONED,
    ASK_EVERY,
    CHARGE_LOST,
    DAY,
    HOUR,
    LEADS,
    MINUTE,
    USUAL,
    tiers_of,
)
from tests.soak.walk import rule

SECOND = dt.timedelta(seconds=1)
READS_AN_HOUR = 120
RULES: list[dict[str, Any]] = [
    {"needs_acceptance": True, "acceptance_hours": 2},
    {"needs_acceptance": False},
    {"needs_acceptance": None},
    {"free_cancellation_hours": 24, "late_refunds": "12: 50, 1: 25"},
    {"free_cancellation_hours": 0},
    {"free_cancellation_hours": None, "late_refunds": None},
    {"late_refunds": "none"},
    {"active_cap": 2},
    {"active_cap": 30},
    {"notice_minutes": 180, "window_days": 3},
    {"notice_minutes": None, "window_days": None},
    {"moves_allowed": 0},
    {"moves_allowed": 50, "move_limit_hours": 1},
    {"no_show_refund_percent": 35},
    {"no_show_refund_percent": 100},
    {"no_show_refund_percent": 101},
    {"late_refunds": "6: 25, 24: 50"},
]
SWEEPS = ["holds", "payments", "requests", "proposals", "waitlist", "fees", "refunds", "reminders"]


class WholeLife(Stories):
    """Every action of appointments, in any order, at any moment."""

    # --- The clock --------------------------------------------------------------------------

    @rule(by=[SECOND, MINUTE, 10 * MINUTE, 31 * MINUTE, HOUR, 6 * HOUR, DAY])
    def time_passes(self, by: dt.timedelta) -> None:
        self.move_clock_to(self.now + by)

    def move_clock_to(self, moment: dt.datetime) -> None:
        day = self.now.date()
        super().move_clock_to(moment)
        if self.now.date() > day:
            self._worker_publishes()

    @rule(nth=range(6), off=[-SECOND, 0 * SECOND, SECOND])
    def something_is_about_to_change(self, nth: int, off: dt.timedelta) -> None:
        moments = sorted(moment for moment in self._moments() if moment > self.now)
        if moments:
            self.move_clock_to(moments[nth % len(moments)] + off)

    def _moments(self) -> set[dt.datetime]:
        moments: set[dt.datetime | None] = set()
        for visit in self.sight.visits.values():
            moments |= {visit.held_until, visit.answer_by, visit.settles_at}
            if visit.status == "booked":
                hours = {visit.policy["free_cancellation_hours"], visit.policy["move_limit_hours"]}
                hours |= {pair[0] for pair in visit.policy["late_refunds"]} | set(LEADS)
                moments |= {visit.start - many * HOUR for many in hours}
                moments |= {visit.start, visit.end}
        for payment in self.card_payments("created", "pending"):
            moments.add(payment.created_at + ABANDONED)
            if payment.charged_at and payment.checked_at:
                spans = (CHARGE_LOST, SLOWLY, TO_CONFIRM)
                moments |= {payment.charged_at + span for span in spans}
                moments.add(payment.checked_at + ASK_EVERY)
        moments |= {one.deadline for one in self.sight.proposals.values() if one.status == "open"}
        return {moment for moment in moments if moment}

    def _worker_publishes(self) -> None:
        """Each day; nobody books then what is in the past."""
        for doctor in self.practices:
            publish_slots(doctor_id=doctor.id, now=self.now)
        self.sight = look()

    # --- What the clinic decides ------------------------------------------------------------

    @rule(
        which=[0, 1, None], rules=RULES,
        by=["doctor", "doctor", "admin", "admin", "somebody"],
    )  # fmt: skip
    def rules_are_changed(self, which: int | None, rules: dict[str, Any], by: str) -> None:
        doctor = None if which is None else self.doctors[which]
        user = {
            "doctor": self.doctors[which or 0].user, "admin": self.admin,
            "somebody": self.patients[0].user,
        }[by]  # fmt: skip

        own = doctor.own if doctor else self.clinic_rules
        said = dict(rules)

        def expected() -> Outcome:
            if by == "somebody" or (by == "doctor" and doctor is None):
                raise Refused("RulesRefused")
            if 101 in rules.values() or rules.get("late_refunds") == "6: 25, 24: 50":
                raise Refused(ValidationError.__name__)
            if said.get("late_refunds") is not None:
                said["late_refunds"] = tiers_of(said["late_refunds"])
            new = own | said
            above = USUAL | {
                name: value for name, value in self.clinic_rules.items() if value is not None
            }
            free = new.get("free_cancellation_hours")
            if free is None:
                free = (above if doctor else USUAL)["free_cancellation_hours"]
            # A refund that could never be had.
            if new.get("late_refunds") and new["late_refunds"][0][0] >= free:
                raise Refused(ValidationError.__name__)
            return Outcome()

        row = DoctorRow.objects.get(pk=doctor.id) if doctor else None
        made = self.act(set_rules, expected, doctor=row, by=user, **rules)
        if made is not None:
            own.update(said)

    @rule(which=range(2), fee=[80_001, 123_455, 150_005])
    def doctor_asks_another_fee(self, which: int, fee: int) -> None:
        """What is booked keeps its fee, unless its patient moves it."""
        self.ask_fee(self.doctors[which], fee)

    # --- What the worker does ---------------------------------------------------------------

    @rule(what=SWEEPS)
    def worker_looks_after(self, what: str) -> None:
        if what == "holds":
            self.holds_are_ended()
        elif what == "payments":
            self.payments_are_swept()
        elif what == "requests":
            self.act(expire_requests, self._foresee_unanswered_requests)
        elif what == "proposals":
            self.questions_are_closed()
        elif what == "waitlist":
            self.waitlist_is_swept()
        elif what == "fees":
            visits = list(self.sight.visits.values())
            self.act(settle_visits, lambda: self.foresee_due(visits))
        elif what == "refunds":
            due = [one for one in self.sight.refunds.values() if self.may_be_asked(one)]
            self.act(sweep_refunds, lambda: self.foresee_refunds(due))
        else:
            self.act(queue_reminders, self._foresee_reminders)

    def _foresee_unanswered_requests(self) -> Outcome:
        out = Outcome()
        for visit in self.sight.visits.values():
            if visit.is_request and visit.answer_by and visit.answer_by <= self.now:
                self.cancel(out, visit)
        return out

    @when_somebody_is_to_come
    @rule(nth=NTH, lead=[2, 24, 24, 168], off=[-1, 0, 5])
    def visit_comes_near(self, nth: int, lead: int, off: int) -> None:
        visit = self.pick(nth, lambda one: one.is_ahead(self.now))
        self.move_clock_to(visit.start - lead * HOUR + off * MINUTE)
        self.act(queue_reminders, self._foresee_reminders)

    def _foresee_reminders(self) -> Outcome:
        out = Outcome()
        told = dict(
            OutboxMessage.objects.order_by()
            .values_list("subject_id", "user_id")
            .annotate(last=Max("created_at"))
            .values_list("subject_id", "last")
            .filter(user__in=list(self.users))
        )
        for visit in self.sight.visits.values():
            asks = self._is_to_be_reminded(visit, told.get(visit.id))
            if asks:
                out.change(visit, reminded=visit.version)
        return out

    def _is_to_be_reminded(self, visit: Visit, told: dt.datetime | None) -> bool:
        standing = visit.is_ahead(self.now) and visit.reminded < visit.version
        if not standing or self.sight.is_away(visit):
            return False
        wanted = User.objects.values_list("reminder_hours", flat=True).get(pk=visit.user)
        return any(
            lead <= wanted
            and visit.start <= self.now + lead * HOUR
            and (told is None or visit.start >= told + (lead + 1) * HOUR)
            for lead in LEADS
        )

    # --- Calendars --------------------------------------------------------------------------

    @rule(who=WHO, what=[*["new", "read"] * 2, "read too often", "end"])
    def somebody_has_a_calendar(self, who: int, what: str) -> None:
        user = self.users[self.patient(who).user_id]
        feed = CalendarFeed.objects.filter(user=user).first()
        if what == "new" or (feed is None and what != "end"):
            token = self.act(make_feed, Outcome, by=user)
            found = CalendarFeed.objects.get(user=user)
            assert (found.token_digest, found.reads) == (sha256_of(token), 0)
            assert feed is None or feed.token_digest != found.token_digest
        elif what == "end":
            end_feed(by=user)
            self.came_of(end_feed, "done")
            assert not CalendarFeed.objects.filter(user=user).exists()
        elif feed is not None:
            for _time in range(1 if what == "read" else READS_AN_HOUR + 1):
                self._read_calendar(feed)
                feed.refresh_from_db()

    def _read_calendar(self, feed: CalendarFeed) -> None:
        fresh = feed.reads_since <= self.now - HOUR
        may = count_feed_read(feed=feed, now=self.now)
        self.came_of(count_feed_read, "done" if may else "too-often")
        assert may == (fresh or feed.reads < READS_AN_HOUR)
        reads = CalendarFeed.objects.values_list("reads", flat=True).get(pk=feed.pk)
        assert reads == (1 if fresh else min(feed.reads + 1, READS_AN_HOUR))
        if may:
            visits = [one for one in self.sight.visits.values() if one.user == feed.user_id]
            text = str(sorted((one.start, one.version) for one in visits))
            known = feed.content_digest == sha256_of(text)
            digest, since = note_feed_content(feed=feed, text=text, now=self.now)
            self.came_of(note_feed_content, "known" if known else "new")
            assert (digest, since) == (sha256_of(text), feed.changed_at if known else self.now)

    # --- The end ----------------------------------------------------------------------------

    def run_ends(self) -> None:
        """A quiet fortnight later nothing hangs: no hold, no request, no question, no fee."""
        self.move_clock_to(self.now + 14 * DAY)
        for what in ("refunds", *SWEEPS):
            self.worker_looks_after(what)
            self.move_clock_to(self.now + MINUTE)
        # Sweeps may give money back themselves; a slow bank is asked again every six hours.
        for _time in range(2):
            self.move_clock_to(self.now + 6 * HOUR)
            self.worker_looks_after("refunds")
        for visit in self.sight.visits.values():
            assert not (visit.is_hold or visit.is_request or visit.settles_at) or (
                self.sight.is_paying(visit)
            )
        assert not any(one.status == "open" for one in self.sight.proposals.values())
        assert not any(one.status == "pending" for one in self.sight.refunds.values())
        self.bank_and_clinic_compare_their_books()
        super().run_ends()
        # A third of a walk's time would be mail that nothing happened to.
        if self.mail_went_wrong:
            self.mail_comes_to_rest()
            self._clinic_is_clean()
