"""Held fees go back to the payer or on to the doctor, never more than was paid, never twice."""

import datetime as dt
import uuid

import pytest
from django.db.models import Sum
from pytest_django.fixtures import Settings

from accounts.models import Patient
from doctors.models import Doctor
from payments.actions import pay_from_wallet, refund_payment, release_fee
from payments.enums import AccountKind, EntryKind, PaymentStatus, Purpose, RefundReason, RefundTo
from payments.exceptions import AlreadyPaid, FeeNotHeld, InsufficientFunds, KeyReused, NotRefundable
from payments.models import JournalEntry, Payment, Refund, Transfer
from tests.conftest import count_queries
from tests.payments.conftest import Visits, balance, fund

pytestmark = pytest.mark.usefixtures("visits")


def pay(patient: Patient, now: dt.datetime, amount: int = 120_000, **changes: object) -> Payment:
    values: dict = {
        "user": patient.user,
        "purpose": Purpose.APPOINTMENT,
        "subject": uuid.uuid4(),
        "amount": amount,
        "idempotency_key": uuid.uuid4(),
        "now": now,
        **changes,
    }
    return pay_from_wallet(**values)


def account_total(kind: AccountKind) -> int:
    came = Transfer.objects.filter(credit__kind=kind).aggregate(sum=Sum("amount", default=0))
    left = Transfer.objects.filter(debit__kind=kind).aggregate(sum=Sum("amount", default=0))
    return came["sum"] - left["sum"]


def give_back(payment: Payment, amount: int, now: dt.datetime, key: str = "a") -> Refund:
    return refund_payment(
        payment=payment,
        to=RefundTo.WALLET,
        amount=amount,
        reason=RefundReason.CANCELLED_BY_PATIENT,
        by=payment.user,
        key=key,
        now=now,
    )


