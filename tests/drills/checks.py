"""What must be true when everything has come to rest, whoever was killed when."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from django.db.models import Count, Q

from appointments.enums import AppointmentStatus
from appointments.models import Appointment
from booking_system.invariants import all_checks, snapshot
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from payments.enums import OPEN_PAYMENTS, ChargeStatus, PaymentStatus
from payments.gateways.simulated import SimulatedGateway
from payments.models import JournalEntry, Payment, SimulatedCharge, Wallet
from tests.drills.people import MONEY_AT_FIRST, Visitor

MAILS_OF_A_VISIT = ("visit_confirmed", "visit_booked_with_you")
MAILS_OF_A_CANCELLATION = ("visit_cancelled", "visit_with_you_cancelled")


def all_breaches(
    people: Iterable[Visitor], taken: Mapping[str, int], cut_off: Collection[str]
) -> list[str]:
    """Everything that is wrong, one sentence each.

    `taken`: how often the mail server took each message. `cut_off`: the messages that were being
    sent when their sender was killed; those and no others are uncertain.
    """
    people = list(people)
    return [
        *invariants(),
        *(wrong for person in people for wrong in person.wrong),
        *loose_ends(),
        *answers_kept(people),
        *money_of(people),
        *mails_owed(),
        *mails_taken(taken, cut_off),
    ]


def invariants() -> Iterator[str]:
    """`check_invariants`."""
    with snapshot():
        for name, check in all_checks().items():
            for breach in check():
                yield f"Invariant {name}: {breach}"


def loose_ends() -> Iterator[str]:
    """The sweeps have ended every hold and every payment."""
    for pk in Appointment.objects.filter(status=AppointmentStatus.PENDING).values_list("pk"):
        yield f"Appointment {pk} is still held."
    for pk, status in Payment.objects.filter(status__in=OPEN_PAYMENTS).values_list("pk", "status"):
        yield f"Payment {pk} is still {status}."


def answers_kept(people: Iterable[Visitor]) -> Iterator[str]:
    """What somebody was told is so."""
    visits = {str(visit.pk): visit for visit in Appointment.objects.all()}
    payments = {str(payment.pk): payment for payment in Payment.objects.all()}
    entries = set(
        JournalEntry.objects.filter(idempotency_key__startswith="payment:").values_list(
            "idempotency_key", flat=True
        )
    )
    paid_visits = Counter(
        str(subject)
        for (subject,) in Payment.objects.filter(
            status=PaymentStatus.SUCCEEDED, late=False, subject__isnull=False
        ).values_list("subject")
    )
    for person in people:
        told, name = person.told, person.user.username
        for pk in told.held:
            if pk not in visits or visits[pk].booked_by_id != person.user.pk:
                yield f"{name} was told of holding {pk}; there is no such appointment."
        for pk in told.booked:
            if pk not in visits or visits[pk].booked_at is None:
                yield f"{name} was told that {pk} is booked; it is not."
            elif paid_visits[pk] != 1:
                yield f"{name} was told that {pk} is booked; it is paid {paid_visits[pk]} times."
            elif pk not in told.asked_to_cancel and visits[pk].status != AppointmentStatus.BOOKED:
                yield f"{name} booked {pk} and did not cancel it; it is {visits[pk].status}."
        for pk in told.cancelled:
            if visits[pk].status != AppointmentStatus.CANCELLED:
                yield f"{name} was told that {pk} is cancelled; it is {visits[pk].status}."
        for pk in told.paid:
            if payments[pk].status != PaymentStatus.SUCCEEDED or f"payment:{pk}" not in entries:
                yield f"{name} was told that {pk} is paid; it is {payments[pk].status}."
        for pk in told.failed:
            if payments[pk].status == PaymentStatus.SUCCEEDED and not payments[pk].late:
                yield f"{name} was told that {pk} failed; it succeeded."
        for key, pk in told.deposits.items():
            if str(payments[pk].idempotency_key) != key:
                yield f"{name}'s form {key} started {pk}, whose key is another."


def money_of(people: Iterable[Visitor]) -> Iterator[str]:
    """By the bank's own book: what came in, less what is booked, is in the wallet. To the unit."""
    bank = SimulatedGateway()
    charged: dict[object, int] = defaultdict(int)
    for payment in Payment.objects.filter(gateway=bank.name):
        charge = bank.find(payment.pk)
        succeeded = charge is not None and charge.status == ChargeStatus.SUCCEEDED
        if succeeded != (payment.status == PaymentStatus.SUCCEEDED):
            yield f"Payment {payment.pk} is {payment.status}; the bank says {charge}."
        if succeeded:
            charged[payment.user_id] += payment.amount
    known = Payment.objects.values("pk")
    for pk in SimulatedCharge.objects.exclude(idempotency_key__in=known).values_list("pk"):
        yield f"The bank has the charge {pk}, and no payment knows of it."
    fees: dict[object, int] = defaultdict(int)
    for user, fee in Appointment.objects.filter(status=AppointmentStatus.BOOKED).values_list(
        "booked_by", "fee"
    ):
        fees[user] += fee
    balances = dict(Wallet.objects.values_list("user", "balance"))
    for person in people:
        user = person.user.pk
        expected = MONEY_AT_FIRST + charged[user] - fees[user]
        if balances[user] != expected:
            yield (
                f"{person.user.username} had {MONEY_AT_FIRST}, the bank took {charged[user]}, "
                f"visits cost {fees[user]}; the wallet has {balances[user]}, not {expected}."
            )


