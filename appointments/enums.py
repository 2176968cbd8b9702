"""An appointment's statuses and the only ways between them (row B3)."""

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class AppointmentStatus(models.TextChoices):
    """FHIR R4 appointment status codes, with plain words for the screen."""

    PENDING = "pending", _("Held")
    BOOKED = "booked", _("Confirmed")
    ARRIVED = "arrived", _("Arrived")
    FULFILLED = "fulfilled", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    NOSHOW = "noshow", _("No-show")
    ENTERED_IN_ERROR = "entered-in-error", _("Entered in error")


_S = AppointmentStatus

TRANSITIONS: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    _S.PENDING: frozenset({_S.BOOKED, _S.CANCELLED}),
    _S.BOOKED: frozenset({_S.ARRIVED, _S.FULFILLED, _S.NOSHOW, _S.CANCELLED}),
    _S.ARRIVED: frozenset({_S.FULFILLED, _S.NOSHOW, _S.CANCELLED}),
    _S.FULFILLED: frozenset({_S.ENTERED_IN_ERROR}),
    _S.NOSHOW: frozenset({_S.ENTERED_IN_ERROR}),
    _S.CANCELLED: frozenset(),
    _S.ENTERED_IN_ERROR: frozenset(),
}

# What a slip of the hand made, taken back: to the status before it, and only while no money has
# moved for it (`Appointment.settles_at` is ahead). After that both ends are final.
UNDO: dict[AppointmentStatus, frozenset[AppointmentStatus]] = {
    _S.ARRIVED: frozenset({_S.BOOKED}),
    _S.FULFILLED: frozenset({_S.BOOKED, _S.ARRIVED}),
    _S.NOSHOW: frozenset({_S.BOOKED, _S.ARRIVED}),
}

# The visit is over, and its fee goes to whom it belongs when nobody can take that back any more.
SETTLING = (_S.FULFILLED, _S.NOSHOW)
# These take up the doctor's and the patient's time, and count towards the cap.
ACTIVE = (_S.PENDING, _S.BOOKED, _S.ARRIVED)
# These have given their slot back.
WITHOUT_SLOT = (_S.CANCELLED, _S.ENTERED_IN_ERROR)


class WaitlistStatus(models.TextChoices):
    """What became of waiting."""

    WAITING = "waiting", _("Waiting")
    BOOKED = "booked", _("Booked")
    LEFT = "left", _("Left")
    OVER = "over", _("Over")


class OfferOutcome(models.TextChoices):
    """What became of an offer."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    RAN_OUT = "ran-out", _("Ran out")


# The parts of a day, by the fields of `WaitlistEntry` that want them.
PARTS_OF_DAY = ("morning", "afternoon", "evening")


class VisitAct(models.TextChoices):
    """What the audit says of what staff do with visits (`AuditEvent.what`), in words."""

    BOOKED = "visit.booked_at_desk", _("Booked a visit for a patient")
    MOVED = "visit.moved_by_clinic", _("Moved a visit")
    CANCELLED = "visit.cancelled_by_clinic", _("Cancelled a visit")
    ACCEPTED = "visit.accepted", _("Accepted a request")
    DECLINED = "visit.declined", _("Declined a request")
    ATTENDED = "visit.attended", _("Marked how a visit went")
    IN_ERROR = "visit.entered_in_error", _("Marked a visit as entered in error")
    ABSENCE = "absence.started", _("Said that a doctor can't come")
    RULES = "rules.changed", _("Changed the rules of booking")


class AbsenceStatus(models.TextChoices):
    """Whether everybody whom a doctor's absence concerns has been told."""

    RUNNING = "running", _("Telling patients")
    DONE = "done", _("Everybody is told")


class ProposalStatus(models.TextChoices):
    """A question to a patient about another time, and what came of it."""

    WAITING = "waiting", _("To be told")
    OPEN = "open", _("No answer yet")
    ACCEPTED = "accepted", _("Accepted")
    MOVED = "moved", _("Chose another time")
    REFUNDED = "refunded", _("Paid back")
    UNANSWERED = "unanswered", _("No answer in time")
    KEPT = "kept", _("Keeps the old time")
    LAPSED = "lapsed", _("Not needed any more")


class DayState(StrEnum):
    """What a day of the calendar is to the reader."""

    FREE = "free"
    # All its times are taken.
    FULL = "full"
    # The doctor does not work.
    CLOSED = "closed"
    # Beyond the booking window.
    LATER = "later"
    PAST = "past"


class WhyNone(StrEnum):
    """Why no time at all of a doctor's can be taken."""

    NOT_ACCEPTING = "not-accepting"
    DOCTOR_FULL = "doctor-full"
    # None is left within the booking window.
    NOTHING_FREE = "nothing-free"
