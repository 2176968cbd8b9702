"""Calendar files: read back by icalendar, their zones worked out from the file alone."""

import datetime as dt
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event, Timezone
from pytest_django.fixtures import Settings

from accounts.models import Patient
from core.calendar_files import CalendarEvent, Method, calendar_file
from notifications.actions import queue_message, record_as_sent, send_due_messages, sweep
from notifications.mail_rendering import calendar_facts
from notifications.models import OutboxMessage
from notifications.policies import TEXT_LIFE
from tests.live.mail_server import MailServer
from tests.notifications.conftest import facts

HOUR = dt.timedelta(hours=1)
ZONES = ["UTC", "Asia/Dhaka", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
         "Africa/Casablanca", "Pacific/Apia"]  # fmt: skip


def event(**changes: Any) -> CalendarEvent:
    start = dt.datetime(2026, 11, 16, 4, tzinfo=dt.UTC)
    fields = {
        "uid": "1@clinic.example.org",
        "sequence": 0,
        "summary": "Visit with Dr Farzana Kabir",
        "start": start,
        "end": start + HOUR / 3,
        "zone": "Asia/Dhaka",
        "stamp": start - 24 * HOUR,
    }
    if "start" in changes:
        fields["end"] = changes["start"] + HOUR / 3
    return CalendarEvent(**fields | changes)


def read(text: str) -> Calendar:
    calendar = Calendar.from_ical(text)
    assert isinstance(calendar, Calendar)
    return calendar


def only_event(calendar: Calendar) -> Event:
    (found,) = calendar.walk("VEVENT")
    assert isinstance(found, Event)
    return found


def as_utc(value: dt.datetime, zones: list[Timezone]) -> dt.datetime:
    """What a reader makes of a moment who knows no zones but the file's own: the last observance
    whose onset its wall time has reached gives the offset (RFC 5545, 3.6.5)."""
    if str(value.tzinfo) == "UTC":
        return value.astimezone(dt.UTC)
    (zone,) = zones
    wall = value.replace(tzinfo=None)
    parts = sorted(zone.subcomponents, key=lambda part: part["dtstart"].dt)
    begun = [part for part in parts if part["dtstart"].dt <= wall]
    offset: dt.timedelta = begun[-1]["tzoffsetto"].td
    return (wall - offset).replace(tzinfo=dt.UTC)


def telling_moments(zone: ZoneInfo) -> list[dt.datetime]:
    """Of 2026: each tenth day at an odd time, and every twenty minutes around each change of the
    clocks."""
    start = dt.datetime(2026, 1, 1, 0, 10, tzinfo=dt.UTC)
    days = [start + dt.timedelta(days=day) for day in range(365)]
    found = days[::10]
    for day, following in pairwise(days):
        if day.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            found += [day + HOUR / 3 * step for step in range(-9, 82)]
    return found


@pytest.mark.parametrize("zone", ZONES)
def test_every_moment_is_the_same_by_the_files_own_zone(zone: str) -> None:
    moments = telling_moments(ZoneInfo(zone))
    assert (len(moments) > 37) == (zone not in ("UTC", "Asia/Dhaka", "Pacific/Apia"))
    events = [event(start=moment, zone=zone) for moment in moments]
    calendar = read(calendar_file(events, method=Method.PUBLISH))
    zones = [part for part in calendar.walk("VTIMEZONE") if isinstance(part, Timezone)]
    assert len(zones) == (zone != "UTC")
    for found, moment in zip(calendar.walk("VEVENT"), moments, strict=True):
        assert as_utc(found["dtstart"].dt, zones) == moment
        assert as_utc(found["dtend"].dt, zones) == moment + HOUR / 3
        # And by the zone's name, as most readers do.
        assert found["dtstart"].dt.astimezone(dt.UTC) == moment


def test_zone_of_the_file_reads_as_the_zone_it_is_named_after() -> None:
    """By icalendar's own reading of the part, without its name."""
    text = calendar_file([event(zone="Europe/Berlin")], method=Method.PUBLISH)
    (component,) = read(text).walk("VTIMEZONE")
    assert isinstance(component, Timezone)
    by_file = component.to_tz(lookup_tzid=False)
    for moment in telling_moments(ZoneInfo("Europe/Berlin")):
        wall = moment.astimezone(ZoneInfo("Europe/Berlin"))
        twice = wall.replace(fold=1).utcoffset() != wall.replace(fold=0).utcoffset()
        if not twice:
            assert wall.replace(tzinfo=by_file).utcoffset() == wall.utcoffset(), wall


