"""What a rule about people says no with, in words for the person."""

from django.utils.translation import gettext_lazy as _


class RelativeHasVisits(Exception):
    """What happened is kept, and with it whom it happened to."""

    def __str__(self) -> str:
        return str(_("Somebody for whom a time was booked or held stays here: it is history."))


class AddressTaken(Exception):
    """Somebody has an account with that address."""

    def __str__(self) -> str:
        return str(_("Somebody has this address already: search for it to find them."))
