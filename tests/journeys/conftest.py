"""The browser: the system's Chromium, what every page has to pass in it, and a clinic to visit."""

import os
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response, expect

from accounts.models import User
from booking_system.invariants import all_checks
from doctors.models import Doctor
from tests import factories
from tests.conftest import logged_in
from tests.journeys.steps import open_hours

# Playwright's own loop makes Django think that tests are async; they are not.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A refused form answers 4xx on purpose, which Chromium puts into its console.
REFUSED = "Failed to load resource: the server responded with a status of 4"
# A press that replaces the one before ends that one's request, which htmx calls an error.
ENDED = ("htmx:afterRequest", "htmx:sendAbort")
PATIENCE = 15_000  # milliseconds, on a busy machine
expect.set_options(timeout=PATIENCE)

BUILD = (Path(__file__).parent / "build.js").read_text()

Look = Callable[[Page], list[str]]
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("no Chromium found")
    return {"executable_path": found, "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"reduced_motion": "reduce", "locale": "en-GB", "timezone_id": "Asia/Dhaka"}


@pytest.fixture(autouse=True)
def _patience(context: BrowserContext) -> None:
    context.set_default_timeout(PATIENCE)


@pytest.fixture(scope="session")
def seen_by_axe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the run, with a file for each page that axe has looked at."""
    ours = tmp_path_factory.getbasetemp()
    # Processes of pytest-xdist have a folder each, within the run's.
    run = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    folder = run / "seen-by-axe"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def faults(seen_by_axe: Path) -> Look:
    """`faults(page)`: what axe finds, one line each, and whether the page scrolls sideways.

    A page that is built as one before, in the same theme and width, is not shown to axe again in
    the same run: what names and times stand in it makes no difference.
    """
    axe = Axe()

    def look(page: Page) -> list[str]:
        page.wait_for_load_state("load")
        beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        wide = [f"{page.url} is {beyond} px too wide"] if beyond > 0 else []
        try:
            (seen_by_axe / sha256(page.evaluate(BUILD).encode()).hexdigest()).touch(exist_ok=False)
        except FileExistsError:
            return wide
        options = {"runOnly": RULES, "resultTypes": ["violations"]}
        found = axe.run(page, options=options).response
        assert found["passes"], "axe looked at nothing"
        return wide + [
            f"{page.url} {violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    return look


@pytest.fixture
def open_page(new_context: Callable[..., BrowserContext], live_server: Any) -> Iterator[OpenPage]:
    """`open_page(user)`: a page of a browser of its own, in which `user`, if any, is logged in.

    The test fails at its end if a page made so broke: script errors, what the content security
    policy refused, parts that did not arrive, or an answer of 5xx. Paths are under the live server.
    """
    troubles: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith((REFUSED, *ENDED)):
            troubles.append(f"console: {message.text}")

    def answered(response: Response) -> None:
        is_part = response.request.resource_type not in ("document", "xhr", "fetch")
        if response.status >= 500 or (is_part and response.status >= 400):
            troubles.append(f"{response.status} {response.url}")

    def open_page(user: User | None = None, **arguments: Any) -> Page:
        context = new_context(base_url=str(live_server), **arguments)
        context.set_default_timeout(PATIENCE)
        if user:
            session = logged_in(user).cookies[settings.SESSION_COOKIE_NAME].value
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session}
            context.add_cookies([{**cookie, "url": str(live_server)}])
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on("response", answered)
        return page

    yield open_page
    breaches = [breach for check in all_checks().values() for breach in check()]
    assert (troubles, breaches) == ([], [])


@pytest.fixture
def working_doctor(live_server: Any) -> Doctor:
    """Dr Farzana Kabir, who is free every day from ten to one and from four to six."""
    doctor = factories.DoctorFactory(name="Dr Farzana Kabir", user__username="farzana")
    open_hours(doctor)
    return doctor
