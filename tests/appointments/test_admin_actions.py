"""Many visits at once in admin: each by its action, each refusal by name."""

import datetime as dt

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from booking_system.invariants import all_checks
from doctors.models import Doctor
from notifications.models import OutboxMessage
from payments.models import Wallet
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LIST = reverse("admin:appointments_appointment_changelist")


@pytest.fixture
def visits(doctor: Doctor, patient: Patient, now: dt.datetime) -> list[Appointment]:
    return [book(SlotFactory(doctor=doctor), one, now=now) for one in (patient, PatientFactory())]


def post(client: Client, action: str, chosen: list[Appointment], **fields: str) -> HttpResponse:
    ids = [str(visit.pk) for visit in chosen]
    data = {"action": action, "_selected_action": ids, **fields}
    response: HttpResponse = client.post(LIST, data, follow=True)
    return response


def said(response: HttpResponse) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def statuses(visits: list[Appointment]) -> list[str]:
    found = dict(Appointment.objects.values_list("pk", "status"))
    return [found[visit.pk] for visit in visits]


def test_cancelling_asks_for_a_reason_first(
    visits: list[Appointment], staff_client: Client
) -> None:
    page = post(staff_client, "cancel_visits", visits)
    assert page.status_code == 200
    text = page.content.decode()
    assert all(f"{visit.reference}: {visit.patient.name}" in text for visit in visits)
    refused = post(staff_client, "cancel_visits", visits, reason=" ")
    assert refused.status_code == 422
    assert "Say why: the patient reads it." in refused.content.decode()
    assert statuses(visits) == ["booked", "booked"]


def test_cancelled_visits_are_paid_back_and_their_patients_told(
    visits: list[Appointment], staff_client: Client, admin: User, clock: time_machine.Traveller
) -> None:
    # Too late for the patients themselves.
    clock.move_to(visits[0].start - dt.timedelta(hours=1))
    staff_client.force_login(admin)
    response = post(staff_client, "cancel_visits", visits, reason="The doctor is ill")
    assert said(response) == ["Done for 2 visits."]
    assert statuses(visits) == ["cancelled", "cancelled"]
    for visit in visits:
        visit.refresh_from_db()
        assert visit.cancellation_reason == "The doctor is ill"
        assert Wallet.objects.get(user=visit.booked_by).balance == visit.fee
        mail = OutboxMessage.objects.get(kind="visit_cancelled", user=visit.booked_by)
        assert mail.facts["by_clinic"] is True
        assert visit.transitions.last().by == admin
    assert [breach for check in all_checks().values() for breach in check()] == []


def test_visits_of_the_day_are_marked(
    visits: list[Appointment],
    staff_client: Client,
    admin: User,
    clock: time_machine.Traveller,
) -> None:
    clock.move_to(visits[-1].end)
    staff_client.force_login(admin)
    assert said(post(staff_client, "mark_arrived", visits)) == ["Done for 2 visits."]
    assert statuses(visits) == ["arrived", "arrived"]
    post(staff_client, "mark_completed", visits[:1])
    response = post(staff_client, "mark_no_show", visits)
    assert said(response) == [
        f"{visits[0].reference}: A visit that is completed can't become no-show.",
        "Done for 1 visit.",
    ]
    assert statuses(visits) == ["fulfilled", "noshow"]


def test_requests_are_accepted_and_declined(
    doctor: Doctor, staff_client: Client, now: dt.datetime
) -> None:
    give_rules(doctor, needs_acceptance=True)
    requests = [book(SlotFactory(doctor=doctor), PatientFactory(), now=now) for _ in range(2)]
    post(staff_client, "accept_requests", requests[:1])
    response = post(staff_client, "decline_requests", requests)
    assert said(response) == [
        f"{requests[0].reference}: This request was answered or withdrawn already, or its time "
        "has run out.",
        "Done for 1 visit.",
    ]
    assert statuses(requests) == [AppointmentStatus.BOOKED, AppointmentStatus.CANCELLED]


def test_doctors_and_patients_are_kept_out(
    visits: list[Appointment], doctor_client: Client, patient_client: Client
) -> None:
    for client in (doctor_client, patient_client):
        assert post(client, "cancel_visits", visits, reason="x").status_code == 403
    assert statuses(visits) == ["booked", "booked"]
