"""Reads about money."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from payments.enums import (
    OPEN_PAYMENTS,
    AccountKind,
    EntryKind,
    PaymentStatus,
    Purpose,
    RefundStatus,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from payments.models import JournalEntry, LedgerAccount, Payment, Refund, Transfer, Wallet

# How often the gateway is asked about one refund at most: the longer it has left it open, the more
# seldom. (How old the refund is at most, how long since it was last asked for.)
ASK_REFUND_EVERY = (
    (dt.timedelta(hours=1), dt.timedelta(seconds=30)),
    (dt.timedelta(days=1), dt.timedelta(minutes=15)),
    (dt.timedelta.max, dt.timedelta(hours=6)),
)


class TransferQuerySet(models.QuerySet["Transfer"]):
    def of_account(self, account: LedgerAccount) -> TransferQuerySet:
        """Transfers into and out of one account."""
        return self.filter(Q(debit=account) | Q(credit=account))

    def net_of(self, account: LedgerAccount) -> int:
        """What came into the account less what went out, in minor units. One query."""
        into, out = Q(credit=account), Q(debit=account)
        sums = self.filter(into | out).aggregate(
            came=Sum("amount", filter=into, default=0), left=Sum("amount", filter=out, default=0)
        )
        net: int = sums["came"] - sums["left"]
        return net

    def subjects_held(self) -> QuerySet[Any, Any]:
        """The subjects for which anything is held."""
        into = Q(credit__kind=AccountKind.HELD_FEES)
        out = Q(debit__kind=AccountKind.HELD_FEES)
        sums = (
            self.filter(into | out)
            .order_by()
            .values("entry__subject")
            .annotate(
                came=Sum("amount", filter=into, default=0),
                left=Sum("amount", filter=out, default=0),
            )
        )
        return sums.exclude(came=F("left")).values_list("entry__subject", flat=True)

    def earned_by(self, user: User, start: dt.datetime, end: dt.datetime) -> int:
        """What came into a doctor's earnings within [start, end), in minor units. One query."""
        into = self.filter(credit__kind=AccountKind.EARNINGS, credit__owner=user)
        within = into.filter(entry__created_at__gte=start, entry__created_at__lt=end)
        earned: int = within.aggregate(earned=Sum("amount", default=0))["earned"]
        return earned

    def held_for(self, subject: UUID) -> int:
        """What the fees of booked visits hold for one subject, in minor units. One query."""
        into = Q(credit__kind=AccountKind.HELD_FEES)
        out = Q(debit__kind=AccountKind.HELD_FEES)
        sums = self.filter(into | out, entry__subject=subject).aggregate(
            came=Sum("amount", filter=into, default=0), left=Sum("amount", filter=out, default=0)
        )
        held: int = sums["came"] - sums["left"]
        return held

    def figures(self, *, start: dt.datetime, end: dt.datetime, currency: str) -> dict[str, int]:
        """What moved in [start, end), in minor units of the currency. One query.

        `cards`: taken in by the card gateway; `booked`: paid for visits; `given_back`: of that;
        `earned` by doctors and `commission` of the site, for visits that are over.
        """
        moved = self.filter(
            entry__created_at__gte=start, entry__created_at__lt=end, debit__currency=currency
        )
        return moved.aggregate(
            cards=_amount(debit__kind=AccountKind.GATEWAY),
            booked=_amount(credit__kind=AccountKind.HELD_FEES),
            given_back=_amount(entry__kind=EntryKind.VISIT_REFUNDED),
            earned=_amount(credit__kind=AccountKind.EARNINGS),
            commission=_amount(credit__kind=AccountKind.COMMISSION),
        )

    def fees_held(self, currency: str) -> int:
        """What the fees of booked visits hold now, in minor units. One query."""
        sums = self.filter(debit__currency=currency).aggregate(
            came=_amount(credit__kind=AccountKind.HELD_FEES),
            left=_amount(debit__kind=AccountKind.HELD_FEES),
        )
        held: int = sums["came"] - sums["left"]
        return held


def _amount(**where: str) -> Sum:
    return Sum("amount", filter=Q(**where), default=0)


class JournalEntryQuerySet(models.QuerySet["JournalEntry"]):
    def with_amount(self) -> JournalEntryQuerySet:
        """Each with `amount`, what all its transfers moved, in minor units of `currency`."""
        from payments.models import Transfer  # the models import this module

        moved = Transfer.objects.filter(entry=OuterRef("pk")).order_by().values("entry")
        return self.annotate(
            amount=Subquery(moved.annotate(sum=Sum("amount")).values("sum")),
            currency=Subquery(moved.values("debit__currency")[:1]),
        )


