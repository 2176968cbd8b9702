"""The rules of booking: the clinic's, and a doctor's own."""

import datetime as dt
from typing import Any

from django.db import transaction

from accounts.audit import Subject, record_event
from accounts.models import User
from appointments.enums import VisitAct
from appointments.exceptions import RulesRefused
from appointments.models import BookingRules
from doctors.models import Doctor

RULES = (
    "window_days", "active_cap", "notice_minutes", "free_cancellation_hours", "late_refunds",
    "move_limit_hours", "moves_allowed", "needs_acceptance", "acceptance_hours",
    "no_show_refund_percent",
)  # fmt: skip


def set_rules(*, doctor: Doctor | None, by: User, now: dt.datetime, **rules: Any) -> BookingRules:
    """Sets rules of a doctor, or of the clinic without one; None takes what stands above.

    What is booked already keeps the rules it was booked under. Locks the row. Raises
    ValidationError for values that make no sense, RulesRefused for the rules of somebody else.
    """
    if not by.may("appointments.change_bookingrules") and (
        doctor is None or doctor.user_id != by.pk
    ):
        raise RulesRefused
    if unknown := set(rules) - set(RULES):
        raise TypeError(f"No such rules: {unknown}")
    with transaction.atomic():
        row, _made = BookingRules.objects.select_for_update().get_or_create(doctor=doctor)
        changed = {
            name: [getattr(row, name), value]
            for name, value in rules.items()
            if getattr(row, name) != value
        }
        for name, value in rules.items():
            setattr(row, name, value)
        row.changed_by, row.changed_at = by, now
        row.full_clean(exclude=["doctor"])
        row.save()
        if changed:
            # The clinic's own rules are nobody's row: they stand with who changed them.
            subject = Subject(row=doctor or by, detail=changed | {"clinic": doctor is None})
            record_event(actor=by, what=VisitAct.RULES, subject=subject, now=now)
    return row
