"""A mail server that people in a drill have: real SMTP, and it counts what it has taken."""

from __future__ import annotations

import asyncio
import email
import threading
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any

from aiosmtpd.controller import Controller

from tests.live.site import HOST


class MailServer:
    """Takes every mail. `delay` says after how many seconds the sender hears that it did."""

    def __init__(self, port: int, delay: Callable[[], float]) -> None:
        self.port = port
        self.delay = delay
        # How often a message has been taken, by the outbox's id: the local part of Message-ID.
        self.taken: Counter[str] = Counter()
        # Set at each mail; `first_new_at` is when it was set after somebody cleared it.
        self.new = threading.Event()
        self.first_new_at = 0.0
        self._controller = Controller(self, hostname=HOST, port=port)

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    def __enter__(self) -> MailServer:
        self._controller.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """The text is here: the mail is delivered, whether or not the sender hears so."""
        message = email.message_from_bytes(envelope.content)
        self.taken[message["Message-ID"].strip("<>").split("@")[0]] += 1
        if not self.new.is_set():
            self.first_new_at = time.monotonic()
            self.new.set()
        await asyncio.sleep(self.delay())
        return "250 OK"
