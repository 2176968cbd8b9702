"""What a rule about money says no with. The message is meant for the person who asked."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.refusals import Refusal
from payments.money import format_money


class PaymentError(Refusal):
    """Something about money was refused; nothing has moved."""

    code = "payment-refused"


class InsufficientFunds(PaymentError):
    """The wallet has less than what is to be taken. Amounts in minor units."""

    code = "insufficient-funds"

    def __init__(self, *, balance: int, amount: int, currency: str) -> None:
        self.balance = balance
        self.amount = amount
        self.currency = currency
        super().__init__(
            gettext("Your wallet has %(balance)s, and this takes %(amount)s.")
            % {
                "balance": format_money(balance, currency),
                "amount": format_money(amount, currency),
            }
        )


class KeyReused(PaymentError):
    """A form's key came again with other content than the first time."""

    code = "key-reused"
    message = _(
        "This form was already sent with other details. Nothing more was taken. "
        "Send it again if you want both."
    )


class AlreadyPaid(PaymentError):
    """Another payment for the same thing has succeeded or is being checked."""

    code = "already-paid"
    message = _("This is paid already, or a payment for it is being checked.")


class NotRefundable(PaymentError):
    """The payment has not that much left to give back."""

    code = "not-refundable"


class FeeNotHeld(PaymentError):
    """There is not that much money held for the visit."""

    code = "fee-not-held"


class NotCovered(PaymentError):
    """The doctor's earnings are less than what is to be taken back of them."""

    code = "earnings-too-low"


class CardPaymentsOff(PaymentError):
    """The site has no card gateway."""

    code = "card-payments-off"
    message = _("Card payments are not set up here. Nothing was taken.")


class NotWanted(PaymentError):
    """What was to be paid for can't be had any more. Handlers raise it before a card is charged."""

    code = "not-wanted"


class DepositRefused(PaymentError):
    """The amount is outside what one deposit or one wallet may have."""

    code = "deposit-refused"
    status = 422


class NothingToPayOut(PaymentError):
    """The wallet is empty."""

    code = "nothing-to-pay-out"
    message = _("This wallet is empty.")


class CardNotUsable(Refusal):
    """The gateway does not take this card at all; nothing was charged. Says why, for the payer."""

    code = "card-not-usable"
    status = 422
