"""Every write to the outbox."""

from notifications.actions.housekeeping import (
    expire_messages,
    forget_texts,
    recover_abandoned,
    sweep,
)
from notifications.actions.queueing import (
    new_message,
    queue_message,
    queue_messages,
    record_as_sent,
    resend_message,
    wake_sender,
)
from notifications.actions.sending import send_due_messages, send_message

__all__ = [
    "expire_messages",
    "forget_texts",
    "new_message",
    "queue_message",
    "queue_messages",
    "record_as_sent",
    "recover_abandoned",
    "resend_message",
    "send_due_messages",
    "send_message",
    "sweep",
    "wake_sender",
]
