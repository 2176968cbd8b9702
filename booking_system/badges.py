"""The one table of badges: which colour and icon each status has, wherever a page shows it.

A new member of one of these enums needs its line here: a test walks them all.
"""

from typing import NamedTuple

from django.db.models import TextChoices

from appointments.enums import AppointmentStatus, ProposalStatus
from doctors.enums import DoctorStatus, SlotStatus
from notifications.enums import MessageStatus
from payments.enums import EntryKind, PaymentStatus, RefundStatus


class Badge(NamedTuple):
    """A colour that means something (ok, warn, bad, info or mute) and a symbol of icons.svg."""

    colour: str
    icon: str


BADGES: dict[type[TextChoices], dict[str, Badge]] = {
    AppointmentStatus: {
        AppointmentStatus.PENDING: Badge("warn", "clock"),
        AppointmentStatus.BOOKED: Badge("ok", "check"),
        AppointmentStatus.ARRIVED: Badge("info", "door"),
        AppointmentStatus.FULFILLED: Badge("ok", "checks"),
        AppointmentStatus.CANCELLED: Badge("mute", "x"),
        AppointmentStatus.NOSHOW: Badge("bad", "userx"),
        AppointmentStatus.ENTERED_IN_ERROR: Badge("mute", "x"),
    },
    ProposalStatus: {
        ProposalStatus.WAITING: Badge("mute", "hour"),
        ProposalStatus.OPEN: Badge("warn", "clock"),
        ProposalStatus.ACCEPTED: Badge("ok", "check"),
        ProposalStatus.MOVED: Badge("ok", "cal"),
        ProposalStatus.REFUNDED: Badge("info", "back"),
        ProposalStatus.UNANSWERED: Badge("info", "back"),
        ProposalStatus.KEPT: Badge("ok", "check"),
        ProposalStatus.LAPSED: Badge("mute", "x"),
    },
    SlotStatus: {
        SlotStatus.FREE: Badge("ok", "plus"),
        SlotStatus.HELD: Badge("warn", "hour"),
        SlotStatus.BUSY: Badge("info", "lock"),
        SlotStatus.CLOSED: Badge("mute", "minus"),
    },
    DoctorStatus: {
        DoctorStatus.PENDING: Badge("warn", "clock"),
        DoctorStatus.APPROVED: Badge("ok", "shield"),
        DoctorStatus.REFUSED: Badge("bad", "x"),
    },
    PaymentStatus: {
        PaymentStatus.CREATED: Badge("mute", "card"),
        PaymentStatus.PENDING: Badge("warn", "clock"),
        PaymentStatus.SUCCEEDED: Badge("ok", "check"),
        PaymentStatus.FAILED: Badge("bad", "warn"),
        PaymentStatus.CANCELLED: Badge("mute", "x"),
    },
    RefundStatus: {
        RefundStatus.PENDING: Badge("warn", "clock"),
        RefundStatus.SUCCEEDED: Badge("ok", "check"),
        RefundStatus.FAILED: Badge("bad", "warn"),
    },
    EntryKind: {
        EntryKind.DEPOSIT: Badge("ok", "plus"),
        EntryKind.VISIT_PAID: Badge("mute", "cal"),
        EntryKind.VISIT_REFUNDED: Badge("info", "back"),
        EntryKind.VISIT_COMPLETED: Badge("ok", "checks"),
        EntryKind.VISIT_TAKEN_BACK: Badge("warn", "back"),
        EntryKind.LATE_PAYMENT: Badge("warn", "clock"),
        EntryKind.FEE_CHANGED: Badge("mute", "cal"),
        EntryKind.REFUND_RETURNED: Badge("warn", "back"),
        EntryKind.PAID_OUT: Badge("mute", "wallet"),
        EntryKind.GIVEN_UP: Badge("mute", "x"),
    },
    MessageStatus: {
        MessageStatus.QUEUED: Badge("info", "clock"),
        MessageStatus.RENDERING: Badge("info", "clock"),
        MessageStatus.SENDING: Badge("info", "clock"),
        MessageStatus.SENT: Badge("ok", "check"),
        MessageStatus.FAILED: Badge("bad", "warn"),
        MessageStatus.UNCERTAIN: Badge("warn", "warn"),
        MessageStatus.EXPIRED: Badge("mute", "clock"),
    },
}

# A code means the same in each enum that has it, so that a page needs to name no enum.
_BY_CODE = {str(code): badge for badges in BADGES.values() for code, badge in badges.items()}
_QUIET = Badge("mute", "info")


def badge_of(code: str) -> Badge:
    """The badge of a status code; a quiet one for a code that the table does not have."""
    return _BY_CODE.get(code, _QUIET)
