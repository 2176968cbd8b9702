"""An appointment's statuses and the only ways between them (row B3)."""

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

# These take up the doctor's and the patient's time, and count towards the cap.
ACTIVE = (_S.PENDING, _S.BOOKED, _S.ARRIVED)
# These have given their slot back.
WITHOUT_SLOT = (_S.CANCELLED, _S.ENTERED_IN_ERROR)
