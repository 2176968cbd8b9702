"""The specialties that a mail's facts name."""

from django import template

from doctors.specialties import specialty_name

register = template.Library()


@register.filter
def specialty_names(specialties: list[dict[str, str]]) -> str:
    """`{{ specialties|specialty_names }}`: their names in the reader's language."""
    return ", ".join(specialty_name(each["code"], each["own"]) for each in specialties)
