"""Asks the site in this container whether it is ready, and fails if not: the image's health check.

Without Django, because it is asked often.
"""

import json
import os
import urllib.error
import urllib.request

# Where the image's gunicorn listens.
ADDRESS = "http://127.0.0.1:8000/readyz"


def host() -> str:
    """A name that the site answers to: the first one allowed, `.example.org` and `*` included."""
    first = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip()
    return first.removeprefix("*").removeprefix(".") or "localhost"


def main() -> None:
    request = urllib.request.Request(ADDRESS, headers={"Host": host()})
    try:
        with urllib.request.urlopen(request, timeout=8) as response:
            print(json.load(response))
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{error}: {error.read(300).decode(errors='replace')}") from None
    except OSError as error:
        raise SystemExit(f"{ADDRESS}: {error}") from None


if __name__ == "__main__":
    main()
