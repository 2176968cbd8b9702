"""What doctors do when accounts tells that something has changed (accounts/signals.py)."""

import datetime as dt
from typing import Any

from accounts.models import User
from accounts.signals import places_renamed, standing_changed
from doctors.actions import follow_places, follow_standing


def listen() -> None:
    """Connects this app to the signals of accounts."""
    standing_changed.connect(change_standing, dispatch_uid="doctors:standing")
    places_renamed.connect(rename_places, dispatch_uid="doctors:places")


def change_standing(sender: Any, user: User, now: dt.datetime, **kwargs: Any) -> None:
    """Publishes or withdraws the times of a doctor who was activated or deactivated.

    Runs in the transaction of the change, and locks what `follow_standing` locks.
    """
    follow_standing(user, now)


def rename_places(sender: Any, codes: list[str], **kwargs: Any) -> None:
    """Writes the new names of places where doctors keep a copy. In the transaction."""
    follow_places(codes)
