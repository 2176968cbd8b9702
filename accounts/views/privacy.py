"""What the site knows of somebody: a copy of it, who has looked, and the end of it."""

import datetime as dt
import time
import uuid
from typing import Any

from allauth.account import app_settings as allauth_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core import signing
from django.core.files.storage import storages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions
from accounts.access import role_required
from accounts.actions.account_closing import last_admin
from accounts.actions.data_export import STORAGE
from accounts.client_ip import ip_of
from accounts.exceptions import CannotClose, ExportUnderway
from accounts.forms.account_closing import CloseForm
from accounts.models import DataExport
from accounts.personal_data_registry import (
    Obstacle,
    Wishes,
    all_endings,
    all_obstacles,
)
from accounts.request_types import PageRequest, SignedInRequest

# What was shown holds for so long, as on the page that cancels one visit.
SHOWN_FOR = dt.timedelta(minutes=10)
_SALT = "accounts.close"


@role_required()
@require_GET
def privacy(request: SignedInRequest) -> HttpResponse:
    """One's data: the copy that is there or on its way, who has looked, how to leave."""
    newest = DataExport.objects.visible_to(request.user).order_by("-requested_at").first()
    return render(request, "accounts/privacy.html", {"export": newest, "now": timezone.now()})


@role_required()
@require_POST
def ask_for_data(request: SignedInRequest) -> HttpResponse:
    """Asks for a copy; the mail says when it is there."""
    try:
        actions.request_export(by=request.user, now=timezone.now(), ip=ip_of(request))
    except ExportUnderway as refusal:
        messages.info(request, str(refusal))
    else:
        messages.success(
            request, _("We are putting your data together. You get a mail when it is there.")
        )
    return redirect("accounts:privacy")


@role_required()
@require_GET
@never_cache
def download_data(request: SignedInRequest, export_id: uuid.UUID) -> HttpResponseBase:
    """The copy, to its owner alone, for a week."""
    now = timezone.now()
    ready = DataExport.objects.visible_to(request.user).ready_at(now)
    export = get_object_or_404(ready, pk=export_id)
    actions.note_download(export=export, by=request.user, now=now, ip=ip_of(request))
    day = timezone.localdate(export.ready_at).isoformat()
    return FileResponse(
        storages[STORAGE].open(export.file),
        as_attachment=True,
        filename=f"my-data-{day}.zip",
        content_type="application/zip",
    )


@role_required()
@require_http_methods(["GET", "POST"])
@never_cache
def close(request: SignedInRequest) -> HttpResponse:
    """Says exactly what closing the account does, and does it."""
    user, now = request.user, timezone.now()
    endings = all_endings(user, now)
    left = sum(ending.into_wallet for ending in endings)
    obstacles = all_obstacles(user, now)
    if last_admin(user):
        obstacles.append(
            Obstacle(_("You are the only full admin. Make another one before you leave."))
        )
    form = CloseForm(
        request.POST if request.method == "POST" else None,
        user=user,
        money_left=left > 0,
        try_password=lambda password: _is_theirs(request, password),
    )
    is_fresh = user.has_usable_password() or _logged_in_just_now(request)
    changed = False
    if request.method == "POST" and is_fresh and not obstacles:
        quoted_at = _read_quote(request, now)
        changed = quoted_at is None
        if not changed and form.is_valid():
            wishes = Wishes(quoted_at=quoted_at, gives_up_wallet=bool(left))
            try:
                actions.close_account(by=user, wishes=wishes, now=now)
            except CannotClose as refusal:
                obstacles = refusal.reasons
            else:
                logout(request)
                return redirect("accounts:closed")
    context: dict[str, Any] = {
        "form": form,
        "endings": endings,
        "left": left,
        "currency": settings.CURRENCY,
        "obstacles": obstacles,
        "is_fresh": is_fresh,
        "changed": changed,
        "again": f"{reverse('account_login')}?next={reverse('accounts:close')}",
        "quote": signing.dumps([str(user.pk), now.isoformat()], salt=_SALT),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/close.html", context, status=status)


@require_GET
def closed(request: PageRequest) -> HttpResponse:
    """Good-bye."""
    return render(request, "accounts/closed.html")


def _is_theirs(request: SignedInRequest, password: str) -> bool:
    """Whether the password is right; too many tries count as wrong."""
    allowed = ratelimit.consume(request, action="reauthenticate", user=request.user)
    return bool(allowed) and request.user.check_password(password)


def _logged_in_just_now(request: SignedInRequest) -> bool:
    """Whether they proved who they are within the last minutes (allauth's time for that)."""
    records = get_authentication_records(request, request.user)
    since = time.time() - allauth_settings.REAUTHENTICATION_TIMEOUT
    return any(record["at"] >= since for record in records)


def _read_quote(request: SignedInRequest, now: dt.datetime) -> dt.datetime | None:
    """When what is on the page was shown to them; None where that is too long ago."""
    try:
        pk, at = signing.loads(request.POST.get("quote", ""), salt=_SALT)
    except signing.BadSignature:
        return None
    shown_at = dt.datetime.fromisoformat(at)
    fresh = shown_at <= now < shown_at + SHOWN_FOR
    return shown_at if fresh and pk == str(request.user.pk) else None
