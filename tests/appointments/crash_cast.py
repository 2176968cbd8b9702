"""The process dies at a commit of booking; then the form is sent again and the sweeps run.

Each story counts its commits. It is run once for each side of each of them: on the near side the
database has rolled back, on the far side it has committed and nobody heard. Whatever was cut off,
the story ends as if nothing had happened: nothing lost, nothing twice, every invariant whole.
"""

import datetime as dt
import io
import uuid
from collections import Counter
from collections.abc import Callable

import pytest
import time_machine
from django.core.management import call_command

from appointments.actions import expire_holds, start_card_booking
from appointments.enums import AppointmentStatus
from appointments.exceptions import HoldRunOut
from appointments.models import Appointment
from doctors.enums import SlotStatus
from doctors.models import Slot
from notifications.models import OutboxMessage
from payments.actions import charge_card, sweep_payments
from payments.enums import PaymentStatus
from payments.gateways import CardDetails
from payments.models import Payment, SimulatedCharge, Transfer

MINUTE = dt.timedelta(minutes=1)
APPROVED, DECLINED, SLOW = "4242424242424242", "4000000000000002", "4000000000000077"
MAILS_OF_A_BOOKING = {"payment_receipt": 1, "visit_booked_with_you": 1, "visit_confirmed": 1}


class Crash(BaseException):
    """The process died here. No `except Exception` sees it."""


class Commits:
    """Counts the commits of this connection, and dies at one of them when told to."""

    def __init__(self, commit: Callable[[], None], rollback: Callable[[], None]) -> None:
        self.commit, self.rollback = commit, rollback
        self.made = 0
        self.dies_at: int | None = None
        self.after = False

    def __call__(self) -> None:
        self.made += 1
        if self.made != self.dies_at:
            self.commit()
            return
        # What the database does when its client is gone.
        self.commit() if self.after else self.rollback()
        raise Crash

    def run(self, story: Callable[[], object], *, dies_at: int | None, after: bool) -> None:
        """Tells the story, and has it die at its commit number `dies_at`, before or after it."""
        self.made, self.dies_at, self.after = 0, dies_at, after
        try:
            story()
        except Crash:
            pass
        else:
            assert dies_at in (None, self.made + 1), f"the story has {self.made} commits"
        finally:
            self.dies_at = None


def at_each_commit(count: int) -> pytest.MarkDecorator:
    """On each side of each of the story's commits, and not at all: at the one after the last."""
    points = [(number, after) for number in range(1, count + 1) for after in (False, True)]
    names = [f"{'after' if after else 'before'}-{number}" for number, after in points]
    return pytest.mark.parametrize(
        ("dies_at", "after"), [*points, (count + 1, False)], ids=[*names, "whole"]
    )


def sweep(now: dt.datetime, clock: time_machine.Traveller) -> None:
    """What the worker does each minute, for the six minutes after which a charge is given up."""
    for minutes in range(1, 7):
        moment = now + minutes * MINUTE
        clock.move_to(moment)
        sweep_payments(now=moment)
        expire_holds(now=moment)


def assert_whole() -> None:
    call_command("check_invariants", stdout=io.StringIO())


def assert_booked_once(held: Appointment, *, charged: int) -> None:
    """Confirmed, its fee held once, its mails queued once, and no other slot touched."""
    held.refresh_from_db()
    slot = Slot.objects.get(pk=held.slot_id)
    assert (held.status, slot.status) == (AppointmentStatus.BOOKED, SlotStatus.BUSY)
    assert [step.to_status for step in held.transitions.all()] == ["pending", "booked"]
    assert Transfer.objects.held_for(held.pk) == held.fee
    assert Payment.objects.filter(status=PaymentStatus.SUCCEEDED).count() == 1
    assert SimulatedCharge.objects.filter(status="succeeded").count() == charged
    assert Counter(OutboxMessage.objects.values_list("kind", flat=True)) == MAILS_OF_A_BOOKING
    assert_whole()


def pay_by_card(held: Appointment, key: uuid.UUID, number: str, now: dt.datetime) -> None:
    """Both forms as a browser sends them: the choice of card, then the card itself."""
    card = CardDetails(number=number, expiry_month=8, expiry_year=2099, cvc="123", name="S Rahman")
    try:
        payment = start_card_booking(
            appointment_id=held.pk, by=held.booked_by, idempotency_key=key, now=now
        )
    except HoldRunOut:
        held.refresh_from_db()
        assert held.status == AppointmentStatus.BOOKED
        return
    if payment.status == PaymentStatus.CREATED:
        charge_card(payment_id=payment.pk, card=card, by=held.booked_by, now=now)
