"""When a visit may be written about: pure functions."""

import datetime as dt

from appointments.enums import AppointmentStatus
from appointments.models import Appointment

# A visit that was missed, cancelled or entered in error has nothing to write down.
RECORDABLE = (
    AppointmentStatus.BOOKED,
    AppointmentStatus.ARRIVED,
    AppointmentStatus.FULFILLED,
)


def may_record(visit: Appointment, now: dt.datetime) -> bool:
    """Whether its doctor may write about the visit: from its day on, if it took place."""
    return visit.status in RECORDABLE and visit.terms.may_arrive(visit.start, now)