class LedgerAccountQuerySet(models.QuerySet["LedgerAccount"]):
    def with_balance(self) -> LedgerAccountQuerySet:
        """Each with `balance`: what came in less what went out, in minor units."""
        return self.annotate(balance=_side("credit") - _side("debit"))


def _side(name: str) -> Coalesce:
    from payments.models import Transfer  # the models import this module

    moved = Transfer.objects.filter(**{name: OuterRef("pk")}).order_by().values(name)
    return Coalesce(Subquery(moved.annotate(sum=Sum("amount")).values("sum")), 0)


class WalletQuerySet(models.QuerySet["Wallet"]):
    def total(self, currency: str) -> int:
        """What all wallets of the currency hold together, in minor units. One query."""
        held = self.filter(account__currency=currency).aggregate(sum=Sum("balance", default=0))
        total: int = held["sum"]
        return total


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: User | AnonymousUser) -> PaymentQuerySet:
        """One's own payments; all of them for staff who may see payments."""
        if not user.is_authenticated:
            return self.none()
        if user.may("payments.view_payment"):
            return self.all()
        return self.filter(user=user)

    def open(self) -> PaymentQuerySet:
        """Payments whose outcome is not known yet."""
        return self.filter(status__in=OPEN_PAYMENTS)

    def paid_for(self, subject: UUID) -> PaymentQuerySet:
        """The payment that was accepted for the subject: one at most."""
        return self.filter(subject=subject, status=PaymentStatus.SUCCEEDED, late=False)

    def lost(self) -> PaymentQuerySet:
        """Card payments that were given up because the gateway did not know them."""
        return self.filter(status=PaymentStatus.FAILED, gateway_reference="")

    def in_doubt_at(self, now: dt.datetime) -> PaymentQuerySet:
        """Payments whose charge, or a refund of which, the gateway has left open for long."""
        since = now - dt.timedelta(minutes=settings.PENDING_PAYMENT_HOLD_MINUTES)
        charge = Q(status=PaymentStatus.PENDING, charged_at__lte=since)
        refund = Q(refunds__status=RefundStatus.PENDING, refunds__created_at__lte=since)
        return self.filter(charge | refund).distinct()

    def deposits_being_checked(self, user: User) -> PaymentQuerySet:
        """The user's deposits that the gateway has, but has not answered yet."""
        return self.filter(user=user, purpose=Purpose.DEPOSIT, status=PaymentStatus.PENDING)


@dataclass(frozen=True)
class CameBack:
    """What came back of a fee, and where it is, in minor units."""

    # At once, or because the card did not take it.
    wallet: int = 0
    # The bank has it, and has not answered yet.
    to_card: int = 0
    on_card: int = 0

    @property
    def all(self) -> int:
        return self.wallet + self.to_card + self.on_card


class RefundQuerySet(models.QuerySet["Refund"]):
    def came_back(self, subject: UUID) -> CameBack:
        """What came back of the fee paid for `subject`, and where it is now. One query."""
        to_card = Sum("card_amount", filter=Q(status=RefundStatus.PENDING), default=0)
        on_card = Sum("card_amount", filter=Q(status=RefundStatus.SUCCEEDED), default=0)
        sums = self.filter(payment__subject=subject).aggregate(
            all=Sum("amount", default=0), to_card=to_card, on_card=on_card
        )
        in_wallet = sums["all"] - sums["to_card"] - sums["on_card"]
        return CameBack(in_wallet, sums["to_card"], sums["on_card"])

    def to_ask(self, now: dt.datetime) -> RefundQuerySet:
        """Refunds that the bank is to be asked for now, those longest unasked first.

        See `ASK_REFUND_EVERY`: none is ever given up, for only the bank knows what became of it.
        """
        waited = Q(asked_at__isnull=True)
        older_than = dt.timedelta()
        for age, every in ASK_REFUND_EVERY:
            of_that_age = Q(created_at__lte=now - older_than)
            if age != dt.timedelta.max:
                of_that_age &= Q(created_at__gt=now - age)
            waited |= of_that_age & Q(asked_at__lte=now - every)
            older_than = age
        return self.filter(waited, status=RefundStatus.PENDING).order_by(
            F("asked_at").asc(nulls_first=True)
        )

    def on_the_way_to(self, user: User) -> RefundQuerySet:
        """What the bank is sending back to the user's cards, with the payments."""
        return self.filter(payment__user=user, status=RefundStatus.PENDING).select_related(
            "payment"
        )
