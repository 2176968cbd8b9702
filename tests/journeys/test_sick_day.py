"""A sick day: three patients are told; one accepts, one chooses, one is silent."""

import datetime as dt
import re

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Patient, User
from appointments.actions import expire_proposals, run_absence
from appointments.models import Absence, Appointment, Proposal
from doctors.models import Doctor
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from payments.models import Wallet
from tests import factories
from tests.journeys import steps
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def link_in_mail(patient: Patient, which: str) -> str:
    """The path of one of the buttons in the mail that proposes times."""
    message = OutboxMessage.objects.filter(kind="times_proposed", user=patient.user)
    mail = render_message(message.latest("created_at"))
    paths = re.findall(r"https?://[^/\s]+(/appointments/proposals/\S+)", mail.text)
    return next(path for path in paths if which in path)


def say_ill(page: Page, day: dt.date) -> None:
    """From the desk to the list of those whom it hits."""
    page.goto("/appointments/desk/")
    page.get_by_label("Main").get_by_role("link", name="Can’t come").click()
    page.get_by_label("Day", exact=True).fill(f"{day:%Y-%m-%d}")
    page.get_by_label("Why?").fill("Down with the flu")
    page.get_by_role("button", name="See who is affected").click()


def test_sick_day_from_the_desk_to_the_last_answer(
    open_page: OpenPage, working_doctor: Doctor, faults: Look
) -> None:
    patients = [factories.PatientFactory(name=name) for name in ("Amina", "Babul", "Chitra")]
    clocks = [dt.time(10), dt.time(10, 30), dt.time(16)]
    day = steps.day_ahead(working_doctor, 5)
    visits = [
        factories.book(steps.slot_ahead(working_doctor, 5, clock), patient, now=timezone.now())
        for patient, clock in zip(patients, clocks, strict=True)
    ]
    desk = open_page(working_doctor.user)
    desk.goto("/appointments/absences/")
    desk.get_by_role("button", name="See who is affected").click()
    expect(desk.get_by_text("Say why: the patients read it.", exact=True)).to_be_visible()
    assert faults(desk) == []
    say_ill(desk, day)
    expect(desk.get_by_role("heading", name="3 visits are affected")).to_be_visible()
    expect(desk.get_by_role("row", name="Amina")).to_contain_text("10:00 am")
    assert faults(desk) == []
    desk.get_by_role("button", name="Tell 3 patients").click()
    expect(desk.get_by_role("heading", name="0 of 3 patients are told")).to_be_visible()
    assert faults(desk) == []
    run_absence(absence_id=Absence.objects.get().pk, now=timezone.now())
    expect(desk.get_by_role("heading", name="Everybody is told")).to_be_visible()
    expect(desk.get_by_role("row", name="Chitra")).to_contain_text("No answer yet")
    assert faults(desk) == []

    # Amina sees it in her list, and takes the time from the mail, without script or logging in.
    listed = open_page(patients[0].user)
    listed.goto("/appointments/")
    expect(listed.get_by_text("Dr Farzana Kabir can’t see you then")).to_be_visible()
    assert faults(listed) == []
    amina = open_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    amina.goto(link_in_mail(patients[0], "answer=accept"))
    amina.get_by_role("button", name=re.compile("^Take this time")).click()
    expect(amina.get_by_role("heading", name=re.compile("^See you on"))).to_be_visible()

    # Babul would rather choose.
    babul = open_page()
    babul.goto(link_in_mail(patients[1], "another"))
    steps.choose_day(babul, day + dt.timedelta(3))
    babul.locator("#times").get_by_role("link", name="12:00 pm", exact=True).click()
    assert faults(babul) == []
    babul.get_by_role("button", name="Move it here").click()
    expect(babul.get_by_role("heading", name=re.compile("^See you on .* 12:00 pm"))).to_be_visible()
    assert faults(babul) == []

    # Chitra opens the page, and does nothing until the deadline has passed.
    chitra = open_page()
    chitra.goto(link_in_mail(patients[2], "answer=refund"))
    expect(chitra.get_by_role("button", name=re.compile("^Get .* back$"))).to_be_visible()
    assert faults(chitra) == []
    deadline = Proposal.objects.get(appointment=visits[2]).deadline
    assert deadline is not None
    with time_machine.travel(deadline, tick=True):
        expire_proposals(now=timezone.now())
    chitra.reload()
    expect(chitra.get_by_role("heading", name="The visit is cancelled")).to_be_visible()

    desk.reload()
    for name, words in (("Amina", "Accepted"), ("Babul", "Chose another"), ("Chitra", "No answer")):
        expect(desk.get_by_role("row", name=name)).to_contain_text(words)
    assert faults(desk) == []
    amina_visit, babul_visit, chitra_visit = Appointment.objects.order_by("created_at")
    assert (amina_visit.status, amina_visit.version) == ("booked", 2)
    assert babul_visit.start.astimezone(working_doctor.zone).time() == dt.time(12)
    assert chitra_visit.status == "cancelled"
    assert Wallet.objects.get(user=patients[2].user).balance == chitra_visit.fee


def test_admin_says_so_without_script_and_all_is_paid_back(
    open_page: OpenPage, working_doctor: Doctor, admin: User
) -> None:
    patient = factories.PatientFactory(name="Amina")
    factories.book(steps.slot_ahead(working_doctor, 5), patient, now=timezone.now())
    page = open_page(admin, java_script_enabled=False)
    page.goto("/appointments/absences/")
    page.get_by_label("Doctor").select_option("Dr Farzana Kabir")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("One patient").check()
    page.get_by_label("Patient", exact=True).select_option("Amina")
    page.get_by_label("Why?").fill("The room is being painted")
    page.get_by_label("The money back, at once").check()
    page.get_by_role("button", name="See who is affected").click()
    page.get_by_role("button", name="Tell 1 patient").click()
    expect(page.get_by_role("heading", name="0 of 1 patients are told")).to_be_visible()
    run_absence(absence_id=Absence.objects.get().pk, now=timezone.now())
    page.reload()
    expect(page.get_by_role("row", name="Amina")).to_contain_text("Paid back")


def test_doctor_proposes_three_times_and_the_patient_keeps_the_old_one(
    open_page: OpenPage, working_doctor: Doctor, faults: Look
) -> None:
    patient = factories.PatientFactory(name="Amina")
    visit = factories.book(steps.slot_ahead(working_doctor, 5), patient, now=timezone.now())
    desk = open_page(working_doctor.user)
    desk.goto(f"/appointments/{visit.pk}/")
    desk.get_by_role("link", name="Propose other times").click()
    for box in range(3):
        desk.get_by_role("checkbox").nth(box).check()
    assert faults(desk) == []
    desk.get_by_role("button", name="Ask the patient").click()
    expect(desk.get_by_text("Other times are proposed")).to_be_visible()
    assert faults(desk) == []
    page = open_page()
    page.goto(link_in_mail(patient, "answer=keep"))
    assert faults(page) == []
    page.get_by_role("link", name="See all I can do").click()
    expect(page.get_by_role("button", name=re.compile("^Take this time"))).to_have_count(3)
    assert faults(page) == []
    page.get_by_role("button", name="Keep the time I have").click()
    expect(page.get_by_text("The visit is on")).to_be_visible()
    assert Proposal.objects.get().status == "kept"
