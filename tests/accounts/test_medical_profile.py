"""The medical profile of a patient, as the user who manages them writes and reads it."""

import datetime as dt

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.actions import remove_relative, save_medical_profile
from accounts.enums import BloodGroup, SetupStep
from accounts.exceptions import RelativeHasVisits
from accounts.models import AuditEvent, MedicalProfile, Patient, User
from doctors.models import Doctor
from tests.conftest import count_queries

TYPED = {
    "birth_date": "1990-04-05",
    "gender": "female",
    "blood_group": "278148006",
    "allergies": "Penicillin: rash\nPeanuts",
    "conditions": "Asthma",
    "medication": "Salbutamol, when needed",
    "emergency_name": "Kamal Rahman, husband",
    "emergency_phone": "01812 345678",
}


def page_of(patient: Patient) -> str:
    return reverse("accounts:medical_profile", args=[patient.pk])


def test_profile_is_saved_and_shown_again(patient_client: Client, patient: Patient) -> None:
    page = page_of(patient)
    assert patient_client.get(reverse("accounts:own_medical_profile"))["Location"] == page
    assert patient_client.post(page, TYPED)["Location"] == page
    profile = MedicalProfile.objects.get()
    assert (profile.blood_group, profile.get_blood_group_display()) == (BloodGroup.O_NEGATIVE, "O−")
    assert profile.allergies == "Penicillin: rash\nPeanuts"
    assert str(profile.emergency_phone) == "+8801812345678"
    assert profile.saved_by == patient.user
    patient.refresh_from_db()
    assert (patient.birth_date, patient.gender) == (dt.date(1990, 4, 5), "female")
    html = patient_client.get(page).content.decode()
    assert "Penicillin: rash" in html
    assert '<option value="278148006" selected>' in html
    assert User.objects.get().setup_done == SetupStep.CARE


def test_relative_has_a_profile_of_their_own(patient_client: Client, child: Patient) -> None:
    patient_client.post(page_of(child), {"allergies": "Eggs"})
    profile = MedicalProfile.objects.get()
    assert (profile.patient, profile.allergies) == (child, "Eggs")
    assert "Medical profile of Nila Rahman" in patient_client.get(page_of(child)).content.decode()
    # The steps ask about oneself.
    assert User.objects.get().setup_done == 0


def test_each_edit_and_each_look_is_in_the_audit_without_what_it_says(
    patient_client: Client, patient: Patient
) -> None:
    page = page_of(patient)
    patient_client.get(page)  # there is nothing to be read yet
    patient_client.post(page, {"allergies": "Eggs"})
    patient_client.post(page, {"allergies": "Eggs"})  # nothing new
    patient_client.post(page, {"allergies": "Eggs", "gender": "male", "medication": "Aspirin"})
    patient_client.get(page)
    events = AuditEvent.objects.order_by("at", "pk")
    assert [(event.what, event.detail) for event in events] == [
        ("profile.changed", {"changed": ["allergies"]}),
        ("profile.changed", {"changed": ["gender", "medication"]}),
        ("profile.viewed", {}),
    ]
    assert {(event.patient, event.actor) for event in events} == {(patient, patient.user)}
    assert "Eggs" not in str(list(events.values()))
    looks = reverse("records:looks")
    html = patient_client.get(looks, {"who": "all"}).content.decode()
    assert html.count("Changed the medical profile") == 2
    assert html.count("Read the medical profile") == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("blood_group", "Z+"),
        ("gender", "x"),
        ("birth_date", "2999-01-01"),
        ("allergies", "a" * 1001),
        ("medication", "bell \x07"),
        ("emergency_phone", "12"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_the_field(
    patient_client: Client, patient: Patient, field: str, typed: str
) -> None:
    response = patient_client.post(page_of(patient), TYPED | {field: typed})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    html = response.content.decode()
    assert f'id="id_{field}_error"' in html
    assert "Asthma" in html
    assert (MedicalProfile.objects.count(), AuditEvent.objects.count()) == (0, 0)


def test_nobody_else_writes_it(
    patient: Patient, other_patient: Patient, doctor: Doctor, admin: User, now: dt.datetime
) -> None:
    for stranger in (other_patient.user, doctor.user, admin):
        with pytest.raises(PermissionError):
            save_medical_profile(patient_id=patient.pk, by=stranger, now=now, allergies="x")


def test_admins_see_no_clinical_text(
    staff_client: Client, patient_client: Client, patient: Patient
) -> None:
    patient_client.post(page_of(patient), TYPED)
    assert not admin.site.is_registered(apps.get_model("accounts.MedicalProfile"))
    for model in ("patient", "auditevent", "user"):
        listed = staff_client.get(reverse(f"admin:accounts_{model}_changelist"))
        assert "Penicillin" not in listed.content.decode()
    shown = staff_client.get(reverse("admin:accounts_patient_change", args=[patient.pk]))
    assert "Penicillin" not in shown.content.decode()
    visible = MedicalProfile.objects.visible_to(User.objects.get(role="admin"))
    assert list(visible) == []


def test_who_has_a_profile_stays_in_the_family(
    patient: Patient, child: Patient, now: dt.datetime
) -> None:
    save_medical_profile(patient_id=child.pk, by=patient.user, now=now, allergies="Eggs")
    with pytest.raises(RelativeHasVisits, match="medical profile"):
        remove_relative(patient_id=child.pk, by=patient.user)


def test_database_knows_the_codes(patient: Patient, now: dt.datetime) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        MedicalProfile.objects.create(
            patient=patient, blood_group="A+", saved_by=patient.user, saved_at=now
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.update(gender="f")


def test_page_takes_a_fixed_number_of_queries(
    patient_client: Client, patient: Patient, now: dt.datetime
) -> None:
    save_medical_profile(patient_id=patient.pk, by=patient.user, now=now, allergies="Eggs")
    with count_queries() as queries:
        patient_client.get(page_of(patient))
    assert len(queries) == 5  # session, user, patient, profile, its row in the audit
