"""Asking the worker to look now: best effort, and never at the cost of a page."""

import logging
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

_wanted: set[Callable[[], object]] = set()
_news = threading.Event()
_waker: threading.Thread | None = None


def wake(task: Callable[[], object]) -> None:
    """Asks the worker to run a task without arguments now. Never raises, never waits.

    A thread of its own does the asking, because the queue may be slow to say that it is gone; many
    wishes for a task at once become one. A sweep has to find what is lost here.
    """
    global _waker
    _wanted.add(task)
    _news.set()
    if _waker is None or not _waker.is_alive():
        _waker = threading.Thread(target=_keep_waking, name="waker", daemon=True)
        try:
            _waker.start()
        except RuntimeError:
            logger.warning("No thread to wake the worker with; the sweep will do it.")


def _keep_waking() -> None:
    while _news.wait():
        _news.clear()
        while _wanted:
            task = _wanted.pop()
            try:
                task()
            except Exception as error:
                logger.warning("The worker could not be woken (%s); the sweep will do it.", error)
