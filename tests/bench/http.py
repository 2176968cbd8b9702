"""A small HTTP client for many people at once. A connection is for one request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.live.site import HOST

# Far longer than the server's own patience, so that its answer is seen; a race may queue for long.
PATIENCE_S = 300


@dataclass(frozen=True)
class Reader:
    """Whose cookies a request has."""

    session: str
    csrf: str

    @property
    def headers(self) -> dict[str, str]:
        cookie = f"sessionid={self.session}; csrftoken={self.csrf}"
        return {"Cookie": cookie, "X-CSRFToken": self.csrf}


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    # Of the whole answer, headers too.
    size: int


async def ask(
    port: int,
    path: str,
    reader: Reader,
    *,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    """GETs a page, or POSTs a form. Redirects are not followed."""
    body = urlencode(form).encode() if form is not None else b""
    fields = reader.headers | (headers or {}) | {"Host": f"{HOST}:{port}", "Connection": "close"}
    if form is not None:
        fields["Content-Type"] = "application/x-www-form-urlencoded"
        fields["Content-Length"] = str(len(body))
    lines = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    async with asyncio.timeout(PATIENCE_S):
        incoming, outgoing = await asyncio.open_connection(HOST, port)
        try:
            outgoing.write("\r\n".join([*lines, "", ""]).encode() + body)
            raw = await incoming.read()
        finally:
            outgoing.close()
    head = raw.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    found = dict(line.lower().split(": ", 1) for line in head[1:])
    return Answer(int(head[0].split()[1]), found.get("location", ""), len(raw))


@dataclass(frozen=True)
class Visit:
    """What somebody is going to book."""

    reader: Reader
    slot: str
    key: str


async def hold(port: int, visit: Visit) -> Answer:
    """302 to the visit's details, or 409."""
    return await ask(port, f"/appointments/reserve/{visit.slot}/", visit.reader, form={})


async def pay(port: int, visit: Visit, held: Answer) -> Answer:
    """Pays by wallet what was held: 302 to the confirmation."""
    appointment = held.location.strip("/").split("/")[1]
    form = {"method": "wallet", "idempotency_key": visit.key}
    return await ask(port, f"/payments/process/{appointment}/", visit.reader, form=form)
