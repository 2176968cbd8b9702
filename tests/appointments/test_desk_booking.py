"""The clinic books for a patient: now or later paid, new people, walk-ins; and the money."""

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import Patient, User
from appointments.actions import (
    book_at_desk,
    cancel_for_clinic,
    complete_visit,
    enter_in_error,
    hold_slot,
    mark_no_show,
    move_visit,
    run_absence,
    settle_visits,
    start_absence,
    take_desk_payment,
)
from appointments.enums import AppointmentStatus
from appointments.exceptions import (
    DeskRefused,
    DoctorNotAccepting,
    PatientBusy,
    SlotPast,
    SlotTaken,
)
from appointments.invariants import fees_are_held_until_settled
from appointments.models import Appointment, Proposal
from appointments.proposal_links import answer_path
from appointments.querysets import patients_for_desk
from booking_system.invariants import all_checks
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from payments.enums import AccountKind, Method, PaymentStatus, Purpose, Source, Tender
from payments.models import Payment, Transfer, Wallet
from tests.conftest import count_queries, logged_in
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

URL = reverse("appointments:desk_book")
CASH = Tender.CASH


@pytest.fixture
def slot(doctor: Doctor) -> Slot:
    return SlotFactory(doctor=doctor)


def at_desk(slot: Slot, patient: Patient, now: dt.datetime, tender: Tender | None) -> Appointment:
    return book_at_desk(
        slot_id=slot.pk, patient=patient, tender=tender, reason="", by=slot.doctor.user, now=now
    )


def breaches() -> list[str]:
    return [breach for check in all_checks().values() for breach in check()]


def moved(debit: AccountKind, credit: AccountKind) -> int:
    found = Transfer.objects.filter(debit__kind=debit, credit__kind=credit)
    return sum(found.values_list("amount", flat=True))


def test_paid_at_once_the_money_goes_from_desk_to_held_fees(
    slot: Slot, patient: Patient, now: dt.datetime
) -> None:
    visit = at_desk(slot, patient, now, CASH)
    slot.refresh_from_db()
    assert (visit.status, slot.status) == (AppointmentStatus.BOOKED, SlotStatus.BUSY)
    assert (visit.patient, visit.booked_by) == (patient, patient.user)
    assert visit.transitions.last().by == slot.doctor.user
    payment = Payment.objects.get()
    assert (payment.method, payment.source, payment.amount) == (Method.DESK, Source.CASH, 120_000)
    assert moved(AccountKind.CASH_DESK, AccountKind.HELD_FEES) == 120_000
    kinds = OutboxMessage.objects.filter(user=patient.user).values_list("kind", flat=True)
    assert set(kinds) == {"payment_receipt", "visit_confirmed"}
    assert breaches() == []


def test_paid_later_nothing_moves_before_and_the_doctor_earns_after(
    slot: Slot, patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    visit = at_desk(slot, patient, now, None)
    assert Appointment.objects.with_debt().get().owes_fee is True
    assert not Transfer.objects.exists()
    assert breaches() == []
    complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.end)
    later = visit.end + dt.timedelta(hours=1)
    settle_visits(now=later)
    assert not Transfer.objects.exists(), "not earned until it is paid"
    assert breaches() == []
    for _again in range(2):
        take_desk_payment(
            appointment_id=visit.pk, tender=Tender.TERMINAL, by=doctor.user, now=later
        )
    assert Payment.objects.get().source == Source.TERMINAL
    assert moved(AccountKind.CASH_DESK, AccountKind.HELD_FEES) == 120_000
    assert moved(AccountKind.HELD_FEES, AccountKind.EARNINGS) == 108_000
    assert Appointment.objects.with_debt().get().owes_fee is False
    assert breaches() == []


def test_unpaid_visit_is_no_breach_where_somebody_made_a_deposit(
    slot: Slot, patient: Patient, now: dt.datetime
) -> None:
    # A deposit is for no visit: its subject is null, which makes SQL's NOT IN answer nothing.
    Payment.objects.create(
        user=patient.user,
        purpose=Purpose.DEPOSIT,
        method=Method.CARD,
        amount=1,
        currency="BDT",
        status=PaymentStatus.SUCCEEDED,
        idempotency_key=uuid.uuid4(),
        created_at=now,
        charged_at=now,
        settled_at=now,
    )
    at_desk(slot, patient, now, None)
    assert list(fees_are_held_until_settled()) == []


