"""Closing the account: what the page says is what happens, or it says why not."""

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.actions import close_account, save_contact, update_profile
from accounts.exceptions import CannotClose
from accounts.models import AuditEvent, Patient, User
from accounts.personal_data_registry import Wishes
from appointments.actions import hold_slot, join_waitlist, make_feed, start_card_booking
from appointments.models import Appointment, CalendarFeed, WaitlistEntry
from appointments.personal_data import erase_latecomers
from doctors.models import Doctor, Slot
from notifications.actions import send_due_messages
from notifications.models import OutboxMessage
from payments.actions import charge_card
from payments.models import Payment, Refund, Wallet
from tests.breaches import breaches
from tests.conftest import count_queries, logged_in
from tests.factories import (
    PASSWORD,
    AdminFactory,
    SlotFactory,
    book,
    fund,
    give_rules,
    recorded_visit,
)
from tests.payments.conftest import card

pytestmark = pytest.mark.django_db
URL = "/accounts/privacy/close/"


def slot_in(doctor: Doctor, now: dt.datetime, **ahead: int) -> Slot:
    start = now + dt.timedelta(**ahead)
    return SlotFactory(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))


def page_of(client: Client) -> str:
    return unescape(client.get(URL).content.decode())


def press(client: Client, **fields: str) -> Any:
    """Sends the form of the page as it is now, with everything right but for `fields`."""
    quote = re.search(r'name="quote" value="([^"]+)"', client.get(URL).content.decode())
    data = {
        "quote": quote[1] if quote else "", "password": PASSWORD, "understood": "on",
        "gives_up_wallet": "on",
    }  # fmt: skip
    return client.post(URL, {k: v for k, v in (data | fields).items() if v})


@pytest.fixture(autouse=True)
def _at_nine(now: dt.datetime) -> Any:
    with time_machine.travel(now, tick=False):
        yield


def test_the_page_says_what_comes_back_and_that_is_what_comes_back(
    patient: Patient, doctor: Doctor, now: dt.datetime, patient_client: Client
) -> None:
    give_rules(None, free_cancellation_hours=72, late_refunds="24: 50")
    early = book(slot_in(doctor, now, days=5), patient, now=now)
    late = book(slot_in(doctor, now, days=2), patient, now=now)
    join_waitlist(
        patient=patient, doctor=doctor, first_day=now.date(), last_day=now.date(),
        parts={"morning"}, by=patient.user, now=now,
    )  # fmt: skip
    make_feed(by=patient.user, now=now)

    page = page_of(patient_client)
    assert page.count("৳\u202f1,200 into your wallet") == 1
    assert page.count("৳\u202f600 into your wallet") == 1
    assert "Left in your wallet: <strong>৳\u202f1,800</strong>" in page
    assert "You leave the waitlist." in page
    refused = press(patient_client, gives_up_wallet="")
    assert refused.status_code == 422
    assert "have it paid out" in unescape(refused.content.decode())

    answer = press(patient_client)

    assert (answer.status_code, answer.url) == (302, "/accounts/privacy/closed/")
    assert "_auth_user_id" not in patient_client.session
    assert {visit.status for visit in (refreshed(early), refreshed(late))} == {"cancelled"}
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [60_000, 120_000]
    assert Wallet.objects.get(user=patient.user).balance == 0
    assert WaitlistEntry.objects.get().status == "left"
    assert not CalendarFeed.objects.exists()
    assert AuditEvent.objects.filter(what="account.closed").get().actor == patient.user
    assert breaches() == []


def refreshed(visit: Appointment) -> Appointment:
    visit.refresh_from_db()
    return visit


