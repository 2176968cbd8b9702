"""Each rule that keeps a time from being booked is named in words where the person stands.

Plain pages: nothing here needs JavaScript.
"""

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from appointments.models import Appointment
from appointments.policy_wording import notice_words
from doctors.enums import DoctorStatus, SlotStatus
from doctors.models import Doctor, Slot
from tests.factories import PatientFactory, SlotFactory, book, give_rules, hold

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]

HOUR = dt.timedelta(hours=1)
MINUTES = dt.timedelta(minutes=20)


def same_time(slot: Slot, doctor: Doctor) -> Slot:
    return SlotFactory(doctor=doctor, start=slot.start, end=slot.end)


def fill_up(doctor: Doctor, now: dt.datetime) -> None:
    give_rules(doctor, active_cap=1)
    book(SlotFactory(doctor=doctor), PatientFactory(), now=now)


RULES: dict[str, tuple[Callable[[Slot, Patient, Doctor, dt.datetime], object], str]] = {
    "taken": (
        lambda slot, patient, other, now: book(slot, PatientFactory(), now=now),
        "Somebody else has just taken that time.",
    ),
    "closed": (
        lambda slot, patient, other, now: Slot.objects.filter(pk=slot.pk).update(
            status=SlotStatus.CLOSED
        ),
        "The doctor offers that time no more.",
    ),
    "withdrawn": (
        lambda slot, patient, other, now: Slot.objects.filter(pk=slot.pk).delete(),
        "The doctor offers that time no more.",
    ),
    "full": (
        lambda slot, patient, other, now: fill_up(slot.doctor, now),
        "This doctor has as many visits booked as they take at a time.",
    ),
    "too soon": (
        lambda slot, patient, other, now: give_rules(slot.doctor, notice_minutes=10 * 24 * 60),
        "That time begins too soon: it could be booked until 10 days before.",
    ),
    "past": (
        lambda slot, patient, other, now: Slot.objects.filter(pk=slot.pk).update(
            start=now - HOUR, end=now - HOUR + MINUTES
        ),
        "That time has passed.",
    ),
    "beyond the window": (
        lambda slot, patient, other, now: give_rules(slot.doctor, window_days=2),
        "That time opens for booking on Sunday 15 November 2026.",
    ),
    "not accepting": (
        lambda slot, patient, other, now: Doctor.objects.update(accepting=False),
        "This doctor takes no bookings at the moment.",
    ),
    "inactive": (
        lambda slot, patient, other, now: User.objects.filter(pk=slot.doctor.user_id).update(
            is_active=False
        ),
        "This doctor takes no bookings at the moment.",
    ),
    "clash": (
        lambda slot, patient, other, now: book(same_time(slot, other), patient, now=now),
        "It clashes with your visit at 10:00 am with Dr Anupam Barua.",
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_pressing_a_time_says_why_not(
    slot: Slot, patient: Patient, other_doctor: Doctor, patient_client: Client, now: dt.datetime,
    rule: str,
) -> None:  # fmt: skip
    """After the calendar was opened: it would not have shown the time."""
    apply, words = RULES[rule]
    apply(slot, patient, other_doctor, now)
    answer = patient_client.post(
        reverse("appointments:reserve", args=[slot.pk]),
        {"doctor": slot.doctor_id, "reason": "Rash"},
    )
    assert answer.status_code == 409
    assert f'<h1 class="mt-1 text-3xl">{words}</h1>' in answer.content.decode()
    held = Appointment.objects.filter(patient=patient, status="pending")
    assert not held.exists()


def test_a_relatives_clash_names_the_relative(
    slot: Slot, child: Patient, other_doctor: Doctor, patient_client: Client, now: dt.datetime
) -> None:
    book(same_time(slot, other_doctor), child, now=now)
    words = "It clashes with the visit of Nila Rahman at 10:00 am with Dr Anupam Barua."
    pressed = patient_client.post(
        reverse("appointments:reserve", args=[slot.pk]), {"patient": child.pk}
    )
    assert (pressed.status_code, words in pressed.content.decode()) == (409, True)
    held = hold(slot, Patient.objects.get_self(child.user), now=now)
    chosen = patient_client.post(
        reverse("appointments:details", args=[held.pk]), {"patient": child.pk}
    )
    assert (chosen.status_code, words in chosen.content.decode()) == (409, True)


# A visit can be moved to no other time then.
NOWHERE = "not accepting", "inactive"


@pytest.mark.parametrize("rule", NOWHERE)
def test_visit_page_says_why_a_visit_can_be_moved_nowhere(
    slot: Slot, patient: Patient, other_doctor: Doctor, patient_client: Client, now: dt.datetime,
    rule: str,
) -> None:  # fmt: skip
    visit = book(slot, patient, now=now)
    apply, words = RULES[rule]
    apply(slot, patient, other_doctor, now)
    answer = patient_client.get(reverse("appointments:move", args=[visit.pk]), follow=True)
    assert answer.redirect_chain == [(reverse("appointments:detail", args=[visit.pk]), 302)]
    assert words in answer.content.decode()


@pytest.mark.parametrize("rule", sorted(set(RULES) - {"full", *NOWHERE}))
def test_moving_a_visit_says_why_not(
    slot: Slot, patient: Patient, other_doctor: Doctor, patient_client: Client, now: dt.datetime,
    rule: str,
) -> None:  # fmt: skip
    """A full doctor's visits can still be moved."""
    start = slot.start + 50 * HOUR
    visit = book(
        SlotFactory(doctor=slot.doctor, start=start, end=start + MINUTES), patient, now=now
    )
    apply, words = RULES[rule]
    apply(slot, patient, other_doctor, now)
    answer = patient_client.post(reverse("appointments:move", args=[visit.pk]), {"slot": slot.pk})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert f"{words} The visit stays where it was." in text
    visit.refresh_from_db()
    assert visit.start == start


def test_a_visitor_whose_time_was_withdrawn_is_told_on_the_calendar(
    slot: Slot, client: Client
) -> None:
    Slot.objects.all().delete()
    reserve = reverse("appointments:reserve", args=[slot.pk])
    answer = client.post(reserve, {"doctor": slot.doctor_id}, follow=True)
    assert answer.redirect_chain[0][0].startswith(
        reverse("appointments:calendar", args=[slot.doctor_id])
    )
    assert "The time you chose is no longer free." in answer.content.decode()


@pytest.mark.parametrize("named", ["nobody", "unapproved"])
def test_what_was_never_on_a_page_has_none(
    doctor: Doctor, slot: Slot, patient_client: Client, client: Client, named: str
) -> None:
    Doctor.objects.update(status=DoctorStatus.PENDING)
    pk = slot.pk if named == "unapproved" else uuid.uuid4()
    for caller in (patient_client, client):
        url = reverse("appointments:reserve", args=[pk])
        assert caller.post(url, {"doctor": doctor.pk}).status_code == 404


def test_calendar_names_the_notice(slot: Slot, client: Client) -> None:
    give_rules(slot.doctor, notice_minutes=90)
    page = client.get(reverse("appointments:calendar", args=[slot.doctor_id])).content.decode()
    assert "A time can be booked until 90 minutes before." in page


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, ""), (1, "1 minute"), (90, "90 minutes"), (60, "1 hour"), (1440, "1 day"),
     (1500, "25 hours"), (2880, "2 days")],
)  # fmt: skip
def test_notice_is_said_in_the_largest_whole_unit(minutes: int, words: str) -> None:
    assert notice_words(minutes) == words


