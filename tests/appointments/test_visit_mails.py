"""Mails about visits as a mail server gets them: what they carry, and what they keep to
themselves."""

import datetime as dt
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from icalendar import Calendar, Event

from accounts.actions import update_preferences
from accounts.models import Patient, User
from appointments import emails
from appointments.actions import (
    accept_request,
    cancel_visit,
    complete_visit,
    decline_request,
    enter_in_error,
    expire_requests,
    queue_reminders,
)
from appointments.models import Appointment
from core.calendar_files import Method
from doctors.models import Doctor
from notifications.actions import send_due_messages
from notifications.mail_rendering import render_message
from tests.factories import SlotFactory, book, give_rules
from tests.live.mail_server import MailServer

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
# The Sunday on which Berlin's clocks went back at 03:00: 9:00 there is 08:00 UTC.
AFTER_CHANGE = dt.datetime(2026, 10, 25, 8, 0, tzinfo=dt.UTC)
BEFORE = AFTER_CHANGE - 10 * DAY


@pytest.fixture
def berlin(doctor: Doctor) -> Doctor:
    doctor.time_zone = "Europe/Berlin"
    doctor.save()
    return doctor


def visit_at(start: dt.datetime, doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    slot = SlotFactory(doctor=doctor, start=start, end=start + DAY / 72)
    return book(slot, patient, now=now, reason="Rash on the arm")


def discreet(*users: User) -> None:
    for user in users:
        update_preferences(user=user, reminder_hours=24, discreet=True, by=user)


def received(server: MailServer, address: str, now: dt.datetime) -> list[EmailMessage]:
    """The mails about visits to one address, oldest first; receipts are left out."""
    send_due_messages(now=now)
    mails = [mail for mail in server.mails if mail["To"] == address]
    return [mail for mail in mails if "Receipt" not in mail["Subject"]]


def invitation(mail: EmailMessage) -> tuple[str, Event]:
    """What the mail asks the calendar for; both copies of the file say the same."""
    alternative = mail.get_body(("plain",))
    assert alternative is not None
    (inline,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    (attached,) = mail.iter_attachments()
    calendar = Calendar.from_ical(attached.get_content())
    assert Calendar.from_ical(inline.get_content()).to_ical() == calendar.to_ical()
    assert inline["Content-Type"].params["method"] == calendar["method"]
    (event,) = calendar.walk("VEVENT")
    assert isinstance(event, Event)
    return str(calendar["method"]), event


def text(mail: EmailMessage) -> str:
    """Everything a reader could see of it."""
    words = [str(mail["Subject"])]
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            words.append(part.get_content())
        elif part.get_content_type() == "application/ics":
            words.append(part.get_content().decode())
    return "\n".join(words)


def move(visit: Appointment, to: dt.datetime) -> None:
    """What moving leaves behind: another slot and time, and a higher version."""
    slot = SlotFactory(doctor=visit.doctor, start=to, end=to + DAY / 72)
    slot.status = "busy"
    slot.save()
    Appointment.objects.filter(pk=visit.pk).update(
        slot=slot, start=slot.start, end=slot.end, version=visit.version + 1
    )
    visit.refresh_from_db()


@pytest.mark.parametrize("to", ["patient", "doctor"])
def test_one_entry_is_made_moved_and_taken_out_again(
    berlin: Doctor, patient: Patient, mail_server: MailServer, to: str
) -> None:
    """Across the day on which the clocks change."""
    address = patient.user.email if to == "patient" else berlin.user.email
    visit = visit_at(AFTER_CHANGE - DAY, berlin, patient, BEFORE)
    received(mail_server, address, BEFORE)
    move(visit, AFTER_CHANGE)
    emails.visit_confirmed(visit, now=BEFORE + DAY)
    received(mail_server, address, BEFORE + DAY)
    cancel_visit(
        appointment_id=visit.pk, reason="Travelling", by=patient.user, now=BEFORE + 2 * DAY
    )
    mails = received(mail_server, address, BEFORE + 2 * DAY)

    asked = [invitation(mail) for mail in mails]
    assert [method for method, _event in asked] == ["REQUEST", "REQUEST", "CANCEL"]
    events = [event for _method, event in asked]
    assert {str(event["uid"]) for event in events} == {f"{visit.pk}@127.0.0.1"}
    assert [event["sequence"] for event in events] == [0, 1, 2]
    starts = [AFTER_CHANGE - DAY, AFTER_CHANGE, AFTER_CHANGE]
    assert [event["dtstart"].dt.astimezone(dt.UTC) for event in events] == starts
    # 10:00 in summer time, 9:00 in winter time.
    assert [event["dtstart"].dt.hour for event in events] == [10, 9, 9]
    assert [str(event["status"]) for event in events] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert [event["dtstamp"].dt for event in events] == [BEFORE, BEFORE + DAY, BEFORE + 2 * DAY]
    assert {str(event["attendee"]) for event in events} == {f"mailto:{address}"}
    assert {str(event["organizer"]) for event in events} == {"mailto:desk@example.org"}
    assert "Rash" not in "".join(event.to_ical().decode() for event in events)


def test_file_tells_what_was_so_when_the_mail_was_queued(
    berlin: Doctor, patient: Patient, mail_server: MailServer
) -> None:
    """The visit was moved before the sender came: each mail carries its own time."""
    visit = visit_at(AFTER_CHANGE - DAY, berlin, patient, BEFORE)
    move(visit, AFTER_CHANGE)
    emails.visit_confirmed(visit, now=BEFORE + DAY)
    mails = received(mail_server, patient.user.email, BEFORE + DAY)
    starts = [invitation(mail)[1]["dtstart"].dt.astimezone(dt.UTC) for mail in mails]
    assert starts == [AFTER_CHANGE - DAY, AFTER_CHANGE]


def test_discreet_mails_say_neither_with_whom_nor_why(
    doctor: Doctor, patient: Patient, now: dt.datetime, mail_server: MailServer
) -> None:
    discreet(patient.user, doctor.user)
    visit = visit_at(now + 5 * DAY, doctor, patient, now)
    assert queue_reminders(now=now + DAY * 4) == 1
    send_due_messages(now=now + DAY * 4)
    # Another version, so that it is reminded and cancelled in one test.
    cancel_visit(appointment_id=visit.pk, reason="The rash is gone", by=patient.user, now=now)
    send_due_messages(now=now + DAY * 4)
    assert len(mail_server.mails) == 6
    for mail in mail_server.mails:
        said = text(mail)
        hidden = ["Rash", "rash", "Dermatology", "Skin"]
        hidden += ["Farzana"] if mail["To"] == patient.user.email else ["Sadia"]
        assert [word for word in hidden if word in said] == [], mail["Subject"]
    assert sorted(mail["Subject"].strip() for mail in mail_server.mails) == [
        "Booked: appointment, Tue 17 Nov, 9:00 am",
        "Cancelled: appointment, Tue 17 Nov, 9:00 am",
        "Cancelled: appointment, Tue 17 Nov, 9:00 am",
        "New visit: appointment, Tue 17 Nov, 9:00 am",
        "Receipt for ৳ 1,200: Appointment",
        "Reminder: appointment, Tue 17 Nov, 9:00 am",
    ]
    confirmed = next(mail for mail in mail_server.mails if mail["Subject"].startswith("Booked"))
    assert str(invitation(confirmed)[1]["summary"]) == "Appointment"
    assert "Your doctor expects you." in text(confirmed)
    assert "Lake View Chamber" in text(confirmed)


def test_other_mails_say_it_all(
    doctor: Doctor, patient: Patient, now: dt.datetime, mail_server: MailServer
) -> None:
    visit_at(now + 5 * DAY, doctor, patient, now)
    (confirmed,) = received(mail_server, patient.user.email, now)
    assert confirmed["Subject"] == "Booked: Dr Farzana Kabir, Tue 17 Nov, 9:00 am"
    assert "Dr Farzana Kabir expects you." in text(confirmed)
    assert "Patient:    Sadia Rahman" in text(confirmed)
    (booked,) = received(mail_server, doctor.user.email, now)
    assert booked["Subject"] == "New visit: Sadia Rahman, Tue 17 Nov, 9:00 am"
    assert "Rash on the arm" in text(booked)


@pytest.mark.parametrize(("mode", "title"), [(False, "Visit with Dr Farzana Kabir"),
                                             (True, "Appointment")])  # fmt: skip
def test_google_takes_the_visit_from_pages_and_mail(
    doctor: Doctor, patient: Patient, patient_client: Client, mode: bool, title: str
) -> None:
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    if mode:
        discreet(patient.user)
        patient.refresh_from_db()
    visit = visit_at(now + 5 * DAY, doctor, patient, now)
    pages = [reverse(f"appointments:{name}", args=[visit.pk]) for name in ("detail", "confirmed")]
    (link,) = {each for page in pages for each in links(patient_client.get(page).content.decode())}
    mail = render_message(visit.booked_by.outbox_messages.get(kind="visit_confirmed"))
    assert links(mail.html) == [link]
    assert link in mail.text
    query = parse_qs(urlsplit(link).query)
    assert query["text"] == [title]
    assert query["dates"] == [f"{visit.start:%Y%m%dT%H%M%SZ}/{visit.end:%Y%m%dT%H%M%SZ}"]
    assert query["ctz"] == ["Asia/Dhaka"]
    assert query["location"] == ["Lake View Chamber, House 14, Road 9/A, Dhanmondi, Dhaka"]
    assert query["details"][0].startswith(f"Reference {visit.reference}\n")


def links(page: str) -> list[str]:
    return [
        part.split('"')[0].replace("&amp;", "&")
        for part in page.split('href="')
        if part.startswith("https://calendar.google.com/calendar/render?action=TEMPLATE")
    ]


def test_a_mail_carries_what_it_is_asked_to(
    doctor: Doctor, patient: Patient, now: dt.datetime, mail_server: MailServer
) -> None:
    """A reminder carries no file: the calendar has the visit already."""
    visit_at(now + 5 * DAY, doctor, patient, now)
    queue_reminders(now=now + 4 * DAY)
    (confirmed, reminder) = received(mail_server, patient.user.email, now + 4 * DAY)
    assert invitation(confirmed)[0] == Method.REQUEST
    assert list(reminder.iter_attachments()) == []
    assert reminder["Subject"] == "Reminder: Dr Farzana Kabir, Tue 17 Nov, 9:00 am"
    assert "https://www.google.com/maps/search/?api=1&query=Lake+View+Chamber" in text(reminder)
    assert "It is too late to get the fee back." in text(reminder)


# --- Requests ---------------------------------------------------------------------------------


@pytest.fixture
def asked(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    give_rules(doctor, needs_acceptance=True)
    return book(SlotFactory(doctor=doctor), patient, now=now)


def calendars(server: MailServer, address: str, now: dt.datetime) -> list[str]:
    """What each mail to the address asks of a calendar; empty for one that asks nothing."""
    return [
        invitation(mail)[0] if list(mail.iter_attachments()) else ""
        for mail in received(server, address, now)
    ]


@pytest.mark.parametrize("ended", ["declined", "withdrawn", "run out"])
def test_request_that_comes_to_nothing_takes_nothing_out_of_a_calendar(
    asked: Appointment, now: dt.datetime, mail_server: MailServer, ended: str
) -> None:
    patient, doctor = asked.booked_by, asked.doctor.user
    if ended == "declined":
        decline_request(appointment_id=asked.pk, reason="Adults only", by=doctor, now=now)
    elif ended == "withdrawn":
        cancel_visit(appointment_id=asked.pk, reason="", by=patient, now=now)
    else:
        expire_requests(now=now + DAY)
    assert calendars(mail_server, patient.email, now + DAY) == ["", ""]
    to_doctor = [mail for mail in mail_server.mails if mail["To"] == doctor.email]
    assert not any(list(mail.iter_attachments()) for mail in to_doctor)
    said = "\n".join(map(text, to_doctor))
    assert {
        "declined": "asks for a visit" in said,
        "withdrawn": "has taken a request back" in said,
        "run out": "The request of Sadia Rahman is declined" in said,
    }[ended]


def test_doctor_who_accepts_gets_the_visit_for_the_calendar(
    asked: Appointment, now: dt.datetime, mail_server: MailServer
) -> None:
    accept_request(appointment_id=asked.pk, by=asked.doctor.user, now=now)
    for user in (asked.booked_by, asked.doctor.user):
        assert calendars(mail_server, user.email, now) == ["", "REQUEST"]


# --- Entered in error -------------------------------------------------------------------------


def entered_in_error(visit: Appointment, by: User, now: dt.datetime) -> None:
    complete_visit(appointment_id=visit.pk, by=visit.doctor.user, now=now)
    enter_in_error(appointment_id=visit.pk, reason="The wrong Sadia", by=by, now=now)


def test_visit_entered_in_error_leaves_the_calendar_and_tells_of_the_money(
    doctor: Doctor, patient: Patient, now: dt.datetime, mail_server: MailServer
) -> None:
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    later = visit.start + DAY / 72
    entered_in_error(visit, doctor.user, later)
    mails = received(mail_server, patient.user.email, later)
    asked = [invitation(mail) for mail in mails]
    assert [method for method, _event in asked] == ["REQUEST", "CANCEL"]
    assert [event["sequence"] for _method, event in asked] == [0, 1]
    assert str(asked[1][1]["status"]) == "CANCELLED"
    said = text(mails[-1])
    assert str(mails[-1]["Subject"]) == "Entered in error: Dr Farzana Kabir, Mon 16 Nov, 10:00 am"
    assert "৳\u202f1,200 is back in your wallet." in said
    assert "The wrong Sadia" in said
    assert calendars(mail_server, doctor.user.email, later) == ["REQUEST", "CANCEL"]


def test_doctor_hears_of_an_error_that_an_admin_entered(
    doctor: Doctor, patient: Patient, admin: User, now: dt.datetime, mail_server: MailServer
) -> None:
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    entered_in_error(visit, admin, visit.start)
    mails = received(mail_server, doctor.user.email, visit.start)
    assert [invitation(mail)[0] for mail in mails] == ["REQUEST", "CANCEL"]
    assert "Its fee goes back to the patient" in text(mails[-1])


def test_error_is_discreet_where_that_is_wanted(
    doctor: Doctor, patient: Patient, now: dt.datetime, mail_server: MailServer
) -> None:
    discreet(patient.user)
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    entered_in_error(visit, doctor.user, visit.start)
    said = text(received(mail_server, patient.user.email, visit.start)[-1])
    assert "The wrong Sadia" not in said
    assert "Farzana" not in said
