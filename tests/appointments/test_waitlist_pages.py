"""The pages of the waitlist: joining, leaving, and taking or giving back an offer."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Patient
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from doctors.models import Doctor
from tests.appointments.waitlist_cast import MINUTE, cancel, sweep, wait
from tests.conftest import count_queries, logged_in
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_joining_and_leaving_by_the_pages(
    doctor: Doctor, patient: Patient, patient_client: Client
) -> None:
    join = reverse("appointments:wait_for_doctor", args=[doctor.pk])
    calendar = patient_client.get(reverse("appointments:calendar", args=[doctor.pk]))
    assert join in calendar.content.decode()
    answer = patient_client.post(
        join, {"first_day": "2026-11-12", "last_day": "2026-11-20", "parts": ["morning"]}
    )
    assert answer["Location"] == reverse("appointments:waitlist")
    page = patient_client.get(reverse("appointments:waitlist")).content
    assert b"You are next" in page
    entry = WaitlistEntry.objects.get()
    patient_client.post(reverse("appointments:leave_waitlist", args=[entry.pk]))
    assert b"You wait for nothing" in patient_client.get(reverse("appointments:waitlist")).content


def test_wrong_wish_is_said_beside_the_field(doctor: Doctor, patient_client: Client) -> None:
    answer = patient_client.post(
        reverse("appointments:wait_for_doctor", args=[doctor.pk]),
        {"first_day": "2026-11-20", "last_day": "2026-11-19"},
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This day is before the first one." in page
    assert "Choose at least one part of the day." in page
    assert 'value="2026-11-20"' in page


def test_offer_is_taken_from_the_waitlist_page(
    taken: Appointment, doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    later = taken.start + dt.timedelta(days=2)
    visit = book(SlotFactory(doctor=doctor, start=later, end=later + 20 * MINUTE), patient, now=now)
    wait(patient, doctor, now, replaces=visit)
    cancel(taken, now)
    hold = WaitlistOffer.objects.get().appointment
    page = patient_client.get(reverse("appointments:waitlist")).content.decode()
    details = reverse("appointments:details", args=[hold.pk])
    assert details in page
    assert "Move your later visit here" in patient_client.get(details).content.decode()
    answer = patient_client.post(reverse("appointments:move_here", args=[hold.pk]))
    assert answer["Location"] == reverse("appointments:detail", args=[visit.pk])


def test_offer_is_given_back_from_the_waitlist_page(
    taken: Appointment, doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    wait(patient, doctor, now)
    cancel(taken, now)
    hold = WaitlistOffer.objects.get().appointment
    answer = patient_client.post(reverse("appointments:release", args=[hold.pk]))
    assert answer["Location"] == reverse("appointments:waitlist")
    assert WaitlistOffer.objects.get().outcome == "declined"


@pytest.mark.parametrize("count", [1, 30])
def test_waitlist_page_needs_a_fixed_number_of_queries(
    patient: Patient, now: dt.datetime, count: int
) -> None:
    for _ in range(count):
        wait(patient, SlotFactory().doctor, now)
    client = logged_in(patient.user)
    with count_queries() as queries:
        assert client.get(reverse("appointments:waitlist")).status_code == 200
    assert len(queries) <= 4


def test_run_out_offer_is_not_held_again(
    offered: Appointment, patient_client: Client, now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:  # fmt: skip
    """Before the sweep has found it, and after."""
    clock.shift(31 * MINUTE)
    for page in ("details", "check"):
        answer = patient_client.get(reverse(f"appointments:{page}", args=[offered.pk]))
        text = answer.content.decode()
        assert answer.status_code == 409
        assert "The time to answer is over." in text
        assert "You keep your place in the line." in text
        assert "Hold it again" not in text
        assert reverse("appointments:waitlist") in text
        sweep(now + 31 * MINUTE)


def test_declined_offer_is_said_to_be_given_back(
    offered: Appointment, patient_client: Client
) -> None:
    patient_client.post(reverse("appointments:release", args=[offered.pk]))
    page = patient_client.get(reverse("appointments:details", args=[offered.pk])).content.decode()
    assert "You gave this time back." in page
    assert "Hold it again" not in page


def test_joining_names_the_times_that_are_free_already(
    taken: Appointment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    """Of the days and parts of day that are wished for, and where the patient could come."""
    client = logged_in(patient.user)
    join = reverse("appointments:wait_for_doctor", args=[doctor.pk])

    def said(**wish: object) -> str:
        wish = {"first_day": "2026-11-16", "last_day": "2026-11-17", "parts": ["morning"], **wish}
        return client.post(join, wish, follow=True).content.decode()

    assert "free then already" not in said()
    SlotFactory.create_batch(2, doctor=doctor)
    day = f"{reverse('appointments:calendar', args=[doctor.pk])}?day=2026-11-16"
    assert f'2 times are free then already: <a class="link" href="{day}">take one</a>' in said()
    for wish in ({"parts": ["evening"]}, {"first_day": "2026-11-17"}):
        assert "free then already" not in said(**wish)
    give_rules(doctor, active_cap=1)
    assert "free then already" not in said()


def test_nobody_waits_more_than_a_year(doctor: Doctor, patient_client: Client) -> None:
    answer = patient_client.post(
        reverse("appointments:wait_for_doctor", args=[doctor.pk]),
        {"first_day": "2026-11-20", "last_day": "9999-12-31", "parts": ["morning"]},
    )
    assert answer.status_code == 422
    assert "Choose a day within a year from now." in answer.content.decode()
    assert not WaitlistEntry.objects.exists()


def test_who_is_offered_a_time_is_not_said_to_be_behind_others(
    taken: Appointment, doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:  # fmt: skip
    wait(PatientFactory(), doctor, now - MINUTE, parts={"evening"})
    wait(patient, doctor, now)
    page = reverse("appointments:waitlist")
    assert "1 person is before you" in patient_client.get(page).content.decode()
    cancel(taken, now)
    text = patient_client.get(page).content.decode()
    assert "A time is kept for you, see above." in text
    assert "1 person is before you" not in text
    clock.shift(31 * MINUTE)
    assert "1 person is before you" in patient_client.get(page).content.decode()
