"""A doctor joins the clinic, opens hours, and runs a day at the desk."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Patient, User
from doctors.models import Doctor, Slot
from records.actions import save_record
from records.content import Writing
from tests import factories
from tests.journeys import steps
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_doctor_signs_up_is_approved_and_visitors_see_the_times(
    open_page: OpenPage, admin: User, faults: Look
) -> None:
    factories.SpecialtyFactory()
    page = open_page()
    page.goto("/accounts/signup/?role=doctor")
    expect(page.get_by_label("a doctor", exact=True)).to_be_checked()
    steps.sign_up(page, "anupam", name="Anupam Barua", role="a doctor")
    steps.type_code(page, steps.code_mailed_to("anupam"))
    for step in ("About you", "Where can we reach you?"):
        expect(page.get_by_role("heading", name=step)).to_be_visible()
        page.get_by_role("link", name="Skip this step").click()
    expect(page.get_by_text("Step 3 of 3")).to_be_visible()
    expect(page.get_by_role("heading", name="Tell patients about you")).to_be_visible()
    assert faults(page) == []
    with page.expect_response(re.compile("/doctors/practice/")) as refused:
        page.get_by_role("button", name="Ask for approval").click()
    assert refused.value.status == 422
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert faults(page) == []
    page.get_by_label("Your name").fill("Dr Anupam Barua")
    page.get_by_label("Licence number").fill("a-48213")
    page.get_by_label("Years of experience").fill("9")
    page.get_by_label("Dermatology").check()
    page.get_by_label("Fee of a visit").fill("1,500")
    page.get_by_role("button", name="Ask for approval").click()

    expect(page.get_by_role("heading", name="Your hours")).to_be_visible()
    assert faults(page) == []
    steps.add_hours(page, "Sunday", "10:00", "09:00")
    page.get_by_role("button", name="Save hours").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.get_by_text("It must end after it starts.")).to_be_visible()
    assert faults(page) == []
    page.get_by_label("Sunday, to").fill("12:00")
    steps.add_hours(page, "Sunday", "16:00", "17:00")
    page.get_by_role("button", name="Copy to closed days").click()
    expect(page.get_by_label("Saturday, from")).to_have_count(2)
    page.get_by_label("Length of a visit").fill("30")
    page.get_by_label("Length of a visit").press("Tab")
    expect(page.locator("#count")).to_contain_text("42 visits a week")
    page.get_by_role("button", name="Save hours").click()
    expect(page.get_by_role("status").get_by_text("Saved.")).to_be_visible()
    assert faults(page) == []
    doctor = Doctor.objects.get()
    assert not Slot.objects.exists()

    page.goto("/appointments/desk/")
    expect(page.get_by_text("Waiting for approval")).to_be_visible()
    assert faults(page) == []
    visitor = open_page()
    assert visitor.goto(f"/doctors/{doctor.pk}/").status == 404
    approve_in_admin(open_page(admin), "Dr Anupam Barua")

    visitor.goto("/doctors/")
    visitor.get_by_role("link", name="Dr Anupam Barua", exact=True).click()
    steps.choose_day(visitor, steps.day_ahead(doctor, 2))
    steps.choose_time(visitor, "10:30 am")
    expect(visitor.get_by_label("Your visit")).to_contain_text("1,500")
    page.reload()
    expect(page.get_by_text("Waiting for approval")).to_have_count(0)


def approve_in_admin(page: Page, name: str) -> None:
    page.goto("/admin/doctors/doctor/")
    page.get_by_role("row", name=name).get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option("approve")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text(f"{name} is approved.")).to_be_visible()


def test_doctor_marks_who_arrived_and_who_is_done(
    open_page: OpenPage, doctor: Doctor, patient: Patient, faults: Look
) -> None:
    now = timezone.now()
    visit = factories.book(
        factories.SlotFactory(
            doctor=doctor, start=now + dt.timedelta(minutes=5), end=now + dt.timedelta(minutes=35)
        ),
        patient,
        now=now,
        reason="Rash on both arms",
    )
    # Booked a while ago; it is on now.
    start = now - dt.timedelta(seconds=1)
    Slot.objects.filter(pk=visit.slot_id).update(start=start)
    type(visit).objects.filter(pk=visit.pk).update(start=start)
    page = open_page(doctor.user)
    page.clock.install()
    page.goto("/appointments/desk/")
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    expect(page.get_by_role("list").get_by_text("Rash on both arms").first).to_be_visible()
    assert faults(page) == []
    arrived = page.get_by_role("button", name="Arrived")
    arrived.focus()
    with page.expect_response("**/appointments/desk/"):
        page.clock.fast_forward("00:31")
    expect(arrived).to_be_focused()
    arrived.click()
    expect(page.get_by_role("button", name="Arrived")).to_have_count(0)
    expect(page.locator("#today").get_by_text("Arrived", exact=True)).to_be_visible()
    page.get_by_role("button", name="Completed").click()
    expect(page.get_by_text("1 visit, 1 done")).to_be_visible()
    assert faults(page) == []
    visit.refresh_from_db()
    assert visit.status == "fulfilled"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back")).to_be_visible()
    page.get_by_role("button", name="Completed").click()
    expect(page.get_by_text("1 visit, 1 done")).to_be_visible()
    page.locator("#today").get_by_role("link", name="Sadia Rahman", exact=True).click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("script", [True, False])
def test_doctor_writes_a_record_and_the_patient_reads_it(
    open_page: OpenPage, working_doctor: Doctor, patient: Patient, faults: Look, script: bool
) -> None:
    start = timezone.now() - dt.timedelta(days=1)
    Slot.objects.filter(start__lt=timezone.now()).delete()
    slot = factories.SlotFactory(
        doctor=working_doctor, start=start, end=start + dt.timedelta(minutes=20)
    )
    visit = factories.book(slot, patient, now=start - dt.timedelta(days=1))
    page = open_page(working_doctor.user, java_script_enabled=script)
    page.goto(f"/appointments/{visit.pk}/")
    page.get_by_role("link", name="Write the record").click()
    page.get_by_label("Diagnosis").fill("Contact dermatitis")
    page.get_by_role("group", name="Medicine 1").get_by_label("Medicine", exact=True).fill("Cream")
    page.get_by_role("button", name="Add a medicine").click()
    second = page.get_by_role("group", name="Medicine 2")
    expect(second.get_by_label("Medicine", exact=True)).to_be_focused()
    second.get_by_label("Dose").fill("10 mg")
    page.get_by_label("Private notes").fill("Worried")
    page.get_by_role("button", name="Save the record").click()
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    assert not script or faults(page) == []
    # Another tab was quicker.
    quicker = Writing(notes="From the other tab")
    save_record(
        appointment_id=visit.pk, writing=quicker, based_on=0, by=working_doctor.user,
        now=timezone.now(),
    )  # fmt: skip
    second.get_by_role("button", name="Remove").click()
    expect(second).to_have_count(0)
    page.get_by_role("button", name="Save the record").click()
    expect(page.get_by_role("heading", name="What was saved meanwhile")).to_be_visible()
    expect(page.get_by_text("From the other tab")).to_be_visible()
    expect(page.get_by_label("Diagnosis")).to_have_value("Contact dermatitis")
    assert not script or faults(page) == []
    page.get_by_role("button", name="Save mine as the newest version").click()
    expect(page.locator("#messages")).to_contain_text("Saved.")

    reader = open_page(patient.user, java_script_enabled=script)
    reader.goto("/appointments/history/")
    reader.get_by_role("link", name="Read all of it").click()
    expect(reader.get_by_text("Contact dermatitis")).to_be_visible()
    expect(reader.get_by_text("Worried")).to_have_count(0)
    reader.get_by_role("link", name="Prescription", exact=True).click()
    expect(reader.get_by_role("heading", name="Prescription")).to_be_visible()
    button = reader.get_by_role("button", name="Print")
    expect(button).to_have_count(1 if script else 0)
    reader.goto("/appointments/history/looks/")
    expect(reader.get_by_text("Wrote the record").first).to_be_visible()
