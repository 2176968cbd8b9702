"""What is tidied up about people in the background."""

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from accounts import actions


@db_periodic_task(crontab(minute="40"))
def forget_code_guesses() -> None:
    """Each hour: counters of code guesses that are over."""
    actions.forget_code_guesses(now=timezone.now())


@db_periodic_task(crontab(minute="50"))
def forget_ended_sessions() -> None:
    """Each hour: sessions that ran out, and the devices of ended ones."""
    actions.forget_ended_sessions(now=timezone.now())
