"""Work in the background that belongs to no app above."""

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from core import worker_heartbeat


@db_periodic_task(crontab())
def beat() -> None:
    """Records each minute that the worker is alive."""
    worker_heartbeat.beat(now=timezone.now())
