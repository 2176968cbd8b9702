"""Reads about calendars that people subscribe to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import models

from accounts.enums import Role

if TYPE_CHECKING:
    from appointments.models import CalendarFeed


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def of_token(self, token: str) -> CalendarFeedQuerySet:
        """The calendar whose address holds `token`, with its user; admins have none.

        Found by digest: how long that takes tells nothing of the token.
        """
        return self.filter(
            token_digest=sha256_of(token),
            user__is_active=True,
            user__role__in=[Role.PATIENT, Role.DOCTOR],
        ).select_related("user")


def sha256_of(text: str) -> str:
    """What is stored of a calendar's token (256 random bits: one plain hash will do)."""
    return hashlib.sha256(text.encode()).hexdigest()
