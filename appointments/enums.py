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


class Why(models.TextChoices):
    """Why a step of a visit was made, as the site itself says it. What a person typed is text.

    Rows keep the code, and the sentence is made when it is shown: changing one changes nothing
    else. Codes are never renamed and never taken away.
    """

    MOVED_HERE = "moved-here", _("The visit was moved here")
    TAKEN_BACK = "taken-back", _("Taken back")
    DOCTOR_DECLINED = "doctor-declined", _("The doctor declined the request")
    CLINIC_DECLINED = "clinic-declined", _("The clinic declined the request")
    NOT_ANSWERED = "not-answered", _("The doctor did not answer the request in time")
    DOCTOR_ABSENT = "doctor-absent", _("The doctor can't come")
    MONEY_WANTED = (
        "money-wanted",
        _("The doctor can't come, and the patient wanted the money back"),
    )
    TOLD_NOT_TO_COME = (
        "told-not-to-come",
        _("The patient was told not to come, and can't any more"),
    )
    OFFER_DECLINED = "offer-declined", _("The offer was declined")
    OTHER_TIME = "other-time", _("Chose another time")
    GIVEN_BACK = "given-back", _("Gave the time back")
    RUN_OUT = "run-out", _("The hold ran out")


def code_and_text(why: Why | str) -> tuple[str, str]:
    """The two columns of a reason: the site's code, or what a person typed. One is empty."""
    return (why.value, "") if isinstance(why, Why) else ("", why)


def why_words(code: str, typed: str) -> str:
    """The reason in the reader's language; what a person typed stays as it is."""
    return str(Why(code).label) if code else typed


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
