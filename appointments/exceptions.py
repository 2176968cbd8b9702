"""What a rule says no with. Each knows the sentence a person reads."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from appointments.models import Appointment


class BookingRefused(Exception):
    """A rule of booking said no; nothing was changed."""

    message: str | Promise = ""

    def __init__(self, message: str = "") -> None:
        self.message = message or self.message
        super().__init__(self.message)


class SlotTaken(BookingRefused):
    """Somebody else has the time, or it is closed or gone."""

    message = _("Somebody else has just taken that time.")


class SlotPast(BookingRefused):
    message = _("That time has passed.")


class DoctorNotAccepting(BookingRefused):
    message = _("This doctor takes no bookings at the moment.")


class DoctorFull(BookingRefused):
    message = _("This doctor has as many visits booked as they take at a time.")


class OutsideWindow(BookingRefused):
    """Too far ahead: `opens_at` is when the time can be booked."""

    def __init__(self, opens_at: dt.datetime, label: str) -> None:
        self.opens_at = opens_at
        super().__init__(_now("That time opens for booking on %(day)s.") % {"day": label})


class PatientBusy(BookingRefused):
    message = _("You already have a visit at that time.")


class HoldRunOut(BookingRefused):
    """The time is no longer held for the person who wants to go on."""

    message = _("The time was held for you, but the hold has run out.")

    def __init__(self, appointment: Appointment) -> None:
        self.appointment = appointment
        super().__init__()


class HoldExtendedBefore(BookingRefused):
    message = _("A time can be held longer only once.")


class TransitionRefused(BookingRefused):
    """The appointment's status does not allow it."""


class CancellationRefused(BookingRefused):
    """The policy does not allow cancelling any more."""


class PaymentInProgress(BookingRefused):
    message = _("A payment for this visit is being checked. Do not pay again.")
