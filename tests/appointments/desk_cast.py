"""Visits that the clinic books for a patient, and what its forms send."""

import datetime as dt

from django.urls import reverse

from accounts.models import Patient
from appointments.actions import book_at_desk
from appointments.models import Appointment
from doctors.models import Slot
from payments.enums import AccountKind, Tender
from payments.models import Transfer

URL = reverse("appointments:desk_book")
CASH = Tender.CASH


def at_desk(slot: Slot, patient: Patient, now: dt.datetime, tender: Tender | None) -> Appointment:
    return book_at_desk(
        slot_id=slot.pk, patient=patient, tender=tender, reason="", by=slot.doctor.user, now=now
    )


def moved(debit: AccountKind, credit: AccountKind) -> int:
    found = Transfer.objects.filter(debit__kind=debit, credit__kind=credit)
    return sum(found.values_list("amount", flat=True))


def form(slot: Slot, patient: object, **typed: str) -> dict[str, object]:
    return {"patient": patient, "slot": slot.pk, "reason": "Fever", "paid": "later", **typed}


def on_day(slot: Slot, words: str = "") -> str:
    return f"{URL}?day={slot.start:%Y-%m-%d}&q={words}&doctor={slot.doctor_id}"
