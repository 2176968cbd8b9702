"""The cast, the clock, and what every test may count on."""

import copy
import datetime as dt
import gc
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from allauth.socialaccount.providers.google import views as google_views
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from huey.contrib.djhuey import HUEY
from huey.storage import SqliteStorage
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from accounts.actions import seed_places
from accounts.models import Patient, Place, User
from accounts.place_file import PlaceLine, read_places
from doctors.models import Doctor
from tests import database, factories, watching
from tests.clients import logged_in
from tests.cpu import (  # noqa: F401  hooks
    pytest_collection_modifyitems,
    pytest_runtest_makereport,
    pytest_runtest_setup,
    pytest_terminal_summary,
)
from tests.live.google import CLIENT_ID, CLIENT_SECRET, ISSUER, GoogleStandIn, running_google
from tests.live.mail_server import mail_server, no_mail_server  # noqa: F401  fixtures
from tests.world import world  # noqa: F401  a fixture

DHAKA = ZoneInfo("Asia/Dhaka")
# A Thursday morning at the clinic.
NOW = dt.datetime(2026, 11, 12, 9, 0, tzinfo=DHAKA)


def pytest_collection_finish() -> None:
    """Looking for garbage again and again among all modules and models takes a while."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _logs_are_watched() -> None:
    """What is typed and mailed in tests is kept in mind, and all that is logged is heard."""
    watching.watch_logs()
    connection_created.connect(watching.keep_mailed)
    settings.MIDDLEWARE = ["tests.watching.keep_typed", *settings.MIDDLEWARE]


@pytest.fixture(autouse=True)
def _no_secret_is_logged(_logs_are_watched: None) -> Iterator[None]:
    """A test that leaves a password, code, token or note in a log fails, whatever it is about."""
    watching.watch.begin()
    yield
    assert watching.watch.found() == {}, "this stands in a log"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """What only a running site needs: a pool, and commits that outlive a power cut.

    A race needs as many connections as racers, and no pool keeps them waiting for each other.
    """
    options = connection.settings_dict["OPTIONS"]
    options.pop("pool", None)
    if connection.vendor == "sqlite":
        options["init_command"] += "PRAGMA synchronous=OFF;"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_createdb: bool,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """The database is a copy (tests/database.py); `--create-db` makes its template anew too."""
    with django_db_blocker.unblock(), database.copied(fresh=django_db_createdb):
        yield


@pytest.fixture(scope="session", autouse=True)
def _queue_of_our_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests wake no worker that happens to run beside them."""
    storage = HUEY.storage
    if isinstance(storage, SqliteStorage):
        storage.close()
        storage.filename = str(tmp_path_factory.mktemp("queue") / "huey.sqlite3")
        storage.initialize_schema()
    yield
    storage.close()


