"""The second step: setting it up, taking it, losing it."""

import datetime as dt
import re
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.actions import turn_off_two_factor
from accounts.models import AuditEvent, User
from doctors.models import Doctor
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from tests import factories
from tests.conftest import count_queries, logged_in
from tests.live.google import GoogleStandIn
from tests.two_factor import (
    app_code,
    give_app,
    is_in,
    know,
    prove,
    recovery_codes,
    set_up,
    type_code,
    type_password,
)

LOGIN = reverse("account_login")
SECOND_STEP = reverse("mfa_authenticate")
AGAIN = reverse("account_reauthenticate")
BY_CODE_AGAIN = reverse("mfa_reauthenticate")
INDEX = reverse("mfa_index")
ACTIVATE = reverse("mfa_activate_totp")
DEACTIVATE = reverse("mfa_deactivate_totp")
CODES = reverse("mfa_view_recovery_codes")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def user(db: None) -> User:
    return factories.UserFactory(username="sadia")


def told(user: User) -> list[str]:
    """What audit and mail say: the same."""
    events = AuditEvent.objects.filter(subject_id=user.pk, what__startswith="login.")
    changes = [event.what.removeprefix("login.") for event in events.order_by("id")]
    mails = OutboxMessage.objects.filter(user=user, kind="security_changed").order_by("created_at")
    assert sorted(mail.facts["change"] for mail in mails) == sorted(changes)
    return changes


def test_app_is_set_up_by_its_first_code(user: User) -> None:
    know(user)
    client = logged_in(user)
    assert client.get(ACTIVATE).headers["Location"].startswith(AGAIN)
    prove(client)
    page = client.get(ACTIVATE)
    secret = page.context["form"].secret
    html = page.content.decode()
    # The policy refuses inline styles and pictures from elsewhere: an SVG with attributes only.
    assert re.search(r'<svg [^>]*viewBox[^>]*class="block w-full"', html)
    assert "style=" not in html
    assert " ".join(re.findall("....", secret)) in html

    wrong = client.post(ACTIVATE, {"code": app_code(secret, later=7)})
    assert wrong.status_code == 422
    assert wrong.context["form"].secret == secret
    assert told(user) == []

    answer = client.post(ACTIVATE, {"code": f" {app_code(secret)[:3]}-{app_code(secret)[3:]} "})
    assert answer.headers["Location"] == CODES
    assert told(user) == ["app-added"]
    event = AuditEvent.objects.get()
    assert (event.actor, event.ip) == (user, "127.0.0.1")
    assert len(client.get(CODES).context["unused_codes"]) == 10
    # The key itself is not to be read in the database.
    assert secret not in str(Authenticator.objects.values_list("data", flat=True))


def test_app_is_not_set_up_with_an_unconfirmed_address(user: User) -> None:
    know(user)
    user.emailaddress_set.create(email="new@example.org", verified=False)
    client = logged_in(user)
    prove(client)
    assert client.get(ACTIVATE).headers["Location"] == INDEX
    assert b"Confirm your e-mail address first" in client.get(INDEX).content


def test_second_step_is_asked_for_after_the_password(client: Client, user: User) -> None:
    set_up(user)
    assert type_password(client).headers["Location"] == SECOND_STEP
    assert not is_in(client)
    assert client.get(reverse("accounts:profile")).status_code == 302
    refused = type_code(client, "000000")
    assert refused.status_code == 422
    assert not is_in(client)
    assert type_code(client, app_code()).headers["Location"] == "/appointments/"
    assert is_in(client)


def test_next_survives_the_second_step(client: Client, user: User) -> None:
    set_up(user)
    client.post(f"{LOGIN}?next=/doctors/", {"login": "sadia", "password": factories.PASSWORD})
    assert type_code(client, app_code()).headers["Location"] == "/doctors/"


