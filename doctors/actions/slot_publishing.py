"""A doctor's weekly hours, and the slots made from them."""

import datetime as dt
import logging
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from doctors import slot_generation
from doctors.enums import SlotStatus
from doctors.exceptions import HoursRefused
from doctors.models import Doctor, Slot, TimeOff, WorkingHours
from doctors.policies import check_may_manage, check_may_set_times
from doctors.slot_generation import HoursInterval, Span

logger = logging.getLogger(__name__)


class Published(NamedTuple):
    """How many free slots a publishing added and removed."""

    added: int
    removed: int


@transaction.atomic
def set_working_hours(
    *,
    doctor_id: UUID,
    hours: Sequence[HoursInterval],
    slot_minutes: int,
    buffer_minutes: int,
    by: User,
    now: dt.datetime,
) -> Published:
    """Replaces the doctor's weekly hours and how they are cut, and publishes the difference.

    Locks the doctor. Raises HoursRefused if an interval ends before it starts or two overlap,
    Doctor.DoesNotExist, PermissionDenied.
    """
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor_id)
    check_may_manage(by, doctor)
    if any(slot_generation.ends_before_start(interval) for interval in hours):
        raise HoursRefused(_("Hours must end after they start."))
    if slot_generation.first_overlap(hours):
        raise HoursRefused(_("Hours of one day must not overlap."))
    doctor.slot_minutes = slot_minutes
    doctor.buffer_minutes = buffer_minutes
    doctor.save(update_fields=["slot_minutes", "buffer_minutes"])
    doctor.working_hours.all().delete()
    WorkingHours.objects.bulk_create(
        WorkingHours(
            doctor=doctor, weekday=interval.weekday, start=interval.start, end=interval.end
        )
        for interval in hours
    )
    return publish_locked(doctor, now=now)


@transaction.atomic
def publish_slots(*, doctor_id: UUID, now: dt.datetime) -> Published:
    """Makes the doctor's slots agree with the weekly hours, from `now` to the horizon.

    The horizon is the end of the local day `settings.PUBLISHING_HORIZON_DAYS` days ahead.
    Idempotent. Missing slots are added, and free ones that no longer fit are removed; slots that
    are held, booked or closed stay as they are, and where one of them overlaps the new hours
    nothing is added. Nothing is free in the doctor's time off. A doctor who isn't approved has no
    free slots. Locks the doctor, then the slots it removes. Raises Doctor.DoesNotExist.
    """
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor_id)
    return publish_locked(doctor, now=now)


def publish_all_slots(*, now: dt.datetime) -> Published:
    """Publishes every approved doctor's slots, each in a transaction of its own.

    One doctor's failure is logged and doesn't stop the others.
    """
    added = removed = 0
    for doctor_id in Doctor.objects.approved().values_list("pk", flat=True).order_by("pk"):
        try:
            published = publish_slots(doctor_id=doctor_id, now=now)
        except Exception:
            logger.exception("Slots of doctor %s could not be published", doctor_id)
            continue
        added += published.added
        removed += published.removed
    return Published(added, removed)


@transaction.atomic
def take_time_off(
    *, doctor_id: UUID, start: dt.datetime, end: dt.datetime, by: User, now: dt.datetime
) -> TimeOff:
    """Says that the doctor sees nobody in [start, end), and withdraws the free times in it.

    What is booked or held there stays: who calls this sees to those visits. Locks the doctor, then
    the slots within. Raises Doctor.DoesNotExist, PermissionDenied.
    """
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=doctor_id)
    check_may_set_times(by, doctor)
    time_off = TimeOff.objects.create(doctor=doctor, start=start, end=end, made_by=by, made_at=now)
    # All of them, so that who gives a time back at this moment is either seen here or sees this.
    locked = list(
        Slot.objects.select_for_update(no_key=True)
        .filter(doctor=doctor, start__gt=now, start__lt=end, end__gt=start)
        .order_by("pk")
    )
    free = [slot.pk for slot in locked if slot.status == SlotStatus.FREE]
    Slot.objects.filter(pk__in=free).delete()
    return time_off


