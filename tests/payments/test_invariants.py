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
    change_fee,
    ledger,
    pay_from_wallet,
    refund_payment,
    release_fee,
    sweep_payments,
    sweep_refunds,
)
from payments.enums import (
    EntryKind,
    Memo,
    Method,
    PaymentStatus,
    Purpose,
    RefundReason,
    RefundStatus,
    RefundTo,
)
from payments.exceptions import PaymentError
from payments.invariants import CHECKS
from payments.models import JournalEntry, Payment, Refund, SimulatedRefund, Transfer, Wallet
from payments.wording import Title
from tests.factories import PatientFactory
from tests.payments.conftest import (
    APPROVED,
    CLOSED,
    CONFIRM,
    DECLINED,
    SLOW,
    SLOW_DECLINED,
    SLOW_REFUND,
    Visits,
    change,
    charge,
    deposit,
    give_back,
    visit,
)

REFUNDED = EntryKind.VISIT_REFUNDED


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
    release_fee(subject=done.subject, doctor_user=doctor.user, by=None, now=now)
    for number in (APPROVED, CLOSED):
        moved = charge(visit(patient, now), now, number)
        change(moved, now, 120_000, 121_000, key=str(moved.pk))
        change(moved, now, 121_000, 120_500, key=f"{moved.pk}:2")
        give_back(moved, now, key=str(moved.pk))
    sweep_refunds(now=now)
    give_back(charge(visit(patient, now), now), now, key="on its way")
    paid = charge(visit(patient, now), now)
    give_back(paid, now, 40_000, to=RefundTo.WALLET)
    return paid


def test_checks_pass_on_an_empty_site(db: None) -> None:
    assert breached() == set()


@pytest.mark.usefixtures("history")
def test_checks_pass_on_what_the_actions_did() -> None:
    assert breached() == set()


steps = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "deposit",
                "pay",
                "card",
                "late card",
                "to wallet",
                "to card",
                "change",
                "release",
                "sweep",
            ]
        ),
        st.integers(min_value=1, max_value=200_000),
        st.sampled_from([APPROVED, DECLINED, CONFIRM, SLOW, SLOW_DECLINED, CLOSED, SLOW_REFUND]),
    ),
    max_size=15,
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
            elif step in ("to wallet", "to card") and paid:
                refund_payment(
                    payment=paid,
                    to=RefundTo.CARD if step == "to card" else RefundTo.WALLET,
                    amount=amount,
                    reason=RefundReason.CANCELLED_BY_CLINIC,
                    by=None,
                    key=f"{subjects[-1]}:{amount}",
                    now=at,
                )
            elif step == "change":
                held = Transfer.objects.held_for(subjects[-1])
                change_fee(
                    subject=subjects[-1],
                    before=held,
                    after=amount,
                    memo=Title(Memo.FEE_MOVED),
                    by=None,
                    key=f"{subjects[-1]}:{amount}",
                    now=at,
                )
            elif step == "release":
                release_fee(subject=subjects[-1], doctor_user=doctor.user, by=None, now=at)
                subjects.append(uuid.uuid4())
            elif step == "sweep":
                sweep_payments(now=at)
                sweep_refunds(now=at)
    assert breached() == set()
    # The bank and the ledger agree about each refund it has answered.
    sent = dict(SimulatedRefund.objects.values_list("idempotency_key", "amount"))
    for refund in Refund.objects.filter(card_amount__gt=0, asked_at__isnull=False):
        assert sent.pop(refund.pk) == refund.card_amount
    assert sent == {}


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
    paid.refunds.update(amount=39_999)


def refund_elsewhere(paid: Payment) -> None:
    paid.refunds.update(card_amount=1)


def refund_into_a_strangers_wallet(paid: Payment) -> None:
    stranger = PatientFactory().user
    entry = move(paid, ledger.HELD_FEES, ledger.wallet_of(stranger.pk), "d", REFUNDED)
    add_refund(paid, entry, amount=1)


def refund_returned_without_row(paid: Payment) -> None:
    move(paid, ledger.GATEWAY, ledger.wallet_of(paid.user_id), "e", EntryKind.REFUND_RETURNED)


def refund_that_failed_and_stayed(paid: Payment) -> None:
    """The card refused it, and what came back is another refund's."""
    refund = Refund.objects.get(status=RefundStatus.PENDING)
    entry = move(paid, ledger.GATEWAY, ledger.wallet_of(paid.user_id), "f")
    refund.status, refund.returned, refund.settled_at = "failed", entry, paid.created_at
    refund.save()


def card_refunds_above_the_payment(paid: Payment) -> None:
    entry = move(paid, ledger.HELD_FEES, ledger.GATEWAY, "c", REFUNDED, 120_001)
    add_refund(paid, entry, amount=120_001, card_amount=120_001)


def card_refund_of_a_wallet_payment(paid: Payment) -> None:
    Payment.objects.filter(refunds__status=RefundStatus.PENDING).update(method=Method.WALLET)


def refund_of_a_late_payment(paid: Payment) -> None:
    paid.refunds.update(payment=Payment.objects.get(late=True))


def leftover_of_a_released_fee(paid: Payment) -> None:
    released = JournalEntry.objects.get(kind=EntryKind.VISIT_COMPLETED)
    paid.subject = released.subject
    wallet = ledger.wallet_of(paid.user_id)
    move(paid, wallet, ledger.HELD_FEES, "g", EntryKind.FEE_CHANGED)


def add_refund(paid: Payment, entry: JournalEntry, **values: int) -> None:
    Refund.objects.create(
        payment=paid,
        entry=entry,
        created_at=paid.created_at,
        settled_at=paid.created_at,
        reason=RefundReason.CANCELLED_BY_CLINIC,
        **values,
    )


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
        (refund_elsewhere, "Refunds"),
        (refund_into_a_strangers_wallet, "Refunds"),
        (refund_returned_without_row, "Refunds"),
        (refund_that_failed_and_stayed, "Refunds"),
        (card_refunds_above_the_payment, "Cards"),
        (card_refund_of_a_wallet_payment, "Cards"),
        (refund_of_a_late_payment, "Cards"),
        (leftover_of_a_released_fee, "Held fees"),
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
