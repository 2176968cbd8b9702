"""What every rule says no with."""

from typing import ClassVar

from django.utils.functional import Promise


class Refusal(Exception):
    """A rule said no, and nothing was changed.

    `message` is the sentence for the person who asked. Programs read `code`, which stays the same
    when the sentence changes; `status` is the HTTP status of a page or an API answer that says it.
    Every subclass has a code of its own (docs/architecture.md lists them).
    """

    code: ClassVar[str] = ""
    status: ClassVar[int] = 409
    message: str | Promise = ""

    def __init__(self, message: str | Promise = "") -> None:
        self.message = message or self.message
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)
