"""Taking one's data along, and leaving for good."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions import make_exports
from accounts.models import Patient, User
from doctors.models import Doctor
from notifications.actions import send_due_messages
from notifications.models import OutboxMessage
from tests import factories
from tests.journeys.conftest import Look, OpenPage
from tests.journeys.steps import slot_ahead

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_patient_takes_the_data_along_and_closes_the_account(
    open_page: OpenPage,
    working_doctor: Doctor,
    patient: Patient,
    faults: Look,
    private_root: Path,
    live_server: Any,
) -> None:
    visit = factories.book(slot_ahead(working_doctor, 6), patient, now=timezone.now())
    page = open_page(patient.user)
    page.goto("/accounts/profile/")
    page.get_by_role("link", name="Privacy: get your data, or leave").click()
    page.get_by_role("button", name="Ask for my data").click()
    expect(page.get_by_text("It is being put together.")).to_be_visible()
    found = faults(page)
    make_exports(now=timezone.now())

    mail = OutboxMessage.objects.get(kind="data_ready")
    page.goto("/accounts/privacy/")
    found += faults(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert mail.facts["url"].endswith(download.value.url.removeprefix(str(live_server)))
    archive = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert visit.reference in archive.read("csv/appointments/visits.csv").decode()

    page.get_by_role("link", name="Close the account").click()
    expect(page.get_by_text("The visit with Dr Farzana Kabir on")).to_be_visible()
    expect(page.get_by_text("৳\u202f1,200 into your wallet")).to_be_visible()
    found += faults(page)
    page.get_by_role("button", name="Close my account for good").click()
    expect(page.get_by_text("Tick this to close the account.", exact=True)).to_be_visible()
    found += faults(page)
    page.get_by_label("I know that this can’t be undone.").check()
    page.get_by_label("I give up the money").check()
    page.get_by_label("Your password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Close my account for good").click()
    expect(page.get_by_role("heading", name="Your account is closed")).to_be_visible()
    found += faults(page)

    visit.refresh_from_db()
    assert visit.status == "cancelled"
    assert User.objects.get(pk=patient.user.pk).display_name.startswith("Former patient ")
    send_due_messages(now=timezone.now())
    left = OutboxMessage.objects.filter(kind="account_closed").get()
    assert (left.status, left.address, left.body_text) == ("sent", "", "")
    assert found == []
