"""Mobile number and address: how a number is typed, whose it is, and what a refusal gives away."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import CharField, Value
from django.test import Client
from django.urls import reverse

from accounts.actions import GUESSES_PER_HOUR, save_contact
from accounts.models import Patient, User
from doctors.models import Doctor

PAGE = reverse("accounts:contact")
NO_NUMBER = "That is no phone number. Type it like 01712 345678, or with + and the country code."
REFUSED = "This number can't be used here. Check it; if it is yours, tell the clinic's desk."


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("01712 345678", "+8801712345678"),
        ("1712-345678", "+8801712345678"),
        ("+88 01712 345678", "+8801712345678"),
        ("008801712345678", "+8801712345678"),
        ("০১৭১২৩৪৫৬৭৮", "+8801712345678"),
        ("+44 7911 123456", "+447911123456"),
        ("+1 (212) 555-2368", "+12125552368"),
    ],
)
def test_number_is_typed_as_people_do_and_stored_as_e164(
    patient_client: Client, patient: Patient, typed: str, stored: str
) -> None:
    response = patient_client.post(PAGE, {"mobile": typed, "address": "House 7, Road 3"})
    assert (response.status_code, response.headers.get("Location")) == (302, PAGE)
    user = User.objects.get()
    assert (str(user.mobile), user.address) == (stored, "House 7, Road 3")
    if stored.startswith("+880"):
        assert len(str(user.mobile)) == 14


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("12345", NO_NUMBER),
        ("call me", NO_NUMBER),
        ("+880171234567", NO_NUMBER),
        ("+88017123456789", NO_NUMBER),
        ("+99912345678", NO_NUMBER),
        ("01712345678 ext 5", NO_NUMBER),
        ("9" * 500, NO_NUMBER),
        (
            "02 9891234",
            "That is no mobile number of Bangladesh: eleven digits, like 01712 345678.",
        ),
        (
            "01712\x00345678",
            "It contains an invisible character that can't be stored. Please type it again.",
        ),
    ],
)
def test_what_is_no_number_is_refused_beside_the_field(
    patient_client: Client, patient: Patient, typed: str, said: str
) -> None:
    response = patient_client.post(PAGE, {"mobile": typed, "address": "House 7"})
    assert response.status_code == 422
    assert response.context["form"].errors == {"mobile": [said]}
    assert 'value="House 7"' in response.content.decode()
    assert (User.objects.get().mobile, User.objects.get().address) == (None, "")


def test_own_number_stays_and_is_given_up(patient_client: Client, patient: Patient) -> None:
    patient_client.post(PAGE, {"mobile": "01712 345678"})
    assert 'value="01712-345678"' in patient_client.get(PAGE).content.decode()
    assert patient_client.post(PAGE, {"mobile": "+8801712345678"}).status_code == 302
    patient_client.post(PAGE, {"mobile": ""})
    assert User.objects.get().mobile is None


def test_number_of_another_account_is_refused_without_saying_so(
    patient_client: Client, patient: Patient, doctor: Doctor
) -> None:
    save_contact(user=doctor.user, mobile="+8801712345678", address="", by=doctor.user)
    response = patient_client.post(PAGE, {"mobile": "01712345678", "address": "House 7"})
    assert response.status_code == 422
    assert response.context["form"].errors == {"mobile": [REFUSED]}
    patient.user.refresh_from_db()
    assert (patient.user.mobile, patient.user.address, patient.user.setup_done) == (None, "", 0)


def test_numbers_are_not_tried_one_after_the_other(
    patient_client: Client, patient: Patient
) -> None:
    for number in range(GUESSES_PER_HOUR):
        patient_client.post(PAGE, {"mobile": f"0171234567{number}"})
    response = patient_client.post(PAGE, {"mobile": "01812345678"})
    assert response.context["form"].errors == {
        "mobile": ["Too many numbers in an hour. Try again later."]
    }
    # The rest can be changed all the same.
    kept = {"mobile": str(User.objects.get().mobile), "address": "House 8"}
    assert patient_client.post(PAGE, kept).status_code == 302


@pytest.mark.parametrize("number", ["01712345678", "+88017123456789", ""])
def test_database_refuses_what_is_not_e164(patient: Patient, number: str) -> None:
    as_it_is = Value(number, output_field=CharField())
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=patient.user_id).update(mobile=as_it_is)


def test_many_have_no_number_and_nobody_the_same_one(patient: Patient, doctor: Doctor) -> None:
    assert list(User.objects.values_list("mobile", flat=True)) == [None, None]
    User.objects.filter(pk=patient.user_id).update(mobile="+8801712345678")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=doctor.user_id).update(mobile="01712 345678")


def test_nobody_says_where_somebody_else_is_reached(patient: Patient, doctor: Doctor) -> None:
    with pytest.raises(PermissionError):
        save_contact(user=patient.user, mobile=None, address="x", by=doctor.user)
