"""What goes on in somebody's role, for an admin who wants to change it or to deactivate them."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.exceptions import RoleInUse
from accounts.models import User
from accounts.personal_data_registry import Obstacle
from appointments.actions.waitlist import leave_waitlist
from appointments.actions.waitlist_offers import end_entry
from appointments.enums import ACTIVE, WaitlistStatus
from appointments.exceptions import BookingRefused
from appointments.models import Appointment, WaitlistEntry
from appointments.querysets.visits import AppointmentQuerySet
from doctors.models import Doctor


def going_on_as_patient(user: User, now: dt.datetime) -> Iterator[Obstacle]:
    """Visits ahead or not closed, and times that they hold. Three queries."""
    own = Appointment.objects.filter(Q(patient__user=user) | Q(booked_by=user))
    first = own.upcoming(now).first()
    if first is not None:
        count = own.upcoming(now).count()
        yield Obstacle(
            ngettext(
                "%(count)d visit as a patient is ahead.",
                "%(count)d visits as a patient are ahead.",
                count,
            )
            % {"count": count},
            url=_visits(patient=first.patient_id),
            link=_("See the visits"),
        )
    yield from _not_closed(own, now)
    if own.held_at(now).filter(requested_at__isnull=True).exists():
        yield Obstacle(_("They are booking a time at this moment. Try again in ten minutes."))


def going_on_as_doctor(user: User, now: dt.datetime) -> Iterator[Obstacle]:
    """Visits of their patients ahead or not closed, and times that are held. Four queries."""
    doctor = Doctor.objects.filter(user=user).first()
    if doctor is None:
        return
    own = Appointment.objects.filter(doctor=doctor)
    if count := own.upcoming(now).count():
        yield Obstacle(
            ngettext(
                "%(count)d visit of a patient with this doctor is ahead.",
                "%(count)d visits of patients with this doctor are ahead.",
                count,
            )
            % {"count": count},
            url=f"{reverse('appointments:absences')}?{urlencode({'doctor': doctor.pk})}",
            link=_("Say that the doctor can’t come: patients get another time or their money"),
        )
    yield from _not_closed(own, now)
    if own.held_at(now).filter(requested_at__isnull=True).exists():
        yield Obstacle(_("Somebody is booking with them at this moment. Try again in ten minutes."))


def leave_waitlists(user: User, now: dt.datetime) -> None:
    """Nobody waits in a role that is gone. Locks offers' slots, appointments. Raises RoleInUse."""
    waiting = WaitlistEntry.objects.waiting().filter(patient__user=user)
    try:
        for pk in waiting.values_list("pk", flat=True):
            leave_waitlist(entry_id=pk, by=user, now=now)
    except BookingRefused as refusal:
        raise RoleInUse([Obstacle(str(refusal))]) from refusal


def end_waitlists_of_practice(user: User, now: dt.datetime) -> None:
    """Nobody waits for a doctor who is none."""
    waiting = WaitlistEntry.objects.waiting().filter(doctor__user=user)
    for pk in waiting.values_list("pk", flat=True):
        end_entry(pk, WaitlistStatus.OVER, now)


def _not_closed(own: AppointmentQuerySet, now: dt.datetime) -> Iterator[Obstacle]:
    open_ended = own.visits().filter(status__in=ACTIVE, end__lte=now)
    first = open_ended.order_by("start").first()
    if first is not None:
        count = open_ended.count()
        yield Obstacle(
            ngettext(
                "%(count)d visit is over, and its doctor has not said how it went.",
                "%(count)d visits are over, and their doctors have not said how they went.",
                count,
            )
            % {"count": count},
            url=reverse("appointments:detail", args=[first.pk]),
            link=_("See the first one"),
        )


def _visits(**wanted: object) -> str:
    return f"{reverse('dashboards:schedule')}?{urlencode(wanted)}"
