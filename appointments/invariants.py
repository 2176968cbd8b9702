"""What is always true of appointments, whatever the database's guards say."""

from collections.abc import Callable, Iterable, Iterator

from django.db import connection
from django.db.models import F, OuterRef, Q, Subquery, Value, Window
from django.db.models.functions import Lag

from appointments.enums import ACTIVE, TRANSITIONS, WITHOUT_SLOT, AppointmentStatus
from appointments.models import Appointment, AppointmentTransition
from doctors.enums import SlotStatus
from doctors.models import Slot
from payments.enums import PaymentStatus, Purpose
from payments.models import Payment


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
    """A held slot has a pending appointment, a busy one a visit, a free one none."""
    held = Slot.objects.filter(status=SlotStatus.HELD).exclude(
        appointment__status=AppointmentStatus.PENDING
    )
    busy = Slot.objects.filter(status=SlotStatus.BUSY).exclude(
        appointment__status__in=set(AppointmentStatus) - {*WITHOUT_SLOT, AppointmentStatus.PENDING}
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
    for from_status, to_statuses in TRANSITIONS.items():
        allowed |= Q(from_status=from_status, to_status__in=to_statuses)
    for pk in AppointmentTransition.objects.exclude(allowed).values_list("appointment", flat=True):
        yield f"Appointment {pk} made a step that is not allowed."


def visits_are_paid() -> Iterator[str]:
    """Each visit that was booked has one payment that was accepted for it, and no hold has."""
    paid = Payment.objects.filter(
        purpose=Purpose.APPOINTMENT, status=PaymentStatus.SUCCEEDED, late=False
    )
    booked = Appointment.objects.visits()
    unpaid = booked.exclude(pk__in=paid.values("subject"))
    for pk in unpaid.values_list("pk", flat=True):
        yield f"Appointment {pk} was booked without a payment."
    for pk in paid.exclude(subject__in=booked.values("pk")).values_list("pk", flat=True):
        yield f"Payment {pk} paid for an appointment that was never booked."


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
    "Guards of appointments stand": guards_stand,
}
