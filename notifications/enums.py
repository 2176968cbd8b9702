"""Choices about messages."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")


class MessageStatus(models.TextChoices):
    """`queued → rendering → sending → sent`, or off the path.

    A message that stops in `rendering` was certainly not sent and is queued again; one that stops
    in `sending` may have been, so it becomes `uncertain` and waits for a person.
    """

    QUEUED = "queued", _("Waiting")
    RENDERING = "rendering", _("Being written")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNCERTAIN = "uncertain", _("Uncertain")
    EXPIRED = "expired", _("No longer of use")
