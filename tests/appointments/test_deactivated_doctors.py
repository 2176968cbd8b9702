"""A doctor who is deactivated: their visits are said beforehand, and nobody books them any more."""

import datetime as dt
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import activate_user, deactivate_user
from accounts.models import Patient, User
from appointments.actions import hold_slot, join_waitlist, run_absence, start_absence
from appointments.actions.waitlist import sweep_waitlist
from appointments.exceptions import DoctorNotAccepting
from appointments.models import Appointment, Proposal, WaitlistOffer
from doctors.actions import publish_all_slots, set_working_hours
from doctors.models import Doctor, Slot
from doctors.slot_generation import HoursInterval
from tests.conftest import logged_in
from tests.factories import SlotFactory, book

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

USERS = reverse("admin:accounts_user_changelist")
DAY = dt.timedelta(days=1)


@pytest.fixture
def working(doctor: Doctor, now: dt.datetime) -> Doctor:
    """A doctor with free times each day."""
    hours = [HoursInterval(day, dt.time(9), dt.time(12)) for day in range(7)]
    set_working_hours(
        doctor_id=doctor.pk, hours=hours, slot_minutes=60, buffer_minutes=0, by=doctor.user, now=now
    )
    return doctor


@pytest.fixture
def visit(working: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(free_of(working)[9], patient, now=now)


def free_of(doctor: Doctor) -> list[Slot]:
    return list(Slot.objects.filter(doctor=doctor, status="free").order_by("start"))


def deactivate(doctor: Doctor, admin: User, now: dt.datetime) -> None:
    deactivate_user(user_id=doctor.user_id, reason="Left", by=admin, now=now)


def test_page_says_how_many_visits_are_ahead_and_leads_to_the_sick_day(
    visit: Appointment, working: Doctor, patient: Patient, staff_client: Client, now: dt.datetime
) -> None:
    book(free_of(working)[12], patient, now=now)
    page = staff_client.post(
        USERS, {"action": "deactivate", "_selected_action": [str(working.user_id)]}
    )
    html = page.content.decode()
    assert "2 visits of patients with this doctor are ahead." in html
    way = f"{reverse('appointments:absences')}?doctor={working.pk}"
    assert f'href="{way}"' in html
    sick_day = staff_client.get(way).content.decode()
    assert working.name in sick_day
    # One may go on all the same: somebody has to be shut out at once.
    done = staff_client.post(
        USERS,
        {"action": "deactivate", "_selected_action": [str(working.user_id)], "reason": "Stolen"},
    )
    assert done.status_code == 302
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_page_says_nothing_where_nothing_goes_on(doctor: Doctor, staff_client: Client) -> None:
    page = staff_client.post(
        USERS, {"action": "deactivate", "_selected_action": [str(doctor.user_id)]}
    )
    assert "See to it first" not in page.content.decode()


def test_nobody_finds_or_books_a_deactivated_doctor(
    visit: Appointment, working: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    free = free_of(working)[0]
    client = logged_in(patient.user)
    assert working.name in client.get("/doctors/").content.decode()
    calendar = reverse("appointments:calendar", args=[working.pk])
    move = reverse("appointments:move", args=[visit.pk])
    day = f"{move}?day={free.start.date().isoformat()}"
    assert str(free.pk) in client.get(day).content.decode()

    deactivate(working, admin, now)

    assert working.name not in client.get("/doctors/").content.decode()
    for page in (reverse("doctors:detail", args=[working.pk]), calendar):
        assert client.get(page).status_code == 404
    assert free_of(working) == []
    assert str(free.pk) not in client.get(day).content.decode()
    # Nor does the night's publishing bring times back.
    publish_all_slots(now=now)
    assert free_of(working) == []


def test_time_that_came_free_all_the_same_is_not_booked(
    working: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    deactivate(working, admin, now)
    stray = SlotFactory(doctor=working, start=now + 3 * DAY, end=now + 3 * DAY + DAY / 24)
    with pytest.raises(DoctorNotAccepting):
        hold_slot(slot_id=stray.pk, patient=patient, by=patient.user, now=now)
    join_waitlist(
        patient=patient, doctor=working, first_day=now.date(), last_day=(now + 7 * DAY).date(),
        parts={"morning", "afternoon", "evening"}, by=patient.user, now=now,
    )  # fmt: skip
    assert sweep_waitlist(now=now) == 0
    assert not WaitlistOffer.objects.exists()


def test_patients_of_a_deactivated_doctor_are_kept_no_other_time_with_them(
    visit: Appointment, working: Doctor, admin: User, now: dt.datetime
) -> None:
    deactivate(working, admin, now)
    SlotFactory(doctor=working, start=now + 9 * DAY, end=now + 9 * DAY + DAY / 24)
    absence = start_absence(
        key=uuid.uuid4(), doctor_id=working.pk, start=visit.start, end=visit.end, reason="Left",
        offers_times=True, by=admin, now=now,
    )  # fmt: skip
    run_absence(absence_id=absence.pk, now=now)
    proposal = Proposal.objects.get()
    assert (proposal.status, proposal.times.count()) == ("open", 0)


def test_free_times_come_back_with_the_doctor(
    visit: Appointment, working: Doctor, admin: User, now: dt.datetime
) -> None:
    before = [slot.start for slot in free_of(working)]
    deactivate(working, admin, now)
    activate_user(user_id=working.user_id, reason="Back", by=admin, now=now)
    assert [slot.start for slot in free_of(working)] == before


def test_patient_is_offered_no_move_but_told_why(
    visit: Appointment, working: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    client = logged_in(patient.user)
    move = f'href="{reverse("appointments:move", args=[visit.pk])}"'
    pages = (reverse("appointments:list"), reverse("appointments:detail", args=[visit.pk]))
    clinic = "the clinic will tell you"
    for page in pages:
        html = client.get(page).content.decode()
        assert (move in html, clinic in html) == (True, False)

    Doctor.objects.update(accepting=False)
    for page in pages:
        html = client.get(page).content.decode()
        assert (move in html, clinic in html) == (False, True)
        assert "takes no new bookings at the moment" in html

    Doctor.objects.update(accepting=True)
    deactivate(working, admin, now)
    for page in pages:
        html = client.get(page).content.decode()
        assert (move in html, clinic in html) == (False, True)
        assert "takes no bookings any more" in html
        # What it leads to would not be found.
        assert reverse("appointments:calendar", args=[working.pk]) not in html


def test_visits_of_a_deactivated_doctor_wait_on_the_overview_until_the_doctor_is_said_to_be_away(
    visit: Appointment,
    working: Doctor,
    patient: Patient,
    other_doctor: Doctor,
    staff_client: Client,
    admin: User,
    now: dt.datetime,
) -> None:
    book(SlotFactory(doctor=other_doctor, start=visit.start + DAY), patient, now=now)

    def waits() -> list[str]:
        concerns = staff_client.get(reverse("admin:index")).context["concerns"]
        return [each.url for each in concerns if "switched off" in each.text]

    assert waits() == []
    deactivate(working, admin, now)
    (url,) = waits()
    assert list(staff_client.get(url).context["cl"].queryset) == [visit]
    start_absence(
        key=uuid.uuid4(), doctor_id=working.pk, start=visit.start, end=visit.end, reason="Left",
        offers_times=True, by=admin, now=now,
    )  # fmt: skip
    assert waits() == []
