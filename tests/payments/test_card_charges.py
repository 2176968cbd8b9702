"""A card is charged once and settled once, whatever comes in between."""

import datetime as dt
import uuid

import pytest
from pytest_django.fixtures import Settings

from accounts.models import Patient
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from payments import actions
from payments.enums import ChargeStatus, EntryKind, Memo, PaymentStatus, Source
from payments.exceptions import (
    AlreadyPaid,
    CardNotUsable,
    CardPaymentsOff,
    DepositRefused,
    KeyReused,
    NotWanted,
)
from payments.gateways import ChargeResult
from payments.models import JournalEntry, Payment, SimulatedCharge, Transfer
from tests.payments.conftest import (
    APPROVED,
    CONFIRM,
    DECLINED,
    NO_FUNDS,
    SLOW,
    SLOW_DECLINED,
    Visits,
    balance,
    card,
    charge,
    deposit,
    entry_of,
    fund,
    mails,
    visit,
)

LIMIT = 10_000_000


# --- Deposits -------------------------------------------------------------------------------


def test_approved_deposit_is_in_the_wallet(patient: Patient, now: dt.datetime) -> None:
    payment = charge(deposit(patient, now), now)
    assert (payment.status, payment.settled_at, payment.source_words) == (
        PaymentStatus.SUCCEEDED,
        now,
        "card ending 4242",
    )
    assert (payment.source, payment.card_digits) == (Source.CARD, "4242")
    assert balance(patient.user) == 500_00
    entry = entry_of(payment)
    assert (entry.kind, entry.words) == (EntryKind.DEPOSIT, "Deposit, card ending 4242")
    assert (entry.memo, entry.facts) == (Memo.CARD_DEPOSIT, {"source": "card", "digits": "4242"})


def test_receipt_says_what_was_paid(patient: Patient, now: dt.datetime) -> None:
    payment = charge(deposit(patient, now), now)
    mail = render_message(OutboxMessage.objects.get(kind="payment_receipt"))
    assert mail.subject == "Receipt for ৳ 500: Deposit, card ending 4242"
    for words in (
        "Thursday 12 November 2026, 9:00 am",
        "Dhaka time (GMT+6)",
        str(payment.pk),
        "Simulated: no real money was moved.",
    ):
        assert words in mail.text
        assert words.split(", ")[0] in mail.html


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (DECLINED, "The bank said no. Nothing was taken."),
        (NO_FUNDS, "There is not enough money on this card. Nothing was taken."),
    ],
)
def test_refused_card_says_why_and_takes_nothing(
    patient: Patient, now: dt.datetime, number: str, reason: str
) -> None:
    payment = charge(deposit(patient, now), now, number)
    assert (payment.status, payment.failure_words) == (PaymentStatus.FAILED, reason)
    assert balance(patient.user) == 0
    assert JournalEntry.objects.count() == 0
    assert mails() == []


def test_any_other_number_is_refused_before_it_is_tried(patient: Patient, now: dt.datetime) -> None:
    payment = deposit(patient, now)
    with pytest.raises(CardNotUsable, match="one of the test cards"):
        charge(payment, now, "4111111111111111")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CREATED
    assert SimulatedCharge.objects.count() == 0


def test_no_card_number_is_kept(patient: Patient, now: dt.datetime) -> None:
    payment = charge(deposit(patient, now), now)
    kept = [
        *Payment.objects.values(),
        *SimulatedCharge.objects.values(),
        *JournalEntry.objects.values(),
        *OutboxMessage.objects.values(),
    ]
    assert APPROVED not in str(kept)
    assert APPROVED not in repr(card())
    assert payment.card_digits == "4242"


@pytest.mark.parametrize(
    ("amount", "message"),
    [(0, "above zero"), (-1, "above zero"), (LIMIT + 1, "One deposit is ৳\u202f100,000 at most")],
)
def test_deposit_outside_the_limits_is_refused(
    patient: Patient, now: dt.datetime, amount: int, message: str
) -> None:
    with pytest.raises(DepositRefused, match=message):
        deposit(patient, now, amount)
    assert Payment.objects.count() == 0


