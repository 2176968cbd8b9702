"""Held fees while a visit is ahead, and when it is over."""

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from payments.actions import ledger
from payments.enums import EntryKind
from payments.exceptions import FeeNotHeld
from payments.models import JournalEntry, Payment, Transfer
from payments.money import format_money, percent_of
from payments.purposes import handler_of
from payments.wording import Title


def change_fee(
    *,
    subject: UUID,
    before: int,
    after: int,
    memo: Title,
    by: User | None,
    key: str,
    now: dt.datetime,
) -> JournalEntry | None:
    """Settles the difference when a paid visit costs `after` minor units instead of `before`.

    What it costs more goes from the payer's wallet into the held fees, what it costs less back
    into the wallet; `memo` says so in the wallet's history. In the caller's transaction. Locks the
    visit's payment, then the wallet. The same key again returns the first entry and moves nothing;
    None when both are the same. Raises InsufficientFunds, and FeeNotHeld when the visit is not
    paid or its fee has been given back or released.
    """
    if after <= 0:
        raise ValueError("A fee is more than zero.")
    entry_key = f"fee:{key}"
    with transaction.atomic():
        payment = _lock_payment_for(subject)
        first = JournalEntry.objects.filter(idempotency_key=entry_key).first()
        if first is not None or before == after:
            return first
        held = Transfer.objects.held_for(subject)
        if held == 0 or before - after > held:
            raise FeeNotHeld(
                _("Only %(held)s is held for this visit: its fee can't change any more.")
                % {"held": format_money(held, payment.currency)}
            )
        wallet = ledger.wallet_of(payment.user_id)
        move = (
            ledger.Move(wallet, ledger.HELD_FEES, after - before)
            if after > before
            else ledger.Move(ledger.HELD_FEES, wallet, before - after)
        )
        return ledger.record_entry(
            kind=EntryKind.FEE_CHANGED,
            key=entry_key,
            moves=[move],
            currency=payment.currency,
            subject=subject,
            memo=memo,
            by=by,
            now=now,
        )


def release_fee(*, subject: UUID, doctor_user: User, by: User | None, now: dt.datetime) -> None:
    """Turns all that is held for a visit into the doctor's earnings, less the site's commission.

    The commission is `settings.COMMISSION_PERCENT` of it, half a unit rounded up. In the caller's
    transaction. Locks the visit's payment. Once a subject: a second call moves nothing.
    Raises FeeNotHeld when nothing is held for the visit.
    """
    key = f"release:{subject}"
    with transaction.atomic():
        payment = _lock_payment_for(subject)
        if JournalEntry.objects.filter(idempotency_key=key).exists():
            return
        held = Transfer.objects.held_for(subject)
        if held <= 0:
            raise FeeNotHeld(_("The fee of this visit has been given back."))
        commission = percent_of(held, settings.COMMISSION_PERCENT)
        shares = (
            (ledger.earnings_of(doctor_user.pk), held - commission),
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


def _lock_payment_for(subject: UUID) -> Payment:
    payment = Payment.objects.paid_for(subject).select_for_update(no_key=True).first()
    if payment is None:
        raise FeeNotHeld(_("This visit has not been paid."))
    return payment
