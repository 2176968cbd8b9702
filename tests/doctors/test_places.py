"""Doctors by place: the filter of the search, the pages to browse, the place of a practice."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from accounts.models import Place, User
from accounts.place_names import forget_kept
from doctors.actions import approve_doctor, update_practice
from doctors.models import Doctor
from doctors.search_choices import search_offers
from tests import factories
from tests.conftest import NOW, count_queries, logged_in

pytestmark = pytest.mark.django_db

Places = dict[str, Place]


@pytest.fixture
def four(places: Places) -> None:
    """Two in Dhanmondi, one in Savar, one in Cumilla; and one nobody knows where."""
    for name, code in [
        ("Dr A", "bd-3026-dhanmondi"),
        ("Dr B", "bd-3026-dhanmondi"),
        ("Dr C", "bd-3026-savar"),
        ("Dr D", "bd-2019-laksam"),
        ("Dr E", None),
    ]:
        factories.DoctorFactory(name=name, place=places[code] if code else None)
    factories.DoctorFactory(place=places["bd-3026-ramna"], status="pending", approved_at=None)
    factories.DoctorFactory(place=places["bd-3026-ramna"], user__is_active=False)


def found(client: Client, **query: str) -> list[str]:
    page = client.get("/doctors/", query | {"sort": "name"}).context["page"]
    return [doctor.name for doctor in page.object_list]


def where(client: Client, **query: str) -> list[tuple[str, str]]:
    choices = client.get("/doctors/", query).context["form"].fields["place"].choices
    return [(code, str(name)) for code, name in choices]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("", "ABCDE"),
        ("bd-30", "ABC"),
        ("bd-3026", "ABC"),
        ("bd-3026-dhanmondi", "AB"),
        ("bd-3033", ""),
        ("bd-3033-tongi-east", ""),
        ("bd-20", "D"),
        # What makes no sense is passed over.
        ("nowhere", "ABCDE"),
        ("bd-3", "ABCDE"),
        ("bd-30/", "ABCDE"),
        ("\x00", "ABCDE"),
        ("x" * 99, "ABCDE"),
    ],
)
def test_a_place_finds_those_in_it_and_below(
    client: Client, four: None, code: str, names: str
) -> None:
    assert found(client, place=code) == [f"Dr {name}" for name in names]


def test_the_filter_leads_down_and_up_with_counts(client: Client, four: None) -> None:
    everywhere = ("", "Everywhere")
    assert where(client) == [everywhere, ("bd-20", "Chattogram (1)"), ("bd-30", "Dhaka (3)")]
    assert where(client, place="bd-3026") == [
        everywhere,
        ("bd-30", "Dhaka (3)"),
        ("bd-3026", "– Dhaka (3)"),
        ("bd-3026-dhanmondi", "– – Dhanmondi (2)"),
        ("bd-3026-savar", "– – Savar (1)"),
    ]
    assert where(client, place="bd-3033") == [
        everywhere,
        ("bd-30", "Dhaka (3)"),
        ("bd-3033", "– Gazipur (0)"),
    ]


def test_the_address_keeps_the_place_and_the_page_says_it(client: Client, four: None) -> None:
    html = client.get("/doctors/", {"place": "bd-3026-dhanmondi", "q": "Dr"}).content.decode()
    assert "2 doctors · Dhanmondi" in html
    assert 'href="?q=Dr"' in html  # without the place
    assert 'href="?place=bd-3026&amp;q=Dr"' in html
    assert 'aria-label="Remove Dhaka › Dhaka › Dhanmondi"' in html
    assert '<option value="bd-3026-dhanmondi" selected>' in html


def test_htmx_gets_the_select_anew(client: Client, four: None) -> None:
    query = {"place": "bd-30"}
    html = client.get("/doctors/", query, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-swap-oob="innerHTML:#where"' in html
    assert '<option value="bd-3026">' in html


def test_without_places_nothing_is_asked(client: Client, doctor: Doctor) -> None:
    assert 'name="place"' not in client.get("/doctors/").content.decode()


def test_list_of_a_place_asks_few_queries_however_many(client: Client, places: Places) -> None:
    here, user = places["bd-3026-dhanmondi"], factories.UserFactory()

    def queries(client: Client, code: str) -> int:
        with count_queries() as statements:
            assert client.get("/doctors/", {"place": code}).status_code == 200
        return len(statements)

    factories.DoctorFactory(place=here)
    queries(client, "bd-30")  # counted and kept from now on
    one = queries(client, "bd-30")
    factories.DoctorFactory.create_batch(29, place=here)
    assert queries(client, "bd-30") == one <= 6
    assert queries(logged_in(user), "bd-30") == one + 2
    # Where nobody is the place itself is asked for, and no cards' times are.
    assert queries(client, "bd-3033") <= one


def test_counts_are_kept_and_counted_anew_after_a_change(client: Client, four: None) -> None:
    forget_kept()
    assert search_offers().places["bd-30"].count == 3
    with count_queries() as statements:
        assert search_offers().places["bd-3026-dhanmondi"].count == 2
    assert len(statements) == 1
    Doctor.objects.filter(name="Dr A").update(place=None)
    assert search_offers().places["bd-30"].count == 3
    forget_kept()
    assert search_offers().places["bd-30"].count == 2


def test_approving_and_moving_a_doctor_counts_anew(
    places: Places,
    admin: User,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    doctor = factories.DoctorFactory(
        place=places["bd-3026-savar"], status="pending", approved_at=None
    )
    assert search_offers().places == {}
    with django_capture_on_commit_callbacks(execute=True):
        approve_doctor(doctor_id=doctor.pk, by=admin, now=NOW)
    assert set(search_offers().places) == {"bd-30", "bd-3026", "bd-3026-savar"}
    with django_capture_on_commit_callbacks(execute=True):
        update_practice(
            doctor_id=doctor.pk, by=doctor.user, now=NOW, place=places["bd-2019-laksam"]
        )
    assert set(search_offers().places) == {"bd-20", "bd-2019", "bd-2019-laksam"}


def test_browsing_shows_every_place_with_its_doctors(client: Client, four: None) -> None:
    client.get("/doctors/places/")
    with count_queries() as statements:
        page = client.get("/doctors/places/")
    assert len(statements) == 2
    html = page.content.decode()
    assert 'href="/doctors/places/bd-30/"' in html
    assert "3 doctors" in html
    assert "ঢাকা" in html
    with count_queries() as statements:
        district = client.get("/doctors/places/bd-3026/")
    assert len(statements) == 3
    html = district.content.decode()
    assert [(kind, len(group)) for kind, group in district.context["groups"]] == [
        ("Metropolitan thana", 50),
        ("Upazila", 5),
    ]
    assert 'href="/doctors/?place=bd-3026-dhanmondi"' in html
    assert 'href="/doctors/?place=bd-3026"' in html
    assert "no doctor yet" in html
    assert "No doctor here yet." in client.get("/doctors/places/bd-3033/").content.decode()
    last = client.get("/doctors/places/bd-3026-dhanmondi/")
    assert last.context["groups"] == []
    assert "Show doctors in Dhanmondi" in last.content.decode()


def test_browsing_finds_by_old_names_too(client: Client, four: None) -> None:
    page = client.get("/doctors/places/", {"q": "comilla"})
    assert [place.code for _kind, group in page.context["groups"] for place in group] == [
        "bd-2019",
        "bd-2019-cumilla-adarsha-sadar",
        "bd-2019-cumilla-sadar-dakshin",
    ]
    fragment = client.get("/doctors/places/", {"q": "xyz"}, headers={"HX-Request": "true"})
    assert "No place is called that" in fragment.content.decode()
    assert b"<html" not in fragment.content
    assert "HX-Request" in fragment["Vary"]


def test_a_place_that_is_not_there_is_not_found(client: Client) -> None:
    assert client.get("/doctors/places/nowhere/").status_code == 404
    assert "No places yet" in client.get("/doctors/places/").content.decode()
    assert client.post("/doctors/places/").status_code == 405


def test_profile_shows_where_it_is(client: Client, four: None) -> None:
    doctor = Doctor.objects.get(name="Dr A")
    with count_queries() as statements:
        html = client.get(f"/doctors/{doctor.pk}/").content.decode()
    assert 'href="/doctors/?place=bd-3026-dhanmondi">Dhanmondi</a>' in html
    assert 'href="/doctors/places/bd-3026/">Dhaka</a>' in html
    assert len(statements) <= 8


def practice(**changes: object) -> dict[str, object]:
    return {
        "name": "Dr Farzana Kabir", "licence_number": "A-1", "specialties": ["dermatology"],
        "experience_years": "12", "fee": "1200", "time_zone": "Asia/Dhaka",
        "clinic_address": "House 14", **changes,
    }  # fmt: skip


def test_a_doctor_says_where_the_practice_is(
    doctor: Doctor, doctor_client: Client, places: Places
) -> None:
    url = reverse("doctors:practice")
    # Until they choose, what was typed before there were places stays.
    assert doctor_client.post(url, practice()).status_code == 302
    doctor.refresh_from_db()
    assert (doctor.place, doctor.clinic_area) == (None, "Dhanmondi, Dhaka")
    chosen = {"place_1": "bd-20", "place_2": "bd-2019", "place_3": "bd-2019-laksam"}
    assert doctor_client.post(url, practice(**chosen)).status_code == 302
    doctor.refresh_from_db()
    assert (doctor.place_id, doctor.clinic_area) == ("bd-2019-laksam", "Laksam, Cumilla")
    assert '<option value="bd-2019-laksam" selected>' in doctor_client.get(url).content.decode()
    assert doctor_client.post(url, practice()).status_code == 302
    doctor.refresh_from_db()
    assert (doctor.place_id, doctor.clinic_area) == (None, "")


def test_a_step_keeps_the_practice_and_what_was_typed(
    doctor: Doctor, doctor_client: Client, places: Places
) -> None:
    url = reverse("doctors:practice")
    step = practice(place_1="bd-20", place_step="1", fee="", bio="Typed")
    answer = doctor_client.post(url, step)
    html = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="place_2"' in html
    assert "Typed</textarea>" in html
    assert "to correct" not in html
    doctor.refresh_from_db()
    assert (doctor.place, doctor.bio) == (None, "")
    half = doctor_client.post(url, practice(place_1="bd-20"))
    assert half.status_code == 422
    assert half.context["form"].errors == {
        "place": ["Choose what lies in Chattogram, too: District."]
    }


def test_without_places_the_area_is_typed(doctor: Doctor, doctor_client: Client) -> None:
    url = reverse("doctors:practice")
    html = doctor_client.get(url).content.decode()
    assert 'name="clinic_area"' in html
    assert 'name="place_1"' not in html
    doctor_client.post(url, practice(clinic_area="Banani, Dhaka"))
    doctor.refresh_from_db()
    assert doctor.clinic_area == "Banani, Dhaka"


def test_names_of_places_are_in_the_readers_language(four: None) -> None:
    with translation.override("bn"):
        assert search_offers().places["bd-3026-dhanmondi"].breadcrumb == "ঢাকা › ঢাকা › ধানমন্ডি"


def test_admin_finds_places_by_any_spelling(staff_client: Client, places: Places) -> None:
    url = reverse("admin:accounts_place_changelist")
    assert "Dhanmondi" in staff_client.get(url, {"q": "dhanmondi"}).content.decode()
    found = staff_client.get(url, {"q": "comilla"}).context["cl"].result_list
    assert {place.code for place in found} >= {"bd-2019"}
    assert [p.code for p in staff_client.get(url, {"q": "bd-3026"}).context["cl"].result_list] == [
        "bd-3026"
    ]
    with count_queries() as statements:
        staff_client.get(url)
    assert len(statements) <= 8
    one = staff_client.get(reverse("admin:accounts_place_change", args=["bd-3026-savar"]))
    assert one.status_code == 200
