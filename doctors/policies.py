"""Who may do what with a doctor's practice."""

from django.core.exceptions import PermissionDenied

from accounts.models import User
from doctors.models import Doctor

# What staff need for a doctor's single times.
TIMES = "doctors.change_slot"


def check_may_manage(user: User, doctor: Doctor) -> None:
    """The doctor's own user, while a doctor, and staff who may. Raises PermissionDenied."""
    if not (user.may("doctors.change_doctor") or (user.is_doctor and doctor.user_id == user.pk)):
        raise PermissionDenied


def check_may_set_times(user: User, doctor: Doctor) -> None:
    """Who may add a time and take time off: the doctor, and staff who work with visits.

    The weekly hours are `check_may_manage`'s. Raises PermissionDenied.
    """
    if not user.may(TIMES):
        check_may_manage(user, doctor)


def check_may_approve(user: User) -> None:
    """Staff who may. Raises PermissionDenied."""
    if not user.may("doctors.approve_doctor"):
        raise PermissionDenied


def may_change_licence(user: User, doctor: Doctor) -> bool:
    """Whoever manages it until it is approved; then staff who may."""
    return user.may("doctors.change_doctor") or not doctor.is_approved
