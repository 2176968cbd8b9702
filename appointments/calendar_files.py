"""A visit as an iCalendar file (RFC 5545)."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from icalendar import Calendar, Event

from appointments.enums import WITHOUT_SLOT
from appointments.models import Appointment


def visit_ics(visit: Appointment) -> bytes:
    """The visit as one event. The UID never changes and SEQUENCE rises with each change, so that
    a later file replaces the event in the reader's calendar."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    event = Event()
    event.add("uid", f"{visit.pk}@{host}")
    event.add("sequence", visit.version - 1)
    event.add("summary", f"Visit with {visit.doctor.name}")
    event.add("dtstart", visit.start)
    event.add("dtend", visit.end)
    event.add("dtstamp", visit.cancelled_at or visit.booked_at or visit.created_at)
    event.add("status", "CANCELLED" if visit.status in WITHOUT_SLOT else "CONFIRMED")
    doctor = visit.doctor
    place = ", ".join(filter(None, [doctor.clinic_name, doctor.clinic_address, doctor.clinic_area]))
    if place:
        event.add("location", place)
    url = settings.SITE_URL + reverse("appointments:detail", args=[visit.pk])
    event.add("url", url)
    event.add("description", f"Reference {visit.reference}\n{url}")
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SITE_NAME}//Booking//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
