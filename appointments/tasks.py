"""Background work about appointments. Each calls one action and may run twice."""

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from appointments import actions


@db_periodic_task(crontab())
def expire_holds() -> None:
    """Each minute: gives back the times that were held and not booked."""
    actions.expire_holds(now=timezone.now())
