"""Choices about money."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountKind(models.TextChoices):
    """What a ledger account stands for. The first two belong to a person, the rest to the site."""

    WALLET = "wallet", _("Wallet")
    EARNINGS = "earnings", _("Doctor's earnings")
    GATEWAY = "gateway", _("Money at the card gateway")
    CASH_DESK = "cash-desk", _("Money taken at the desk")
    HELD_FEES = "held-fees", _("Fees of booked visits")
    COMMISSION = "commission", _("Commission")
    GIVEN_UP = "given-up", _("Money that people left behind")


PERSONAL_ACCOUNTS = (AccountKind.WALLET, AccountKind.EARNINGS)


class EntryKind(models.TextChoices):
    """What happened to make money move."""

    DEPOSIT = "deposit", _("Deposit")
    VISIT_PAID = "visit-paid", _("Visit")
    VISIT_REFUNDED = "visit-refunded", _("Refunded")
    VISIT_COMPLETED = "visit-completed", _("Visit completed")
    VISIT_TAKEN_BACK = "visit-taken-back", _("Visit taken back")
    LATE_PAYMENT = "late-payment", _("Came too late")
    FEE_CHANGED = "fee-changed", _("Fee changed")
    REFUND_RETURNED = "refund-returned", _("Refund came back")
    PAID_OUT = "paid-out", _("Paid out at the desk")
    GIVEN_UP = "given-up", _("Given up with the account")


class MoneyAct(models.TextChoices):
    """What the audit says of money (`AuditEvent.what`), in words for an admin."""

    PAID_OUT = "wallet.paid_out", _("Paid a wallet out at the desk")
    TAKEN_AT_DESK = "payment.taken_at_desk", _("Took a fee at the desk")
    REFUNDED = "payment.refunded", _("Gave money back")


class Purpose(models.TextChoices):
    """What a payment is for. The app that owns the subject registers what settling it means."""

    DEPOSIT = "deposit", _("Deposit")
    APPOINTMENT = "appointment", _("Visit")


class Method(models.TextChoices):
    WALLET = "wallet", _("Wallet")
    CARD = "card", _("Card")
    DESK = "desk", _("At the desk")


class Tender(models.TextChoices):
    """What somebody pays with at the clinic's desk."""

    CASH = "cash", _("Cash")
    TERMINAL = "terminal", _("Card terminal")


class Source(models.TextChoices):
    """What was charged, or what came over the desk, as a payment keeps it.

    The sentence of a card takes the digits: `payments.wording` puts them in.
    """

    CARD = "card", _("card ending %(digits)s")
    CASH = "cash", _("Cash")
    TERMINAL = "terminal", _("Card terminal")


class Memo(models.TextChoices):
    """What money is for, in wallets, on receipts and in mails.

    The sentences take facts, which are kept with the code: `payments.wording` puts them in.
    """

    VISIT = "visit", _("Visit with %(doctor)s")
    # For mails to payers who want to be told no names.
    APPOINTMENT = "appointment", _("Appointment")
    DEPOSIT = "deposit", _("Deposit")
    CARD_DEPOSIT = "card-deposit", _("Deposit, %(source)s")
    FEE_MOVED = "fee-moved", _("Visit moved: the fee is another one now")


class RefundReason(models.TextChoices):
    """Why held money was given back."""

    CANCELLED_BY_PATIENT = "by-patient", _("Visit cancelled by the patient")
    CANCELLED_BY_CLINIC = "by-clinic", _("Visit cancelled by the clinic")
    ENTERED_IN_ERROR = "entered-in-error", _("Visit entered in error")
    MISSED_VISIT = "missed-visit", _("Share of the fee for a missed visit")


class Failure(models.TextChoices):
    """Why a charge or a refund came to nothing, for the payer. Gateways say one of these."""

    BANK_SILENT = (
        "bank-silent",
        _(
            "The bank could not be reached. If it takes the money after all, that goes to your "
            "wallet."
        ),
    )
    REFUSED = "refused", _("The bank said no. Nothing was taken.")
    REFUSED_LATE = "refused-late", _("The bank said no after checking. Nothing was taken.")
    TOO_LITTLE = "too-little", _("There is not enough money on this card. Nothing was taken.")
    NOT_CONFIRMED = "not-confirmed", _("You did not confirm the payment. Nothing was taken.")
    CONFIRMED_LATE = "confirmed-late", _("It was not confirmed in time. Nothing was taken.")
    NOT_THAT_MUCH = "not-that-much", _("The card did not pay that much.")
    CARD_CLOSED = "card-closed", _("The card's account is closed.")


class PaymentStatus(models.TextChoices):
    CREATED = "created", _("Started")
    PENDING = "pending", _("Checking")
    SUCCEEDED = "succeeded", _("Paid")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_PAYMENTS = (PaymentStatus.CREATED, PaymentStatus.PENDING)


class RefundTo(models.TextChoices):
    """Where a payer wants money back."""

    WALLET = "wallet", _("Into the wallet")
    CARD = "card", _("Back to the card")


class RefundStatus(models.TextChoices):
    """How a refund stands; also what a gateway says of one. Into the wallet it is done at once."""

    PENDING = "pending", _("On its way")
    SUCCEEDED = "succeeded", _("Given back")
    FAILED = "failed", _("Refused by the bank")


class ChargeStatus(models.TextChoices):
    """What a gateway says of a charge."""

    SUCCEEDED = "succeeded", _("Approved")
    FAILED = "failed", _("Refused")
    PENDING = "pending", _("Being checked")
    NEEDS_CONFIRMATION = "needs-confirmation", _("To be confirmed by the payer")
