"""Somebody new tells about themselves, step by step, with and without JavaScript."""

import pytest
from playwright.sync_api import Locator, expect

from accounts.models import MedicalProfile, User
from tests import factories
from tests.journeys import steps
from tests.journeys.conftest import Look, OpenPage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def choose_file(field: Locator, name: str, content: bytes) -> None:
    field.set_input_files({"name": name, "mimeType": "image/jpeg", "buffer": content})


@pytest.mark.parametrize("with_script", [True, False])
def test_patient_completes_the_account(
    open_page: OpenPage, faults: Look, with_script: bool
) -> None:
    page = open_page(java_script_enabled=with_script, viewport={"width": 360, "height": 740})

    def troubles() -> list[str]:
        # axe is a script itself.
        return faults(page) if with_script else []

    page.goto("/accounts/signup/")
    steps.sign_up(page, "nadia", name="Nadia Walker")
    steps.type_code(page, steps.code_mailed_to("nadia"))

    expect(page.get_by_text("Step 1 of 3")).to_be_visible()
    expect(page.get_by_label("Full name")).to_have_value("Nadia Walker")
    assert troubles() == []
    page.get_by_label("Date of birth").fill("1990-04-05")
    page.get_by_label("Sex").select_option(label="Female")
    choose_file(page.get_by_label("Photo"), "me.jpg", b"<svg onload=alert(1)>")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#id_photo_error")).to_have_text(
        "Choose a photo: a JPEG, PNG or WebP file."
    )
    expect(page.get_by_label("Date of birth")).to_have_value("1990-04-05")
    assert troubles() == []
    choose_file(page.get_by_label("Photo"), "me.jpg", factories.image_file(size=(600, 400)).read())
    page.get_by_role("button", name="Save and go on").click()

    expect(page.get_by_text("Step 2 of 3")).to_be_visible()
    # Away, and back by the notice: it goes on with this step.
    page.goto("/")
    expect(page.get_by_text("2 short steps are left.")).to_be_visible()
    assert troubles() == []
    page.get_by_label("Complete your account").get_by_role("link", name="Go on").click()
    page.get_by_label("Mobile number").fill("1234")
    page.get_by_label("House and street").fill("House 7, Road 3")
    page.get_by_role("button", name="Save and go on").click()
    expect(page.locator("#id_mobile_error")).to_contain_text("That is no phone number.")
    assert troubles() == []
    page.get_by_label("Mobile number").fill("01712 345678")
    page.get_by_role("button", name="Save and go on").click()

    expect(page.get_by_text("Step 3 of 3")).to_be_visible()
    assert troubles() == []
    page.get_by_label("Blood group").select_option(label="A+")
    page.get_by_label("Allergies").fill("Penicillin")
    page.get_by_role("button", name="Save, that is all").click()
    expect(page.get_by_role("heading", name="Your visits")).to_be_visible()
    expect(page.get_by_text("Complete your account")).to_have_count(0)

    user = User.objects.get(username="nadia")
    assert (str(user.mobile), user.address, user.setup_left) == (
        "+8801712345678", "House 7, Road 3", [],
    )  # fmt: skip
    assert MedicalProfile.objects.get(patient__user=user).allergies == "Penicillin"
    page.goto("/accounts/photo/")
    photo = page.locator("main .has-photo img")
    expect(photo).to_be_visible()
    if with_script:
        expect(photo).to_have_js_property("naturalWidth", 128)
