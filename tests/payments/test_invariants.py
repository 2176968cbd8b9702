"""The checks pass on what the actions do, and each one notices what it is there for."""

import contextlib
import datetime as dt
import uuid
from collections.abc import Callable

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Patient
from doctors.models import Doctor
from payments.actions import (
    ledger,
    pay_from_wallet,
    refund_to_wallet,
    release_fee,
    sweep_payments,
)
from payments.enums import EntryKind, PaymentStatus, Purpose
from payments.exceptions import PaymentError
from payments.invariants import CHECKS
from payments.models import JournalEntry, Payment, Refund, Transfer, Wallet
from tests.payments.conftest import (
    APPROVED,
    CONFIRM,
    DECLINED,
    SLOW,
    SLOW_DECLINED,
    Visits,
    charge,
    deposit,
    visit,
)


def breached() -> set[str]:
    return {name for name, check in CHECKS.items() if list(check())}


@pytest.fixture
def history(patient: Patient, doctor: Doctor, now: dt.datetime, visits: Visits) -> Payment:
    """A bit of everything; answers a paid visit of which a third was given back."""
    charge(deposit(patient, now), now)
    charge(deposit(patient, now), now, DECLINED)
    charge(deposit(patient, now), now, CONFIRM)
    deposit(patient, now)
    visits.wanted = False
    charge(visit(patient, now), now)
    visits.wanted = True
    done = charge(visit(patient, now), now)
    release_fee(subject=done.subject, amount=done.amount, doctor_user=doctor.user, by=None, now=now)
    paid = charge(visit(patient, now), now)
    refund_to_wallet(payment=paid, amount=40_000, reason="", by=None, key="a", now=now)
    return paid


def test_checks_pass_on_an_empty_site(db: None) -> None:
    assert breached() == set()


@pytest.mark.usefixtures("history")
def test_checks_pass_on_what_the_actions_did() -> None:
    assert breached() == set()


steps = st.lists(
    st.tuples(
        st.sampled_from(["deposit", "pay", "card", "late card", "refund", "release", "sweep"]),
        st.integers(min_value=1, max_value=200_000),
        st.sampled_from([APPROVED, DECLINED, CONFIRM, SLOW, SLOW_DECLINED]),
    ),
    max_size=12,
)


@given(steps=steps)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_checks_pass_after_any_actions_in_any_order(
    patient: Patient,
    doctor: Doctor,
    now: dt.datetime,
    visits: Visits,
    bank_clock: time_machine.Traveller,
    steps: list[tuple[str, int, str]],
) -> None:
    """Refusals are part of it; examples go on where the last one ended."""
    subjects = [uuid.uuid4()]
    for step, amount, number in steps:
        bank_clock.shift(dt.timedelta(minutes=1))
        at = timezone.now()
        visits.wanted = step != "late card"
        paid = Payment.objects.filter(subject=subjects[-1], status=PaymentStatus.SUCCEEDED).first()
        with contextlib.suppress(PaymentError):
            if step == "deposit":
                charge(deposit(patient, at, amount), at, number)
            elif step == "pay":
                pay_from_wallet(
                    user=patient.user,
                    purpose=Purpose.APPOINTMENT,
                    subject=subjects[-1],
                    amount=amount,
                    idempotency_key=uuid.uuid4(),
                    now=at,
                )
            elif step in ("card", "late card"):
                charge(visit(patient, at, subjects[-1]), at, number)
            elif step == "refund" and paid:
                refund_to_wallet(
                    payment=paid,
                    amount=amount,
                    reason="",
                    by=None,
                    key=f"{subjects[-1]}:{amount}",
                    now=at,
                )
            elif step == "release":
                release_fee(
                    subject=subjects[-1], amount=amount, doctor_user=doctor.user, by=None, now=at
                )
                subjects.append(uuid.uuid4())
            elif step == "sweep":
                sweep_payments(now=at)
    assert breached() == set()


def wrong_balance(paid: Payment) -> None:
    Wallet.objects.filter(user=paid.user).update(balance=1)


def entry_without_transfer(paid: Payment) -> None:
    JournalEntry.objects.create(
        kind=EntryKind.DEPOSIT, idempotency_key="empty", created_at=paid.created_at
    )


def payment_without_entry(paid: Payment) -> None:
    Payment.objects.filter(status=PaymentStatus.FAILED).update(status=PaymentStatus.SUCCEEDED)


def entry_without_payment(paid: Payment) -> None:
    Payment.objects.filter(pk=paid.pk).update(status=PaymentStatus.FAILED)


def entry_of_nobody(paid: Payment) -> None:
    move(paid, ledger.GATEWAY, ledger.COMMISSION, f"payment:{uuid.uuid4()}")


def held_of_no_subject(paid: Payment) -> None:
    paid.subject = None
    move(paid, ledger.HELD_FEES, ledger.COMMISSION, "no-subject")


def fee_taken_by_nobody(paid: Payment) -> None:
    move(paid, ledger.HELD_FEES, ledger.COMMISSION, "taken")


def refund_without_row(paid: Payment) -> None:
    move(paid, ledger.HELD_FEES, ledger.wallet_of(paid.user_id), "b", EntryKind.VISIT_REFUNDED)


def refund_of_another_amount(paid: Payment) -> None:
    Refund.objects.update(amount=39_999)


def refunds_above_the_payment(paid: Payment) -> None:
    entry = move(paid, ledger.GATEWAY, ledger.COMMISSION, "c", EntryKind.VISIT_REFUNDED, 80_001)
    Refund.objects.create(payment=paid, amount=80_001, entry=entry, created_at=paid.created_at)


def move(
    paid: Payment,
    debit: ledger.AccountName,
    credit: ledger.AccountName,
    key: str,
    kind: EntryKind = EntryKind.DEPOSIT,
    amount: int = 1,
) -> JournalEntry:
    return ledger.record_entry(
        kind=kind,
        key=key,
        moves=[ledger.Move(debit, credit, amount)],
        currency="BDT",
        subject=paid.subject,
        now=paid.created_at,
    )


@pytest.mark.parametrize(
    ("breach", "named"),
    [
        (wrong_balance, "Wallets' balances"),
        (entry_without_transfer, "Journal entries"),
        (payment_without_entry, "Succeeded payments"),
        (entry_without_payment, "Succeeded payments"),
        (entry_of_nobody, "Succeeded payments"),
        (held_of_no_subject, "Held fees"),
        (fee_taken_by_nobody, "Held fees"),
        (refund_without_row, "Held fees"),
        (refund_of_another_amount, "Refunds"),
        (refunds_above_the_payment, "Refunds"),
    ],
)
def test_breach_is_noticed(history: Payment, breach: Callable[[Payment], None], named: str) -> None:
    breach(history)
    assert any(name.startswith(named) for name in breached())


def test_transfer_between_currencies_is_noticed(patient: Patient, now: dt.datetime) -> None:
    accounts = ledger.open_accounts([ledger.GATEWAY], "BDT")
    others = ledger.open_accounts([ledger.COMMISSION], "EUR")
    entry = JournalEntry.objects.create(
        kind=EntryKind.DEPOSIT, idempotency_key="mixed", created_at=now
    )
    Transfer.objects.create(
        entry=entry,
        debit_id=accounts[ledger.GATEWAY],
        credit_id=others[ledger.COMMISSION],
        amount=1,
    )
    assert breached() == {"Journal entries move money between accounts"}
