"""Work in the background: payments and refunds are settled also when nobody watches."""

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from payments import actions


@db_periodic_task(crontab())
def sweep_payments() -> None:
    """Each minute."""
    actions.sweep_payments(now=timezone.now())


@db_task()
def send_refunds() -> None:
    """Somebody is to get money back to a card just now."""
    actions.sweep_refunds(now=timezone.now())


@db_periodic_task(crontab())
def sweep_refunds() -> None:
    """Each minute: refunds that were not sent, or that the bank had no answer for."""
    actions.sweep_refunds(now=timezone.now())
