"""People who have not left."""

from django.core.exceptions import PermissionDenied

from accounts.models import User


def lock_present(user: User) -> User:
    """Locks the user, in the caller's transaction. Raises PermissionDenied for one who has left.

    Whoever writes something personal calls it first: what was on its way while the account was
    being closed must not come to stand on it again.
    """
    row = User.objects.select_for_update(no_key=True).filter(pk=user.pk, closed_at=None).first()
    if row is None:
        raise PermissionDenied
    return row
