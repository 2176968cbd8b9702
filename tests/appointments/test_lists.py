"""Lists of visits: what the filter lets through, the schedule's views, the figures."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Patient
from appointments.actions import (
    cancel_visit,
    complete_visit,
    hold_slot,
    join_waitlist,
    mark_no_show,
    offer_slot,
    settle_visits,
)
from appointments.enums import PARTS_OF_DAY
from appointments.models import Appointment
from appointments.querysets import VisitFilter
from doctors.models import Doctor
from tests.conftest import DHAKA, count_queries, logged_in
from tests.factories import DoctorFactory, PatientFactory, SlotFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SCHEDULE = reverse("dashboards:schedule")
LIST = reverse("appointments:list")


@pytest.fixture
def visits(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, other_patient: Patient, now: dt.datetime
) -> list[Appointment]:
    """Confirmed today at 23:40 in Dhaka; requested tomorrow at 00:00; one cancelled."""
    give_rules(other_doctor, needs_acceptance=True)
    late = dt.datetime(2026, 11, 12, 23, 40, tzinfo=DHAKA)
    booked = book(SlotFactory(doctor=doctor, start=late), patient, now=now)
    midnight = late + dt.timedelta(minutes=20)
    requested = book(SlotFactory(doctor=other_doctor, start=midnight), other_patient, now=now)
    cancelled = book(SlotFactory(doctor=doctor), other_patient, now=now)
    cancel_visit(appointment_id=cancelled.pk, reason="", by=other_patient.user, now=now)
    return [booked, requested, cancelled]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (VisitFilter(), {0, 1, 2}),
        (VisitFilter(status="booked"), {0}),
        (VisitFilter(status="requested"), {1}),
        (VisitFilter(status="cancelled"), {2}),
        (VisitFilter(q="tanvir"), {1, 2}),
        (VisitFilter(q="tanvir farzana"), {2}),
        (VisitFilter(q="nobody"), set()),
        (VisitFilter(since=dt.date(2026, 11, 13)), {1, 2}),
        (VisitFilter(until=dt.date(2026, 11, 12)), {0}),
        (VisitFilter(since=dt.date(2026, 11, 13), until=dt.date(2026, 11, 13)), {1}),
    ],
)
def test_matching_lets_through_what_fits(
    visits: list[Appointment], wanted: VisitFilter, found: set[int]
) -> None:
    matching = Appointment.objects.matching(wanted, DHAKA)
    assert set(matching) == {visits[number] for number in found}


def test_matching_finds_by_reference_doctor_and_patient(visits: list[Appointment]) -> None:
    booked, requested, cancelled = visits
    for wanted, found in (
        (VisitFilter(q=requested.reference.lower()), {requested}),
        (VisitFilter(doctor_id=booked.doctor_id), {booked, cancelled}),
        (VisitFilter(patient_id=cancelled.patient_id), {requested, cancelled}),
    ):
        assert set(Appointment.objects.matching(wanted, DHAKA)) == found


NONSENSE = {
    "status": "held", "since": "tomorrow", "until": "9999-12-31", "doctor": "x", "patient": "y",
    "page": "z", "view": "year", "day": "2026-02-30",
}  # fmt: skip


def test_wrong_values_in_the_address_bar_are_passed_over(
    visits: list[Appointment], patient_client: Client, doctor_client: Client, staff_client: Client
) -> None:
    assert len(patient_client.get(LIST, NONSENSE).context["upcoming"]) == 1
    assert doctor_client.get(SCHEDULE, NONSENSE).context["page"].paginator.count == 2
    assert staff_client.get(SCHEDULE, NONSENSE).context["page"].paginator.count == 3


def test_patient_s_list_is_filtered_and_shows_the_filter(
    visits: list[Appointment], patient: Patient, patient_client: Client
) -> None:
    response = patient_client.get(LIST, {"status": "cancelled"})
    assert response.context["upcoming"] == []
    text = response.content.decode()
    assert "No visit fits" in text
    assert '<option value="cancelled" selected>' in text
    assert patient_client.get(LIST, {"q": "farzana"}).context["upcoming"][0].visit == visits[0]


def test_htmx_gets_only_the_visits(
    visits: list[Appointment], patient_client: Client, doctor_client: Client
) -> None:
    for client, url in ((patient_client, LIST), (doctor_client, SCHEDULE)):
        response = client.get(url, {"status": "booked"}, headers={"HX-Request": "true"})
        text = response.content.decode()
        assert text.lstrip().startswith(("<div", "<section"))
        assert 'id="visits"' in text
        assert "<form" not in text
        assert "HX-Request" in response["Vary"]


def test_somebody_else_s_visits_are_not_in_the_list(
    visits: list[Appointment], doctor_client: Client, other_patient: Patient
) -> None:
    other = visits[1]
    page = doctor_client.get(SCHEDULE, {"patient": other.patient_id}).context["page"]
    assert list(page) == [visits[2]], "only this doctor's of that patient"
    stranger = PatientFactory()
    response = doctor_client.get(SCHEDULE, {"patient": stranger.pk})
    assert response.context["page"].paginator.count == 2, "a stranger's id is passed over"
    assert stranger.name not in response.content.decode()


@pytest.mark.parametrize("view", ["day", "week", "list"])
@pytest.mark.parametrize("count", [1, 30])
def test_schedule_needs_a_fixed_number_of_queries(
    doctor: Doctor, doctor_client: Client, now: dt.datetime, view: str, count: int
) -> None:
    start = now + dt.timedelta(hours=1)
    for number in range(count):
        slot = SlotFactory(doctor=doctor, start=start + dt.timedelta(minutes=20 * number))
        book(slot, PatientFactory(), now=now)
    with count_queries() as queries:
        response = doctor_client.get(SCHEDULE, {"view": view})
    assert response.status_code == 200
    assert len(queries) <= 7
    if view == "list":
        assert response.context["page"].paginator.count == count
    else:
        assert sum(len(day.visits) for day in response.context["days"]) == count


@pytest.mark.parametrize("count", [1, 30])
def test_admin_s_list_needs_a_fixed_number_of_queries(
    staff_client: Client, now: dt.datetime, count: int
) -> None:
    for _number in range(count):
        book(SlotFactory(doctor=DoctorFactory()), PatientFactory(), now=now)
    with count_queries() as queries:
        response = staff_client.get(SCHEDULE)
    assert response.context["page"].paginator.count == count
    assert len(queries) == 6


def test_schedule_shows_the_asked_day_and_week_in_the_doctor_s_zone(
    visits: list[Appointment], doctor: Doctor, doctor_client: Client, staff_client: Client
) -> None:
    day = {"view": "day", "day": "2026-11-12"}
    response = doctor_client.get(SCHEDULE, day)
    assert response.context["days"][0].visits == [visits[0]]
    assert "11:40 pm" in response.content.decode()
    assert doctor_client.get(SCHEDULE, {"view": "week"}).context["first"] == dt.date(2026, 11, 8)
    assert staff_client.get(SCHEDULE, day).context["view"] == "list", "a doctor is chosen first"
    chosen = staff_client.get(SCHEDULE, day | {"doctor": str(doctor.pk)})
    assert chosen.context["days"][0].visits == [visits[0]]


def test_figures_of_the_doctor_s_month(
    doctor: Doctor, doctor_client: Client, now: dt.datetime, clock: time_machine.Traveller
) -> None:
    visits = [book(SlotFactory(doctor=doctor), PatientFactory(), now=now) for _ in range(5)]
    ends = visits[-1].end
    cancel_visit(appointment_id=visits[0].pk, reason="", by=visits[0].booked_by, now=now)
    mark_no_show(appointment_id=visits[1].pk, by=doctor.user, now=ends)
    for visit in visits[2:]:
        complete_visit(appointment_id=visit.pk, by=doctor.user, now=ends)
    settle_visits(now=ends + dt.timedelta(minutes=15))
    clock.move_to(ends)
    figures = {
        figure["label"]: figure["value"]
        for figure in doctor_client.get(SCHEDULE).context["figures"]
    }
    earned = figures.pop("Earned")
    assert figures == {
        "Visits this month": "4", "Completed": "3", "No-shows": "25 %", "Cancelled": "1"
    }  # fmt: skip
    assert earned == "৳\N{NARROW NO-BREAK SPACE}4,320"
    clock.move_to(dt.datetime(2026, 12, 1, tzinfo=DHAKA))
    later = logged_in(doctor.user).get(SCHEDULE)
    assert later.context["figures"][0]["value"] == "0"


def test_figures_of_admin_and_patient(
    visits: list[Appointment], staff_client: Client, doctor: Doctor, patient_client: Client
) -> None:
    figures = staff_client.get(SCHEDULE).context["figures"]
    assert [figure["value"] for figure in figures] == ["3", "1", "1", "0", "0", "1", "0"]
    complete_visit(appointment_id=visits[0].pk, by=doctor.user, now=visits[0].end)
    assert "1 visit so far, with 1 doctor" in patient_client.get(LIST).content.decode()


def test_list_says_what_came_back_of_a_cancelled_visit(
    doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    give_rules(doctor, late_refunds="0: 50")
    start = now + dt.timedelta(days=1)
    slot = SlotFactory(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))
    visit = book(slot, patient, now=now)
    assert cancel_visit(appointment_id=visit.pk, reason="", by=patient.user, now=now) == 60_000
    text = patient_client.get(reverse("appointments:list")).content.decode()
    assert "৳\N{NARROW NO-BREAK SPACE}600 back" in text
    assert "1,200 back" not in text


def test_home_shows_the_hold_one_chose_and_the_offer(
    doctor: Doctor,
    other_doctor: Doctor,
    patient: Patient,
    patient_client: Client,
    now: dt.datetime,
) -> None:
    join_waitlist(
        patient=patient,
        doctor=doctor,
        first_day=now.date(),
        last_day=now.date() + dt.timedelta(14),
        parts=set(PARTS_OF_DAY),
        by=patient.user,
        now=now,
    )
    hold_slot(
        slot_id=SlotFactory(doctor=other_doctor).pk, patient=patient, by=patient.user, now=now
    )
    offer_slot(slot_id=SlotFactory(doctor=doctor).pk, now=now)
    page = patient_client.get(LIST).content.decode()
    assert "A time with Dr Anupam Barua is held for you" in page
    assert "A time you wait for with Dr Farzana Kabir is free for you" in page
