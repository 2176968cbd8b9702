"""Money that somebody takes at the clinic's desk."""

import datetime as dt
from uuid import UUID, uuid5

from django.conf import settings
from django.db import transaction

from accounts.audit import Subject, record_event
from accounts.models import User
from payments import emails
from payments.actions import ledger
from payments.actions.payments import insert_once
from payments.enums import EntryKind, Method, MoneyAct, PaymentStatus, Source, Tender
from payments.models import Payment
from payments.purposes import handler_of


def pay_at_desk(
    *,
    user: User,
    purpose: str,
    subject: UUID,
    amount: int,
    tender: Tender,
    by: User,
    now: dt.datetime,
) -> Payment:
    """Records that `by` took `amount` minor units from `user` for the subject: into the held fees.

    In the caller's transaction, which has locked what is paid for. Once a subject and user: again
    it returns the first payment and moves nothing. What comes back later goes into the wallet.
    Raises AlreadyPaid when the subject was paid in another way.
    """
    payment = Payment(
        user=user,
        purpose=purpose,
        subject=subject,
        method=Method.DESK,
        source=Source(tender.value),
        amount=amount,
        currency=settings.CURRENCY,
        status=PaymentStatus.SUCCEEDED,
        idempotency_key=uuid5(subject, "desk"),
        created_at=now,
        charged_at=now,
        settled_at=now,
    )
    with transaction.atomic():
        payment, created = insert_once(payment)
        if created:
            title = handler_of(payment).title(payment)
            ledger.record_entry(
                kind=EntryKind.VISIT_PAID,
                key=f"payment:{payment.pk}",
                moves=[ledger.Move(ledger.CASH_DESK, ledger.HELD_FEES, amount)],
                currency=payment.currency,
                subject=subject,
                memo=title,
                by=by,
                now=now,
            )
            detail = {"amount": amount, "tender": tender.value}
            record_event(
                actor=by, what=MoneyAct.TAKEN_AT_DESK,
                subject=Subject(row=payment, detail=detail), now=now,
            )  # fmt: skip
            emails.receipt(payment, title=title, now=now)
    return payment
