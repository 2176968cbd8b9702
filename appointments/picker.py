"""The calendar a patient picks a time from: a month of days with free counts, and one day's times.

Reads the bookable slots of a month in one query and says everything else in Python, once, so that
templates only print.
"""

from __future__ import annotations

import calendar as calendars
import datetime as dt
import uuid
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.times import clock_label, day_label, same_clock, short_day_label, zone_label
from appointments.policies import Policy, local_midnight, policy_for
from doctors.enums import SlotStatus
from doctors.models import Doctor, Slot

# Weeks begin on Sunday, as on the clinic's wall.
_WEEKS = calendars.Calendar(firstweekday=calendars.SUNDAY)
NOON, EVENING = 12, 17


@dataclass(frozen=True)
class SlotTime:
    """One bookable time, said in the reader's zone."""

    id: uuid.UUID
    start: dt.datetime
    minutes: int
    day: str
    clock: str
    url: str


@dataclass(frozen=True)
class DayCell:
    """One day of the month grid."""

    date: dt.date
    free: int
    state: str  # "free", "full", "closed", "later" (beyond the booking window) or "past"
    label: str
    url: str
    is_today: bool
    is_chosen: bool

    @property
    def is_link(self) -> bool:
        return self.state in ("free", "later")


@dataclass(frozen=True)
class DayPart:
    """Morning, afternoon or evening of the chosen day."""

    name: str
    icon: str
    times: list[SlotTime]


@dataclass(frozen=True)
class Picker:
    """Everything the slot picker shows."""

    doctor: Doctor
    zone: ZoneInfo
    month: dt.date
    month_label: str
    weeks: list[list[DayCell | None]]
    previous_url: str
    next_url: str
    chosen_day: dt.date | None
    chosen_day_label: str
    parts: list[DayPart]
    free_on_day: int
    chosen: SlotTime | None
    next_free: SlotTime | None
    next_free_day_url: str
    opens_note: str
    window_note: str
    zone_note: str
    cancel_note: str
    version: str
    url: str


def build_picker(
    *,
    doctor: Doctor,
    zone: ZoneInfo,
    now: dt.datetime,
    month: dt.date | None = None,
    day: dt.date | None = None,
    slot_id: uuid.UUID | None = None,
) -> Picker:
    """The picker for a doctor, in the reader's zone, as of `now`.

    Without a day it opens on the first free one; without a month on that day's. At most three
    queries: the month's free times, the month's taken ones, the next free time elsewhere.
    """
    policy = policy_for(doctor)
    today = now.astimezone(zone).date()
    window_end = policy.window_end(now)
    accepting = doctor.is_approved and doctor.accepting
    bookable = Slot.objects.filter(doctor=doctor, start__lt=window_end).bookable_at(now)
    if not accepting:
        bookable = bookable.none()

    first_free = None
    if month is None and day is None:
        first_free = _slot_time(doctor, zone, bookable.order_by("start").values_list(*_ROW).first())
        day = first_free.start.date() if first_free else today
    month = (month or day or today).replace(day=1)
    following = _next_month(month)
    times: dict[dt.date, list[SlotTime]] = defaultdict(list)
    rows = (
        bookable.filter(
            start__gte=local_midnight(month, zone), start__lt=local_midnight(following, zone)
        )
        .order_by("start")
        .values_list(*_ROW)
    )
    for row in rows:
        time = _slot_time(doctor, zone, row)
        if time:
            times[time.start.date()].append(time)
    if day is None:
        day = min(times, default=None)
    taken_days = _taken_days(doctor, zone, max(month, today), following)
    next_free = first_free or next((time for day_ in sorted(times) for time in times[day_]), None)
    if next_free is None and accepting:
        next_free = _slot_time(doctor, zone, bookable.order_by("start").values_list(*_ROW).first())

    on_day = times.get(day, []) if day else []
    chosen = next((time for time in on_day if time.id == slot_id), None)
    last_day = policy.local_date(window_end)
    return Picker(
        doctor=doctor,
        zone=zone,
        month=month,
        month_label=f"{calendars.month_name[month.month]} {month.year}",
        weeks=[
            [
                _cell(doctor, date, today, last_day, day, times, taken_days)
                if date.month == month.month
                else None
                for date in week
            ]
            for week in _WEEKS.monthdatescalendar(month.year, month.month)
        ],
        previous_url=""
        if month <= today.replace(day=1)
        else _url(doctor, month=_previous_month(month)),
        next_url=_url(doctor, month=following) if following <= last_day + dt.timedelta(60) else "",
        chosen_day=day,
        chosen_day_label=day_label(day, year=day.year != today.year) if day else "",
        parts=_parts(on_day),
        free_on_day=len(on_day),
        chosen=chosen,
        next_free=next_free,
        next_free_day_url=_url(doctor, day=next_free.start.date()) if next_free else "",
        opens_note=_opens_note(policy, day, last_day, zone),
        window_note=_("Bookable until %(day)s. Each midnight one more day opens.")
        % {"day": day_label(last_day - dt.timedelta(1), year=False)},
        zone_note=_zone_note(doctor, zone, now),
        cancel_note=_cancel_note(policy, chosen, now) if chosen else "",
        version=_version(times, last_day, next_free),
        url=_url(doctor, day=day) if day else _url(doctor, month=month),
    )


