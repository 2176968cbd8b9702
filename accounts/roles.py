"""What a role means to the apps above: what goes on in it, and what has to go with it.

Each registers its hooks in its `AppConfig.ready()`, with the floor on which the app stands: hooks
of a higher floor run first, because what they see to builds on what is below.
"""

import datetime as dt
from collections.abc import Callable, Iterable

from accounts.enums import Role
from accounts.exceptions import RoleInUse
from accounts.models import User
from accounts.personal_data_registry import Obstacle

# What others count on while `user` has the role: visits ahead, money. Each with the page for it.
GoingOn = Callable[[User, dt.datetime], Iterable[Obstacle]]
# Takes away what belongs to the role that `user` has, in the caller's transaction; locks what
# somebody could build on meanwhile. What happened stays: it is history.
LeaveRole = Callable[[User, dt.datetime], None]

# By role: (floor, hook), from the top.
_going_on: dict[Role, list[tuple[int, GoingOn]]] = {role: [] for role in Role}
_leaving: dict[Role, list[tuple[int, LeaveRole]]] = {role: [] for role in Role}


def register_going_on(role: Role, hook: GoingOn, *, floor: int) -> None:
    """Makes `hook` say what goes on in `role`, after the hooks of the floors above."""
    _going_on[role].append((floor, hook))
    _going_on[role].sort(key=_from_the_top)


def register_leaving(role: Role, hook: LeaveRole, *, floor: int) -> None:
    """Makes `hook` run when a user stops having `role`, after the hooks of the floors above."""
    _leaving[role].append((floor, hook))
    _leaving[role].sort(key=_from_the_top)


def _from_the_top(entry: tuple[int, object]) -> int:
    return -entry[0]


def going_on(user: User, now: dt.datetime) -> list[Obstacle]:
    """What goes on in the role that the user has at `now`."""
    return [each for _floor, hook in _going_on[Role(user.role)] for each in hook(user, now)]


def leave_role(user: User, now: dt.datetime) -> None:
    """Takes away what belongs to the role that the user has, in the caller's transaction.

    Raises RoleInUse while something goes on in it: before anything is locked, and once more behind
    the hooks' locks, for what came in between.
    """
    _refuse_in_use(user, now)
    for _floor, hook in _leaving[Role(user.role)]:
        hook(user, now)
    _refuse_in_use(user, now)


def _refuse_in_use(user: User, now: dt.datetime) -> None:
    if reasons := going_on(user, now):
        raise RoleInUse(reasons)
