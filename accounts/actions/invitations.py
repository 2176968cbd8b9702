"""Accounts that the clinic makes for people who have none."""

import datetime as dt
import secrets
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from phonenumber_field.phonenumber import PhoneNumber

from accounts import emails
from accounts.audit import Subject, record_event
from accounts.enums import Act, Relationship, Role
from accounts.exceptions import AccountTakenUp, AddressTaken, MobileTaken
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
        email=_free_address(email) if email else "",
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


def give_address(
    *, user_id: UUID, email: str, by: User, now: dt.datetime, ip: str | None = None
) -> None:
    """The address of a patient whom the clinic entered without one, or with a mistyped one.

    Until they have signed in: then it is theirs to change. A mail invites them. Only doctors and
    admins may. Locks the user. Raises AddressTaken, AccountTakenUp.
    """
    if by.is_patient:
        raise PermissionError("Only the clinic enters addresses of others.")
    try:
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(pk=user_id)
            if not user.is_patient or not user.is_active or user.is_taken_up:
                raise AccountTakenUp
            user.email = _free_address(email)
            user.save(update_fields=["email"])
            emails.invitation(user=user, now=now)
            patient = Patient.objects.get_self(user)
            subject = Subject(row=user, patient=patient, detail={"address": user.email})
            record_event(actor=by, what=Act.ADDRESS_GIVEN, subject=subject, now=now, ip=ip)
    except IntegrityError:
        raise AddressTaken from None


def _free_address(email: str) -> str:
    """As allauth looks it up: in small letters. Raises AddressTaken for one that somebody has,
    also beside another.
    """
    email = email.lower()
    if EmailAddress.objects.filter(email=email).exists():
        raise AddressTaken
    return email
