"""The editor of a doctor's week: intervals by day, length of a visit, pause between visits."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.times import clock_label, day_label
from doctors import slot_generation
from doctors.enums import Weekday
from doctors.hours_wording import times_in_words
from doctors.models import Doctor
from doctors.slot_generation import HoursInterval, LeftOut

# Weeks begin on Sunday, as in the calendar.
WEEK = [Weekday((day - 1) % 7) for day in range(7)]
MOST_INTERVALS = 70
# What posts the page without saving it. (A button named "remove" would hide `form.remove()`, by
# which htmx takes the old form away.)
BUTTONS = {"add_to", "copy_from", "remove_row", "count"}
# How far ahead daylight saving is looked for.
LOOK_AHEAD = dt.timedelta(days=365)


class LengthsForm(forms.Form):
    """How the hours are cut into visits."""

    slot_minutes = forms.IntegerField(
        label=gettext_lazy("Length of a visit"),
        min_value=5,
        max_value=480,
        help_text=gettext_lazy("In minutes, 5 to 480."),
    )
    buffer_minutes = forms.IntegerField(
        label=gettext_lazy("Pause between visits"),
        min_value=0,
        max_value=120,
        help_text=gettext_lazy("In minutes, 0 to 120."),
    )


class IntervalForm(forms.Form):
    """One interval of a day. One that is left empty doesn't count."""

    # Its place in the page, which its "remove" button names.
    index = 0

    weekday = forms.TypedChoiceField(choices=Weekday.choices, coerce=int, widget=forms.HiddenInput)
    start = forms.TimeField(
        label=gettext_lazy("From"),
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    end = forms.TimeField(
        label=gettext_lazy("To"),
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        start, end = cleaned["start"], cleaned["end"]
        if start is None and end is not None:
            self.add_error("start", _("Say when it starts, or empty both."))
        elif end is None and start is not None:
            self.add_error("end", _("Say when it ends, or empty both."))
        elif start is not None and slot_generation.ends_before_start(
            HoursInterval(cleaned["weekday"], start, end)
        ):
            self.add_error("end", _("It must end after it starts. Midnight (00:00) ends the day."))
        return cleaned

    @property
    def interval(self) -> HoursInterval | None:
        """The interval, if it is whole and not empty."""
        cleaned = getattr(self, "cleaned_data", {})
        if self.errors or cleaned.get("start") is None:
            return None
        return HoursInterval(cleaned["weekday"], cleaned["start"], cleaned["end"])


class BaseIntervalFormSet(forms.BaseFormSet):  # type: ignore[type-arg]
    def clean(self) -> None:
        """Says beside the later one of two intervals that they overlap."""
        rows = [(form.interval, form) for form in self.forms if form.interval]
        rows.sort(key=lambda row: row[0])
        for (one, _form), (other, form) in pairwise(rows):
            if slot_generation.first_overlap([one, other]):
                form.add_error(
                    "start",
                    _("It overlaps with %(times)s.")
                    % {"times": times_in_words(one.start, one.end)},
                )


IntervalFormSet = forms.formset_factory(
    IntervalForm,
    formset=BaseIntervalFormSet,
    extra=0,
    max_num=MOST_INTERVALS,
    absolute_max=MOST_INTERVALS,
    validate_max=True,
)


@dataclass(frozen=True)
class EditorDay:
    """One day of the editor."""

    weekday: int
    name: str
    rows: list[IntervalForm]


class HoursEditor:
    """The forms of the hours page as one; `data` is what was posted, if it was.

    The buttons that add, copy and remove intervals, and the one that counts again, post the page
    without saving it: `is_edit`. They work with and without script.
    """

    def __init__(self, doctor: Doctor, *, now: dt.datetime, data: QueryDict | None = None) -> None:
        self.doctor = doctor
        self.today = now.astimezone(doctor.zone).date()
        self.data = data
        # The day whose interval was just removed: that is where the focus goes.
        self.removed_from: int | None = None
        self.saved = [
            HoursInterval(row.weekday, row.start, row.end) for row in doctor.working_hours.all()
        ]
        lengths = {"slot_minutes": doctor.slot_minutes, "buffer_minutes": doctor.buffer_minutes}
        if data is None:
            self.lengths = LengthsForm(initial=lengths)
            self.intervals = _unbound(
                [
                    {"weekday": each.weekday, "start": each.start, "end": each.end}
                    for each in self.saved
                ]
            )
        elif self.is_edit:
            self.lengths = LengthsForm(initial={name: data.get(name, "") for name in lengths})
            self.intervals = _unbound(self._rearranged(data))
            if "add_to" in data and self.intervals.forms:
                newest = self.intervals.forms[-1].fields["start"].widget
                newest.attrs |= {"autofocus": True, "data-focus": ""}
        else:
            self.lengths = LengthsForm(data)
            self.intervals = IntervalFormSet(data, prefix="hours")

    @property
    def is_edit(self) -> bool:
        """Whether the page is to be shown again, changed, and not saved."""
        return self.data is not None and bool(BUTTONS & set(self.data))

    def is_valid(self) -> bool:
        """Whether it can be saved: right, and what it takes away was seen."""
        lengths, intervals = self.lengths.is_valid(), self.intervals.is_valid()
        return lengths and intervals and not self.gaps_unseen and not self.emptiness_unseen

    @cached_property
    def hours(self) -> list[HoursInterval]:
        """The intervals on the page that are whole."""
        if self.intervals.is_bound:
            return [form.interval for form in self.intervals.forms if form.interval]
        rows = [IntervalForm(form.initial) for form in self.intervals.forms]
        return [row.interval for row in rows if row.is_valid() and row.interval]

    @cached_property
    def visits_a_week(self) -> int | None:
        """What the page as it stands makes; None while hours or lengths are wrong."""
        lengths = self._lengths
        if lengths is None or slot_generation.first_overlap(self.hours):
            return None
        return slot_generation.visits_a_week(self.hours, *lengths)

    @property
    def days(self) -> list[EditorDay]:
        """The rows of the page by day, for display."""
        by_day: dict[str, list[IntervalForm]] = {}
        for index, form in enumerate(self.intervals.forms):
            form.index = index
            by_day.setdefault(str(form["weekday"].value()), []).append(form)
        return [
            EditorDay(day.value, str(day.label), by_day.get(str(day.value), [])) for day in WEEK
        ]

    @property
    def has_closed_days(self) -> bool:
        return any(not day.rows for day in self.days)

    @cached_property
    def gaps(self) -> list[LeftOut]:
        """Visits of the coming year that fall into a time that doesn't exist."""
        lengths = self._lengths
        return [] if lengths is None else self._left_out(self.hours, *lengths)

    @property
    def gap_notes(self) -> list[str]:
        """The gaps in words."""
        return [
            _("%(times)s on %(day)s: the clocks go forward, that time does not exist.")
            % {
                "times": get_text_list([_clock(time) for time in gap.times], _("and")),
                "day": day_label(gap.day),
            }
            for gap in self.gaps
        ]

    @property
    def gaps_unseen(self) -> bool:
        """Whether hours would be saved whose gaps nobody has been told."""
        if self.data is None or not self.gaps:
            return False
        saved = self._left_out(self.saved, self.doctor.slot_minutes, self.doctor.buffer_minutes)
        return self.gaps != saved and self.data.get("gaps_seen") != self.gaps_key

    @property
    def gaps_key(self) -> str:
        """Names the gaps, so that a tick is for these and no others."""
        return ";".join(
            f"{gap.day} {','.join(time.isoformat('minutes') for time in gap.times)}"
            for gap in self.gaps
        )

    @property
    def emptiness_unseen(self) -> bool:
        """Whether a week that has visits would be left without any, and nobody has been told."""
        if self.data is None or self.visits_a_week != 0 or "emptiness_seen" in self.data:
            return False
        doctor = self.doctor
        return (
            slot_generation.visits_a_week(self.saved, doctor.slot_minutes, doctor.buffer_minutes)
            > 0
        )

    @cached_property
    def _lengths(self) -> tuple[int, int] | None:
        form = self.lengths if self.lengths.is_bound else LengthsForm(self.lengths.initial)
        if not form.is_valid():
            return None
        return form.cleaned_data["slot_minutes"], form.cleaned_data["buffer_minutes"]

    def _left_out(
        self, hours: list[HoursInterval], slot_minutes: int, buffer_minutes: int
    ) -> list[LeftOut]:
        return slot_generation.left_out_in_gaps(
            self.today,
            self.today + LOOK_AHEAD,
            hours,
            slot_minutes,
            buffer_minutes,
            self.doctor.zone,
        )

    def _rearranged(self, data: QueryDict) -> list[dict[str, str]]:
        """The rows as they were typed, with what the button adds or takes away."""
        rows = [
            {name: data.get(f"hours-{index}-{name}", "") for name in ("weekday", "start", "end")}
            for index in range(_as_int(data.get("hours-TOTAL_FORMS"), MOST_INTERVALS))
        ]
        if "remove_row" in data:
            position = _as_int(data["remove_row"], MOST_INTERVALS, default=MOST_INTERVALS)
            self.removed_from = (
                _as_int(rows.pop(position)["weekday"], 6) if position < len(rows) else None
            )
        if "copy_from" in data:
            model = [row for row in rows if row["weekday"] == data["copy_from"]]
            closed = {str(day.value) for day in WEEK} - {row["weekday"] for row in rows}
            rows += [row | {"weekday": day} for day in sorted(closed) for row in model]
            rows = rows[:MOST_INTERVALS]
        if "add_to" in data and len(rows) < MOST_INTERVALS:
            rows.append({"weekday": str(_as_int(data["add_to"], 6)), "start": "", "end": ""})
        return rows


def _unbound(rows: list[dict[str, Any]]) -> forms.BaseFormSet[IntervalForm]:
    return IntervalFormSet(initial=rows, prefix="hours")


def _as_int(text: object, most: int, *, default: int = 0) -> int:
    """A small number of a field that people don't type; anything else is `default`."""
    if isinstance(text, str) and text.isdecimal() and len(text) < 4:
        return min(int(text), most)
    return default


def _clock(time: dt.time) -> str:
    return clock_label(dt.datetime.combine(dt.date.min, time))
