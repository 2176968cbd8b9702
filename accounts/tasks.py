"""What is done and tidied up about people in the background."""

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from accounts import actions


@db_periodic_task(crontab(minute="40"))
def forget_code_guesses() -> None:
    """Each hour: counters of code guesses that are over."""
    actions.forget_code_guesses(now=timezone.now())


@db_periodic_task(crontab(hour="4", minute="10"))
def delete_orphaned_photos() -> None:
    """Each day: files of photos that nobody has any more."""
    actions.delete_orphaned_photos(now=timezone.now())


@db_task()
def make_exports() -> None:
    """Somebody asked for their data just now."""
    actions.make_exports(now=timezone.now())


@db_periodic_task(crontab())
def sweep_exports() -> None:
    """Each minute: copies of data that nobody is at, whose week is over, files nobody wants."""
    now = timezone.now()
    actions.make_exports(now=now)
    actions.expire_exports(now=now)
    actions.delete_unwanted_files()


@db_periodic_task(crontab(minute="50"))
def forget_ended_sessions() -> None:
    """Each hour: sessions that ran out, and the devices of ended ones."""
    actions.forget_ended_sessions(now=timezone.now())
