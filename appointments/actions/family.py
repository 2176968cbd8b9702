"""Booking for somebody one looks after: who a held time is for."""

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


def set_patient(
    *, appointment_id: uuid.UUID, patient_id: uuid.UUID, by: User, now: dt.datetime
) -> Appointment:
    """Says which of the people `by` looks after a held time is for.

    That patient must be free then. Locks slot, appointment and patient. Raises HoldRunOut,
    PatientUnknown, PatientBusy, or PaymentInProgress while the bank is checking.
    """
    slot = Slot.objects.filter(appointment=appointment_id).first()
    if slot is None:
        # The hold has ended: `require_hold` says so.
        return _set_patient(appointment_id, patient_id, by=by, now=now)
    end_run_out(Q(patient=patient_id), now=now)
    return try_twice(
        partial(_set_patient, appointment_id, patient_id, by=by, now=now),
        patient_id=patient_id,
        slot_id=slot.pk,
    )


def _set_patient(
    appointment_id: uuid.UUID, patient_id: uuid.UUID, *, by: User, now: dt.datetime
) -> Appointment:
    with transaction.atomic():
        appointment, slot = lock_hold(appointment_id)
        require_hold(appointment, slot, now)
        if appointment.patient_id == patient_id:
            return appointment
        refuse_while_paying(appointment)
        # Under a lock, so that they are not removed from the family meanwhile.
        own = Patient.objects.visible_to(by).select_for_update(no_key=True)
        patient = own.filter(pk=patient_id).first()
        if patient is None:
            raise PatientUnknown
        appointment.patient = patient
        appointment.save(update_fields=["patient"])
    return appointment
