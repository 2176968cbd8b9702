"""What the outbox says no with."""


class CannotResend(Exception):
    """The message may not be sent again; the text says why, for a person."""


class UndeclaredKind(LookupError):
    """No app declares this kind of message: a mistake in code, or a row of an older version."""
