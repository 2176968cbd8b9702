"""Sends in the background. The queue only says "look": what to send is in the outbox."""

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from notifications import actions


@db_task()
def send_due() -> None:
    """Somebody queued a message just now."""
    actions.send_due_messages(now=timezone.now())


@db_periodic_task(crontab())
def sweep_outbox() -> None:
    """Each minute: whatever wasn't sent when it was queued."""
    actions.send_due_messages(now=timezone.now())
