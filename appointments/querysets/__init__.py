"""Every read of appointments, by topic."""

from appointments.querysets.absences import AbsenceQuerySet, ProposalQuerySet
from appointments.querysets.bookable_times import (
    ANYBODY,
    Asker,
    Opening,
    bookable_slots,
    bookable_times,
    has_room,
    open_slots,
    opening,
    without_clashes,
)
from appointments.querysets.booking_rules import (
    BookingRulesQuerySet,
    clinic_policy,
    policies_for,
    policy_for,
    policy_of_rows,
)
from appointments.querysets.feeds import CalendarFeedQuerySet, sha256_of
from appointments.querysets.medical_profiles import profiles_of_patients_of
from appointments.querysets.patient_search import may_enter_address, patients_for_desk
from appointments.querysets.visits import REQUESTED, AppointmentQuerySet, VisitFilter
from appointments.querysets.waitlist import WaitlistQuerySet

__all__ = [
    "ANYBODY",
    "REQUESTED",
    "AbsenceQuerySet",
    "AppointmentQuerySet",
    "Asker",
    "BookingRulesQuerySet",
    "CalendarFeedQuerySet",
    "Opening",
    "ProposalQuerySet",
    "VisitFilter",
    "WaitlistQuerySet",
    "bookable_slots",
    "bookable_times",
    "clinic_policy",
    "has_room",
    "may_enter_address",
    "open_slots",
    "opening",
    "patients_for_desk",
    "policies_for",
    "policy_for",
    "policy_of_rows",
    "profiles_of_patients_of",
    "sha256_of",
    "without_clashes",
]