def soonest_times(
    doctors: Iterable[Doctor], *, zone: ZoneInfo | None, now: dt.datetime, each: int = 3
) -> dict[uuid.UUID, list[SlotTime]]:
    """The next few bookable times of each doctor, in one query; visitors see the doctor's zone."""
    by_id = {doctor.pk: doctor for doctor in doctors if doctor.is_approved and doctor.accepting}
    found: dict[uuid.UUID, list[SlotTime]] = {pk: [] for pk in by_id}
    for row in Slot.objects.soonest(by_id, now=now, each=each):
        doctor = by_id[row[0]]
        time = _slot_time(doctor, zone or doctor.zone, row[1:])
        if time and time.start < policy_for(doctor).window_end(now):
            found[doctor.pk].append(time)
    return found


def nearest_free(slot: Slot, *, zone: ZoneInfo, now: dt.datetime, count: int = 3) -> list[SlotTime]:
    """The free times of the slot's doctor that are nearest to it, in order of time."""
    doctor = slot.doctor
    free = (
        Slot.objects.filter(doctor=doctor, start__lt=policy_for(doctor).window_end(now))
        .exclude(pk=slot.pk)
        .bookable_at(now)
    )
    rows = [
        *free.filter(start__gte=slot.start).order_by("start").values_list(*_ROW)[:count],
        *free.filter(start__lt=slot.start).order_by("-start").values_list(*_ROW)[:count],
    ]
    nearest = sorted(rows, key=lambda row: abs(row[1] - slot.start))[:count]
    return [
        time
        for row in sorted(nearest, key=lambda row: row[1])
        if (time := _slot_time(doctor, zone, row))
    ]


_ROW = ("id", "start", "end")


def _slot_time(
    doctor: Doctor, zone: ZoneInfo, row: tuple[uuid.UUID, dt.datetime, dt.datetime] | None
) -> SlotTime | None:
    if row is None:
        return None
    pk, start, end = row
    local = start.astimezone(zone)
    return SlotTime(
        id=pk,
        start=local,
        minutes=round((end - start).total_seconds() / 60),
        day=short_day_label(local.date()),
        clock=clock_label(local),
        url=f"{_url(doctor, day=local.date())}&slot={pk}",
    )


def _taken_days(doctor: Doctor, zone: ZoneInfo, start: dt.date, end: dt.date) -> set[dt.date]:
    """Days on which the doctor works but somebody else has the times."""
    starts = Slot.objects.filter(
        doctor=doctor,
        status__in=[SlotStatus.BUSY, SlotStatus.HELD],
        start__gte=local_midnight(start, zone),
        start__lt=local_midnight(end, zone),
    ).values_list("start", flat=True)
    return {moment.astimezone(zone).date() for moment in starts}


