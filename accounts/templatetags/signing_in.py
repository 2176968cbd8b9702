"""What pages say about ways to sign in: Google's button, the second step."""

from typing import Any

from allauth.socialaccount.models import SocialAccount
from django import template
from django.urls import reverse

from accounts.models import User
from accounts.two_factor import has_second_factor, took_second_step, wanted_page
from accounts.views.mfa import NOT_NOW_COOKIE
from accounts.views.social import google_is_on, mock_google_is_on

register = template.Library()


@register.simple_tag
def ways_to_google() -> list[dict[str, Any]]:
    """`{% ways_to_google as ways %}`: name and address of Google, of the mock one, or none."""
    ways = []
    if google_is_on():
        ways.append({"name": "Google", "url": reverse("google_login"), "is_mock": False})
    if mock_google_is_on():
        ways.append({"name": "Mock Google", "url": reverse("dummy_login"), "is_mock": True})
    return ways


@register.simple_tag
def second_step_of(user: User) -> bool:
    """`{% second_step_of user as is_on %}`: whether they have one. One query."""
    return has_second_factor(user)


@register.simple_tag
def linked_google(user: User) -> bool:
    """`{% linked_google user as is_linked %}`: whether a Google account is linked. One query."""
    return bool(SocialAccount.objects.filter(user=user).exists())


@register.simple_tag(takes_context=True)
def offer_second_step(context: template.Context) -> bool:
    """`{% offer_second_step as offered %}`: whether to tell them of it. One query at most."""
    request = context["request"]
    if NOT_NOW_COOKIE in request.COOKIES or took_second_step(request, request.user):
        return False
    return not has_second_factor(request.user)


@register.simple_tag(takes_context=True)
def page_after_second_step(context: template.Context) -> str:
    """`{% page_after_second_step as wanted %}`: where somebody wanted to go who had to set one up.

    For admins who wanted nothing else it is the admin; empty for all others.
    """
    request = context["request"]
    return wanted_page(request) or (reverse("admin:index") if request.user.is_admin else "")
