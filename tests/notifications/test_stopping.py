"""A worker that is told to stop finishes the mail in its hands."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.live.mail_server import free_port

pytestmark = pytest.mark.any_database

ROOT = Path(__file__).resolve().parents[2]
QUEUE_ONE = """
from django.utils import timezone
from notifications.actions import queue_message
from notifications.tasks import send_due
facts = {"name": "Sadia Rahman", "username": "sadia", "is_doctor": False}
queue_message(kind="welcome", event="welcome", object_id="1", address="sadia@example.org",
              facts=facts, now=timezone.now())
send_due()
"""


class SlowServer:
    """Takes a mail, and says so only when the test allows it."""

    def __init__(self) -> None:
        self.got_it = threading.Event()
        self.may_answer = threading.Event()
        self.mails = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails += 1
        self.got_it.set()
        await server.loop.run_in_executor(None, self.may_answer.wait, 30)
        return "250 OK"


@pytest.mark.slow("a worker in a process of its own")
def test_sigterm_lets_the_mail_in_hand_arrive(tmp_path: Path) -> None:
    port = free_port()
    database = tmp_path / "db.sqlite3"
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": f"sqlite:///{database}",
        "HUEY_FILE": str(tmp_path / "huey.sqlite3"),
        "EMAIL_URL": f"smtp://127.0.0.1:{port}",
    }

    def manage(*arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=60)

    manage("migrate", "--verbosity=0")
    manage("createcachetable", "--verbosity=0")
    manage("shell", "--verbosity=0", "-c", QUEUE_ONE)
    server = SlowServer()
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    worker = subprocess.Popen([sys.executable, "manage.py", "run_huey"], cwd=ROOT, env=environment)
    try:
        assert server.got_it.wait(40)
        worker.send_signal(signal.SIGTERM)
        # Long enough for a worker that does not care to be gone.
        threading.Event().wait(1.5)
        assert worker.poll() is None
        server.may_answer.set()
        assert worker.wait(timeout=40) == 0
    finally:
        server.may_answer.set()
        if worker.poll() is None:
            worker.kill()
        controller.stop()

    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT status, tries FROM notifications_outboxmessage")
        assert rows.fetchall() == [("sent", 1)]
    assert server.mails == 1
