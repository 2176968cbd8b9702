"""The people one looks after: adding, changing, removing."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import add_relative, change_relative, remove_relative
from accounts.enums import Relationship
from accounts.exceptions import RelativeHasVisits
from accounts.models import Patient
from appointments.actions import hold_slot
from tests.conftest import count_queries
from tests.factories import PatientFactory, SlotFactory

pytestmark = pytest.mark.django_db

FAMILY = reverse("accounts:family")
TYPED = {"name": "Nila Rahman", "relationship": "child", "birth_date": "2019-03-04"}


def test_a_relative_is_added_and_changed(patient_client: Client, patient: Patient) -> None:
    assert patient_client.post(FAMILY, TYPED)["Location"] == FAMILY
    child = Patient.objects.get(name="Nila Rahman")
    assert (child.user, child.relationship) == (patient.user, "child")
    assert child.birth_date == dt.date(2019, 3, 4)
    page = reverse("accounts:relative", args=[child.pk])
    patient_client.post(page, TYPED | {"name": "Nila R"})
    child.refresh_from_db()
    assert child.name == "Nila R"


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("name", "", "required"),
        ("birth_date", "2999-01-01", "still ahead"),
        ("birth_date", "1850-01-01", "after 1900"),
        ("relationship", "self", "Choose one from the list."),
    ],
)
def test_what_makes_no_sense_is_said_beside_the_field(
    patient_client: Client, field: str, typed: str, said: str
) -> None:
    response = patient_client.post(FAMILY, TYPED | {field: typed})
    assert response.status_code == 422
    assert said in response.content.decode()
    assert Patient.objects.count() == 1


@pytest.mark.parametrize("name", ["Nila Rahman", " nila  RAHMAN ", "Sadia Rahman"])
def test_the_same_person_is_not_added_twice(
    patient_client: Client, patient: Patient, name: str
) -> None:
    Patient.objects.filter(pk=patient.pk).update(birth_date=dt.date(2019, 3, 4))
    patient_client.post(FAMILY, TYPED)
    again = patient_client.post(FAMILY, TYPED | {"name": name, "relationship": "other"})
    assert again.status_code == 422
    assert again.context["form"].errors == {
        "name": ["Somebody of this name and date of birth is in your family already."]
    }
    assert Patient.objects.count() == 2


def test_nobody_becomes_the_same_as_another_one(patient_client: Client, patient: Patient) -> None:
    patient_client.post(FAMILY, TYPED)
    patient_client.post(FAMILY, TYPED | {"birth_date": "2021-03-04"})
    younger = Patient.objects.get(birth_date=dt.date(2021, 3, 4))
    page = reverse("accounts:relative", args=[younger.pk])
    refused = patient_client.post(page, TYPED | {"name": "nila rahman"})
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["name"]
    younger.refresh_from_db()
    assert younger.name == "Nila Rahman"
    saved = patient_client.post(page, TYPED | {"name": "NILA", "birth_date": "2021-03-04"})
    assert saved.status_code == 302, "oneself again is no other one"


def test_two_families_may_have_the_same_name_in_them(
    patient_client: Client, other_patient: Patient
) -> None:
    PatientFactory(
        user=other_patient.user, name="Nila Rahman", birth_date=dt.date(2019, 3, 4),
        relationship="child",
    )  # fmt: skip
    assert patient_client.post(FAMILY, TYPED).status_code == 302


def test_one_without_visits_is_removed(patient_client: Client, child: Patient) -> None:
    patient_client.post(reverse("accounts:remove_relative", args=[child.pk]))
    assert not Patient.objects.filter(pk=child.pk).exists()


def test_one_for_whom_a_time_was_held_stays(
    patient_client: Client, patient: Patient, child: Patient, now: dt.datetime
) -> None:
    hold_slot(slot_id=SlotFactory().pk, patient=child, by=patient.user, now=now)
    with pytest.raises(RelativeHasVisits):
        remove_relative(patient_id=child.pk, by=patient.user)
    response = patient_client.post(
        reverse("accounts:remove_relative", args=[child.pk]), follow=True
    )
    assert "stays here" in response.content.decode()
    assert Patient.objects.filter(pk=child.pk).exists()


def test_oneself_is_no_relative(patient: Patient, patient_client: Client) -> None:
    for path in ("relative", "remove_relative"):
        url = reverse(f"accounts:{path}", args=[patient.pk])
        assert patient_client.post(url, TYPED).status_code == 404
    typed = {"name": "X", "birth_date": dt.date(2000, 1, 1), "by": patient.user}
    with pytest.raises(ValueError, match="oneself"):
        add_relative(user=patient.user, relationship=Relationship.SELF, **typed)
    with pytest.raises(ValueError, match="oneself"):
        remove_relative(patient_id=patient.pk, by=patient.user)


def test_nobody_changes_somebody_else_s_family(child: Patient, other_patient: Patient) -> None:
    typed = {"name": "X", "birth_date": dt.date(2000, 1, 1), "relationship": Relationship.CHILD}
    with pytest.raises(PermissionError):
        change_relative(patient_id=child.pk, by=other_patient.user, **typed)
    with pytest.raises(PermissionError):
        remove_relative(patient_id=child.pk, by=other_patient.user)


@pytest.mark.parametrize("count", [1, 30])
def test_family_needs_a_fixed_number_of_queries(
    patient_client: Client, patient: Patient, count: int
) -> None:
    PatientFactory.create_batch(count, user=patient.user, relationship="child")
    with count_queries() as queries:
        response = patient_client.get(FAMILY)
    assert response.content.decode().count('href="/accounts/family/') == count + 2
    assert len(queries) == 3
