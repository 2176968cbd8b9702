"""Stopping the worker in good order, as every upgrade does, cuts no mail off."""

import os
import signal
from pathlib import Path

import pytest

from tests.drills.mail import MailServer
from tests.live.site import Site, free_port, sqlite_url

QUEUE_ONE = """
import uuid
from django.utils import timezone
from notifications.actions import queue_message
queue_message(
    kind="payment_receipt", event="payment_receipt", object_id=uuid.uuid4(),
    address="sadia@example.org", now=timezone.now(), facts={
        "title": {"code": "deposit", "facts": {}}, "amount": 100, "currency": "BDT", "number": "1",
        "method": {"method": "card", "source": "card", "digits": "4242"},
        "paid_at": timezone.now().isoformat(), "simulated": True, "wallet_url": "http://x/",
    },
)
"""
STATUS = """
from notifications.models import OutboxMessage
print(OutboxMessage.objects.get().status)
"""


@pytest.mark.xdist_group("live")
def test_worker_that_is_told_to_stop_hears_the_mail_server_out(tmp_path: Path) -> None:
    with MailServer(free_port(), delay=lambda: 2) as mail:
        site = Site(tmp_path, sqlite_url(tmp_path), port=free_port(), email_url=mail.url)
        site.manage("migrate", "--verbosity", "0")
        site.manage("shell", "-c", QUEUE_ONE)
        site.start_worker()
        try:
            assert mail.new.wait(60)
            worker = site.processes["worker"]
            os.kill(worker.pid, signal.SIGTERM)
            worker.wait()
        finally:
            site.kill("worker")
        assert site.manage("shell", "-c", STATUS).split()[-1] == "sent"
        assert mail.taken.total() == 1
