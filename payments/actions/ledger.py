"""The journal: the only place where money moves.

Accounts are named by what they are (`AccountName`) and made on first use. The site's own accounts
carry no balance column and are never locked, so that payments don't queue behind each other; only
wallets do and are, in the order of their account's id.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import User
from payments.enums import AccountKind, EntryKind
from payments.exceptions import InsufficientFunds
from payments.models import JournalEntry, LedgerAccount, Transfer, Wallet


@dataclass(frozen=True, slots=True)
class AccountName:
    """Which account: a person's wallet or earnings, or one of the site's own."""

    kind: AccountKind
    owner_id: UUID | None = None


GATEWAY = AccountName(AccountKind.GATEWAY)
CASH_DESK = AccountName(AccountKind.CASH_DESK)
HELD_FEES = AccountName(AccountKind.HELD_FEES)
COMMISSION = AccountName(AccountKind.COMMISSION)
GIVEN_UP = AccountName(AccountKind.GIVEN_UP)


def wallet_of(user_id: UUID) -> AccountName:
    return AccountName(AccountKind.WALLET, user_id)


def earnings_of(user_id: UUID) -> AccountName:
    return AccountName(AccountKind.EARNINGS, user_id)


@dataclass(frozen=True, slots=True)
class Move:
    """`amount` minor units, more than zero, from the account `debit` to the account `credit`."""

    debit: AccountName
    credit: AccountName
    amount: int


def record_entry(
    *,
    kind: EntryKind,
    key: str,
    moves: Sequence[Move],
    currency: str,
    now: dt.datetime,
    subject: UUID | None = None,
    memo: str = "",
    by: User | None = None,
) -> JournalEntry:
    """Writes down what happened and moves the money, in the caller's transaction.

    `key` is once for ever: a repeated one returns the first entry and moves nothing.
    Locks the wallets concerned, by account id, and brings their balances up to date.
    Raises InsufficientFunds when a wallet has less than it is to give; nothing is written then.
    """
    # A savepoint of its own: a caller who goes on after InsufficientFunds keeps no half an entry.
    with transaction.atomic():
        accounts = _accounts(
            {name for move in moves for name in (move.debit, move.credit)}, currency
        )
        wallets = _lock_wallets(accounts)
        entry = JournalEntry(
            kind=kind,
            idempotency_key=key,
            subject=subject,
            memo=memo[: JournalEntry._meta.get_field("memo").max_length],
            by=by,
            created_at=now,
        )
        try:
            with transaction.atomic():
                entry.save(force_insert=True)
        except IntegrityError:
            return JournalEntry.objects.get(idempotency_key=key)
        _change_balances(wallets, accounts, moves, currency)
        Transfer.objects.bulk_create(
            Transfer(
                entry=entry,
                debit_id=accounts[move.debit],
                credit_id=accounts[move.credit],
                amount=move.amount,
            )
            for move in moves
        )
    return entry


def open_accounts(names: Iterable[AccountName], currency: str) -> dict[AccountName, int]:
    """The ids of the accounts named, made where they are missing, with their wallets.

    Safe in a race: who comes second waits for the first and finds its rows.
    """
    names = set(names)
    accounts = _accounts(names, currency)
    _lock_wallets(accounts)
    return accounts


def _accounts(names: set[AccountName], currency: str) -> dict[AccountName, int]:
    found = _find_accounts(names, currency)
    missing = names - found.keys()
    if missing:
        # In one order everywhere, so that two first users don't wait for each other in a circle.
        LedgerAccount.objects.bulk_create(
            (
                LedgerAccount(kind=name.kind, owner_id=name.owner_id, currency=currency)
                for name in sorted(missing, key=str)
            ),
            ignore_conflicts=True,
        )
        found = _find_accounts(names, currency)
    return found


def _find_accounts(names: set[AccountName], currency: str) -> dict[AccountName, int]:
    wanted = Q()
    for name in names:
        wanted |= Q(kind=name.kind, owner=name.owner_id)
    rows = LedgerAccount.objects.filter(wanted, currency=currency)
    return {
        AccountName(AccountKind(kind), owner_id): pk
        for pk, kind, owner_id in rows.values_list("pk", "kind", "owner_id")
    }


def _lock_wallets(accounts: dict[AccountName, int]) -> list[Wallet]:
    """The wallets among the accounts, locked in the order of their account's id."""
    ids = {
        pk: name.owner_id
        for name, pk in accounts.items()
        if name.kind == AccountKind.WALLET and name.owner_id
    }
    if not ids:
        return []
    rows = (
        Wallet.objects.select_for_update(no_key=True).filter(account__in=ids).order_by("account_id")
    )
    wallets = list(rows)
    if len(wallets) < len(ids):
        Wallet.objects.bulk_create(
            (Wallet(user_id=ids[pk], account_id=pk) for pk in sorted(ids)),
            ignore_conflicts=True,
        )
        wallets = list(rows.all())
    if len(wallets) < len(ids):
        raise LookupError("A wallet is kept in another currency than settings.CURRENCY.")
    return wallets


def _change_balances(
    wallets: list[Wallet],
    accounts: dict[AccountName, int],
    moves: Sequence[Move],
    currency: str,
) -> None:
    changes: dict[int, int] = defaultdict(int)
    for move in moves:
        changes[accounts[move.debit]] -= move.amount
        changes[accounts[move.credit]] += move.amount
    for wallet in wallets:
        change = changes[wallet.account_id]
        if wallet.balance + change < 0:
            raise InsufficientFunds(balance=wallet.balance, amount=-change, currency=currency)
        Wallet.objects.filter(pk=wallet.pk).update(balance=F("balance") + change)
