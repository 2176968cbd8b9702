"""The named points at which a process can be told to die, and how they are put into the site.

The product has no hooks for this. The drill starts web, worker and sweeper through entry modules
of its own (`web.py`, `worker.py`, `sweeper.py`), and those wrap functions of the site, by name,
before they run it. A name that is gone is an error when the process starts.

An order is a file that holds a point's name. The first process that reaches the point takes the
file away and kills its whole process group with SIGKILL: nothing is flushed, no `finally` runs.
"""

from __future__ import annotations

import os
import signal
import smtplib
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.core.mail.backends.smtp import EmailBackend
from django.db.backends.base.base import BaseDatabaseWrapper

import appointments.actions
import appointments.actions.holds
import notifications.actions
import notifications.actions.housekeeping
import notifications.actions.sending
import payments.actions
import payments.actions.card_charges
from payments.gateways.simulated import SimulatedGateway
from payments.models import Payment

# Where orders are given: set for the drill's processes only.
ORDERS = "DRILL_ORDERS"

BEFORE, AFTER = "before its commit", "after its commit, before the answer"
PURPOSES = ("visit", "deposit")


def _sides(*actions: str) -> tuple[str, ...]:
    return tuple(f"{action}: {side}" for action in actions for side in (BEFORE, AFTER))


# Reached while people use the site.
WEB_POINTS = (
    *_sides("hold", "pay from wallet", "choose card", "start deposit", "cancel"),
    *_sides(*(f"claim {purpose}" for purpose in PURPOSES)),
    *(f"charge {purpose}: claimed, bank not reached" for purpose in PURPOSES),
    *(f"charge {purpose}: bank charged, not settled" for purpose in PURPOSES),
    *_sides(*(f"settle {purpose}" for purpose in PURPOSES)),
)
MAIL_POINTS = (
    "outbox task: swept, nothing sent",
    "outbox task: between two mails",
    "mail: claimed, not rendered",
    "mail: stored as sending, server not called",
    "mail: server called, nothing said",
    "mail: text handed over, answer not read",
    "mail: accepted, not recorded",
    "mail: recorded as sent",
)
# Reached by the sweeps, which the drill runs at a later `now`: in the order of `sweeper.py`.
SWEEP_POINTS = (
    ("sweep payments: between two payments", *_sides("sweep payments, settling")),
    ("expire holds: between two holds", *_sides("expire holds")),
    ("sweep outbox: abandoned ones requeued, not parked", *MAIL_POINTS[:4], *MAIL_POINTS[5:7]),
)
ALL_POINTS = {*WEB_POINTS, *MAIL_POINTS, *(name for names in SWEEP_POINTS for name in names)}


def reach(name: str) -> None:
    """Dies here, with the whole process group, if that was ordered."""
    orders = Path(os.environ[ORDERS])
    try:
        if orders.read_text() != name:
            return
        orders.unlink()
    except FileNotFoundError:
        return
    os.killpg(0, signal.SIGKILL)
    signal.pause()


def give(orders: Path, name: str) -> None:
    """Orders the first process that reaches the point to die there."""
    fresh = orders.with_suffix(".new")
    fresh.write_text(name)
    fresh.rename(orders)


def withdraw(orders: Path) -> bool:
    """Takes the order back. False: somebody is dying of it already."""
    try:
        orders.unlink()
    except FileNotFoundError:
        return False
    return True


def install_web() -> None:
    """Wraps what requests call."""
    _name_commits()
    _name(appointments.actions, "hold_slot", "hold")
    _name(appointments.actions, "book_with_wallet", "pay from wallet")
    _name(appointments.actions, "start_card_booking", "choose card")
    _name(appointments.actions, "cancel_visit", "cancel")
    _name(payments.actions, "start_deposit", "start deposit")
    settling = payments.actions.card_charges
    _name(settling, "_claim", lambda payment, *_: f"claim {_purpose(payment.pk)}")
    _name(settling, "settle_payment", lambda payment_id, **_: f"settle {_purpose(payment_id)}")
    _around(
        SimulatedGateway,
        "charge",
        before=lambda *_, idempotency_key, **__: (
            f"charge {_purpose(idempotency_key)}: claimed, bank not reached"
        ),
        after=lambda *_, idempotency_key, **__: (
            f"charge {_purpose(idempotency_key)}: bank charged, not settled"
        ),
    )


def install_mail() -> None:
    """Wraps the outbox's sender and the SMTP client below it."""
    sending = notifications.actions.sending
    _around(sending, "sweep", after="outbox task: swept, nothing sent")
    _around(sending, "_send", after="outbox task: between two mails")
    _around(sending, "_claim", after="mail: claimed, not rendered")
    _around(sending, "_write", after="mail: stored as sending, server not called")
    _around(EmailBackend, "send_messages", before="mail: server called, nothing said")
    _around(EmailBackend, "send_messages", after="mail: accepted, not recorded")
    _around(sending, "_store_sent", after="mail: recorded as sent")
    # The dot on a line of its own ends the text: from then on the mail is the server's.
    _around(
        smtplib.SMTP,
        "send",
        after=lambda client, said: (
            "mail: text handed over, answer not read"
            if isinstance(said, bytes) and said.endswith(b"\r\n.\r\n")
            else ""
        ),
    )


def install_sweeps() -> None:
    """Wraps the sweeps, the outbox's and its sender included."""
    _name_commits()
    install_mail()
    _name(appointments.actions, "expire_holds", "expire holds")
    _around(appointments.actions.holds, "end_hold", after="expire holds: between two holds")
    settling = payments.actions.card_charges
    _name(settling, "settle_payment", "sweep payments, settling")
    _around(settling, "refresh_payment", after="sweep payments: between two payments")
    _around(
        notifications.actions.housekeeping,
        "expire_messages",
        before="sweep outbox: abandoned ones requeued, not parked",
    )


PointName = str | Callable[..., str]
_running = threading.local()


def _around(owner: Any, attribute: str, *, before: PointName = "", after: PointName = "") -> None:
    """Puts points before and after a function, named by a text or by its arguments."""
    original = getattr(owner, attribute)

    @wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before:
            reach(before if isinstance(before, str) else before(*args, **kwargs))
        result = original(*args, **kwargs)
        if after:
            reach(after if isinstance(after, str) else after(*args, **kwargs))
        return result

    setattr(owner, attribute, wrapped)


def _name(owner: Any, attribute: str, name: PointName) -> None:
    """Names the commits that the function makes."""
    original = getattr(owner, attribute)

    @wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        above = getattr(_running, "name", "")
        _running.name = name if isinstance(name, str) else name(*args, **kwargs)
        try:
            return original(*args, **kwargs)
        finally:
            _running.name = above

    setattr(owner, attribute, wrapped)


def _name_commits() -> None:
    """Puts a point on both sides of each commit of a named action."""
    original = BaseDatabaseWrapper.commit

    @wraps(original)
    def commit(connection: BaseDatabaseWrapper) -> None:
        name = getattr(_running, "name", "")
        if name:
            reach(f"{name}: {BEFORE}")
        original(connection)
        if name:
            reach(f"{name}: {AFTER}")

    BaseDatabaseWrapper.commit = commit


def _purpose(payment_id: Any) -> str:
    purpose = Payment.objects.values_list("purpose", flat=True).get(pk=payment_id)
    return "deposit" if purpose == "deposit" else "visit"
