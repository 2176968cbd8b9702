"""What somebody looks for among the doctors."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from doctors.models import Specialty
from doctors.search_choices import CountedPlace, Offers, find_place

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
    place: CountedPlace | None
    when: str
    sort: str

    @property
    def when_label(self) -> str:
        return str(dict(WHEN)[self.when])

    @property
    def values(self) -> dict[str, str]:
        """As the form's fields show it."""
        code = self.specialty.code if self.specialty else ""
        place = self.place.code if self.place else ""
        return {
            "q": self.q, "specialty": code, "place": place, "when": self.when, "sort": self.sort,
        }  # fmt: skip


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

    place = forms.SlugField(required=False, max_length=60)

    def __init__(self, *args: Any, offers: Offers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = offers.places
        self._specialties = {specialty.code: specialty for specialty in offers.specialties}
        choices = [(each.code, each.shown_plain_name) for each in offers.specialties]
        self.fields["specialty"] = forms.ChoiceField(
            choices=[("", _("Everything")), *choices], required=False, label=_("What for")
        )

    def offer_places(self, chosen: CountedPlace | None) -> None:
        """Makes the place a select: where one is, what that lies in, and what lies in it."""
        tops = [place for place in self._places.values() if not place.ancestors]
        above = [*chosen.ancestors, chosen] if chosen else []
        inside = chosen.children if chosen else tops
        choices: list[tuple[str, Any]] = [("", _("Everywhere"))]
        for depth, place in [(len(each.ancestors), each) for each in (*above, *inside)]:
            choices.append((place.code, f"{'– ' * depth}{place.shown_name} ({place.count})"))
        self.fields["place"] = forms.ChoiceField(choices=choices, required=False, label=_("Where"))

    def search(self) -> Search:
        """What is looked for, as far as it makes sense."""
        self.is_valid()
        given = self.cleaned_data
        return Search(
            q=(given.get("q") or "")[:80],
            specialty=self._specialties.get(given.get("specialty") or ""),
            place=find_place(given.get("place") or "", self._places),
            when=given.get("when") or "any",
            sort=given.get("sort") or "soonest",
        )
