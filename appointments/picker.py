"""The calendar a patient picks a time from: a month of days with free counts, and one day's times.

Reads a day's times and the month's counts in one query and says everything else in Python, once, so
that templates only print.
"""

from __future__ import annotations

import calendar as calendars
import datetime as dt
import uuid
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.times import clock_label, day_label, same_clock, short_day_label, zone_label
from appointments.enums import ACTIVE
from appointments.models import Appointment
from appointments.policies import (
    ALL,
    EVENING,
    NOON,
    Policy,
    local_midnight,
    policies_for,
    policy_for,
)
from doctors.models import Doctor, Slot
from doctors.querysets import SlotQuerySet

# Weeks begin on Sunday, as on the clinic's wall.
_WEEKS = calendars.Calendar(firstweekday=calendars.SUNDAY)


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
    next_free: dt.datetime | None
    next_free_day: str
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
    base: str = "",
) -> Picker:
    """The picker for a doctor, in the reader's zone, as of `now`.

    Its links lead to `base`, by default the doctor's calendar. Without a day it opens on the first
    free one of the month, or of all. Three queries for a day: the rules, its free times with the
    counts of the month, and the month's taken days. One more to find a day to open on, one more
    for the next free time when the month has none.
    """
    policy = policy_for(doctor)
    today = now.astimezone(zone).date()
    window_end = policy.window_end(now)
    accepting = doctor.is_approved and doctor.accepting
    bookable = Slot.objects.filter(
        doctor=doctor, start__gt=policy.earliest_start(now), start__lt=window_end
    ).bookable_at(now)
    if not accepting:
        bookable = bookable.none()

    if day is None:
        shown = _within(bookable, zone, month, _next_month(month)) if month else bookable
        first = shown.first_start()
        day = first.astimezone(zone).date() if first else None if month else today
    month = (month or day or today).replace(day=1)
    following = _next_month(month)
    base = base or calendar_url(doctor)
    free, on_day = _free_times(_within(bookable, zone, month, following), base, zone, day)
    taken_days = _taken_days(doctor, zone, max(month, today), following)
    next_free = min((moment for _count, moment in free.values()), default=None)
    if next_free is None and accepting:
        next_free = bookable.first_start()
    next_free_day = next_free.astimezone(zone).date() if next_free else None

    chosen = next((time for time in on_day if time.id == slot_id), None)
    last_day = policy.local_date(window_end)
    return Picker(
        doctor=doctor,
        zone=zone,
        month=month,
        month_label=f"{calendars.month_name[month.month]} {month.year}",
        weeks=[
            [
                _cell(base, date, today, last_day, day, free, taken_days)
                if date.month == month.month
                else None
                for date in week
            ]
            for week in _WEEKS.monthdatescalendar(month.year, month.month)
        ],
        previous_url=""
        if month <= today.replace(day=1)
        else _month_url(base, _previous_month(month)),
        next_url=_month_url(base, following) if following <= last_day + dt.timedelta(60) else "",
        chosen_day=day,
        chosen_day_label=day_label(day, year=day.year != today.year) if day else "",
        parts=_parts(on_day),
        free_on_day=len(on_day),
        chosen=chosen,
        next_free=next_free,
        next_free_day=short_day_label(next_free_day) if next_free_day else "",
        next_free_day_url=_day_url(base, next_free_day) if next_free_day else "",
        opens_note=_opens_note(policy, day, last_day, zone),
        window_note=_("Bookable until %(day)s. Each midnight one more day opens.")
        % {"day": day_label(last_day - dt.timedelta(1), year=False)},
        zone_note=_zone_note(doctor, zone, now),
        cancel_note=_cancel_note(policy, chosen, now) if chosen else "",
        version=_version(free, on_day, last_day, next_free),
        url=_day_url(base, day) if day else _month_url(base, month),
    )


def soonest_times(
    doctors: Iterable[Doctor], *, zone: ZoneInfo | None, now: dt.datetime, each: int = 3
) -> dict[uuid.UUID, list[SlotTime]]:
    """The next few bookable times of each doctor, in two queries. Visitors see the doctor's."""
    by_id = {doctor.pk: doctor for doctor in doctors if doctor.is_approved and doctor.accepting}
    policies = policies_for(by_id.values())
    window_ends = {pk: policy.window_end(now) for pk, policy in policies.items()}
    found: dict[uuid.UUID, list[SlotTime]] = {pk: [] for pk in by_id}
    until = max(window_ends.values(), default=now)
    rows = Slot.objects.soonest(by_id, now=now, until=until, each=each)
    for pk, slot_id, start, end in rows:
        if start < window_ends[pk]:
            shown = zone or by_id[pk].zone
            found[pk].append(_slot_time(calendar_url(by_id[pk]), shown, (slot_id, start, end)))
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
    base = calendar_url(doctor)
    return [_slot_time(base, zone, row) for row in sorted(nearest, key=lambda row: row[1])]


