"""Accounts that the clinic makes for people who have none."""

import datetime as dt
import secrets
from uuid import UUID

from django.db import IntegrityError, transaction
from phonenumber_field.phonenumber import PhoneNumber

from accounts import emails
from accounts.audit import Subject, record_event
from accounts.enums import Act, Relationship, Role
from accounts.exceptions import AddressKnown, AddressTaken, MobileTaken
from accounts.models import Patient, User


def invite_patient(
    *, name: str, email: str, by: User, now: dt.datetime, mobile: PhoneNumber | None = None
) -> Patient:
    """A new user without a password, and the patient they are; a mail says how to set one.

    Without an address they can only be reached by phone, until `give_address`. Only doctors and
    admins may. Raises AddressTaken, MobileTaken, and ValueError where neither is there.
    """
    if by.is_patient:
        raise PermissionError("Only the clinic makes accounts for others.")
    if not email and not mobile:
        raise ValueError("Somebody must be reached by mail or by phone.")
    user = User(
        # They sign in with the address; the name only has to be nobody else's.
        username=f"patient-{secrets.token_hex(6)}",
        email=email,
        first_name=name,
        mobile=mobile,
        role=Role.PATIENT,
    )
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            patient = Patient.objects.create(user=user, relationship=Relationship.SELF, name=name)
            emails.invitation(user=user, now=now)
            record_event(actor=by, what=Act.INVITED, subject=Subject(row=user), now=now)
    except IntegrityError:
        if mobile and User.objects.filter(mobile=mobile).exists():
            raise MobileTaken from None
        raise AddressTaken from None
    return patient


def give_address(*, user_id: UUID, email: str, by: User, now: dt.datetime) -> None:
    """The address of somebody whom the clinic entered without one; a mail invites them.

    Only doctors and admins may. Locks the user. Raises AddressTaken, AddressKnown.
    """
    if by.is_patient:
        raise PermissionError("Only the clinic enters addresses of others.")
    try:
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(pk=user_id)
            if user.email or user.closed_at:
                raise AddressKnown
            user.email = email
            user.save(update_fields=["email"])
            emails.invitation(user=user, now=now)
            record_event(actor=by, what=Act.ADDRESS_GIVEN, subject=Subject(row=user), now=now)
    except IntegrityError:
        raise AddressTaken from None
