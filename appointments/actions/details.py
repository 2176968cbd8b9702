"""What the person who books says of a held time: who it is for, and what the doctor should know."""

import datetime as dt
import uuid
from functools import partial

from django.db import transaction
from django.db.models import Q

from accounts.models import Patient, User
from appointments.actions.holds import end_run_out, refuse_while_paying, require_hold, try_twice
from appointments.actions.transitions import lock_hold
from appointments.exceptions import PatientUnknown
from appointments.models import Appointment
from doctors.models import Slot


def save_details(
    *,
    appointment_id: uuid.UUID,
    by: User,
    now: dt.datetime,
    patient_id: uuid.UUID | None = None,
    reason: str | None = None,
    symptoms: str | None = None,
    notes: str | None = None,
) -> Appointment:
    """Saves who a held time is for and what the patient tells the doctor, in one transaction.

    What is None stays as it is. `patient_id` is one of the people `by` looks after, who must be
    free then. Locks slot, appointment and, for another patient than before, that patient.
    Raises HoldRunOut, PatientUnknown, PatientBusy, or PaymentInProgress for another patient while
    the bank is checking; then nothing is saved.
    """
    told = {"reason": reason, "symptoms": symptoms, "notes": notes}
    words = {name: text for name, text in told.items() if text is not None}
    save = partial(_save, appointment_id, patient_id, words, by=by, now=now)
    slot = Slot.objects.filter(appointment=appointment_id).first() if patient_id else None
    if patient_id is None or slot is None:
        # Without a slot the hold has ended: `require_hold` says so.
        return save()
    end_run_out(Q(patient=patient_id), now=now)
    return try_twice(save, patient_id=patient_id, slot_id=slot.pk)


def _save(
    appointment_id: uuid.UUID,
    patient_id: uuid.UUID | None,
    words: dict[str, str],
    *,
    by: User,
    now: dt.datetime,
) -> Appointment:
    with transaction.atomic():
        appointment, slot = lock_hold(appointment_id)
        require_hold(appointment, slot, now)
        if patient_id is not None and patient_id != appointment.patient_id:
            refuse_while_paying(appointment)
            appointment.patient = _own_patient(patient_id, by)
        for name, text in words.items():
            setattr(appointment, name, text)
        appointment.save(update_fields=["patient", *words])
    return appointment


def _own_patient(patient_id: uuid.UUID, by: User) -> Patient:
    """Locks one of the people `by` looks after, so that they are not removed meanwhile."""
    own = Patient.objects.visible_to(by).select_for_update(no_key=True)
    patient = own.filter(pk=patient_id).first()
    if patient is None:
        raise PatientUnknown
    return patient
