"""Patients without an e-mail address: entered at the desk, called, invited once they have one."""

import datetime as dt
import uuid

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from phonenumber_field.phonenumber import PhoneNumber

from accounts.actions import change_role, deactivate_user, give_address, invite_patient
from accounts.enums import Act, Role
from accounts.exceptions import AccountTakenUp, StandingRefused
from accounts.models import AuditEvent, Patient, User
from appointments.actions import (
    book_at_desk,
    cancel_for_clinic,
    enter_address,
    move_visit,
    queue_reminders,
    run_absence,
    start_absence,
)
from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from appointments.querysets import patients_for_desk
from booking_system.invariants import all_checks
from doctors.models import Slot
from notifications.models import OutboxMessage
from tests.factories import SlotFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def at_desk(slot: Slot, patient: Patient, now: dt.datetime) -> Appointment:
    return book_at_desk(
        slot_id=slot.pk, patient=patient, tender=None, reason="", by=slot.doctor.user, now=now
    )


@pytest.fixture
def by_phone(slot: Slot, doctor_client: Client) -> Appointment:
    """The visit of somebody who is reached by phone only."""
    typed = {
        "patient": "new", "name": "Karim Ali", "email": "", "mobile": "01912 345678",
        "slot": slot.pk, "paid": "later",
    }  # fmt: skip
    url = f"{reverse('appointments:desk_book')}?day={slot.start:%Y-%m-%d}"
    assert doctor_client.post(url, typed).status_code == 302
    return Appointment.objects.get()


def test_who_has_no_address_is_booked_and_gets_no_mail(
    by_phone: Appointment, slot: Slot, now: dt.datetime
) -> None:
    user = by_phone.booked_by
    assert (user.email, str(user.mobile), user.has_usable_password()) == (
        "", "+8801912345678", False
    )  # fmt: skip
    # A second one, too: only addresses are nobody else's.
    other = invite_patient(
        name="Rina", email="", mobile=PhoneNumber.from_string("+8801912345679"),
        by=slot.doctor.user, now=now,
    )  # fmt: skip
    later = SlotFactory(doctor=slot.doctor, start=slot.end, end=slot.end + dt.timedelta(minutes=20))
    at_desk(later, other, now)
    queue_reminders(now=by_phone.start - dt.timedelta(hours=20))
    assert not OutboxMessage.objects.exclude(user=slot.doctor.user).exists()
    assert [breach for check in all_checks().values() for breach in check()] == []


def test_staff_are_told_to_call(by_phone: Appointment, doctor_client: Client) -> None:
    detail, cancel, propose, move = (
        reverse(f"appointments:{name}", args=[by_phone.pk])
        for name in ("detail", "cancel", "propose", "move")
    )
    page = doctor_client.get(detail).content.decode()
    assert "Karim Ali gets no confirmation, no reminder and no news of this visit." in page
    assert propose not in page
    assert "No e-mail: call +880 1912-345678" in doctor_client.get(cancel).content.decode()
    assert "No e-mail: call +880 1912-345678" in doctor_client.get(move).content.decode()
    other = SlotFactory(doctor=by_phone.doctor, start=by_phone.end + dt.timedelta(days=1))
    refused = doctor_client.post(propose, {"slots": [other.pk], "reason": "Late"})
    assert refused.status_code == 409
    assert "No mail would reach the patient: call" in refused.content.decode()
    gone = doctor_client.post(cancel, {"reason": "Ill"}, follow=True).content.decode()
    assert "Karim Ali gets no mail: please call." in gone


def test_whom_an_absence_reaches_by_phone_only_is_said_and_no_time_kept(
    by_phone: Appointment, doctor_client: Client, now: dt.datetime
) -> None:
    other = SlotFactory(doctor=by_phone.doctor, start=by_phone.end + dt.timedelta(days=1))
    absence = start_absence(
        key=uuid.uuid4(), doctor_id=by_phone.doctor_id, patient=by_phone.patient, reason="Ill",
        offers_times=True, by=by_phone.doctor.user, now=now,
    )  # fmt: skip
    run_absence(absence_id=absence.pk, now=now)
    page = doctor_client.get(reverse("appointments:absence", args=[absence.pk])).content.decode()
    assert "No e-mail: call +880 1912-345678" in page
    assert "1 patient has no e-mail address: please call." in page
    assert "Everybody who has an e-mail address is told" in page
    # Whatever is agreed on by phone can be had.
    move_visit(appointment_id=by_phone.pk, slot_id=other.pk, by=by_phone.doctor.user, now=now)
    by_phone.refresh_from_db()
    assert (by_phone.slot_id, by_phone.status) == (other.pk, AppointmentStatus.BOOKED)


def test_the_number_finds_them_however_it_is_typed(by_phone: Appointment, admin: User) -> None:
    for typed in ("01912345678", "+880 1912-345678", " 8801912345678"):
        assert list(patients_for_desk(admin, typed)) == [by_phone.patient]
    assert not patients_for_desk(admin, "01912345670").exists()


