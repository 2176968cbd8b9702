"""The times that somebody on the waitlist wishes for and could take now."""

import datetime as dt
import uuid

from appointments.models import WaitlistEntry
from appointments.policies import local_midnight, part_of_day
from appointments.querysets import Asker, bookable_slots, policy_for
from doctors.models import Doctor


def wished_times(entry: WaitlistEntry, now: dt.datetime) -> list[tuple[dt.datetime, uuid.UUID]]:
    """Start and id of slots that an entry's patient can take, waits for and was not offered yet.

    Soonest first. Two queries a doctor.
    """
    doctors = (
        [entry.doctor]
        if entry.doctor
        else list(
            Doctor.objects.public()
            .filter(specialties=entry.specialty, accepting=True)
            .select_related("user")
        )
    )
    found = []
    asker = Asker(patient_id=entry.patient_id)
    for doctor in doctors:
        slots = (
            bookable_slots(doctor, policy_for(doctor), now, asker)
            .filter(
                start__gte=local_midnight(entry.first_day, doctor.zone),
                start__lt=local_midnight(entry.last_day + dt.timedelta(1), doctor.zone),
            )
            .exclude(start__in=entry.offers.values("start"))
        )
        found += [
            (start, pk)
            for start, pk in slots.values_list("start", "pk")
            if getattr(entry, part_of_day(start.astimezone(doctor.zone)))
        ]
    return sorted(found)
