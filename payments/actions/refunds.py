"""What becomes of held fees: back to the payer, or on to the doctor."""

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from payments.actions import ledger
from payments.enums import EntryKind, PaymentStatus
from payments.exceptions import FeeNotHeld, NotRefundable
from payments.models import Payment, Refund, Transfer
from payments.money import format_money, percent_of
from payments.purposes import handler_of


def refund_to_wallet(
    *,
    payment: Payment,
    amount: int,
    reason: str,
    by: User | None,
    key: str,
    now: dt.datetime,
) -> Refund:
    """Gives `amount` minor units of a payment's held fee back, into the payer's wallet.

    In the caller's transaction. Locks the payment, then the wallet. The same key again returns
    the first refund and moves nothing. Raises NotRefundable when less than `amount` is held.
    """
    entry_key = f"refund:{key}"
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
        first = Refund.objects.filter(entry__idempotency_key=entry_key).first()
        if first is not None:
            return first
        held = Transfer.objects.held_for(payment.subject) if payment.subject else 0
        if payment.status != PaymentStatus.SUCCEEDED or not 0 < amount <= held:
            raise NotRefundable(
                _("%(held)s of this payment can be given back, not %(amount)s.")
                % {
                    "held": format_money(held, payment.currency),
                    "amount": format_money(amount, payment.currency),
                }
            )
        entry = ledger.record_entry(
            kind=EntryKind.VISIT_REFUNDED,
            key=entry_key,
            moves=[ledger.Move(ledger.HELD_FEES, ledger.wallet_of(payment.user_id), amount)],
            currency=payment.currency,
            subject=payment.subject,
            memo=handler_of(payment).title(payment),
            by=by,
            now=now,
        )
        return Refund.objects.create(
            payment=payment, amount=amount, entry=entry, reason=reason, by=by, created_at=now
        )


def release_fee(
    *, subject: UUID, amount: int, doctor_user: User, by: User | None, now: dt.datetime
) -> None:
    """Turns a visit's held fee into the doctor's earnings, less the site's commission.

    `amount` in minor units; the commission is `settings.COMMISSION_PERCENT` of it, half a unit
    rounded up. In the caller's transaction. Locks the visit's payment. Once a subject: a second
    call moves nothing. Raises FeeNotHeld when less than `amount` is held for the visit.
    """
    key = f"release:{subject}"
    with transaction.atomic():
        payment = (
            Payment.objects.select_for_update(no_key=True)
            .filter(subject=subject, status=PaymentStatus.SUCCEEDED, late=False)
            .first()
        )
        if payment is None:
            raise FeeNotHeld(_("This visit has not been paid."))
        if Transfer.objects.filter(entry__idempotency_key=key).exists():
            return
        held = Transfer.objects.held_for(subject)
        if not 0 < amount <= held:
            raise FeeNotHeld(
                _("%(held)s is held for this visit, not %(amount)s.")
                % {
                    "held": format_money(held, payment.currency),
                    "amount": format_money(amount, payment.currency),
                }
            )
        commission = percent_of(amount, settings.COMMISSION_PERCENT)
        shares = (
            (ledger.earnings_of(doctor_user.pk), amount - commission),
            (ledger.COMMISSION, commission),
        )
        ledger.record_entry(
            kind=EntryKind.VISIT_COMPLETED,
            key=key,
            moves=[ledger.Move(ledger.HELD_FEES, to, share) for to, share in shares if share],
            currency=payment.currency,
            subject=subject,
            memo=handler_of(payment).title(payment),
            by=by,
            now=now,
        )
