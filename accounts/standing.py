"""What a change of role means to the apps above: what has to go, and what forbids it.

Each registers a hook in its `AppConfig.ready()`.
"""

import datetime as dt
from collections.abc import Callable

from accounts.enums import Role
from accounts.models import User

# Takes away what belongs to the role that `user` has, in the caller's transaction. Raises
# `accounts.exceptions.RoleHasHistory` where something happened that must stay.
LeaveRole = Callable[[User, dt.datetime], None]

_hooks: dict[Role, list[LeaveRole]] = {role: [] for role in Role}


def register_leaving(role: Role, hook: LeaveRole) -> None:
    """Makes `hook` run when somebody stops having `role`. Upper apps come first."""
    _hooks[role].append(hook)


def leave_role(user: User, now: dt.datetime) -> None:
    """Runs what is registered for the role that the user has now. Raises RoleHasHistory."""
    for hook in _hooks[Role(user.role)]:
        hook(user, now)