def _cell(
    doctor: Doctor,
    date: dt.date,
    today: dt.date,
    last_day: dt.date,
    chosen: dt.date | None,
    times: dict[dt.date, list[SlotTime]],
    taken_days: set[dt.date],
) -> DayCell:
    free = len(times.get(date, ()))
    if free:
        state, words = "free", (_("1 free time") if free == 1 else _("%d free times") % free)
    elif date < today:
        state, words = "past", _("past")
    elif date >= last_day:
        state, words = "later", _("not open for booking yet")
    elif date in taken_days:
        state, words = "full", _("full")
    else:
        state, words = "closed", _("closed")
    label = f"{day_label(date, year=False)}, {words}" + (_(", today") if date == today else "")
    return DayCell(
        date=date,
        free=free,
        state=state,
        label=label,
        url=_url(doctor, day=date),
        is_today=date == today,
        is_chosen=date == chosen,
    )


def _parts(times: list[SlotTime]) -> list[DayPart]:
    bounds = (
        (_("Morning"), "sunrise", 0, NOON),
        (_("Afternoon"), "sun", NOON, EVENING),
        (_("Evening"), "moon", EVENING, 24),
    )
    parts = [
        DayPart(name, icon, [time for time in times if first <= time.start.hour < after])
        for name, icon, first, after in bounds
    ]
    return [part for part in parts if part.times]


def _opens_note(policy: Policy, day: dt.date | None, last_day: dt.date, zone: ZoneInfo) -> str:
    """For a day beyond the booking window: when it opens."""
    if day is None or day < last_day:
        return ""
    opens = policy.opens_at(local_midnight(day, zone)).astimezone(zone)
    return _("%(day)s opens for booking on %(opens)s at %(time)s.") % {
        "day": day_label(day, year=False),
        "opens": day_label(opens.date()),
        "time": clock_label(opens),
    }


def _cancel_note(policy: Policy, chosen: SlotTime, now: dt.datetime) -> str:
    """Until when the chosen time could be cancelled, or that it no longer could."""
    if not policy.may_cancel(chosen.start, now):
        return _("Too close to be cancelled: the fee would not come back.")
    limit = policy.cancel_until(chosen.start).astimezone(chosen.start.tzinfo)
    return _("Free to cancel until %(day)s, %(time)s") % {
        "day": short_day_label(limit.date()),
        "time": clock_label(limit),
    }


def _zone_note(doctor: Doctor, zone: ZoneInfo, now: dt.datetime) -> str:
    """Whose time is shown; both zones are named where they differ."""
    shown = zone_label(zone, now)
    if same_clock(zone, doctor.zone, now):
        return _("All times are %(zone)s.") % {"zone": shown}
    return _("Times are in your zone, %(yours)s. The visit is in %(theirs)s.") % {
        "yours": shown,
        "theirs": zone_label(doctor.zone, now),
    }


def _version(
    times: dict[dt.date, list[SlotTime]], last_day: dt.date, next_free: SlotTime | None
) -> str:
    """Changes when anything that the picker shows of the free times changes."""
    ids = "".join(time.id.hex for day in sorted(times) for time in times[day])
    text = f"{ids}{last_day}{next_free.id if next_free else ''}"
    return f"{zlib.crc32(text.encode()):08x}"


def _url(doctor: Doctor, *, day: dt.date | None = None, month: dt.date | None = None) -> str:
    base = reverse("appointments:calendar", args=[doctor.pk])
    return f"{base}?day={day:%Y-%m-%d}" if day else f"{base}?month={month:%Y-%m}"


def _next_month(month: dt.date) -> dt.date:
    return (month + dt.timedelta(31)).replace(day=1)


def _previous_month(month: dt.date) -> dt.date:
    return (month - dt.timedelta(1)).replace(day=1)
