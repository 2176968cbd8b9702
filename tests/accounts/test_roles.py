"""Another role: what happened in the old one stays, what goes on in it is seen to first."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.actions import change_role, dismiss_setup, save_about, save_medical_profile
from accounts.actions.profile_setup import About
from accounts.enums import Role, SetupStep
from accounts.exceptions import RoleInUse
from accounts.models import AuditEvent, MedicalProfile, Patient, User
from accounts.personal_data_registry import holders
from appointments.actions import complete_visit, hold_slot, join_waitlist
from appointments.models import Appointment, WaitlistEntry
from doctors.actions import approve_doctor, update_practice
from doctors.exceptions import AlreadyDecided
from doctors.models import Doctor, Slot
from payments.actions import start_deposit
from tests.accounts.user_list import refusals
from tests.admin_pages import run_action
from tests.conftest import logged_in
from tests.factories import (
    PatientFactory,
    SlotFactory,
    book,
    fund,
    give_rules,
    recorded_visit,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def make(user: User, role: Role, by: User, now: dt.datetime) -> User:
    change_role(user_id=user.pk, role=role, reason="Asked", by=by, now=now)
    return User.objects.get(pk=user.pk)


def copy_of(user: User) -> dict[str, list[dict[str, object]]]:
    """Their copy: what each app holds about them."""
    return {
        table.name: list(table.rows) for _app, holder in holders() for table in holder.export(user)
    }


def seen(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    """A visit of yesterday with its record, closed."""
    visit = recorded_visit(doctor, patient, now=now)
    return complete_visit(appointment_id=visit.pk, by=doctor.user, now=now)


def told(patient: Patient, now: dt.datetime) -> None:
    """What the guided steps ask of a patient."""
    about = About(
        name=patient.name, time_zone="", language="en", birth_date=dt.date(1990, 5, 1),
        gender="female",
    )  # fmt: skip
    save_about(user=patient.user, about=about, by=patient.user, now=now)
    save_medical_profile(
        patient_id=patient.pk, by=patient.user, now=now, blood_group="", allergies="Penicillin",
        conditions="", medication="", emergency_name="", emergency_phone="",
    )  # fmt: skip


def test_patient_with_a_profile_becomes_a_doctor_and_it_stays(
    patient: Patient, admin: User, now: dt.datetime
) -> None:
    told(patient, now)
    user = make(patient.user, Role.DOCTOR, admin, now)

    profile = MedicalProfile.objects.get()
    assert (profile.patient, profile.allergies) == (patient, "Penicillin")
    # Saying as a doctor who they are does not empty what only a patient is asked.
    about = About(name="Dr Sadia", time_zone="", language="en")
    save_about(user=user, about=about, by=user, now=now)
    patient.refresh_from_db()
    assert patient.birth_date == dt.date(1990, 5, 1)
    assert copy_of(user)["medicalprofile"][0]["allergies"] == "Penicillin"

    back = make(user, Role.PATIENT, admin, now)
    assert back.patients.get() == patient
    page = reverse("accounts:medical_profile", args=[patient.pk])
    assert "Penicillin" in logged_in(back).get(page).content.decode()


def test_steps_of_the_new_role_open_again(patient: Patient, admin: User, now: dt.datetime) -> None:
    dismiss_setup(user=patient.user)
    user = make(patient.user, Role.DOCTOR, admin, now)
    # Name and place are known; the practice is not.
    assert user.setup_left == [SetupStep.CARE]
    client = logged_in(user)
    assert client.get("/accounts/setup/").headers["Location"] == "/doctors/practice/"
    assert client.get("/appointments/desk/").status_code in (200, 302)
    user = make(user, Role.PATIENT, admin, now)
    assert user.setup_left == [SetupStep.ABOUT, SetupStep.CARE]
    assert make(user, Role.ADMIN, admin, now).setup_left == []


def test_past_visits_stay_with_both_and_are_in_both_copies(
    doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    visit = seen(doctor, patient, now)
    free = SlotFactory(doctor=doctor)
    give_rules(doctor, active_cap=3)

    former_patient = make(patient.user, Role.DOCTOR, admin, now)
    former_doctor = make(doctor.user, Role.PATIENT, admin, now)

    visit.refresh_from_db()
    assert (visit.patient, visit.doctor) == (patient, doctor)
    assert not Slot.objects.filter(pk=free.pk).exists()
    assert not Doctor.objects.public().exists()
    as_patient, as_doctor = copy_of(former_patient), copy_of(former_doctor)
    assert [row["reference"] for row in as_patient["visits"]] == [visit.reference]
    assert [row["visit"] for row in as_patient["records"]] == [visit.reference]
    assert [row["reference"] for row in as_doctor["visits_as_doctor"]] == [visit.reference]
    assert as_doctor["visits"] == as_doctor["records"] == []
    # What the doctor was mailed is about patients.
    assert patient.name not in str(as_doctor["mails"])
    # The record is open to neither on the site: they are no patient and no doctor any more.
    record = reverse("records:record", args=[visit.pk])
    assert logged_in(former_patient).get(record).status_code == 404
    assert logged_in(former_doctor).get(record).status_code == 403


def test_practice_that_was_kept_is_checked_again(
    doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    seen(doctor, patient, now)
    user = make(doctor.user, Role.PATIENT, admin, now)
    with pytest.raises(AlreadyDecided, match="another role"):
        approve_doctor(doctor_id=doctor.pk, by=admin, now=now)
    user = make(user, Role.DOCTOR, admin, now)
    assert SetupStep.CARE in user.setup_left

    update_practice(doctor_id=doctor.pk, by=user, now=now, bio="Back again")

    doctor.refresh_from_db()
    assert doctor.status == "pending"
    assert SetupStep.CARE not in User.objects.get(pk=user.pk).setup_left
    approve_doctor(doctor_id=doctor.pk, by=admin, now=now)
    assert Doctor.objects.public().get() == doctor


def test_visits_ahead_refuse_it_for_both_beside_the_field(
    doctor: Doctor, patient: Patient, staff_client: Client, now: dt.datetime
) -> None:
    book(SlotFactory(doctor=doctor), patient, now=now)
    said = refusals(
        staff_client, "change_role", patient.user, doctor.user, role="admin", reason="x"
    )
    assert said == {
        "role": [
            "farzana: See to this first: 1 visit of a patient with this doctor is ahead.",
            "sadia: See to this first: 1 visit as a patient is ahead.",
        ]
    }
    assert set(User.objects.filter(username__in=["sadia", "farzana"]).values_list("role")) == {
        ("patient",), ("doctor",),
    }  # fmt: skip


def test_those_whom_nothing_holds_are_done_and_the_others_asked_about_again(
    doctor: Doctor, patient: Patient, other_patient: Patient, staff_client: Client, now: dt.datetime
) -> None:
    book(SlotFactory(doctor=doctor), patient, now=now)
    users = (patient.user, other_patient.user)
    data = {
        "action": "change_role", "role": "doctor", "reason": "Both asked",
        "_selected_action": [str(user.pk) for user in users],
    }  # fmt: skip
    page = staff_client.post(reverse("admin:accounts_user_changelist"), data)
    assert page.status_code == 422
    assert [user for user, _going_on in page.context["users"]] == [patient.user]
    assert page.context["form"]["reason"].value() == "Both asked"
    other_patient.user.refresh_from_db()
    assert other_patient.user.role == Role.DOCTOR


def test_what_else_goes_on_refuses_it(
    doctor: Doctor,
    patient: Patient,
    other_patient: Patient,
    admin: User,
    now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:
    # Money, and a payment on its way.
    fund(patient.user, 5_000, now=now)
    with pytest.raises(RoleInUse, match="There is ৳\u202f50 in their wallet"):
        make(patient.user, Role.DOCTOR, admin, now)
    # A time that is held, for one and with the other.
    fund(other_patient.user, doctor.fee, now=now)
    hold_slot(
        slot_id=SlotFactory(doctor=doctor).pk, patient=other_patient, by=other_patient.user, now=now
    )
    with pytest.raises(RoleInUse, match="booking a time at this moment"):
        make(other_patient.user, Role.DOCTOR, admin, now)
    with pytest.raises(RoleInUse, match="booking with them at this moment"):
        make(doctor.user, Role.PATIENT, admin, now)
    assert start_deposit(user=patient.user, amount=50_000, idempotency_key=uuid.uuid4(), now=now)


def test_visit_that_is_not_closed_refuses_it(
    doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    over = visit.end + dt.timedelta(minutes=1)
    for user in (patient.user, doctor.user):
        with pytest.raises(RoleInUse, match="has not said how it went"):
            make(user, Role.ADMIN, admin, over)


def test_waiting_ends_with_the_role(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    waiter = PatientFactory()
    for who, whose in ((patient, other_doctor), (waiter, doctor)):
        join_waitlist(
            patient=who, doctor=whose, first_day=now.date(), last_day=now.date(),
            parts={"morning"}, by=who.user, now=now,
        )  # fmt: skip
    make(patient.user, Role.DOCTOR, admin, now)
    # A practice with somebody on its list has a history.
    make(doctor.user, Role.PATIENT, admin, now)
    assert sorted(WaitlistEntry.objects.values_list("status", flat=True)) == ["left", "over"]


def test_desk_finds_no_patient_who_is_something_else_now(
    doctor: Doctor, patient: Patient, admin: User, staff_client: Client, now: dt.datetime
) -> None:
    told(patient, now)
    page = f"{reverse('appointments:desk_book')}?doctor={doctor.pk}&q=Sadia"
    assert patient.name in staff_client.get(page).content.decode()
    make(patient.user, Role.ADMIN, admin, now)
    assert patient.name not in staff_client.get(page).content.decode()


def test_it_is_in_the_audit_with_its_reason(
    patient: Patient, staff_client: Client, admin: User
) -> None:
    run_action(staff_client, "change_role", patient.user, role="doctor", reason="Is one")
    event = AuditEvent.objects.get(what="user.role_changed")
    assert (event.actor, event.detail) == (
        admin, {"before": "patient", "after": "doctor", "reason": "Is one"},
    )  # fmt: skip
    assert not Appointment.objects.exists()
