"""Links that put a visit into the reader's own calendar."""

from django import template

from appointments.models import Appointment
from appointments.visit_calendars import visit_event
from core import calendar_files

register = template.Library()


@register.simple_tag(takes_context=True)
def google_calendar_url(context: template.Context, visit: Appointment) -> str:
    """`{% google_calendar_url visit as url %}`, worded for who is logged in."""
    return calendar_files.google_calendar_url(visit_event(visit, reader=context["request"].user))
