"""What a rule about doctors says no with."""


class DoctorError(Exception):
    """A rule about doctors said no; the message may be shown."""


class HoursRefused(DoctorError):
    """Hours that end before they start, or overlap."""
