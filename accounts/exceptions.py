"""What a rule about people says no with, in words for the person."""

from typing import Any

from django.utils.translation import gettext as _


class RelativeHasVisits(Exception):
    """What happened is kept, and with it whom it happened to."""

    def __str__(self) -> str:
        return str(
            _(
                "Somebody for whom a time was booked, held or waited for, or a medical profile was "
                "written, stays here: it is history."
            )
        )


class RelativeKnown(Exception):
    """The same person is in the family already."""

    def __str__(self) -> str:
        return str(_("Somebody of this name and date of birth is in your family already."))


class AddressTaken(Exception):
    """Somebody has an account with that address."""

    def __str__(self) -> str:
        return str(_("Somebody has this address already: search for it to find them."))


class AccountTakenUp(Exception):
    """They have signed in, or are no patient any more: the address is not the desk's to change."""

    def __str__(self) -> str:
        return str(_("This patient has an account of their own. Only they change its address."))


class MobileTaken(Exception):
    """Another account has that number: for the desk, which may know."""

    def __str__(self) -> str:
        return str(_("Somebody has this number already: search for it to find them."))


class MobileRefused(Exception):
    """Another account has that number, which is not said: whose it is is nobody's business."""

    def __str__(self) -> str:
        return str(
            _("This number can't be used here. Check it; if it is yours, tell the clinic's desk.")
        )


class StandingRefused(Exception):
    """What an admin wants to decide about a user is not possible; the text says why."""


class RoleInUse(StandingRefused):
    """Something goes on in the old role; `reasons` says what, and where to see to it."""

    def __init__(self, reasons: list[Any]) -> None:
        super().__init__(*[str(reason) for reason in reasons])
        self.reasons = reasons

    def __str__(self) -> str:
        return _("See to this first: %s") % " ".join(str(reason) for reason in self.reasons)


class ExportUnderway(Exception):
    """One copy of somebody's data at a time."""

    def __str__(self) -> str:
        return str(_("Your data is being put together already. You get a mail when it is there."))


class CannotClose(Exception):
    """An account that can't be closed now; `reasons` says why, and where to go."""

    def __init__(self, reasons: list[Any]) -> None:
        super().__init__(*[str(reason) for reason in reasons])
        self.reasons = reasons
