"""The clinic books for a patient: now or later paid, new people, walk-ins; and the money."""

import datetime as dt
import uuid

import pytest

from accounts.models import Patient, User
from appointments.actions import (
    book_at_desk,
    cancel_for_clinic,
    complete_visit,
    enter_in_error,
    hold_slot,
    mark_no_show,
    move_visit,
    settle_visits,
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
from appointments.models import Appointment
from appointments.querysets import patients_for_desk
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from payments.enums import AccountKind, Method, PaymentStatus, Purpose, Source, Tender
from payments.models import Payment, Transfer, Wallet
from tests.appointments.desk_cast import CASH, at_desk, moved
from tests.breaches import breaches
from tests.factories import PatientFactory, SlotFactory, book, give_rules

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


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