def test_the_last_mail_goes_to_the_old_address_and_is_forgotten(
    patient: Patient, doctor: Doctor, now: dt.datetime, patient_client: Client, mailoutbox: Any
) -> None:
    book(slot_in(doctor, now, days=5), patient, now=now)
    send_due_messages(now=now)
    mailoutbox.clear()
    press(patient_client)

    send_due_messages(now=now)

    told = {mail.to[0]: mail for mail in mailoutbox if "account" in mail.subject}
    assert list(told) == ["sadia@example.org"]
    pseudonym = User.objects.get(pk=patient.user_id).display_name
    assert pseudonym in told["sadia@example.org"].body
    assert "You gave up the money" in told["sadia@example.org"].body
    # The doctor still reads who will not come; then the outbox forgets it.
    (to_doctor,) = [mail for mail in mailoutbox if mail.to == ["farzana@example.org"]]
    assert "Sadia Rahman" in to_doctor.body
    left = OutboxMessage.objects.values_list("address", "subject", "body_text", "error")
    assert {row for row in left if "sadia" in str(row).lower()} == set()
    # Nothing is ever queued for who has gone.
    assert not OutboxMessage.objects.filter(address__endswith="closed.invalid").exists()


@pytest.mark.django_db(transaction=True)
def test_what_a_card_paid_goes_back_to_the_card(
    patient: Patient, doctor: Doctor, now: dt.datetime, patient_client: Client
) -> None:
    slot = slot_in(doctor, now, days=5)
    hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    payment = start_card_booking(
        appointment_id=hold.pk, by=patient.user, idempotency_key=hold.pk, now=now
    )
    charge_card(payment_id=payment.pk, card=card(), by=patient.user, now=now)
    assert "৳\u202f1,200 back to the card that paid" in page_of(patient_client)
    assert "gives_up_wallet" not in page_of(patient_client)

    assert press(patient_client).status_code == 302

    assert Refund.objects.get().card_amount == 120_000


