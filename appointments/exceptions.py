"""What a rule says no with. Each knows the sentence a person reads."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.enums import Relationship
from appointments.enums import Why
from appointments.policy_wording import notice_words
from core.refusals import Refusal
from core.times import clock_label

if TYPE_CHECKING:
    from appointments.models import Absence, Appointment


class BookingRefused(Refusal):
    """A rule of booking said no; nothing was changed."""

    code = "booking-refused"


class SlotTaken(BookingRefused):
    """Somebody else has the time, or it is closed or gone."""

    code = "slot-taken"
    message = _("Somebody else has just taken that time.")


class SlotPast(BookingRefused):
    code = "slot-past"
    message = _("That time has passed.")


class TooSoon(BookingRefused):
    """The doctor wants more notice than is left: `minutes`."""

    code = "too-soon"

    def __init__(self, minutes: int) -> None:
        super().__init__(
            _now("That time begins too soon: it could be booked until %(notice)s before.")
            % {"notice": notice_words(minutes)}
        )


class DoctorNotAccepting(BookingRefused):
    code = "doctor-not-accepting"
    message = _("This doctor takes no bookings at the moment.")


class DoctorFull(BookingRefused):
    code = "doctor-full"
    message = _("This doctor has as many visits booked as they take at a time.")


class OutsideWindow(BookingRefused):
    """Too far ahead: `opens_at` is when the time can be booked."""

    code = "outside-window"

    def __init__(self, opens_at: dt.datetime, label: str) -> None:
        self.opens_at = opens_at
        super().__init__(_now("That time opens for booking on %(day)s.") % {"day": label})


class PatientBusy(BookingRefused):
    """The patient is somewhere else then: `visit` is where, if it is known."""

    code = "patient-busy"
    message = _("You already have a visit at that time.")

    def __init__(self, visit: Appointment | None = None) -> None:
        self.visit = visit
        super().__init__(self._words(visit) if visit else "")

    @staticmethod
    def _words(visit: Appointment) -> str:
        facts = {
            "clock": clock_label(timezone.localtime(visit.start)),
            "doctor": visit.doctor.name,
            "patient": visit.patient.name,
        }
        if visit.patient.relationship == Relationship.SELF:
            return _now("It clashes with your visit at %(clock)s with %(doctor)s.") % facts
        return (
            _now("It clashes with the visit of %(patient)s at %(clock)s with %(doctor)s.") % facts
        )


class PatientUnknown(BookingRefused):
    code = "patient-unknown"
    status = 422
    message = _("Choose yourself or somebody of your family.")


class HoldRunOut(BookingRefused):
    """The time is no longer held for the person who wants to go on; says why."""

    code = "hold-run-out"
    message = _("The time was held for you, but the hold has run out.")

    def __init__(self, appointment: Appointment) -> None:
        self.appointment = appointment
        super().__init__(self._words(appointment))

    @staticmethod
    def _words(appointment: Appointment) -> str:
        match appointment.cancellation_code:
            case Why.OTHER_TIME:
                return _now("You chose another time instead of this one.")
            case Why.GIVEN_BACK | Why.OFFER_DECLINED:
                return _now("You gave this time back.")
        if appointment.is_offer:
            return _now("The time to answer is over.")
        return ""


class HoldExtendedBefore(BookingRefused):
    code = "hold-extended-before"
    message = _("A time can be held longer only once.")


class TransitionRefused(BookingRefused):
    """The appointment's status does not allow it."""

    code = "transition-refused"


class CancellationRefused(BookingRefused):
    """The policy does not allow cancelling any more."""

    code = "cancellation-refused"


class RequestAnswered(BookingRefused):
    code = "request-answered"
    message = _("This request was answered or withdrawn already, or its time has run out.")


class WaitlistRefused(BookingRefused):
    """The wish makes no sense; nothing was changed."""

    code = "waitlist-refused"
    status = 422


class OfferOver(BookingRefused):
    code = "offer-over"
    message = _("This offer is over: the time went to the next who waits.")


class RulesRefused(BookingRefused):
    code = "rules-refused"
    status = 403
    message = _("Only an admin, or the doctor they are about, sets these rules.")


class MoveRefused(BookingRefused):
    """The policy does not allow moving the visit, or not there."""

    code = "move-refused"


class PaymentInProgress(BookingRefused):
    code = "payment-in-progress"
    message = _("A payment for this visit is being checked. Do not pay again.")


class ProposalClosed(BookingRefused):
    """The proposal has been answered, or it is too late to."""

    code = "proposal-closed"
    message = _("This was answered already, or it is too late to answer it.")


class AbsenceRefused(BookingRefused):
    """What is asked makes no sense, or is not one's own to ask."""

    code = "absence-refused"


class SaidBefore(AbsenceRefused):
    """`absence` says all of it already, and its patients are told, or about to be."""

    code = "absence-said-before"
    message = _("This was said before: nobody is told twice.")

    def __init__(self, absence: Absence) -> None:
        self.absence = absence
        super().__init__()


class DeskRefused(BookingRefused):
    code = "nothing-to-pay-at-desk"
    message = _("There is nothing to be paid at the desk for this visit.")
