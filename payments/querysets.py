"""Reads about money."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from payments.enums import OPEN_PAYMENTS

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from accounts.models import User
    from payments.models import LedgerAccount, Payment, Transfer


class TransferQuerySet(models.QuerySet["Transfer"]):
    def of_account(self, account: LedgerAccount) -> TransferQuerySet:
        """Transfers into and out of one account."""
        return self.filter(Q(debit=account) | Q(credit=account))


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
