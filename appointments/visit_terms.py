"""What the rules say about one visit right now, as pages and mails show it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from appointments.models import Appointment
from appointments.policies import ALL, CANCELLABLE, RefundStep, is_all, refund_amount
from payments.models import Payment


@dataclass(frozen=True)
class Terms:
    """What its patient may still do with a visit, and what would come back."""

    # What comes back until when, of what is still ahead.
    steps: list[RefundStep]
    # What would come back now, in minor units; None when cancelling is refused.
    refund: int | None
    percent: int
    may_cancel: bool
    cancel_until: dt.datetime
    may_move: bool
    # Whether moving will be possible once a hold is confirmed.
    may_move_later: bool
    moves_allowed: int
    moves_left: int
    move_until: dt.datetime
    no_show_percent: int
    needs_acceptance: bool
    acceptance_hours: int

    @property
    def is_free(self) -> bool:
        """Whether all of the fee would come back."""
        return is_all(self.percent)

    @property
    def no_show_is_free(self) -> bool:
        """Whether all of the fee comes back even if the patient does not come."""
        return is_all(self.no_show_percent)


def may_be_cancelled(visit: Appointment) -> bool:
    """Whether its status allows cancelling, by whom- and whenever."""
    return visit.status in CANCELLABLE or visit.is_request


def is_unpaid(visit: Appointment) -> bool:
    """Whether a visit is still to be paid at the desk. One query, for such as are paid there.

    To decide on it, call it with the appointment locked.
    """
    return visit.pay_at_desk and not Payment.objects.paid_for(visit.pk).exists()


def refund_ahead(
    visit: Appointment, now: dt.datetime, *, unbound: bool = False
) -> list[RefundStep]:
    """What comes back until when if the patient cancels at `now` or later; none is: refused.

    `unbound`: the patient is not held to the visit's terms, because the doctor can't come, or
    because it was a request when the patient was shown this. No query.
    """
    if visit.is_request or unbound:
        # Nobody is bound before the doctor has said yes, or once the doctor can't come.
        return [RefundStep(visit.start, ALL)] if now < visit.start else []
    return visit.terms.steps_ahead(visit.start, now)


def terms_of(visit: Appointment, now: dt.datetime) -> Terms:
    """What the visit's own terms say at `now`, of a hold as if it were confirmed. No query."""
    policy = visit.terms
    ahead = refund_ahead(visit, now)
    percent = ahead[0].percent if ahead else None
    return Terms(
        steps=ahead,
        refund=None if percent is None else refund_amount(visit.fee, percent),
        percent=percent or 0,
        may_cancel=(visit.is_hold or may_be_cancelled(visit)) and bool(ahead),
        cancel_until=(ahead or policy.refund_steps(visit.start)[-1:])[0].until,
        may_move=policy.movable(visit.status, visit.start, visit.moves, now),
        may_move_later=now < policy.move_until(visit.start),
        moves_allowed=policy.moves_allowed,
        moves_left=max(policy.moves_allowed - visit.moves, 0),
        move_until=policy.move_until(visit.start),
        needs_acceptance=policy.needs_acceptance,
        acceptance_hours=policy.acceptance_hours,
        no_show_percent=policy.no_show_refund_percent,
    )