@pytest.fixture(autouse=True)
def _files_of_our_own(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests upload is not among the site's own files, nor another test's."""
    settings.MEDIA_ROOT = str(tmp_path_factory.mktemp("media"))


@pytest.fixture(autouse=True)
def _hashes_are_quick(settings: Settings) -> None:
    """Hashing is slow on purpose; here it is done hundreds of times and proves nothing."""
    settings.PASSWORD_HASHERS = [factories.QUICK_HASHER, *settings.PASSWORD_HASHERS]


@pytest.fixture(autouse=True)
def _slots_begin_anew() -> None:
    """A test's first slot is on Monday 16 November 2026 at 10:00 in Dhaka, whatever ran before."""
    factories.SlotFactory.reset_sequence()


@pytest.fixture
def private_root(settings: Any, tmp_path: Path) -> Path:
    """A folder of the test's own for files that only their owner may fetch."""
    private = settings.STORAGES["private"]
    options = private["OPTIONS"] | {"location": str(tmp_path)}
    settings.STORAGES = settings.STORAGES | {"private": private | {"OPTIONS": options}}
    return tmp_path


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def clock(now: dt.datetime) -> Iterator[time_machine.Traveller]:
    """Time stands still at `now` until the test moves it."""
    with time_machine.travel(now, tick=False) as traveller:
        yield traveller


@pytest.fixture(scope="session")
def bangladesh() -> list[PlaceLine]:
    """Every place of the file that comes with the site, read once."""
    return read_places(Path(settings.BASE_DIR / "accounts/data/places/bangladesh.csv"))


@pytest.fixture
def places(db: None, bangladesh: list[PlaceLine]) -> dict[str, Place]:
    """Dhaka division with Dhaka and Gazipur, Chattogram division with Cumilla; by code."""
    wanted = ("bd-3026", "bd-3033", "bd-2019")
    lines = [line for line in bangladesh if line.level == 1 or line.code.startswith(wanted)]
    seed_places(lines=[line for line in lines if line.code[:5] in ("bd-30", "bd-20")])
    return Place.objects.with_ancestors().in_bulk()


@pytest.fixture
def patient(db: None) -> Patient:
    return factories.PatientFactory(name="Sadia Rahman", user__username="sadia")


@pytest.fixture
def child(patient: Patient) -> Patient:
    """Somebody whom the patient's user manages."""
    return factories.PatientFactory(user=patient.user, name="Nila Rahman", relationship="child")


@pytest.fixture
def other_patient(db: None) -> Patient:
    return factories.PatientFactory(name="Tanvir Ahmed", user__username="tanvir")


@pytest.fixture
def doctor(db: None) -> Doctor:
    return factories.DoctorFactory(name="Dr Farzana Kabir", user__username="farzana")


@pytest.fixture
def other_doctor(db: None) -> Doctor:
    return factories.DoctorFactory(name="Dr Anupam Barua", user__username="anupam")


@pytest.fixture
def everything_holds() -> Iterator[None]:
    """Whatever a test does, the invariants hold at its end."""
    yield
    call_command("check_invariants", stdout=io.StringIO())


@pytest.fixture
def admin(db: None) -> User:
    return factories.AdminFactory(username="admin")


@pytest.fixture
def patient_client(patient: Patient) -> Client:
    return logged_in(patient.user)


@pytest.fixture
def doctor_client(doctor: Doctor) -> Client:
    return logged_in(doctor.user)


@pytest.fixture
def staff_client(admin: User) -> Client:
    return logged_in(admin)


def bangla(message: str, **facts: object) -> str:
    """What the site says in Bangla for that, whatever words translators choose."""
    with translation.override("bn"):
        said = translation.gettext(message)
    assert said != message
    return said % facts if facts else said


@contextmanager
def count_queries() -> Iterator[list[str]]:
    """Collects the SQL run in the block, without what only opens and closes transactions."""
    statements: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield statements
    statements.extend(
        query["sql"]
        for query in captured.captured_queries
        if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK"))
    )


@pytest.fixture
def google(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleStandIn]:
    """The site has Google's keys, and Google is the stand-in.

    allauth reads Google's addresses when it is imported, so they are changed where it keeps them.
    """
    providers = copy.deepcopy(settings.SOCIALACCOUNT_PROVIDERS)
    providers["google"]["APPS"] = [{"client_id": CLIENT_ID, "secret": CLIENT_SECRET}]
    settings.SOCIALACCOUNT_PROVIDERS = providers
    with running_google() as stand_in:
        policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
        policy["DIRECTIVES"]["form-action"] = ["'self'", stand_in.url]
        settings.CONTENT_SECURITY_POLICY = policy
        adapter = google_views.GoogleOAuth2Adapter
        monkeypatch.setattr(adapter, "authorize_url", f"{stand_in.url}/authorize")
        monkeypatch.setattr(adapter, "access_token_url", f"{stand_in.url}/token")
        monkeypatch.setattr(google_views, "ID_TOKEN_ISSUER", ISSUER)
        yield stand_in
