"""Guided completion after signing up: three steps, one at a time, any of them later."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Gender, SetupStep
from accounts.models import AuditEvent, MedicalProfile, Patient, User
from doctors.actions import register_doctor
from doctors.models import Doctor
from tests.conftest import count_queries, logged_in
from tests.factories import SpecialtyFactory, UserFactory, image_file

SETUP = reverse("accounts:setup")
ABOUT, CONTACT, HEALTH = (
    reverse("accounts:setup_step", args=[name]) for name in ("about", "contact", "health")
)
VISITS = reverse("appointments:list")
TYPED = {
    "name": "Sadia R. Khan",
    "birth_date": "1990-04-05",
    "gender": "female",
    "time_zone": "Asia/Dhaka",
    "language": "en",
}


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("me.jpg", image_file().read())


def test_patient_goes_through_the_steps(patient_client: Client, patient: Patient) -> None:
    assert patient_client.get(SETUP)["Location"] == ABOUT
    assert "Step 1 of 3" in patient_client.get(ABOUT).content.decode()
    assert patient_client.post(ABOUT, TYPED | {"photo": photo()})["Location"] == CONTACT
    # Left here and back another day: it goes on with the second.
    assert patient_client.get(SETUP)["Location"] == CONTACT
    assert "Step 2 of 3" in patient_client.get(CONTACT).content.decode()
    contact = {"mobile": "01712 345678", "address": "House 7"}
    assert patient_client.post(CONTACT, contact)["Location"] == HEALTH
    html = patient_client.get(HEALTH).content.decode()
    assert "Step 3 of 3" in html
    # What the first step has asked is not asked again.
    assert 'name="birth_date"' not in html
    assert patient_client.post(HEALTH, {"blood_group": "278149003"})["Location"] == VISITS

    user = User.objects.get()
    assert (user.display_name, user.time_zone, str(user.mobile), user.address) == (
        "Sadia R. Khan", "Asia/Dhaka", "+8801712345678", "House 7",
    )  # fmt: skip
    assert len(user.photo) == 22
    patient.refresh_from_db()
    assert (patient.name, patient.birth_date, patient.gender) == (
        "Sadia R. Khan", dt.date(1990, 4, 5), Gender.FEMALE,
    )  # fmt: skip
    assert MedicalProfile.objects.get().get_blood_group_display() == "A+"
    assert user.setup_left == []
    assert patient_client.get(SETUP)["Location"] == VISITS


def test_steps_are_skipped_and_filled_in_later(patient_client: Client, patient: Patient) -> None:
    for page, following in ((ABOUT, CONTACT), (CONTACT, HEALTH), (HEALTH, VISITS)):
        html = patient_client.get(page).content.decode()
        assert f'href="{following}">Skip this step' in html
    # Looking and skipping save nothing.
    assert User.objects.get().setup_done == 0
    patient_client.post(CONTACT, {"address": "House 7"})
    assert User.objects.get().setup_left == [SetupStep.ABOUT, SetupStep.CARE]
    assert patient_client.get(SETUP)["Location"] == ABOUT


@pytest.mark.parametrize("page", ["home", "appointments:list"])
def test_notice_stands_at_home_until_all_is_told_or_dismissed(
    patient_client: Client, patient: Patient, page: str
) -> None:
    html = patient_client.get(reverse(page)).content.decode()
    assert "3 short steps are left." in html
    assert f'href="{SETUP}"' in html
    patient_client.post(CONTACT, {})
    patient_client.post(HEALTH, {})
    assert "One short step is left." in patient_client.get(reverse(page)).content.decode()
    assert patient_client.post(reverse("accounts:dismiss_setup"))["Location"] == VISITS
    assert "Complete your account" not in patient_client.get(reverse(page)).content.decode()


def test_notice_costs_no_query(patient_client: Client, patient: Patient) -> None:
    with count_queries() as asked:
        patient_client.get("/")
    User.objects.update(setup_done=sum(SetupStep))
    with count_queries() as done:
        patient_client.get("/")
    assert len(asked) == len(done)


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "Please fill this in."),
        ("birth_date", "2999-01-01", "This day is still ahead."),
        ("birth_date", "1850-01-01", "Type a year after 1900."),
        ("birth_date", "soon", "Enter a valid date."),
        ("photo", b"<svg/>", "Choose a photo: a JPEG, PNG or WebP file."),
        (
            "gender",
            "x",
            "Choose one from the list.",
        ),
    ],
)
def test_a_refused_step_changes_nothing_and_keeps_the_rest(
    patient_client: Client, patient: Patient, field: str, typed: str | bytes, said: str
) -> None:
    value = SimpleUploadedFile("a.jpg", typed) if isinstance(typed, bytes) else typed
    response = patient_client.post(ABOUT, TYPED | {field: value})
    assert response.status_code == 422
    assert response.context["form"].errors == {field: [said]}
    html = response.content.decode()
    assert f'id="id_{field}_error"' in html
    if field != "name":
        assert 'value="Sadia R. Khan"' in html
    user = User.objects.get()
    assert (user.display_name, user.photo, user.setup_done) == ("sadia", "", 0)
    patient.refresh_from_db()
    assert patient.birth_date is None


def test_birth_date_and_sex_are_in_the_audit_by_name_only(
    patient_client: Client, patient: Patient
) -> None:
    patient_client.post(ABOUT, TYPED)
    event = AuditEvent.objects.get()
    assert (event.what, event.patient, event.detail) == (
        "profile.changed", patient, {"changed": ["birth_date", "gender"]},
    )  # fmt: skip
    patient_client.post(ABOUT, TYPED)
    assert AuditEvent.objects.count() == 1


def test_doctor_s_last_step_is_the_practice(db: None) -> None:
    user = UserFactory(role="doctor", first_name="Anupam Barua")
    client = logged_in(user)
    html = client.get(ABOUT).content.decode()
    assert 'name="birth_date"' not in html
    assert client.get(HEALTH).status_code == 404
    client.post(ABOUT, {"name": "Dr Anupam Barua", "language": "en"})
    practice = reverse("doctors:practice")
    assert client.post(CONTACT, {})["Location"] == practice
    assert client.get(SETUP)["Location"] == practice
    html = client.get(practice).content.decode()
    assert "Step 3 of 3" in html
    assert 'value="Dr Anupam Barua"' in html
    register_doctor(
        user=user,
        by=user,
        now=timezone.now(),
        name="Dr Anupam Barua",
        licence_number="A-1",
        specialties=[SpecialtyFactory()],
        experience_years=3,
        fee=50_000,
        time_zone="Asia/Dhaka",
    )
    user.refresh_from_db()
    assert user.setup_left == []
    assert "Step 3 of 3" not in client.get(practice).content.decode()


def test_doctor_has_the_notice_on_the_desk(doctor_client: Client, doctor: Doctor) -> None:
    desk = reverse("dashboards:desk")
    assert "Complete your account" in doctor_client.get(desk).content.decode()
    User.objects.update(setup_done=sum(SetupStep))
    assert "Complete your account" not in doctor_client.get(desk).content.decode()


def test_unknown_step_is_404(patient_client: Client) -> None:
    assert patient_client.get(reverse("accounts:setup_step", args=["money"])).status_code == 404
