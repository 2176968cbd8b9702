"""What a rule about people says no with, in words for the person."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.refusals import Refusal


class RelativeHasVisits(Refusal):
    """What happened is kept, and with it whom it happened to."""

    code = "relative-has-visits"
    message = _(
        "Somebody for whom a time was booked, held or waited for, or a medical profile was "
        "written, stays here: it is history."
    )


class RelativeKnown(Refusal):
    """The same person is in the family already."""

    code = "relative-known"
    message = _("Somebody of this name and date of birth is in your family already.")


class AddressTaken(Refusal):
    """Somebody has an account with that address."""

    code = "address-taken"
    message = _("Somebody has this address already: search for it to find them.")


class AccountTakenUp(Refusal):
    """They have signed in, or are no patient any more: the address is not the desk's to change."""

    code = "account-taken-up"
    message = _("This patient has an account of their own. Only they change its address.")


class MobileTaken(Refusal):
    """Another account has that number: for the desk, which may know."""

    code = "mobile-taken"
    message = _("Somebody has this number already: search for it to find them.")


class MobileRefused(Refusal):
    """Another account has that number, which is not said: whose it is is nobody's business."""

    code = "mobile-refused"
    message = _("This number can't be used here. Check it; if it is yours, tell the clinic's desk.")


class PhotoRefused(Refusal):
    """The file can't be a photo here; the message says why."""

    code = "photo-refused"
    status = 422


class StandingRefused(Refusal):
    """What an admin wants to decide about a user is not possible; the text says why."""

    code = "standing-refused"


class RoleInUse(StandingRefused):
    """Something goes on in the old role; `reasons` says what, and where to see to it."""

    code = "role-in-use"

    def __init__(self, reasons: list[Any]) -> None:
        super().__init__(gettext("See to this first: %s") % " ".join(map(str, reasons)))
        self.reasons = reasons


class ExportUnderway(Refusal):
    """One copy of somebody's data at a time."""

    code = "export-underway"
    message = _("Your data is being put together already. You get a mail when it is there.")


class CannotClose(Refusal):
    """An account that can't be closed now; `reasons` says why, and where to go."""

    code = "cannot-close"

    def __init__(self, reasons: list[Any]) -> None:
        super().__init__(" ".join(map(str, reasons)))
        self.reasons = reasons
