"""Choices about money."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountKind(models.TextChoices):
    """What a ledger account stands for. The first two belong to a person, the rest to the site."""

    WALLET = "wallet", _("Wallet")
    EARNINGS = "earnings", _("Doctor's earnings")
    GATEWAY = "gateway", _("Money at the card gateway")
    HELD_FEES = "held-fees", _("Fees of booked visits")
    COMMISSION = "commission", _("Commission")


PERSONAL_ACCOUNTS = (AccountKind.WALLET, AccountKind.EARNINGS)


class EntryKind(models.TextChoices):
    """What happened to make money move."""

    DEPOSIT = "deposit", _("Deposit")
    VISIT_PAID = "visit-paid", _("Visit")
    VISIT_REFUNDED = "visit-refunded", _("Refunded")
    VISIT_COMPLETED = "visit-completed", _("Visit completed")
    LATE_PAYMENT = "late-payment", _("Came too late")


class Purpose(models.TextChoices):
    """What a payment is for. The app that owns the subject registers what settling it means."""

    DEPOSIT = "deposit", _("Deposit")
    APPOINTMENT = "appointment", _("Visit")


class Method(models.TextChoices):
    WALLET = "wallet", _("Wallet")
    CARD = "card", _("Card")


class PaymentStatus(models.TextChoices):
    CREATED = "created", _("Started")
    PENDING = "pending", _("Checking")
    SUCCEEDED = "succeeded", _("Paid")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_PAYMENTS = (PaymentStatus.CREATED, PaymentStatus.PENDING)


class ChargeStatus(models.TextChoices):
    """What a gateway says of a charge."""

    SUCCEEDED = "succeeded", _("Approved")
    FAILED = "failed", _("Refused")
    PENDING = "pending", _("Being checked")
    NEEDS_CONFIRMATION = "needs-confirmation", _("To be confirmed by the payer")
