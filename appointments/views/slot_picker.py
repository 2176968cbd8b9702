"""The slot picker on a page of its own or of a visit that is moved."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render

from accounts.request_types import PageRequest
from appointments.picker import build_day, build_picker, picker_context, picker_query
from appointments.querysets import ANYBODY, Asker
from doctors.models import Doctor

_PICKER = "appointments/_slot_picker.html"


def picker_response(
    request: PageRequest,
    page: str,
    *,
    doctor: Doctor,
    zone: ZoneInfo,
    now: dt.datetime,
    asker: Asker = ANYBODY,
    base: str = "",
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The template `page`; to htmx the picker alone, or a day of it; 204 when nothing has changed.

    It shows what the asker can take. Its links lead to `base`, by default the doctor's calendar.
    The view varies on HX-Request and HX-Target.
    """
    asked = picker_query(request.GET)
    shown = picker_context(doctor) | (context or {})
    common: dict[str, Any] = {
        "doctor": doctor, "zone": zone, "now": now, "base": base, "asker": asker
    }  # fmt: skip
    if request.htmx and request.htmx.target == "times" and asked["day"]:
        day = build_day(**common, day=asked["day"], slot_id=asked["slot_id"])
        shown |= {"picked": day, "alone": True, "slot_gone": asked["slot_id"] and not day.chosen}
        return render(request, f"{_PICKER}#day", shown)
    picker = build_picker(**common, **asked)
    if request.htmx and request.GET.get("v") == picker.version:
        return HttpResponse(status=204)
    chosen = picker.day and picker.day.chosen
    user = request.user
    shown |= {
        "picker": picker,
        "slot_gone": asked["slot_id"] and not chosen,
        "may_wait": not (
            shown["visit"] or (user.is_authenticated and (user.is_doctor or user.is_admin))
        ),
    }
    return render(request, _PICKER if request.htmx else page, shown, status=status)