def test_paying_moves_the_fee_into_the_held_fees(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    fund(patient.user, 200_000)
    payment = pay(patient, now)
    assert (payment.status, payment.settled_at) == (PaymentStatus.SUCCEEDED, now)
    assert balance(patient.user) == 80_000
    assert Transfer.objects.held_for(payment.subject) == 120_000
    entry = JournalEntry.objects.get(subject=payment.subject)
    assert (entry.kind, entry.words) == (EntryKind.VISIT_PAID, "Visit with Dr Farzana Kabir")
    assert visits.calls == []


def test_paying_takes_six_queries(patient: Patient, now: dt.datetime) -> None:
    """Payment, accounts, entry, balance, transfer, receipt."""
    fund(patient.user, 200_000)
    pay(patient, now, amount=1)
    with count_queries() as queries:
        pay(patient, now, amount=1)
    assert len(queries) == 6


def test_paying_again_with_the_key_returns_the_first_payment(
    patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 200_000)
    subject, key = uuid.uuid4(), uuid.uuid4()
    first = pay(patient, now, subject=subject, idempotency_key=key)
    second = pay(patient, now, subject=subject, idempotency_key=key)
    assert first == second
    assert balance(patient.user) == 80_000


def test_a_key_used_for_something_else_is_refused(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 200_000)
    key = uuid.uuid4()
    pay(patient, now, idempotency_key=key, amount=1)
    with pytest.raises(KeyReused):
        pay(patient, now, idempotency_key=key, amount=2)
    assert balance(patient.user) == 199_999


def test_the_same_key_of_two_people_is_two_payments(
    patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 5)
    fund(other_patient.user, 5)
    key = uuid.uuid4()
    assert pay(patient, now, idempotency_key=key, amount=5) != pay(
        other_patient, now, idempotency_key=key, amount=5
    )


def test_a_subject_is_paid_once(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 200_000)
    subject = uuid.uuid4()
    pay(patient, now, subject=subject, amount=1)
    with pytest.raises(AlreadyPaid):
        pay(patient, now, subject=subject, amount=1)
    assert balance(patient.user) == 199_999


def test_paying_more_than_the_balance_leaves_no_payment(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 119_999)
    with pytest.raises(InsufficientFunds) as refusal:
        pay(patient, now)
    assert (refusal.value.balance, refusal.value.amount) == (119_999, 120_000)
    assert Payment.objects.count() == 0


def test_paying_without_a_wallet_is_insufficient_funds(patient: Patient, now: dt.datetime) -> None:
    with pytest.raises(InsufficientFunds) as refusal:
        pay(patient, now)
    assert refusal.value.balance == 0


def test_refund_comes_back_into_the_wallet(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 120_000)
    payment = pay(patient, now)
    refund = give_back(payment, 120_000, now)
    assert (refund.amount, refund.reason, refund.entry.kind) == (
        120_000,
        RefundReason.CANCELLED_BY_PATIENT,
        EntryKind.VISIT_REFUNDED,
    )
    assert balance(patient.user) == 120_000
    assert Transfer.objects.held_for(payment.subject) == 0


def test_refund_with_a_repeated_key_happens_once(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 120_000)
    payment = pay(patient, now)
    assert give_back(payment, 50_000, now) == give_back(payment, 50_000, now)
    assert balance(patient.user) == 50_000


def test_refunds_together_never_exceed_the_payment(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 120_000)
    payment = pay(patient, now)
    give_back(payment, 100_000, now, key="a")
    with pytest.raises(NotRefundable, match="200 of this payment can be given back, not"):
        give_back(payment, 20_001, now, key="b")
    give_back(payment, 20_000, now, key="b")
    assert balance(patient.user) == 120_000


@pytest.mark.parametrize("amount", [0, -1])
def test_refund_of_nothing_is_refused(patient: Patient, now: dt.datetime, amount: int) -> None:
    fund(patient.user, 120_000)
    payment = pay(patient, now)
    with pytest.raises(NotRefundable):
        give_back(payment, amount, now)


@pytest.mark.parametrize(
    ("fee", "percent", "earned", "commission"),
    [
        (120_000, 10, 108_000, 12_000),
        (5, 10, 4, 1),  # half a unit, rounded up
        (4, 10, 4, 0),
        (100, 0, 100, 0),
        (100, 100, 0, 100),
    ],
)
def test_release_splits_the_fee_between_doctor_and_site(
    patient: Patient,
    doctor: Doctor,
    now: dt.datetime,
    settings: Settings,
    fee: int,
    percent: int,
    earned: int,
    commission: int,
) -> None:
    settings.COMMISSION_PERCENT = percent
    fund(patient.user, fee)
    payment = pay(patient, now, amount=fee)
    for _twice in range(2):
        release_fee(subject=payment.subject, doctor_user=doctor.user, by=doctor.user, now=now)
    assert account_total(AccountKind.EARNINGS) == earned
    assert account_total(AccountKind.COMMISSION) == commission
    assert account_total(AccountKind.HELD_FEES) == 0


def test_a_released_fee_can_not_be_given_back(
    patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    fund(patient.user, 240_000)
    payment = pay(patient, now)
    pay(patient, now)  # somebody else's money is held too, and stays
    release_fee(subject=payment.subject, doctor_user=doctor.user, by=None, now=now)
    with pytest.raises(NotRefundable):
        give_back(payment, 1, now)
    assert account_total(AccountKind.HELD_FEES) == 120_000


def test_a_refunded_fee_can_not_be_released(
    patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    fund(patient.user, 120_000)
    payment = pay(patient, now)
    give_back(payment, 120_000, now)
    with pytest.raises(FeeNotHeld, match="given back"):
        release_fee(subject=payment.subject, doctor_user=doctor.user, by=None, now=now)


def test_what_was_not_given_back_of_a_fee_is_released(
    patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    fund(patient.user, 120_000)
    payment = pay(patient, now)
    give_back(payment, 20_000, now)
    release_fee(subject=payment.subject, doctor_user=doctor.user, by=None, now=now)
    assert account_total(AccountKind.EARNINGS) == 90_000
    assert account_total(AccountKind.HELD_FEES) == 0


def test_an_unpaid_visit_has_no_fee_to_release(doctor: Doctor, now: dt.datetime) -> None:
    with pytest.raises(FeeNotHeld, match="not been paid"):
        release_fee(subject=uuid.uuid4(), doctor_user=doctor.user, by=None, now=now)
