"""Every write about money."""

from payments.actions.ledger import record_entry
from payments.actions.refunds import refund_to_wallet, release_fee
from payments.actions.wallets import open_wallet, pay_from_wallet

__all__ = [
    "open_wallet",
    "pay_from_wallet",
    "record_entry",
    "refund_to_wallet",
    "release_fee",
]
