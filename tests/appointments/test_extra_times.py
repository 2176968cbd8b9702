"""A time that the desk adds for who walks in: beside the weekly hours, never over another time."""

import datetime as dt
import uuid

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from appointments.models import Appointment
from doctors.actions import add_slot, publish_slots, take_time_off
from doctors.enums import DoctorStatus, SlotStatus
from doctors.exceptions import SlotRefused
from doctors.models import Doctor, Slot
from tests.breaches import breaches
from tests.conftest import DHAKA
from tests.factories import SlotFactory, book, member_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

URL = reverse("appointments:desk_book")
MINUTE = dt.timedelta(minutes=1)


def today(hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2026, 11, 12, hour, minute, tzinfo=DHAKA)


def form(patient: object, **typed: str) -> dict[str, object]:
    extra = {"slot": "extra", "extra_start": "09:00", "extra_minutes": "20"}
    return {"patient": patient, "reason": "Cut a finger", "paid": "cash", **extra, **typed}


@pytest.mark.parametrize("who", ["doctor", "admin"])
def test_walk_in_gets_a_time_now_though_none_is_free(
    doctor: Doctor,
    patient: Patient,
    doctor_client: Client,
    staff_client: Client,
    now: dt.datetime,
    who: str,
) -> None:
    desk = doctor_client if who == "doctor" else staff_client
    address = f"{URL}?doctor={doctor.pk}&q=sadia@example.org"
    page = desk.get(address).content.decode()
    assert 'value="extra"' in page
    assert 'value="09:00"' in page, "from now on"
    for _twice in range(2):
        answer = desk.post(address, form(patient.pk))
    visit = Appointment.objects.get()
    assert answer.url == reverse("appointments:detail", args=[visit.pk])
    assert (visit.start, visit.end, visit.status) == (today(9), today(9, 20), "booked")
    assert Slot.objects.get().status == SlotStatus.BUSY
    publish_slots(doctor_id=doctor.pk, now=now)
    assert Slot.objects.count() == 1
    assert breaches() == []


def test_somebody_new_gets_one_too_or_neither_account_nor_time(
    doctor: Doctor, patient: Patient, doctor_client: Client
) -> None:
    newcomer = {"name": "Rafi Hasan", "email": patient.user.email}
    taken = doctor_client.post(URL, form("new", **newcomer))
    assert taken.status_code == 409
    assert (Slot.objects.count(), User.objects.filter(email=patient.user.email).count()) == (0, 1)
    doctor_client.post(URL, form("new", **newcomer | {"email": "rafi@example.org"}))
    assert Appointment.objects.get().patient.name == "Rafi Hasan"


@pytest.mark.parametrize("status", [SlotStatus.FREE, SlotStatus.CLOSED, "taken"])
def test_overlap_is_refused_beside_the_field_and_what_was_typed_is_kept(
    doctor: Doctor, patient: Patient, doctor_client: Client, now: dt.datetime, status: str
) -> None:
    there = SlotFactory(doctor=doctor, start=today(9, 10), end=today(9, 30))
    if status == "taken":
        book(there, patient, now=now)
    else:
        Slot.objects.update(status=status)
    answer = doctor_client.post(URL, form("new", name="Rafi", email="rafi@example.org"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The doctor has another time from 9:10 am to 9:30 am." in page
    assert 'id="id_extra_start_error"' in page
    assert 'value="09:00"' in page
    assert "rafi@example.org" in page
    assert Slot.objects.get() == there
    assert not User.objects.filter(email="rafi@example.org").exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"extra_start": ""}, "A time that is added needs this."),
        ({"extra_start": "25:00"}, "Enter a valid time."),
        ({"extra_minutes": ""}, "A time that is added needs this."),
        ({"extra_minutes": "4"}, "Enter 5 or more."),
        ({"extra_minutes": "241"}, "Enter 240 or less."),
    ],
)
def test_what_is_wrong_is_said(
    patient: Patient, doctor_client: Client, doctor: Doctor, typed: dict[str, str], said: str
) -> None:
    address = f"{URL}?q=sadia@example.org"
    answer = doctor_client.post(address, form(patient.pk, **typed))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Slot.objects.exists()


def test_clock_that_never_shows_the_time_is_said(
    patient: Patient, doctor: Doctor, doctor_client: Client
) -> None:
    doctor.time_zone = "Europe/Berlin"
    doctor.save()
    address = f"{URL}?q=sadia@example.org&day=2027-03-28"
    answer = doctor_client.post(address, form(patient.pk, extra_start="02:30"))
    assert answer.status_code == 422
    assert "the clocks go forward then" in answer.content.decode()


def test_day_that_is_over_takes_no_more_times(
    patient: Patient, doctor: Doctor, doctor_client: Client
) -> None:
    address = f"{URL}?q=sadia@example.org&day=2026-11-11"
    assert "No time is free that day" in doctor_client.get(address).content.decode()
    assert doctor_client.post(address, form(patient.pk)).status_code == 422
    assert not Slot.objects.exists()


def test_time_that_has_passed_today_is_refused(
    patient: Patient, doctor: Doctor, doctor_client: Client
) -> None:
    address = f"{URL}?q=sadia@example.org"
    answer = doctor_client.post(address, form(patient.pk, extra_start="08:00"))
    assert (answer.status_code, Slot.objects.exists()) == (409, False)
    assert "That time has passed." in answer.content.decode()


# --- The action ------------------------------------------------------------------------------


def test_no_time_is_added_where_the_doctor_is_away(doctor: Doctor, now: dt.datetime) -> None:
    span = {"start": today(10), "end": today(11)}
    take_time_off(doctor_id=doctor.pk, by=doctor.user, now=now, **span)
    with pytest.raises(SlotRefused, match="away"):
        add_slot(doctor_id=doctor.pk, by=doctor.user, now=now, **span)


def test_doctor_who_is_not_approved_gets_no_times(doctor: Doctor, now: dt.datetime) -> None:
    Doctor.objects.update(status=DoctorStatus.PENDING)
    with pytest.raises(SlotRefused, match="not approved"):
        add_slot(doctor_id=doctor.pk, start=today(10), end=today(11), by=doctor.user, now=now)


def test_only_the_doctor_and_admins_add_times(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    span = {"start": today(10), "end": today(11)}
    for stranger in (other_doctor.user, patient.user):
        with pytest.raises(PermissionDenied):
            add_slot(doctor_id=doctor.pk, by=stranger, now=now, **span)
    slot = add_slot(doctor_id=doctor.pk, by=admin, now=now, **span)
    assert (slot.status, slot.doctor) == (SlotStatus.FREE, doctor)
    assert add_slot(doctor_id=doctor.pk, by=doctor.user, now=now, **span) == slot
    assert add_slot(doctor_id=doctor.pk, by=member_of("support"), now=now, **span) == slot
    for group in ("finance", "moderator"):
        with pytest.raises(PermissionDenied):
            add_slot(doctor_id=doctor.pk, by=member_of(group), now=now, **span)
    with pytest.raises(Doctor.DoesNotExist):
        add_slot(doctor_id=uuid.uuid4(), by=admin, now=now, **span)
