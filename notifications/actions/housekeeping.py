"""What the sweep does each minute before it sends: all idempotent."""

import datetime as dt

from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from notifications.personal_data import forget_all
from notifications.policies import ENDED, FORGOTTEN, LEASE


def sweep(*, now: dt.datetime) -> None:
    """Recovers, expires and forgets what is due for it."""
    recover_abandoned(now=now)
    expire_messages(now=now)
    forget_texts(now=now)
    forget_ended()


def recover_abandoned(*, now: dt.datetime) -> None:
    """Decides about messages whose sender died.

    One that was being written was certainly not sent: it waits again. One that was being sent may
    have been: it is parked as uncertain, and never sent again by itself.
    """
    abandoned = OutboxMessage.objects.filter(claimed_at__lt=now - LEASE)
    abandoned.filter(status=MessageStatus.RENDERING).update(
        status=MessageStatus.QUEUED, claimed_at=None
    )
    abandoned.filter(status=MessageStatus.SENDING).update(
        status=MessageStatus.UNCERTAIN,
        error="The sender stopped before the mail server's answer was known.",
    )


def expire_messages(*, now: dt.datetime) -> None:
    """Gives up on waiting messages that are of no use any more."""
    OutboxMessage.objects.run_out_at(now).update(status=MessageStatus.EXPIRED)


def forget_texts(*, now: dt.datetime) -> None:
    """Forgets what messages said whose text has run out, sent or not. The row stays.

    One that is being written right now has its turn at the next sweep.
    """
    OutboxMessage.objects.filter(text_until__lte=now).exclude(
        status=MessageStatus.RENDERING
    ).update(**FORGOTTEN)


def forget_ended() -> None:
    """Keeps nothing of messages to or about people who have left, as soon as they have ended."""
    forget_all(OutboxMessage.objects.filter(forget_when_done=True, status__in=ENDED))
