"""Who may do what with a doctor's practice."""

from django.core.exceptions import PermissionDenied

from accounts.models import User
from doctors.models import Doctor


def check_may_manage(user: User, doctor: Doctor) -> None:
    """The doctor's own user and admins. Raises PermissionDenied."""
    if doctor.user_id != user.pk and not user.is_admin:
        raise PermissionDenied


def check_may_approve(user: User) -> None:
    """Admins. Raises PermissionDenied."""
    if not user.is_admin:
        raise PermissionDenied
