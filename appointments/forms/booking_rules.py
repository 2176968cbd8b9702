"""Forms of the rules of booking."""

from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from appointments.actions.booking_rules import RULES
from appointments.models import BookingRules
from appointments.policies import Policy
from appointments.policy_wording import rule_words


class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Rules of booking, whose limits the browser knows and the help texts name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if not isinstance(field, forms.IntegerField):
                continue
            limits: dict[str, Any] = {"min": 0}
            rule = cast("models.Field[Any, Any]", BookingRules._meta.get_field(name))
            for validator in rule.validators:
                if isinstance(validator, MinValueValidator | MaxValueValidator):
                    limits[validator.code.removesuffix("_value")] = validator.limit_value
            field.widget.attrs |= limits
            words = {"help": field.help_text, "least": limits["min"], "most": limits["max"]}
            field.help_text = (_("%(help)s %(least)d to %(most)d.") % words).strip()


class OwnRulesForm(RulesForm):
    """A doctor's own rules of booking; what is left empty is as the clinic has it."""

    class Meta:
        model = BookingRules
        fields = RULES

    def __init__(self, *args: Any, clinic: Policy, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = rule_words(clinic)
        for name, field in self.fields.items():
            value = words[name]
            if isinstance(field, forms.NullBooleanField):
                field.widget.choices = [
                    ("unknown", _("As the clinic: %s") % value),
                    ("true", _("Yes")),
                    ("false", _("No")),
                ]
            else:
                field.widget.attrs["placeholder"] = _("As the clinic: %s") % value
