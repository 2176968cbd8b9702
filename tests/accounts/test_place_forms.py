"""Choosing a place in a form: by selects, by a few letters, with and without htmx."""

import pytest
from django import forms
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.actions import save_contact
from accounts.forms.places import PlaceChooser, PlaceField, PlaceFormMixin
from accounts.models import Patient, Place, User
from tests.conftest import count_queries

pytestmark = pytest.mark.django_db

ADDRESS = reverse("accounts:contact")
CHOOSE = reverse("accounts:choose_place")
HTMX = {"HX-Request": "true"}
DHANMONDI = {"place_1": "bd-30", "place_2": "bd-3026", "place_3": "bd-3026-dhanmondi"}
Places = dict[str, Place]


class VisitForm(PlaceFormMixin, forms.Form):
    place = PlaceField(label="Where")
    note = forms.CharField()


def offered(html: str) -> list[str]:
    """The names of the selects on the page."""
    return [name for name in ("place_1", "place_2", "place_3") if f'name="{name}"' in html]


def test_selects_come_one_after_the_other(places: Places) -> None:
    for codes, words, chosen in [
        ([], ["Division"], None),
        (["bd-30"], ["Division", "District"], "bd-30"),
        (["bd-30", "bd-3026"], ["Division", "District", "Thana or upazila"], "bd-3026"),
        (
            list(DHANMONDI.values()),
            ["Division", "District", "Thana or upazila"],
            "bd-3026-dhanmondi",
        ),
        # What doesn't lie in what was chosen before is passed over, and all below it.
        (["bd-20", "bd-3026", "bd-3026-dhanmondi"], ["Division", "District"], "bd-20"),
        (["nowhere"], ["Division"], None),
        (["\x00", "%", "x" * 999], ["Division"], None),
    ]:
        chooser = PlaceChooser("place", codes=codes)
        with count_queries() as statements:
            assert [level.word for level in chooser.levels] == words
        assert len(statements) == 1
        assert (chooser.place.pk if chooser.place else None) == chosen


def test_there_are_as_many_selects_as_words_for_them(places: Places, settings: Settings) -> None:
    settings.PLACE_LEVELS = ["State", "County"]
    chooser = PlaceChooser("place", codes=["bd-30", "bd-3026", "bd-3026-savar"])
    assert [level.word for level in chooser.levels] == ["State", "County"]
    assert chooser.place == places["bd-3026"]
    assert chooser.missing is None


def test_a_citys_thanas_stand_apart_from_upazilas(places: Places) -> None:
    *_, last = PlaceChooser("place", codes=["bd-30", "bd-3026"]).levels
    assert [(kind, len(found)) for kind, found in last.groups] == [
        ("Metropolitan thana", 50),
        ("Upazila", 5),
    ]
    *_, last = PlaceChooser("place", codes=["bd-20", "bd-2019"]).levels
    assert not last.is_grouped


def test_form_cleans_to_the_place(places: Places) -> None:
    form = VisitForm(DHANMONDI | {"note": "x"})
    assert form.is_valid()
    with count_queries() as statements:
        assert form.cleaned_data["place"].breadcrumb == "Dhaka › Dhaka › Dhanmondi"
    assert statements == []
    prefixed = {f"a-{name}": code for name, code in (DHANMONDI | {"note": "x"}).items()}
    assert VisitForm(prefixed, prefix="a").is_valid()


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({}, "Choose where it is."),
        ({"place_1": "nowhere"}, "Choose where it is."),
        ({"place_1": "bd-30"}, "Choose what lies in Dhaka, too: District."),
        (
            {"place_1": "bd-20", "place_2": "bd-3026", "place_3": "bd-3026-dhanmondi"},
            "Choose what lies in Chattogram, too: District.",
        ),
        (
            {"place_1": "bd-30", "place_2": "bd-3033"},
            "Choose what lies in Gazipur, too: Thana or upazila.",
        ),
    ],
)
def test_a_place_is_asked_down_to_its_last_level(
    places: Places, typed: dict[str, str], error: str
) -> None:
    form = VisitForm(typed | {"note": "x"})
    assert form.errors == {"place": [error]}


def test_a_form_knows_whether_the_place_changed(places: Places) -> None:
    for initial, changed in [
        ("bd-3026-dhanmondi", []),
        (places["bd-3026-dhanmondi"], []),
        ("bd-3026-ramna", ["place"]),
        (None, ["place"]),
    ]:
        form = VisitForm(DHANMONDI | {"note": "x"}, initial={"place": initial, "note": "x"})
        assert form.changed_data == changed


@pytest.mark.parametrize(
    "step", [{"place_step": "1"}, {"place_q": "sav"}, {"place_pick": "bd-3026-savar"}]
)
def test_a_step_is_neither_valid_nor_wrong(places: Places, step: dict[str, str]) -> None:
    form = VisitForm(step)
    assert not form.is_valid()
    assert form.errors == {}


