"""Work on doctors' time that nobody waits for."""

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from doctors import actions


@db_periodic_task(crontab(minute="17", hour="*/6"))
def publish_slots_to_the_horizon() -> None:
    """Adds the slots of the day that has come within the horizon.

    Once a day is enough; it runs four times, so that a worker that was down catches up.
    """
    actions.publish_all_slots(now=timezone.now())