def test_refused_page_leads_to_the_waitlist(
    slot: Slot, patient_client: Client, now: dt.datetime
) -> None:
    fill_up(slot.doctor, now)
    page = patient_client.post(reverse("appointments:reserve", args=[slot.pk])).content.decode()
    wait = reverse("appointments:wait_for_doctor", args=[slot.doctor_id])
    assert f'<a class="btn btn-primary" href="{wait}">' in page
    assert page.count(f'href="{wait}"') == 1
    assert "The nearest free times" not in page
    assert patient_client.get(wait).status_code == 200


def test_times_named_after_a_clash_do_not_clash_too(
    slot: Slot, patient: Patient, other_doctor: Doctor, patient_client: Client, now: dt.datetime
) -> None:
    """Nor does a longer one that begins before the patient's own visit and ends after it."""
    book(same_time(slot, other_doctor), patient, now=now)
    long, free = (
        SlotFactory(doctor=slot.doctor, start=start, end=start + HOUR)
        for start in (slot.start - 2 * HOUR, slot.start + HOUR)
    )
    book(
        SlotFactory(doctor=other_doctor, start=long.start + MINUTES, end=long.end - MINUTES),
        patient, now=now,
    )  # fmt: skip
    page = patient_client.post(reverse("appointments:reserve", args=[slot.pk])).content.decode()
    assert reverse("appointments:reserve", args=[free.pk]) in page
    assert reverse("appointments:reserve", args=[long.pk]) not in page
