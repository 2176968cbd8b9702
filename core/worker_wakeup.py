"""Asking the worker to look now: best effort, and never at the cost of a page.

A task is named by its dotted path ("payments.tasks.send_refunds"), because tasks import the actions
that they call: an action that wants a task to run names it instead of importing it.
"""

import logging
import threading
from collections.abc import Callable, Hashable
from functools import lru_cache

from django.db import connection, transaction
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)

# Of each task that is wanted its name and arguments.
_wanted: set[tuple[str, tuple[Hashable, ...]]] = set()
_news = threading.Event()
_waker: threading.Thread | None = None


def wake_after_commit(task: str, *arguments: Hashable) -> None:
    """Asks the worker to run a task once the transaction is committed. Never raises, never waits.

    However often a transaction asks for the same, the worker is asked once.
    """
    hook = _hook(task, arguments)
    if not any(known[1] is hook for known in connection.run_on_commit):
        transaction.on_commit(hook, robust=True)


def wake(task: str, *arguments: Hashable) -> None:
    """Asks the worker to run a task now. Never raises, never waits.

    A thread of its own does the asking, because the queue may be slow to say that it is gone; many
    wishes for the same at once become one. A sweep has to find what is lost here.
    """
    global _waker
    _wanted.add((task, arguments))
    _news.set()
    if _waker is None or not _waker.is_alive():
        _waker = threading.Thread(target=_keep_waking, name="waker", daemon=True)
        try:
            _waker.start()
        except RuntimeError:
            logger.warning("No thread to wake the worker with; the sweep will do it.")


@lru_cache
def _hook(task: str, arguments: tuple[Hashable, ...]) -> Callable[[], None]:
    """The same function for the same wish: a transaction shows whether it has it already."""

    def wake_for_it() -> None:
        wake(task, *arguments)

    return wake_for_it


def _keep_waking() -> None:
    while _news.wait():
        _news.clear()
        while _wanted:
            task, arguments = _wanted.pop()
            try:
                import_string(task)(*arguments)
            except Exception as error:
                logger.warning("The worker could not be woken (%s); the sweep will do it.", error)