def test_wall_time_that_comes_twice_is_said_in_utc() -> None:
    """25 October 2026 in Berlin: 02:40 comes at 00:40 and at 01:40 UTC."""
    first = dt.datetime(2026, 10, 25, 0, 40, tzinfo=dt.UTC)
    text = calendar_file([event(start=first, zone="Europe/Berlin")], method=Method.PUBLISH)
    assert "DTSTART;TZID=Europe/Berlin:20261025T024000\r\n" in text
    assert "DTEND:20261025T010000Z\r\n" in text
    text = calendar_file([event(start=first + HOUR, zone="Europe/Berlin")], method=Method.PUBLISH)
    assert "DTSTART:20261025T014000Z\r\n" in text
    assert "DTEND;TZID=Europe/Berlin:20261025T030000\r\n" in text


def test_what_is_asked_of_somebody_names_both_sides(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "Lake View <desk@lakeview.example.org>"
    text = calendar_file([event()], method=Method.REQUEST, attendee="sadia@example.org")
    found = only_event(read(text))
    assert read(text)["method"] == "REQUEST"
    assert str(found["organizer"]) == "mailto:desk@lakeview.example.org"
    assert found["organizer"].params["cn"] == "Lake View"
    assert str(found["attendee"]) == "mailto:sadia@example.org"
    assert found["attendee"].params["partstat"] == "ACCEPTED"
    assert (found["status"], found["class"]) == ("CONFIRMED", "PRIVATE")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def test_text_that_looks_like_a_file_stays_text() -> None:
    words = 'Dr O\'Neil; "A, B"\\n\nEND:VEVENT\r\nBEGIN:VALARM আপনার'
    found = only_event(read(calendar_file([event(summary=words)], method=Method.PUBLISH)))
    assert str(found["summary"]) == words.replace("\r\n", "\n")


def test_frozen_event_comes_back() -> None:
    assert CalendarEvent.thaw(event().freeze()) == event()


@pytest.fixture
def invited(patient: Patient, now: dt.datetime) -> Patient:
    """A mail with a calendar file waits."""
    queue_message(
        kind="welcome",
        event="welcome",
        object_id=patient.user.pk,
        user=patient.user,
        facts=facts() | {"calendar": calendar_facts(event(summary="Grüße"), Method.REQUEST)},
        now=now,
    )
    return patient


@pytest.mark.django_db
def test_mail_carries_the_file_twice_as_readers_want_it(
    mail_server: MailServer, invited: Patient, now: dt.datetime
) -> None:
    """Gmail and Outlook take the alternative, Apple Mail the attachment."""
    send_due_messages(now=now)
    (mail,) = mail_server.mails
    stored = OutboxMessage.objects.get().calendar
    assert mail.get_content_type() == "multipart/mixed"
    body, attached = mail.iter_parts()
    assert body.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in body.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    invitation = list(body.iter_parts())[-1]
    assert invitation["Content-Type"].params == {"method": "REQUEST", "charset": "utf-8"}
    assert invitation.get_content().replace("\r\n", "\n") == stored.replace("\r\n", "\n")
    assert (attached.get_content_type(), attached.get_filename()) == (
        "application/ics",
        "appointment.ics",
    )
    assert attached.get_content() == stored.encode()
    found = only_event(read(stored))
    assert str(found["summary"]) == "Grüße"
    assert str(found["attendee"]) == "mailto:sadia@example.org"


@pytest.mark.django_db
def test_file_is_forgotten_with_the_text(
    mail_server: MailServer, invited: Patient, now: dt.datetime
) -> None:
    send_due_messages(now=now)
    sweep(now=now + TEXT_LIFE)
    message = OutboxMessage.objects.get()
    assert (message.calendar, message.body_text, message.facts) == ("", "", {})


@pytest.mark.django_db
def test_sample_mails_keep_their_file(invited: Patient) -> None:
    assert record_as_sent() == 1
    assert "METHOD:REQUEST" in OutboxMessage.objects.get().calendar
