"""The site with Google's keys, in front of the stand-in."""

import copy
from collections.abc import Iterator

import pytest
from allauth.socialaccount.providers.google import views as google_views
from pytest_django.fixtures import Settings

from tests.live.google import CLIENT_ID, CLIENT_SECRET, ISSUER, GoogleStandIn, running_google


@pytest.fixture
def google(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[GoogleStandIn]:
    """allauth reads Google's addresses once, when it is imported: here they are the stand-in's."""
    providers = copy.deepcopy(settings.SOCIALACCOUNT_PROVIDERS)
    providers["google"]["APPS"] = [{"client_id": CLIENT_ID, "secret": CLIENT_SECRET}]
    settings.SOCIALACCOUNT_PROVIDERS = providers
    with running_google() as stand_in:
        policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
        policy["DIRECTIVES"]["form-action"] = ["'self'", stand_in.url]
        settings.CONTENT_SECURITY_POLICY = policy
        adapter = google_views.GoogleOAuth2Adapter
        monkeypatch.setattr(adapter, "authorize_url", f"{stand_in.url}/authorize")
        monkeypatch.setattr(adapter, "access_token_url", f"{stand_in.url}/token")
        monkeypatch.setattr(google_views, "ID_TOKEN_ISSUER", ISSUER)
        yield stand_in
