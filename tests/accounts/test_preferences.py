"""The page on which one says when to be reminded and how much mails give away."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import update_preferences
from accounts.models import Patient, User
from doctors.models import Doctor

PAGE = reverse("accounts:preferences")


def test_patient_chooses_reminder_and_discreet_mode(
    patient_client: Client, patient: Patient
) -> None:
    user = patient.user
    assert (user.reminder_hours, user.discreet) == (24, False)
    response = patient_client.post(PAGE, {"reminder_hours": "168", "discreet": "on"})
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    user.refresh_from_db()
    assert (user.reminder_hours, user.discreet) == (168, True)
    html = patient_client.get(PAGE).content.decode()
    assert '<option value="168" selected>' in html
    patient_client.post(PAGE, {"reminder_hours": "0"})
    user.refresh_from_db()
    assert (user.reminder_hours, user.discreet) == (0, False)


def test_doctor_is_not_asked_about_reminders(doctor_client: Client, doctor: Doctor) -> None:
    assert "reminder_hours" not in doctor_client.get(PAGE).content.decode()
    doctor_client.post(PAGE, {"discreet": "on", "reminder_hours": "2"})
    doctor.user.refresh_from_db()
    assert (doctor.user.reminder_hours, doctor.user.discreet) == (24, True)
    # A form with nothing ticked is a form all the same.
    assert doctor_client.post(PAGE, {}).status_code == 302
    doctor.user.refresh_from_db()
    assert doctor.user.discreet is False


@pytest.mark.parametrize("typed", ["3", "", "soon"])
def test_lead_time_is_one_of_the_list(patient_client: Client, patient: Patient, typed: str) -> None:
    response = patient_client.post(PAGE, {"reminder_hours": typed, "discreet": "on"})
    assert response.status_code == 422
    html = response.content.decode()
    assert "checked" in html
    assert 'id="id_reminder_hours_error"' in html
    assert User.objects.get(pk=patient.user_id).discreet is False


def test_profile_leads_to_it(
    patient_client: Client, doctor_client: Client, staff_client: Client
) -> None:
    profile = reverse("accounts:profile")
    for client in (patient_client, doctor_client):
        html = client.get(profile).content.decode()
        assert PAGE in html
        assert reverse("appointments:subscribe") in html
    assert PAGE not in staff_client.get(profile).content.decode()


def test_nobody_changes_what_somebody_else_prefers(patient: Patient, doctor: Doctor) -> None:
    with pytest.raises(PermissionError):
        update_preferences(user=patient.user, reminder_hours=0, discreet=True, by=doctor.user)
