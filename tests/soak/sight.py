"""What the database says at one moment, as plain rows that no action can change any more."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Sum

from appointments.models import (
    Absence,
    Appointment,
    Proposal,
    ProposedTime,
    WaitlistEntry,
    WaitlistOffer,
)
from doctors.models import Slot as SlotRow
from doctors.models import TimeOff
from notifications.models import OutboxMessage
from payments.models import Payment as PaymentRow
from payments.models import Refund as RefundRow
from payments.models import Transfer, Wallet
from tests.soak.reading import Rows, plain
from tests.soak.rows import (
    HELD,
    Absent,
    Account,
    Asked,
    Offer,
    Payment,
    Refund,
    Slot,
    Visit,
    Waiting,
)


def wallet(user_id: UUID) -> Account:
    return ("wallet", user_id)


def earnings(user_id: UUID) -> Account:
    return ("earnings", user_id)


_VISIT = (
    "id", "status", "slot", "start", "end", "patient", "booked_by", "doctor", "fee", "version",
    "moves", "reminded_version", "hold_extended", "is_offer", "pay_at_desk", "requested_at",
    "booked_at", "answer_by", "settles_at", "slot__held_until", "policy",
)  # fmt: skip
_PARTS = ("morning", "afternoon", "evening")


@dataclass(frozen=True)
class Sight:
    visits: dict[UUID, Visit]
    slots: dict[UUID, Slot]
    off: list[tuple[UUID, dt.datetime, dt.datetime, dt.datetime | None]]
    proposals: dict[UUID, Asked]
    absences: dict[UUID, Absent]
    entries: dict[UUID, Waiting]
    offers: dict[UUID, Offer]
    payments: dict[UUID, Payment]
    refunds: dict[UUID, Refund]
    # What came into an account less what went out; of the held fees, for each visit.
    accounts: Counter[Account]
    held: Counter[UUID | None]
    balances: Counter[Account]
    # Key → (kind, what it is about).
    mails: dict[str, tuple[str, UUID | None]]

    def paid(self, visit: Visit) -> Payment | None:
        """What was accepted for a visit."""
        return next(
            (
                payment
                for payment in self.payments.values()
                if payment.visit == visit.id and payment.status == "succeeded" and not payment.late
            ),
            None,
        )

    def is_unpaid(self, visit: Visit) -> bool:
        return visit.at_desk and self.paid(visit) is None

    def is_paying(self, visit: Visit) -> bool:
        return any(
            payment.visit == visit.id and payment.status == "pending"
            for payment in self.payments.values()
        )

    def is_off(self, slot: Slot) -> bool:
        return self.is_off_then(slot.doctor, slot.start, slot.end)

    def is_off_then(self, doctor: UUID, start: dt.datetime, end: dt.datetime) -> bool:
        return any(
            whose == doctor and since < end and until > start
            and (ended_at is None or ended_at > start)
            for whose, since, until, ended_at in self.off
        )  # fmt: skip

    def open_proposal(self, visit: UUID) -> Asked | None:
        return next(
            (one for one in self.proposals.values() if one.visit == visit and one.status == "open"),
            None,
        )

    def is_away(self, visit: Visit) -> bool:
        """Whether its doctor has said not to be there."""
        return any(one.visit == visit.id and one.keeps_away for one in self.proposals.values())


def _visit(*row: Any) -> Visit:
    (
        pk, status, slot, start, end, patient, user, doctor, fee, version, moves, reminded,
        extended, is_offer, at_desk, requested_at, booked_at, answer_by, settles_at, held_until,
        policy,
    ) = row  # fmt: skip
    return Visit(
        id=pk, status=status, slot=slot, start=start, end=end, patient=patient, user=user,
        doctor=doctor, fee=fee, version=version, moves=moves, reminded=reminded,
        extended=extended, is_offer=is_offer, at_desk=at_desk, requested_at=requested_at,
        booked=booked_at is not None, answer_by=answer_by, settles_at=settles_at,
        held_until=held_until, policy=policy,
    )  # fmt: skip


def _waiting(*row: Any) -> Waiting:
    parts = frozenset(part for part, wanted in zip(_PARTS, row[6:9], strict=True) if wanted)
    return Waiting(*row[:6], parts, *row[9:])


_TIMES = Rows(
    lambda: ProposedTime.objects.order_by("start").values_list("proposal", "id", "slot", "start"),
    plain,
)
_VISITS = Rows(lambda: Appointment.objects.order_by().values_list(*_VISIT), _visit)
_SLOTS = Rows(
    lambda: SlotRow.objects.order_by("start", "doctor__name").values_list(
        "id", "doctor", "status", "held_until", "start", "end"
    ),
    Slot,
)
_OFF = Rows(
    lambda: TimeOff.objects.order_by().values_list("doctor", "start", "end", "ended_at"), plain
)
_PROPOSALS = Rows(
    lambda: Proposal.objects.order_by("made_at", "old_start").values_list(
        "id", "appointment", "absence", "status", "deadline", "restored_at"
    ),
    plain,
)
_ABSENCES = Rows(
    lambda: Absence.objects.order_by("made_at").values_list(
        "id", "doctor", "made_by", "start", "end", "patient", "offers_times", "status", "made_at",
        "ended_at",
    ),
    Absent,
)  # fmt: skip
_ENTRIES = Rows(
    lambda: WaitlistEntry.objects.order_by("joined_at", "id").values_list(
        "id", "patient", "joined_by", "doctor", "first_day", "last_day", *_PARTS, "replaces",
        "status", "joined_at",
    ),
    _waiting,
)  # fmt: skip
_OFFERS = Rows(
    lambda: WaitlistOffer.objects.order_by("offered_at", "start").values_list(
        "entry", "appointment", "start", "outcome"
    ),
    Offer,
)
_PAYMENTS = Rows(
    lambda: PaymentRow.objects.order_by("created_at").values_list(
        "id",
        "subject",
        "user",
        "method",
        "status",
        "late",
        "amount",
        "idempotency_key",
        "created_at",
        "charged_at",
        "checked_at",
    ),
    Payment,
)
_REFUNDS = Rows(
    lambda: RefundRow.objects.order_by("created_at").values_list(
        "id", "payment", "amount", "card_amount", "status", "asked_at", "created_at"
    ),
    Refund,
)
_WALLETS = Rows(lambda: Wallet.objects.order_by().values_list("user", "balance"), plain)
_MAILS = Rows(
    lambda: OutboxMessage.objects.order_by().values_list("key", "kind", "subject_id"), plain
)
_TRANSFERS = Rows(
    lambda: (
        Transfer.objects.order_by()
        .values_list(
            "debit__kind", "debit__owner", "credit__kind", "credit__owner", "entry__subject"
        )
        .annotate(total=Sum("amount"))
    ),
    plain,
)


def look() -> Sight:
    """Reads everything that the model compares."""
    times: dict[UUID, list[tuple[UUID, UUID | None, dt.datetime]]] = {}
    for proposal, *time in _TIMES.read():
        times.setdefault(proposal, []).append((time[0], time[1], time[2]))
    accounts, held = _money()
    return Sight(
        visits=by_id(_VISITS.read()),
        slots=by_id(_SLOTS.read()),
        off=_OFF.read(),
        proposals=by_id(
            Asked(*row[:5], row[5] is not None, tuple(times.get(row[0], ())))
            for row in _PROPOSALS.read()
        ),
        absences=by_id(_ABSENCES.read()),
        entries=by_id(_ENTRIES.read()),
        offers={offer.hold: offer for offer in _OFFERS.read()},
        payments=by_id(_PAYMENTS.read()),
        refunds=by_id(_REFUNDS.read()),
        accounts=accounts,
        held=held,
        balances=Counter({wallet(user): balance for user, balance in _WALLETS.read()}),
        mails={key: (kind, about) for key, kind, about in _MAILS.read()},
    )


def by_id(rows: Iterable[Any]) -> dict[UUID, Any]:
    return {row.id: row for row in rows}


def _money() -> tuple[Counter[Account], Counter[UUID | None]]:
    accounts: Counter[Account] = Counter()
    held: Counter[UUID | None] = Counter()
    for *names, about, total in _TRANSFERS.read():
        debit, credit = (names[0], names[1]), (names[2], names[3])
        accounts[debit] -= total
        accounts[credit] += total
        if debit == HELD:
            held[about] -= total
        if credit == HELD:
            held[about] += total
    return accounts, held
