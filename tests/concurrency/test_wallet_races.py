"""One balance, many hands: never overspent, moved once a key, over real connections.

The overspending race has its twin: a naive read-then-write on a database without the CHECK, which
must overspend; and each guard alone (the lock, the CHECK) is shown to hold.
"""

import datetime as dt
import functools
import time
import uuid
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection
from django.db.models import F

from accounts.models import Patient, User
from payments.actions import (
    ledger,
    open_wallet,
    pay_from_wallet,
    start_deposit,
)
from payments.enums import AccountKind, EntryKind, Purpose
from payments.exceptions import (
    AlreadyPaid,
    DepositRefused,
    InsufficientFunds,
)
from payments.models import (
    JournalEntry,
    LedgerAccount,
    Payment,
    Wallet,
)
from tests.concurrency.harness import race, raised
from tests.concurrency.wallet_cast import (
    AFFORDABLE,
    PRICE,
    RACERS,
    balance,
    breaches,
    pay,
    stand_in_for_visits,
)
from tests.factories import PatientFactory, fund

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _visits(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in_for_visits(monkeypatch)


@pytest.fixture
def funded(patient: Patient, now: dt.datetime) -> User:
    """Somebody whose wallet covers seven of twenty."""
    fund(patient.user, AFFORDABLE * PRICE + 50, now=now)
    return patient.user


def naive_spend(user: User) -> str:
    """What a wallet without guards does: look, then write."""
    if balance(user) < PRICE:
        raise InsufficientFunds(balance=balance(user), amount=PRICE, currency="BDT")
    time.sleep(0.3)  # the time a real page spends between looking and writing
    Wallet.objects.filter(user=user).update(balance=F("balance") - PRICE)
    return "spent"


@pytest.fixture
def without_check() -> Iterator[None]:
    """Drops the CHECK (balance >= 0), and puts it back."""
    unguard, guard = _guard_statements()
    with connection.cursor() as cursor:
        for statement in unguard:
            cursor.execute(statement)
    yield
    Wallet.objects.update(balance=0)
    with connection.cursor() as cursor:
        for statement in guard:
            cursor.execute(statement)


def _guard_statements() -> tuple[list[str], list[str]]:
    name, condition = "wallet_balance_not_negative", '("balance" >= 0)'
    if connection.vendor == "postgresql":
        table = "ALTER TABLE payments_wallet"
        return [f"{table} DROP CONSTRAINT {name}"], [
            f"{table} ADD CONSTRAINT {name} CHECK {condition}"
        ]
    # SQLite can't drop a CHECK: the table is made anew without it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'payments_wallet'")
        sql = cursor.fetchone()[0]
    bare = sql.replace(f', CONSTRAINT "{name}" CHECK {condition}', "")
    assert bare != sql

    def remake(statement: str) -> list[str]:
        return [
            "PRAGMA foreign_keys = OFF",
            "CREATE TABLE kept AS SELECT * FROM payments_wallet",
            "DROP TABLE payments_wallet",
            statement,
            "INSERT INTO payments_wallet SELECT * FROM kept",
            "DROP TABLE kept",
            "PRAGMA foreign_keys = ON",
        ]

    return remake(bare), remake(sql)


# --- Spending ---------------------------------------------------------------------------------


def test_parallel_spends_never_overspend(funded: User, now: dt.datetime) -> None:
    outcomes = race([functools.partial(pay, funded, now)] * RACERS)
    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == AFFORDABLE
    assert raised(outcomes, InsufficientFunds) == RACERS - AFFORDABLE
    assert balance(funded) == 50
    assert breaches() == []


@pytest.mark.usefixtures("without_check")
def test_twin_without_guards_overspends(funded: User) -> None:
    outcomes = race([functools.partial(naive_spend, funded)] * RACERS)
    assert outcomes.count("spent") > AFFORDABLE
    assert balance(funded) < 0


def test_check_alone_stops_the_naive_code(funded: User) -> None:
    outcomes = race([functools.partial(naive_spend, funded)] * RACERS)
    assert outcomes.count("spent") == AFFORDABLE
    assert raised(outcomes, IntegrityError) == RACERS - AFFORDABLE
    assert balance(funded) == 50


@pytest.mark.usefixtures("without_check")
def test_lock_alone_holds(funded: User, now: dt.datetime) -> None:
    outcomes = race([functools.partial(pay, funded, now)] * RACERS)
    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == AFFORDABLE
    assert raised(outcomes, InsufficientFunds) == RACERS - AFFORDABLE
    assert balance(funded) == 50


def test_one_subject_is_paid_once(funded: User, now: dt.datetime) -> None:
    subject = uuid.uuid4()
    outcomes = race([functools.partial(pay, funded, now, subject)] * RACERS)
    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == 1
    assert raised(outcomes, AlreadyPaid) == RACERS - 1
    assert balance(funded) == (AFFORDABLE - 1) * PRICE + 50


def test_one_key_is_one_payment_and_the_same_answer(funded: User, now: dt.datetime) -> None:
    call = functools.partial(
        pay_from_wallet,
        user=funded,
        purpose=Purpose.APPOINTMENT,
        subject=uuid.uuid4(),
        amount=PRICE,
        idempotency_key=uuid.uuid4(),
        now=now,
    )
    outcomes = race([call] * RACERS)
    assert outcomes == [Payment.objects.get()] * RACERS
    assert balance(funded) == (AFFORDABLE - 1) * PRICE + 50
    assert breaches() == []


# --- First use --------------------------------------------------------------------------------


def test_wallet_is_opened_once(patient: Patient) -> None:
    outcomes = race([functools.partial(open_wallet, user=patient.user)] * RACERS)
    assert outcomes == [Wallet.objects.get()] * RACERS
    assert LedgerAccount.objects.count() == 1


def test_first_payments_of_a_new_site_make_each_account_once(now: dt.datetime) -> None:
    patients = PatientFactory.create_batch(8)
    outcomes = race([functools.partial(fund, patient.user, PRICE, now=now) for patient in patients])
    assert outcomes == [None] * 8
    assert LedgerAccount.objects.filter(kind=AccountKind.GATEWAY).count() == 1
    assert Wallet.objects.filter(balance=PRICE).count() == 8
    assert breaches() == []


def test_moves_between_two_wallets_in_both_directions_do_not_deadlock(
    patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    for one in (patient, other_patient):
        fund(one.user, RACERS * PRICE, now=now)
    pair = [ledger.wallet_of(patient.user_id), ledger.wallet_of(other_patient.user_id)]

    def move(number: int) -> JournalEntry:
        debit, credit = pair if number % 2 else reversed(pair)
        return ledger.record_entry(
            kind=EntryKind.DEPOSIT,
            key=str(number),
            moves=[ledger.Move(debit, credit, PRICE)],
            currency="BDT",
            now=now,
        )

    outcomes = race([functools.partial(move, number) for number in range(RACERS)])
    assert all(isinstance(outcome, JournalEntry) for outcome in outcomes)
    assert balance(patient.user) == balance(other_patient.user) == RACERS * PRICE
    assert breaches() == []


# --- Deposits against the cap -----------------------------------------------------------------


def test_deposits_sent_at_once_are_counted_together_against_the_cap(
    funded: User, now: dt.datetime, settings
) -> None:
    settings.MAX_WALLET_BALANCE = balance(funded) + 3 * PRICE

    def add() -> Payment:
        return start_deposit(user=funded, amount=PRICE, idempotency_key=uuid.uuid4(), now=now)

    outcomes = race([add] * RACERS)
    assert sum(isinstance(outcome, Payment) for outcome in outcomes) == 3
    assert raised(outcomes, DepositRefused) == RACERS - 3
