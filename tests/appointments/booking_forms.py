"""Addresses and forms of the booking pages."""

import datetime as dt
import uuid

from django.urls import reverse

from appointments.models import Appointment

MINUTE = dt.timedelta(minutes=1)


def url(name: str, *args: object) -> str:
    return reverse(f"appointments:{name}", args=args)


def pay_url(held: Appointment) -> str:
    return reverse("pay_for_visit", args=[held.pk])


def pay_form(method: str = "wallet") -> dict[str, str]:
    return {"method": method, "idempotency_key": str(uuid.uuid4())}
