"""Patients of a drill: they send a form until it is answered, or give up, and remember answers."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
from django.utils import timezone

from accounts.models import User
from tests.factories import PatientFactory, fund
from tests.live.person import Person, appointment_of

APPROVED, DECLINED = "4242424242424242", "4000000000000002"
CHALLENGE, SLOW = "4000002500003155", "4000000000000077"
CARDS = (APPROVED,) * 8 + (CHALLENGE,) * 5 + (DECLINED,) * 2 + (SLOW,)
MONEY_AT_FIRST = 50_000_000
# How many of those without an answer close the browser instead of sending the form again.
GIVING_UP = 0.2
# Seconds: longer than a slow card takes; and far longer than the site may be away.
PATIENCE = 22
SITE_IS_GONE = 120


class WrongAnswer(Exception):
    """The site said what it must never say."""


class GoesHome(Exception):
    """This person does not come back: nobody helps to end what was begun."""


@dataclass
class Told:
    """What the site acknowledged to one person, by ids."""

    held: list[str] = field(default_factory=list)
    booked: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    # Not told, but asked for: may be cancelled, if they gave up before the answer.
    asked_to_cancel: list[str] = field(default_factory=list)
    paid: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    # The form's key of each deposit that was started, and its payment.
    deposits: dict[str, str] = field(default_factory=dict)


class Visitor(threading.Thread):
    """One patient, in a thread: books, pays, deposits and cancels, until told to finish.

    Make it in the main thread: a person is made in the database, the thread itself asks only the
    site. `unsteady`: server errors count as no answer, because the database is taken away.
    """

    def __init__(
        self, url: str, slots: Sequence[str], rng: random.Random, *, unsteady: bool = False
    ) -> None:
        super().__init__(daemon=True)
        self.user: User = PatientFactory(user__username=f"p{uuid.uuid4().hex[:16]}").user
        fund(self.user, MONEY_AT_FIRST, now=timezone.now())
        self.person = Person(url, self.user, timeout=30)
        self.slots = slots
        self.rng = rng
        self.unsteady = unsteady
        self.told = Told()
        self.finishing = threading.Event()
        # What waits for an answer now, "" between two steps.
        self.doing = ""
        self.requests = 0
        self.unanswered = 0
        self.refused = 0
        self.wrong: list[str] = []

    def run(self) -> None:
        try:
            while not self.finishing.is_set():
                self._story()
            self._leave_something()
        except GoesHome:
            pass
        except Exception as error:
            self.wrong.append(f"{self.user.username}, {self.doing}: {error!r}")
        finally:
            self.doing = ""
            self.person.http.close()

    # --- Stories ----------------------------------------------------------------------------

    def _story(self) -> None:
        chance = self.rng.random()
        if chance < 0.3:
            self._deposit(self.rng.choice(CARDS))
        elif chance < 0.4:
            self._hold()
        else:
            self._book()

    def _book(self) -> None:
        visit = self._hold()
        if visit is None:
            return
        if self.rng.random() < 0.6:
            booked = self._pay_from_wallet(visit)
        else:
            booked = self._pay_by_card(visit, self.rng.choice(CARDS))
        if booked and self.rng.random() < 0.5:
            self._cancel(visit)

    def _leave_something(self) -> None:
        """What the sweeps are for: a hold nobody goes on with, a slow payment nobody watches."""
        visit = self._hold()
        if visit and self.rng.random() < 0.5:
            key = uuid.uuid4()
            answer = self._post(
                "choose card",
                f"/payments/process/{visit}/",
                method="card",
                idempotency_key=str(key),
            )
            self._expect(answer, "/card/")
            self._post("charge visit", _path(answer), **_card(SLOW))

    # --- Steps ------------------------------------------------------------------------------

    def _hold(self) -> str | None:
        answer = self._post("hold", f"/appointments/reserve/{self.rng.choice(self.slots)}/")
        if answer.status_code == 409:
            self.refused += 1
            return None
        self._expect(answer, "/details/")
        visit = appointment_of(answer)
        self.told.held.append(visit)
        return visit

    def _pay_from_wallet(self, visit: str) -> bool:
        form = {"method": "wallet", "idempotency_key": str(uuid.uuid4())}
        for _press in range(2 if self.rng.random() < 0.15 else 1):
            answer = self._post("pay from wallet", f"/payments/process/{visit}/", **form)
            self._expect(answer, f"/appointments/{visit}/confirmed/")
        self.told.booked.append(visit)
        return True

    def _pay_by_card(self, visit: str, number: str) -> bool:
        form = {"method": "card", "idempotency_key": str(uuid.uuid4())}
        answer = self._post("choose card", f"/payments/process/{visit}/", **form)
        self._expect(answer, "/card/")
        payment = self._charge("visit", answer, number)
        if payment in self.told.paid:
            self.told.booked.append(visit)
            return True
        return False

    def _deposit(self, number: str) -> None:
        key = str(uuid.uuid4())
        form = {"amount": str(self.rng.randint(1, 900)), "idempotency_key": key}
        for _press in range(2 if self.rng.random() < 0.15 else 1):
            answer = self._post("start deposit", "/payments/deposit/", **form)
            self._expect(answer, "/card/")
            payment = _path(answer).split("/")[2]
            if self.told.deposits.setdefault(key, payment) != payment:
                raise WrongAnswer(f"one form started {self.told.deposits[key]} and {payment}")
        self._charge("deposit", answer, number)

    def _charge(self, purpose: str, card_page: httpx.Response, number: str) -> str:
        """Types the card, and follows the payment until the site knows what became of it."""
        path = _path(card_page)
        payment = path.split("/")[2]
        for _press in range(2 if self.rng.random() < 0.15 else 1):
            answer = self._post(f"charge {purpose}", path, **_card(number))
            self._expect(answer, f"/payments/{payment}/")
        started = time.monotonic()
        while True:
            answer = self._get(f"wait for {purpose}", f"/payments/{payment}/")
            onward = _path(answer)
            if onward.startswith("/payments/bank/"):
                confirm = "confirm" if self.rng.random() < 0.8 else "decline"
                self._expect(
                    self._post(f"confirm {purpose}", onward, answer=confirm),
                    f"/payments/{payment}/",
                )
            elif onward:
                self.told.paid.append(payment)
                return payment
            elif "Checking with the bank" not in answer.text:
                self.told.failed.append(payment)
                return payment
            elif time.monotonic() - started > PATIENCE:
                raise GoesHome
            else:
                time.sleep(0.5)

    def _cancel(self, visit: str) -> None:
        self.told.asked_to_cancel.append(visit)
        answer = self._post(
            "cancel", f"/appointments/{visit}/cancel/", reason="", refund_to="wallet"
        )
        self._expect(answer, f"/appointments/{visit}/")
        self.told.cancelled.append(visit)

    # --- Requests ---------------------------------------------------------------------------

    def _get(self, doing: str, path: str) -> httpx.Response:
        return self._send(doing, "GET", path, {})

    def _post(self, doing: str, path: str, **form: str) -> httpx.Response:
        return self._send(doing, "POST", path, form)

    def _send(self, doing: str, verb: str, path: str, form: dict[str, str]) -> httpx.Response:
        """Sends it until there is an answer, as somebody does who presses the button again.

        Raises GoesHome for one who does not.
        """
        self.doing = doing
        started = time.monotonic()
        while True:
            self.requests += 1
            try:
                answer = self.person.http.request(verb, path, data=form or None)
            except httpx.HTTPError as error:
                problem = repr(error)
            else:
                # Django answers 400 when the database goes while it saves the session.
                failed = answer.status_code >= 500 or (self.unsteady and answer.status_code == 400)
                if not failed:
                    self.doing = ""
                    return answer
                problem = f"{answer.status_code} at {path}"
                if not self.unsteady:
                    raise WrongAnswer(problem)
            self.unanswered += 1
            if verb == "POST" and self.rng.random() < GIVING_UP:
                raise GoesHome
            if time.monotonic() - started > SITE_IS_GONE:
                raise WrongAnswer(f"no answer in {SITE_IS_GONE} s: {problem}")
            time.sleep(0.1)

    def _expect(self, answer: httpx.Response, end: str) -> None:
        if answer.status_code != 302 or not _path(answer).endswith(end):
            raise WrongAnswer(
                f"{answer.request.method} {answer.request.url.path} was answered "
                f"{answer.status_code} {_path(answer)}, not {end}"
            )


def _path(answer: httpx.Response) -> str:
    """Where a redirect leads, "" when it is none."""
    return (
        httpx.URL(answer.headers.get("location", "")).path if answer.has_redirect_location else ""
    )


def _card(number: str) -> dict[str, str]:
    return {"number": number, "expiry": "08/39", "cvc": "123", "name": "S Rahman"}
