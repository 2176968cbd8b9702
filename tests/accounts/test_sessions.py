"""How long one is logged in, where, and how that ends."""

import datetime as dt
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.actions import end_session, end_sessions, forget_ended_sessions
from accounts.models import Patient, User
from accounts.user_agents import device_words
from tests import factories
from tests.conftest import count_queries, logged_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LOGIN = reverse("account_login")
SESSIONS = reverse("usersessions_list")
CHANGE = reverse("account_change_password")
PROFILE = reverse("accounts:profile")
INACTIVE = reverse("account_inactive")
HOUR = 3600
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)


@pytest.fixture
def user(patient: Patient) -> User:
    User.objects.update(password=make_password(factories.PASSWORD))
    patient.user.refresh_from_db()
    EmailAddress.objects.create(
        user=patient.user, email=patient.user.email, verified=True, primary=True
    )
    return patient.user


def log_in(user: User, agent: str = CHROME, **data: str) -> Client:
    client = Client(headers={"user-agent": agent})
    answer = client.post(LOGIN, {"login": user.username, "password": factories.PASSWORD} | data)
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(PROFILE).status_code == 200


def passes(clock: Any, client: Client, hours: float, every: float = 1) -> bool:
    """Whether they are still logged in when they have clicked every so many hours for so long."""
    for _click in range(round(hours / every)):
        clock.shift(every * HOUR)
        if not is_in(client):
            return False
    return True


# --- how long ---------------------------------------------------------------------------------
def test_unremembered_session_ends_after_two_idle_hours(clock: Any, user: User) -> None:
    client = log_in(user)
    clock.shift(2 * HOUR)
    assert is_in(client)
    clock.shift(2 * HOUR + 1)
    answer = client.get("/accounts/preferences/?x=1")
    assert answer.status_code == 302
    assert answer.url == f"{LOGIN}?next=/accounts/preferences/%3Fx%3D1"
    page = client.get(answer.url)
    assert [str(message) for message in page.context["messages"]] == [
        "You were signed out, to be safe. Please sign in again."
    ]
    assert not is_in(client)


def test_unremembered_session_ends_after_twelve_busy_hours(clock: Any, user: User) -> None:
    client = log_in(user)
    assert passes(clock, client, 12)
    clock.shift(1)
    assert not is_in(client)


def test_open_page_that_refreshes_itself_is_nobody_clicking(clock: Any, user: User) -> None:
    client = log_in(user)
    for _minute in range(12):
        clock.shift(HOUR / 6)
        client.get(PROFILE, headers={"HX-Request": "true", "X-Polling": "1"})
    clock.shift(1)
    assert not is_in(client)


def test_remembered_session_lasts_thirty_days(clock: Any, user: User) -> None:
    client = log_in(user, remember="on")
    assert passes(clock, client, 30 * 24, every=60)
    clock.shift(1)
    assert not is_in(client)


def test_remembered_session_may_rest(clock: Any, user: User) -> None:
    client = log_in(user, remember="on")
    clock.shift(29 * 24 * HOUR)
    assert is_in(client)


@pytest.mark.parametrize(
    ("idle", "longest", "rests", "still_in"),
    [(10, 12, 11, False), (0, 12, 660, True), (0, 0, 48 * 60, True), (120, 1, 61, False)],
)
def test_limits_are_settings(
    clock: Any, user: User, settings: Settings, idle: int, longest: int, rests: int, still_in: bool
) -> None:
    settings.SESSION_IDLE_MINUTES, settings.SESSION_ABSOLUTE_HOURS = idle, longest
    client = log_in(user)
    clock.shift(rests * 60)
    assert is_in(client) is still_in


def test_nobody_is_remembered_where_the_clinic_says_so(
    client: Client, user: User, settings: Settings
) -> None:
    settings.ACCOUNT_SESSION_REMEMBER = False
    assert 'name="remember"' not in client.get(LOGIN).content.decode()
    assert log_in(user, remember="on").session.get_expire_at_browser_close()


def test_being_seen_is_written_every_five_minutes_only(clock: Any, user: User) -> None:
    client = log_in(user)
    client.get(PROFILE)
    clock.shift(300)
    with count_queries() as queries:
        client.get(PROFILE)
    assert [sql for sql in queries if not sql.startswith("SELECT")] == []
    clock.shift(1)
    with count_queries() as queries:
        client.get(PROFILE)
    tables = [sql.split('"')[1] for sql in queries if sql.startswith("UPDATE")]
    assert tables == ["usersessions_usersession", "django_session"]
    assert UserSession.objects.get().last_seen_at == timezone.now()


