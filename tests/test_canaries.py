"""What nobody may read by the way: passwords, codes, tokens and notes are in no log, in no session
and in no mail that is kept.

Each secret is typed or made once, then everything is searched for it.
"""

import io
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from gunicorn.config import Config
from gunicorn.glogging import Logger

from accounts.models import User
from appointments.models import Proposal
from appointments.proposal_links import answer_path
from booking_system.logs import HideSecretAddresses
from doctors.models import Doctor
from notifications.actions import send_due_messages
from notifications.models import OutboxMessage
from tests import factories
from tests.conftest import NOW
from tests.live.mail_server import MailServer
from tests.world import absence_with_answer_link

pytestmark = pytest.mark.django_db

PASSWORD = "Canary-of-Sadia-7"
WRONG = "Canary-mistyped-8"
NEW = "Canary-of-later-9"
NOTE = "Canary: a rash that nobody else should read about"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    """All that any logger says with LOG_LEVEL=DEBUG, through the site's own filter."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s %(args)s"))
    handler.addFilter(HideSecretAddresses())
    # The test's own mail server says what it gets.
    handler.addFilter(lambda record: record.name != "mail.log")
    names = [name for name, one in logging.root.manager.loggerDict.items() if not silent(one)]
    loggers = [logging.root, *map(logging.getLogger, names)]
    level = logging.root.level
    logging.root.setLevel(logging.DEBUG)
    for logger in loggers:
        logger.addHandler(handler)
    yield text
    logging.root.setLevel(level)
    for logger in loggers:
        logger.removeHandler(handler)


def silent(logger: logging.Logger | logging.PlaceHolder) -> bool:
    """Whether what it says is heard at the root anyway, or nobody can say anything there."""
    return isinstance(logger, logging.PlaceHolder) or logger.propagate


class Visitor(Client):
    """A browser, of which gunicorn writes each request down as it does in production."""

    gunicorn = Logger(Config())

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        query = request.get("QUERY_STRING", "")
        path = request["PATH_INFO"] + (f"?{query}" if query else "")
        environ = {
            "REQUEST_METHOD": request["REQUEST_METHOD"],
            "RAW_URI": path,
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_REFERER": f"https://clinic.example.org{path}",
            "HTTP_USER_AGENT": "Mozilla/5.0",
        }
        response = SimpleNamespace(status=f"{answer.status_code} OK", sent=1, headers=[])
        atoms = self.gunicorn.atoms(
            response, SimpleNamespace(headers=[]), environ, timezone.timedelta(seconds=1)
        )
        logging.getLogger("gunicorn.access").info(Config().access_log_format, atoms)
        return answer


def mailed(kind: str) -> str:
    return str(OutboxMessage.objects.filter(kind=kind).latest("created_at").facts["code"])


@pytest.mark.slow("a day of the site with every logger at DEBUG")
def test_secrets_are_in_no_log_session_or_sent_mail(
    said: io.StringIO,
    clock: Any,
    doctor: Doctor,
    mail_server: MailServer,
) -> None:
    secrets = {PASSWORD, WRONG, NEW, NOTE}
    visitor = Visitor()
    details = {"role": "patient", "name": "Sadia", "username": "sadia", "email": "s@example.org"}
    visitor.post(reverse("account_signup"), details | {"password1": "canary"})
    visitor.post(reverse("account_signup"), details | {"password1": PASSWORD})
    code = mailed("email_confirmation_code")
    secrets.add(code)
    code_page = reverse("account_email_verification_sent")
    visitor.post(code_page, {"code": code[:5]})
    assert visitor.post(code_page, {"code": code}).status_code == 302
    visitor.post(reverse("account_logout"))

    log_in = {"login": "sadia", "password": WRONG}
    assert visitor.post(reverse("account_login"), log_in).status_code == 422
    # Some type it into the wrong field.
    visitor.post(reverse("account_login"), {"login": PASSWORD, "password": WRONG})
    visitor.post("/nothing/here/?x=1", {"password": WRONG})

    clock.shift(60)
    visitor.post(reverse("account_reset_password"), {"email": "s@example.org"})
    code = mailed("password_reset_code")
    secrets.add(code)
    assert (
        visitor.post(reverse("account_confirm_password_reset_code"), {"code": code}).status_code
        == 302
    )
    new = dict.fromkeys(("password1", "password2"), NEW)
    assert visitor.post(reverse("account_complete_password_reset"), new).status_code == 302
    log_in = {"login": "sadia", "password": NEW}
    assert visitor.post(reverse("account_login"), log_in).status_code == 302
    secrets.add(visitor.session.session_key)
    secrets.add(visitor.cookies["known_device"].value)

    feed = visitor.post(reverse("appointments:subscribe"), follow=True).context["address"]
    secrets.add(feed.rsplit("/", 1)[1])
    assert visitor.get(feed.removeprefix("http://127.0.0.1:8000")).status_code == 200

    user = User.objects.get(username="sadia")
    patient = user.patients.get()
    visit = factories.book(factories.SlotFactory(doctor=doctor), patient, now=timezone.now())
    slot = factories.SlotFactory(doctor=doctor)
    factories.fund(user, doctor.fee, now=timezone.now())
    visitor.post(reverse("appointments:reserve", args=[slot.pk]))
    held = patient.appointments.exclude(pk=visit.pk).get()
    visitor.post(reverse("appointments:details", args=[held.pk]), {"reason": NOTE, "notes": NOTE})
    visitor.post(reverse("appointments:details", args=[held.pk]), {"reason": NOTE * 50})

    absence_with_answer_link(visit, timezone.now())
    path = answer_path(Proposal.objects.get())
    secrets.add(path.split("/")[-2])
    assert Visitor().get(path).status_code == 200

    send_due_messages(now=timezone.now())
    assert len(mail_server.mails) > 3
    log = said.getvalue()
    assert "gunicorn.access" in log, "the access log was looked at"
    assert "/accounts/login/" in log
    found = {secret for secret in secrets for text in [log] if secret in text}
    assert found == set(), "in a log"
    sessions = str([session.get_decoded() for session in Session.objects.all()])
    assert "sadia" in sessions
    assert {secret for secret in secrets if secret in sessions} == set(), "in a session"
    outbox = str(list(OutboxMessage.objects.values()))
    letters = secrets - {
        path.split("/")[-2]
    }  # until it is answered: the mail with its link is kept
    assert {secret for secret in letters if secret in outbox} == set(), "in a mail that was sent"


def test_passwords_and_codes_are_nowhere_in_the_database(
    mail_server: MailServer,
) -> None:
    visitor = Client()
    details = {"role": "patient", "name": "Sadia", "username": "sadia", "email": "s@example.org"}
    visitor.post(reverse("account_signup"), details | {"password1": PASSWORD})
    code = mailed("email_confirmation_code")
    other = Client()
    other.post(reverse("account_signup"), details | {"username": "n", "password1": NEW})
    send_due_messages(now=timezone.now())
    rows = [
        str(row)
        for model in apps.get_models()
        if model is not Session
        for row in model._base_manager.values()
    ]
    rows += [str(session.get_decoded()) for session in Session.objects.all()]
    assert any("sadia" in row for row in rows)
    for secret in (PASSWORD, NEW, code):
        assert [row for row in rows if secret in row] == []
