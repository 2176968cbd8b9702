"""Reads about money."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import Q, Sum

from payments.enums import OPEN_PAYMENTS, AccountKind, PaymentStatus, Purpose

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from payments.models import LedgerAccount, Payment, Transfer


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

    def held_for(self, subject: UUID) -> int:
        """What the fees of booked visits hold for one subject, in minor units. One query."""
        into = Q(credit__kind=AccountKind.HELD_FEES)
        out = Q(debit__kind=AccountKind.HELD_FEES)
        sums = self.filter(into | out, entry__subject=subject).aggregate(
            came=Sum("amount", filter=into, default=0), left=Sum("amount", filter=out, default=0)
        )
        held: int = sums["came"] - sums["left"]
        return held


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: User | AnonymousUser) -> PaymentQuerySet:
        """One's own payments; all of them for an admin."""
        if not user.is_authenticated:
            return self.none()
        if user.is_admin:
            return self.all()
        return self.filter(user=user)

    def open(self) -> PaymentQuerySet:
        """Payments whose outcome is not known yet."""
        return self.filter(status__in=OPEN_PAYMENTS)

    def deposits_being_checked(self, user: User) -> PaymentQuerySet:
        """The user's deposits that the gateway has, but has not answered yet."""
        return self.filter(user=user, purpose=Purpose.DEPOSIT, status=PaymentStatus.PENDING)