def mails_owed() -> Iterator[str]:
    """Each event has its message in the outbox, once, and nothing else is there."""
    owed: Counter[tuple[str, object]] = Counter()
    visits = Appointment.objects.filter(booked_at__isnull=False)
    for pk, status in visits.values_list("pk", "status"):
        owed.update((kind, pk) for kind in MAILS_OF_A_VISIT)
        if status == AppointmentStatus.CANCELLED:
            owed.update((kind, pk) for kind in MAILS_OF_A_CANCELLATION)
    for payment in Payment.objects.filter(status=PaymentStatus.SUCCEEDED):
        kind = "payment_late" if payment.late else "payment_receipt"
        owed[kind, payment.subject or payment.pk] += 1
    written = Counter(
        {
            (kind, subject): count
            for kind, subject, count in OutboxMessage.objects.values_list("kind", "subject_id")
            .annotate(count=Count("pk"))
            .order_by()
        }
    )
    for (kind, subject), count in (owed - written).items():
        yield f"{count} {kind} about {subject} is owed and not in the outbox."
    for (kind, subject), count in (written - owed).items():
        yield f"{count} {kind} about {subject} is in the outbox and not owed."


def mails_taken(taken: Mapping[str, int], cut_off: Collection[str]) -> Iterator[str]:
    """Sent: taken once. Uncertain: cut off, taken once or not at all. No other status is left."""
    ids = set()
    for pk, kind, status in OutboxMessage.objects.values_list("pk", "kind", "status"):
        message = str(pk)
        ids.add(message)
        times = taken.get(message, 0)
        if status == MessageStatus.UNCERTAIN:
            if message not in cut_off:
                yield f"Message {message} ({kind}) is uncertain; its sender was not killed."
            if times > 1:
                yield f"Message {message} ({kind}) is uncertain and was taken {times} times."
        elif status != MessageStatus.SENT:
            yield f"Message {message} ({kind}) is still {status}."
        elif times != 1:
            yield f"Message {message} ({kind}) is sent; the server took it {times} times."
        elif message in cut_off:
            yield f"Message {message} ({kind}) was cut off while it was being sent; it is {status}."
    for message in taken.keys() - ids:
        yield f"The server took {message}, which is not in the outbox."


def uncertain() -> tuple[int, int]:
    """How many messages are uncertain, of how many."""
    counts = OutboxMessage.objects.aggregate(
        uncertain=Count("pk", filter=Q(status=MessageStatus.UNCERTAIN)), all=Count("pk")
    )
    return counts["uncertain"], counts["all"]
