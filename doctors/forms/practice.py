"""What a doctor says about the practice."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms.places import PlaceField, PlaceFormMixin
from accounts.models import Place, User
from core.times import zone_choices
from doctors.models import Doctor, Specialty
from doctors.policies import may_change_licence
from payments.fields import MoneyField


class PracticeForm(PlaceFormMixin, forms.ModelForm):  # type: ignore[type-arg]
    """What a doctor says about the practice. The licence number stays once it is approved.

    The area is asked where there are no places to choose from.
    """

    place = PlaceField(required=False, label=_("Where it is"))

    fee = MoneyField(most=settings.MAX_FEE, label=_("Fee of a visit"))
    time_zone = forms.ChoiceField(
        choices=zone_choices,
        label=_("Time zone"),
        help_text=_("Where you see patients. Your hours are meant in this zone."),
    )
    specialties = forms.ModelMultipleChoiceField(
        queryset=Specialty.objects.order_by("name"),
        widget=forms.CheckboxSelectMultiple,
        label=_("What you treat"),
    )

    class Meta:
        model = Doctor
        fields = [
            "name", "licence_number", "specialties", "experience_years", "qualifications",
            "fee", "clinic_name", "clinic_address", "place", "clinic_area", "time_zone",
            "languages", "bio",
        ]  # fmt: skip
        widgets = {"bio": forms.Textarea(attrs={"rows": 6})}
        labels = {"name": _("Your name, with your title")}
        help_texts = {
            "name": _("As patients know you, like Dr Farzana Kabir."),
            "licence_number": _("The clinic checks it before patients can find you."),
            "experience_years": _("In practice, 0 to 60."),
            "qualifications": _("Like MBBS, FCPS (Dermatology)."),
            "clinic_address": _("House, road and floor: what a patient tells the driver."),
            "clinic_area": _("Like Dhanmondi, Dhaka."),
            "languages": _("Like Bangla, English."),
            "bio": _("What you treat, and how. Patients read it on your page."),
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["fee"].help_text = format_lazy(
            _("In {currency}, what a patient pays for one visit."), currency=settings.CURRENCY
        )
        del self.fields["clinic_area" if Place.objects.exists() else "place"]
        doctor = self.instance
        if doctor._state.adding:
            self.initial.setdefault("name", user.get_full_name())
            self.initial.setdefault("time_zone", user.time_zone or settings.TIME_ZONE)
        elif not may_change_licence(user, doctor):
            self.fields["licence_number"].disabled = True
            self.fields["licence_number"].help_text = _(
                "Checked by the clinic. Ask there to have it changed."
            )
