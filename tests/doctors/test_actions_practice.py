"""A doctor registers, is approved or refused, and changes the practice."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.enums import Role
from accounts.models import Patient, User
from doctors.actions import approve_doctor, refuse_doctor, register_doctor, update_practice
from doctors.enums import DoctorStatus, SlotStatus
from doctors.exceptions import AlreadyDecided, AlreadyRegistered, LicenceFixed
from doctors.models import Doctor, Specialty, WorkingHours
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def newcomer() -> User:
    return factories.UserFactory(username="newcomer", role=Role.DOCTOR)


@pytest.fixture
def pending(newcomer: User, now: dt.datetime) -> Doctor:
    return register(newcomer, now)


def practice(**changes: Any) -> dict[str, Any]:
    return {
        "name": "Dr Rumana Akter",
        "licence_number": "A-48213",
        "specialties": [Specialty.objects.get(code="cardiology")],
        "experience_years": 7,
        "fee": 90_000,
        "time_zone": "Asia/Dhaka",
    } | changes


def register(user: User, now: dt.datetime, **changes: Any) -> Doctor:
    return register_doctor(user=user, by=user, now=now, **practice(**changes))


def mails(kind: str) -> list[str]:
    found = OutboxMessage.objects.filter(kind=kind).order_by("created_at", "address")
    return [message.address for message in found]


def give_hours(doctor: Doctor) -> None:
    WorkingHours.objects.create(doctor=doctor, weekday=6, start=dt.time(9), end=dt.time(10))


def test_registered_doctor_waits_for_approval(
    newcomer: User, admin: User, now: dt.datetime
) -> None:
    factories.AdminFactory(username="second")
    factories.AdminFactory(username="left", is_active=False)
    doctor = register(newcomer, now)
    doctor.refresh_from_db()
    assert (doctor.status, doctor.approved_at) == (DoctorStatus.PENDING, None)
    assert [each.code for each in doctor.specialties.all()] == ["cardiology"]
    assert mails("doctor_waiting") == ["admin@example.org", "second@example.org"]
    facts = OutboxMessage.objects.filter(kind="doctor_waiting")[0].facts
    assert facts["specialties"] == [{"code": "cardiology", "own": ""}]
    assert facts["url"].endswith("/admin/doctors/doctor/?status__exact=pending")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fee", 0),
        ("fee", -1),
        ("experience_years", 61),
        ("experience_years", -1),
        ("time_zone", "Atlantis/Poseidonia"),
        ("licence_number", " "),
        ("name", ""),
        ("specialties", []),
    ],
)
def test_impossible_practice_is_refused(
    newcomer: User, now: dt.datetime, field: str, value: object
) -> None:
    with pytest.raises(ValidationError) as refusal:
        register(newcomer, now, **{field: value})
    assert list(refusal.value.error_dict) == [field]
    assert not Doctor.objects.exists()


@pytest.mark.parametrize("typed", ["A-48213", " a-48213 ", "a- 48 213"])
def test_licence_number_is_unique_whatever_its_case_and_spaces(
    newcomer: User, pending: Doctor, now: dt.datetime, typed: str
) -> None:
    other = factories.UserFactory(role=Role.DOCTOR)
    with pytest.raises(ValidationError) as refusal:
        register(other, now, licence_number=typed)
    assert list(refusal.value.error_dict) == ["licence_number"]


def test_licence_number_is_kept_in_capitals(newcomer: User, now: dt.datetime) -> None:
    assert register(newcomer, now, licence_number="  bmdc   a-1 ").licence_number == "BMDC A-1"


def test_user_has_one_practice(newcomer: User, pending: Doctor, now: dt.datetime) -> None:
    with pytest.raises(AlreadyRegistered):
        register(newcomer, now, licence_number="A-2")


def test_practice_is_registered_by_a_doctor_for_themselves(
    newcomer: User, patient: Patient, admin: User, now: dt.datetime
) -> None:
    with pytest.raises(PermissionDenied):
        register(patient.user, now)
    with pytest.raises(PermissionDenied):
        register_doctor(user=newcomer, by=patient.user, now=now, **practice())
    assert register_doctor(user=newcomer, by=admin, now=now, **practice()).user == newcomer


def test_approval_publishes_the_hours_and_tells_the_doctor(
    pending: Doctor, admin: User, now: dt.datetime
) -> None:
    give_hours(pending)
    doctor = approve_doctor(doctor_id=pending.pk, by=admin, now=now)
    assert (doctor.status, doctor.approved_at) == (DoctorStatus.APPROVED, now)
    assert doctor.slots.filter(status=SlotStatus.FREE).count() == 27
    assert OutboxMessage.objects.get(kind="doctor_approved").facts["free_times"] == 27
    assert mails("doctor_approved") == ["newcomer@example.org"]


def test_approving_again_changes_nothing(pending: Doctor, admin: User, now: dt.datetime) -> None:
    approve_doctor(doctor_id=pending.pk, by=admin, now=now)
    later = now + dt.timedelta(hours=1)
    assert approve_doctor(doctor_id=pending.pk, by=admin, now=later).approved_at == now
    assert len(mails("doctor_approved")) == 1


def test_only_admins_approve_and_refuse(
    pending: Doctor, patient: Patient, now: dt.datetime
) -> None:
    for user in (pending.user, patient.user):
        with pytest.raises(PermissionDenied):
            approve_doctor(doctor_id=pending.pk, by=user, now=now)
        with pytest.raises(PermissionDenied):
            refuse_doctor(doctor_id=pending.pk, reason="No", by=user, now=now)


def test_refusal_tells_the_doctor_why(pending: Doctor, admin: User, now: dt.datetime) -> None:
    refuse_doctor(doctor_id=pending.pk, reason=" The number is unknown. ", by=admin, now=now)
    refuse_doctor(doctor_id=pending.pk, reason="Again", by=admin, now=now)
    pending.refresh_from_db()
    assert (pending.status, pending.refusal_reason) == (
        DoctorStatus.REFUSED,
        "The number is unknown.",
    )
    facts = OutboxMessage.objects.get(kind="doctor_refused").facts
    assert facts["reason"] == "The number is unknown."


def test_refusal_needs_a_reason(pending: Doctor, admin: User, now: dt.datetime) -> None:
    with pytest.raises(ValidationError):
        refuse_doctor(doctor_id=pending.pk, reason=" ", by=admin, now=now)


def test_approved_doctor_is_not_refused(doctor: Doctor, admin: User, now: dt.datetime) -> None:
    with pytest.raises(AlreadyDecided):
        refuse_doctor(doctor_id=doctor.pk, reason="Late", by=admin, now=now)


def test_refused_doctor_who_mends_the_practice_asks_again(
    pending: Doctor, admin: User, now: dt.datetime
) -> None:
    refuse_doctor(doctor_id=pending.pk, reason="Unknown number", by=admin, now=now)
    doctor = update_practice(
        doctor_id=pending.pk, by=pending.user, now=now, **practice(licence_number="A-999")
    )
    assert (doctor.status, doctor.refusal_reason, doctor.application) == (
        DoctorStatus.PENDING,
        "",
        2,
    )
    assert OutboxMessage.objects.get(kind="doctor_waiting", key__contains=":2:").facts["again"]
    refuse_doctor(doctor_id=pending.pk, reason="Still unknown", by=admin, now=now)
    assert len(mails("doctor_refused")) == 2


def test_change_of_a_pending_practice_tells_nobody(
    admin: User, pending: Doctor, now: dt.datetime
) -> None:
    update_practice(doctor_id=pending.pk, by=pending.user, now=now, fee=100_000)
    pending.refresh_from_db()
    assert pending.fee == 100_000
    assert len(mails("doctor_waiting")) == 1


def test_checked_licence_number_is_changed_by_an_admin_only(
    doctor: Doctor, admin: User, now: dt.datetime
) -> None:
    with pytest.raises(LicenceFixed):
        update_practice(doctor_id=doctor.pk, by=doctor.user, now=now, licence_number="B-1")
    doctor.refresh_from_db()
    assert doctor.licence_number != "B-1"
    same = doctor.licence_number.lower()
    update_practice(doctor_id=doctor.pk, by=doctor.user, now=now, licence_number=same, fee=1)
    update_practice(doctor_id=doctor.pk, by=admin, now=now, licence_number="B-1")
    doctor.refresh_from_db()
    assert (doctor.licence_number, doctor.fee) == ("B-1", 1)


def test_practice_is_changed_by_its_doctor(
    doctor: Doctor, other_doctor: Doctor, now: dt.datetime
) -> None:
    with pytest.raises(PermissionDenied):
        update_practice(doctor_id=doctor.pk, by=other_doctor.user, now=now, fee=1)


def test_new_time_zone_moves_free_slots_and_no_others(doctor: Doctor, now: dt.datetime) -> None:
    give_hours(doctor)
    update_practice(doctor_id=doctor.pk, by=doctor.user, now=now, time_zone="Europe/Berlin")
    booked = doctor.slots.order_by("start")[0]
    doctor.slots.filter(pk=booked.pk).update(status=SlotStatus.BUSY)
    update_practice(doctor_id=doctor.pk, by=doctor.user, now=now, time_zone="Asia/Dhaka")
    hours = {slot.start.hour for slot in doctor.slots.filter(status=SlotStatus.FREE)}
    assert hours == {3}
    assert doctor.slots.filter(pk=booked.pk, start=booked.start).exists()


def test_mails_can_be_written(
    admin: User, pending: Doctor, other_doctor: Doctor, now: dt.datetime
) -> None:
    refuse_doctor(doctor_id=pending.pk, reason="The number is <unknown>.", by=admin, now=now)
    update_practice(doctor_id=pending.pk, by=pending.user, now=now, fee=2)
    approve_doctor(doctor_id=pending.pk, by=admin, now=now)
    written = {}
    for message in OutboxMessage.objects.order_by("key"):
        mail = render_message(message)
        written[message.kind] = mail.subject
        assert "{{" not in mail.text + mail.html
    assert written == {
        "doctor_waiting": "Dr Rumana Akter waits for approval",
        "doctor_refused": "We could not approve you at Nirog yet",
        "doctor_approved": "You are approved at Nirog",
    }
    refused = render_message(OutboxMessage.objects.get(kind="doctor_refused"))
    assert "The number is <unknown>." in refused.text
    assert "The number is &lt;unknown&gt;." in refused.html
