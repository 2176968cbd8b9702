"""Bringing back what a doctor has earned already."""

import datetime as dt
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from payments.actions import ledger
from payments.enums import AccountKind, EntryKind
from payments.exceptions import NotCovered
from payments.models import LedgerAccount, Payment, Transfer
from payments.money import format_money
from payments.purposes import handler_of


def take_back_fee(*, subject: UUID, by: User | None, now: dt.datetime) -> None:
    """Undoes `release_fee`: what it moved to earnings and commission is held for the visit again.

    In the caller's transaction, which decides where it goes from there. Locks the visit's payment,
    then the account of the doctor's earnings, so that they can't be spent meanwhile. Once a
    subject; does nothing where nothing was released. Raises NotCovered when the earnings have less.
    """
    key = f"take-back:{subject}"
    with transaction.atomic():
        payment = Payment.objects.select_for_update(no_key=True).paid_for(subject).get()
        released = list(
            Transfer.objects.filter(entry__idempotency_key=f"release:{subject}").select_related(
                "credit"
            )
        )
        if not released or Transfer.objects.filter(entry__idempotency_key=key).exists():
            return
        for transfer in released:
            if transfer.credit.kind == AccountKind.EARNINGS:
                account = LedgerAccount.objects.select_for_update(no_key=True).get(
                    pk=transfer.credit_id
                )
                earned = Transfer.objects.net_of(account)
                if earned < transfer.amount:
                    raise NotCovered(
                        _("The doctor's earnings are %(earned)s; this takes %(amount)s of them.")
                        % {
                            "earned": format_money(earned, payment.currency),
                            "amount": format_money(transfer.amount, payment.currency),
                        }
                    )
        ledger.record_entry(
            kind=EntryKind.VISIT_TAKEN_BACK,
            key=key,
            moves=[
                ledger.Move(
                    ledger.AccountName(AccountKind(each.credit.kind), each.credit.owner_id),
                    ledger.HELD_FEES,
                    each.amount,
                )
                for each in released
            ],
            currency=payment.currency,
            subject=subject,
            memo=handler_of(payment).title(payment),
            by=by,
            now=now,
        )
