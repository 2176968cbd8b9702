"""Work in the background: payments are settled also when nobody watches."""

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from payments import actions


@db_periodic_task(crontab())
def sweep_payments() -> None:
    """Each minute."""
    actions.sweep_payments(now=timezone.now())
