"""Reads about appointments."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    When,
)
from django.db.models.functions import Coalesce

from accounts.enums import ReminderLead
from appointments.enums import (
    ACTIVE,
    WITHOUT_SLOT,
    AppointmentStatus,
    ProposalStatus,
)
from appointments.policies import local_midnight
from doctors.holds import run_out, still_held
from doctors.models import Slot
from notifications.models import OutboxMessage
from payments.enums import PaymentStatus
from payments.models import Payment, Refund

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import Patient, User
    from appointments.models import Absence, Appointment

# A doctor who has not said by the next day what became of a visit has forgotten it.
UNCLOSED_AFTER = dt.timedelta(days=1)
# What a calendar that people subscribe to shows of the past.
FEED_PAST = dt.timedelta(days=30)
# No reminder comes so soon after another mail about the visit.
REMINDER_QUIET = dt.timedelta(hours=1)


# A request has the status "pending" like a hold; in filters it has a word of its own.
REQUESTED = "requested"


@dataclass(frozen=True)
class VisitFilter:
    """What is looked for among visits; empty is everything. Days are the reader's, both ends in."""

    q: str = ""
    status: str = ""
    since: dt.date | None = None
    until: dt.date | None = None
    doctor_id: uuid.UUID | None = None
    patient_id: uuid.UUID | None = None

    def __bool__(self) -> bool:
        return self != VisitFilter()


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def visible_to(self, user: User | AnonymousUser) -> AppointmentQuerySet:
        """A patient's own, a doctor's own, all for staff who may see visits."""
        if not user.is_authenticated:
            return self.none()
        if user.may("appointments.view_appointment"):
            return self.all()
        if user.is_doctor:
            return self.filter(doctor__user=user)
        if user.is_patient:
            return self.filter(patient__user=user)
        return self.none()

    def treated_by(self, user: User) -> AppointmentQuerySet:
        """Visits that make a patient one of this doctor's: booked, in the past or to come.

        Neither holds nor what was cancelled or entered in error.
        """
        return self.visits().exclude(status__in=WITHOUT_SLOT).filter(doctor__user=user)

    def taken_place_by(self, patient: Patient, now: dt.datetime) -> AppointmentQuerySet:
        """The patient's visits to any doctor that have begun, latest first."""
        return (
            self.visits()
            .exclude(status__in=WITHOUT_SLOT)
            .filter(patient=patient, start__lte=now)
            .order_by("-start", "pk")
        )

    def active_at(self, now: dt.datetime) -> AppointmentQuerySet:
        """What takes up a doctor's cap: visits and requests ahead, holds that have not run out."""
        # Of a hold alone the slot is asked, so that what is booked needs no second table.
        held = Slot.objects.filter(still_held(now), pk=OuterRef("slot"))
        return self.filter(
            Q(status__in=[AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED])
            | Q(requested_at__isnull=False)
            | Exists(held),
            status__in=ACTIVE,
            end__gt=now,
        )

    def run_out_at(self, now: dt.datetime) -> AppointmentQuerySet:
        """Holds whose time is up but that nobody has ended yet."""
        return self.filter(run_out(now, "slot__"), status=AppointmentStatus.PENDING)

    def held_at(self, now: dt.datetime) -> AppointmentQuerySet:
        """Holds that have not run out."""
        return self.filter(still_held(now, "slot__"), status=AppointmentStatus.PENDING)

    def visits(self) -> AppointmentQuerySet:
        """Everything but what was never more than a hold: requests, visits, ended or not."""
        return self.filter(requested_at__isnull=False)

    def requests(self) -> AppointmentQuerySet:
        """Paid, and waiting for the doctor's word; the first to run out comes first."""
        return self.filter(status=AppointmentStatus.PENDING, requested_at__isnull=False).order_by(
            "answer_by"
        )

    def upcoming(self, now: dt.datetime) -> AppointmentQuerySet:
        """Visits and requests still to come or going on, soonest first."""
        return self.visits().filter(status__in=ACTIVE, end__gt=now).order_by("start")

    def earlier(self, now: dt.datetime) -> AppointmentQuerySet:
        """Visits that are over one way or the other, latest first."""
        return self.visits().filter(Q(end__lte=now) | ~Q(status__in=ACTIVE)).order_by("-start")

    def unclosed_at(self, now: dt.datetime) -> AppointmentQuerySet:
        """Visits that were over a day ago, and of which nobody said what became of them."""
        return self.filter(
            status__in=[AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED],
            end__lte=now - UNCLOSED_AFTER,
        )

    def stranded_at(self, now: dt.datetime) -> AppointmentQuerySet:
        """Visits and requests ahead with doctors who are switched off, soonest first.

        Not those whose doctor has been said to be away: their patients are asked already.
        """
        left = self.upcoming(now).filter(doctor__user__is_active=False)
        return left.exclude(pk__in=self._away())

    def counts_by_status(self) -> dict[str, int]:
        """How many there are in each status that occurs. One query."""
        rows = self.order_by().values_list("status").annotate(count=Count("pk"))
        return dict(rows)

    def unsettled_at(self, now: dt.datetime) -> AppointmentQuerySet:
        """Visits that are over and whose fee should have moved by `now`, oldest first."""
        return self.filter(settles_at__lte=now).order_by("settles_at")

    def between(self, start: dt.datetime, end: dt.datetime) -> AppointmentQuerySet:
        """Visits that begin in [start, end), in order."""
        return self.filter(start__gte=start, start__lt=end).order_by("start")

    def matching(self, wanted: VisitFilter, zone: ZoneInfo) -> AppointmentQuerySet:
        """What the filter lets through. Each word is in the reference or in one of the names."""
        found = self
        for word in wanted.q.split():
            found = found.filter(
                Q(reference__iexact=word)
                | Q(patient__name__icontains=word)
                | Q(doctor__name__icontains=word)
            )
        if wanted.status == REQUESTED:
            found = found.filter(status=AppointmentStatus.PENDING, requested_at__isnull=False)
        elif wanted.status:
            found = found.filter(status=wanted.status)
        if wanted.since:
            found = found.filter(start__gte=local_midnight(wanted.since, zone))
        if wanted.until:
            found = found.filter(start__lt=local_midnight(wanted.until + dt.timedelta(1), zone))
        if wanted.doctor_id:
            found = found.filter(doctor=wanted.doctor_id)
        if wanted.patient_id:
            found = found.filter(patient=wanted.patient_id)
        return found

    def count_by_status(self) -> dict[str, int]:
        """How many there are of each status, and of all ("all"); requests by their own word."""
        requested = Q(status=AppointmentStatus.PENDING, requested_at__isnull=False)
        counts = {
            status.value.replace("-", "_"): Count("pk", filter=Q(status=status))
            for status in AppointmentStatus
            if status != AppointmentStatus.PENDING
        }
        return self.order_by().aggregate(
            all=Count("pk"), **{REQUESTED: Count("pk", filter=requested)}, **counts
        )

    def visits_and_doctors(self) -> tuple[int, int]:
        """How many visits took place, and with how many doctors."""
        done = self.filter(status=AppointmentStatus.FULFILLED).order_by()
        counted = done.aggregate(visits=Count("pk"), doctors=Count("doctor", distinct=True))
        return counted["visits"], counted["doctors"]

    def _away(self) -> models.QuerySet:  # type: ignore[type-arg]
        """Ids of visits whose doctor has said not to be there."""
        from appointments.models import Proposal  # the models import this module

        return Proposal.objects.keeping_away().values("appointment")

    def hit_by(self, absence: Absence, now: dt.datetime) -> AppointmentQuerySet:
        """Confirmed visits ahead that an absence keeps from taking place.

        Those at a time of it, those that were proposed a time of it, or all of its patient's.
        """
        ahead = self.filter(
            doctor=absence.doctor_id, status=AppointmentStatus.BOOKED, start__gt=now
        )
        if absence.patient_id:
            return ahead.filter(patient=absence.patient_id)
        proposed = ahead.filter(
            proposals__status=ProposalStatus.OPEN,
            proposals__times__slot__isnull=False,
            proposals__times__start__lt=absence.until,
            proposals__times__end__gt=absence.start,
        )
        return ahead.filter(
            Q(start__lt=absence.until, end__gt=absence.start) | Q(pk__in=proposed.values("pk"))
        )

    def asked_during(self, absence: Absence) -> AppointmentQuerySet:
        """Unanswered requests that an absence ends.

        Those for a time of it; or those that its patient had made when the doctor said so.
        """
        asked = self.requests().filter(doctor=absence.doctor_id)
        if absence.patient_id:
            return asked.filter(patient=absence.patient_id, requested_at__lte=absence.made_at)
        return asked.filter(start__lt=absence.until, end__gt=absence.start)

    def with_debt(self) -> AppointmentQuerySet:
        """Each with `is_unpaid`, and `owes_fee`: whether the desk has still to take the money."""
        paid = Payment.objects.filter(
            subject=OuterRef("pk"), status=PaymentStatus.SUCCEEDED, late=False
        )
        unpaid = Q(pay_at_desk=True) & ~Exists(paid)
        stands = ~Q(status__in=WITHOUT_SLOT)
        return self.annotate(
            is_unpaid=Case(When(unpaid, then=True), default=False),
            owes_fee=Case(When(Q(is_unpaid=True) & stands, then=True), default=False),
        )

    def with_refunds(self) -> AppointmentQuerySet:
        """Each with `given_back`: what came back of its fee, in minor units."""
        refunds = (
            Refund.objects.filter(payment__subject=OuterRef("pk"))
            .order_by()
            .values("payment__subject")
            .annotate(sum=Sum("amount"))
        )
        return self.annotate(given_back=Coalesce(Subquery(refunds.values("sum")), 0))

    def with_people(self) -> AppointmentQuerySet:
        """With patient, doctor, the doctor's specialties and `open_proposals` at hand.

        Three queries, however many.
        """
        from appointments.models import Proposal  # the models import this module

        asked = models.Prefetch("proposals", Proposal.objects.open(), to_attr="open_proposals")
        return (
            self.with_debt()
            .with_refunds()
            .select_related("patient", "doctor__user", "slot")
            .prefetch_related("doctor__specialties", asked)
        )

    def in_feed(self, now: dt.datetime) -> AppointmentQuerySet:
        """What a calendar shows: visits that stand, of the past 30 days and all to come.

        Not those whose doctor has said not to be there: their patients are told not to come.
        """
        return (
            self.visits()
            .exclude(status__in=WITHOUT_SLOT)
            .exclude(pk__in=self._away())
            .filter(start__gte=now - FEED_PAST)
            .select_related("patient", "doctor")
            .order_by("start", "pk")
        )

    def to_remind(self, now: dt.datetime) -> AppointmentQuerySet:
        """Confirmed visits ahead of which the person who booked is to be reminded now, soonest
        first: once for each version of the visit.

        The moment is their lead time before the visit. Where that has gone by, or comes within an
        hour of the last mail they got about the visit (it was booked late, or moved), it is the
        next shorter lead time on offer; where none is left, there is no reminder.
        """
        mails = OutboxMessage.objects.filter(
            subject_id=OuterRef("pk"), user_id=OuterRef("booked_by_id")
        )
        told_at = Coalesce(
            Subquery(mails.order_by("-created_at").values("created_at")[:1]), F("booked_at")
        )
        due = Q()
        for lead in ReminderLead:
            if lead != ReminderLead.NONE:
                before = dt.timedelta(hours=lead)
                heard_before = ExpressionWrapper(
                    F("told_at") + (before + REMINDER_QUIET), output_field=models.DateTimeField()
                )
                # In this order: only the last one looks into the outbox.
                due |= Q(
                    Q(booked_by__reminder_hours__gte=lead),
                    Q(start__lte=now + before),
                    Q(start__gte=heard_before),
                )
        return (
            self.filter(
                status=AppointmentStatus.BOOKED,
                reminded_version__lt=F("version"),
                start__gt=now,
                start__lte=now + dt.timedelta(hours=max(ReminderLead)),
                booked_by__is_active=True,
            )
            # Whom the doctor can't see then is asked about another time instead.
            .exclude(pk__in=self._away())
            .annotate(told_at=told_at)
            .filter(due)
            .order_by("start")
        )
