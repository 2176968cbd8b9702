"""What somebody looks for among visits, as the address bar of every list has it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from appointments.enums import AppointmentStatus
from appointments.querysets import REQUESTED, VisitFilter
from core.times import is_in_reach

Choices = Sequence[tuple[uuid.UUID, str]]

STATUSES = [
    (REQUESTED, _("Requested")),
    *(
        (status.value, status.label)
        for status in AppointmentStatus
        if status != AppointmentStatus.PENDING
    ),
]
_DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class VisitFilterForm(forms.Form):
    """A filter over visits. What is wrong in the address bar is passed over.

    `doctors` and `patients` are what the reader may choose from: (id, name) pairs. Where there is
    nothing to choose the field is left out.
    """

    q = forms.CharField(
        required=False, label=_("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Reference or name")}),
    )  # fmt: skip
    status = forms.ChoiceField(
        choices=[("", _("Any status")), *STATUSES], required=False, label=_("Status")
    )
    since = forms.DateField(
        required=False, label=_("From"), input_formats=["%Y-%m-%d"], widget=_DATE
    )
    until = forms.DateField(
        required=False, label=_("Up to"), input_formats=["%Y-%m-%d"], widget=_DATE
    )

    def __init__(
        self,
        *args: Any,
        doctors: Choices,
        patients: Choices,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        for name, label, every, choices in (
            ("doctor", _("Doctor"), _("Every doctor"), doctors),
            ("patient", _("Patient"), _("Everybody"), patients),
        ):
            if choices:
                self.fields[name] = forms.TypedChoiceField(
                    choices=[("", every), *choices],
                    coerce=uuid.UUID,
                    empty_value=None,
                    required=False,
                    label=label,
                )

    def filters(self) -> VisitFilter:
        """What is looked for, as far as it makes sense."""
        self.is_valid()
        given = self.cleaned_data
        since, until = given.get("since"), given.get("until")
        return VisitFilter(
            q=(given.get("q") or "")[:80],
            status=given.get("status") or "",
            since=since if since and is_in_reach(since) else None,
            until=until if until and is_in_reach(until) else None,
            doctor_id=given.get("doctor"),
            patient_id=given.get("patient"),
        )


def read_filter(
    data: Mapping[str, Any], *, doctors: Choices = (), patients: Choices = ()
) -> tuple[VisitFilter, VisitFilterForm]:
    """The filter that `data` asks for, and a form that shows what of it made sense."""
    wanted = VisitFilterForm(data, doctors=doctors, patients=patients).filters()
    shown = asdict(wanted) | {"doctor": wanted.doctor_id, "patient": wanted.patient_id}
    return wanted, VisitFilterForm(initial=shown, doctors=doctors, patients=patients)
