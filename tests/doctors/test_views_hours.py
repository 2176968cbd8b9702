"""The doctor's own pages: the weekly hours."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from doctors.enums import SlotStatus
from doctors.models import Doctor
from tests import factories
from tests.conftest import count_queries
from tests.doctors.practice_forms import HOURS, PRACTICE, SUNDAY, messages, practice, week

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def test_hours_come_after_the_practice(newcomer_client: Client) -> None:
    assert newcomer_client.get(HOURS).headers["Location"] == PRACTICE
    assert newcomer_client.post(HOURS, week()).headers["Location"] == PRACTICE


def test_hours_are_saved_and_published(doctor: Doctor, doctor_client: Client, settings) -> None:
    settings.PUBLISHING_HORIZON_DAYS = 7
    rows = [
        (SUNDAY, "09:00", "10:00"),
        (SUNDAY, "17:00", "18:00"),
        (0, "", ""),
        (1, "23:00", "00:00"),
    ]
    response = doctor_client.post(HOURS, week(*rows, slot_minutes="30"))
    assert response.headers["Location"] == HOURS
    assert messages(doctor_client, HOURS) == ["Saved: 6 free times added, 0 removed."]
    assert list(doctor.working_hours.values_list("weekday", "start", "end")) == [
        (1, dt.time(23), dt.time(0)),
        (SUNDAY, dt.time(9), dt.time(10)),
        (SUNDAY, dt.time(17), dt.time(18)),
    ]
    assert doctor.slots.count() == 6
    doctor_client.post(HOURS, week((SUNDAY, "09:00", "10:00"), slot_minutes="30"))
    assert messages(doctor_client, HOURS) == ["Saved: 0 free times added, 4 removed."]
    doctor_client.post(HOURS, week((SUNDAY, "09:00", "10:00"), slot_minutes="30"))
    assert messages(doctor_client, HOURS) == ["Saved. Your free times stay as they were."]


@pytest.mark.parametrize(
    ("rows", "minutes", "said"),
    [
        ([(SUNDAY, "09:00", "10:00")], "480", "No visit of this length fits into your hours."),
        ([], "30", "Your week has no hours any more."),
    ],
)
def test_hours_that_leave_no_time_are_asked_about_first(
    doctor: Doctor, doctor_client: Client, rows: list[Any], minutes: str, said: str
) -> None:
    doctor_client.post(HOURS, week((SUNDAY, "09:00", "10:00"), slot_minutes="30"))
    before = set(doctor.slots.values_list("pk", flat=True))
    assert before
    asked = doctor_client.post(HOURS, week(*rows, slot_minutes=minutes))
    assert asked.status_code == 422
    assert said in asked.content.decode()
    assert f'value="{minutes}"' in asked.content.decode()
    assert set(doctor.slots.values_list("pk", flat=True)) == before
    doctor.refresh_from_db()
    assert (doctor.slot_minutes, doctor.working_hours.count()) == (30, 1)
    counted = doctor_client.post(HOURS, week(*rows, slot_minutes=minutes, count="1"))
    assert said in counted.content.decode(), "counting says it, too"
    sure = doctor_client.post(HOURS, week(*rows, slot_minutes=minutes, emptiness_seen="1"))
    assert sure.status_code == 302
    assert not doctor.slots.exists()
    again = doctor_client.post(HOURS, week(*rows, slot_minutes=minutes))
    assert again.status_code == 302, "where there were none, none are lost"


def test_doctor_who_waits_sets_hours_that_nobody_sees_yet(newcomer_client: Client) -> None:
    newcomer_client.post(PRACTICE, practice())
    newcomer_client.post(HOURS, week((SUNDAY, "09:00", "10:00")))
    doctor = Doctor.objects.get()
    assert (doctor.working_hours.count(), doctor.slots.count()) == (1, 0)
    assert "Saved. Patients see your times once the clinic has approved you." in messages(
        newcomer_client, HOURS
    )


@pytest.mark.parametrize(
    ("rows", "row", "field", "said"),
    [
        ([(0, "10:00", "09:00")], 0, "end", "It must end after it starts."),
        ([(0, "10:00", "10:00")], 0, "end", "It must end after it starts."),
        ([(0, "10:00", "")], 0, "end", "Say when it ends"),
        ([(0, "", "10:00")], 0, "start", "Say when it starts"),
        ([(0, "25:00", "23:00")], 0, "start", "Enter a valid time."),
        ([(0, "nine", "10:00")], 0, "start", "Enter a valid time."),
        (
            [(0, "09:00", "12:00"), (0, "11:59", "13:00")],
            1, "start", "It overlaps with 9:00 am to 12:00 pm.",
        ),
        (
            [(0, "11:00", "13:00"), (1, "09:00", "12:00"), (0, "09:00", "00:00")],
            0, "start", "It overlaps with 9:00 am to midnight.",
        ),
        ([(7, "09:00", "12:00")], 0, "weekday", "Choose one from the list."),
    ],
)  # fmt: skip
def test_wrong_hours_are_said_beside_the_row_and_kept(
    doctor: Doctor, doctor_client: Client, rows: list[Any], row: int, field: str, said: str
) -> None:
    response = doctor_client.post(HOURS, week(*rows))
    assert response.status_code == 422
    errors = [form.errors for form in response.context["editor"].intervals.forms]
    assert [list(each) for each in errors] == [
        [field] if i == row else [] for i in range(len(rows))
    ]
    assert errors[row][field][0].startswith(said)
    html = response.content.decode()
    if field != "weekday":
        assert f'id="id_hours-{row}-{field}_error"' in html
        for _weekday, start, end in rows:
            assert f'value="{start}"' in html or not start
            assert f'value="{end}"' in html or not end
    assert not doctor.working_hours.exists()
    assert not doctor.slots.exists()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("slot_minutes", "4"),
        ("slot_minutes", "481"),
        ("slot_minutes", ""),
        ("slot_minutes", "20.5"),
        ("buffer_minutes", "-1"),
        ("buffer_minutes", "121"),
        ("buffer_minutes", "1e309"),
    ],
)
def test_wrong_lengths_are_said_beside_the_field(
    doctor: Doctor, doctor_client: Client, field: str, typed: str
) -> None:
    response = doctor_client.post(HOURS, week((0, "09:00", "10:00"), **{field: typed}))
    assert response.status_code == 422
    assert list(response.context["editor"].lengths.errors) == [field]
    assert not doctor.slots.exists()


@pytest.mark.parametrize("total", ["", "x", "71", "9" * 400])
def test_tampered_number_of_rows_is_refused(
    doctor: Doctor, doctor_client: Client, total: str
) -> None:
    data = week((0, "09:00", "10:00")) | {"hours-TOTAL_FORMS": total}
    assert doctor_client.post(HOURS, data).status_code == 422
    assert doctor_client.post(HOURS, data | {"add_to": "0"}).status_code == 200
    assert doctor_client.post(HOURS, data | {"remove_row": "0"}).status_code == 200
    assert not doctor.working_hours.exists()


@pytest.mark.parametrize("is_htmx", [False, True])
def test_interval_is_added_and_removed_without_saving(
    doctor: Doctor, doctor_client: Client, is_htmx: bool
) -> None:
    headers = {"HX-Request": "true"} if is_htmx else {}
    typed = week((0, "09:00", "10:00"), (1, "nonsense", ""))

    def rows(**button: str) -> list[tuple[Any, ...]]:
        response = doctor_client.post(HOURS, typed | button, headers=headers)
        assert response.status_code == 200
        assert (b"<html" in response.content) is not is_htmx
        forms = response.context["editor"].intervals.forms
        return [tuple(form[name].value() for name in ("weekday", "start", "end")) for form in forms]

    kept = [("0", "09:00", "10:00"), ("1", "nonsense", "")]
    assert rows(add_to="1") == [*kept, ("1", "", "")]
    assert rows(remove_row="0") == kept[1:]
    assert rows(remove_row="9") == kept
    assert rows(count="1") == kept
    assert rows(copy_from="0") == [*kept, *((str(day), "09:00", "10:00") for day in range(2, 7))]
    assert rows(copy_from="5") == kept
    assert not doctor.working_hours.exists()


@pytest.mark.parametrize(
    ("rows", "more", "visits"),
    [
        ([(0, "09:00", "10:00"), (1, "09:00", "10:10")], {}, 6),
        ([(0, "09:00", "10:00")], {"buffer_minutes": "10"}, 2),
        ([(0, "09:00", "10:00"), (1, "10:00", "9:00")], {}, 3),
        ([], {}, 0),
        ([(0, "09:00", "10:00")], {"slot_minutes": "0"}, None),
        ([(0, "09:00", "10:00"), (0, "09:30", "10:30")], {}, None),
    ],
)
def test_visits_a_week_are_counted_before_saving(
    doctor: Doctor, doctor_client: Client, rows: list[Any], more: dict[str, str], visits: int | None
) -> None:
    response = doctor_client.post(HOURS, week(*rows, **more, count="1"))
    assert response.context["editor"].visits_a_week == visits


def test_times_in_a_gap_are_said_before_saving(doctor: Doctor, doctor_client: Client) -> None:
    Doctor.objects.update(time_zone="Europe/Berlin")
    night = week((SUNDAY, "01:00", "04:00"), slot_minutes="60")
    response = doctor_client.post(HOURS, night)
    assert response.status_code == 422
    note = "2:00 am on Sunday 28 March 2027: the clocks go forward, that time does not exist."
    assert note in response.content.decode()
    assert not doctor.working_hours.exists()

    key = response.context["editor"].gaps_key
    assert doctor_client.post(HOURS, night | {"gaps_seen": "2027-03-28 03:00"}).status_code == 422
    assert doctor_client.post(HOURS, night | {"gaps_seen": key}).status_code == 302
    assert doctor.working_hours.count() == 1
    # Known by now: it stands on the page, and saving the same again asks nothing.
    assert note in doctor_client.get(HOURS).content.decode()
    assert doctor_client.post(HOURS, night).status_code == 302


def test_gap_outside_the_hours_is_not_said(doctor: Doctor, doctor_client: Client) -> None:
    Doctor.objects.update(time_zone="Europe/Berlin")
    assert doctor_client.post(HOURS, week((SUNDAY, "09:00", "12:00"))).status_code == 302


def test_hours_page_asks_few_queries_however_many_intervals(
    doctor: Doctor, doctor_client: Client
) -> None:
    def queries() -> int:
        with count_queries() as statements:
            assert doctor_client.get(HOURS).status_code == 200
        return len(statements)

    doctor.working_hours.create(weekday=0, start=dt.time(9), end=dt.time(10))
    one = queries()
    for hour in range(10, 20):
        doctor.working_hours.create(weekday=0, start=dt.time(hour), end=dt.time(hour + 1))
    assert queries() == one == 4


def test_free_slots_of_others_are_untouched(
    doctor: Doctor, other_doctor: Doctor, doctor_client: Client
) -> None:
    factories.SlotFactory(doctor=other_doctor)
    doctor_client.post(HOURS, week())
    assert other_doctor.slots.filter(status=SlotStatus.FREE).count() == 1
