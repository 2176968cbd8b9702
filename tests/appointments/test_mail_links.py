"""Links in mails are opened by scanners before people see them: opening one changes nothing."""

import datetime as dt
import re
import uuid

import pytest
from django.conf import settings
from django.core import serializers
from django.test import Client

from accounts.models import Patient, User
from appointments.actions import (
    join_waitlist,
    offer_slot,
    propose_times,
    queue_reminders,
    run_absence,
    start_absence,
)
from appointments.enums import PARTS_OF_DAY
from appointments.models import Appointment, Proposal, WaitlistEntry, WaitlistOffer
from appointments.policies import local_midnight
from doctors.models import Doctor, Slot
from notifications.actions import send_due_messages
from notifications.models import OutboxMessage
from tests.conftest import logged_in
from tests.factories import SlotFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = dt.timedelta(days=1)
MINUTES = dt.timedelta(minutes=20)


def state() -> str:
    """All that answering, leaving, cancelling or unsubscribing would change."""
    people = User.objects.order_by("pk").values_list("muted_mails", "reminder_hours")
    models = Appointment, Proposal, Slot, WaitlistEntry, WaitlistOffer
    rows = [serializers.serialize("json", model.objects.order_by("pk")) for model in models]
    return f"{rows}{list(people)}"


def offer(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    join_waitlist(
        patient=patient, doctor=doctor, first_day=now.date(), last_day=now.date() + 14 * DAY,
        parts=set(PARTS_OF_DAY), by=patient.user, now=now,
    )  # fmt: skip
    offer_slot(slot_id=SlotFactory(doctor=doctor).pk, now=now)


def fall_sick(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    SlotFactory(doctor=doctor, start=visit.start + 2 * DAY, end=visit.end + 2 * DAY)
    first = local_midnight(visit.start.astimezone(doctor.zone).date(), doctor.zone)
    absence = start_absence(
        key=uuid.uuid4(), doctor_id=doctor.pk, start=first, end=first + DAY, reason="The flu",
        offers_times=True, by=doctor.user, now=now,
    )  # fmt: skip
    run_absence(absence_id=absence.pk, now=now)


def propose(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    slot = SlotFactory(doctor=doctor, start=visit.start + 2 * DAY, end=visit.end + 2 * DAY)
    propose_times(appointment_id=visit.pk, slot_ids=[slot.pk], reason="", by=doctor.user, now=now)


def remind(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    start = now + DAY
    slot = SlotFactory(doctor=doctor, start=start, end=start + MINUTES)
    book(slot, patient, now=now - 2 * DAY)
    assert queue_reminders(now=now) == 1


def ask(doctor: Doctor, patient: Patient, now: dt.datetime) -> None:
    give_rules(doctor, needs_acceptance=True)
    book(SlotFactory(doctor=doctor), patient, now=now)


@pytest.mark.parametrize(
    ("happens", "kind", "at_least"),
    [
        (offer, "waitlist_offer", 2),
        (fall_sick, "times_proposed", 3),
        (propose, "times_proposed", 3),
        (remind, "visit_reminder", 3),
        (ask, "visit_requested_of_you", 1),
    ],
)
def test_opening_the_links_of_a_mail_changes_nothing(
    doctor: Doctor, patient: Patient, now: dt.datetime, happens: object, kind: str, at_least: int
) -> None:
    happens(doctor, patient, now)  # type: ignore[operator]
    send_due_messages(now=now)
    mail = OutboxMessage.objects.get(kind=kind)
    said = f"{mail.body_text}{mail.body_html}".replace("&amp;", "&")
    links = set(re.findall(rf"{settings.SITE_URL}(/[^\s\"<]*)", said))
    assert len(links) >= at_least
    before = state()
    for client in (Client(), logged_in(mail.user)):
        for link in sorted(links):
            assert client.get(link, follow=True).status_code == 200, link
            client.head(link)
    assert state() == before