def test_deposit_counts_what_is_on_its_way_against_the_cap(
    patient: Patient, now: dt.datetime, settings: Settings
) -> None:
    settings.MAX_WALLET_BALANCE = 100_000
    fund(patient.user, 40_000)
    deposit(patient, now, 50_000)
    with pytest.raises(DepositRefused, match="yours has room for ৳\u202f100"):
        deposit(patient, now, 10_001)
    assert deposit(patient, now, 10_000).status == PaymentStatus.CREATED


def test_repeated_deposit_is_the_first_one_also_when_the_cap_is_reached(
    patient: Patient, now: dt.datetime, settings: Settings
) -> None:
    settings.MAX_WALLET_BALANCE = 50_000
    key = uuid.uuid4()
    arguments = {"user": patient.user, "amount": 50_000, "idempotency_key": key, "now": now}
    first = actions.start_deposit(**arguments)
    assert actions.start_deposit(**arguments) == first
    charge(first, now)
    assert actions.start_deposit(**arguments) == first
    with pytest.raises(KeyReused):
        actions.start_deposit(**{**arguments, "amount": 1})


def test_without_a_gateway_no_card_payment_starts(
    patient: Patient, now: dt.datetime, settings: Settings
) -> None:
    payment = deposit(patient, now)
    settings.ALLOW_SIMULATED_PAYMENTS = False
    with pytest.raises(CardPaymentsOff):
        deposit(patient, now)
    with pytest.raises(CardPaymentsOff):
        charge(payment, now)
    assert SimulatedCharge.objects.count() == 0


# --- Visits ---------------------------------------------------------------------------------


