"""When a hold has run out: the one place that compares `Slot.held_until` with the clock.

A hold lasts before the moment `held_until`; at that moment it has run out, also when nobody has
ended it yet.
"""

import datetime as dt

from django.db.models import Q


def has_run_out(held_until: dt.datetime, now: dt.datetime) -> bool:
    """Whether a hold until that moment is over at `now`."""
    return held_until <= now


def run_out(now: dt.datetime, slot: str = "") -> Q:
    """Slots that are held no longer than `now`; `slot` is the way to them, such as "slot__"."""
    return Q(**{f"{slot}held_until__lte": now})


def still_held(now: dt.datetime, slot: str = "") -> Q:
    """Slots that are held beyond `now`; `slot` is the way to them, such as "slot__"."""
    return Q(**{f"{slot}held_until__gt": now})
