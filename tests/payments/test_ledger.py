"""The journal moves money once, keeps wallets in step, and can't be rewritten."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Patient
from payments.actions import ledger, open_wallet
from payments.enums import AccountKind, EntryKind
from payments.exceptions import InsufficientFunds
from payments.models import JournalEntry, LedgerAccount, Transfer, Wallet
from tests.conftest import count_queries
from tests.payments.conftest import balance, fund


def spend(patient: Patient, amount: int, key: str, now: dt.datetime) -> JournalEntry:
    return ledger.record_entry(
        kind=EntryKind.VISIT_PAID,
        key=key,
        moves=[ledger.Move(ledger.wallet_of(patient.user_id), ledger.HELD_FEES, amount)],
        currency="BDT",
        now=now,
    )


def test_open_wallet_makes_it_once(patient: Patient) -> None:
    first = open_wallet(user=patient.user)
    second = open_wallet(user=patient.user)
    assert first == second
    assert (first.balance, first.account.kind, first.account.owner) == (
        0,
        AccountKind.WALLET,
        patient.user,
    )
    assert LedgerAccount.objects.count() == 1


def test_entry_moves_money_between_two_accounts(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 500_00)
    entry = spend(patient, 120_00, "a", now)
    transfer = entry.transfers.get()
    assert (transfer.amount, transfer.debit.kind, transfer.credit.kind) == (
        120_00,
        AccountKind.WALLET,
        AccountKind.HELD_FEES,
    )
    assert balance(patient.user) == 380_00


def test_repeated_key_returns_the_first_entry_and_moves_nothing(
    patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 500_00)
    first = spend(patient, 400_00, "a", now)
    # The second would not even be covered.
    second = spend(patient, 400_00, "a", now)
    assert first == second
    assert balance(patient.user) == 100_00
    assert Transfer.objects.filter(entry=first).count() == 1


def test_more_than_the_balance_is_refused_and_leaves_nothing(
    patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 100_00)
    with pytest.raises(InsufficientFunds) as refusal:
        spend(patient, 100_01, "a", now)
    assert (refusal.value.balance, refusal.value.amount) == (100_00, 100_01)
    assert balance(patient.user) == 100_00
    assert not JournalEntry.objects.filter(idempotency_key="a").exists()


def test_whole_balance_can_be_spent(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 100_00)
    spend(patient, 100_00, "a", now)
    assert balance(patient.user) == 0


def test_site_account_is_one_row_a_currency(patient: Patient, other_patient: Patient) -> None:
    fund(patient.user, 1)
    fund(other_patient.user, 1)
    assert LedgerAccount.objects.filter(kind=AccountKind.GATEWAY).count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerAccount.objects.create(kind=AccountKind.GATEWAY, currency="BDT")


def test_wallet_in_another_currency_is_not_mixed_up(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 1)
    with pytest.raises(LookupError, match="another currency"):
        ledger.record_entry(
            kind=EntryKind.DEPOSIT,
            key="a",
            moves=[ledger.Move(ledger.GATEWAY, ledger.wallet_of(patient.user_id), 1)],
            currency="EUR",
            now=now,
        )


@pytest.mark.parametrize("amount", [0, -1])
def test_database_refuses_a_transfer_of_nothing(patient: Patient, amount: int) -> None:
    fund(patient.user, 1)
    transfer = Transfer.objects.get()
    with pytest.raises(IntegrityError, match="transfer_amount_positive"), transaction.atomic():
        Transfer.objects.create(
            entry=transfer.entry, debit=transfer.debit, credit=transfer.credit, amount=amount
        )


def test_database_refuses_a_negative_balance(patient: Patient) -> None:
    wallet = open_wallet(user=patient.user)
    with pytest.raises(IntegrityError, match="wallet_balance_not_negative"), transaction.atomic():
        Wallet.objects.filter(pk=wallet.pk).update(balance=-1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payments_transfer SET amount = 2",
        "DELETE FROM payments_transfer",
        "UPDATE payments_journalentry SET memo = 'something else'",
        "DELETE FROM payments_journalentry",
    ],
)
def test_database_refuses_to_rewrite_the_journal(patient: Patient, statement: str) -> None:
    fund(patient.user, 1)
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


steps = st.lists(
    st.tuples(
        st.sampled_from(["deposit", "spend", "refund"]),
        st.integers(min_value=0, max_value=1),
        st.integers(min_value=1, max_value=1000),
        st.integers(min_value=0, max_value=5),
    ),
    max_size=25,
)


@given(steps=steps)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_balances_always_equal_the_transfers(
    patient: Patient,
    other_patient: Patient,
    now: dt.datetime,
    steps: list[tuple[str, int, int, int]],
) -> None:
    """Whatever comes in whatever order, with keys repeated: a plain model of it agrees."""
    users = [patient.user, other_patient.user]
    expected, held = [0, 0], 0
    seen: set[str] = set()
    with transaction.atomic():
        for kind, who, amount, number in steps:
            wallet = ledger.wallet_of(users[who].pk)
            key = f"{kind}:{number}"
            into, out = {
                "deposit": (wallet, ledger.GATEWAY),
                "spend": (ledger.HELD_FEES, wallet),
                "refund": (wallet, ledger.HELD_FEES),
            }[kind]
            if kind == "refund" and key not in seen and amount > held:
                continue
            try:
                ledger.record_entry(
                    kind=EntryKind.DEPOSIT,
                    key=key,
                    moves=[ledger.Move(out, into, amount)],
                    currency="BDT",
                    now=now,
                )
            except InsufficientFunds:
                assert kind == "spend"
                assert key not in seen
                assert amount > expected[who]
                continue
            if key not in seen:
                seen.add(key)
                expected[who] += -amount if kind == "spend" else amount
                held += {"deposit": 0, "spend": amount, "refund": -amount}[kind]
        for user, amount in zip(users, expected, strict=True):
            found = Wallet.objects.filter(user=user).first()
            assert (found.balance if found else 0) == amount
            if found:
                sums = [
                    row.amount if row.credit_id == found.account_id else -row.amount
                    for row in Transfer.objects.of_account(found.account)
                ]
                assert sum(sums) == amount
        assert JournalEntry.objects.count() == len(seen)
        transaction.set_rollback(True)


def test_paying_takes_four_queries(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 500_00)
    spend(patient, 1, "warm", now)
    with count_queries() as queries:
        spend(patient, 1, "a", now)
    assert len(queries) == 4