@transaction.atomic
def end_time_off(*, time_off_id: UUID, by: User, now: dt.datetime) -> Published:
    """The doctor is back before the time off is over, or need not go: what is ahead opens again.

    Free times are made from the weekly hours as they are today; what was given back meanwhile, and
    closed for it, is free again. Times that were closed by hand stay closed. Ending it again, or
    when it is over, does nothing. Locks the doctor, then the slots. Raises TimeOff.DoesNotExist,
    PermissionDenied.
    """
    stale = TimeOff.objects.get(pk=time_off_id)
    doctor = Doctor.objects.select_for_update(no_key=True).get(pk=stale.doctor_id)
    check_may_set_times(by, doctor)
    time_off = TimeOff.objects.get(pk=time_off_id)
    if time_off.ended_at is not None or time_off.end <= now:
        return Published(0, 0)
    time_off.ended_at = now
    time_off.save(update_fields=["ended_at"])
    closed = (
        Slot.objects.select_for_update(no_key=True)
        .filter(doctor=doctor, closed_for=time_off, status=SlotStatus.CLOSED, start__gt=now)
        .order_by("pk")
    )
    for slot in closed:
        other = TimeOff.objects.covering(slot).first()
        slot.status = SlotStatus.CLOSED if other else SlotStatus.FREE
        slot.closed_for = other
        slot.save(update_fields=["status", "closed_for"])
    return publish_locked(doctor, now=now)


def follow_standing(user: User, now: dt.datetime) -> None:
    """Free times go when their doctor is deactivated, and come back by the weekly hours.

    In the caller's transaction. Locks the doctor, then the slots.
    """
    doctor = Doctor.objects.select_for_update(no_key=True).filter(user=user).first()
    if doctor is not None:
        publish_locked(doctor, now=now)


def publish_locked(doctor: Doctor, *, now: dt.datetime) -> Published:
    """`publish_slots` for a caller that holds the doctor's lock, in its transaction."""
    works = Doctor.objects.public().filter(pk=doctor.pk).exists()
    wanted = set(_wanted(doctor, now)) if works else set()
    ahead = list(Slot.objects.filter(doctor=doctor, end__gt=now))
    unfit = [
        slot.pk
        for slot in ahead
        if slot.status == SlotStatus.FREE
        and slot.start > now
        and (slot.start, slot.end) not in wanted
    ]
    removed = _remove(unfit) if unfit else set()
    standing = [(slot.start, slot.end) for slot in ahead if slot.pk not in removed]
    missing = _without_overlaps(wanted - set(standing), standing)
    Slot.objects.bulk_create(Slot(doctor=doctor, start=start, end=end) for start, end in missing)
    return Published(len(missing), len(removed))


def _wanted(doctor: Doctor, now: dt.datetime) -> list[Span]:
    """The slots that the doctor's hours make, from `now` to the horizon."""
    hours = [HoursInterval(row.weekday, row.start, row.end) for row in doctor.working_hours.all()]
    today = now.astimezone(doctor.zone).date()
    spans = slot_generation.slots_between(
        today,
        today + dt.timedelta(days=settings.PUBLISHING_HORIZON_DAYS),
        hours,
        doctor.slot_minutes,
        doctor.buffer_minutes,
        doctor.zone,
    )
    away = TimeOff.objects.filter(doctor=doctor, end__gt=now, ended_at__isnull=True)
    off = list(away.values_list("start", "end"))
    return [
        (start, end)
        for start, end in spans
        if start > now and not any(start < until and end > since for since, until in off)
    ]


def _remove(slot_ids: list[UUID]) -> set[UUID]:
    """Deletes those that are still free once locked, and says which they were."""
    free = Slot.objects.filter(pk__in=slot_ids, status=SlotStatus.FREE).order_by("pk")
    locked = set(free.select_for_update().values_list("pk", flat=True))
    Slot.objects.filter(pk__in=locked).delete()
    return locked


def _without_overlaps(spans: set[Span], standing: list[Span]) -> list[Span]:
    """Those of `spans`, in order, that share no time with one that is standing."""
    clear = []
    others = sorted(standing)
    position = 0
    for start, end in sorted(spans):
        while position < len(others) and others[position][1] <= start:
            position += 1
        if position == len(others) or others[position][0] >= end:
            clear.append((start, end))
    return clear