_ROW = ("id", "start", "end")


def _slot_time(
    base: str, zone: ZoneInfo, row: tuple[uuid.UUID, dt.datetime, dt.datetime]
) -> SlotTime:
    pk, start, end = row
    local = start.astimezone(zone)
    return SlotTime(
        id=pk,
        start=local,
        minutes=round((end - start).total_seconds() / 60),
        day=short_day_label(local.date()),
        clock=clock_label(local),
        url=f"{_day_url(base, local.date())}&slot={pk}",
    )


def _within(slots: SlotQuerySet, zone: ZoneInfo, first: dt.date, end: dt.date) -> SlotQuerySet:
    """Those that begin on a local day of [first, end)."""
    return slots.filter(start__gte=local_midnight(first, zone), start__lt=local_midnight(end, zone))


def _free_times(
    bookable: SlotQuerySet, base: str, zone: ZoneInfo, day: dt.date | None
) -> tuple[dict[dt.date, tuple[int, dt.datetime]], list[SlotTime]]:
    """Of each local day how many times and the first one, and the times of `day`: one query.

    The database counts, so that a month of times is not carried here to be counted.
    """
    days: dict[dt.date, tuple[int, dt.datetime]] = {}
    on_day: list[SlotTime] = []
    for date, pk, count, start, end in bookable.by_day(zone, singly=day):
        if pk:
            on_day.append(_slot_time(base, zone, (pk, start, end)))
        known, first = days.get(date, (0, start))
        days[date] = known + count, min(first, start)
    return days, on_day


def _taken_days(doctor: Doctor, zone: ZoneInfo, start: dt.date, end: dt.date) -> set[dt.date]:
    """Days on which the doctor works but somebody else has the times."""
    visits = Appointment.objects.filter(
        doctor=doctor,
        status__in=ACTIVE,
        start__gte=local_midnight(start, zone),
        start__lt=local_midnight(end, zone),
    )
    days = (
        visits.order_by()
        .annotate(day=TruncDate("start", tzinfo=zone))
        .values_list("day", flat=True)
    )
    return set(days.distinct())


def _cell(
    base: str,
    date: dt.date,
    today: dt.date,
    last_day: dt.date,
    chosen: dt.date | None,
    free_days: dict[dt.date, tuple[int, dt.datetime]],
    taken_days: set[dt.date],
) -> DayCell:
    free = free_days[date][0] if date in free_days else 0
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
        url=_day_url(base, date),
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
    """Until when all or some of the fee would come back for the chosen time, or that none would."""
    ahead = [step for step in policy.refund_steps(chosen.start) if now < step.until]
    if not ahead or not ahead[0].percent:
        return _("Too close to be cancelled: the fee would not come back.")
    limit = ahead[0].until.astimezone(chosen.start.tzinfo)
    words = _("Free to cancel until %(day)s, %(time)s")
    if ahead[0].percent < ALL:
        words = _("%(percent)d %% of the fee comes back until %(day)s, %(time)s")
    return words % {
        "percent": ahead[0].percent,
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
    free_days: dict[dt.date, tuple[int, dt.datetime]],
    on_day: list[SlotTime],
    last_day: dt.date,
    next_free: dt.datetime | None,
) -> str:
    """Changes when anything that the picker shows of the free times changes."""
    counts = sorted((date, count) for date, (count, _first) in free_days.items())
    text = f"{counts}{[time.id.hex for time in on_day]}{last_day}{next_free}"
    return f"{zlib.crc32(text.encode()):08x}"


def calendar_url(doctor: Doctor) -> str:
    """The calendar's address, asked for once: a picker has some eighty links."""
    return reverse("appointments:calendar", args=[doctor.pk])


def _day_url(base: str, day: dt.date) -> str:
    return f"{base}?day={day.isoformat()}"


def _month_url(base: str, month: dt.date) -> str:
    return f"{base}?month={month:%Y-%m}"


def _next_month(month: dt.date) -> dt.date:
    return (month + dt.timedelta(31)).replace(day=1)


def _previous_month(month: dt.date) -> dt.date:
    return (month - dt.timedelta(1)).replace(day=1)
