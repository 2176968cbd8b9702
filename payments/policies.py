"""What of a payment can go back, and where."""

from django.db.models import Sum

from payments.enums import Method, PaymentStatus, RefundStatus
from payments.models import Payment, Transfer


def held_of(payment: Payment) -> int:
    """What is held for the payment's subject and came by it, in minor units; with what the payer
    added from the wallet when the fee rose. Nothing for a deposit, or money that came too late.
    """
    if payment.status != PaymentStatus.SUCCEEDED or payment.late or payment.subject is None:
        return 0
    return Transfer.objects.held_for(payment.subject)


def refundable_to_card(payment: Payment) -> int:
    """How much of what is held can go back to the card that paid, in minor units.

    At most what the card paid and has not got back. Nothing once its bank has refused a refund.
    """
    if payment.method != Method.CARD:
        return 0
    refunds = payment.refunds.filter(card_amount__gt=0)
    if refunds.filter(status=RefundStatus.FAILED).exists():
        return 0
    sent: int = refunds.aggregate(sum=Sum("card_amount", default=0))["sum"]
    return max(min(held_of(payment), payment.amount - sent), 0)


def can_refund_to_card(payment: Payment) -> bool:
    """Whether the payer may choose the card for money of this payment that comes back."""
    return refundable_to_card(payment) > 0