def test_an_address_that_is_added_invites_and_gets_the_mails(
    by_phone: Appointment, doctor_client: Client, client: Client, now: dt.datetime
) -> None:
    detail, url = (
        reverse(f"appointments:{name}", args=[by_phone.pk]) for name in ("detail", "address")
    )
    assert url in doctor_client.get(detail).content.decode()
    assert doctor_client.get(url).status_code == 200
    assert doctor_client.post(url, {"email": "karim@exmaple.org"}).status_code == 302
    # Mistyped: until they have signed in it can be put right.
    assert "karim@exmaple.org" in doctor_client.get(detail).content.decode()
    assert doctor_client.post(url, {"email": "Karim@Example.org"}).status_code == 302
    user = by_phone.booked_by
    user.refresh_from_db()
    assert user.email == "karim@example.org"
    cancel_for_clinic(appointment_id=by_phone.pk, reason="Ill", by=by_phone.doctor.user, now=now)
    mails = OutboxMessage.objects.filter(address="karim@example.org")
    assert sorted(mails.values_list("kind", flat=True)) == ["invitation", "visit_cancelled"]
    client.post(reverse("account_reset_password"), {"email": "karim@example.org"})
    assert OutboxMessage.objects.filter(kind="password_reset_code").count() == 1
    told = AuditEvent.objects.filter(what=Act.ADDRESS_GIVEN).values_list("patient", "detail")
    assert {detail["address"] for _, detail in told} == {"karim@exmaple.org", "karim@example.org"}
    assert {patient for patient, _ in told} == {by_phone.patient_id}
    # Then it is theirs.
    user.set_password("Correct-horse-8")
    user.save()
    for again in (doctor_client.get(url), doctor_client.post(url, {"email": "x@example.org"})):
        assert again.headers["Location"] == detail
    assert url not in doctor_client.get(detail).content.decode()
    with pytest.raises(AccountTakenUp):
        give_address(user_id=user.pk, email="x@example.org", by=by_phone.doctor.user, now=now)
    user.refresh_from_db()
    assert user.email == "karim@example.org"


def test_of_who_sees_other_doctors_only_staff_enters_the_address(
    by_phone: Appointment, doctor_client: Client, staff_client: Client, now: dt.datetime
) -> None:
    url = reverse("appointments:address", args=[by_phone.pk])
    at_desk(SlotFactory(start=by_phone.end + dt.timedelta(hours=1)), by_phone.patient, now)
    assert doctor_client.post(url, {"email": "k@example.org"}).status_code == 302
    with pytest.raises(PermissionError):
        enter_address(
            appointment_id=by_phone.pk, email="k@example.org", by=by_phone.doctor.user, now=now
        )
    by_phone.booked_by.refresh_from_db()
    assert by_phone.booked_by.email == ""
    detail = reverse("appointments:detail", args=[by_phone.pk])
    assert url not in doctor_client.get(detail).content.decode()
    assert url in staff_client.get(detail).content.decode()
    staff_client.post(url, {"email": "k@example.org"})
    by_phone.booked_by.refresh_from_db()
    assert by_phone.booked_by.email == "k@example.org"


def test_who_can_not_sign_in_gets_no_other_role_and_no_address_once_switched_off(
    by_phone: Appointment, admin: User, now: dt.datetime
) -> None:
    user_id = by_phone.booked_by_id
    with pytest.raises(StandingRefused):
        change_role(user_id=user_id, role=Role.ADMIN, reason="Joins us", by=admin, now=now)
    deactivate_user(user_id=user_id, reason="Gone", by=admin, now=now)
    with pytest.raises(AccountTakenUp):
        give_address(user_id=user_id, email="k@example.org", by=admin, now=now)


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ("no address", 422, "Enter a valid email address."),
        ("", 422, "Please fill this in."),
        ("SADIA@example.org", 409, "has this address already"),
        # Sadia's, too, beside the first.
        ("sadia.r@example.org", 409, "has this address already"),
        (f"{'k' * 250}@example.org", 422, "254"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_beside_it(
    by_phone: Appointment, patient: Patient, doctor_client: Client, typed: str, status: int,
    said: str,
) -> None:  # fmt: skip
    EmailAddress.objects.create(user=patient.user, email="sadia.r@example.org", verified=True)
    url = reverse("appointments:address", args=[by_phone.pk])
    response = doctor_client.post(url, {"email": typed})
    assert response.status_code == status
    page = response.content.decode()
    assert said in page
    assert f'value="{typed}"' in page or not typed
    by_phone.booked_by.refresh_from_db()
    assert by_phone.booked_by.email == ""


def test_patients_give_nobody_an_address(
    by_phone: Appointment, patient: Patient, now: dt.datetime
) -> None:
    with pytest.raises(PermissionError):
        give_address(user_id=by_phone.booked_by_id, email="x@example.org", by=patient.user, now=now)
