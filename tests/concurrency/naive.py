"""What a booking system without guards does: it looks, takes its time, then writes."""

import datetime as dt
import time
import uuid

from accounts.models import Patient
from appointments.enums import AppointmentStatus
from appointments.exceptions import DoctorFull, SlotTaken
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Slot


def naive_hold(slot: Slot, patient: Patient, now: dt.datetime, *, cap: int = 0) -> Appointment:
    """Books a slot that looks free."""
    found = Slot.objects.get(pk=slot.pk)
    taken = Appointment.objects.filter(start=slot.start, doctor=slot.doctor_id).exists()
    if found.status != SlotStatus.FREE or taken:
        raise SlotTaken
    if cap and Appointment.objects.filter(doctor=slot.doctor_id).count() >= cap:
        raise DoctorFull
    pause()
    Slot.objects.filter(pk=slot.pk).update(status=SlotStatus.BUSY)
    return Appointment.objects.create(
        reference=uuid.uuid4().hex[:8],
        patient=patient,
        booked_by=patient.user,
        doctor_id=slot.doctor_id,
        slot_id=slot.pk,
        start=slot.start,
        end=slot.end,
        status=AppointmentStatus.BOOKED,
        fee=1,
        currency="BDT",
        policy={},
        created_at=now,
        requested_at=now,
        booked_at=now,
    )


def pause() -> None:
    """The time a real page spends between looking and writing."""
    time.sleep(0.3)


def naive_move(visit: Appointment, target: Slot) -> Appointment:
    """Moves a visit to a slot that looks free."""
    if Slot.objects.get(pk=target.pk).status != SlotStatus.FREE:
        raise SlotTaken
    pause()
    Slot.objects.filter(pk=target.pk).update(status=SlotStatus.BUSY)
    Slot.objects.filter(pk=visit.slot_id).update(status=SlotStatus.FREE)
    Appointment.objects.filter(pk=visit.pk).update(slot=target, start=target.start, end=target.end)
    return visit
