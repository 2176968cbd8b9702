"""What mails and pages say about a visit that is paid at the desk: what is true at that moment."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from accounts.models import Patient, User
from appointments.actions import (
    book_at_desk,
    cancel_for_clinic,
    complete_visit,
    enter_in_error,
    move_for_clinic,
    propose_times,
    queue_reminders,
    take_desk_payment,
)
from appointments.models import Appointment
from doctors.models import Doctor
from notifications.mail_rendering import RenderedMail, render_message
from notifications.models import OutboxMessage
from payments.enums import Tender
from tests.factories import SlotFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = dt.timedelta(days=1)
FEE = "৳\u202f1,200"
TO_PAY = f"The fee of {FEE} is still to be paid, at the desk"


@pytest.fixture(params=["unpaid", "paid"])
def paid(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "paid")


@pytest.fixture
def visit(
    doctor: Doctor, patient: Patient, admin: User, now: dt.datetime, paid: bool
) -> Appointment:
    """Booked by the clinic, and paid there later or not."""
    visit = book_at_desk(
        slot_id=SlotFactory(doctor=doctor).pk,
        patient=patient,
        tender=None,
        reason="",
        by=admin,
        now=now,
    )
    OutboxMessage.objects.all().delete()
    if paid:
        take_desk_payment(appointment_id=visit.pk, tender=Tender.CASH, by=admin, now=now)
    return visit


def mail(kind: str) -> RenderedMail:
    return render_message(OutboxMessage.objects.get(kind=kind))


def said(found: RenderedMail, words: str) -> tuple[bool, bool]:
    """Whether text and HTML say it."""
    return " ".join(words.split()) in " ".join(found.text.split()), words in found.html


@pytest.mark.parametrize("tender", [None, Tender.CASH])
def test_booking_says_whether_it_is_paid(
    doctor: Doctor, patient: Patient, admin: User, now: dt.datetime, tender: Tender | None
) -> None:
    book_at_desk(
        slot_id=SlotFactory(doctor=doctor).pk,
        patient=patient,
        tender=tender,
        reason="",
        by=admin,
        now=now,
    )
    owed, done = (True, True), (False, False)
    if tender:
        owed, done = done, owed
    for kind in ("visit_confirmed", "visit_booked_with_you"):
        assert said(mail(kind), TO_PAY) == owed
    assert said(mail("visit_confirmed"), f"The fee of {FEE} is paid.") == done
    assert said(mail("visit_booked_with_you"), "It is paid") == done
    assert said(mail("visit_confirmed"), "all of the fee comes back") == done
    assert said(mail("visit_confirmed"), "and nothing is owed") == owed


def test_move_says_what_is_true_of_the_money(
    visit: Appointment, admin: User, now: dt.datetime, paid: bool
) -> None:
    target = SlotFactory(doctor=visit.doctor)
    move_for_clinic(appointment_id=visit.pk, slot_id=target.pk, by=admin, now=now)
    found = mail("visit_moved")
    assert said(found, TO_PAY) == (not paid, not paid)
    assert said(found, "What you paid stays with the visit.") == (paid, paid)


def test_reminder_asks_for_what_is_still_to_be_paid(
    visit: Appointment, clock: time_machine.Traveller, paid: bool
) -> None:
    clock.move_to(visit.start - DAY)
    queue_reminders(now=visit.start - DAY)
    found = mail("visit_reminder")
    assert said(found, TO_PAY) == (not paid, not paid)
    assert said(found, "too late to get the fee back") == (paid, paid)


def test_cancellation_says_what_came_back(
    visit: Appointment, admin: User, now: dt.datetime, paid: bool
) -> None:
    cancel_for_clinic(appointment_id=visit.pk, reason="Ill", by=admin, now=now)
    found = mail("visit_cancelled")
    assert said(found, "Nothing was paid yet, and nothing is owed.") == (not paid, not paid)
    assert said(found, f"{FEE} is back in your wallet") == (paid, paid)
    assert "Nothing of the fee came back" not in found.html


def test_proposal_of_other_times_promises_no_money_that_was_not_paid(
    visit: Appointment, admin: User, now: dt.datetime
) -> None:
    target = SlotFactory(doctor=visit.doctor)
    propose_times(appointment_id=visit.pk, slot_ids=[target.pk], reason="", by=admin, now=now)
    assert said(mail("times_proposed"), "wallet") == (False, False)


def test_error_says_what_came_back(
    visit: Appointment, clock: time_machine.Traveller, admin: User, paid: bool
) -> None:
    clock.move_to(visit.start)
    complete_visit(appointment_id=visit.pk, by=admin, now=visit.start)
    enter_in_error(appointment_id=visit.pk, reason="Wrong row", by=admin, now=visit.start)
    found = mail("visit_entered_in_error")
    assert said(found, f"{FEE} is back in your wallet.") == (paid, paid)
    assert said(found, "Nothing was paid, and nothing is owed.") == (not paid, not paid)
    assert said(mail("visit_with_you_entered_in_error"), "Nothing was paid for it.") == (
        not paid,
        not paid,
    )


def test_pages_say_what_is_true_of_the_money(
    visit: Appointment, patient_client: Client, paid: bool
) -> None:
    confirmed = patient_client.get(f"/appointments/{visit.pk}/confirmed/").content.decode()
    assert ("To pay at the desk" in confirmed) is not paid
    assert ("and the receipt are on their way" in confirmed) is paid
    listed = patient_client.get("/appointments/").content.decode()
    assert ("Nothing is owed then." in listed) is not paid
    assert ("Free to cancel until" in listed) is paid
