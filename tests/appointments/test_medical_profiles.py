"""Doctors read the medical profile of their patients; each look is written down."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.actions import save_medical_profile
from accounts.models import AuditEvent, MedicalProfile, Patient, User
from appointments.actions import cancel_visit, hold_slot, open_profile
from appointments.models import Appointment
from doctors.models import Doctor
from tests.conftest import count_queries, logged_in
from tests.factories import SlotFactory, book, fund

pytestmark = pytest.mark.django_db


@pytest.fixture
def profile(patient: Patient, now: dt.datetime) -> MedicalProfile:
    save_medical_profile(
        patient_id=patient.pk,
        by=patient.user,
        now=now,
        gender="female",
        blood_group="278149003",
        allergies="Penicillin: rash",
        emergency_name="Kamal, husband",
        emergency_phone="+8801812345678",
    )
    return MedicalProfile.objects.get()


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), patient, now=now)


def looks(by: User) -> list[str]:
    events = AuditEvent.objects.filter(actor=by, what__startswith="profile.")
    return list(events.values_list("what", flat=True))


@pytest.mark.parametrize("page", ["appointments:detail", "records:patient_history"])
def test_doctor_reads_it_before_the_visit_and_is_written_down(
    doctor: Doctor, patient: Patient, profile: MedicalProfile, visit: Appointment, page: str
) -> None:
    argument = visit.pk if page == "appointments:detail" else patient.pk
    response = logged_in(doctor.user).get(reverse(page, args=[argument]))
    html = response.content.decode()
    for said in ("Penicillin: rash", "A+", "Female", "Kamal, husband", "tel:+880-1812-345678"):
        assert said in html
    assert looks(doctor.user) == ["profile.viewed"]
    shown = logged_in(patient.user).get(reverse("records:looks")).content.decode()
    assert "Read the medical profile" in shown
    assert doctor.name in shown


def test_doctor_and_admin_see_the_number_to_call(
    doctor: Doctor, patient: Patient, admin: User, visit: Appointment
) -> None:
    User.objects.filter(pk=patient.user_id).update(mobile="+8801712345678")
    page = reverse("appointments:detail", args=[visit.pk])
    for reader in (doctor.user, admin):
        assert "tel:+880-1712-345678" in logged_in(reader).get(page).content.decode()
    found = logged_in(admin).get(reverse("admin:accounts_user_changelist"), {"q": "1712345678"})
    assert patient.user.email in found.content.decode()


def test_nobody_but_doctors_of_the_patient_reads_it(
    doctor: Doctor,
    other_doctor: Doctor,
    other_patient: Patient,
    patient: Patient,
    admin: User,
    profile: MedicalProfile,
    visit: Appointment,
    now: dt.datetime,
) -> None:
    held = SlotFactory(doctor=other_doctor)
    fund(patient.user, other_doctor.fee, now=now)
    # Holding a time makes nobody a patient.
    hold_slot(slot_id=held.pk, patient=patient, by=patient.user, now=now)
    for stranger in (other_doctor.user, other_patient.user, admin):
        assert open_profile(patient_id=patient.pk, by=stranger, now=now) is None
        assert looks(stranger) == []
    page = reverse("appointments:detail", args=[visit.pk])
    assert "Penicillin" not in logged_in(admin).get(page).content.decode()


def test_a_cancelled_visit_ends_it(
    doctor: Doctor, patient: Patient, profile: MedicalProfile, visit: Appointment, now: dt.datetime
) -> None:
    assert open_profile(patient_id=patient.pk, by=doctor.user, now=now) == profile
    cancel_visit(appointment_id=visit.pk, reason="", by=patient.user, now=now)
    assert open_profile(patient_id=patient.pk, by=doctor.user, now=now) is None


def test_reading_takes_two_queries(
    doctor: Doctor, patient: Patient, profile: MedicalProfile, visit: Appointment, now: dt.datetime
) -> None:
    with count_queries() as queries:
        open_profile(patient_id=patient.pk, by=doctor.user, now=now)
    assert len(queries) == 2


def test_where_there_is_none_nothing_is_shown_or_written_down(
    doctor: Doctor, visit: Appointment
) -> None:
    response = logged_in(doctor.user).get(reverse("appointments:detail", args=[visit.pk]))
    assert "Medical profile" not in response.content.decode()
    assert looks(doctor.user) == []


@pytest.mark.parametrize(
    ("usual", "covered", "checked"),
    [("", True, 0), ("", False, 1), ("wallet", True, 0), ("wallet", False, 1), ("card", True, 1)],
)
def test_pay_step_proposes_what_one_usually_pays_with(
    doctor: Doctor, patient: Patient, now: dt.datetime, usual: str, covered: bool, checked: int
) -> None:
    User.objects.filter(pk=patient.user_id).update(payment_choice=usual)
    if covered:
        fund(patient.user, doctor.fee, now=now)
    moment = dt.datetime.now(dt.UTC)
    start = moment + dt.timedelta(days=5)
    slot = SlotFactory(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))
    hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=moment)
    page = reverse("appointments:check", args=[hold.pk])
    html = logged_in(patient.user).get(page).content.decode()
    assert [f'id="id_method_{i}" checked' in html for i in (0, 1)] == [checked == 0, checked == 1]


def test_a_reminder_that_waits_is_not_sent_to_who_wants_none(
    visit: Appointment, patient: Patient, now: dt.datetime
) -> None:
    from notifications.kinds import is_wanted
    from notifications.models import OutboxMessage

    reminder = OutboxMessage(
        kind="visit_reminder", user=patient.user, subject_id=visit.pk, facts={"version": 1}
    )
    assert is_wanted(reminder, now) is True
    reminder.user.reminder_hours = 0
    assert is_wanted(reminder, now) is False
