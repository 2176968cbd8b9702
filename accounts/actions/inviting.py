"""Accounts that the clinic makes for people who have none."""

import datetime as dt
import secrets

from django.db import IntegrityError, transaction

from accounts import emails
from accounts.audit import Subject, record_event
from accounts.enums import Act, Relationship, Role
from accounts.exceptions import AddressTaken
from accounts.models import Patient, User


def invite_patient(*, name: str, email: str, by: User, now: dt.datetime) -> Patient:
    """A new user without a password, and the patient they are; a mail says how to set one.

    Only doctors and admins may. Raises AddressTaken.
    """
    if by.is_patient:
        raise PermissionError("Only the clinic makes accounts for others.")
    user = User(
        # They sign in with the address; the name only has to be nobody else's.
        username=f"patient-{secrets.token_hex(6)}",
        email=email,
        first_name=name,
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
        raise AddressTaken from None
    return patient
