"""A doctor gets another role while patients book with them: one of them comes too late."""

import datetime as dt

import pytest

from accounts.actions import change_role
from accounts.enums import Role
from accounts.exceptions import RoleInUse
from accounts.models import User
from appointments.actions import complete_visit, hold_slot
from appointments.exceptions import DoctorNotAccepting, SlotTaken
from appointments.models import Appointment
from doctors.models import Doctor
from tests.concurrency.harness import race, raised
from tests.factories import AdminFactory, DoctorFactory, PatientFactory, SlotFactory, recorded_visit

pytestmark = pytest.mark.django_db(transaction=True)
RACERS = 6


@pytest.mark.parametrize("worked_before", [True, False])
def test_nobody_holds_a_time_with_who_is_no_doctor_any_more(
    now: dt.datetime, worked_before: bool
) -> None:
    doctor, admin = DoctorFactory(), AdminFactory()
    if worked_before:
        visit = recorded_visit(doctor, PatientFactory(), now=now)
        complete_visit(appointment_id=visit.pk, by=doctor.user, now=now)
    slots = [SlotFactory(doctor=doctor) for _each in range(RACERS)]
    patients = [PatientFactory() for _each in slots]

    def hold(number: int) -> Appointment:
        patient = patients[number]
        return hold_slot(slot_id=slots[number].pk, patient=patient, by=patient.user, now=now)

    def leave() -> User:
        return change_role(
            user_id=doctor.user_id, role=Role.PATIENT, reason="Asked", by=admin, now=now
        )

    calls = [leave, *(lambda number=number: hold(number) for number in range(RACERS))]
    outcome, *holds = race(calls)

    held = sum(isinstance(one, Appointment) for one in holds)
    refused = raised(holds, DoctorNotAccepting) + raised(holds, SlotTaken)
    assert held + refused == RACERS, holds
    if held:
        assert isinstance(outcome, RoleInUse), outcome
        assert Doctor.objects.public().get() == doctor
    else:
        assert isinstance(outcome, User), outcome
        assert not Doctor.objects.public().exists()
    assert (User.objects.get(pk=doctor.user_id).role == Role.DOCTOR) == bool(held)
