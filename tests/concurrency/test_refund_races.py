"""A held fee goes back or on once, to the card no more than it paid, over real connections."""

import datetime as dt
import functools
import uuid

import pytest
from django.db.models import Sum

from accounts.models import Patient, User
from doctors.models import Doctor
from payments.actions import (
    change_fee,
    charge_card,
    refund_payment,
    release_fee,
    send_refund,
    settle_refund,
    start_card_payment,
    sweep_refunds,
)
from payments.enums import Failure, Memo, Purpose, RefundReason, RefundStatus, RefundTo
from payments.exceptions import FeeNotHeld, NotRefundable
from payments.gateways import CardDetails, RefundResult
from payments.models import Payment, Refund, SimulatedRefund, Transfer
from payments.wording import Title
from tests.concurrency.harness import race, raised
from tests.concurrency.wallet_cast import (
    AFFORDABLE,
    PRICE,
    RACERS,
    balance,
    breaches,
    pay,
    stand_in_for_visits,
)
from tests.factories import fund

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _visits(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in_for_visits(monkeypatch)


@pytest.fixture
def funded(patient: Patient, now: dt.datetime) -> User:
    """Somebody with money in the wallet."""
    fund(patient.user, AFFORDABLE * PRICE + 50, now=now)
    return patient.user


def test_one_refund_key_gives_back_once(funded: User, now: dt.datetime) -> None:
    payment = pay(funded, now)
    call = functools.partial(
        refund_payment,
        payment=payment,
        to=RefundTo.WALLET,
        amount=PRICE,
        reason=RefundReason.CANCELLED_BY_CLINIC,
        by=None,
        key="a",
        now=now,
    )
    outcomes = race([call] * RACERS)
    assert outcomes == [Refund.objects.get()] * RACERS
    assert balance(funded) == AFFORDABLE * PRICE + 50


def test_refunds_together_are_no_more_than_the_payment(funded: User, now: dt.datetime) -> None:
    payment = pay(funded, now)

    def give_back(key: str) -> Refund:
        return refund_payment(
            payment=payment,
            to=RefundTo.WALLET,
            amount=PRICE // 4,
            reason=RefundReason.CANCELLED_BY_CLINIC,
            by=None,
            key=key,
            now=now,
        )

    outcomes = race([functools.partial(give_back, str(number)) for number in range(RACERS)])
    assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 4
    assert raised(outcomes, NotRefundable) == RACERS - 4
    assert balance(funded) == AFFORDABLE * PRICE + 50
    assert breaches() == []


def test_a_fee_is_either_released_or_given_back(
    funded: User, doctor: Doctor, now: dt.datetime
) -> None:
    payment = pay(funded, now)

    def release() -> str:
        release_fee(subject=payment.subject, doctor_user=doctor.user, by=None, now=now)
        return "released"

    def give_back() -> str:
        refund_payment(
            payment=payment,
            to=RefundTo.WALLET,
            amount=PRICE,
            reason=RefundReason.CANCELLED_BY_CLINIC,
            by=None,
            key="a",
            now=now,
        )
        return "given back"

    outcomes = race([release, give_back] * 5)
    done = {outcome for outcome in outcomes if isinstance(outcome, str)}
    assert len(done) == 1
    assert raised(outcomes, FeeNotHeld) + raised(outcomes, NotRefundable) == 5
    assert breaches() == []


def by_card(user: User, now: dt.datetime, number: str = "4242424242424242") -> Payment:
    payment = start_card_payment(
        user=user,
        purpose=Purpose.APPOINTMENT,
        subject=uuid.uuid4(),
        amount=PRICE,
        idempotency_key=uuid.uuid4(),
        now=now,
    )
    card = CardDetails(number=number, expiry_month=8, expiry_year=2099, cvc="123", name="S")
    return charge_card(payment_id=payment.pk, card=card, by=user, now=now)


def to_card(payment: Payment, now: dt.datetime, key: str, amount: int | None = None) -> Refund:
    return refund_payment(
        payment=payment,
        to=RefundTo.CARD,
        amount=amount,
        reason=RefundReason.CANCELLED_BY_CLINIC,
        by=None,
        key=key,
        now=now,
    )


def test_card_gets_back_no_more_than_it_paid(funded: User, now: dt.datetime) -> None:
    """Half by wallet: as many refunds to the card as it paid for, and each is what it says."""
    payment = by_card(funded, now)
    change_fee(
        subject=payment.subject,
        before=PRICE,
        after=2 * PRICE,
        memo=Title(Memo.FEE_MOVED),
        by=None,
        key="a",
        now=now,
    )
    outcomes = race(
        [functools.partial(to_card, payment, now, str(n), PRICE // 2) for n in range(RACERS)]
    )
    assert sum(isinstance(outcome, Refund) for outcome in outcomes) == 2
    assert raised(outcomes, NotRefundable) == RACERS - 2
    race([functools.partial(sweep_refunds, now=now)] * 4)
    assert SimulatedRefund.objects.aggregate(sum=Sum("amount"))["sum"] == PRICE
    assert breaches() == []


@pytest.mark.parametrize("number", ["4242424242424242", "4000000000005126"])
def test_many_sweeps_send_one_refund_once(funded: User, now: dt.datetime, number: str) -> None:
    before = balance(funded)
    refund = to_card(by_card(funded, now, number), now, "a")
    race([functools.partial(send_refund, refund_id=refund.pk, now=now)] * RACERS)
    refund.refresh_from_db()
    refused = refund.status == RefundStatus.FAILED
    assert refused == (number != "4242424242424242")
    assert SimulatedRefund.objects.count() == 1
    assert balance(funded) == before + (PRICE if refused else 0)
    assert breaches() == []


def test_bank_that_answers_many_at_once_is_settled_once(funded: User, now: dt.datetime) -> None:
    """The claim is only polite; the lock while settling is what holds."""
    before = balance(funded)
    refund = to_card(by_card(funded, now), now, "a")
    answer = RefundResult(status=RefundStatus.FAILED, reference="r", reason=Failure.CARD_CLOSED)
    outcomes = race(
        [functools.partial(settle_refund, refund_id=refund.pk, result=answer, now=now)] * RACERS
    )
    assert {outcome.status for outcome in outcomes} == {RefundStatus.FAILED}
    assert balance(funded) == before + PRICE
    assert breaches() == []


def test_a_fee_goes_to_the_card_or_to_the_doctor_or_changes(
    funded: User, doctor: Doctor, now: dt.datetime
) -> None:
    """All three at once: whatever came first, the rest is refused or deals with what is left."""
    payment = by_card(funded, now)

    def release() -> str:
        release_fee(subject=payment.subject, doctor_user=doctor.user, by=None, now=now)
        return "released"

    def give_back() -> str:
        to_card(payment, now, "a")
        return "given back"

    def change() -> str:
        change_fee(
            subject=payment.subject,
            before=PRICE,
            after=PRICE + 10_00,
            memo=Title(Memo.FEE_MOVED),
            by=None,
            key="a",
            now=now,
        )
        return "changed"

    outcomes = race([release, give_back, change] * 4)
    done = {outcome for outcome in outcomes if isinstance(outcome, str)}
    assert len(done - {"changed"}) == 1
    assert Transfer.objects.held_for(payment.subject) == 0
    assert raised(outcomes, FeeNotHeld) + raised(outcomes, NotRefundable) == sum(
        not isinstance(outcome, str) for outcome in outcomes
    )
    assert breaches() == []


def test_one_change_of_a_fee_is_settled_once(funded: User, now: dt.datetime) -> None:
    payment = pay(funded, now)
    before = balance(funded)
    call = functools.partial(
        change_fee,
        subject=payment.subject,
        before=PRICE,
        after=2 * PRICE,
        memo=Title(Memo.FEE_MOVED),
        by=None,
        key="a",
        now=now,
    )
    assert len(set(race([call] * RACERS))) == 1
    assert balance(funded) == before - PRICE
    assert breaches() == []