def test_limits_cost_a_page_no_query(user: User) -> None:
    client = logged_in(user)
    with count_queries() as queries:
        client.get(reverse("account_logout"))
    assert len(queries) == 2, queries


def test_session_key_changes_at_log_in_and_out(client: Client, user: User) -> None:
    # A session from before: of somebody who wants a new password.
    client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    before = client.session.session_key
    client.post(LOGIN, {"login": user.username, "password": factories.PASSWORD})
    inside = client.session.session_key
    client.post(reverse("account_logout"))
    assert len({before, inside, client.session.session_key}) == 3
    assert not Session.objects.filter(session_key__in=[before, inside]).exists()


def test_session_key_changes_with_the_password(user: User) -> None:
    client = log_in(user)
    before = client.session.session_key
    change_password(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


# --- where ------------------------------------------------------------------------------------
def test_page_lists_one_s_sessions_in_words(clock: Any, user: User) -> None:
    log_in(user, FIREFOX)
    clock.shift(60)
    here = log_in(user)
    log_in(factories_confirmed("someone"), "Opera")
    page = here.get(SESSIONS)
    assert [(one.device, one.is_here) for one in page.context["sessions"]] == [
        ("Chrome on Windows", True),
        ("Firefox on Linux", False),
    ]
    html = page.content.decode()
    assert "127.0.0.1" in html
    assert "Thursday 12 November 2026, 9:00 am" in html
    assert SESSIONS in here.get(PROFILE).content.decode()


def factories_confirmed(username: str) -> User:
    user = factories.PatientFactory(user__username=username).user
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def test_one_other_session_is_ended(user: User) -> None:
    other, third, here = log_in(user, FIREFOX), log_in(user), log_in(user)
    row = UserSession.objects.get(session_key=other.session.session_key)
    answer = here.post(SESSIONS, {"session": row.pk}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["1 device is signed out."]
    assert [is_in(client) for client in (other, third, here)] == [False, True, True]


def test_all_other_sessions_are_ended(user: User) -> None:
    others, here = [log_in(user) for _ in range(3)], log_in(user)
    stranger = log_in(factories_confirmed("someone"))
    answer = here.post(SESSIONS, follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["3 devices are signed out."]
    assert [is_in(client) for client in others] == [False, False, False]
    assert is_in(here)
    assert is_in(stranger)


@pytest.mark.parametrize("session", ["theirs", "0", "-1", "x", "9" * 40, "1.5"])
def test_somebody_else_s_session_is_not_found(user: User, session: str) -> None:
    victim, here = log_in(factories_confirmed("victim")), log_in(user)
    if session == "theirs":
        session = str(UserSession.objects.get(session_key=victim.session.session_key).pk)
    assert here.post(SESSIONS, {"session": session}).status_code == 404
    assert is_in(victim)


@pytest.mark.parametrize("count", [1, 30])
def test_list_needs_a_fixed_number_of_queries(user: User, count: int) -> None:
    here = log_in(user)
    user.refresh_from_db()
    for _ in range(count):
        key = logged_in(user).session.session_key
        UserSession.objects.create(user=user, session_key=key, ip="127.0.0.1", user_agent=FIREFOX)
    here.get(SESSIONS)
    with count_queries() as queries:
        page = here.get(SESSIONS)
    assert len(page.context["sessions"]) == count + 1
    # Session, user, devices, their sessions.
    assert len(queries) == 4


def test_ended_and_outlived_sessions_are_not_listed(clock: Any, user: User) -> None:
    log_in(user)
    gone = log_in(user)
    gone.post(reverse("account_logout"))
    clock.shift(3 * HOUR)
    page = log_in(user).get(SESSIONS)
    assert len(page.context["sessions"]) == 1


def test_sessions_of_others_are_not_for_ending(user: User, other_patient: Patient) -> None:
    log_in(user)
    row = UserSession.objects.get()
    with pytest.raises(PermissionError):
        end_sessions(user=user, by=other_patient.user)
    with pytest.raises(PermissionError):
        end_session(user=user, session_id=row.pk, by=other_patient.user)
    with pytest.raises(UserSession.DoesNotExist):
        end_session(user=other_patient.user, session_id=row.pk, by=other_patient.user)
    assert UserSession.objects.get() == row


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome on Windows"),
        (CHROME + " Edg/142.0.0.0", "Edge on Windows"),
        (FIREFOX, "Firefox on Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/18.5 Safari/605.1.15",
            "Safari on Mac",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
            "SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
            "Samsung Internet on Android",
        ),
        ("curl/8.0", "Unknown browser"),
        ("<script>alert(1)</script>", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_device_is_said_in_words(agent: str, words: str) -> None:
    assert device_words(agent) == words


# --- how it ends ------------------------------------------------------------------------------
def change_password(client: Client, **data: str) -> None:
    new = {"oldpassword": factories.PASSWORD} | dict.fromkeys(
        ("password1", "password2"), "Another-horse-8"
    )
    answer = client.post(CHANGE, new | data)
    assert (answer.status_code, answer.headers["Location"]) == (302, PROFILE)


@pytest.mark.parametrize("ends", [True, False])
def test_new_password_ends_other_sessions_if_one_wants(user: User, ends: bool) -> None:
    other, here = log_in(user, FIREFOX), log_in(user)
    change_password(here, **({"end_others": "on"} if ends else {}))
    assert (is_in(here), is_in(other)) == (True, not ends)
    assert len(here.get(SESSIONS).context["sessions"]) == (1 if ends else 2)
    user.refresh_from_db()
    assert user.check_password("Another-horse-8")


def test_ending_others_is_ticked_beforehand(user: User) -> None:
    assert log_in(user).get(CHANGE).context["form"]["end_others"].value() is True


def test_session_that_ended_before_does_not_come_back(user: User) -> None:
    old, here = log_in(user), log_in(user)
    user.set_password("In-between-9")
    user.save()
    # Another password was set elsewhere: this session is over, and so it stays.
    store = old.session
    assert store["_auth_user_id"] == str(user.pk)
    again = Client()
    again.post(LOGIN, {"login": user.username, "password": "In-between-9"})
    change_password(again, oldpassword="In-between-9")
    assert [is_in(client) for client in (old, here, again)] == [False, False, True]


def test_deactivated_user_is_refused_at_the_next_click(user: User) -> None:
    first, second = log_in(user), log_in(user)
    User.objects.update(is_active=False)
    answer = first.get(PROFILE, follow=True)
    assert answer.redirect_chain == [(INACTIVE, 302)]
    assert "This account is switched off" in answer.content.decode()
    assert not UserSession.objects.exists()
    # All sessions are gone, so that none wakes up when the account does.
    User.objects.update(is_active=True)
    assert not is_in(second)
    assert not is_in(first)


def test_deactivated_user_s_htmx_leads_the_whole_page_there(user: User) -> None:
    client = log_in(user)
    User.objects.update(is_active=False)
    answer = client.post(PROFILE, {"name": "X"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == INACTIVE
    user.refresh_from_db()
    assert user.display_name != "X"


def test_deactivated_user_cannot_log_in(client: Client, user: User) -> None:
    User.objects.update(is_active=False)
    answer = client.post(LOGIN, {"login": user.username, "password": factories.PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, INACTIVE)
    assert "_auth_user_id" not in client.session
    wrong = client.post(LOGIN, {"login": user.username, "password": "Wrong-horse-7"})
    assert wrong.status_code == 422


def test_session_of_somebody_who_is_gone_is_a_visitor_s(client: Client, user: User) -> None:
    nobody = factories.UserFactory()
    client.force_login(nobody)
    nobody.delete()
    assert client.get(PROFILE).headers["Location"] == INACTIVE
    assert "_auth_user_id" not in client.session


def test_what_is_over_is_forgotten(clock: Any, user: User) -> None:
    log_in(user)
    lasting = log_in(user, remember="on")
    log_in(user).post(reverse("account_logout"))
    clock.shift(15 * 24 * HOUR)
    lasting.get(PROFILE)
    clock.shift(16 * 24 * HOUR)
    forget_ended_sessions(now=dt.datetime.now(dt.UTC))
    kept = [lasting.session.session_key]
    assert list(Session.objects.values_list("session_key", flat=True)) == kept
    assert list(UserSession.objects.values_list("session_key", flat=True)) == kept
