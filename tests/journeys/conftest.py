"""The browser: the system's Chromium, and what every page has to pass in it."""

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Playwright's own loop makes Django think that tests are async; they are not.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
Look = Callable[[Page], list[str]]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no Chromium found")
    return {"executable_path": found, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"reduced_motion": "reduce", "locale": "en-GB"}


@pytest.fixture
def faults() -> Look:
    """`faults(page)`: what axe finds, one line each, and whether the page scrolls sideways."""
    axe = Axe()

    def look(page: Page) -> list[str]:
        page.wait_for_load_state("networkidle")
        found = axe.run(page, options={"runOnly": RULES}).response
        assert found["passes"], "axe looked at nothing"
        lines = [
            f"{page.url} {violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        return lines + ([f"{page.url} is {beyond} px too wide"] if beyond > 0 else [])

    return look
