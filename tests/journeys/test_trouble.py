"""Somebody else was faster, or the time ran out: what is said, and how one goes on."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Patient
from appointments.actions import hold_slot
from appointments.models import Appointment
from doctors.models import Doctor, Slot
from tests import factories
from tests.journeys import steps
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_time_taken_meanwhile_offers_the_three_nearest(
    open_page: OpenPage,
    working_doctor: Doctor,
    patient: Patient,
    other_patient: Patient,
    faults: Look,
) -> None:
    slot = steps.slot_ahead(working_doctor, 6, dt.time(11, 30))
    calendar = (
        f"/appointments/calendar/{working_doctor.pk}/?day={steps.day_ahead(working_doctor, 6)}"
    )
    one, other = open_page(patient.user), open_page(other_patient.user)
    for page in (one, other):
        page.goto(f"{calendar}&slot={slot.pk}")
    one.get_by_role("button", name="Continue").click()
    expect(one.get_by_role("heading", name="What brings you?")).to_be_visible()
    with other.expect_response(f"**/appointments/reserve/{slot.pk}/") as refused:
        other.get_by_role("button", name="Continue").click()
    assert refused.value.status == 409
    expect(other.get_by_text("Somebody else has just taken that time.")).to_be_visible()
    assert faults(other) == []
    nearest = other.get_by_role("main").get_by_role("listitem").get_by_role("button")
    assert [words.split("\n")[-1] for words in nearest.all_inner_texts()] == [
        "11:00 am",
        "12:00 pm",
        "12:30 pm",
    ]
    nearest.first.click()
    expect(other.get_by_role("heading", name="What brings you?")).to_be_visible()
    assert set(Appointment.objects.values_list("patient__name", "start")) == {
        ("Sadia Rahman", slot.start),
        ("Tanvir Ahmed", slot.start - dt.timedelta(minutes=30)),
    }


def test_hold_that_ran_out_keeps_what_was_typed_and_is_held_again_by_one_click(
    open_page: OpenPage,
    working_doctor: Doctor,
    patient: Patient,
    other_patient: Patient,
    faults: Look,
) -> None:
    now = timezone.now()
    slot = steps.slot_ahead(working_doctor, 6, dt.time(11, 30))
    first = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    page = open_page(patient.user)
    page.goto(f"/appointments/{first.pk}/details/")
    page.get_by_label("Reason").fill("Rash on both arms")
    page.get_by_label("Symptoms").fill("Since Eid,\nitches at night.")
    run_out(slot)
    with page.expect_response(f"**/appointments/{first.pk}/details/") as refused:
        page.get_by_role("button", name="Go on to payment").click()
    assert refused.value.status == 409
    expect(page.get_by_text("the hold has run out").first).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Hold").first.click()
    expect(page.get_by_role("heading", name="What brings you?")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Rash on both arms")
    expect(page.get_by_label("Symptoms")).to_have_value("Since Eid,\nitches at night.")
    assert Appointment.objects.get(status="pending").slot_id == slot.pk

    run_out(slot)
    factories.book(slot, other_patient, now=timezone.now())
    page.get_by_role("button", name="Go on to payment").click()
    expect(page.get_by_text("the hold has run out").first).to_be_visible()
    assert faults(page) == []
    expect(page.get_by_role("button", name="Hold")).to_have_count(0)
    page.get_by_role("main").get_by_role("listitem").get_by_role("button").first.click()
    expect(page.get_by_label("Reason")).to_have_value("Rash on both arms")
    held = Appointment.objects.get(status="pending")
    assert (held.patient, held.start) == (patient, slot.start - dt.timedelta(minutes=30))


def test_countdown_that_ends_says_so_by_itself(
    open_page: OpenPage, working_doctor: Doctor, patient: Patient
) -> None:
    slot = steps.slot_ahead(working_doctor, 6)
    hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=timezone.now())
    page = open_page(patient.user)
    page.clock.install()
    page.goto(f"/appointments/{hold.pk}/check/")
    expect(page.get_by_role("heading", name="Check and pay")).to_be_visible()
    page.clock.fast_forward("08:30")
    expect(page.locator("[data-announce]")).to_have_text("Less than 2 minutes left.")
    run_out(slot)
    page.clock.fast_forward("02:00")
    expect(page.locator("[data-announce]")).to_have_text("The hold has run out.")
    page.clock.fast_forward("00:02")
    expect(page.get_by_text("the hold has run out").first).to_be_visible()


def run_out(slot: Slot) -> None:
    """The hold on the slot ends now."""
    Slot.objects.filter(pk=slot.pk).update(held_until=timezone.now())
