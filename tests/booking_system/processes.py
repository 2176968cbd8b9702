"""Python in a process of its own, with settings of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python on the project with these settings, and no others from outside."""
    clean = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    settings = {"DJANGO_SETTINGS_MODULE": "booking_system.settings", "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean | settings | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
