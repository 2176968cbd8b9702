"""Which times a patient can take, by every rule that holding one asks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    UUIDField,
)

from appointments.enums import AppointmentStatus
from core.compiled_queries import compiled
from doctors.models import Slot

if TYPE_CHECKING:
    from appointments.models import Appointment
    from appointments.policies import Policy
    from appointments.querysets.visits import AppointmentQuerySet
    from doctors.models import Doctor
    from doctors.querysets import SlotQuerySet


@dataclass(frozen=True)
class Asker:
    """For whom times are looked up. What is not known is not asked."""

    # Whoever books: their own hold gives way to the time they take.
    user_id: uuid.UUID | None = None
    # Who must be free then.
    patient_id: uuid.UUID | None = None
    # The visit that is to be moved: its doctor's cap has counted it, and it gives way itself.
    visit_id: uuid.UUID | None = None


ANYBODY = Asker()


class Opening(NamedTuple):
    """What the rules of some doctors leave open at a moment."""

    # Times that begin after this,
    after: dt.datetime
    # and before this,
    before: dt.datetime
    # of those doctors who have fewer active visits.
    cap: int


def opening(
    doctor: Doctor, policy: Policy, now: dt.datetime, asker: Asker = ANYBODY
) -> Opening | None:
    """What the doctor's rules leave open at `now`; None where they leave nothing."""
    if not doctor.takes_bookings or not (policy.active_cap or asker.visit_id):
        return None
    return Opening(policy.earliest_start(now), policy.window_end(now), policy.active_cap)


def bookable_slots(
    doctor: Doctor, policy: Policy, now: dt.datetime, asker: Asker = ANYBODY
) -> SlotQuerySet:
    """What can be taken of the doctor's times at `now`: what `hold_slot` would not refuse."""
    return bookable_times({doctor: policy}, now, asker)


def bookable_times(
    policies: Mapping[Doctor, Policy], now: dt.datetime, asker: Asker = ANYBODY
) -> SlotQuerySet:
    """What can be taken of these doctors' times at `now`, by the rules of each. One query.

    Of doctors who take bookings and whose cap has room: times that are free, neither too soon nor
    beyond the booking window, at which the patient is not somewhere else.
    """
    # Doctors with the same rules share one condition; most have the clinic's.
    alike: dict[Opening, list[uuid.UUID]] = {}
    for doctor, policy in policies.items():
        if found := opening(doctor, policy, now, asker):
            alike.setdefault(found, []).append(doctor.pk)
    return open_slots(alike, now, asker)


def open_slots(
    openings: Mapping[Opening, list[uuid.UUID]], now: dt.datetime, asker: Asker
) -> SlotQuerySet:
    """What can be taken at `now` of the times of those doctors, whose rules leave that open.

    Any of the values may be a parameter of a `Compiled` read (core/compiled_queries.py).
    """
    wanted = Q()
    for (after, before, cap), doctors in openings.items():
        # By the key itself: a relation takes no parameters in a list.
        which = Q(doctor__pk__in=doctors, start__gt=after, start__lt=before)
        if asker.visit_id is None:
            which &= ~Q(doctor__in=_full(doctors, cap, now, asker))
        wanted |= which
    if not wanted:
        return Slot.objects.none()
    found = Slot.objects.filter(wanted).bookable_at(now)
    return without_clashes(found, now, asker) if asker.patient_id else found


def without_clashes(slots: SlotQuerySet, now: dt.datetime, asker: Asker) -> SlotQuerySet:
    """Those at which the asker's patient has no other visit, request or offer."""
    elsewhere = _standing(now, asker).filter(
        patient=asker.patient_id, start__lt=OuterRef("end"), end__gt=OuterRef("start")
    )
    return slots.filter(~Exists(elsewhere))


def has_room(doctor: Doctor, policy: Policy, now: dt.datetime, asker: Asker = ANYBODY) -> bool:
    """Whether the doctor's cap has room for one more. To decide, ask under the doctor's lock."""
    if asker.visit_id:
        return True
    if not policy.active_cap:
        return False
    asked = {"doctor": doctor.pk, "cap": policy.active_cap, "now": now}
    if asker.user_id:
        asked["user_id"] = asker.user_id
        return not _full_but_for_own_hold(**asked)
    return not _is_full(**asked)


def _full(
    doctors: list[uuid.UUID], cap: int, now: dt.datetime, asker: Asker
) -> QuerySet[Appointment, Any]:
    """Those of the doctors who have as many active visits as they take, by id."""
    counted = _standing(now, asker).filter(doctor__pk__in=doctors).order_by().values("doctor")
    return counted.annotate(count=Count("pk")).filter(count__gte=cap).values("doctor")


_FULL: dict[str, Any] = {"doctor": UUIDField(), "cap": IntegerField(), "now": DateTimeField()}


@compiled(**_FULL)
def _is_full(doctor: Any, cap: Any, now: Any) -> Any:
    return _full([doctor], cap, now, ANYBODY)


@compiled(user_id=UUIDField(), **_FULL)
def _full_but_for_own_hold(doctor: Any, cap: Any, now: Any, user_id: Any) -> Any:
    return _full([doctor], cap, now, Asker(user_id=user_id))


def _standing(now: dt.datetime, asker: Asker) -> AppointmentQuerySet:
    """Active visits, but for what would give way to the time that the asker takes."""
    from appointments.models import Appointment  # the models import this package

    standing = Appointment.objects.active_at(now)
    if asker.visit_id:
        standing = standing.exclude(pk=asker.visit_id)
    if asker.user_id:
        standing = standing.exclude(
            booked_by=asker.user_id,
            status=AppointmentStatus.PENDING,
            requested_at__isnull=True,
            is_offer=False,
        )
    return standing
