"""A fee that changes while the visit is ahead: the difference moves, once."""

import datetime as dt
import uuid

import pytest

from accounts.models import Patient
from booking_system.badges import badge_of
from doctors.models import Doctor
from payments import actions
from payments.enums import AccountKind, EntryKind, RefundTo
from payments.exceptions import FeeNotHeld, InsufficientFunds
from payments.models import JournalEntry, Payment, Transfer
from payments.receipts import receipt_rows
from payments.wallet_history import wallet_history
from tests.conftest import count_queries
from tests.payments.conftest import balance, change, charge, fund, give_back, visit

pytestmark = pytest.mark.usefixtures("visits")
CARD = "Paid by card ending 4242"
FEE_MOVED = "Visit moved: the fee is another one now"


@pytest.fixture
def paid(patient: Patient, now: dt.datetime) -> Payment:
    """A visit of 1,200 by card; the payer has 500 in the wallet."""
    fund(patient.user, 50_000)
    return charge(visit(patient, now), now)


def test_dearer_visit_takes_the_difference_from_the_wallet(paid: Payment, now: dt.datetime) -> None:
    entry = change(paid, now, 120_000, 150_000)
    assert entry
    assert (entry.kind, entry.subject, entry.by) == (
        EntryKind.FEE_CHANGED,
        paid.subject,
        paid.user,
    )
    assert balance(paid.user) == 20_000
    assert Transfer.objects.held_for(paid.subject) == 150_000


def test_cheaper_visit_gives_the_difference_back(paid: Payment, now: dt.datetime) -> None:
    change(paid, now, 120_000, 100_000)
    assert balance(paid.user) == 70_000
    assert Transfer.objects.held_for(paid.subject) == 100_000


def test_same_fee_moves_nothing(paid: Payment, now: dt.datetime) -> None:
    assert change(paid, now, 120_000, 120_000) is None
    assert balance(paid.user) == 50_000


@pytest.mark.parametrize("after", [150_000, 100_000])
def test_repeated_key_moves_the_difference_once(
    paid: Payment, now: dt.datetime, after: int
) -> None:
    first = change(paid, now, 120_000, after)
    assert change(paid, now, 120_000, after) == first
    assert Transfer.objects.held_for(paid.subject) == after


def test_too_little_in_the_wallet_is_said_and_changes_nothing(
    paid: Payment, now: dt.datetime
) -> None:
    with pytest.raises(InsufficientFunds, match="wallet has ৳\u202f500, and this takes ৳\u202f600"):
        change(paid, now, 120_000, 180_000)
    assert balance(paid.user) == 50_000
    assert Transfer.objects.held_for(paid.subject) == 120_000


def test_fee_that_was_given_back_or_released_changes_no_more(
    paid: Payment, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    other = charge(visit(patient, now), now)
    give_back(paid, now, to=RefundTo.WALLET)
    actions.release_fee(subject=other.subject, doctor_user=doctor.user, by=None, now=now)
    for payment in (paid, other):
        for after in (100_000, 130_000):
            with pytest.raises(FeeNotHeld, match="can't change any more"):
                change(payment, now, 120_000, after)


def test_fee_of_an_unpaid_visit_does_not_change(paid: Payment, now: dt.datetime) -> None:
    paid.subject = uuid.uuid4()
    with pytest.raises(FeeNotHeld, match="not been paid"):
        change(paid, now, 120_000, 130_000)


def test_no_more_is_given_back_than_is_held(paid: Payment, now: dt.datetime) -> None:
    give_back(paid, now, 100_000, to=RefundTo.WALLET)
    with pytest.raises(FeeNotHeld):
        change(paid, now, 120_000, 90_000)


def test_fee_of_nothing_is_no_fee(paid: Payment, now: dt.datetime) -> None:
    with pytest.raises(ValueError, match="more than zero"):
        change(paid, now, 120_000, 0)


def test_doctor_earns_the_changed_fee(paid: Payment, doctor: Doctor, now: dt.datetime) -> None:
    change(paid, now, 120_000, 150_000)
    actions.release_fee(subject=paid.subject, doctor_user=doctor.user, by=None, now=now)
    entry = JournalEntry.objects.get(kind=EntryKind.VISIT_COMPLETED)
    assert dict(entry.transfers.values_list("credit__kind", "amount")) == {
        AccountKind.EARNINGS: 135_000,
        AccountKind.COMMISSION: 15_000,
    }


def test_changing_takes_seven_queries(paid: Payment, now: dt.datetime) -> None:
    """Payment, key, held, accounts, entry, balance, transfer."""
    with count_queries() as queries:
        change(paid, now, 120_000, 130_000)
    assert len(queries) == 7


def test_wallet_history_and_receipt_say_it_in_plain_words(paid: Payment, now: dt.datetime) -> None:
    change(paid, now, 120_000, 150_000)
    change(paid, now, 150_000, 140_000, key="b")
    _page, rows = wallet_history(paid.user.wallet, None)
    assert [(row.transfer.entry.words, row.amount, row.balance) for row in rows[:2]] == [
        (FEE_MOVED, 10_000, 30_000),
        (FEE_MOVED, -30_000, 20_000),
    ]
    assert {badge_of(row.transfer.entry.kind) for row in rows[:2]} == {("mute", "cal")}
    give_back(paid, now)
    with count_queries() as queries:
        rows = receipt_rows(paid)
    assert len(queries) == 2
    assert [(row.label, row.amount) for row in rows] == [
        (CARD, 120_000),
        (FEE_MOVED, 30_000),
        (FEE_MOVED, -10_000),
        ("Back to card ending 4242", -120_000),
        ("Back in the wallet", -20_000),
    ]
    assert [bool(row.refund) for row in rows] == [False, False, False, True, False]
    assert sum(row.amount for row in rows) == 0
