"""What is always true of appointments, whatever the database's guards say."""

from collections.abc import Callable, Iterable, Iterator

from django.db import connection
from django.db.models import F, OuterRef, Q, Subquery, Value, Window
from django.db.models.functions import Lag

from appointments.enums import (
    ACTIVE,
    TRANSITIONS,
    UNDO,
    WITHOUT_SLOT,
    AbsenceStatus,
    AppointmentStatus,
    ProposalStatus,
)
from appointments.models import Appointment, AppointmentTransition, Proposal, ProposedTime
from doctors.enums import SlotStatus
from doctors.models import Slot
from payments.enums import PaymentStatus, Purpose
from payments.models import Payment, Transfer
from payments.querysets import PaymentQuerySet


def patients_are_in_one_place() -> Iterator[str]:
    """A patient's active visits do not overlap."""
    previous_end = Window(Lag("end"), partition_by="patient_id", order_by=["start", "id"])
    overlapping = (
        Appointment.objects.filter(status__in=ACTIVE)
        .annotate(previous_end=previous_end)
        .filter(previous_end__gt=F("start"))
    )
    for pk in overlapping.values_list("pk", flat=True):
        yield f"Appointment {pk} begins while another one of its patient goes on."


def slots_and_appointments_agree() -> Iterator[str]:
    """A held slot has a hold, a busy one a visit, a request or a proposal, a free one none."""
    held = Slot.objects.filter(status=SlotStatus.HELD).exclude(
        appointment__status=AppointmentStatus.PENDING, appointment__requested_at__isnull=True
    )
    busy = Slot.objects.filter(status=SlotStatus.BUSY, proposed__isnull=True).exclude(
        appointment__status__in=set(AppointmentStatus) - {*WITHOUT_SLOT},
        appointment__requested_at__isnull=False,
    )
    for pk in [*held.values_list("pk", flat=True), *busy.values_list("pk", flat=True)]:
        yield f"Slot {pk} is held or busy without an appointment that says so."
    idle = Slot.objects.filter(
        status__in=[SlotStatus.FREE, SlotStatus.CLOSED], appointment__isnull=False
    )
    for pk in idle.values_list("pk", flat=True):
        yield f"Slot {pk} is free or closed but has an appointment."


def appointments_keep_their_slots_time() -> Iterator[str]:
    """An appointment that has a slot is at the slot's time and with its doctor."""
    wrong = Appointment.objects.filter(slot__isnull=False).exclude(
        start=F("slot__start"), end=F("slot__end"), doctor=F("slot__doctor")
    )
    for pk in wrong.values_list("pk", flat=True):
        yield f"Appointment {pk} and its slot disagree about time or doctor."


def history_leads_to_the_status() -> Iterator[str]:
    """Each appointment's steps are allowed, join up, and end at its status."""
    last = AppointmentTransition.objects.filter(appointment=OuterRef("pk")).order_by("-id")
    wrong = Appointment.objects.annotate(last=Subquery(last.values("to_status")[:1])).exclude(
        last=F("status")
    )
    for pk in wrong.values_list("pk", flat=True):
        yield f"Appointment {pk} has another status than its history says."
    before = Window(
        Lag("to_status", default=Value("")), partition_by="appointment_id", order_by="id"
    )
    broken = AppointmentTransition.objects.annotate(before=before).exclude(before=F("from_status"))
    for pk in broken.values_list("appointment_id", flat=True):
        yield f"Appointment {pk} has a gap in its history."
    allowed = Q(from_status="", to_status=AppointmentStatus.PENDING)
    # Moving to another time leaves the status as it is, and says so.
    allowed |= Q(from_status=F("to_status"), moved_from__isnull=False)
    for from_status, to_statuses in (*TRANSITIONS.items(), *UNDO.items()):
        allowed |= Q(from_status=from_status, to_status__in=to_statuses)
    for pk in AppointmentTransition.objects.exclude(allowed).values_list("appointment", flat=True):
        yield f"Appointment {pk} made a step that is not allowed."


