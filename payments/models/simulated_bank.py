"""The simulated bank's own book."""

from django.db import models

from payments.enums import (
    ChargeStatus,
    RefundStatus,
)


class SimulatedCharge(models.Model):
    """The simulated bank's own book: what a real gateway would keep on its side."""

    reference = models.CharField(primary_key=True, max_length=60)
    idempotency_key = models.UUIDField(unique=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20, choices=ChargeStatus)
    reason = models.CharField(max_length=16, blank=True)
    # What a slow charge turns into, and when.
    becomes = models.CharField(max_length=20, choices=ChargeStatus, blank=True)
    becomes_at = models.DateTimeField(null=True, blank=True)
    # What the card does with money that is sent back to it.
    refunds = models.CharField(max_length=10, choices=RefundStatus, default=RefundStatus.SUCCEEDED)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference


class SimulatedRefund(models.Model):
    """What the simulated bank sent back to a card, or refused to."""

    reference = models.CharField(primary_key=True, max_length=60)
    idempotency_key = models.UUIDField(unique=True)
    charge = models.ForeignKey(SimulatedCharge, on_delete=models.PROTECT, related_name="sent_back")
    amount = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=RefundStatus)
    reason = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference
