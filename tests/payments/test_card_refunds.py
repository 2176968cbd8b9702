"""Money goes back to the card that paid, once and no more than it paid; else into the wallet."""

import datetime as dt
import uuid
from itertools import pairwise

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Patient
from doctors.models import Doctor
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from payments import actions
from payments.enums import AccountKind, EntryKind, Purpose, RefundStatus, RefundTo
from payments.exceptions import FeeNotHeld, NotRefundable
from payments.gateways import RefundResult
from payments.models import JournalEntry, Payment, Refund, SimulatedRefund, Transfer
from payments.policies import can_refund_to_card, refundable_to_card
from tests.conftest import count_queries
from tests.payments.conftest import (
    CLOSED,
    SLOW_REFUND,
    Visits,
    balance,
    change,
    charge,
    fund,
    give_back,
    mails,
    visit,
)

pytestmark = pytest.mark.usefixtures("visits")


def moves(entry: JournalEntry | None) -> list[tuple[str, str, int]]:
    assert entry
    rows = entry.transfers.order_by("pk")
    return list(rows.values_list("debit__kind", "credit__kind", "amount"))


def swept(refund: Refund, now: dt.datetime) -> Refund:
    actions.sweep_refunds(now=now)
    return Refund.objects.get(pk=refund.pk)


def text_of(kind: str) -> str:
    return render_message(OutboxMessage.objects.get(kind=kind)).text


# --- The way to the card ----------------------------------------------------------------------


def test_refund_to_the_card_leaves_the_held_fees_and_waits_for_the_bank(
    patient: Patient, now: dt.datetime
) -> None:
    payment = charge(visit(patient, now), now)
    refund = give_back(payment, now)
    assert (refund.amount, refund.card_amount, refund.wallet_amount) == (120_000, 120_000, 0)
    assert (refund.status, refund.settled_at, refund.asked_at) == ("pending", None, None)
    assert refund.entry.kind == EntryKind.VISIT_REFUNDED
    assert moves(refund.entry) == [(AccountKind.HELD_FEES, AccountKind.GATEWAY, 120_000)]
    assert Transfer.objects.held_for(payment.subject) == 0
    assert SimulatedRefund.objects.count() == 0
    assert mails() == ["payment_receipt", "refund_on_its_way"]


def test_bank_is_asked_and_says_yes(patient: Patient, now: dt.datetime) -> None:
    payment = charge(visit(patient, now), now)
    refund = swept(give_back(payment, now), now)
    sent = SimulatedRefund.objects.get()
    assert (refund.status, refund.settled_at) == (RefundStatus.SUCCEEDED, now)
    assert (refund.gateway_reference, refund.returned) == (sent.reference, None)
    assert (sent.amount, sent.charge_id) == (120_000, payment.gateway_reference)
    assert sent.idempotency_key == refund.pk
    assert balance_or_nothing(patient) == 0
    assert mails() == ["payment_receipt", "refund_done", "refund_on_its_way"]
    assert "The bank has sent ৳\u202f1,200 back to your card ending 4242." in text_of("refund_done")
    assert swept(refund, now + dt.timedelta(hours=1)) == refund
    assert SimulatedRefund.objects.count() == 1


def test_closed_card_gives_the_money_to_the_wallet(patient: Patient, now: dt.datetime) -> None:
    payment = charge(visit(patient, now), now, CLOSED)
    refund = swept(give_back(payment, now), now)
    assert (refund.status, refund.failure_words) == (
        RefundStatus.FAILED,
        "The card's account is closed.",
    )
    assert moves(refund.returned) == [(AccountKind.GATEWAY, AccountKind.WALLET, 120_000)]
    assert refund.returned
    assert refund.returned.kind == EntryKind.REFUND_RETURNED
    assert balance(patient.user) == 120_000
    assert mails() == ["payment_receipt", "refund_on_its_way", "refund_refused"]
    text = text_of("refund_refused")
    assert "all of it is in your wallet now" in text
    assert "The bank said: The card's account is closed." in text


def test_slow_bank_is_asked_again_until_it_knows(
    patient: Patient, now: dt.datetime, bank_clock
) -> None:
    refund = give_back(charge(visit(patient, now), now, SLOW_REFUND), now)
    assert swept(refund, now).status == RefundStatus.PENDING
    assert swept(refund, now).asked_at == now
    later = now + dt.timedelta(seconds=30)
    bank_clock.move_to(later)
    assert swept(refund, later).status == RefundStatus.SUCCEEDED
    assert SimulatedRefund.objects.count() == 1


def test_first_final_answer_counts(patient: Patient, now: dt.datetime) -> None:
    refund = swept(give_back(charge(visit(patient, now), now), now), now)
    for status in (RefundStatus.FAILED, RefundStatus.PENDING, RefundStatus.SUCCEEDED):
        result = RefundResult(status=status, reference="other")
        again = actions.settle_refund(refund_id=refund.pk, result=result, now=now)
        assert (again.status, again.gateway_reference) == ("succeeded", refund.gateway_reference)
    assert JournalEntry.objects.count() == 2


def test_one_that_can_not_be_settled_does_not_keep_the_others(
    patient: Patient, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    lost = give_back(charge(visit(patient, now), now), now, key="lost")
    Payment.objects.filter(pk=lost.payment_id).update(gateway_reference="nobody knows")
    other = give_back(charge(visit(patient, now), now), now, key="other")
    assert swept(other, now).status == RefundStatus.SUCCEEDED
    assert Refund.objects.get(pk=lost.pk).status == RefundStatus.PENDING
    assert f"Refund {lost.pk} could not be settled" in caplog.text
    assert list(Refund.objects.to_ask(now)) == []
    assert list(Refund.objects.to_ask(now + dt.timedelta(seconds=30))) == [lost]


# --- How much, and where ----------------------------------------------------------------------


def test_refunds_together_are_at_most_what_is_held(patient: Patient, now: dt.datetime) -> None:
    payment = charge(visit(patient, now), now)
    give_back(payment, now, 50_000, key="a")
    give_back(payment, now, 40_000, key="b", to=RefundTo.WALLET)
    with pytest.raises(NotRefundable):
        give_back(payment, now, 30_001, key="c")
    refund = give_back(payment, now, key="c")
    assert (refund.amount, refund.card_amount) == (30_000, 30_000)
    assert balance(patient.user) == 40_000


def test_difference_from_the_wallet_goes_back_to_the_wallet(
    patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 30_000)
    payment = charge(visit(patient, now), now)
    change(payment, now, 120_000, 150_000)
    assert refundable_to_card(payment) == 120_000
    refund = give_back(payment, now)
    assert (refund.amount, refund.card_amount, refund.wallet_amount) == (150_000, 120_000, 30_000)
    assert moves(refund.entry) == [
        (AccountKind.HELD_FEES, AccountKind.GATEWAY, 120_000),
        (AccountKind.HELD_FEES, AccountKind.WALLET, 30_000),
    ]
    assert "What you paid from your wallet, ৳\u202f300, is back there already." in text_of(
        "refund_on_its_way"
    )
    assert Transfer.objects.held_for(payment.subject) == 0
    assert balance(patient.user) == 30_000


def test_card_gets_only_what_is_still_held(patient: Patient, now: dt.datetime) -> None:
    payment = charge(visit(patient, now), now)
    change(payment, now, 120_000, 100_000)
    assert give_back(payment, now).card_amount == 100_000
    assert balance(patient.user) == 20_000


def test_repeated_key_is_the_first_refund(patient: Patient, now: dt.datetime) -> None:
    payment = charge(visit(patient, now), now)
    assert give_back(payment, now) == give_back(payment, now) == give_back(payment, now, 5)
    assert mails().count("refund_on_its_way") == 1


def test_refused_card_is_not_asked_again(patient: Patient, now: dt.datetime) -> None:
    payment = charge(visit(patient, now), now, CLOSED)
    swept(give_back(payment, now, 10_000), now)
    assert not can_refund_to_card(payment)
    with pytest.raises(NotRefundable, match="Choose the wallet"):
        give_back(payment, now, key="b")
    assert give_back(payment, now, key="b", to=RefundTo.WALLET).amount == 110_000
    assert balance(patient.user) == 120_000


def test_what_the_wallet_paid_does_not_go_to_a_card(patient: Patient, now: dt.datetime) -> None:
    fund(patient.user, 120_000)
    payment = actions.pay_from_wallet(
        user=patient.user,
        purpose=Purpose.APPOINTMENT,
        subject=uuid.uuid4(),
        amount=120_000,
        idempotency_key=uuid.uuid4(),
        now=now,
    )
    assert not can_refund_to_card(payment)
    with pytest.raises(NotRefundable, match="Choose the wallet"):
        give_back(payment, now)
    assert Refund.objects.count() == 0


def test_late_payment_gives_back_nothing_of_the_one_that_was_accepted(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    visits.wanted = False
    late = charge(visit(patient, now), now)
    visits.wanted = True
    charge(visit(patient, now, subject=late.subject), now)
    assert not can_refund_to_card(late)
    with pytest.raises(NotRefundable):
        give_back(late, now)
    assert Transfer.objects.held_for(late.subject) == 120_000


def test_fee_on_its_way_to_the_card_is_not_released(
    patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    payment = charge(visit(patient, now), now)
    give_back(payment, now)
    with pytest.raises(FeeNotHeld):
        actions.release_fee(subject=payment.subject, doctor_user=doctor.user, by=None, now=now)


def test_asking_takes_few_queries(patient: Patient, now: dt.datetime) -> None:
    payment = charge(visit(patient, now), now)
    give_back(payment, now, 1)
    with count_queries() as queries:
        give_back(payment, now, 1, key="b")
    assert len(queries) == 12


# --- The bank's own book ------------------------------------------------------------------------


def test_bank_sends_back_no_more_than_the_card_paid(patient: Patient, now: dt.datetime) -> None:
    from payments.gateways.simulated import SimulatedGateway

    payment = charge(visit(patient, now), now)

    def ask(amount: int, currency: str = "BDT") -> RefundStatus:
        return (
            SimulatedGateway()
            .refund(
                idempotency_key=uuid.uuid4(),
                reference=payment.gateway_reference,
                amount=amount,
                currency=currency,
            )
            .status
        )

    assert ask(120_001) == RefundStatus.FAILED
    assert ask(1, currency="EUR") == RefundStatus.FAILED
    assert ask(100_000) == RefundStatus.SUCCEEDED
    assert ask(20_001) == RefundStatus.FAILED
    assert ask(20_000) == RefundStatus.SUCCEEDED


# --- In doubt, and what the database refuses ----------------------------------------------------


def test_payment_whose_refund_the_bank_leaves_open_is_in_doubt(
    patient: Patient, now: dt.datetime
) -> None:
    payment = charge(visit(patient, now), now, SLOW_REFUND)
    give_back(payment, now, 1, key="a")
    give_back(payment, now, 1, key="b")
    for minutes, doubtful in [(29, []), (30, [payment])]:
        later = now + dt.timedelta(minutes=minutes)
        assert list(Payment.objects.in_doubt_at(later)) == doubtful
    assert list(Refund.objects.on_the_way_to(patient.user).order_by("entry")) == list(
        payment.refunds.order_by("entry")
    )


def test_bank_that_never_answers_is_asked_more_and_more_seldom(
    patient: Patient, now: dt.datetime
) -> None:
    """In the first hour every minute, on its first day every quarter, then four times a day."""
    refund = give_back(charge(visit(patient, now), now), now)
    minute, hour, day = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
    sweeps = [minute * number for number in range(60)]
    sweeps += [hour + 5 * minute * number for number in range(12 * 24 * 3)]
    asked = [age for age in sweeps if Refund.objects.to_ask(now + age).update(asked_at=now + age)]
    assert asked[:60] == sweeps[:60]
    gaps = {later - age: age for age, later in pairwise(asked)}
    assert set(gaps) == {minute, 16 * minute, 15 * minute, 6 * hour}
    assert len(asked) == 60 + 91 + 8, "in three days"
    assert swept(refund, now + 8 * day).status == "succeeded", "it is never given up"


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"card_amount": 120_001}, "refund_card_amount_within"),
        ({"card_amount": -1}, "refund_card_amount_within"),
        ({"card_amount": 0}, "refund_to_wallet_is_done"),
        ({"status": "succeeded"}, "refund_settled_at_when_settled"),
        ({"settled_at": dt.datetime.now(dt.UTC)}, "refund_settled_at_when_settled"),
        (
            {"status": "failed", "settled_at": dt.datetime.now(dt.UTC)},
            "refund_returned_when_failed",
        ),
    ],
)
def test_database_refuses_half_a_refund(
    patient: Patient, now: dt.datetime, values: dict[str, object], constraint: str
) -> None:
    refund = give_back(charge(visit(patient, now), now), now)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(**values)


def balance_or_nothing(patient: Patient) -> int:
    return balance(patient.user) if hasattr(patient.user, "wallet") else 0
