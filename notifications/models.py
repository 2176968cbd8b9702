"""The outbox: every message the site owes somebody."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from uuid_utils.compat import uuid7

from notifications.enums import Channel, MessageStatus
from notifications.querysets import OutboxMessageQuerySet


class OutboxMessage(models.Model):
    """One message to one recipient about one event, made in the event's own transaction."""

    # Rises with time, so that mails of one moment leave in the order they were written.
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    # Names the templates: `templates/emails/<kind>/{subject.txt,body.txt,body.html}`.
    kind = models.CharField(max_length=60)
    # (event, object, version, recipient), joined: the same event is told once.
    key = models.CharField(max_length=250, unique=True)
    subject_id = models.UUIDField(null=True, blank=True, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="outbox_messages",
    )
    address = models.CharField(max_length=254)
    # What the templates say, frozen when the event happened.
    facts = models.JSONField(default=dict)
    # Codes and the like: never shown in admin, wiped when sent or when they run out.
    secret = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=MessageStatus, default=MessageStatus.QUEUED)
    subject = models.CharField(max_length=250, blank=True)
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    # The calendar file that it carried, if it did.
    calendar = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    # When it may be tried (again).
    due_at = models.DateTimeField()
    # Not sent after this moment.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Facts and bodies are forgotten after this moment; null when they have been.
    text_until = models.DateTimeField(null=True)
    # It is to, or about, somebody who has left: nothing is kept of it once it has ended.
    forget_when_done = models.BooleanField(default=False)
    # When a sender took it; a claim that is too old is a sender that died.
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxMessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        permissions = [("resend_outboxmessage", "Can send a mail again")]
        constraints = [
            models.CheckConstraint(
                name="message_status_known", condition=Q(status__in=MessageStatus.values)
            ),
            models.CheckConstraint(
                name="message_sent_has_moment",
                condition=Q(status=MessageStatus.SENT, sent_at__isnull=False)
                | (~Q(status=MessageStatus.SENT) & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="message_forgotten_has_no_text",
                condition=Q(text_until__isnull=False) | Q(body_text="", body_html="", calendar=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="message_unfinished",
                condition=Q(status__in=["queued", "rendering", "sending"]),
            ),
            models.Index(
                fields=["text_until"],
                name="message_with_text",
                condition=Q(text_until__isnull=False),
            ),
            models.Index(
                fields=["status"],
                name="message_to_forget",
                condition=Q(forget_when_done=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ').capitalize()} to {self.address}"
