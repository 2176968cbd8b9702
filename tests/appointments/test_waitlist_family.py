"""Waiting for a time for a relative: who may, and that every page and mail says whom it is for."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client, TestCase
from django.urls import reverse

from accounts.actions import remove_relative, update_preferences
from accounts.exceptions import RelativeHasVisits
from accounts.models import Patient, User
from appointments.actions import (
    accept_by_moving,
    book_with_wallet,
    cancel_visit,
    join_waitlist,
    offer_slot,
)
from appointments.exceptions import PatientUnknown
from appointments.models import Appointment, WaitlistEntry, WaitlistOffer
from doctors.models import Doctor, Slot
from notifications.actions import send_due_messages
from notifications.models import OutboxMessage
from tests.breaches import breaches
from tests.conftest import count_queries, logged_in
from tests.factories import PatientFactory, SlotFactory, book, fund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
WISH = {"first_day": "2026-11-12", "last_day": "2026-11-26", "parts": ["morning", "afternoon"]}


@pytest.fixture
def form_url(doctor: Doctor) -> str:
    return reverse("appointments:wait_for_doctor", args=[doctor.pk])


def wait(patient: Patient, doctor: Doctor, now: dt.datetime, **wish: object) -> WaitlistEntry:
    return join_waitlist(
        patient=patient, doctor=doctor, first_day=now.date(), last_day=now.date() + 14 * DAY,
        parts={"morning", "afternoon", "evening"}, by=patient.user, now=now, **wish,
    )  # fmt: skip


def offered(doctor: Doctor, now: dt.datetime) -> Appointment:
    offer = offer_slot(slot_id=SlotFactory(doctor=doctor).pk, now=now)
    assert offer is not None
    return offer.appointment


# --- Joining ----------------------------------------------------------------------------------


def test_a_parent_waits_for_a_child_and_for_themselves(
    form_url: str, patient: Patient, child: Patient, patient_client: Client,
    clock: time_machine.Traveller,
) -> None:  # fmt: skip
    assert "Nila Rahman (My child)" in patient_client.get(form_url).content.decode()
    for person in (child, patient):
        answer = patient_client.post(form_url, WISH | {"patient": person.pk})
        assert answer["Location"] == reverse("appointments:waitlist")
        clock.shift(MINUTE)
    entries = WaitlistEntry.objects.waiting().values_list("patient", "joined_by")
    assert list(entries) == [(child.pk, patient.user_id), (patient.pk, patient.user_id)]
    page = patient_client.get(reverse("appointments:waitlist")).content.decode()
    assert "For Nila Rahman" in page
    assert "Nila Rahman is next" in page
    assert "1 person is before you" in page


def test_who_does_not_wait_yet_is_chosen_first(
    form_url: str, doctor: Doctor, patient: Patient, child: Patient, patient_client: Client,
    now: dt.datetime,
) -> None:  # fmt: skip
    wait(patient, doctor, now)
    page = patient_client.get(form_url)
    assert page.context["form"]["patient"].value() == child.pk
    assert "Join the waitlist" in page.content.decode()


@pytest.mark.parametrize("named", ["other", "nobody", "nonsense", ""])
def test_strangers_are_refused_beside_the_field_and_typed_kept(
    form_url: str, child: Patient, other_patient: Patient, patient_client: Client, named: str
) -> None:
    value = {"other": other_patient.pk, "nobody": uuid.uuid4()}.get(named, named)
    answer = patient_client.post(form_url, WISH | {"patient": value})
    assert answer.status_code == 422
    assert "Choose yourself or somebody of your family." in answer.content.decode()
    assert 'value="2026-11-26"' in answer.content.decode()
    assert not WaitlistEntry.objects.exists()


@pytest.mark.parametrize("named", ["other", "nonsense"])
def test_the_waiting_of_strangers_has_no_page(
    form_url: str, child: Patient, other_patient: Patient, patient_client: Client, named: str
) -> None:
    value = str(other_patient.pk) if named == "other" else named
    for call in (patient_client.get, patient_client.post):
        assert call(f"{form_url}?patient={value}").status_code == 404


def test_action_refuses_somebody_elses_relative(
    doctor: Doctor, child: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    with pytest.raises(PatientUnknown):
        join_waitlist(
            patient=child, doctor=doctor, first_day=now.date(), last_day=now.date(),
            parts={"morning"}, by=other_patient.user, now=now,
        )  # fmt: skip
    assert not WaitlistEntry.objects.exists()


def test_whoever_has_no_family_is_asked_nothing(form_url: str, patient_client: Client) -> None:
    assert "Who is it for?" not in patient_client.get(form_url).content.decode()
    assert patient_client.post(form_url, WISH).status_code == 302


def test_changing_leads_to_the_persons_own_wish(
    form_url: str, doctor: Doctor, patient: Patient, child: Patient, patient_client: Client,
    now: dt.datetime,
) -> None:  # fmt: skip
    own, theirs = wait(patient, doctor, now), wait(child, doctor, now + MINUTE)
    change = f"{form_url}?patient={child.pk}"
    assert change in patient_client.get(reverse("appointments:waitlist")).content.decode()
    page = patient_client.get(change).content.decode()
    assert "For Nila Rahman" in page
    assert "Who is it for?" not in page
    assert patient_client.post(change, WISH | {"parts": ["evening"]}).status_code == 302
    theirs.refresh_from_db()
    own.refresh_from_db()
    assert (theirs.morning, theirs.evening, own.morning) == (False, True, True)


def test_only_a_visit_of_the_same_person_is_replaced(
    form_url: str, doctor: Doctor, patient: Patient, child: Patient, patient_client: Client,
    now: dt.datetime,
) -> None:  # fmt: skip
    theirs = book(SlotFactory(doctor=doctor), child, now=now)
    typed = WISH | {"replaces": theirs.pk}
    assert "(Nila Rahman)" in patient_client.get(form_url).content.decode()
    refused = patient_client.post(form_url, typed | {"patient": patient.pk})
    assert refused.status_code == 422
    assert "This is somebody else’s visit" in refused.content.decode()
    assert patient_client.post(form_url, typed | {"patient": child.pk}).status_code == 302
    assert WaitlistEntry.objects.get().replaces == theirs


def test_who_waits_stays_in_the_family(child: Patient, doctor: Doctor, now: dt.datetime) -> None:
    wait(child, doctor, now)
    with pytest.raises(RelativeHasVisits, match="waited for"):
        remove_relative(patient_id=child.pk, by=child.user)


# --- The offer --------------------------------------------------------------------------------


def said(mail: OutboxMessage, now: dt.datetime) -> str:
    send_due_messages(now=now)
    mail.refresh_from_db()
    return f"{mail.subject}\n{mail.body_text}\n{mail.body_html}"


def test_offer_names_the_child_in_mail_and_on_pages(
    doctor: Doctor, child: Patient, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    wait(child, doctor, now)
    hold = offered(doctor, now)
    assert (hold.patient, hold.booked_by) == (child, patient.user)
    mail = OutboxMessage.objects.get(kind="waitlist_offer")
    text = said(mail, now)
    assert mail.user == patient.user
    assert "Free for Nila Rahman: Dr Farzana Kabir, Mon 16 Nov, 10:00 am" in text
    assert "A time has come free for Nila Rahman" in text
    assert "A time with Dr Farzana Kabir has come free for Nila Rahman" in text
    for name in ("waitlist", "list"):
        page = patient_client.get(reverse(f"appointments:{name}")).content.decode()
        assert "is free for Nila Rahman" in page
    details = patient_client.get(reverse("appointments:details", args=[hold.pk]))
    assert details.context["who"].initial["patient"] == child.pk


def test_discreet_offer_names_nobody(doctor: Doctor, child: Patient, now: dt.datetime) -> None:
    update_preferences(user=child.user, reminder_hours=24, discreet=True, by=child.user)
    child = Patient.objects.get(pk=child.pk)
    wait(child, doctor, now)
    offered(doctor, now)
    text = said(OutboxMessage.objects.get(kind="waitlist_offer"), now)
    assert "Nila" not in text
    assert "Free for you: appointment" in text


def test_taking_the_offer_books_for_the_child_and_ends_only_their_waiting(
    doctor: Doctor, child: Patient, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    theirs, own = wait(child, doctor, now), wait(patient, doctor, now + MINUTE)
    hold = offered(doctor, now)
    details = reverse("appointments:details", args=[hold.pk])
    answer = patient_client.post(details, {"patient": child.pk, "reason": "Fever"})
    assert answer["Location"] == reverse("appointments:check", args=[hold.pk])
    fund(patient.user, hold.fee, now=now)
    visit = book_with_wallet(
        appointment_id=hold.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now
    )
    assert (visit.patient, visit.status) == (child, "booked")
    theirs.refresh_from_db()
    own.refresh_from_db()
    assert (theirs.status, own.status) == ("booked", "waiting")
    assert breaches() == []


def test_the_childs_visits_decide_not_the_parents(
    doctor: Doctor, other_doctor: Doctor, child: Patient, patient: Patient, now: dt.datetime
) -> None:
    wait(child, doctor, now)
    slots = [SlotFactory(doctor=doctor) for _ in range(2)]

    def same_time(slot: Slot) -> Slot:
        return SlotFactory(doctor=other_doctor, start=slot.start, end=slot.end)

    book(same_time(slots[0]), child, now=now)
    assert offer_slot(slot_id=slots[0].pk, now=now) is None
    book(same_time(slots[1]), patient, now=now)
    offer = offer_slot(slot_id=slots[1].pk, now=now)
    assert offer is not None
    assert offer.appointment.patient == child


def test_offered_time_takes_the_place_of_the_childs_later_visit(
    doctor: Doctor, child: Patient, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    early = SlotFactory(doctor=doctor)
    late = SlotFactory(doctor=doctor, start=early.start + 2 * DAY, end=early.end + 2 * DAY)
    visit = book(late, child, now=now)
    wait(child, doctor, now, replaces=visit)
    offer = offer_slot(slot_id=early.pk, now=now)
    assert offer is not None
    hold = offer.appointment
    page = patient_client.get(reverse("appointments:details", args=[hold.pk])).content.decode()
    assert "Move the later visit of Nila Rahman here" in page
    moved = accept_by_moving(appointment_id=hold.pk, by=patient.user, now=now)
    assert (moved.pk, moved.patient, moved.start) == (visit.pk, child, early.start)
    mail = OutboxMessage.objects.get(kind="visit_moved")
    assert (mail.user, mail.facts["patient"]) == (patient.user, "Nila Rahman")
    assert breaches() == []


def test_declining_and_leaving_are_one_press_each(
    doctor: Doctor, child: Patient, other_patient: Patient, patient_client: Client,
    now: dt.datetime,
) -> None:  # fmt: skip
    entry = wait(child, doctor, now)
    wait(other_patient, doctor, now + MINUTE)
    hold = offered(doctor, now)
    with TestCase.captureOnCommitCallbacks(execute=True):
        patient_client.post(reverse("appointments:release", args=[hold.pk]))
    outcomes = WaitlistOffer.objects.order_by("pk").values_list("entry__patient", "outcome")
    assert list(outcomes) == [(child.pk, "declined"), (other_patient.pk, "open")]
    leave = reverse("appointments:leave_waitlist", args=[entry.pk])
    assert logged_in(other_patient.user).post(leave).status_code == 404
    patient_client.post(leave)
    entry.refresh_from_db()
    assert entry.status == "left"


def test_freed_time_reaches_the_child_who_came_first(
    doctor: Doctor, child: Patient, patient: Patient, other_patient: Patient, now: dt.datetime
) -> None:
    taken = book(SlotFactory(doctor=doctor), other_patient, now=now)
    wait(child, doctor, now)
    wait(patient, doctor, now + MINUTE)
    with TestCase.captureOnCommitCallbacks(execute=True):
        cancel_visit(appointment_id=taken.pk, reason="", by=other_patient.user, now=now)
    assert WaitlistOffer.objects.get().appointment.patient == child


@pytest.mark.parametrize("count", [1, 30])
def test_waitlist_page_of_a_family_needs_a_fixed_number_of_queries(
    patient: Patient, now: dt.datetime, count: int
) -> None:
    for _ in range(count):
        relative = PatientFactory(user=patient.user, relationship="other")
        doctor = SlotFactory().doctor
        wait(relative, doctor, now)
        offered(doctor, now)
    client = logged_in(patient.user)
    with count_queries() as queries:
        page = client.get(reverse("appointments:waitlist"))
    assert (len(page.context["entries"]), len(page.context["offers"])) == (count, count)
    assert len(queries) <= 4


def test_admin_sees_who_waits_and_who_asked(
    doctor: Doctor, child: Patient, staff_client: Client, admin: User, now: dt.datetime
) -> None:
    wait(child, doctor, now)
    page = staff_client.get(reverse("admin:appointments_waitlistentry_changelist"))
    assert "Nila Rahman" in page.content.decode()
