"""Private calendars that people subscribe to."""

from django.conf import settings
from django.db import models

from appointments.querysets import CalendarFeedQuerySet


class CalendarFeed(models.Model):
    """The address at which a person's calendar app reads their visits. One a user.

    The address holds a secret token; only its digest is stored, so that the address is shown once,
    when it is made, and a new one ends the old one.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calendar_feed"
    )
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    # Of what was last served, and since when it has been so.
    content_digest = models.CharField(max_length=64, blank=True)
    changed_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    # How often it was read within the hour that began at `reads_since`.
    reads = models.PositiveIntegerField(default=0)
    reads_since = models.DateTimeField()

    objects = CalendarFeedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Calendar of {self.user_id}"
