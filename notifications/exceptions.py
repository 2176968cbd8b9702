"""What the outbox says no with."""

from core.refusals import Refusal


class CannotResend(Refusal):
    """The message may not be sent again; the text says why, for a person."""

    code = "cannot-resend"


class UndeclaredKind(LookupError):
    """No app declares this kind of message: a mistake in code, or a row of an older version."""