def test_unpaid_and_cancelled_gives_nothing_back(
    slot: Slot, patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    visit = at_desk(slot, patient, now, None)
    back = cancel_for_clinic(appointment_id=visit.pk, reason="Ill", by=doctor.user, now=now)
    assert back == 0
    assert not Transfer.objects.exists()
    with pytest.raises(DeskRefused):
        take_desk_payment(appointment_id=visit.pk, tender=CASH, by=doctor.user, now=now)
    assert breaches() == []


def test_paid_at_the_desk_and_cancelled_is_paid_back_into_the_wallet(
    slot: Slot, patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    visit = at_desk(slot, patient, now, CASH)
    cancel_for_clinic(appointment_id=visit.pk, reason="Ill", by=doctor.user, now=now)
    assert Wallet.objects.get(user=patient.user).balance == 120_000
    assert breaches() == []


def test_unpaid_no_show_and_moved_visits_keep_the_ledger_right(
    slot: Slot, patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    visit = at_desk(slot, patient, now, None)
    Doctor.objects.filter(pk=doctor.pk).update(fee=150_000)
    target = SlotFactory(doctor=doctor)
    move_visit(appointment_id=visit.pk, slot_id=target.pk, by=patient.user, now=now)
    visit.refresh_from_db()
    assert visit.fee == 150_000
    mark_no_show(appointment_id=visit.pk, by=doctor.user, now=visit.end)
    assert not Transfer.objects.exists()
    assert breaches() == []


def test_window_notice_cap_and_acceptance_do_not_bind_the_clinic(
    patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    give_rules(doctor, needs_acceptance=True, active_cap=1, notice_minutes=600, window_days=2)
    Doctor.objects.filter(pk=doctor.pk).update(accepting=False)
    soon = SlotFactory(doctor=doctor, start=now + dt.timedelta(minutes=10))
    far = SlotFactory(doctor=doctor, start=now + dt.timedelta(days=40))
    assert at_desk(soon, patient, now, None).status == AppointmentStatus.BOOKED
    assert at_desk(far, patient, now, None).status == AppointmentStatus.BOOKED


def test_overlap_past_and_others_holds_do_bind_the_clinic(
    slot: Slot, patient: Patient, other_patient: Patient, doctor: Doctor,
    other_doctor: Doctor, now: dt.datetime,
) -> None:  # fmt: skip
    at_desk(slot, patient, now, None)
    same = SlotFactory(doctor=other_doctor, start=slot.start, end=slot.end)
    with pytest.raises(PatientBusy):
        at_desk(same, patient, now, None)
    with pytest.raises(SlotTaken):
        at_desk(slot, other_patient, now, None)
    with pytest.raises(SlotTaken):
        book_at_desk(
            slot_id=uuid.uuid4(), patient=patient, tender=None, reason="", by=doctor.user, now=now
        )
    hold_slot(slot_id=same.pk, patient=other_patient, by=other_patient.user, now=now)
    with pytest.raises(SlotTaken):
        at_desk(same, PatientFactory(), now, None)
    begun = SlotFactory(doctor=doctor, start=now - dt.timedelta(minutes=5))
    assert at_desk(begun, other_patient, now, CASH).start < now, "who walks in"
    with pytest.raises(SlotPast):
        at_desk(SlotFactory(doctor=doctor, start=now - dt.timedelta(hours=1)), patient, now, None)
    Doctor.objects.filter(pk=doctor.pk).update(status="pending")
    with pytest.raises(DoctorNotAccepting):
        at_desk(SlotFactory(doctor=doctor), patient, now, None)
    assert breaches() == []


def test_the_same_again_answers_the_same_visit(
    slot: Slot, patient: Patient, now: dt.datetime
) -> None:
    assert at_desk(slot, patient, now, CASH) == at_desk(slot, patient, now, CASH)
    assert Payment.objects.count() == 1


def test_only_the_clinic_books_and_takes_money(
    slot: Slot, patient: Patient, other_doctor: Doctor, now: dt.datetime
) -> None:
    visit = at_desk(slot, patient, now, None)
    for stranger in (patient.user, other_doctor.user):
        with pytest.raises(PermissionError):
            take_desk_payment(appointment_id=visit.pk, tender=CASH, by=stranger, now=now)
        with pytest.raises(PermissionError):
            book_at_desk(
                slot_id=SlotFactory(doctor=slot.doctor).pk, patient=patient, tender=None,
                reason="", by=stranger, now=now,
            )  # fmt: skip


def test_a_doctor_finds_own_patients_by_name_and_others_by_what_they_say(
    slot: Slot, patient: Patient, other_patient: Patient, doctor: Doctor, admin: User,
    other_doctor: Doctor, now: dt.datetime,
) -> None:  # fmt: skip
    visit = book(SlotFactory(doctor=other_doctor), other_patient, now=now)
    at_desk(slot, patient, now, None)

    def found(by: User, words: str) -> list[Patient]:
        return list(patients_for_desk(by, words))

    assert found(doctor.user, "sadia") == [patient]
    assert found(doctor.user, "tanvir") == []
    assert found(doctor.user, "TANVIR@example.org") == [other_patient]
    assert found(doctor.user, visit.reference) == [other_patient]
    assert found(admin, "tanv ahm") == [other_patient]
    assert found(admin, " ") == []


# --- The page --------------------------------------------------------------------------------


def form(slot: Slot, patient: object, **typed: str) -> dict[str, object]:
    return {"patient": patient, "slot": slot.pk, "reason": "Fever", "paid": "later", **typed}


def on_day(slot: Slot, words: str = "") -> str:
    return f"{URL}?day={slot.start:%Y-%m-%d}&q={words}&doctor={slot.doctor_id}"


def test_admin_books_somebody_found(slot: Slot, patient: Patient, staff_client: Client) -> None:
    page = staff_client.get(on_day(slot, "sadia")).content.decode()
    assert "sadia@example.org" in page
    assert "10:00 am" in page
    response = staff_client.post(on_day(slot, "sadia"), form(slot, patient.pk), follow=True)
    visit = Appointment.objects.get()
    assert (visit.patient, visit.reason, visit.pay_at_desk) == (patient, "Fever", True)
    assert "to pay at the desk" in response.content.decode()


def test_doctor_books_somebody_new_who_is_invited(slot: Slot, doctor_client: Client) -> None:
    typed = form(slot, "new", name="Rafi Hasan", email="rafi@example.org", paid="cash")
    assert doctor_client.post(on_day(slot), typed).status_code == 302
    visit = Appointment.objects.get()
    assert visit.patient.name == "Rafi Hasan"
    assert not visit.booked_by.has_usable_password()
    kinds = OutboxMessage.objects.filter(user=visit.booked_by).values_list("kind", flat=True)
    assert set(kinds) == {"invitation", "payment_receipt", "visit_confirmed"}
    assert breaches() == []


def test_a_new_patient_can_have_a_mobile_number(slot: Slot, doctor_client: Client) -> None:
    typed = form(slot, "new", name="Rafi Hasan", email="rafi@example.org", mobile="01812 345678")
    assert doctor_client.post(on_day(slot), typed).status_code == 302
    visit = Appointment.objects.get()
    assert str(visit.booked_by.mobile) == "+8801812345678"
    page = doctor_client.get(reverse("appointments:detail", args=[visit.pk])).content.decode()
    assert "tel:+880-1812-345678" in page


def test_only_what_may_stay_empty_is_called_optional(slot: Slot, staff_client: Client) -> None:
    page = staff_client.get(on_day(slot)).content.decode()
    fields = re.findall(r'<label class="label" for="id_(\w+)">[^<]*(<small>)?', page)
    optional = {name: bool(mark) for name, mark in fields}
    wanted = {
        "name": False, "email": True, "mobile": True, "extra_start": False,
        "extra_minutes": False, "reason": True,
    }  # fmt: skip
    assert {name: optional[name] for name in wanted} == wanted


def test_an_invited_patient_gets_a_code_for_a_password(
    slot: Slot, doctor_client: Client, client: Client
) -> None:
    typed = form(slot, "new", name="Rafi Hasan", email="rafi@example.org")
    doctor_client.post(on_day(slot), typed)
    client.post(reverse("account_reset_password"), {"email": "rafi@example.org"})
    assert OutboxMessage.objects.filter(kind="password_reset_code").count() == 1


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ({"name": "", "email": "x@example.org"}, 422, "A new patient needs this."),
        ({"name": "Rafi", "email": ""}, 422, "Give a mobile number or an e-mail address, or both."),
        ({"name": "Rafi", "email": "no address"}, 422, "Enter a valid email address."),
        ({"name": "Rafi", "email": "sadia@example.org"}, 409, "has this address already"),
        ({"name": "R", "email": "r@example.org", "mobile": "12"}, 422, "That is no phone number."),
        (
            {"name": "R", "email": "r@example.org", "mobile": "+8802222222222"},
            422,
            "That is no mobile number of Bangladesh",
        ),
        (
            {"name": "R", "email": "r@example.org", "mobile": "01712-345678"},
            409,
            "Somebody has this number already: search for it to find them.",
        ),
    ],
)
def test_what_is_wrong_with_a_new_patient_is_said_and_nothing_is_booked(
    slot: Slot, patient: Patient, staff_client: Client, typed: dict[str, str], status: int,
    said: str,
) -> None:  # fmt: skip
    User.objects.filter(pk=patient.user_id).update(mobile="+8801712345678")
    response = staff_client.post(on_day(slot), form(slot, "new", **typed))
    assert response.status_code == status
    assert said in response.content.decode()
    assert not Appointment.objects.exists()
    assert Patient.objects.count() == 1


def test_a_taken_time_makes_no_account(
    slot: Slot, patient: Patient, staff_client: Client, now: dt.datetime
) -> None:
    address = on_day(slot)
    at_desk(slot, patient, now, None)
    typed = form(slot, "new", name="Rafi", email="rafi@example.org")
    response = staff_client.post(address, typed)
    assert response.status_code == 422
    SlotFactory(doctor=slot.doctor)
    assert staff_client.post(address, typed).status_code == 422
    assert not User.objects.filter(email="rafi@example.org").exists()


def test_a_patient_who_was_not_found_is_not_booked(
    slot: Slot, patient: Patient, doctor_client: Client
) -> None:
    assert doctor_client.post(on_day(slot, "sadia"), form(slot, patient.pk)).status_code == 422
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("count", [1, 30])
def test_page_needs_a_fixed_number_of_queries(
    doctor: Doctor, staff_client: Client, count: int
) -> None:
    for number in range(count):
        PatientFactory(name=f"Karim {number}")
        last = SlotFactory(doctor=doctor)
    with count_queries() as queries:
        response = staff_client.get(on_day(last, "karim"))
    assert response.content.decode().count('name="slot"') == count + 1
    assert len(queries) <= 6


def test_desk_marks_a_visit_paid(
    slot: Slot, patient: Patient, now: dt.datetime, doctor_client: Client
) -> None:
    visit = at_desk(slot, patient, now, None)
    page = reverse("appointments:detail", args=[visit.pk])
    assert "Paid: Cash" in doctor_client.get(page).content.decode()
    assert "Paid: Cash" not in logged_in(patient.user).get(page).content.decode()
    pay = reverse("appointments:desk_pay", args=[visit.pk])
    doctor_client.post(pay, {"tender": "shells"})
    assert not Payment.objects.exists()
    doctor_client.post(pay, {"tender": "cash"})
    assert Payment.objects.get().source == "cash"
    assert "to pay at the desk" not in doctor_client.get(page).content.decode()


def test_cancelling_an_unpaid_visit_says_that_nothing_is_owed(
    slot: Slot, patient: Patient, now: dt.datetime, patient_client: Client
) -> None:
    visit = at_desk(slot, patient, now, None)
    page = reverse("appointments:cancel", args=[visit.pk])
    text = patient_client.get(page).content.decode()
    assert "Nothing was paid yet" in text
    assert "Back to your wallet" not in text
    patient_client.post(page, {"reason": "Travelling"})
    mail = OutboxMessage.objects.get(kind="visit_cancelled")
    assert (mail.facts["to_pay"], mail.facts["refunded"]) == (True, 0)
    assert "Nothing paid" in patient_client.get(reverse("appointments:list")).content.decode()


def test_an_unpaid_visit_entered_in_error_after_settling(
    slot: Slot, patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    visit = at_desk(slot, patient, now, None)
    complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.end)
    later = visit.end + dt.timedelta(hours=1)
    settle_visits(now=later)
    enter_in_error(appointment_id=visit.pk, reason="Wrong one", by=doctor.user, now=later)
    visit.refresh_from_db()
    assert visit.status == AppointmentStatus.ENTERED_IN_ERROR
    assert not Transfer.objects.exists()
    assert breaches() == []


def test_page_of_an_error_says_nothing_of_a_fee_that_was_never_paid(
    slot: Slot,
    patient: Patient,
    doctor: Doctor,
    doctor_client: Client,
    now: dt.datetime,
    clock: time_machine.Traveller,
) -> None:
    visit = at_desk(slot, patient, now, None)
    complete_visit(appointment_id=visit.pk, by=doctor.user, now=visit.end)
    clock.move_to(visit.end)
    url = reverse("appointments:error", args=[visit.pk])
    assert "goes back" not in doctor_client.get(url).content.decode()
    page = doctor_client.post(url, {"reason": "Wrong one"}, follow=True).content.decode()
    assert "Entered in error" in page
    assert "The fee is back" not in page


def test_unpaid_visit_of_an_absent_doctor_promises_no_money(
    slot: Slot, patient: Patient, doctor: Doctor, now: dt.datetime, client: Client
) -> None:
    at_desk(slot, patient, now, None)
    absence = start_absence(
        key=uuid.uuid4(), doctor_id=doctor.pk, start=slot.start, end=slot.end, patient=None,
        reason="Flu", offers_times=True, by=doctor.user, now=now,
    )  # fmt: skip
    run_absence(absence_id=absence.pk, now=now)
    proposal = Proposal.objects.get()
    mail = OutboxMessage.objects.get(kind="times_proposed")
    parts = render_message(mail)
    for text in (parts.text, parts.html):
        assert "back in your wallet" not in text
        assert "back:" not in text
    page = answer_path(proposal)
    assert "back in your wallet" not in (text := client.get(page).content.decode())
    assert "Get ৳" not in text
    client.post(page, {"answer": "refund"})
    assert "back in your wallet" not in client.get(page).content.decode()


def test_moving_an_unpaid_visit_takes_nothing_from_the_wallet(
    slot: Slot, patient: Patient, doctor: Doctor, now: dt.datetime, patient_client: Client
) -> None:
    give_rules(doctor, move_limit_hours=1)
    visit = at_desk(slot, patient, now, None)
    doctor.fee += 10_000
    doctor.save()
    text = patient_client.get(reverse("appointments:move", args=[visit.pk])).content.decode()
    assert "You paid" not in text
    assert "still to be paid, at the desk" in text


def test_missed_visit_paid_later_is_shared_by_its_terms(
    slot: Slot, patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    give_rules(doctor, no_show_refund_percent=50)
    visit = at_desk(slot, patient, now, None)
    mark_no_show(appointment_id=visit.pk, by=doctor.user, now=visit.end)
    later = visit.end + dt.timedelta(hours=1)
    settle_visits(now=later)
    for _again in range(2):
        take_desk_payment(appointment_id=visit.pk, tender=CASH, by=doctor.user, now=later)
    assert Wallet.objects.get(user=patient.user).balance == 60_000
    assert moved(AccountKind.HELD_FEES, AccountKind.EARNINGS) == 54_000
    assert breaches() == []
