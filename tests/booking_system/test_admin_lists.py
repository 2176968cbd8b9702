"""The lists of Django admin: what they show, what they find, and what they cost in queries."""

import datetime as dt
import re
import uuid
from html import unescape

import pytest
from django.test import Client

from accounts.models import Patient, User
from appointments.actions import (
    join_waitlist,
    offer_slot,
    run_absence,
    start_absence,
    sweep_waitlist,
)
from appointments.models import Appointment
from booking_system.sample_data.clinic import Size, open_clinic
from doctors.models import Doctor
from tests.admin_pages import MODELS, list_url, page_url
from tests.conftest import count_queries, logged_in
from tests.factories import PlaceFactory, SlotFactory, book

# What each list may ask: session, user, count, rows, and what its filters and columns need; two
# for the months to choose from.
LIST_QUERIES = {
    "accounts.auditevent": 6,
    "accounts.patient": 4,
    "accounts.place": 6,
    "accounts.user": 5,
    "appointments.absence": 6,
    "appointments.appointment": 7,
    "appointments.bookingrules": 5,
    "records.visitrecord": 4,
    "appointments.waitlistentry": 7,
    "doctors.doctor": 6,
    "doctors.specialty": 5,
    "notifications.outboxmessage": 5,
    "payments.journalentry": 4,
    "payments.ledgeraccount": 4,
    "payments.payment": 6,
    "payments.transfer": 4,
    "payments.wallet": 4,
}


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    """Of Sadia Rahman with Dr Farzana Kabir, paid from her wallet."""
    return book(SlotFactory(doctor=doctor), patient, now=now)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("label", "words", "nothing"),
    [
        ("accounts.patient", "rahman", "barua"),
        ("accounts.user", "SADIA@example", "nobody@"),
        ("appointments.appointment", "{reference}", "XXXXXXXX"),
        ("appointments.appointment", "farzana sadia", "farzana tanvir"),
        ("doctors.doctor", "dhanmondi", "gulshan"),
        ("doctors.specialty", "skin", "astrology"),
        ("notifications.outboxmessage", "sadia", "tanvir"),
        ("payments.journalentry", "Farzana", "Barua"),
        ("payments.ledgeraccount", "sadia@", "tanvir@"),
        ("payments.payment", "{subject}", "00000000-0000-0000-0000-000000000000"),
        ("payments.transfer", "sadia", "tanvir"),
        ("payments.wallet", "sadia", "tanvir"),
    ],
)
def test_lists_are_searched_by_what_people_know(
    staff_client: Client, visit: Appointment, label: str, words: str, nothing: str
) -> None:
    wanted = words.format(reference=visit.reference, subject=visit.pk)

    def found(text: str) -> int:
        return staff_client.get(list_url(label), {"q": text}).context["cl"].result_count

    assert found(wanted) > 0
    assert found(nothing) == 0


@pytest.mark.django_db
def test_lists_show_money_words_and_who_did_it(staff_client: Client, visit: Appointment) -> None:
    def shows(label: str, *texts: str) -> None:
        page = unescape(staff_client.get(list_url(label)).content.decode())
        for text in texts:
            assert text in page, (label, text)

    fee = "৳\u202f1,200"
    shows("appointments.appointment", "Confirmed", fee, visit.reference, "16 Nov 2026, 10:00")
    shows("payments.payment", "Paid", fee, "Visit", "Wallet", "—")
    shows("payments.journalentry", fee, "Visit with Dr Farzana Kabir")
    shows("payments.transfer", fee, "Wallet, sadia", "Fees of booked visits")
    shows("payments.ledgeraccount", "The site", f"−{fee}", fee)
    shows("payments.wallet", "৳\u202f0")
    shows("doctors.doctor", "Approved", fee, "A-")
    shows("accounts.patient", "Themselves", "—")
    shows("notifications.outboxmessage", "Visit confirmed", "Waiting")


@pytest.mark.django_db
def test_a_visit_leads_to_what_was_paid_for_it(
    staff_client: Client, visit: Appointment, other_patient: Patient, now: dt.datetime
) -> None:
    book(SlotFactory(doctor=visit.doctor), other_patient, now=now)
    page = staff_client.get(page_url(visit)).content.decode()
    (link,) = re.findall(r'href="([^"]+subject__exact[^"]+)"', page)

    (payment,) = staff_client.get(link).context["cl"].result_list

    assert payment.subject == visit.pk
    assert "The site itself" not in page
    assert "Made" in page


@pytest.mark.slow("a sample clinic, and every list of it")
@pytest.mark.django_db(transaction=True)
def test_lists_and_pages_stay_quick_with_a_clinic_in_them() -> None:
    size = Size(doctors=5, patients=9, with_money=6, days=4, bookings_a_day=4)
    now = dt.datetime(2026, 11, 12, 6, 0, tzinfo=dt.UTC)
    open_clinic(seed=1, now=now, say=lambda line: None, size=size)
    PlaceFactory.create_batch(4)
    admin = User.objects.get(username="admin")
    client = logged_in(admin)
    for ahead in (1, 2, 3):
        for doctor in Doctor.objects.approved():
            start = now + dt.timedelta(days=ahead)
            absence = start_absence(
                key=uuid.uuid4(), doctor_id=doctor.pk, start=start,
                end=start + dt.timedelta(hours=12), reason="Ill", offers_times=True, by=admin,
                now=now,
            )  # fmt: skip
            run_absence(absence_id=absence.pk, now=now)

    for number, patient in enumerate(Patient.objects.select_related("user")[:5]):
        join_waitlist(
            patient=patient,
            doctor=None,
            specialty=Doctor.objects.approved()[number % 2].specialties.first(),
            first_day=now.date(),
            last_day=now.date() + dt.timedelta(7),
            parts={"morning", "evening"},
            by=patient.user,
            now=now,
        )
    assert sweep_waitlist(now=now) > 0

    asked = {}
    for label, model in MODELS.items():
        with count_queries() as queries:
            response = client.get(list_url(label))
        assert response.status_code == 200
        assert response.context["cl"].result_count == model.objects.count() > 3
        asked[label] = len(queries)
        with count_queries() as queries:
            assert client.get(page_url(model.objects.first())).status_code == 200, label
        assert len(queries) <= 12, label
        search = client.get(list_url(label), {"q": "sadia"})
        assert search.status_code == 200
    assert asked == LIST_QUERIES


@pytest.mark.django_db
def test_waitlist_shows_who_waits_and_what_they_were_offered(
    staff_client: Client, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    entry = join_waitlist(
        patient=patient,
        doctor=doctor,
        first_day=now.date(),
        last_day=now.date() + dt.timedelta(7),
        parts={"morning", "evening"},
        by=patient.user,
        now=now,
    )
    offer = offer_slot(slot_id=SlotFactory(doctor=doctor).pk, now=now)

    found = staff_client.get(list_url("appointments.waitlistentry"), {"q": "farzana"})
    (row,) = found.context["cl"].result_list
    page = staff_client.get(page_url(entry)).content.decode()

    assert row == entry
    assert "morning, evening" in found.content.decode()
    assert offer is not None
    assert offer.appointment.reference in page
    none = staff_client.get(list_url("appointments.waitlistentry"), {"status__exact": "left"})
    assert not none.context["cl"].result_list
