"""Sends in the background. The queue only says "look": what to send is in the outbox."""

import logging
import threading

from django.core.cache import cache
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from notifications import actions

logger = logging.getLogger(__name__)

# When the worker was last seen, as an ISO moment. /readyz reports its age.
WORKER_HEARTBEAT_KEY = "worker-heartbeat"

_wanted = threading.Event()
_waker: threading.Thread | None = None


@db_task()
def send_due() -> None:
    """Somebody queued a message just now."""
    actions.send_due_messages(now=timezone.now())


@db_periodic_task(crontab())
def sweep_outbox() -> None:
    """Each minute: whatever wasn't sent when it was queued."""
    actions.send_due_messages(now=timezone.now())


@db_periodic_task(crontab())
def beat() -> None:
    """Each minute: the worker is alive."""
    cache.set(WORKER_HEARTBEAT_KEY, timezone.now().isoformat(), timeout=None)


def wake_sender() -> None:
    """Asks the worker to look into the outbox now. Never raises, never waits.

    A thread of its own does the asking, because the queue may be slow to say that it is gone; many
    wishes at once become one. What is lost here is found by the sweep.
    """
    global _waker
    _wanted.set()
    if _waker is None or not _waker.is_alive():
        _waker = threading.Thread(target=_keep_waking, name="wake-sender", daemon=True)
        try:
            _waker.start()
        except RuntimeError:
            logger.warning("No thread to wake the sender with; the sweep will send.")


def _keep_waking() -> None:
    while _wanted.wait():
        _wanted.clear()
        try:
            send_due()
        except Exception as error:
            logger.warning("The worker could not be woken (%s); the sweep will send.", error)
