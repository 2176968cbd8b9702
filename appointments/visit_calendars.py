"""Visits in the reader's own calendar: mailed, downloaded, subscribed to, or added by a link."""

import datetime as dt
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.enums import Relationship
from accounts.models import User
from appointments.enums import WITHOUT_SLOT, AppointmentStatus
from appointments.models import Appointment
from core.calendar_files import CalendarEvent, Method, calendar_file


def visit_event(
    visit: Appointment, *, reader: User, stamp: dt.datetime | None = None
) -> CalendarEvent:
    """The visit as `reader` may see it in a calendar: never with its reason.

    The UID never changes and SEQUENCE rises with each version, so that a later file replaces the
    entry. `stamp` is when this version came to be, where the visit itself doesn't tell.
    """
    doctor = visit.doctor
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    url = settings.SITE_URL + reverse("appointments:detail", args=[visit.pk])
    with translation.override(reader.reads):
        summary = _summary(visit, reader)
        reference = _("Reference %(reference)s") % {"reference": visit.reference}
    return CalendarEvent(
        uid=f"{visit.pk}@{host}",
        sequence=visit.version - 1,
        summary=summary,
        start=visit.start,
        end=visit.end,
        zone=doctor.time_zone,
        stamp=stamp
        or visit.cancelled_at
        or visit.booked_at
        or visit.requested_at
        or visit.created_at,
        location=", ".join(
            filter(None, [doctor.clinic_name, doctor.clinic_address, doctor.clinic_area])
        ),
        description=f"{reference}\n{url}",
        url=url,
        cancelled=visit.status in WITHOUT_SLOT,
        tentative=visit.status == AppointmentStatus.PENDING,
    )


def _summary(visit: Appointment, reader: User) -> str:
    if reader.discreet:
        return _("Appointment")
    if reader.pk == visit.doctor.user_id:
        return _("Visit of %(patient)s") % {"patient": visit.patient.name}
    if visit.patient.relationship == Relationship.SELF:
        return _("Visit with %(doctor)s") % {"doctor": visit.doctor.name}
    return _("%(patient)s: visit with %(doctor)s") % {
        "patient": visit.patient.name,
        "doctor": visit.doctor.name,
    }


def visit_file(visit: Appointment, *, reader: User) -> str:
    """One visit, to be put into a calendar by hand."""
    return calendar_file([visit_event(visit, reader=reader)], method=Method.PUBLISH)


def visits_feed(visits: Iterable[Appointment], *, reader: User) -> str:
    """Many visits, for a calendar that looks again by itself."""
    with translation.override(reader.reads):
        name = _("Appointments") if reader.discreet else settings.SITE_NAME
    events = [visit_event(visit, reader=reader) for visit in visits]
    return calendar_file(events, method=Method.PUBLISH, name=name)
