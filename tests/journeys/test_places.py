"""Saying where one lives or works, and finding a doctor there: by htmx, and without script."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Patient, Place, User
from doctors.models import Doctor
from tests import factories
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Places = dict[str, Place]


def chosen(page: Page) -> list[str]:
    """What the selects say."""
    return page.locator("#id_place select option:checked").all_inner_texts()


def test_a_place_is_chosen_by_selects_or_a_few_letters(
    open_page: OpenPage, patient: Patient, places: Places, faults: Look
) -> None:
    page = open_page(patient.user)
    page.goto("/accounts/contact/")
    page.get_by_label("House and street").fill("House 7, Road 5")
    page.get_by_label("Division").select_option("Dhaka")
    page.get_by_label("District").focus()
    page.get_by_label("District").select_option("Gazipur")
    # The next select comes without taking the focus away.
    expect(page.get_by_label("Thana or upazila")).to_be_visible()
    expect(page.get_by_label("District")).to_be_focused()
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("heading", name="One thing to correct")).to_be_visible()
    expect(page.get_by_label("House and street")).to_have_value("House 7, Road 5")
    assert chosen(page) == ["Dhaka", "Gazipur", "Choose"]
    assert faults(page) == []

    page.get_by_label("Or type a few letters of its name").press_sequentially("comilla s")
    found = page.get_by_role("button", name="Cumilla Sadar Dakshin")
    expect(found).to_be_visible()
    assert faults(page) == []
    found.click()
    expect(page.locator("[data-say]")).to_be_focused()
    assert chosen(page) == ["Chattogram", "Cumilla", "Cumilla Sadar Dakshin"]
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert User.objects.get(pk=patient.user.pk).place_id == "bd-2019-cumilla-sadar-dakshin"


def test_a_doctor_is_found_by_place(
    open_page: OpenPage, working_doctor: Doctor, places: Places, faults: Look
) -> None:
    Doctor.objects.update(place=places["bd-3026-dhanmondi"])
    factories.DoctorFactory(name="Dr Anupam Barua", place=places["bd-2019-laksam"])
    page = open_page()
    page.goto("/doctors/")
    where = page.get_by_label("Where")
    for place in ("Dhaka (1)", "– Dhaka (1)", "– – Dhanmondi (1)"):
        where.focus()
        where.select_option(place)
        expect(page.locator("#found")).to_have_text(re.compile(r"1 doctor · "))
        expect(where).to_be_focused()
    expect(page).to_have_url(re.compile("place=bd-3026-dhanmondi"))
    expect(page.get_by_role("link", name="Dr Anupam Barua")).to_have_count(0)
    assert faults(page) == []
    page.get_by_role("link", name="All places").click()
    page.get_by_label("A few letters of its name").press_sequentially("কুমি")
    expect(page).to_have_url(re.compile("q="))
    page.get_by_role("link", name="Cumilla").first.click()
    page.get_by_role("link", name="Show doctors in Cumilla").click()
    expect(page.get_by_role("link", name="Dr Anupam Barua", exact=True)).to_be_visible()


def test_a_doctor_says_where_without_script(
    open_page: OpenPage, doctor: Doctor, places: Places
) -> None:
    page = open_page(doctor.user, java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.goto("/doctors/practice/")
    page.get_by_label("About you").fill("Skin, with time.")
    page.get_by_label("Division").select_option("Dhaka")
    page.get_by_role("button", name="Show what lies in it").click()
    page.get_by_label("District").select_option("Dhaka")
    page.get_by_role("button", name="Show what lies in it").click()
    page.get_by_label("Thana or upazila").select_option("Savar")
    expect(page.get_by_label("About you")).to_have_value("Skin, with time.")
    page.get_by_label("Or type a few letters").fill("dhanmondi")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Dhaka › Dhaka › Dhanmondi").click()
    assert chosen(page) == ["Dhaka", "Dhaka", "Dhanmondi"]
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    doctor.refresh_from_db()
    assert (doctor.clinic_area, doctor.bio) == ("Dhanmondi, Dhaka", "Skin, with time.")
