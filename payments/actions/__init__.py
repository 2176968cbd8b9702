"""Every write about money."""

from payments.actions.deposits import start_deposit
from payments.actions.ledger import record_entry
from payments.actions.payments import start_card_payment
from payments.actions.refunds import refund_to_wallet, release_fee
from payments.actions.settling import (
    answer_challenge,
    charge_card,
    refresh_payment,
    settle_payment,
    sweep_payments,
)
from payments.actions.wallets import open_wallet, pay_from_wallet

__all__ = [
    "answer_challenge",
    "charge_card",
    "open_wallet",
    "pay_from_wallet",
    "record_entry",
    "refresh_payment",
    "refund_to_wallet",
    "release_fee",
    "settle_payment",
    "start_card_payment",
    "start_deposit",
    "sweep_payments",
]
