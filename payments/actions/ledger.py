"""The journal: the only place where money moves.

Accounts are named by what they are (`AccountName`) and made on first use. The site's own accounts
carry no balance column and are never locked, so that payments don't queue behind each other; only
wallets do and are, in the order of their account's id.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import CharField, F, Q, UUIDField

from accounts.models import User
from core.compiled_queries import compiled
from payments.enums import AccountKind, EntryKind
from payments.exceptions import InsufficientFunds
from payments.models import JournalEntry, LedgerAccount, Transfer, Wallet
from payments.wording import Title


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
    memo: Title | None = None,
    by: User | None = None,
) -> JournalEntry:
    """Writes down what happened and moves the money, in the caller's transaction.

    `memo` says what it was for. `key` is once for ever: a repeated one returns the first entry and
    moves nothing.
    Locks the wallets concerned, by account id, and brings their balances up to date.
    Raises InsufficientFunds when a wallet has less than it is to give; nothing is written then.
    """
    entry = JournalEntry(
        kind=kind,
        idempotency_key=key,
        subject=subject,
        memo=memo.code if memo else "",
        facts=memo.facts if memo else {},
        by=by,
        created_at=now,
    )
    try:
        # A savepoint of its own: a caller who goes on after a refusal keeps no half an entry.
        with transaction.atomic():
            accounts = open_accounts(
                {name for move in moves for name in (move.debit, move.credit)}, currency
            )
            entry.save(force_insert=True)
            _change_balances(accounts, moves, currency)
            Transfer.objects.bulk_create(
                Transfer(
                    entry=entry,
                    debit_id=accounts[move.debit],
                    credit_id=accounts[move.credit],
                    amount=move.amount,
                )
                for move in moves
            )
    except IntegrityError:
        first = JournalEntry.objects.filter(idempotency_key=key).first()
        if first is None:
            raise
        return first
    return entry


def open_accounts(names: Iterable[AccountName], currency: str) -> dict[AccountName, int]:
    """The ids of the accounts named, made where they are missing, with their wallets.

    In the caller's transaction. Safe in a race: who comes second waits for the first and finds its
    rows. Raises LookupError for a wallet that is kept in another currency.
    """
    names = set(names)
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
        _open_wallets({
            found[name]: name.owner_id
            for name in missing
            if name.kind == AccountKind.WALLET and name.owner_id
        })  # fmt: skip
    return found


def _find_accounts(names: set[AccountName], currency: str) -> dict[AccountName, int]:
    owners = {name.owner_id for name in names if name.owner_id}
    # Mostly it is one person's money and the clinic's.
    if len(owners) == 1:
        rows = _accounts_beside(owner=owners.pop(), currency=currency)
    else:
        rows = _accounts(owners, currency)
    found = {AccountName(AccountKind(kind), owner_id): pk for pk, kind, owner_id in rows}
    return {name: found[name] for name in names if name in found}


def _accounts(owners: Iterable[Any], currency: Any) -> Any:
    """The owners' accounts and those that are nobody's."""
    wanted = Q(owner__pk__in=owners) | Q(owner=None)
    return LedgerAccount.objects.filter(wanted, currency=currency).values_list(
        "pk", "kind", "owner_id"
    )


@compiled(owner=UUIDField(), currency=CharField())
def _accounts_beside(owner: Any, currency: Any) -> Any:
    """The owner's accounts and those that are nobody's."""
    return _accounts([owner], currency)


def _open_wallets(owners: dict[int, UUID]) -> None:
    """Empty wallets for new accounts, by their ids."""
    Wallet.objects.bulk_create(
        (Wallet(user_id=owners[pk], account_id=pk) for pk in sorted(owners)), ignore_conflicts=True
    )
    if Wallet.objects.filter(account__in=owners).count() < len(owners):
        raise LookupError("A wallet is kept in another currency than settings.CURRENCY.")


def _change_balances(
    accounts: dict[AccountName, int], moves: Sequence[Move], currency: str
) -> None:
    """By compare-and-set: of two who spend the last of it, the second finds too little."""
    changes: dict[int, int] = defaultdict(int)
    for move in moves:
        for name, change in ((move.debit, -move.amount), (move.credit, move.amount)):
            if name.kind == AccountKind.WALLET:
                changes[accounts[name]] += change
    for account, change in sorted(changes.items()):
        wallet = Wallet.objects.filter(account=account)
        if not wallet.filter(balance__gte=-change).update(balance=F("balance") + change):
            raise InsufficientFunds(balance=wallet.get().balance, amount=-change, currency=currency)
