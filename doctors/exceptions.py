"""What a rule about doctors says no with."""


class DoctorError(Exception):
    """A rule about doctors said no; the message may be shown."""


class HoursRefused(DoctorError):
    """Hours that end before they start, or overlap."""


class SlotRefused(DoctorError):
    """A time that can't be added: it is over, or something else is then."""


class AlreadyRegistered(DoctorError):
    """The user has a practice already."""


class LicenceFixed(DoctorError):
    """The licence number of an approved doctor is changed by an admin only."""


class AlreadyDecided(DoctorError):
    """An approved doctor can't be refused."""
