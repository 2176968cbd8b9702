"""Starting a payment: the row that is there before any money moves, once a form."""

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import User
from payments.enums import Method
from payments.exceptions import AlreadyPaid, CardPaymentsOff, KeyReused
from payments.gateways import get_gateway
from payments.models import Payment


def start_card_payment(
    *,
    user: User,
    purpose: str,
    subject: UUID | None,
    amount: int,
    idempotency_key: UUID,
    now: dt.datetime,
) -> Payment:
    """A new card payment of `amount` minor units; its payer goes on to `payments:card`.

    Nothing is charged yet. The same key again returns the first payment, whatever became of it.
    Raises CardPaymentsOff, KeyReused.
    """
    gateway = get_gateway()
    if gateway is None:
        raise CardPaymentsOff
    payment, _created = insert_once(
        Payment(
            user=user,
            purpose=purpose,
            subject=subject,
            method=Method.CARD,
            gateway=gateway.name,
            amount=amount,
            currency=settings.CURRENCY,
            idempotency_key=idempotency_key,
            created_at=now,
        )
    )
    return payment


def insert_once(payment: Payment) -> tuple[Payment, bool]:
    """Saves a new payment, or finds the one that this user's key made before.

    Returns it and whether it is new. Raises KeyReused when the first one was for something else,
    AlreadyPaid when the database refuses a second live payment of the subject.
    """
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError:
        first = Payment.objects.filter(
            user_id=payment.user_id, idempotency_key=payment.idempotency_key
        ).first()
        if first is None:
            raise AlreadyPaid from None
        if _content(first) != _content(payment):
            raise KeyReused from None
        return first, False
    return payment, True


def _content(payment: Payment) -> tuple[object, ...]:
    return (
        payment.purpose,
        payment.subject,
        payment.method,
        payment.amount,
        payment.currency,
    )
