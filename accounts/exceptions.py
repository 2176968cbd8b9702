"""What a rule about people says no with, in words for the person."""

from django.utils.translation import gettext_lazy as _


class RelativeHasVisits(Exception):
    """What happened is kept, and with it whom it happened to."""

    def __str__(self) -> str:
        return str(
            _(
                "Somebody for whom a time was booked or held, or a medical profile was written, "
                "stays here: it is history."
            )
        )


class AddressTaken(Exception):
    """Somebody has an account with that address."""

    def __str__(self) -> str:
        return str(_("Somebody has this address already: search for it to find them."))


class MobileRefused(Exception):
    """Another account has that number, which is not said: whose it is is nobody's business."""

    def __str__(self) -> str:
        return str(
            _("This number can't be used here. Check it; if it is yours, tell the clinic's desk.")
        )
