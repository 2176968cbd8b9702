"""Mails about doctors: one function per mail. Facts are frozen when the event happens."""

import datetime as dt

from django.conf import settings
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from doctors.models import Doctor
from notifications.actions import queue_message


def doctor_waiting(doctor: Doctor, *, now: dt.datetime) -> None:
    """To each admin: a doctor asks to be approved."""
    facts = {
        "doctor": doctor.name,
        "licence_number": doctor.licence_number,
        "specialties": [
            {"code": specialty.code, "own": specialty.own_name}
            for specialty in doctor.specialties.all()
        ],
        "again": doctor.application > 1,
        # The list, where the actions that approve and refuse are.
        "url": _absolute("admin:doctors_doctor_changelist") + "?status__exact=pending",
    }
    for admin in User.objects.filter(role=Role.ADMIN, is_active=True).exclude(email=""):
        queue_message(
            kind="doctor_waiting",
            event="doctor_waiting",
            object_id=doctor.pk,
            version=doctor.application,
            user=admin,
            facts=facts,
            subject_id=doctor.pk,
            now=now,
        )


def doctor_approved(doctor: Doctor, *, free_times: int, now: dt.datetime) -> None:
    """To the doctor: patients can find them now, and what to do next."""
    queue_message(
        kind="doctor_approved",
        event="doctor_approved",
        object_id=doctor.pk,
        version=doctor.application,
        user=doctor.user,
        facts={
            "doctor": doctor.name,
            "free_times": free_times,
            "page_url": _absolute("doctors:detail", doctor.pk),
            "hours_url": _absolute("doctors:hours"),
        },
        subject_id=doctor.pk,
        now=now,
    )


def doctor_refused(doctor: Doctor, *, now: dt.datetime) -> None:
    """To the doctor: no, why, and how to ask again."""
    queue_message(
        kind="doctor_refused",
        event="doctor_refused",
        object_id=doctor.pk,
        version=doctor.application,
        user=doctor.user,
        facts={
            "doctor": doctor.name,
            "reason": doctor.refusal_reason,
            "practice_url": _absolute("doctors:practice"),
        },
        subject_id=doctor.pk,
        now=now,
    )


def _absolute(url_name: str, *args: object) -> str:
    return f"{settings.SITE_URL}{reverse(url_name, args=args)}"
