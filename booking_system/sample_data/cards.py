"""Visits paid by card: one ahead, one cancelled with the money back on the card, one refused.

Not inside a transaction, as a bank is never spoken to there.
"""

import datetime as dt
import uuid

from accounts.models import Patient
from appointments.actions import cancel_visit, release_hold, start_card_booking
from appointments.models import Appointment
from booking_system.sample_data.history import Clinic
from payments.actions import charge_card, send_refund
from payments.enums import RefundTo
from payments.gateways import CardDetails
from payments.models import Payment, Refund

APPROVED_CARD = "4242424242424242"
REFUSED_CARD = "4000000000000002"
# Later than a visit may be cancelled.
AHEAD = dt.timedelta(days=4)


def sample_card(number: str, now: dt.datetime) -> CardDetails:
    """A made-up card of the simulated bank."""
    return CardDetails(
        number=number,
        expiry_month=12,
        expiry_year=now.year + 3,
        cvc="123",
        name="Sample Patient",
    )


def play_cards(clinic: Clinic) -> None:
    """What three patients did with their cards in the last hours."""
    payer, other, refused = clinic.patients[0], clinic.patients[1], clinic.patients[2]
    hours = dt.timedelta(hours=1)
    _pay(clinic, other, APPROVED_CARD, clinic.now - 5 * hours)

    visit = _pay(clinic, payer, APPROVED_CARD, clinic.now - 20 * hours)
    if visit is not None:
        cancel_visit(
            appointment_id=visit.pk,
            reason="I have to travel",
            by=payer.user,
            now=clinic.now - 3 * hours,
            refund_to=RefundTo.CARD,
        )
        refund = Refund.objects.get(payment__subject=visit.pk)
        send_refund(refund_id=refund.pk, now=clinic.now - 3 * hours)

    visit = _pay(clinic, refused, REFUSED_CARD, clinic.now - 2 * hours)
    if visit is not None:
        release_hold(appointment_id=visit.pk, by=refused.user, now=clinic.now - 2 * hours)


def _pay(clinic: Clinic, patient: Patient, number: str, moment: dt.datetime) -> Appointment | None:
    """Holds a time with the last doctor and charges the card; None when no time suits."""
    visit = clinic.hold(patient, clinic.doctors[-1], moment, earliest=clinic.now + AHEAD)
    if visit is None:
        return None
    payment: Payment = start_card_booking(
        appointment_id=visit.pk,
        by=patient.user,
        idempotency_key=uuid.UUID(int=clinic.rng.getrandbits(128), version=4),
        now=moment,
    )
    charge_card(
        payment_id=payment.pk, card=sample_card(number, moment), by=patient.user, now=moment
    )
    return visit
