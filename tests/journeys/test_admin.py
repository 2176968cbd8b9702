"""The admin in a real browser: colours, widths, and from the overview to what waits."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Patient, User
from doctors.enums import DoctorStatus
from doctors.models import Doctor
from notifications.actions import queue_message
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from tests import factories
from tests.journeys.conftest import Look, OpenPage
from tests.journeys.steps import slot_ahead

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/admin/",
    "/admin/appointments/appointment/",
    "/admin/doctors/doctor/",
    "/admin/notifications/outboxmessage/",
    "/admin/payments/payment/",
    "/admin/accounts/user/",
    "/admin/accounts/auditevent/",
]
# How unfold builds its lists' heads, and scrolling boxes that its script calls all the same.
NOT_OURS = (" landmark-unique: ", " target-size: ")


@pytest.fixture
def busy_clinic(working_doctor: Doctor, patient: Patient) -> None:
    """A label of each colour, and something that waits."""
    factories.book(slot_ahead(working_doctor, 1), patient, now=timezone.now())
    for status in (MessageStatus.FAILED, MessageStatus.UNCERTAIN, MessageStatus.EXPIRED):
        queue_message(
            kind="welcome",
            event="welcome",
            object_id=status.value,
            user=patient.user,
            facts={},
            now=timezone.now(),
        )
        OutboxMessage.objects.filter(key__startswith=f"welcome:{status}:").update(status=status)
    for status in (DoctorStatus.PENDING, DoctorStatus.REFUSED):
        factories.DoctorFactory(name=f"Dr {status.label}", status=status, approved_at=None)


@pytest.mark.parametrize(("theme", "width"), [("light", 360), ("dark", 768), ("dark", 1280)])
def test_admin_is_readable_and_never_scrolls_sideways(
    open_page: OpenPage, admin: User, busy_clinic: None, faults: Look, theme: str, width: int
) -> None:
    page = open_page(admin, viewport={"width": width, "height": 900}, color_scheme=theme)
    found = []
    user = User.objects.get(role="doctor", username="farzana")
    for path in (*PAGES, f"/admin/accounts/user/{user.pk}/change/"):
        page.goto(path)
        expect(page.locator("html")).to_have_class("dark" if theme == "dark" else "")
        found += [fault for fault in faults(page) if not any(own in fault for own in NOT_OURS)]
    assert found == []


def test_admin_goes_from_the_overview_to_what_waits(
    open_page: OpenPage, admin: User, busy_clinic: None
) -> None:
    page = open_page(admin)
    page.goto("/admin/")
    page.get_by_role("link", name="1 doctor waits for approval").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="Dr Waiting for approval")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("link", name="1 mail may have arrived or not").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
