"""Who takes which time, and by which rules."""

from appointments.models.absences import Absence, Proposal, ProposedTime
from appointments.models.booking_rules import BookingRules
from appointments.models.feeds import CalendarFeed
from appointments.models.visits import Appointment, AppointmentTransition
from appointments.models.waitlist import WaitlistEntry, WaitlistOffer

__all__ = [
    "Absence",
    "Appointment",
    "AppointmentTransition",
    "BookingRules",
    "CalendarFeed",
    "Proposal",
    "ProposedTime",
    "WaitlistEntry",
    "WaitlistOffer",
]
