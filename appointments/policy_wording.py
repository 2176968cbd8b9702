"""The rules of booking in words."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from appointments.policies import NUMBERS, Policy


def notice_words(minutes: int) -> str:
    """The minimum notice as a person says it: "2 hours", "90 minutes"; empty if there is none."""
    days, hours = divmod(minutes, 24 * 60), divmod(minutes, 60)
    if not minutes:
        return ""
    if not days[1]:
        return ngettext("%d day", "%d days", days[0]) % days[0]
    if not hours[1]:
        return ngettext("%d hour", "%d hours", hours[0]) % hours[0]
    return ngettext("%d minute", "%d minutes", minutes) % minutes


def rule_words(policy: Policy) -> dict[str, str]:
    """Each rule, by its name, as a person would write it into a form."""
    words = {name: str(getattr(policy, name)) for name in NUMBERS}
    words["needs_acceptance"] = str(_("Yes") if policy.needs_acceptance else _("No"))
    tiers = ", ".join(f"{tier.hours}: {tier.percent}" for tier in policy.late_refunds)
    return words | {"late_refunds": tiers or "none"}
