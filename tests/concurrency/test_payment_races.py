"""The same money form sent ten times at once: one effect, and ten same answers."""

import datetime as dt
import functools
import uuid
from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Patient
from appointments.actions import hold_slot
from appointments.enums import AppointmentStatus
from notifications.models import OutboxMessage
from payments import actions
from payments.enums import PaymentStatus
from payments.gateways import CardDetails
from payments.invariants import CHECKS
from payments.models import JournalEntry, Payment, SimulatedCharge, Wallet
from tests.concurrency.harness import race
from tests.concurrency.wallet_cast import stand_in_for_visits
from tests.conftest import logged_in
from tests.factories import SlotFactory, fund

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 10
CARD = {"number": "4242424242424242", "expiry": "08/99", "cvc": "123", "name": "Sadia Rahman"}


def send_ten_times(patient: Patient, url: str, data: dict[str, str]) -> list[HttpResponse]:
    return at_once(patient, [lambda client: client.post(url, data)] * TIMES)


def at_once(patient: Patient, calls: list[Callable[[Client], HttpResponse]]) -> list[HttpResponse]:
    """Each call with a client of its own, all in one session."""
    session = logged_in(patient.user).cookies
    clients = [Client() for _ in calls]
    for client in clients:
        client.cookies = session
    answers = race(
        [functools.partial(call, client) for call, client in zip(calls, clients, strict=True)]
    )
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def seen(answers: list[HttpResponse]) -> set[tuple[int, str]]:
    return {(answer.status_code, answer.get("Location", "")) for answer in answers}


def breaches() -> list[str]:
    return [breach for check in CHECKS.values() for breach in check()]


def started(patient: Patient, now: dt.datetime) -> Payment:
    return actions.start_deposit(
        user=patient.user, amount=500_00, idempotency_key=uuid.uuid4(), now=now
    )


def charged(patient: Patient, now: dt.datetime, number: str) -> Payment:
    card = CardDetails(number=number, expiry_month=8, expiry_year=2099, cvc="123", name="S")
    payment = started(patient, now)
    return actions.charge_card(payment_id=payment.pk, card=card, by=patient.user, now=now)


def test_deposit_form_makes_one_payment(patient: Patient) -> None:
    data = {"amount": "500", "idempotency_key": str(uuid.uuid4())}
    answers = send_ten_times(patient, "/payments/deposit/", data)
    payment = Payment.objects.get()
    assert seen(answers) == {(302, reverse("payments:card", args=[payment.pk]))}


def test_same_key_of_two_people_is_a_payment_each(patient: Patient, other_patient: Patient) -> None:
    data = {"amount": "500", "idempotency_key": str(uuid.uuid4())}
    clients = [logged_in(person.user) for person in (patient, other_patient)]
    race([functools.partial(client.post, "/payments/deposit/", data) for client in clients])
    assert set(Payment.objects.values_list("user", flat=True)) == {
        patient.user_id,
        other_patient.user_id,
    }


def test_card_form_charges_once(patient: Patient) -> None:
    payment = started(patient, timezone.now())
    answers = send_ten_times(patient, reverse("payments:card", args=[payment.pk]), CARD)
    assert seen(answers) == {(302, reverse("payments:payment", args=[payment.pk]))}
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.SUCCEEDED
    assert SimulatedCharge.objects.count() == 1
    assert JournalEntry.objects.count() == 1
    assert Wallet.objects.get().balance == 500_00
    assert OutboxMessage.objects.count() == 1
    assert breaches() == []


def test_two_started_payments_of_one_visit_charge_one_card(
    patient: Patient, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first to claim it is charged; the other's card is never tried."""
    stand_in_for_visits(monkeypatch)
    subject = uuid.uuid4()
    payments = [
        actions.start_card_payment(
            user=patient.user,
            purpose="appointment",
            subject=subject,
            amount=500_00,
            idempotency_key=uuid.uuid4(),
            now=now,
        )
        for _ in range(TIMES)
    ]
    at_once(
        patient,
        [
            functools.partial(
                lambda payment, client: client.post(
                    reverse("payments:card", args=[payment.pk]), CARD
                ),
                payment,
            )
            for payment in payments
        ],
    )
    assert SimulatedCharge.objects.count() == 1
    assert Payment.objects.filter(status=PaymentStatus.SUCCEEDED).count() == 1
    assert breaches() == []


def test_yes_and_no_at_the_bank_have_one_outcome(patient: Patient) -> None:
    payment = charged(patient, timezone.now(), "4000002500003155")
    bank = reverse("payments:challenge", args=[payment.gateway_reference])
    answers = at_once(
        patient,
        [
            functools.partial(
                lambda answer, client: client.post(bank, {"answer": answer}),
                ("confirm", "decline")[number % 2],
            )
            for number in range(TIMES)
        ],
    )
    assert seen(answers) == {(302, reverse("payments:payment", args=[payment.pk]))}
    payment.refresh_from_db()
    charge = SimulatedCharge.objects.get()
    assert payment.status == charge.status != PaymentStatus.PENDING
    paid = payment.status == PaymentStatus.SUCCEEDED
    assert JournalEntry.objects.count() == OutboxMessage.objects.count() == int(paid)
    assert breaches() == []


def test_page_and_sweep_settle_a_slow_payment_once(patient: Patient) -> None:
    then = timezone.now() - dt.timedelta(minutes=1)
    payment = charged(patient, then, "4000000000000077")
    SimulatedCharge.objects.update(becomes_at=then)
    state = reverse("payments:payment", args=[payment.pk])

    def sweep() -> int:
        return actions.sweep_payments(now=timezone.now())

    session = logged_in(patient.user).cookies
    clients = [Client() for _ in range(TIMES // 2)]
    for client in clients:
        client.cookies = session
    outcomes = race([*(functools.partial(client.get, state) for client in clients), *[sweep] * 5])
    assert not any(isinstance(outcome, Exception) for outcome in outcomes)
    assert Wallet.objects.get().balance == 500_00
    assert JournalEntry.objects.count() == OutboxMessage.objects.count() == 1
    assert breaches() == []


@pytest.mark.parametrize("method", ["wallet", "card"])
def test_paying_for_a_visit_has_one_effect(patient: Patient, method: str) -> None:
    now = timezone.now()
    start = now + dt.timedelta(days=2)
    slot = SlotFactory(start=start, end=start + dt.timedelta(minutes=20))
    fund(patient.user, 3 * slot.doctor.fee, now=now)
    held = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    answers = send_ten_times(
        patient,
        reverse("pay_for_visit", args=[held.pk]),
        {"method": method, "idempotency_key": str(uuid.uuid4())},
    )
    payment = Payment.objects.get()
    if method == "wallet":
        assert seen(answers) == {(302, reverse("appointments:confirmed", args=[held.pk]))}
        assert Wallet.objects.get().balance == 2 * slot.doctor.fee
        assert OutboxMessage.objects.filter(kind="payment_receipt").count() == 1
    else:
        assert seen(answers) == {(302, reverse("payments:card", args=[payment.pk]))}
        answers = send_ten_times(patient, reverse("payments:card", args=[payment.pk]), CARD)
        assert seen(answers) == {(302, reverse("payments:payment", args=[payment.pk]))}
        assert Wallet.objects.get().balance == 3 * slot.doctor.fee
    held.refresh_from_db()
    assert held.status == AppointmentStatus.BOOKED
    assert Payment.objects.get().status == PaymentStatus.SUCCEEDED
    assert breaches() == []
