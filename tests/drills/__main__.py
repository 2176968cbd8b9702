"""The drills' command line. Exits with 1, and says its seed, when something was lost or doubled.

python -m tests.drills crash [--kills 200] [--seed N] [--only TEXT] [--postgres URL]
python -m tests.drills restarts [--rounds 3] [--seed N]
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import signal
import sys
import tempfile
import time
import warnings
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import django

from tests.drills.mail import MailServer
from tests.live.services import MissingProgram, PostgresCluster, RedisServer
from tests.live.site import (
    HOST,
    Site,
    create_postgres_database,
    drop_postgres_database,
    free_port,
    postgres_url,
    sqlite_url,
)

SHOWN = 40
# So that patients can go on booking: no cap, and times as far ahead as they look.
CLINIC_SETTINGS = {"ACTIVE_APPOINTMENTS_CAP": "100000", "PUBLISHING_HORIZON_DAYS": "14"}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills")
    commands = parser.add_subparsers(dest="drill", required=True)
    crash = commands.add_parser("crash", help="kill -9 at named points and at random moments")
    crash.add_argument("--kills", type=int, default=200)
    crash.add_argument(
        "--postgres",
        default="",
        metavar="URL",
        help="a server; <name>_crash is made and dropped there. Without it: SQLite",
    )
    crash.add_argument(
        "--only", default="", metavar="TEXT", help="only at points whose name has this in it"
    )
    restarts = commands.add_parser("restarts", help="PostgreSQL and Redis are taken away")
    restarts.add_argument("--rounds", type=int, default=3)
    for command in (crash, restarts):
        command.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    # Told to stop, it stops its site too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="drill-") as folder, ExitStack() as stack:
        run = run_crash if options.drill == "crash" else run_restarts
        try:
            return run(Path(folder), options, stack)
        except MissingProgram as missing:
            print(f"{missing} is not installed here: this drill can't run.", file=sys.stderr)
            return 2


def run_crash(folder: Path, options: argparse.Namespace, stack: ExitStack) -> int:
    """Kills web and worker of a site on one database."""
    database = sqlite_url(folder)
    if options.postgres:
        name = urlsplit(options.postgres).path.removeprefix("/")
        database = postgres_url(options.postgres, f"{name}_crash")
        create_postgres_database(database)
        stack.callback(drop_postgres_database, database)
    site = a_site(folder, database)

    from tests.drills.clinic import open_clinic
    from tests.drills.crash import CrashDrill

    where = "PostgreSQL" if options.postgres else "SQLite"
    print(f"— {options.kills} kills on {where}, SEED={options.seed}", flush=True)
    started = time.monotonic()
    mail = stack.enter_context(a_mail_server(site, options.seed))
    drill = CrashDrill(
        site, mail, open_clinic(), random.Random(options.seed), options.kills, options.only
    )
    drill.run()
    print(f"\n{drill.done} kills in {time.monotonic() - started:.0f} s\n{drill.summary()}")
    return verdict(drill.breaches, f"make crash SEED={options.seed} KILLS={options.kills}")


def run_restarts(folder: Path, options: argparse.Namespace, stack: ExitStack) -> int:
    """Takes PostgreSQL and Redis away from a site that has its own of both."""
    postgres = stack.enter_context(PostgresCluster(folder, free_port()).running())
    redis = stack.enter_context(RedisServer(free_port()).running())
    database = postgres.url("clinic")
    create_postgres_database(database)
    # Threads, so that each process has a pool of several connections.
    site = a_site(folder, database, redis_url=redis.url, threads=4)

    from tests.drills.clinic import open_clinic
    from tests.drills.restarts import RestartsDrill

    print(f"— {options.rounds} rounds of restarts, SEED={options.seed}", flush=True)
    mail = stack.enter_context(a_mail_server(site, options.seed))
    drill = RestartsDrill(
        site, mail, postgres, redis, open_clinic(), random.Random(options.seed), options.rounds
    )
    drill.run()
    print(f"\n{drill.summary()}")
    return verdict(drill.breaches, f"make restarts SEED={options.seed} ROUNDS={options.rounds}")


def a_site(folder: Path, database_url: str, redis_url: str = "", threads: int = 0) -> Site:
    """A site with an empty database, not running yet. Sets Django up for it in this process."""
    mail_port = free_port()
    site = Site(
        folder,
        database_url=database_url,
        port=free_port(),
        email_url=f"smtp://{HOST}:{mail_port}",
        redis_url=redis_url,
        web_threads=threads,
        web_app="tests.drills.web",
        worker=("-m", "tests.drills.worker"),
        extra={"DRILL_ORDERS": str(folder / "orders"), **CLINIC_SETTINGS},
    )
    site.prepare()
    os.environ.update(site.environment)
    warnings.simplefilter("ignore")
    django.setup()

    from django.db import connection

    # The drill itself looks in now and then; a pool would keep connections that are gone.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    return site


def a_mail_server(site: Site, seed: int) -> MailServer:
    """The one that the site sends by; it takes up to 30 ms over each mail."""
    rng = random.Random(seed)
    return MailServer(urlsplit(site.email_url).port or 0, lambda: rng.uniform(0, 0.03))


def verdict(breaches: list[str], again: str) -> int:
    """Says what is wrong, if anything is; answers the exit code."""
    for breach in breaches[:SHOWN]:
        print(f"BREACH: {breach}")
    if breaches:
        print(f"{len(breaches)} breaches. Again: {again}")
        return 1
    print("Nothing lost, nothing twice.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
