"""No test of the whole suite may leave a secret in a log: what is typed and mailed is kept in mind
while a test runs, and looked for in all that was logged meanwhile.

`tests/test_canaries.py` follows chosen flows with every logger at DEBUG; this watches all others as
they are logged in production.
"""

import json
import logging
import re
from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse

from booking_system.logs import HideSecretAddresses
from notifications.models import OutboxMessage

# Fields of our forms that hold what nobody may read by the way.
TYPED = {
    "password", "password1", "password2", "oldpassword", "code", "number", "cvc", "reason",
    "symptoms", "notes", "private_notes", "diagnosis", "follow_up", "allergies", "conditions",
    "medication",
}  # fmt: skip
# What is as short as a word may be in a log for another reason.
SHORTEST = 6
COOKIES = {"sessionid", "known_device", "csrftoken"}
IN_ADDRESSES = re.compile(
    r"(?<=/calendar/)[\w-]{20,}(?=\.ics)|(?<=/proposals/)[0-9a-f]+\.[\w-]+|(?<=/unsubscribe/)[\w:-]+"
)
# Loggers that don't hand on to the root what they say.
APART = ("gunicorn.access", "huey")


class Watch(logging.Handler):
    """What was secret and what was logged since `begin`."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.addFilter(HideSecretAddresses())
        # The tests' own mail server says what it gets.
        self.addFilter(lambda record: record.name != "mail.log")
        self.begin()

    def begin(self) -> None:
        """Forgets everything."""
        self.secrets: set[str] = set()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def keep(self, secret: object) -> None:
        """Keeps in mind what must not be logged; not what is too short or too plain for that."""
        if isinstance(secret, str) and len(secret) >= SHORTEST and len(set(secret)) > 1:
            self.secrets.add(secret)

    def found(self) -> dict[str, str]:
        """Each secret that was logged, with the first line that has it."""
        lines = "\n".join(self.lines)
        return {
            secret: next(line for line in self.lines if _says(line, secret))
            for secret in self.secrets
            if secret in lines and any(_says(line, secret) for line in self.lines)
        }


def _says(line: str, secret: str) -> bool:
    """Six digits may be part of a longer number or of an id by chance."""
    if not secret.isdigit():
        return secret in line
    return re.search(rf"(?<![\w-]){secret}(?![\w-])", line) is not None


watch = Watch()


def watch_logs() -> None:
    """Listens to all that is logged from now on."""
    for logger in (logging.root, *map(logging.getLogger, APART)):
        logger.addHandler(watch)


def keep_typed(get_response: Callable[[HttpRequest], HttpResponse]) -> Any:
    """Middleware, around all others: keeps in mind what came with the request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        try:
            return get_response(request)
        finally:
            # What no view has read stays unread.
            for name, value in getattr(request, "_post", {}).items():
                if name in TYPED:
                    watch.keep(value)
            for name, value in request.COOKIES.items():
                if name.removeprefix("__Host-") in COOKIES:
                    watch.keep(value)
            if session := getattr(request, "session", None):
                watch.keep(session.session_key)
            for token in IN_ADDRESSES.findall(request.path):
                watch.keep(token)

    return middleware


def keep_mailed(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """On each new connection: keeps in mind the codes of mails as they come into the outbox."""
    if _keep_codes not in connection.execute_wrappers:
        # First of all: `execute_wrapper` takes away the last.
        connection.execute_wrappers.insert(0, _keep_codes)


def _keep_codes(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.startswith("INSERT") and f'INTO "{OutboxMessage._meta.db_table}"' in sql:
        for value in params or ():
            facts = getattr(value, "obj", value)
            if isinstance(facts, str) and facts.startswith("{"):
                facts = json.loads(facts)
            if isinstance(facts, dict):
                watch.keep(facts.get("code"))
    return execute(sql, params, many, context)
