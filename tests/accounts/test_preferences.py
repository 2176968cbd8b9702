"""The page on which one says when to be reminded and how much mails give away."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.actions import update_preferences
from accounts.models import Patient, User
from doctors.models import Doctor
from tests.conftest import count_queries

PAGE = reverse("accounts:preferences")
# The select is there, so that a browser always sends it.
LANGUAGE = {"language": "en"}


def test_patient_chooses_reminder_and_discreet_mode(
    patient_client: Client, patient: Patient
) -> None:
    user = patient.user
    assert (user.reminder_hours, user.discreet) == (24, False)
    response = patient_client.post(PAGE, LANGUAGE | {"reminder_hours": "168", "discreet": "on"})
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    user.refresh_from_db()
    assert (user.reminder_hours, user.discreet) == (168, True)
    html = patient_client.get(PAGE).content.decode()
    assert '<option value="168" selected>' in html
    patient_client.post(PAGE, LANGUAGE | {"reminder_hours": "0"})
    user.refresh_from_db()
    assert (user.reminder_hours, user.discreet) == (0, False)


def test_doctor_is_not_asked_about_reminders(doctor_client: Client, doctor: Doctor) -> None:
    assert "reminder_hours" not in doctor_client.get(PAGE).content.decode()
    doctor_client.post(PAGE, LANGUAGE | {"discreet": "on", "reminder_hours": "2"})
    doctor.user.refresh_from_db()
    assert (doctor.user.reminder_hours, doctor.user.discreet) == (24, True)
    # A form with nothing ticked is a form all the same.
    assert doctor_client.post(PAGE, LANGUAGE).status_code == 302
    doctor.user.refresh_from_db()
    assert doctor.user.discreet is False


@pytest.mark.parametrize("typed", ["3", "", "soon"])
def test_lead_time_is_one_of_the_list(patient_client: Client, patient: Patient, typed: str) -> None:
    response = patient_client.post(PAGE, LANGUAGE | {"reminder_hours": typed, "discreet": "on"})
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
    html = staff_client.get(profile).content.decode()
    assert PAGE in html
    assert reverse("appointments:subscribe") not in html


@pytest.mark.parametrize("zone", ["Europe/Berlin", ""])
def test_zone_is_chosen_or_left_to_the_clinic(
    patient_client: Client, patient: Patient, zone: str
) -> None:
    User.objects.update(time_zone="America/New_York")
    patient_client.post(PAGE, LANGUAGE | {"reminder_hours": "24", "time_zone": zone})
    assert User.objects.get().time_zone == zone


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd"])
def test_a_zone_that_does_not_exist_is_refused_beside_the_field(
    patient_client: Client, patient: Patient, zone: str
) -> None:
    response = patient_client.post(PAGE, LANGUAGE | {"reminder_hours": "2", "time_zone": zone})
    assert response.status_code == 422
    said = "There is no such zone. Choose one from the list."
    assert response.context["form"].errors == {"time_zone": [said]}
    assert User.objects.get().reminder_hours == 24


def test_language_is_asked_only_where_there_is_a_choice(
    patient_client: Client, settings: Settings
) -> None:
    choices = patient_client.get(PAGE).context["form"].fields["language"].choices
    assert choices == [("en", "English"), ("bn", "বাংলা")]
    settings.LANGUAGES = [("en", "English")]
    assert "language" not in patient_client.get(PAGE).context["form"].fields


def test_patient_chooses_mails_and_how_to_pay(patient_client: Client, patient: Patient) -> None:
    html = patient_client.get(PAGE).content.decode()
    assert 'value="records" id="id_wanted_mails_0" checked' in html
    # What doctors are mailed about is not a patient's to choose.
    assert 'value="bookings"' not in html
    chosen = LANGUAGE | {"reminder_hours": "24", "payment_choice": "card"}
    patient_client.post(PAGE, chosen)
    user = User.objects.get()
    assert (user.muted_mails, user.payment_choice) == (["records"], "card")
    assert "checked" not in patient_client.get(PAGE).content.decode()
    patient_client.post(PAGE, chosen | {"wanted_mails": "records"})
    assert User.objects.get().muted_mails == []


@pytest.mark.parametrize(
    ("field", "typed"), [("wanted_mails", "bookings"), ("payment_choice", "gold")]
)
def test_what_is_not_on_offer_is_refused(
    patient_client: Client, patient: Patient, field: str, typed: str
) -> None:
    response = patient_client.post(PAGE, LANGUAGE | {"reminder_hours": "2", field: typed})
    assert (response.status_code, list(response.context["form"].errors)) == (422, [field])
    assert User.objects.get().reminder_hours == 24


def test_admin_chooses_only_zone_and_language(staff_client: Client, admin: User) -> None:
    assert list(staff_client.get(PAGE).context["form"].fields) == ["time_zone", "language"]
    staff_client.post(PAGE, LANGUAGE | {"time_zone": "Europe/Berlin", "discreet": "on"})
    admin.refresh_from_db()
    assert (admin.time_zone, admin.discreet) == ("Europe/Berlin", False)


def test_preferences_take_two_queries(patient_client: Client) -> None:
    with count_queries() as queries:
        patient_client.get(PAGE)
    assert len(queries) == 2  # session and user


def test_nobody_changes_what_somebody_else_prefers(patient: Patient, doctor: Doctor) -> None:
    with pytest.raises(PermissionError):
        update_preferences(user=patient.user, reminder_hours=0, discreet=True, by=doctor.user)