def test_htmx_gets_the_next_select(client: Client, places: Places) -> None:
    with count_queries() as statements:
        html = client.get(CHOOSE, {"name": "place", "place_1": "bd-30"}, headers=HTMX)
    assert len(statements) == 1
    page = html.content.decode()
    assert offered(page) == ["place_1", "place_2"]
    assert ">Gazipur</option>" in page
    assert "<html" not in page


def test_htmx_finds_by_a_few_letters_and_takes_one(client: Client, places: Places) -> None:
    found = client.get(CHOOSE, {"place_q": "dhanmond"}, headers=HTMX).content.decode()
    assert "Dhaka › Dhaka › Dhanmondi" in found
    assert offered(found) == []
    assert 'type="button"' in found
    nothing = client.get(CHOOSE, {"place_q": "<xyz>"}, headers=HTMX).content.decode()
    assert "No place is called “&lt;xyz&gt;”" in nothing
    picked = client.get(CHOOSE, {"place_pick": "bd-3026-dhanmondi"}, headers=HTMX)
    assert offered(picked.content.decode()) == ["place_1", "place_2", "place_3"]
    assert "Dhaka › Dhaka › Dhanmondi" in picked.content.decode()
    unknown = client.get(CHOOSE, {"place_pick": "nowhere"}, headers=HTMX)
    assert offered(unknown.content.decode()) == ["place_1"]


@pytest.mark.parametrize("name", ["", "a b", "x" * 99, '"><b>', "1", "é"])
def test_a_field_that_cannot_be_is_not_found(client: Client, name: str) -> None:
    assert client.get(CHOOSE, {"name": name}).status_code == 404


def test_without_places_there_is_nothing_to_choose(client: Client) -> None:
    assert offered(client.get(CHOOSE).content.decode()) == []


def test_address_is_saved_and_shown(
    patient_client: Client, patient: Patient, places: Places
) -> None:
    profile = reverse("accounts:profile")
    assert "Say where we reach you" in patient_client.get(profile).content.decode()
    answer = patient_client.post(ADDRESS, DHANMONDI | {"address": "House 7, Road 5"})
    assert answer.status_code == 302
    user = User.objects.get(pk=patient.user.pk)
    assert (user.place_id, user.address) == ("bd-3026-dhanmondi", "House 7, Road 5")
    with count_queries() as statements:
        html = patient_client.get(profile).content.decode()
    assert len(statements) == 6  # session, user, place, its ways in, the message of before
    assert "House 7, Road 5" in html
    assert "Dhaka › Dhaka › Dhanmondi" in html
    again = patient_client.get(ADDRESS).content.decode()
    assert '<option value="bd-3026-dhanmondi" selected>' in again
    assert "House 7, Road 5" in again


def test_address_can_be_emptied(patient_client: Client, patient: Patient, places: Places) -> None:
    save_contact(
        user=patient.user,
        mobile=None,
        place=places["bd-3026-dhanmondi"],
        address="X",
        by=patient.user,
    )
    patient_client.post(ADDRESS, {"address": ""})
    user = User.objects.get(pk=patient.user.pk)
    assert (user.place_id, user.address) == (None, "")


def test_address_works_step_by_step_without_script(
    patient_client: Client, patient: Patient, places: Places
) -> None:
    """Each answer has the next select and keeps what was typed; only the last one saves."""
    typed = {"address": "House 7", "place_step": "1"}
    for codes, selects in [
        ({}, 1),
        ({"place_1": "bd-30"}, 2),
        ({"place_1": "bd-30", "place_2": "bd-3026"}, 3),
    ]:
        answer = patient_client.post(ADDRESS, typed | codes)
        html = answer.content.decode()
        assert answer.status_code == 200
        assert len(offered(html)) == selects
        assert 'value="House 7"' in html
        assert "to correct" not in html
    assert User.objects.get(pk=patient.user.pk).address == ""

    searched = patient_client.post(ADDRESS, {"address": "House 7", "place_q": "dhanmondi"})
    assert searched.status_code == 200
    assert 'name="place_pick" value="bd-3026-dhanmondi"' in searched.content.decode()
    picked = patient_client.post(
        ADDRESS, {"address": "House 7", "place_q": "dhanmondi", "place_pick": "bd-3026-dhanmondi"}
    ).content.decode()
    assert '<option value="bd-3026-dhanmondi" selected>' in picked
    assert 'name="place_q" value=""' in picked
    assert 'value="House 7"' in picked


def test_address_half_chosen_is_refused_with_the_next_select(
    patient_client: Client, patient: Patient, places: Places
) -> None:
    answer = patient_client.post(ADDRESS, {"place_1": "bd-30", "address": "House 7"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"place": ["Choose what lies in Dhaka, too: District."]}
    assert offered(html) == ["place_1", "place_2"]
    assert html.count('aria-invalid="true"') == 1
    assert 'href="#id_place_1"' in html
    assert User.objects.get(pk=patient.user.pk).address == ""
