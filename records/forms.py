"""The editor of a visit's record: what is written, and the lines of the prescription."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from records.content import Medicine, Writing
from records.models import PrescriptionLine, VisitRecord

MOST_LINES = 30
# What posts the page without saving it.
BUTTONS = {"add_line", "remove_line"}


class RecordForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the doctor found, says and plans. `first_day`: no follow-up is before the visit."""

    # Nothing has to be filled in, so saying it at each field helps nobody.
    all_optional = True
    # The version that is edited; 0 for none.
    based_on = forms.IntegerField(min_value=0, max_value=1_000_000, widget=forms.HiddenInput)

    class Meta:
        model = VisitRecord
        fields = ["diagnosis", "notes", "follow_up_on", "follow_up", "private_notes"]
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 7}),
            "private_notes": forms.Textarea(attrs={"rows": 4}),
            "follow_up_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        }
        help_texts = {
            "diagnosis": gettext_lazy("In a few words. The patient reads it."),
            "notes": gettext_lazy("What you found and advise. The patient reads it."),
            "follow_up_on": gettext_lazy("When to come again, if at all."),
            "follow_up": gettext_lazy("For example “bring the blood test”."),
            "private_notes": gettext_lazy(
                "Only you read them: neither the patient nor another doctor."
            ),
        }

    def __init__(self, *args: Any, first_day: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first_day = first_day

    def clean_follow_up_on(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["follow_up_on"]
        if day and day < self.first_day:
            raise forms.ValidationError(_("A follow-up is not before the visit."))
        if day and day.year > self.first_day.year + 10:
            raise forms.ValidationError(_("That is more than ten years ahead."))
        return day


class LineForm(forms.ModelForm):  # type: ignore[type-arg]
    """One medicine. A line that is left empty doesn't count."""

    all_optional = True
    # Its place in the page, which its "remove" button names.
    index = 0

    class Meta:
        model = PrescriptionLine
        fields = ["medicine", "dose", "frequency", "duration", "remark"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["medicine"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if not self.errors and not cleaned["medicine"] and any(cleaned.values()):
            self.add_error("medicine", _("Name the medicine, or empty the whole line."))
        return cleaned


LineFormSet = forms.formset_factory(
    LineForm, extra=0, max_num=MOST_LINES, absolute_max=MOST_LINES, validate_max=True
)


class RecordEditor:
    """The forms of the record's page as one; `data` is what was posted, if it was.

    The buttons that add and remove lines post the page without saving it: `is_edit`. They work with
    and without script.
    """

    def __init__(
        self,
        writing: Writing,
        *,
        version: int,
        first_day: dt.date,
        data: QueryDict | None = None,
    ) -> None:
        self.data = data
        values = dataclasses.asdict(writing)
        values["based_on"] = version
        lines = values.pop("prescription")
        if data is None:
            self.form = RecordForm(initial=values, first_day=first_day)
            self.lines = LineFormSet(initial=lines or [{}], prefix="lines")
        elif self.is_edit:
            typed = {name: data.get(name, "") for name in values}
            self.form = RecordForm(initial=typed, first_day=first_day)
            self.lines = LineFormSet(initial=self._rearranged(data), prefix="lines")
            if "add_line" in data and self.lines.forms:
                newest = self.lines.forms[-1].fields["medicine"].widget
                newest.attrs |= {"autofocus": True, "data-focus": ""}
        else:
            self.form = RecordForm(data, first_day=first_day)
            self.lines = LineFormSet(data, prefix="lines")
        for index, form in enumerate(self.lines.forms):
            form.index = index

    @property
    def is_edit(self) -> bool:
        """Whether the page is to be shown again, changed, and not saved."""
        return self.data is not None and bool(BUTTONS & set(self.data))

    @property
    def has_removed(self) -> bool:
        """Whether a line was just taken away: then the focus goes to the button that adds one."""
        return self.data is not None and "remove_line" in self.data

    @property
    def has_room(self) -> bool:
        return len(self.lines.forms) < MOST_LINES

    @cached_property
    def errors(self) -> list[tuple[str, str]]:
        """Every message with the id of its field, for the top of the page."""
        found = [("", str(message)) for message in self.form.non_field_errors()]
        found += [
            (field.id_for_label, f"{field.label}: {message}")
            for field in self.form.visible_fields()
            for message in field.errors
        ]
        found += [
            ("", str(message)) for field in self.form.hidden_fields() for message in field.errors
        ]
        found += [("", str(message)) for message in self.lines.non_form_errors()]
        found += [
            (
                field.id_for_label,
                _("Medicine %(number)d: %(message)s")
                % {"number": form.index + 1, "message": message},
            )
            for form in self.lines.forms
            for field in form.visible_fields()
            for message in field.errors
        ]
        return found

    def is_valid(self) -> bool:
        """Whether it can be saved. Says so where there is nothing to save at all."""
        form, lines = self.form.is_valid(), self.lines.is_valid()
        if not (form and lines):
            return False
        if self.writing == Writing():
            self.form.add_error(None, _("There is nothing written yet."))
            return False
        return True

    @property
    def based_on(self) -> int:
        """The version that was edited. Of a valid editor."""
        version: int = self.form.cleaned_data["based_on"]
        return version

    @property
    def writing(self) -> Writing:
        """What was typed. Of a valid editor."""
        cleaned = self.form.cleaned_data
        return Writing(
            diagnosis=cleaned["diagnosis"],
            notes=cleaned["notes"].replace("\r\n", "\n"),
            follow_up_on=cleaned["follow_up_on"],
            follow_up=cleaned["follow_up"],
            private_notes=cleaned["private_notes"].replace("\r\n", "\n"),
            prescription=tuple(
                Medicine(**form.cleaned_data)
                for form in self.lines.forms
                if form.cleaned_data.get("medicine")
            ),
        )

    def _rearranged(self, data: QueryDict) -> list[dict[str, str]]:
        """The lines as they were typed, with what the button adds or takes away."""
        rows = [
            {name: data.get(f"lines-{index}-{name}", "") for name in LineForm.Meta.fields}
            for index in range(_as_int(data.get("lines-TOTAL_FORMS"), MOST_LINES))
        ]
        if "remove_line" in data:
            position = _as_int(data["remove_line"], MOST_LINES, default=MOST_LINES)
            del rows[position : position + 1]
        if ("add_line" in data or not rows) and len(rows) < MOST_LINES:
            rows.append({})
        return rows


def _as_int(text: object, most: int, *, default: int = 0) -> int:
    """A small number of a field that people don't type; anything else is `default`."""
    if isinstance(text, str) and text.isdecimal() and len(text) < 4:
        return min(int(text), most)
    return default
