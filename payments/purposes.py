"""What a payment is for, and what settling it means to the app that owns its subject.

Payments knows nothing of visits: the app above registers a handler for its purpose in its
`AppConfig.ready()`, and payments calls it while it settles.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from payments.enums import AccountKind, EntryKind, Memo
from payments.wording import Title

if TYPE_CHECKING:
    from payments.models import Payment


@dataclass(frozen=True, kw_only=True)
class PurposeHandler:
    """What the owner of a purpose does for its payments.

    All but `done_url`, `back_url` and `title` run inside the settling transaction, after `lock`.
    """

    # Locks everything above the payment, in lock order. Called first.
    lock: Callable[[Payment], None]
    # A card is about to be charged: keep what is paid for. May refuse with a PaymentError, and
    # then no card is charged.
    pending: Callable[[Payment, dt.datetime], None]
    # The money came. True: the purpose took it. False: too late, it goes to the payer's wallet.
    accept: Callable[[Payment, dt.datetime], bool]
    # The money did not come, and will not.
    failed: Callable[[Payment, dt.datetime], None]
    # Where the payer goes when it has succeeded, and where to try something else.
    done_url: Callable[[Payment], str]
    back_url: Callable[[Payment], str]
    # "Visit with Dr Farzana Kabir": on pages, in mails and in the wallet's history.
    title: Callable[[Payment], Title]
    # What mails to a payer in discreet mode say instead; None: the title gives nothing away.
    discreet_title: Memo | None = None
    # Where accepted money goes (a wallet or the held fees), and how the journal names it.
    into: AccountKind = AccountKind.HELD_FEES
    entry_kind: EntryKind = EntryKind.VISIT_PAID


_handlers: dict[str, PurposeHandler] = {}


def register(purpose: str, handler: PurposeHandler) -> None:
    """Makes `handler` answer for payments of that purpose. Once a purpose."""
    if purpose in _handlers:
        raise ValueError(f"{purpose} has a handler already")
    _handlers[purpose] = handler


def handler_of(payment: Payment) -> PurposeHandler:
    """The handler of the payment's purpose."""
    return _handlers[payment.purpose]
