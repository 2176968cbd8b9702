"""The pages on which a visit is cancelled or moved, and the doctor's rules."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Patient
from appointments.models import Appointment, BookingRules
from doctors.models import Doctor, Slot
from payments.models import Wallet
from tests.conftest import count_queries
from tests.factories import SlotFactory, book, give_rules, hold

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]

SECOND = dt.timedelta(seconds=1)
HX = {"HX-Request": "true"}


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), patient, now=now)


@pytest.fixture
def target(doctor: Doctor) -> Slot:
    return SlotFactory(doctor=doctor)


def url(name: str, visit: Appointment) -> str:
    return reverse(f"appointments:{name}", args=[visit.pk])


def quote_of(page: bytes) -> str:
    return page.decode().split('name="quote" value="')[1].split('"')[0]


# --- Cancelling ------------------------------------------------------------------------------


def test_what_was_shown_is_honoured_for_ten_minutes(
    visit: Appointment, patient: Patient, patient_client: Client, clock: time_machine.Traveller
) -> None:
    limit = visit.start - dt.timedelta(hours=72)
    clock.move_to(limit - SECOND)
    quote = quote_of(patient_client.get(url("cancel", visit)).content)
    clock.move_to(limit + dt.timedelta(minutes=9))
    answer = patient_client.post(url("cancel", visit), {"reason": "", "quote": quote})
    assert answer.status_code == 302
    assert Wallet.objects.get(user=patient.user).balance == 120_000


@pytest.mark.parametrize("quote", ["", "forged", "stale"])
def test_other_quotes_are_not_honoured(
    visit: Appointment, patient_client: Client, clock: time_machine.Traveller, quote: str
) -> None:
    limit = visit.start - dt.timedelta(hours=72)
    clock.move_to(limit - dt.timedelta(minutes=20))
    shown = quote_of(patient_client.get(url("cancel", visit)).content)
    clock.move_to(limit + SECOND)
    sent = {"stale": shown, "forged": shown[:-2] + "xx"}.get(quote, quote)
    answer = patient_client.post(url("cancel", visit), {"reason": "", "quote": sent})
    assert answer.status_code == 409
    visit.refresh_from_db()
    assert visit.status == "booked"


def test_quote_of_another_visit_is_worth_nothing(
    visit: Appointment,
    doctor: Doctor,
    patient: Patient,
    patient_client: Client,
    now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:
    other = book(SlotFactory(doctor=doctor), patient, now=now)
    limit = visit.start - dt.timedelta(hours=72)
    clock.move_to(limit - SECOND)
    quote = quote_of(patient_client.get(url("cancel", other)).content)
    clock.move_to(limit + SECOND)
    answer = patient_client.post(url("cancel", visit), {"reason": "", "quote": quote})
    assert answer.status_code == 409


def test_tiers_are_shown_and_paid(
    doctor: Doctor,
    patient: Patient,
    patient_client: Client,
    now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:
    give_rules(doctor, late_refunds="24: 50")
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    clock.move_to(visit.start - dt.timedelta(hours=48))
    page = patient_client.get(url("cancel", visit)).content.decode()
    assert "৳\N{NARROW NO-BREAK SPACE}600" in page
    assert "50 % of the fee until" in page
    patient_client.post(url("cancel", visit), {"reason": "", "quote": ""})
    assert Wallet.objects.get(user=patient.user).balance == 60_000


def test_doctor_cancels_with_a_reason_and_all_goes_back(
    visit: Appointment, patient: Patient, doctor_client: Client
) -> None:
    answer = doctor_client.post(url("cancel", visit), {"reason": " "})
    assert answer.status_code == 422
    assert b"Say why: the patient reads it." in answer.content
    answer = doctor_client.post(url("cancel", visit), {"reason": "Ill"}, follow=True)
    assert b"is told and has" in answer.content
    assert Wallet.objects.get(user=patient.user).balance == 120_000


def test_cancel_page_needs_few_queries(visit: Appointment, patient_client: Client) -> None:
    with count_queries() as queries:
        patient_client.get(url("cancel", visit))
    assert len(queries) <= 7


# --- Moving ----------------------------------------------------------------------------------


def test_move_page_is_the_picker_and_moves_the_visit(
    visit: Appointment, target: Slot, patient_client: Client
) -> None:
    start = target.start.astimezone(visit.doctor.zone)
    page = patient_client.get(f"{url('move', visit)}?day={start:%Y-%m-%d}&slot={target.pk}")
    assert b"Move it here" in page.content
    assert f'action="{url("move", visit)}"' in page.content.decode()
    answer = patient_client.post(url("move", visit), {"slot": target.pk})
    assert answer["Location"] == url("detail", visit)
    detail = patient_client.get(url("detail", visit)).content.decode()
    assert "It was on" in detail
    visit.refresh_from_db()
    assert visit.slot == target


def test_links_of_the_move_page_stay_on_it(
    visit: Appointment, target: Slot, patient_client: Client
) -> None:
    fragment = patient_client.get(url("move", visit), headers=HX).content.decode()
    assert "<html" not in fragment
    assert reverse("appointments:calendar", args=[visit.doctor_id]) not in fragment
    assert f'href="{url("move", visit)}?day=' in fragment


def test_move_page_polls_with_its_version(
    visit: Appointment, target: Slot, patient_client: Client
) -> None:
    page = patient_client.get(url("move", visit))
    version = page.context["picker"].version
    again = patient_client.get(f"{url('move', visit)}?v={version}", headers=HX)
    assert again.status_code == 204


def test_moving_to_a_taken_time_is_409_with_the_picker(
    visit: Appointment,
    target: Slot,
    other_patient: Patient,
    patient_client: Client,
    now: dt.datetime,
) -> None:
    book(target, other_patient, now=now)
    answer = patient_client.post(url("move", visit), {"slot": target.pk})
    assert answer.status_code == 409
    assert b"The visit stays where it was." in answer.content


@pytest.mark.parametrize("slot", ["", "x"])
def test_moving_to_nothing_is_409(visit: Appointment, patient_client: Client, slot: str) -> None:
    answer = patient_client.post(url("move", visit), {"slot": slot})
    assert answer.status_code == 409
    assert b"Choose a time first." in answer.content


def test_too_late_to_move_says_until_when_it_could_be(
    visit: Appointment, patient_client: Client, clock: time_machine.Traveller
) -> None:
    clock.move_to(visit.start - dt.timedelta(hours=72))
    answer = patient_client.get(url("move", visit), follow=True)
    assert b"could be moved until Friday 13 November" in answer.content
    assert b"Move the visit" not in answer.content


def test_doctor_and_admin_move_too(
    visit: Appointment, target: Slot, doctor_client: Client, staff_client: Client
) -> None:
    assert doctor_client.get(url("move", visit)).status_code == 200
    assert staff_client.post(url("move", visit), {"slot": target.pk}).status_code == 302
    visit.refresh_from_db()
    assert (visit.slot, visit.moves) == (target, 0)


# --- The doctor's rules ----------------------------------------------------------------------


def test_doctor_sets_own_rules(doctor: Doctor, doctor_client: Client) -> None:
    give_rules(None, active_cap=12)
    rules = reverse("appointments:rules")
    assert 'placeholder="As the clinic: 12"' in doctor_client.get(rules).content.decode()
    answer = doctor_client.post(rules, {"late_refunds": "24: 50", "needs_acceptance": "unknown"})
    assert answer.status_code == 302
    own = BookingRules.objects.get(doctor=doctor)
    assert (own.late_refunds, own.active_cap, own.needs_acceptance) == ("24: 50", None, None)
    assert own.changed_by == doctor.user


def test_wrong_rules_are_said_beside_the_field_and_kept(
    doctor: Doctor, doctor_client: Client
) -> None:
    answer = doctor_client.post(
        reverse("appointments:rules"), {"late_refunds": "6: 50, 24: 25", "window_days": "400"}
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="6: 50, 24: 25"' in page
    assert "Write hours and percent" in page
    assert not BookingRules.objects.exists()


@pytest.mark.parametrize(
    ("clinic", "typed", "field", "said"),
    [
        ({}, {"window_days": "0"}, "window_days", "Enter 1 or more."),
        (
            {}, {"free_cancellation_hours": "0", "late_refunds": "24: 50"}, "late_refunds",
            "Cancelling is free until the visit begins: nothing comes after that.",
        ),
        (
            {}, {"late_refunds": "72: 50, 24: 25"}, "late_refunds",
            "Cancelling is free until 72 hours before the visit.",
        ),
        (
            {"free_cancellation_hours": 12}, {"late_refunds": "24: 50"}, "late_refunds",
            "Cancelling is free until 12 hours before the visit.",
        ),
        (
            {}, {"window_days": "1", "notice_minutes": "1440"}, "notice_minutes",
            "Nothing could be booked",
        ),
        ({"notice_minutes": 1440}, {"window_days": "1"}, "window_days", "Nothing could be booked"),
    ],
)  # fmt: skip
def test_rules_that_cannot_take_effect_are_refused_beside_the_field(
    doctor: Doctor,
    doctor_client: Client,
    clinic: dict[str, int],
    typed: dict[str, str],
    field: str,
    said: str,
) -> None:
    give_rules(None, **clinic)
    answer = doctor_client.post(reverse("appointments:rules"), typed)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) == [field]
    assert said in errors[field][0]
    assert not BookingRules.objects.filter(doctor=doctor).exists()


def test_rules_at_their_limits_are_saved(doctor: Doctor, doctor_client: Client) -> None:
    give_rules(None, late_refunds="24: 50")
    typed = {"window_days": "1", "notice_minutes": "1439", "free_cancellation_hours": "0"}
    # The clinic's refunds go unused then; they are not this doctor's to mend.
    assert doctor_client.post(reverse("appointments:rules"), typed).status_code == 302
    typed = {"free_cancellation_hours": "72", "late_refunds": "71: 50"}
    assert doctor_client.post(reverse("appointments:rules"), typed).status_code == 302


def test_rules_name_their_limits_to_reader_and_browser(
    doctor: Doctor, doctor_client: Client
) -> None:
    form = doctor_client.get(reverse("appointments:rules")).context["form"]
    limits = {
        "window_days": (1, 365), "active_cap": (0, 5000), "notice_minutes": (0, 20160),
        "free_cancellation_hours": (0, 720), "move_limit_hours": (0, 720),
        "moves_allowed": (0, 50), "acceptance_hours": (1, 168), "no_show_refund_percent": (0, 100),
    }  # fmt: skip
    for name, (least, most) in limits.items():
        html = str(form[name])
        assert (f'min="{least}"' in html, f'max="{most}"' in html) == (True, True), name
        assert form[name].help_text.endswith(f"{least} to {most}."), name


# --- Holds -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "to"), [("patient", "details"), ("doctor", "detail"), ("admin", "detail")]
)
def test_cancel_page_of_a_hold_leads_where_its_reader_may_be(
    doctor: Doctor,
    patient: Patient,
    now: dt.datetime,
    patient_client: Client,
    doctor_client: Client,
    staff_client: Client,
    who: str,
    to: str,
) -> None:
    slot = SlotFactory(doctor=doctor)
    held = hold(slot, patient, now=now)
    people = {"patient": patient_client, "doctor": doctor_client, "admin": staff_client}
    answer = people[who].get(url("cancel", held), follow=True)
    assert answer.redirect_chain == [(url(to, held), 302)]
    assert answer.status_code == 200
