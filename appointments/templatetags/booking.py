"""What pages of lower apps show of booking: a doctor's next times, the picker, what is held."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import template
from django.utils import timezone

from appointments import picker
from appointments.models import Appointment, Proposal
from appointments.proposal_links import answer_path
from appointments.querysets import Asker
from core.times import reader_zone
from doctors.models import Doctor

register = template.Library()


@register.simple_tag(takes_context=True)
def soonest_times(
    context: template.Context, doctors: Iterable[Doctor]
) -> dict[uuid.UUID, list[picker.SlotTime]]:
    """`{% soonest_times doctors as times %}`: each doctor's next three times, in one query."""
    signed_in = context["request"].user.is_authenticated
    return picker.soonest_times(
        doctors, zone=reader_zone() if signed_in else None, now=timezone.now()
    )


@register.filter
def times_of(
    times: dict[uuid.UUID, list[picker.SlotTime]], doctor: Doctor
) -> list[picker.SlotTime]:
    """`{{ times|times_of:doctor }}`: one doctor's share of `soonest_times`."""
    return times.get(doctor.pk, [])


@register.inclusion_tag("appointments/_slot_picker.html", takes_context=True)
def slot_picker(context: template.Context, doctor: Doctor) -> dict[str, Any]:
    """`{% slot_picker doctor %}`: the calendar, opened on the first free day."""
    request = context["request"]
    zone = reader_zone() if request.user.is_authenticated else doctor.zone
    asker = Asker(user_id=request.user.pk)
    return picker.picker_context(doctor) | {
        "picker": picker.build_picker(doctor=doctor, zone=zone, now=timezone.now(), asker=asker),
        "may_wait": True,
        "request": request,
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("appointments/_held.html", takes_context=True)
def holds_to_pay(context: template.Context) -> dict[str, Any]:
    """`{% holds_to_pay %}`: what is held for the reader, with the way back to paying for it."""
    own = Appointment.objects.visible_to(context["request"].user).held_at(timezone.now())
    holds = own.select_related("doctor", "patient", "slot").order_by("slot__held_until")
    return {"holds": holds, "to_pay": True}


@register.simple_tag
def answer_link(proposal: Proposal) -> str:
    """`{% answer_link proposal %}`: the page on which its patient answers."""
    return answer_path(proposal)
