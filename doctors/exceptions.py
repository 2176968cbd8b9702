"""What a rule about doctors says no with."""


class DoctorError(Exception):
    """A rule about doctors said no; the message may be shown."""


class HoursRefused(DoctorError):
    """Hours that end before they start, or overlap."""


class AlreadyRegistered(DoctorError):
    """The user has a practice already."""


class LicenceFixed(DoctorError):
    """The licence number of an approved doctor is changed by an admin only."""


class AlreadyDecided(DoctorError):
    """An approved doctor can't be refused."""
