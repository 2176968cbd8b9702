"""`make run`: prepares the database, then starts the web server and the worker together.

Whatever is wrong with the surroundings is said in one line, and ends with exit code 1.
"""

import os
import socket
import sys
import warnings
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


def stop(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(1)


def load_settings() -> None:
    """Loads Django with the settings and `.env`, or says which setting is wrong."""
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "booking_system.settings")
    import django
    from django.core.exceptions import ImproperlyConfigured

    # What a setting that is merely unwise warns of is said by the server itself, once.
    warnings.simplefilter("ignore")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        stop(f"A setting is wrong: {error}")
    except ValueError as error:
        # A number or a URL that could not be read: the error quotes it, the variable is what helps.
        names = [name for name, value in os.environ.items() if value and repr(value) in str(error)]
        stop(f"A setting is wrong: {': '.join([*names, str(error)])}")


def free_port() -> str:
    """The port of PORT, if nobody listens there."""
    port = os.environ.setdefault("PORT", "8000")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        stop(f"PORT must be a number from 1 to 65535, not {port!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(port)))
        except PermissionError:
            stop(f"Port {port} may not be used by this account. Choose one above 1023.")
        except OSError:
            stop(f"Port {port} is taken. Choose another: PORT={int(port) + 1} make run")
    return port


def prepare_database() -> None:
    """Migrates, makes the cache table and the places.

    An empty development site gets sample data, too.
    """
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.core.management.base import CommandError
    from django.db import Error, connection

    # One connection is enough here, and a pool would log each of its tries.
    connection.settings_dict["OPTIONS"].pop("pool", None)
    try:
        connection.ensure_connection()
    except Error as error:
        where = connection.settings_dict
        place = where["HOST"] or where["NAME"]
        reason = str(error).strip().splitlines()[0]
        stop(f"Can't reach the database of DATABASE_URL at {place}: {reason}")
    try:
        print("Preparing the database …", flush=True)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("seed_locations", verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        elif not get_user_model().objects.exists():
            call_command("create_sample_data")
    except (Error, CommandError) as error:
        stop(f"Can't prepare the database: {str(error).strip().splitlines()[0]}")


def print_demo_logins() -> None:
    """The log-ins of the sample clinic, if that is what is here."""
    from django.contrib.auth import get_user_model
    from django.db import connection

    from booking_system.sample_data.cast import DEMO_LOGINS, DEMO_PASSWORD

    people = get_user_model().objects.filter(email__endswith="@example.org")
    here = set(people.values_list("username", flat=True).filter(username__in=DEMO_LOGINS.values()))
    for role, username in DEMO_LOGINS.items():
        if username in here:
            print(f"  {role:<8} username {username:<8} password {DEMO_PASSWORD}")
    connection.close()


def check_redis() -> None:
    """Says so when REDIS_URL is set and nobody answers there."""
    from django.conf import settings

    if not settings.REDIS_URL:
        return
    import redis

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=3).ping()
    except (redis.RedisError, ValueError) as error:
        stop(f"Can't reach Redis at REDIS_URL: {error}")


def main() -> None:
    load_settings()
    port = free_port()
    check_redis()
    prepare_database()

    from django.conf import settings

    procfile = "deploy/Procfile" if settings.DEBUG else "deploy/Procfile.production"
    print(f"\n{settings.SITE_NAME} runs at http://{HOST}:{port}/  (Ctrl-C stops it)")
    if settings.DEBUG:
        print_demo_logins()
    print(flush=True)
    os.environ.setdefault("DJANGO_RUNSERVER_HIDE_WARNING", "true")
    # honcho gives each process a PORT of its own; links in the worker's mails lead to the site's.
    os.environ["SITE_URL"] = settings.SITE_URL
    # Not honcho's own reading of `.env`: there the file would win over the shell.
    honcho = str(ROOT / ".venv/bin/honcho")
    os.execv(honcho, [honcho, "-e", os.devnull, "-f", procfile, "start"])


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
