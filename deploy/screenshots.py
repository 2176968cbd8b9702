"""Takes the README's pictures from a running site with sample data.

Usage: .venv/bin/python deploy/screenshots.py [address]   (needs requirements-dev.txt and Chromium)
"""

import os
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

SITE = sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000"
FOLDER = Path(__file__).resolve().parent.parent / "docs/screenshots"
PASSWORD = "Clinic-demo-7"


def log_in(page: Page, username: str) -> None:
    page.goto(f"{SITE}/accounts/login/")
    page.locator("[name=login]").fill(username)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(re.compile(r"^(?!.*/login/)"))


def shoot(page: Page, name: str, path: str) -> None:
    page.goto(f"{SITE}{path}")
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        shoot(page, "home", "/")
        page.goto(f"{SITE}/doctors/")
        doctor = page.locator("a[href^='/doctors/']").filter(has_text="Farzana").first
        page.goto(f"{SITE}{doctor.get_attribute('href')}")
        # A day with more to choose from than what is left of today.
        day = page.locator("[data-calendar] a.day:not(.day-later)").nth(3).get_attribute("href")
        shoot(page, "calendar", day or "/doctors/")
        log_in(page, "doctor")
        shoot(page, "dashboard", "/appointments/desk/")
        browser.close()


if __name__ == "__main__":
    main()
