"""The worker sends mail over real SMTP, to a server with moods; some of it a person sends again."""

from collections import Counter
from typing import Any, ClassVar
from uuid import UUID

from django.core.mail.backends.smtp import EmailBackend
from django.db.models import Case, Value, When
from django.test import override_settings

from notifications.actions import resend_message, send_due_messages, sweep
from notifications.models import OutboxMessage
from tests.live.mail_server import MailServer
from tests.soak.booking import NTH
from tests.soak.outcome import Outcome, Refused
from tests.soak.refunds import Refunding
from tests.soak.terms import DAY
from tests.soak.walk import Tally, precondition, rule

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


class Mailing(Refunding):
    server: ClassVar[MailServer]

    def __init__(self, tally: Tally) -> None:
        super().__init__(tally)
        self.server.mails.clear()
        self.sent_again: Counter[UUID] = Counter()
        self.mail_went_wrong = False

    @rule(mood=[*MOODS, *SENDERS_DIE, "fine", "fine", "out of reach"])
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
        self._mail_goes_out_once_or_a_person_knows_why()

    @precondition(lambda life: life.mail_went_wrong)
    @rule(nth=NTH)
    def admin_sends_a_mail_again(self, nth: int) -> None:
        first = When(status__in=["failed", "uncertain"], then=Value(0))
        rows = OutboxMessage.objects.alias(rank=Case(first, default=Value(1)))
        messages = list(rows.order_by("rank", "-created_at", "kind", "address")[:4])
        message = messages[nth % len(messages)]

        may = message.status in ("failed", "uncertain")

        def expected() -> Outcome:
            if not may:
                raise Refused("CannotResend")
            return Outcome()

        self.act(resend_message, expected, message_id=message.pk, by=self.admin)
        self.sent_again[message.pk] += may

    def _mail_goes_out_once_or_a_person_knows_why(self) -> None:
        went = Counter(UUID(mail["Message-ID"][1:37]) for mail in self.server.mails)
        for pk, status in OutboxMessage.objects.values_list("pk", "status"):
            again = self.sent_again[pk]
            least = 1 if status == "sent" else 0
            most = again + (status in ("sent", "sending", "uncertain"))
            assert least <= went.pop(pk, 0) <= most, status
        assert not went

    def mail_comes_to_rest(self) -> None:
        """All of it leaves at last; half a year later, what it said is forgotten."""
        self.worker_sends_mail("fine")
        open_ones = OutboxMessage.objects.filter(status__in=["queued", "rendering", "sending"])
        assert not open_ones.exists()
        self.move_clock_to(self.now + 181 * DAY)
        sweep(now=self.now)
        assert not OutboxMessage.objects.exclude(text_until=None).exists()
