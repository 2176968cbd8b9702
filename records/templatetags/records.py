"""What pages of visits show of records."""

import datetime as dt
from typing import Any

from django import template

from appointments.models import Appointment
from records import actions, policies
from records.models import VisitRecord

register = template.Library()

# `{% if visit|may_record:now %}`: whether its doctor may write about the visit.
register.filter("may_record", policies.may_record)


@register.inclusion_tag("records/_record_section.html", takes_context=True)
def record_section(
    context: template.Context, visit: Appointment, now: dt.datetime
) -> dict[str, Any]:
    """`{% record_section visit now %}`: the record on the page of its visit.

    To patient and doctor what it says, which leaves a row in the audit; to an admin only that there
    is one. Nothing before the day of the visit: there can be none. One query for an admin, three
    for the others.
    """
    user = context["user"]
    shown: dict[str, Any] = {"visit": visit, "user": user}
    if not visit.terms.may_arrive(visit.start, now):
        return shown
    if user.is_admin:
        kept = VisitRecord.objects.filter(appointment=visit).current()
        return shown | {"record_kept": kept.values("version", "saved_at").first()}
    return shown | {
        "record": actions.open_record(appointment_id=visit.pk, by=user, now=now),
        "may_record": user.is_doctor and policies.may_record(visit, now),
    }
