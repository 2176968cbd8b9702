"""Who may do what with a doctor's practice."""

from django.core.exceptions import PermissionDenied

from accounts.models import User
from doctors.models import Doctor


def check_may_manage(user: User, doctor: Doctor) -> None:
    """The doctor's own user, as long as they are a doctor, and admins. Raises PermissionDenied."""
    if not (user.is_admin or (user.is_doctor and doctor.user_id == user.pk)):
        raise PermissionDenied


def check_may_approve(user: User) -> None:
    """Admins. Raises PermissionDenied."""
    if not user.is_admin:
        raise PermissionDenied


def may_change_licence(user: User, doctor: Doctor) -> bool:
    """Whoever manages it until an admin has checked it; then admins only."""
    return user.is_admin or not doctor.is_approved
