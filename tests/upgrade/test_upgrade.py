"""A database of a frozen version becomes just what a new one is, with all that was in it."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from booking_system import schema_fingerprint
from tests.live.site import drop_postgres_database, sqlite_url
from tests.upgrade import baselines


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A database beside the one that the tests use, on the same server."""
    if connection.vendor == "sqlite":
        yield sqlite_url(tmp_path)
        return
    server = connection.settings_dict
    who = quote(server["USER"]) + (f":{quote(server['PASSWORD'])}" if server["PASSWORD"] else "")
    where = f"{server['HOST']}:{server['PORT'] or 5432}"
    url = f"postgres://{who}@{where}/{server['NAME']}_upgrade"
    yield url
    drop_postgres_database(url)


@pytest.mark.slow("two databases, in processes of their own")
@pytest.mark.django_db
@pytest.mark.parametrize("name", baselines.MOMENTS)
def test_a_baseline_gets_the_schema_of_a_new_database(name: str, url: str, tmp_path: Path) -> None:
    """Whether `check_invariants` is content, `inside` has asked already."""
    baselines.restore(name, url)

    told = json.loads(baselines.inside("upgrade", name, url, tmp_path).splitlines()[-1])

    fresh = schema_fingerprint.take(connection)
    assert list(schema_fingerprint.differences(fresh, told["tables"])) == []
    assert told["readyz"] == 200
    assert told["visits"] > 50
