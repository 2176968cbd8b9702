"""What the pages of a proposal say about money, and where it went."""

import datetime as dt

import pytest
from django.test import Client

from accounts.models import Patient
from appointments.actions import book_at_desk, cancel_visit, propose_times, run_absence
from appointments.models import Appointment, Proposal
from appointments.proposal_links import answer_path
from doctors.models import Doctor, Slot
from payments.actions import send_refund
from payments.enums import RefundTo
from payments.models import Refund, Wallet
from tests.appointments.absence_cast import at, say, slot_at, text
from tests.conftest import logged_in
from tests.factories import book, book_by_card

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FEE = "৳ 1,200"


@pytest.fixture
def asked_by_card(doctor: Doctor, patient: Patient, free: Slot, now: dt.datetime) -> Proposal:
    """A visit that was paid by card, whose patient is asked to come at another time."""
    visit = book_by_card(slot_at(doctor, at(16, 10)), patient, now=now)
    return propose_times(
        appointment_id=visit.pk, slot_ids=[free.pk], reason="", by=doctor.user, now=now
    )


def test_page_says_that_the_money_is_on_its_way_to_the_card_and_then_that_it_is_there(
    asked_by_card: Proposal, patient: Patient, client: Client, now: dt.datetime
) -> None:
    cancel_visit(
        appointment_id=asked_by_card.appointment_id,
        reason="",
        by=patient.user,
        now=now,
        refund_to=RefundTo.CARD,
    )
    page = text(client.get(answer_path(asked_by_card)))
    assert f"{FEE} is on its way back to your card." in page
    assert "wallet" not in page.split("See the visit")[0].split("card.")[-1]
    send_refund(refund_id=Refund.objects.get().pk, now=now)
    page = text(client.get(answer_path(asked_by_card)))
    assert f"{FEE} is back on your card." in page
    assert "is back in your wallet" not in page


def test_page_says_that_the_money_is_in_the_wallet(
    asked_by_card: Proposal, patient: Patient, client: Client, now: dt.datetime
) -> None:
    cancel_visit(appointment_id=asked_by_card.appointment_id, reason="", by=patient.user, now=now)
    page = text(client.get(answer_path(asked_by_card)))
    assert f"{FEE} is back in your wallet" in page
    assert "to your card" not in page


def test_message_after_cancelling_says_where_each_part_goes(
    asked_by_card: Proposal, patient: Patient, now: dt.datetime
) -> None:
    visit = asked_by_card.appointment
    url = f"/appointments/{visit.pk}/cancel/"
    done = logged_in(patient.user).post(url, {"reason": "", "refund_to": "card"}, follow=True)
    assert f"{FEE} is on its way back to your card." in text(done)


def test_choosing_another_time_costs_nothing_whatever_the_fee_is_today(
    doctor: Doctor, patient: Patient, free: Slot, client: Client, now: dt.datetime
) -> None:
    visit = book(slot_at(doctor, at(16, 10)), patient, now=now)
    run_absence(absence_id=say(doctor, now).pk, now=now)
    doctor.fee = 200_000
    doctor.save()
    own_choice = slot_at(doctor, at(19, 10))
    url = f"{answer_path(Proposal.objects.get())}another/"
    page = text(client.get(url, {"day": "2026-11-19", "slot": str(own_choice.pk)}))
    assert "Coming at another time costs you nothing." in page
    assert f"Visit fee {FEE} " in page
    client.post(url, {"slot": str(own_choice.pk)})
    visit.refresh_from_db()
    assert (visit.slot, visit.fee) == (own_choice, 120_000)
    assert Wallet.objects.get(user=patient.user).balance == 0


def test_choosing_another_time_for_an_unpaid_visit_says_that_it_is_still_to_be_paid(
    doctor: Doctor, patient: Patient, free: Slot, client: Client, now: dt.datetime
) -> None:
    book_at_desk(
        slot_id=slot_at(doctor, at(16, 10)).pk,
        patient=patient,
        tender=None,
        reason="",
        by=doctor.user,
        now=now,
    )
    run_absence(absence_id=say(doctor, now).pk, now=now)
    own_choice = slot_at(doctor, at(19, 10))
    url = f"{answer_path(Proposal.objects.get())}another/"
    page = text(client.get(url, {"day": "2026-11-19", "slot": str(own_choice.pk)}))
    assert "It is still to be paid, at the desk." in page
    assert "The payment stays with the visit." not in page
    assert Appointment.objects.with_debt().get(status="booked").owes_fee  # type: ignore[attr-defined]