def visits_are_paid() -> Iterator[str]:
    """Each visit or request has one payment that was accepted for it, and no hold has.

    Only a visit that is marked to be paid at the desk may be without.
    """
    paid = _paid()
    booked = Appointment.objects.visits()
    unpaid = booked.exclude(pk__in=paid.values("subject")).exclude(pay_at_desk=True)
    for pk in unpaid.values_list("pk", flat=True):
        yield f"Appointment {pk} was booked without a payment."
    for pk in paid.exclude(subject__in=booked.values("pk")).values_list("pk", flat=True):
        yield f"Payment {pk} paid for an appointment that was never booked."


def _paid() -> PaymentQuerySet:
    """The payments that were accepted for visits. (A deposit has no subject.)"""
    return Payment.objects.filter(
        purpose=Purpose.APPOINTMENT, status=PaymentStatus.SUCCEEDED, late=False
    )


def fees_are_held_until_settled() -> Iterator[str]:
    """Money is held for requests and visits that stand, and for those over until it is settled."""
    held = set(Transfer.objects.subjects_held())
    owing = Appointment.objects.filter(pay_at_desk=True).exclude(pk__in=_paid().values("subject"))
    visits = Appointment.objects.visits() | Appointment.objects.filter(pk__in=held)
    visits = visits.exclude(pk__in=owing.values("pk"))
    for pk, status, settles_at in visits.values_list("pk", "status", "settles_at"):
        if (pk in held) != (status in ACTIVE or settles_at is not None):
            yield f"Appointment {pk} is {status}, its held fee says otherwise."


def proposals_keep_their_times() -> Iterator[str]:
    """The times of open proposals, and only they, are kept for a confirmed visit."""
    for pk in (
        Proposal.objects.open()
        .exclude(appointment__status=AppointmentStatus.BOOKED)
        .values_list("pk", flat=True)
    ):
        yield f"Proposal {pk} is open, but its visit is not confirmed."
    kept = Q(slot__isnull=False)
    asked = Q(proposal__status=ProposalStatus.OPEN)
    wrong = ProposedTime.objects.filter((kept & ~asked) | (~kept & asked))
    for pk in wrong.values_list("pk", flat=True):
        yield f"Proposed time {pk} is kept without an open proposal, or not kept with one."
    fits = Q(
        slot__status=SlotStatus.BUSY,
        slot__appointment__isnull=True,
        slot__doctor=F("proposal__appointment__doctor"),
        slot__start=F("start"),
        slot__end=F("end"),
    )
    for pk in ProposedTime.objects.filter(kept).exclude(fits).values_list("pk", flat=True):
        yield f"The slot of proposed time {pk} is not kept for it."


def everybody_is_told_of_an_absence() -> Iterator[str]:
    """Nobody waits for word of an absence that counts as done."""
    forgotten = Proposal.objects.filter(
        status=ProposalStatus.WAITING, absence__status=AbsenceStatus.DONE
    )
    for pk in forgotten.values_list("pk", flat=True):
        yield f"Proposal {pk} waits, but its absence is done."


def guards_stand() -> Iterator[str]:
    """PostgreSQL still refuses overlaps and rewritten history (SQLite: checked with triggers)."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint UNION SELECT tgname FROM pg_trigger")
        standing = {name for (name,) in cursor.fetchall()}
    for name in ("appointment_no_overlap", "appointments_appointmenttransition_append_only"):
        if name not in standing:
            yield f"The guard {name} is gone."


CHECKS: dict[str, Callable[[], Iterable[str]]] = {
    "A patient is in one place at a time": patients_are_in_one_place,
    "Slots and appointments agree": slots_and_appointments_agree,
    "Appointments are at their slot's time": appointments_keep_their_slots_time,
    "Histories are whole and allowed": history_leads_to_the_status,
    "Booked visits, and only they, are paid": visits_are_paid,
    "Fees are held until they are settled, and no longer": fees_are_held_until_settled,
    "Proposed times are kept while they can be taken": proposals_keep_their_times,
    "Everybody is told of an absence": everybody_is_told_of_an_absence,
    "Guards of appointments stand": guards_stand,
}
