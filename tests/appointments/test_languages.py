"""Each reads in their own language what another did in theirs: mails, pages, papers, calendars."""

import datetime as dt
from collections.abc import Iterator
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from icalendar import Calendar
from pypdf import PdfReader

from accounts.actions import update_preferences
from accounts.models import Patient, User
from appointments.actions import cancel_for_clinic, cancel_visit, expire_requests, queue_reminders
from appointments.enums import Why
from appointments.models import Appointment
from appointments.visit_calendars import visit_file
from doctors.models import Doctor
from notifications.actions import send_due_messages
from notifications.mail_rendering import RenderedMail, render_message
from notifications.models import OutboxMessage
from payments.enums import EntryKind, Memo
from payments.models import JournalEntry
from tests.conftest import bangla, logged_in
from tests.factories import SlotFactory, book, give_rules, recorded_visit
from tests.live.mail_server import MailServer

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
FARZANA = {"doctor": "Dr Farzana Kabir"}
# The visit as subjects say it. Days and times are as Django and CLDR have them.
TITLE = {"title": "Dr Farzana Kabir", "day": "মঙ্গল 17 নভে.", "clock": "সকাল 9:00"}


@pytest.fixture
def reader(patient: Patient) -> User:
    """The patient, who reads Bangla; the doctor reads English."""
    update_preferences(user=patient.user, by=patient.user, language="bn")
    return patient.user


@pytest.fixture
def visit(reader: User, doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    """Booked by hand of the patient, for in five days at 9:00."""
    start = now + 5 * DAY
    slot = SlotFactory(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))
    with translation.override("bn"):
        return book(slot, patient, now=now)


def mails(kind: str) -> Iterator[RenderedMail]:
    return (render_message(message) for message in OutboxMessage.objects.filter(kind=kind))


@pytest.mark.parametrize("actor_reads", ["en", "bn"])
def test_patient_and_doctor_are_mailed_in_their_own_languages(
    visit: Appointment, doctor: Doctor, now: dt.datetime, actor_reads: str
) -> None:
    with translation.override(actor_reads):
        cancel_for_clinic(appointment_id=visit.pk, reason="Ill", by=doctor.user, now=now)
        (booked,), (cancelled,) = mails("visit_confirmed"), mails("visit_cancelled")
        (receipt,) = mails("payment_receipt")
        (told,) = mails("visit_booked_with_you")
    assert booked.subject == bangla("Booked: %(title)s, %(day)s, %(clock)s", **TITLE)
    assert bangla("Visit with %(doctor)s", **FARZANA) in receipt.subject
    assert cancelled.subject == bangla("Cancelled: %(title)s, %(day)s, %(clock)s", **TITLE)
    for mail in (booked, cancelled, receipt):
        assert '<html lang="bn">' in mail.html
    assert told.subject == "New visit: Sadia Rahman, Tue 17 Nov, 9:00 am"
    assert '<html lang="en">' in told.html


def test_a_worker_sends_each_mail_in_its_reader_s_language(
    visit: Appointment, mail_server: MailServer, now: dt.datetime
) -> None:
    queue_reminders(now=visit.start - DAY)
    send_due_messages(now=visit.start - DAY)
    subjects = {mail["To"]: str(mail["Subject"]).strip() for mail in mail_server.mails}
    assert subjects["farzana@example.org"].startswith("New visit:")
    assert subjects["sadia@example.org"] == bangla(
        "Reminder: %(title)s, %(day)s, %(clock)s", **TITLE
    )


def test_why_it_was_cancelled_is_read_by_each_in_their_own_language(
    visit: Appointment, doctor: Doctor, reader: User, now: dt.datetime
) -> None:
    with translation.override("bn"):
        cancel_visit(appointment_id=visit.pk, reason="", by=reader, now=now)
    entry = JournalEntry.objects.get(kind=EntryKind.VISIT_REFUNDED)
    assert (entry.memo, entry.facts) == (Memo.VISIT, FARZANA)
    assert entry.words == "Visit with Dr Farzana Kabir"
    wallet = logged_in(reader).get(reverse("payments:wallet")).content.decode()
    assert bangla("Visit with %(doctor)s", **FARZANA) in wallet
    assert "Visit with" not in wallet


def test_a_reason_of_the_site_s_is_said_in_the_reader_s_language(
    doctor: Doctor, patient: Patient, reader: User, doctor_client: Client, now: dt.datetime
) -> None:
    give_rules(doctor, needs_acceptance=True)
    request = book(SlotFactory(doctor=doctor, start=now + 5 * DAY), patient, now=now)
    assert expire_requests(now=request.answer_by) == 1
    why = "The doctor did not answer the request in time"
    request.refresh_from_db()
    assert (request.cancellation_code, request.cancellation_reason) == (Why.NOT_ANSWERED, "")
    assert request.cancelled_because == why
    (mail,) = mails("visit_cancelled")
    page = reverse("appointments:detail", args=[request.pk])
    for text in (mail.text, mail.html, logged_in(reader).get(page).content.decode()):
        assert (bangla(why) in text, why in text) == (True, False)
    assert why in doctor_client.get(page).content.decode()


def test_a_discreet_mail_carries_no_reason_and_no_name_not_even_as_a_code(
    doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    update_preferences(user=patient.user, by=patient.user, discreet=True)
    give_rules(doctor, needs_acceptance=True)
    request = book(SlotFactory(doctor=doctor, start=now + 5 * DAY), patient, now=now)
    expire_requests(now=request.answer_by)
    message = OutboxMessage.objects.get(kind="visit_cancelled")
    assert (message.facts["cancellation_code"], message.facts["cancellation_reason"]) == ("", "")
    receipt = OutboxMessage.objects.get(kind="payment_receipt")
    assert receipt.facts["title"] == {"code": "appointment", "facts": {}}
    (mail,) = mails("payment_receipt")
    assert mail.subject == "Receipt for ৳ 1,200: Appointment"


def test_calendar_entries_are_in_their_reader_s_language(
    visit: Appointment, reader: User, doctor: Doctor
) -> None:
    summaries = [
        str(Calendar.from_ical(visit_file(visit, reader=each)).walk("VEVENT")[0]["SUMMARY"])
        for each in (reader, doctor.user)
    ]
    assert summaries == [bangla("Visit with %(doctor)s", **FARZANA), "Visit of Sadia Rahman"]


def test_the_prescription_is_in_the_reader_s_language(
    doctor: Doctor, patient: Patient, reader: User, now: dt.datetime, doctor_client: Client
) -> None:
    past = recorded_visit(doctor, patient, now=now)
    page = reverse("records:prescription_file", args=[past.pk])
    for client, language, word in (
        (logged_in(reader), "bn", bangla("Dose")),
        (doctor_client, "en", "Dose"),
    ):
        pdf = PdfReader(BytesIO(b"".join(client.get(page))))
        assert pdf.root_object["/Lang"] == language
        assert word in " ".join(sheet.extract_text() for sheet in pdf.pages)