@pytest.mark.parametrize(("later", "counts"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_neighbouring_codes_count_for_phones_with_a_wrong_clock(
    client: Client, user: User, later: int, counts: bool
) -> None:
    set_up(user)
    type_password(client)
    type_code(client, app_code(later=later))
    assert is_in(client) == counts


def test_code_in_bengali_digits_counts(client: Client, user: User) -> None:
    set_up(user)
    type_password(client)
    type_code(client, app_code().translate(str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")))
    assert is_in(client)


def test_code_counts_once_as_long_as_it_would_count(
    client: Client, user: User, clock: time_machine.Traveller
) -> None:
    set_up(user)
    code = app_code(later=1)
    type_password(client)
    type_code(client, code)
    assert is_in(client)
    for seconds in (1, 31, 59):
        clock.move_to(dt.datetime(2026, 11, 12, 3, 0, seconds % 60, tzinfo=dt.UTC))
        other = Client()
        type_password(other)
        assert type_code(other, code).status_code == 422


def test_guessing_codes_ends_after_five(client: Client, user: User) -> None:
    set_up(user)
    type_password(client)
    for guess in range(5):
        type_code(client, f"00000{guess}")
    response = type_code(client, app_code())
    assert response.status_code == 422
    assert b"Too many tries" in response.content
    # Nor in another session: it is the account's count.
    other = Client()
    type_password(other)
    type_code(other, app_code())
    assert not is_in(other)


def test_recovery_code_counts_once(client: Client, user: User) -> None:
    set_up(user)
    code = recovery_codes(user)[3]
    type_password(client)
    type_code(client, f"{code[:4]} {code[4:]}")
    assert is_in(client)
    assert code not in recovery_codes(user)
    page = client.get("/appointments/")
    assert b"You used a recovery code; 9 are left." in page.content
    assert told(user) == ["code-used"]
    other = Client()
    type_password(other)
    assert type_code(other, code).status_code == 422


def test_recovery_codes_are_shown_and_downloaded_to_oneself(user: User) -> None:
    set_up(user)
    client = logged_in(user)
    assert client.get(CODES).headers["Location"].startswith(AGAIN)
    prove(client)
    download = client.get(reverse("mfa_download_recovery_codes"))
    assert "attachment" in download.headers["Content-Disposition"]
    lines = download.content.decode().split()
    assert [line for line in lines if line.isdigit()] == recovery_codes(user)
    assert client.get(CODES).context["unused_codes"] == recovery_codes(user)


def test_new_recovery_codes_end_the_old_ones(user: User) -> None:
    set_up(user)
    old = recovery_codes(user)
    client = logged_in(user)
    url = reverse("mfa_generate_recovery_codes")
    assert client.post(url).headers["Location"].startswith(AGAIN)
    assert recovery_codes(user) == old
    prove(client)
    assert client.post(url).headers["Location"] == CODES
    assert not set(recovery_codes(user)) & set(old)
    assert told(user) == ["codes-made"]


def test_turning_off_the_app_asks_who_one_is(user: User) -> None:
    set_up(user)
    client = logged_in(user)
    assert client.post(DEACTIVATE).headers["Location"].startswith(AGAIN)
    assert Authenticator.objects.count() == 2
    # By a code instead of the password; what was asked for then happens.
    answer = client.post(f"{BY_CODE_AGAIN}?next={DEACTIVATE}", {"code": app_code()})
    assert answer.headers["Location"] == INDEX
    assert Authenticator.objects.count() == 0
    assert told(user) == ["app-removed"]


def test_google_does_not_go_round_the_second_step(
    client: Client, google: GoogleStandIn, user: User
) -> None:
    set_up(user)
    user.socialaccount_set.create(provider="google", uid="108204268033311374519")
    away = client.post("/accounts/google/login/?process=login").headers["Location"]
    answer = client.get(google.answer(away))
    assert answer.headers["Location"] == SECOND_STEP
    assert not is_in(client)


def test_who_has_google_only_shows_it_again_before_a_second_step(
    client: Client, google: GoogleStandIn, user: User, clock: time_machine.Traveller
) -> None:
    know(user)
    user.set_unusable_password()
    user.save()
    user.socialaccount_set.create(provider="google", uid="108204268033311374519")
    by_google = "/accounts/google/login/?process=login"

    away = client.post(by_google).headers["Location"]
    client.get(google.answer(away))
    assert client.get(ACTIVATE).status_code == 200
    clock.shift(dt.timedelta(minutes=6))
    for page in (ACTIVATE, reverse("mfa_add_webauthn")):
        answer = client.post(page, {"code": "123456"})
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(by_google)
    assert client.get(answer.headers["Location"]).status_code == 200
    away = client.post(f"{by_google}&next={ACTIVATE}").headers["Location"]
    assert client.get(google.answer(away)).headers["Location"] == ACTIVATE
    assert client.get(ACTIVATE).status_code == 200


def test_passkey_of_somebody_else_is_404(user: User) -> None:
    know(user)
    other = factories.UserFactory()
    key = Authenticator.objects.create(user=other, type="webauthn", data={"name": "Theirs"})
    client = logged_in(user)
    prove(client)
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert client.get(reverse(name, args=[key.pk])).status_code == 404
        assert client.post(reverse(name, args=[key.pk]), {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.get().data == {"name": "Theirs"}


def test_passkey_is_renamed_and_removed(user: User) -> None:
    know(user)
    key = Authenticator.objects.create(user=user, type="webauthn", data={"name": "Passkey 1"})
    client = logged_in(user)
    prove(client)
    rename = reverse("mfa_edit_webauthn", args=[key.pk])
    assert client.post(rename, {"name": "sa\u202edia"}).status_code == 422
    assert client.post(rename, {"name": "My phone"}).status_code == 302
    key.refresh_from_db()
    assert key.data == {"name": "My phone"}
    remove = reverse("mfa_remove_webauthn", args=[key.pk])
    assert "Remove “My phone”?" in client.get(remove).content.decode()
    assert client.post(remove).status_code == 302
    assert Authenticator.objects.count() == 0
    assert told(user) == ["passkey-removed"]


@pytest.mark.parametrize("count", [1, 30])
def test_passkeys_are_listed_in_three_queries(user: User, count: int) -> None:
    for number in range(count):
        data = {"name": f"Passkey {number}"}
        Authenticator.objects.create(user=user, type="webauthn", data=data)
    client = logged_in(user)
    with count_queries() as queries:
        page = client.get(reverse("mfa_list_webauthn"))
    assert len(page.context["authenticators"]) == count
    assert len(queries) == 3


def test_pages_with_secrets_are_kept_nowhere(user: User) -> None:
    set_up(user)
    client = logged_in(user)
    prove(client)
    pages = [CODES, reverse("mfa_download_recovery_codes")]
    for page in pages:
        assert "no-store" in client.get(page).headers["Cache-Control"]
    other = know(factories.UserFactory())
    client = logged_in(other)
    prove(client)
    assert "no-store" in client.get(ACTIVATE).headers["Cache-Control"]


def test_nonsense_for_a_passkey_is_refused(client: Client, user: User) -> None:
    set_up(user)
    for nonsense in ("", "x", "{}", "[]", '{"response": {}}', '{"response": {"userHandle": "w"}}'):
        answer = client.post(reverse("mfa_login_webauthn"), {"credential": nonsense})
        assert answer.headers["Location"] == LOGIN
    type_password(client)
    assert client.post(SECOND_STEP, {"credential": "{}"}).status_code == 422
    assert not is_in(client)


def test_key_that_cannot_be_read_any_more_lets_nobody_in(
    client: Client, user: User, settings: Settings
) -> None:
    set_up(user)
    first, settings.SECRET_KEY = settings.SECRET_KEY, "another" * 10
    type_password(client)
    assert type_code(client, app_code()).status_code == 422
    settings.SECRET_KEY_FALLBACKS = [first]
    type_password(client)
    type_code(client, app_code())
    assert is_in(client)


def test_clinic_turns_it_off_for_who_lost_it_all(user: User, now: dt.datetime) -> None:
    set_up(user)
    out = StringIO()
    call_command("turn_off_two_factor", "SADIA@example.org", stdout=out)
    assert out.getvalue() == "sadia signs in without a second step now.\n"
    assert Authenticator.objects.count() == 0
    assert told(user) == ["two-factor-reset"]
    assert AuditEvent.objects.get().actor is None
    for name, words in (("sadia", "sadia has no second step"), ("who", "Nobody is called who")):
        with pytest.raises(CommandError, match=words):
            call_command("turn_off_two_factor", name)


def test_only_admins_turn_it_off_for_others(user: User, admin: User, now: dt.datetime) -> None:
    set_up(user)
    with pytest.raises(PermissionError):
        turn_off_two_factor(user=user, by=user, now=now)
    assert turn_off_two_factor(user=user, by=admin, now=now) == 2
    assert AuditEvent.objects.get().actor == admin


def test_mail_says_what_changed_and_what_to_do(user: User, now: dt.datetime) -> None:
    set_up(user)
    turn_off_two_factor(user=user, by=None, now=now)
    mail = render_message(OutboxMessage.objects.get())
    assert mail.subject == "How you sign in at Nirog has changed"
    for part in (mail.text, mail.html):
        assert "The clinic turned off the second step of your account" in part
        assert "Thursday 12 November 2026, 9:00 am, Dhaka time (GMT+6)" in part
        assert "http://127.0.0.1:8000/accounts/2fa/" in part
        assert "http://127.0.0.1:8000/accounts/password/reset/" in part


def test_doctor_is_told_of_it_until_they_say_not_now(doctor: Doctor) -> None:
    desk = reverse("dashboards:desk")
    client = logged_in(doctor.user)
    assert b"Keep your patients' records safer" in client.get(desk).content
    answer = client.post(reverse("accounts:two_factor_not_now"), {"next": desk})
    assert answer.headers["Location"] == desk
    assert answer.cookies["two_factor_not_now"]["max-age"] == 30 * 24 * 3600
    assert b"records safer" not in client.get(desk).content
    elsewhere = client.post(reverse("accounts:two_factor_not_now"), {"next": "//evil.example/"})
    assert elsewhere.headers["Location"] == "/"


def test_doctor_with_a_second_step_is_not_told_of_it(doctor: Doctor) -> None:
    set_up(doctor.user)
    page = logged_in(doctor.user).get(reverse("dashboards:desk"))
    assert b"records safer" not in page.content


def test_profile_tells_whether_it_is_on(user: User) -> None:
    client = logged_in(user)
    profile = reverse("accounts:profile")
    assert ">Off</span>" in client.get(profile).content.decode()
    give_app(user)
    assert ">On</span>" in client.get(profile).content.decode()
