"""What the outbox says no with."""


class CannotResend(Exception):
    """The message may not be sent again; the text says why, for a person."""
