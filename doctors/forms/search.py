"""What somebody looks for among the doctors."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doctors.models import Specialty

WHEN = [
    ("any", _("Any day")),
    ("today", _("Today")),
    ("tomorrow", _("Tomorrow")),
    ("week", _("This week")),
]
SORTS = [
    ("soonest", _("Soonest free")),
    ("fee", _("Lowest fee")),
    ("experience", _("Most experience")),
    ("name", _("Name")),
]


@dataclass(frozen=True)
class Search:
    """A search that makes sense, whatever the address bar said."""

    q: str
    specialty: Specialty | None
    when: str
    sort: str

    @property
    def when_label(self) -> str:
        return str(dict(WHEN)[self.when])

    @property
    def values(self) -> dict[str, str]:
        """As the form's fields show it."""
        code = self.specialty.code if self.specialty else ""
        return {"q": self.q, "specialty": code, "when": self.when, "sort": self.sort}


class SearchForm(forms.Form):
    """The search as the address bar has it. What is wrong in it is passed over."""

    q = forms.CharField(
        required=False,
        label=_("Name"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Like Farzana")}),
    )
    when = forms.ChoiceField(
        choices=WHEN, required=False, label=_("When"), widget=forms.RadioSelect
    )
    sort = forms.ChoiceField(choices=SORTS, required=False, label=_("Sort by"))

    def __init__(self, *args: Any, specialties: list[Specialty], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._specialties = {specialty.code: specialty for specialty in specialties}
        choices = [(each.code, each.plain_name) for each in specialties]
        self.fields["specialty"] = forms.ChoiceField(
            choices=[("", _("Everything")), *choices], required=False, label=_("What for")
        )

    def search(self) -> Search:
        """What is looked for, as far as it makes sense."""
        self.is_valid()
        given = self.cleaned_data
        return Search(
            q=(given.get("q") or "")[:80],
            specialty=self._specialties.get(given.get("specialty") or ""),
            when=given.get("when") or "any",
            sort=given.get("sort") or "soonest",
        )
