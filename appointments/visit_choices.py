"""What may be done with a visit from its page, by whoever reads it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from accounts.models import User
from appointments.enums import SETTLING, AppointmentStatus
from appointments.models import Appointment
from appointments.policies import VISITS, fee_is_held, may_undo
from appointments.visit_terms import Terms


@dataclass(frozen=True)
class VisitChoices:
    """Which buttons and notes the page of a visit has for its reader."""

    # The clinic may move it, propose other times and cancel it.
    clinic_may_change: bool
    # Its patient may use what the terms allow; while the doctor can't come they answer that first.
    patient_may_change: bool
    patient_may_move: bool
    # The statuses that its doctor may give it now, and whether the last one can be taken back.
    offers: set[str]
    may_undo: bool
    may_enter_error: bool
    # No mail about it reaches the patient: the clinic has to call.
    needs_a_call: bool


def choices_of(visit: Appointment, reader: User, terms: Terms, now: dt.datetime) -> VisitChoices:
    """What `reader` may do with the visit at `now`. The visit is read `with_people`. No query."""
    patient_may_change = reader.is_patient and not visit.is_called_off
    told_by_mail = (AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED)
    return VisitChoices(
        clinic_may_change=not reader.is_patient and visit.is_ahead_at(now),
        patient_may_change=patient_may_change,
        patient_may_move=patient_may_change and terms.may_move and visit.doctor.takes_bookings,
        offers=visit.terms.attendance(visit.status, visit.start, now)
        if reader.is_doctor
        else set(),
        may_undo=reader.is_doctor and may_undo(visit.status, visit.settles_at, now),
        may_enter_error=not reader.is_patient and visit.status in SETTLING,
        needs_a_call=not reader.is_patient
        and not visit.patient.user.email
        and visit.status in told_by_mail,
    )


@dataclass(frozen=True)
class ErrorTerms:
    """What marking a visit as entered in error does to its fee."""

    is_over: bool
    nothing_paid: bool
    fee_is_held: bool
    # The fee has been settled: whether this reader may take it back all the same.
    may_take_back: bool


def error_terms(visit: Appointment, reader: User, now: dt.datetime) -> ErrorTerms:
    """What `enter_in_error` would do to the fee if `reader` did it. The visit is `with_debt`."""
    return ErrorTerms(
        is_over=visit.status in SETTLING,
        nothing_paid=visit.owes_fee,  # type: ignore[attr-defined]
        fee_is_held=fee_is_held(visit.settles_at, now),
        may_take_back=reader.may(VISITS),
    )
