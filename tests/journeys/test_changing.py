"""Plans change: a visit is moved, then cancelled; a time that comes free is offered and taken."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Patient
from appointments.actions import cancel_visit
from appointments.models import Appointment
from doctors.models import Doctor
from payments.models import Wallet
from tests import factories
from tests.journeys import steps
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def visitor(working_doctor: Doctor) -> Patient:
    """A patient with money for two visits."""
    patient: Patient = factories.PatientFactory(name="Nadia Walker")
    factories.fund(patient.user, 2 * working_doctor.fee, now=timezone.now())
    return patient


def test_visit_is_moved_and_then_cancelled(
    open_page: OpenPage, faults: Look, working_doctor: Doctor, visitor: Patient
) -> None:
    slot = steps.slot_ahead(working_doctor, 6)
    visit = factories.book(slot, visitor, now=timezone.now(), funded=False)
    page = open_page(visitor.user)
    page.goto("/appointments/")
    page.get_by_role("link", name=re.compile("^Move")).click()
    expect(page.get_by_role("heading", name="Move the visit")).to_be_visible()
    assert faults(page) == []
    steps.choose_day(page, steps.day_ahead(working_doctor, 8))
    page.locator("#times").get_by_role("link", name="4:30 pm", exact=True).click()
    page.get_by_role("button", name="Move it here").click()
    expect(page.get_by_text("The visit is moved to")).to_be_visible()
    expect(page.get_by_text("It was on")).to_be_visible()
    visit.refresh_from_db()
    assert visit.version == 2

    page.get_by_role("link", name="Cancel visit").click()
    expect(page.get_by_text("Back to your wallet")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Cancel the visit").click()
    expect(page.get_by_text("is back in your wallet")).to_be_visible()
    page.goto("/payments/wallet/")
    expect(page.get_by_label("Free to spend")).to_contain_text("2,400")


@pytest.mark.parametrize("script", [True, False])
def test_offered_time_is_taken(
    open_page: OpenPage, faults: Look, working_doctor: Doctor, visitor: Patient, script: bool
) -> None:
    slot = steps.slot_ahead(working_doctor, 6)
    taken = factories.book(slot, factories.PatientFactory(), now=timezone.now())
    page = open_page(visitor.user, java_script_enabled=script)
    page.goto(f"/appointments/calendar/{working_doctor.pk}/")
    page.get_by_role("link", name="Nothing suits you? Wait for a time to come free").click()
    if script:
        assert faults(page) == []
    page.get_by_label("Evening, from 5 pm").uncheck()
    page.get_by_role("button", name="Join the waitlist").click()
    expect(page.get_by_text("You are next")).to_be_visible()
    # The sweep would offer any other free time first.
    factories.Slot.objects.exclude(pk=slot.pk).update(status="busy-unavailable")

    cancel_visit(appointment_id=taken.pk, reason="", by=taken.booked_by, now=timezone.now())
    page.goto("/appointments/waitlist/")
    expect(page.get_by_role("heading", name=re.compile("is free for you"))).to_be_visible()
    if script:
        assert faults(page) == []
    page.get_by_role("link", name="Take it").click()
    page.get_by_role("button", name="Go on to payment").click()
    page.get_by_role("button", name=re.compile("and book$")).click()
    expect(page.get_by_role("heading", name=re.compile("^See you on"))).to_be_visible()
    assert Appointment.objects.get(patient=visitor).status == "booked"
    assert Wallet.objects.get(user=visitor.user).balance == working_doctor.fee
    page.goto("/appointments/waitlist/")
    expect(page.get_by_text("You wait for nothing")).to_be_visible()