def test_paid_visit_is_held_and_accepted_under_its_lock(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    payment = charge(visit(patient, now), now)
    assert visits.calls == ["lock", "pending", "lock", "accept"]
    assert Transfer.objects.held_for(payment.subject) == 120_000
    assert not payment.late
    assert mails() == ["payment_receipt"]


def test_money_that_comes_too_late_goes_to_the_wallet(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    visits.wanted = False
    payment = charge(visit(patient, now), now)
    assert (payment.status, payment.late) == (PaymentStatus.SUCCEEDED, True)
    assert balance(patient.user) == 120_000
    assert entry_of(payment).kind == EntryKind.LATE_PAYMENT
    assert mails() == ["payment_late"]
    assert "All of the money is in your wallet" in render_message(OutboxMessage.objects.get()).text


def test_visit_that_is_gone_is_not_charged(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    payment = visit(patient, now)
    visits.refuses = True
    with pytest.raises(NotWanted):
        charge(payment, now)
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CANCELLED
    assert SimulatedCharge.objects.count() == 0


def test_second_card_for_a_paid_visit_is_not_charged(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    first = visit(patient, now)
    second = visit(patient, now, subject=first.subject)
    charge(first, now)
    with pytest.raises(AlreadyPaid):
        charge(second, now)
    assert SimulatedCharge.objects.count() == 1


def test_refused_card_tells_the_purpose(patient: Patient, now: dt.datetime, visits: Visits) -> None:
    charge(visit(patient, now), now, DECLINED)
    assert visits.calls == ["lock", "pending", "lock", "failed"]


def test_refused_visit_can_be_paid_by_another_card(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    first = charge(visit(patient, now), now, DECLINED)
    second = charge(visit(patient, now, subject=first.subject), now)
    assert second.status == PaymentStatus.SUCCEEDED


# --- Confirmation and slow answers ----------------------------------------------------------


@pytest.mark.parametrize(
    ("confirmed", "status", "left"),
    [(True, PaymentStatus.SUCCEEDED, 500_00), (False, PaymentStatus.FAILED, 0)],
)
def test_payer_confirms_or_declines_at_the_bank(
    patient: Patient, now: dt.datetime, confirmed: bool, status: PaymentStatus, left: int
) -> None:
    payment = charge(deposit(patient, now), now, CONFIRM)
    assert payment.status == PaymentStatus.PENDING
    assert payment.action_url == f"/payments/bank/{payment.gateway_reference}/"
    for answer in (confirmed, not confirmed):  # the second answer changes nothing
        payment = actions.answer_challenge(
            payment_id=payment.pk, confirmed=answer, by=patient.user, now=now
        )
        assert (payment.status, payment.action_url) == (status, "")
    assert balance(patient.user) == left


def test_challenge_nobody_answers_fails_by_itself(
    patient: Patient, now: dt.datetime, bank_clock
) -> None:
    payment = charge(deposit(patient, now), now, CONFIRM)
    bank_clock.shift(dt.timedelta(minutes=15))
    actions.sweep_payments(now=now + dt.timedelta(minutes=15))
    payment.refresh_from_db()
    assert (payment.status, payment.failure_words) == (
        PaymentStatus.FAILED,
        "It was not confirmed in time. Nothing was taken.",
    )


@pytest.mark.parametrize(
    ("number", "status", "left"),
    [(SLOW, PaymentStatus.SUCCEEDED, 500_00), (SLOW_DECLINED, PaymentStatus.FAILED, 0)],
)
def test_slow_bank_is_asked_until_it_knows(
    patient: Patient, now: dt.datetime, bank_clock, number: str, status: PaymentStatus, left: int
) -> None:
    payment = charge(deposit(patient, now), now, number)
    assert payment.status == PaymentStatus.PENDING
    for seconds, expected in [(14, PaymentStatus.PENDING), (16, status), (18, status)]:
        later = now + dt.timedelta(seconds=seconds)
        bank_clock.move_to(later)
        assert actions.refresh_payment(payment_id=payment.pk, now=later).status == expected
    assert balance(patient.user) == left


def test_gateway_is_asked_at_most_every_two_seconds(
    patient: Patient, now: dt.datetime, bank_clock
) -> None:
    payment = charge(deposit(patient, now), now, SLOW)
    bank_clock.shift(dt.timedelta(minutes=1))
    soon = now + dt.timedelta(seconds=1)
    assert actions.refresh_payment(payment_id=payment.pk, now=soon).status == PaymentStatus.PENDING
    soon = now + dt.timedelta(seconds=2)
    settled = actions.refresh_payment(payment_id=payment.pk, now=soon)
    assert settled.status == PaymentStatus.SUCCEEDED


def test_started_payment_nobody_goes_on_with_is_cancelled(
    patient: Patient, now: dt.datetime
) -> None:
    payment = deposit(patient, now)
    actions.sweep_payments(now=now + dt.timedelta(minutes=29))
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CREATED
    actions.sweep_payments(now=now + dt.timedelta(minutes=30))
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.CANCELLED
    assert charge(payment, now).status == PaymentStatus.CANCELLED
    assert SimulatedCharge.objects.count() == 0


# --- The same answer again, and answers out of order ----------------------------------------


def test_same_answer_again_changes_nothing(patient: Patient, now: dt.datetime) -> None:
    payment = charge(deposit(patient, now), now)
    result = ChargeResult(status=ChargeStatus.SUCCEEDED, reference=payment.gateway_reference)
    for status in (ChargeStatus.SUCCEEDED, ChargeStatus.FAILED, ChargeStatus.PENDING):
        again = ChargeResult(status=status, reference=result.reference)
        payment = actions.settle_payment(payment_id=payment.pk, result=again, now=now)
        assert payment.status == PaymentStatus.SUCCEEDED
    assert balance(patient.user) == 500_00
    assert mails() == ["payment_receipt"]


def test_money_of_a_payment_given_up_goes_to_the_wallet(
    patient: Patient, now: dt.datetime, visits: Visits
) -> None:
    """The gateway took so long that the sweep gave up; another card paid meanwhile."""
    first = charge(visit(patient, now), now, DECLINED)
    charge(visit(patient, now, subject=first.subject), now)
    result = ChargeResult(status=ChargeStatus.SUCCEEDED, reference="late")
    first = actions.settle_payment(payment_id=first.pk, result=result, now=now)
    assert (first.status, first.late) == (PaymentStatus.SUCCEEDED, True)
    assert balance(patient.user) == 120_000
    assert Transfer.objects.held_for(first.subject) == 120_000
