"""What a rule about doctors says no with."""

from django.utils.translation import gettext_lazy as _

from core.refusals import Refusal


class DoctorError(Refusal):
    """A rule about doctors said no; the message may be shown."""

    code = "practice-refused"


class HoursRefused(DoctorError):
    """Hours that end before they start, or overlap."""

    code = "hours-refused"
    status = 422


class SlotRefused(DoctorError):
    """A time that can't be added: it is over, or something else is then."""

    code = "slot-refused"


class AlreadyRegistered(DoctorError):
    """The user has a practice already."""

    code = "already-registered"
    message = _("You have told patients about your practice already.")


class LicenceFixed(DoctorError):
    """The licence number of an approved doctor is changed by an admin only."""

    code = "licence-fixed"
    status = 403


class AlreadyDecided(DoctorError):
    """An approved doctor can't be refused."""

    code = "already-decided"
