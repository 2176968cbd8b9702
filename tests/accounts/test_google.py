"""Signing in with Google: allauth's own code against the stand-in, and who is let in as whom."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import AuditEvent, Patient, User
from notifications.models import OutboxMessage
from tests import factories
from tests.accounts.google_ways import LOGIN, SIGN_UP, through
from tests.conftest import logged_in
from tests.live.google import GoogleStandIn, Person

CONNECT = "/accounts/google/login/?process=connect"
CONNECTIONS = reverse("socialaccount_connections")
pytestmark = [pytest.mark.any_database, pytest.mark.django_db]


def confirmed(user: User, *, verified: bool = True) -> User:
    user.emailaddress_set.create(email=user.email, verified=verified, primary=True)
    return user


@pytest.fixture
def nadia(db: None) -> User:
    """Somebody here with the address that Google vouches for."""
    return confirmed(
        factories.UserFactory(
            username="nadia",
            email="nadia@gmail.example",
            password=make_password(factories.PASSWORD),
        )
    )


def link(user: User) -> SocialAccount:
    return SocialAccount.objects.create(
        user=user, provider="google", uid=Person().sub, extra_data={"email": user.email}
    )


def signed_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_newcomer_is_asked_for_their_role(client: Client, google: GoogleStandIn) -> None:
    assert through(client, google).headers["Location"] == SIGN_UP  # type: ignore[attr-defined]
    assert User.objects.count() == 0
    form = client.get(SIGN_UP).context["form"]
    assert form["name"].value() == "Nadia Walker"
    assert form["email"].value() == "nadia@gmail.example"
    assert form["username"].value() == "nadia"

    refused = client.post(SIGN_UP, {"role": "admin", "name": "", "username": "nadia"})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"role", "name"}

    # The address is Google's, whatever comes with the form.
    answer = client.post(
        SIGN_UP,
        {"role": "patient", "name": "Nadia W", "username": "nadia", "email": "x@example.org"},
    )
    assert answer.headers["Location"] == "/accounts/setup/"
    user = User.objects.get()
    assert (user.role, user.email, user.first_name) == ("patient", "nadia@gmail.example", "Nadia W")
    assert not user.has_usable_password()
    assert signed_in_as(client) == str(user.pk)
    assert user.emailaddress_set.get().verified
    assert Patient.objects.get().name == "Nadia W"
    assert OutboxMessage.objects.get().kind == "welcome"
    linked = SocialAccount.objects.get()
    assert (linked.user, linked.uid) == (user, Person().sub)
    assert linked.extra_data == {"email": "nadia@gmail.example"}
    assert SocialToken.objects.count() == 0


def test_doctor_signs_up_with_google(client: Client, google: GoogleStandIn) -> None:
    through(client, google)
    answer = client.post(SIGN_UP, {"role": "doctor", "name": "Dr N", "username": "drn"})
    assert answer.headers["Location"] == "/accounts/setup/"
    assert User.objects.get().is_doctor


def test_address_that_google_did_not_confirm_needs_our_code(
    client: Client, google: GoogleStandIn
) -> None:
    google.person = Person(email_verified=False)
    through(client, google)
    data = {"role": "patient", "name": "N", "username": "nadia", "email": "nadia@gmail.example"}
    answer = client.post(SIGN_UP, data)
    assert answer.headers["Location"] == reverse("account_email_verification_sent")
    assert signed_in_as(client) is None
    assert OutboxMessage.objects.get().kind == "email_confirmation_code"
    assert not User.objects.get().emailaddress_set.get().verified


def test_another_address_in_place_of_an_unconfirmed_one_is_the_only_one(
    client: Client, google: GoogleStandIn
) -> None:
    google.person = Person(email="victim@example.org", email_verified=False)
    through(client, google)
    data = {"role": "patient", "name": "N", "username": "nadia", "email": "mine@example.org"}
    client.post(SIGN_UP, data)
    addresses = User.objects.get().emailaddress_set.values_list("email", "verified")
    assert list(addresses) == [("mine@example.org", False)]


def test_same_confirmed_address_on_both_sides_is_the_same_person(
    client: Client, google: GoogleStandIn, nadia: User
) -> None:
    answer = through(client, google)
    assert answer.headers["Location"] == "/appointments/"  # type: ignore[attr-defined]
    assert signed_in_as(client) == str(nadia.pk)
    assert SocialAccount.objects.get().user == nadia
    nadia.refresh_from_db()
    assert nadia.has_usable_password()
    event = AuditEvent.objects.exclude(what="user.logged_in").get()
    assert (event.what, event.actor, event.subject_id) == (
        "login.google-linked",
        nadia,
        nadia.pk,
    )
    mail = OutboxMessage.objects.get()
    assert (mail.kind, mail.facts["change"]) == ("security_changed", "google-linked")


def test_address_that_google_did_not_confirm_never_merges(
    client: Client, google: GoogleStandIn, nadia: User
) -> None:
    google.person = Person(email_verified=False)
    assert through(client, google).headers["Location"] == SIGN_UP  # type: ignore[attr-defined]
    data = {"role": "patient", "name": "N", "username": "other", "email": nadia.email}
    answer = client.post(SIGN_UP, data)
    # As for any sign-up with a taken address: nobody learns that it is.
    assert answer.headers["Location"] == reverse("account_email_verification_sent")
    assert signed_in_as(client) is None
    assert (User.objects.count(), SocialAccount.objects.count()) == (1, 0)
    mail = OutboxMessage.objects.get()
    assert (mail.kind, mail.address) == ("account_already_exists", nadia.email)


@pytest.mark.parametrize("has_row", [True, False])
def test_address_that_we_did_not_confirm_never_merges(
    client: Client, google: GoogleStandIn, has_row: bool
) -> None:
    squatter = factories.UserFactory(username="squatter", email="Nadia@gmail.example")
    if has_row:
        confirmed(squatter, verified=False)
    answer = through(client, google)
    assert answer.headers["Location"] == reverse("account_login")  # type: ignore[attr-defined]
    assert signed_in_as(client) is None
    page = client.get(reverse("account_login"))
    assert "nobody has confirmed that address here yet" in page.content.decode()
    assert SocialAccount.objects.count() == 0
    squatter.refresh_from_db()
    assert squatter.has_usable_password()


def test_linked_account_signs_in_whatever_its_address_is_now(
    client: Client, google: GoogleStandIn, nadia: User
) -> None:
    link(nadia)
    google.person = Person(email="renamed@gmail.example", email_verified=False)
    through(client, google)
    assert signed_in_as(client) == str(nadia.pk)


def test_closed_account_stays_closed(client: Client, google: GoogleStandIn, nadia: User) -> None:
    link(nadia)
    User.objects.update(is_active=False)
    answer = through(client, google)
    assert answer.headers["Location"] == reverse("account_inactive")  # type: ignore[attr-defined]
    assert signed_in_as(client) is None


def test_next_survives_the_way_over_google(
    client: Client, google: GoogleStandIn, nadia: User
) -> None:
    answer = through(client, google, by=f"{LOGIN}&next=/doctors/")
    assert answer.headers["Location"] == "/doctors/"  # type: ignore[attr-defined]
    client.logout()
    answer = through(client, google, by=f"{LOGIN}&next=https://evil.example/")
    assert answer.headers["Location"] == "/appointments/"  # type: ignore[attr-defined]


def failed(response: object, client: Client) -> bool:
    body = response.content.decode()  # type: ignore[attr-defined]
    return (
        response.status_code == 401  # type: ignore[attr-defined]
        and "That didn't work with Google" in body
        and signed_in_as(client) is None
        and SocialAccount.objects.count() == 0
    )


def test_state_must_be_the_session_s_own(
    client: Client, google: GoogleStandIn, nadia: User
) -> None:
    back = google.answer(client.post(LOGIN).headers["Location"])
    parts = urlsplit(back)
    code = parse_qs(parts.query)["code"][0]
    assert failed(client.get(f"{parts.path}?code={code}"), client)
    assert failed(client.get(f"{parts.path}?code={code}&state=guessed"), client)
    # The attacker's link in the victim's browser.
    victim = Client()
    assert failed(victim.get(back), victim)
    client.get(back)
    assert signed_in_as(client) == str(nadia.pk)


def test_answer_counts_once(client: Client, google: GoogleStandIn, nadia: User) -> None:
    away = client.post(LOGIN).headers["Location"]
    back = google.answer(away)
    client.get(back)
    client.logout()
    SocialAccount.objects.all().delete()
    assert failed(client.get(back), client)
    # Not with a fresh state either: Google redeems a code once, and only for whoever asked for it.
    code = parse_qs(urlsplit(back).query)["code"][0]
    fresh = parse_qs(urlsplit(client.post(LOGIN).headers["Location"]).query)["state"][0]
    callback = urlsplit(back).path
    assert failed(client.get(f"{callback}?code={code}&state={fresh}"), client)
    assert "code" in google.refused


def test_stolen_code_is_worth_nothing_without_its_verifier(
    client: Client, google: GoogleStandIn, nadia: User
) -> None:
    stolen = parse_qs(urlsplit(google.answer(client.post(LOGIN).headers["Location"])).query)
    thief = Client()
    state = parse_qs(urlsplit(thief.post(LOGIN).headers["Location"]).query)["state"][0]
    callback = reverse("google_callback")
    assert failed(thief.get(f"{callback}?code={stolen['code'][0]}&state={state}"), thief)
    assert google.refused == ["code_verifier"]


@pytest.mark.parametrize(
    "lie",
    [{"iss": "https://evil.example"}, {"aud": "somebody.else"}, {"exp": 1_000_000_000}],
    ids=["of another issuer", "for another site", "of long ago"],
)
def test_token_must_be_google_s_for_us_and_fresh(
    client: Client, google: GoogleStandIn, nadia: User, lie: dict[str, object]
) -> None:
    google.lies = lie
    assert failed(through(client, google), client)


def test_google_that_is_away_is_said(
    client: Client, google: GoogleStandIn, nadia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody_listens = "http://127.0.0.1:9/token"
    monkeypatch.setattr(GoogleOAuth2Adapter, "access_token_url", nobody_listens)
    assert failed(through(client, google), client)


def test_one_google_account_signs_up_once(google: GoogleStandIn) -> None:
    google.person = Person(email_verified=False)
    first, second = Client(), Client()
    for client in (first, second):
        through(client, google)
    data = {"role": "patient", "name": "N", "username": "first", "email": "first@example.org"}
    first.post(SIGN_UP, data)
    answer = second.post(SIGN_UP, data | {"username": "second", "email": "second@example.org"})
    assert answer.headers["Location"] == reverse("account_login")
    assert list(User.objects.values_list("username", flat=True)) == ["first"]
    assert Patient.objects.count() == 1


def test_cancelling_at_google_is_said(client: Client, google: GoogleStandIn) -> None:
    answer = through(client, google, says="no")
    page = client.get(answer.headers["Location"])  # type: ignore[attr-defined]
    assert page.status_code == 200
    assert "You cancelled at Google" in page.content.decode()


def test_the_button_s_address_alone_goes_nowhere(client: Client, google: GoogleStandIn) -> None:
    page = client.get(LOGIN)
    assert page.status_code == 200
    assert "You go to Google and come back here." in page.content.decode()


def test_without_keys_there_is_no_google(client: Client) -> None:
    for page in ("account_login", "account_signup"):
        assert b"Google" not in client.get(reverse(page)).content
    assert client.post(LOGIN).status_code == 404
    assert client.get(reverse("google_callback")).status_code == 404


def test_policy_names_google_only_with_keys(client: Client, google: GoogleStandIn) -> None:
    policy = client.get(reverse("account_login")).headers["Content-Security-Policy"]
    assert f"form-action 'self' {google.url}" in policy


def reauthenticate(client: Client) -> object:
    return client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})


def test_linking_asks_who_one_is_first(google: GoogleStandIn, nadia: User) -> None:
    client = logged_in(nadia)
    answer = client.post(CONNECT)
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    back = client.post(answer.headers["Location"], {"password": factories.PASSWORD})
    assert back.headers["Location"] == CONNECT
    assert b"Link Google?" in client.get(CONNECT).content
    answer = through(client, google, by=CONNECT)
    assert answer.headers["Location"] == CONNECTIONS
    assert SocialAccount.objects.get().user == nadia
    assert AuditEvent.objects.latest("id").what == "login.google-linked"
    assert b"nadia@gmail.example" in client.get(CONNECTIONS).content


def test_somebody_else_s_google_account_is_not_linked(google: GoogleStandIn, nadia: User) -> None:
    link(nadia)
    other = confirmed(factories.UserFactory(password=make_password(factories.PASSWORD)))
    client = logged_in(other)
    reauthenticate(client)
    through(client, google, by=CONNECT)
    assert SocialAccount.objects.get().user == nadia
    assert b"belongs to another account here" in client.get(CONNECTIONS).content


def test_unlinking_asks_who_one_is_first(nadia: User) -> None:
    account = link(nadia)
    client = logged_in(nadia)
    answer = client.post(CONNECTIONS, {"account": account.pk})
    assert answer.headers["Location"].startswith(reverse("account_reauthenticate"))
    assert SocialAccount.objects.count() == 1
    client.post(answer.headers["Location"], {"password": factories.PASSWORD})
    assert SocialAccount.objects.count() == 0
    assert AuditEvent.objects.latest("id").what == "login.google-unlinked"
    assert OutboxMessage.objects.get().facts["change"] == "google-unlinked"


def test_the_only_way_in_is_not_unlinked(nadia: User) -> None:
    account = link(nadia)
    nadia.set_unusable_password()
    nadia.save()
    answer = logged_in(nadia).post(CONNECTIONS, {"account": account.pk})
    assert answer.status_code == 422
    assert "Google is your only way to sign in." in answer.content.decode()
    assert SocialAccount.objects.count() == 1


def test_nobody_unlinks_for_others(nadia: User) -> None:
    account = link(nadia)
    client = logged_in(factories.UserFactory(password=make_password(factories.PASSWORD)))
    reauthenticate(client)
    assert client.post(CONNECTIONS, {"account": account.pk}).status_code == 422
    assert SocialAccount.objects.count() == 1


def test_mock_google_lets_in_whoever_one_says_one_is(client: Client, settings: Settings) -> None:
    settings.DEBUG = True
    assert b"Go on with Mock Google" in client.get(reverse("account_login")).content
    away = client.post("/accounts/dummy/login/?process=login").headers["Location"]
    person = {"email": "new@gmail.example", "first_name": "New", "email_verified": "on"}
    assert client.post(away, {"email": "nonsense"}).status_code == 422
    assert client.post(away, person).headers["Location"] == SIGN_UP
    answer = client.post(SIGN_UP, {"role": "patient", "name": "New", "username": "new"})
    assert answer.headers["Location"] == "/accounts/setup/"
    assert User.objects.get().email == "new@gmail.example"
    page = client.get(CONNECTIONS)
    assert b"It is the mock Google." in page.content
    # The same address is the same person.
    client.logout()
    away = client.post("/accounts/dummy/login/?process=login").headers["Location"]
    client.post(away, person)
    assert signed_in_as(client) == str(User.objects.get().pk)


def test_nobody_plays_google_without_debug(client: Client) -> None:
    assert b"Mock" not in client.get(reverse("account_login")).content
    assert client.post("/accounts/dummy/login/").status_code == 404
    assert client.post("/accounts/dummy/authenticate/?state=x").status_code == 404
