"""What a rule about money says no with. The message is meant for the person who asked."""

from django.utils.translation import gettext as _

from payments.money import format_money


class PaymentError(Exception):
    """Something about money was refused; nothing has moved."""


class InsufficientFunds(PaymentError):
    """The wallet has less than what is to be taken. Amounts in minor units."""

    def __init__(self, *, balance: int, amount: int, currency: str) -> None:
        self.balance = balance
        self.amount = amount
        self.currency = currency
        super().__init__(
            _("Your wallet has %(balance)s, and this takes %(amount)s.")
            % {
                "balance": format_money(balance, currency),
                "amount": format_money(amount, currency),
            }
        )


class KeyReused(PaymentError):
    """A form's key came again with other content than the first time."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "This form was already sent with other details. Nothing more was taken. "
                "Send it again if you want both."
            )
        )


class AlreadyPaid(PaymentError):
    """Another payment for the same thing has succeeded or is being checked."""

    def __init__(self) -> None:
        super().__init__(_("This is paid already, or a payment for it is being checked."))


class NotRefundable(PaymentError):
    """The payment has not that much left to give back."""


class FeeNotHeld(PaymentError):
    """There is not that much money held for the visit."""


class NotCovered(PaymentError):
    """The doctor's earnings are less than what is to be taken back of them."""


class CardPaymentsOff(PaymentError):
    """The site has no card gateway."""

    def __init__(self) -> None:
        super().__init__(_("Card payments are not set up here. Nothing was taken."))


class NotWanted(PaymentError):
    """What was to be paid for can't be had any more. Handlers raise it before a card is charged."""


class DepositRefused(PaymentError):
    """The amount is outside what one deposit or one wallet may have."""


class NothingToPayOut(PaymentError):
    """The wallet is empty."""

    def __str__(self) -> str:
        return str(_("This wallet is empty."))
