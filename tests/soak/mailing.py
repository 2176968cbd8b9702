"""The worker sends mail over real SMTP, to a server with moods; some of it a person sends again."""

from collections import Counter
from typing import Any
from uuid import UUID

from django.core.mail.backends.smtp import EmailBackend
from django.db.models import Case, Value, When
from django.test import override_settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from notifications.actions import resend_message, send_due_messages
from notifications.models import OutboxMessage
from tests.soak.booking import NTH
from tests.soak.clinic import Clinic

LATER, NEVER = "451 4.3.0 Try again later", "550 5.1.1 No such person"
FINE = {"to_recipient": "250 OK", "to_data": "250 OK", "drop_after_data": False}
MOODS: dict[str, dict[str, Any]] = {
    "fine": FINE,
    "busy": FINE | {"to_data": LATER},
    "stern": FINE | {"to_recipient": NEVER},
    "gone after the data": FINE | {"drop_after_data": True},
}


class Died(BaseException):
    """The sender's process is gone; no `except Exception` sees it."""


class DyingBackend(EmailBackend):
    """Dies with a mail in its hands, before or after the server has it."""

    reaches = True

    def send_messages(self, messages: Any) -> int:
        if self.reaches:
            super().send_messages(messages)
        raise Died


class DyingEarly(DyingBackend):
    reaches = False


SENDERS_DIE = {"sender dies early": DyingEarly, "sender dies late": DyingBackend}


class Mailing(Clinic):
    def __init__(self) -> None:
        super().__init__()
        self.sent_again: Counter[UUID] = Counter()
        self.mail_went_wrong = False

    @rule(mood=st.sampled_from([*MOODS, *SENDERS_DIE, "fine", "fine", "out of reach"]))
    def worker_sends_mail(self, mood: str) -> None:
        changes = {}
        if mood == "out of reach":
            changes["EMAIL_PORT"] = 1
        if mood in SENDERS_DIE:
            changes["EMAIL_BACKEND"] = f"{__name__}.{SENDERS_DIE[mood].__name__}"
        vars(self.server).update(MOODS.get(mood, FINE))
        with override_settings(**changes):
            try:
                tried = send_due_messages(now=self.now)
            except Died:
                tried = 1
        self.mail_went_wrong |= bool(tried) and mood != "fine"
        self.came_of(send_due_messages, mood if tried else "nothing")

    @precondition(lambda clinic: clinic.mail_went_wrong)
    @rule(nth=NTH)
    def admin_sends_a_mail_again(self, nth: int) -> None:
        may = When(status__in=["failed", "uncertain"], then=Value(0))
        rows = OutboxMessage.objects.alias(rank=Case(may, default=Value(1)))
        messages = list(rows.order_by("rank", "-created_at", "kind", "address")[:4])
        message = messages[nth % len(messages)]
        outcome = self.act(
            resend_message,
            lambda: self.book.send_again(message.status),
            message_id=message.pk, by=self.book.admin,
        )  # fmt: skip
        self.sent_again[message.pk] += outcome == "done"

    def compare(self) -> None:
        super().compare()
        self._mail_goes_out_once_or_a_person_knows_why()

    def _mail_goes_out_once_or_a_person_knows_why(self) -> None:
        went = Counter(UUID(mail["Message-ID"][1:37]) for mail in self.server.mails)
        for pk, status in OutboxMessage.objects.values_list("pk", "status"):
            again = self.sent_again[pk]
            least = 1 if status == "sent" else 0
            most = again + (status in ("sent", "sending", "uncertain"))
            assert least <= went.pop(pk, 0) <= most, status
        assert not went
