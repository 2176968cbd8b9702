"""Background work about appointments. Each calls one action and may run twice."""

import uuid

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from appointments import actions, personal_data


@db_periodic_task(crontab())
def expire_holds() -> None:
    """Each minute: gives back the times that were held and not booked."""
    actions.expire_holds(now=timezone.now())


@db_periodic_task(crontab())
def expire_requests() -> None:
    """Each minute: declines and pays back what no doctor answered in time."""
    actions.expire_requests(now=timezone.now())


@db_periodic_task(crontab())
def sweep_waitlist() -> None:
    """Each minute: offers free times to who waits for them, and closes what is over."""
    actions.sweep_waitlist(now=timezone.now())


@db_periodic_task(crontab())
def queue_reminders() -> None:
    """Each minute: the reminders that are due, in batches, also what a dead worker left behind."""
    while actions.queue_reminders(now=timezone.now()):
        pass


@db_periodic_task(crontab())
def settle_visits() -> None:
    """Each minute: moves the fees of visits that are over and can't be taken back any more."""
    actions.settle_visits(now=timezone.now())


@db_periodic_task(crontab())
def expire_proposals() -> None:
    """Each minute: sees to proposals that nobody answered in time."""
    actions.expire_proposals(now=timezone.now())


@db_periodic_task(crontab())
def run_absences() -> None:
    """Each minute: goes on telling patients where a worker stopped in the middle."""
    actions.run_absences(now=timezone.now())


@db_task()
def run_absence(absence_id: str) -> None:
    """A doctor has just said that they can't come."""
    actions.run_absence(absence_id=uuid.UUID(absence_id), now=timezone.now())


@db_periodic_task(crontab(minute="50"))
def erase_latecomers() -> None:
    """Each hour: what was saved while its account was being closed."""
    personal_data.erase_latecomers(now=timezone.now())
