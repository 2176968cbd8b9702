"""Who writes to SQLite waits for whoever is writing."""

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection, connections, transaction

from accounts.models import Patient

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL's writers don't queue"),
    pytest.mark.django_db(transaction=True),
]

HELD_S = 0.3


@pytest.fixture
def someone_writing(patient: Patient) -> Iterator[threading.Event]:
    """Another connection's transaction is open, until the event is set."""
    begun, end = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            Patient.objects.update(name="Written first")
            begun.set()
            end.wait()
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    begun.wait()
    yield end
    end.set()
    thread.join()


def busy_timeout() -> int:
    with connection.cursor() as cursor:
        (found,) = cursor.execute("PRAGMA busy_timeout").fetchone()
    return int(found)


def test_transaction_begins_when_the_other_has_ended(someone_writing: threading.Event) -> None:
    threading.Timer(HELD_S, someone_writing.set).start()
    began = time.monotonic()
    with transaction.atomic():
        assert time.monotonic() - began >= HELD_S * 0.9
        assert Patient.objects.get().name == "Written first"
    assert busy_timeout() == 20_000


def test_patience_has_an_end(
    someone_writing: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
    with pytest.raises(OperationalError, match="locked"), transaction.atomic():
        pass
    assert busy_timeout() == 50
    someone_writing.set()
    monkeypatch.undo()
    with transaction.atomic():
        Patient.objects.update(name="Written then")
    assert busy_timeout() == 20_000


def test_what_no_waiting_mends_is_said_at_once(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[float] = []
    with monkeypatch.context() as patched:
        patched.setattr(time, "sleep", tries.append)
        patched.setattr(connections["default"], "transaction_mode", "NEVER")
        with pytest.raises(OperationalError, match="syntax"), transaction.atomic():
            pass
    assert tries == []
