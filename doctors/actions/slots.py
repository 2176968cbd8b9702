"""Times that are added by hand, besides those that the weekly hours make."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.times import clock_label
from doctors.exceptions import SlotRefused
from doctors.models import Doctor, Slot, TimeOff
from doctors.policies import check_may_set_times


@transaction.atomic
def add_slot(
    *, doctor_id: UUID, start: dt.datetime, end: dt.datetime, by: User, now: dt.datetime
) -> Slot:
    """Adds a free time to a doctor's day, for now or later, beside the weekly hours.

    Just this time again answers the one that stands. As long as it is free and ahead, publishing
    may withdraw it again: who adds it takes it in the same transaction. Locks the doctor. Raises
    SlotRefused where it is over, overlaps another time or falls into time off, and for a doctor who
    isn't approved; Doctor.DoesNotExist, PermissionDenied.
    """
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor_id)
    check_may_set_times(by, doctor)
    if not doctor.is_approved:
        raise SlotRefused(_("This doctor is not approved yet."))
    if end <= max(start, now):
        raise SlotRefused(_("That time has passed."))
    slot = Slot(doctor=doctor, start=start, end=end)
    # Who is back may see somebody whose time began before.
    if TimeOff.objects.covering(Slot(doctor=doctor, start=max(start, now), end=end)).exists():
        raise SlotRefused(_("The doctor is away then."))
    standing = Slot.objects.filter(doctor=doctor, start__lt=end, end__gt=start).first()
    if standing is None:
        slot.save()
        return slot
    if (standing.start, standing.end) == (start, end):
        return standing
    raise SlotRefused(
        _("The doctor has another time from %(start)s to %(end)s.")
        % {
            "start": clock_label(standing.start.astimezone(doctor.zone)),
            "end": clock_label(standing.end.astimezone(doctor.zone)),
        }
    )
