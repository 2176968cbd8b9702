"""A stand-in for Google: OpenID Connect over HTTP, as strict as Google about codes and PKCE."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import jwt

CLIENT_ID = "clinic.apps.googleusercontent.example"
CLIENT_SECRET = "known-to-the-clinic-and-google"
ISSUER = "https://accounts.google.example"


@dataclass
class Person:
    """Who sits before Google's page."""

    email: str = "nadia@gmail.example"
    email_verified: bool = True
    given_name: str = "Nadia"
    family_name: str = "Walker"
    sub: str = "108204268033311374519"
    picture: str = "https://pictures.example/nadia.png"


@dataclass
class GoogleStandIn:
    """What it was asked, whom it lets in, and where it is."""

    url: str
    person: Person = field(default_factory=Person)
    # Code → the request that it answers. A code is taken out when it is redeemed.
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    # What the id token says otherwise than it should.
    lies: dict[str, Any] = field(default_factory=dict)

    def answer(self, authorize_url: str, *, says: str = "yes") -> str:
        """Goes to Google's page and presses a button. Where the browser is sent then."""
        response = httpx.get(f"{authorize_url}&answer={says}")
        assert response.status_code == 302, response.text
        return response.headers["Location"]

    def authorize(self, asked: dict[str, str]) -> tuple[int, str, str]:
        """Status, body, and where to go, of the page that asks the person."""
        expected = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        wrong = {name for name, value in expected.items() if asked.get(name) != value}
        missing = {"redirect_uri", "state", "code_challenge"} - set(asked)
        scope = set(asked.get("scope", "").split())
        if wrong or missing or scope != {"openid", "profile", "email"}:
            return 400, f"wrong: {sorted(wrong | missing)}, scope {sorted(scope)}", ""
        answer = asked.pop("answer", "")
        if not answer:
            links = {"Go on": "yes", "Cancel": "no"}
            items = "".join(
                f'<p><a href="?{escape(urlencode(asked | {"answer": value}))}">{text}</a></p>'
                for text, value in links.items()
            )
            head = "<title>Google's stand-in</title><link rel=icon href='data:,'>"
            return 200, f'<!doctype html><html lang="en">{head}<h1>Who is it?</h1>{items}', ""
        back = {"state": asked["state"]}
        if answer == "yes":
            back["code"] = secrets.token_urlsafe(16)
            self.codes[back["code"]] = asked
        else:
            back["error"] = "access_denied"
        return 302, "", f"{asked['redirect_uri']}?{urlencode(back)}"

    def redeem(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and body of what the site gets for a code. Each code counts once."""
        asked = self.codes.pop(form.get("code", ""), {})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        checks = {
            "client": (form.get("client_id"), form.get("client_secret"))
            == (CLIENT_ID, CLIENT_SECRET),
            "code": bool(asked),
            "redirect_uri": form.get("redirect_uri") == asked.get("redirect_uri"),
            "code_verifier": challenge == asked.get("code_challenge"),
        }
        self.refused = [name for name, is_right in checks.items() if not is_right]
        if self.refused:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": CLIENT_ID, "iat": now, "exp": now + 3600}
        token = jwt.encode(claims | vars(self.person) | self.lies, secrets.token_hex(32), "HS256")
        return 200, {"access_token": secrets.token_hex(), "expires_in": 3600, "id_token": token}


@contextmanager
def running_google() -> Iterator[GoogleStandIn]:
    """The stand-in, on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            status, body, location = google.authorize(dict(parse_qsl(asked.query)))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.finish_with("text/html; charset=utf-8", body)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = dict(parse_qsl(self.rfile.read(length).decode()))
            status, answer = google.redeem(form)
            self.send_response(status)
            self.finish_with("application/json", json.dumps(answer))

        def finish_with(self, kind: str, body: str) -> None:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    google = GoogleStandIn(url=f"http://127.0.0.1:{server.server_port}")
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield google
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
