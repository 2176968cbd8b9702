"""Whom the clinic's desk means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from phonenumber_field.phonenumber import to_python

from accounts.enums import Role
from accounts.models import Patient
from appointments.policies import VISITS

if TYPE_CHECKING:
    from accounts.models import User
    from accounts.querysets import PatientQuerySet
    from appointments.models import Appointment


def patients_for_desk(by: User, words: str) -> PatientQuerySet:
    """Whom the clinic means by `words`: part of a name, a whole e-mail address or mobile number, a
    reference.

    An admin finds everybody by name; a doctor those who have been booked with them, and others
    only by what these say of themselves: the address, the number or a reference.
    """
    from appointments.models import Appointment  # the models import this package

    if not words.strip():
        return Patient.objects.none()
    named = Q()
    for word in words.split():
        named &= Q(name__icontains=word)
    if not by.may(VISITS):
        own = Appointment.objects.visible_to(by).visits()
        named &= Q(pk__in=own.order_by().values("patient"))
    referred = Appointment.objects.filter(reference__iexact=words.strip()).values("patient")
    told = Q(user__email__iexact=words.strip()) | Q(pk__in=referred)
    number = to_python(words)
    if number and number.is_valid():
        told |= Q(user__mobile=number.as_e164)
    # Who has another role now could not see to a visit.
    patients = Patient.objects.filter(named | told, user__role=Role.PATIENT)
    return patients.select_related("user").order_by("name", "pk")


def may_enter_address(by: User, visit: Appointment) -> bool:
    """Whether `by` may enter the e-mail address of the visit's patient: staff, or the doctor whom
    alone they have seen, as long as the patient has not signed in. A query for doctors.
    """
    from appointments.models import Appointment  # the models import this package

    if by.is_patient or visit.patient.user.is_taken_up:
        return False
    if by.may(VISITS):
        return True
    theirs = Appointment.objects.filter(patient__user=visit.patient.user_id)
    return visit.doctor.user_id == by.pk and not theirs.exclude(doctor=visit.doctor_id).exists()
