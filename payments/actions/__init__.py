"""Every write about money."""

from payments.actions.card_charges import (
    answer_challenge,
    charge_card,
    refresh_payment,
    settle_payment,
    sweep_payments,
)
from payments.actions.deposits import start_deposit
from payments.actions.desk_payments import pay_at_desk
from payments.actions.earnings import take_back_fee
from payments.actions.held_fees import change_fee, release_fee
from payments.actions.ledger import record_entry
from payments.actions.payments import start_card_payment
from payments.actions.refunds import (
    refund_payment,
    send_refund,
    settle_refund,
    sweep_refunds,
)
from payments.actions.wallets import (
    give_up_wallet,
    open_wallet,
    pay_from_wallet,
    pay_out_wallet,
)

__all__ = [
    "answer_challenge",
    "change_fee",
    "charge_card",
    "give_up_wallet",
    "open_wallet",
    "pay_at_desk",
    "pay_from_wallet",
    "pay_out_wallet",
    "record_entry",
    "refresh_payment",
    "refund_payment",
    "release_fee",
    "send_refund",
    "settle_payment",
    "settle_refund",
    "start_card_payment",
    "start_deposit",
    "sweep_payments",
    "sweep_refunds",
    "take_back_fee",
]