def test_a_password_and_a_tick_are_asked_for(
    patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    for fields, words in (
        ({"password": "wrong"}, "This isn't your password."),
        ({"password": ""}, "Please fill this in."),
        ({"understood": ""}, "Tick this to close the account."),
    ):
        refused = press(patient_client, **fields)
        assert refused.status_code == 422
        page = unescape(refused.content.decode())
        assert words in page
        assert ".:" not in page
    assert "I know that this can’t be undone: Tick this to close the account." in page
    patient.user.refresh_from_db()
    assert patient.user.is_active
    assert press(patient_client).status_code == 302


def test_guessing_the_password_is_limited(patient_client: Client) -> None:
    for _again in range(10):
        press(patient_client, password="wrong")
    assert press(patient_client).status_code == 422


def test_what_was_shown_ten_minutes_ago_is_shown_again(
    patient_client: Client, now: dt.datetime
) -> None:
    quote = re.search(r'name="quote" value="([^"]+)"', page_of(patient_client))
    assert quote
    with time_machine.travel(now + dt.timedelta(minutes=10), tick=False):
        data = {"quote": quote[1], "password": PASSWORD, "understood": "on"}
        answer = patient_client.post(URL, data)
    assert answer.status_code == 422
    assert "open for more than ten minutes" in answer.content.decode()


def test_who_has_no_password_signs_in_once_more(patient: Patient) -> None:
    patient.user.set_unusable_password()
    patient.user.save()
    client = logged_in(patient.user)
    page = page_of(client)
    assert "Sign in once more" in page
    assert f"/accounts/login/?next={URL}" in page
    assert client.post(URL, {"understood": "on"}).status_code == 422

    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": 0}]
    session["account_authentication_methods_user"] = str(patient.user.pk)
    session.save()
    assert "Sign in once more" in page_of(client)


def test_a_visit_that_can_t_be_cancelled_any_more_keeps_the_account(
    patient: Patient, doctor: Doctor, now: dt.datetime, patient_client: Client
) -> None:
    give_rules(None, late_refunds="")
    visit = book(slot_in(doctor, now, hours=5), patient, now=now)
    page = page_of(patient_client)
    assert "Not possible yet" in page
    assert "can’t be cancelled any more" in page
    assert f"/appointments/{visit.pk}/" in page
    assert press(patient_client).status_code == 422
    with pytest.raises(CannotClose, match="any more"):
        close_account(by=patient.user, wishes=Wishes(), now=now)
    assert refreshed(visit).status == "booked"


def test_money_that_the_bank_has_keeps_the_account(
    patient: Patient, now: dt.datetime, patient_client: Client
) -> None:
    Payment.objects.create(
        user=patient.user, purpose="deposit", method="card", gateway="simulated", amount=5,
        currency="BDT", status="pending", idempotency_key=patient.pk, created_at=now,
        charged_at=now,
    )  # fmt: skip
    assert "The bank is checking a payment of yours" in page_of(patient_client)
    with pytest.raises(CannotClose):
        close_account(by=patient.user, wishes=Wishes(), now=now)


def test_a_wallet_with_money_keeps_the_account_unless_it_is_given_up(
    patient: Patient, now: dt.datetime
) -> None:
    fund(patient.user, 5_000, now=now)
    with pytest.raises(CannotClose, match="There is ৳\u202f50 in your wallet"):
        close_account(by=patient.user, wishes=Wishes(), now=now)
    assert patient.user.is_active
    close_account(by=patient.user, wishes=Wishes(gives_up_wallet=True), now=now)
    assert breaches() == []


def test_a_doctor_tells_the_patients_first(
    patient: Patient, doctor: Doctor, now: dt.datetime, doctor_client: Client
) -> None:
    book(slot_in(doctor, now, days=5), patient, now=now)
    recorded_visit(doctor, patient, now=now)
    page = page_of(doctor_client)
    assert "1 patient has a visit with you ahead" in page
    assert 'href="/appointments/absences/"' in page
    assert "1 visit is over, and you have not said how it went" in page
    with pytest.raises(CannotClose):
        close_account(by=doctor.user, wishes=Wishes(), now=now)


def test_the_last_full_admin_can_t_leave(
    admin: User, staff_client: Client, now: dt.datetime
) -> None:
    assert "You are the only full admin" in page_of(staff_client)
    with pytest.raises(CannotClose, match="only full admin"):
        close_account(by=admin, wishes=Wishes(), now=now)

    AdminFactory()

    assert press(staff_client).status_code == 302


def test_closing_twice_is_refused_and_the_name_is_free_again(
    patient: Patient, now: dt.datetime
) -> None:
    close_account(by=patient.user, wishes=Wishes(), now=now)
    with pytest.raises(CannotClose, match="closed already"):
        close_account(by=patient.user, wishes=Wishes(), now=now)
    assert not User.objects.filter(username="sadia").exists()
    answer = Client().post("/accounts/login/", {"login": "sadia", "password": PASSWORD})
    assert answer.status_code == 422


def test_the_page_s_queries_don_t_grow_with_visits(
    patient: Patient, doctor: Doctor, now: dt.datetime, patient_client: Client
) -> None:
    give_rules(doctor, window_days=60, active_cap=100)
    asked = []
    for count in (1, 30):
        for days in range(count):
            book(slot_in(doctor, now, days=5 + days, hours=count % 7), patient, now=now)
        with count_queries() as queries:
            assert patient_client.get(URL).status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 18


def test_what_another_tab_saved_meanwhile_is_emptied_by_the_sweep(
    patient: Patient, other_patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    stays = book(slot_in(doctor, now, days=4), other_patient, now=now, reason="Rash")
    close_account(by=patient.user, wishes=Wishes(), now=now)
    late = hold_slot(
        slot_id=slot_in(doctor, now, days=5).pk, patient=patient, by=patient.user, now=now,
        reason="Itching", symptoms="Red", notes="Call me Sadia",
    )  # fmt: skip

    assert erase_latecomers(now=now) == 1
    assert erase_latecomers(now=now) == 0

    late.refresh_from_db()
    stays.refresh_from_db()
    assert (late.reason, late.symptoms, late.notes, stays.reason) == ("", "", "", "Rash")


def test_what_was_on_its_way_does_not_come_to_stand_on_a_closed_account(
    patient: Patient, patient_client: Client
) -> None:
    before = User.objects.get(pk=patient.user.pk)
    assert press(patient_client).status_code == 302
    with pytest.raises(PermissionDenied):
        save_contact(user=before, mobile="+8801712345678", address="House 7", by=before)
    with pytest.raises(PermissionDenied):
        update_profile(user=before, name="Sadia", time_zone="", language="en", by=before)
    after = User.objects.get(pk=patient.user.pk)
    assert (after.mobile, after.address, after.first_name != "Sadia") == (None, "", True)
