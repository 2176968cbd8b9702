"""Imported by every Python of `make dates`: with Debian's faketime `time.sleep` fails (EINVAL)."""

import select
import time


def sleep(seconds: float) -> None:
    select.select([], [], [], max(0.0, seconds))


time.sleep = sleep
