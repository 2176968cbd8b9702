"""Django admin: who gets in, what it shows, and that it writes only through actions."""

import datetime as dt
import re
import uuid
from html import unescape

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Patient, User
from appointments.actions import (
    join_waitlist,
    offer_slot,
    run_absence,
    start_absence,
    sweep_waitlist,
)
from appointments.models import Appointment, BookingRules
from appointments.policies import Tier
from appointments.querysets import policy_for
from booking_system.sample_data.clinic import Size, open_clinic
from doctors.enums import DoctorStatus
from doctors.models import Doctor, Specialty
from notifications.actions import queue_message
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from tests.conftest import count_queries, logged_in
from tests.factories import DoctorFactory, PlaceFactory, SlotFactory, book

MODELS = {model._meta.label_lower: model for model in django_admin.site._registry}
# What each list may ask: session, user, count, rows, and what its filters and columns need; two
# for the months to choose from.
LIST_QUERIES = {
    "accounts.auditevent": 6,
    "accounts.patient": 4,
    "accounts.place": 6,
    "accounts.user": 5,
    "appointments.absence": 6,
    "appointments.appointment": 7,
    "appointments.bookingrules": 5,
    "records.visitrecord": 4,
    "appointments.waitlistentry": 7,
    "doctors.doctor": 6,
    "doctors.specialty": 5,
    "notifications.outboxmessage": 5,
    "payments.journalentry": 4,
    "payments.ledgeraccount": 4,
    "payments.payment": 6,
    "payments.transfer": 4,
    "payments.wallet": 4,
}


def list_url(label: str) -> str:
    return reverse(f"admin:{label.replace('.', '_')}_changelist")


def page_url(row: object) -> str:
    label = row._meta.label_lower.replace(".", "_")
    return reverse(f"admin:{label}_change", args=[row.pk])


def run_action(client: Client, action: str, *chosen: object, **fields: str) -> list[str]:
    """Posts a list's action and answers the messages it leaves."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in chosen], **fields}
    response = client.post(list_url(chosen[0]._meta.label_lower), data, follow=True)
    assert response.status_code == 200
    return [str(message) for message in response.context["messages"]]


@pytest.mark.django_db
def test_a_visitor_logs_in_through_the_site(client: Client) -> None:
    for url in ("/admin/", "/admin/login/?next=/admin/doctors/doctor/", "/admin/doctors/doctor/"):
        response = client.get(url, follow=True)
        assert response.redirect_chain[-1][0].startswith("/accounts/login/?next="), url


@pytest.mark.django_db
def test_django_s_own_log_in_form_does_not_answer(client: Client, admin: User) -> None:
    response = client.post("/admin/login/", {"username": "admin", "password": "Correct-horse-7"})

    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_only_the_role_admin_gets_in(
    patient_client: Client, doctor_client: Client, staff_client: Client, patient: Patient
) -> None:
    assert staff_client.get("/admin/").status_code == 200
    for client in (patient_client, doctor_client):
        assert client.get("/admin/", follow=True).status_code == 403

    User.objects.filter(pk=patient.user.pk).update(is_staff=True, is_superuser=True)

    assert patient_client.get("/admin/", follow=True).status_code == 403


@pytest.mark.django_db
def test_admin_has_its_own_content_policy(staff_client: Client) -> None:
    policy = staff_client.get("/admin/")["Content-Security-Policy"]

    assert "script-src 'self' 'unsafe-inline' 'unsafe-eval'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in staff_client.get("/")["Content-Security-Policy"]


@pytest.mark.django_db
@pytest.mark.parametrize("label", sorted(MODELS))
def test_nothing_is_written_around_the_actions(staff_client: Client, label: str) -> None:
    url = list_url(label)
    may_write = label in ("doctors.specialty", "appointments.bookingrules")

    assert staff_client.get(url).status_code == 200
    assert staff_client.get(f"{url}add/").status_code == (200 if may_write else 403)
    if not may_write:
        assert staff_client.post(f"{url}add/", {}).status_code == 403
    # The site's own bulk delete is nowhere.
    answer = staff_client.post(url, {"action": "delete_selected", "_selected_action": ["1"]})
    assert answer.status_code in (200, 302, 403)
    assert b"Are you sure" not in answer.content


@pytest.mark.django_db
def test_a_row_can_not_be_changed_or_deleted(staff_client: Client, doctor: Doctor) -> None:
    for row in (doctor, doctor.user):
        assert staff_client.get(page_url(row)).status_code == 200
        assert staff_client.post(page_url(row), {"name": "Other"}).status_code == 403
        delete = page_url(row).replace("/change/", "/delete/")
        assert staff_client.post(delete, {"post": "yes"}).status_code == 403
    doctor.refresh_from_db()
    assert doctor.name == "Dr Farzana Kabir"


@pytest.mark.django_db
def test_an_admin_approves_doctors(staff_client: Client) -> None:
    waiting = DoctorFactory(name="Dr Waiting", status=DoctorStatus.PENDING, approved_at=None)

    said = run_action(staff_client, "approve", waiting)

    assert said == ["Dr Waiting is approved."]
    waiting.refresh_from_db()
    assert waiting.status == DoctorStatus.APPROVED
    assert OutboxMessage.objects.get(kind="doctor_approved").user == waiting.user


@pytest.mark.django_db
def test_an_admin_refuses_doctors_with_a_reason(staff_client: Client) -> None:
    waiting = DoctorFactory(name="Dr Waiting", status=DoctorStatus.PENDING, approved_at=None)

    assert run_action(staff_client, "refuse", waiting) == [
        "Say why, so that the doctor can mend it."
    ]
    waiting.refresh_from_db()
    assert waiting.status == DoctorStatus.PENDING

    said = run_action(staff_client, "refuse", waiting, reason="The licence has run out.")

    assert said == ["Dr Waiting is refused."]
    waiting.refresh_from_db()
    assert waiting.status == DoctorStatus.REFUSED
    assert waiting.refusal_reason == "The licence has run out."


@pytest.mark.django_db
def test_an_approved_doctor_is_not_refused(staff_client: Client, doctor: Doctor) -> None:
    said = run_action(staff_client, "refuse", doctor, reason="No")

    assert said == ["Dr Farzana Kabir: This doctor is approved already."]


@pytest.mark.django_db
def test_a_secret_message_shows_its_envelope_only(
    staff_client: Client, patient: Patient, now: dt.datetime
) -> None:
    for secret in (True, False):
        queue_message(
            kind="email_confirmation_code",
            event=f"secret-{secret}",
            object_id="1",
            user=patient.user,
            facts={"code": f"code-{secret}"},
            secret=secret,
            now=now,
        )
    OutboxMessage.objects.update(
        subject="The subject", body_text="The body", body_html="<p>The body</p>"
    )
    hidden, shown = (OutboxMessage.objects.get(secret=secret) for secret in (True, False))

    page = staff_client.get(page_url(hidden)).content.decode()
    assert "code-True" not in page
    assert "The body" not in page
    assert "The subject" not in page
    page = staff_client.get(page_url(shown)).content.decode()
    assert "code-False" in page
    assert "The body" in page
    listed = staff_client.get(list_url("notifications.outboxmessage")).content.decode()
    assert listed.count("The subject") == 1


@pytest.mark.django_db
def test_a_failed_message_is_sent_again(
    staff_client: Client, patient: Patient, now: dt.datetime
) -> None:
    for event in ("failed", "waiting"):
        queue_message(
            kind="welcome", event=event, object_id="1", user=patient.user, facts={}, now=now
        )
    failed, waiting = (
        OutboxMessage.objects.get(key__startswith=event) for event in ("failed", "waiting")
    )
    OutboxMessage.objects.filter(pk=failed.pk).update(status=MessageStatus.FAILED)

    said = run_action(staff_client, "send_again", failed, waiting)

    assert sorted(said) == [
        "1 will be sent again.",
        "sadia@example.org: Only a failed or uncertain message can be sent again.",
    ]
    failed.refresh_from_db()
    assert failed.status == MessageStatus.QUEUED


@pytest.mark.django_db
def test_an_admin_sets_the_rules_of_booking(
    staff_client: Client, admin: User, doctor: Doctor
) -> None:
    add = f"{list_url('appointments.bookingrules')}add/"
    wrong = staff_client.post(add, {"active_cap": "12", "late_refunds": "6: 50, 24: 25"})
    assert b"Write hours and percent" in wrong.content
    idle = staff_client.post(add, {"window_days": "0", "late_refunds": "72: 50"})
    assert b"Cancelling is free until 72 hours before the visit." in idle.content
    assert b"Enter 1 or more." in idle.content
    assert b"today included. 1 to 365." in idle.content
    assert not BookingRules.objects.exists()

    staff_client.post(add, {"active_cap": "12", "needs_acceptance": "unknown"})
    staff_client.post(add, {"doctor": doctor.pk, "late_refunds": "24: 50"})

    rules = policy_for(doctor)
    assert (rules.active_cap, rules.late_refunds) == (12, (Tier(24, 50),))
    assert set(BookingRules.objects.values_list("changed_by", flat=True)) == {admin.pk}


@pytest.mark.django_db
def test_the_clinic_has_one_set_of_rules(staff_client: Client) -> None:
    add = f"{list_url('appointments.bookingrules')}add/"
    staff_client.post(add, {"active_cap": "12"})
    again = staff_client.post(add, {"active_cap": "13"})

    assert b"The clinic has its rules already" in again.content
    assert BookingRules.objects.get().active_cap == 12


@pytest.mark.django_db
def test_an_admin_names_specialties(staff_client: Client) -> None:
    heart = Specialty.objects.get(code="cardiology")

    response = staff_client.post(
        page_url(heart),
        {"code": "cardiology", "name": "Cardiology", "plain_name": "Your heart", "icon": "pulse"},
    )

    assert response.status_code == 302
    heart.refresh_from_db()
    assert heart.plain_name == "Your heart"
    event = AuditEvent.objects.get()
    assert event.what == "specialty.changed"
    assert event.detail == {"code": "cardiology", "changed": ["plain_name"]}


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    """Of Sadia Rahman with Dr Farzana Kabir, paid from her wallet."""
    return book(SlotFactory(doctor=doctor), patient, now=now)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("label", "words", "nothing"),
    [
        ("accounts.patient", "rahman", "barua"),
        ("accounts.user", "SADIA@example", "nobody@"),
        ("appointments.appointment", "{reference}", "XXXXXXXX"),
        ("appointments.appointment", "farzana sadia", "farzana tanvir"),
        ("doctors.doctor", "dhanmondi", "gulshan"),
        ("doctors.specialty", "skin", "astrology"),
        ("notifications.outboxmessage", "sadia", "tanvir"),
        ("payments.journalentry", "Farzana", "Barua"),
        ("payments.ledgeraccount", "sadia@", "tanvir@"),
        ("payments.payment", "{subject}", "00000000-0000-0000-0000-000000000000"),
        ("payments.transfer", "sadia", "tanvir"),
        ("payments.wallet", "sadia", "tanvir"),
    ],
)
def test_lists_are_searched_by_what_people_know(
    staff_client: Client, visit: Appointment, label: str, words: str, nothing: str
) -> None:
    wanted = words.format(reference=visit.reference, subject=visit.pk)

    def found(text: str) -> int:
        return staff_client.get(list_url(label), {"q": text}).context["cl"].result_count

    assert found(wanted) > 0
    assert found(nothing) == 0


@pytest.mark.django_db
def test_lists_show_money_words_and_who_did_it(staff_client: Client, visit: Appointment) -> None:
    def shows(label: str, *texts: str) -> None:
        page = unescape(staff_client.get(list_url(label)).content.decode())
        for text in texts:
            assert text in page, (label, text)

    fee = "৳\u202f1,200"
    shows("appointments.appointment", "Confirmed", fee, visit.reference, "16 Nov 2026, 10:00")
    shows("payments.payment", "Paid", fee, "Visit", "Wallet", "—")
    shows("payments.journalentry", fee, "Visit with Dr Farzana Kabir")
    shows("payments.transfer", fee, "Wallet, sadia", "Fees of booked visits")
    shows("payments.ledgeraccount", "The site", f"−{fee}", fee)
    shows("payments.wallet", "৳\u202f0")
    shows("doctors.doctor", "Approved", fee, "A-")
    shows("accounts.patient", "Themselves", "—")
    shows("notifications.outboxmessage", "Visit confirmed", "Waiting")


@pytest.mark.django_db
def test_a_visit_leads_to_what_was_paid_for_it(
    staff_client: Client, visit: Appointment, other_patient: Patient, now: dt.datetime
) -> None:
    book(SlotFactory(doctor=visit.doctor), other_patient, now=now)
    page = staff_client.get(page_url(visit)).content.decode()
    (link,) = re.findall(r'href="([^"]+subject__exact[^"]+)"', page)

    (payment,) = staff_client.get(link).context["cl"].result_list

    assert payment.subject == visit.pk
    assert "The site itself" not in page
    assert "Made" in page


@pytest.mark.django_db(transaction=True)
def test_lists_and_pages_stay_quick_with_a_clinic_in_them() -> None:
    size = Size(doctors=5, patients=9, with_money=6, days=4, bookings_a_day=4)
    now = dt.datetime(2026, 11, 12, 6, 0, tzinfo=dt.UTC)
    open_clinic(seed=1, now=now, say=lambda line: None, size=size)
    PlaceFactory.create_batch(4)
    admin = User.objects.get(username="admin")
    client = logged_in(admin)
    for ahead in (1, 2, 3):
        for doctor in Doctor.objects.approved():
            start = now + dt.timedelta(days=ahead)
            absence = start_absence(
                key=uuid.uuid4(), doctor_id=doctor.pk, start=start,
                end=start + dt.timedelta(hours=12), reason="Ill", offers_times=True, by=admin,
                now=now,
            )  # fmt: skip
            run_absence(absence_id=absence.pk, now=now)

    for number, patient in enumerate(Patient.objects.select_related("user")[:5]):
        join_waitlist(
            patient=patient,
            doctor=None,
            specialty=Doctor.objects.approved()[number % 2].specialties.first(),
            first_day=now.date(),
            last_day=now.date() + dt.timedelta(7),
            parts={"morning", "evening"},
            by=patient.user,
            now=now,
        )
    assert sweep_waitlist(now=now) > 0

    asked = {}
    for label, model in MODELS.items():
        with count_queries() as queries:
            response = client.get(list_url(label))
        assert response.status_code == 200
        assert response.context["cl"].result_count == model.objects.count() > 3
        asked[label] = len(queries)
        with count_queries() as queries:
            assert client.get(page_url(model.objects.first())).status_code == 200, label
        assert len(queries) <= 12, label
        search = client.get(list_url(label), {"q": "sadia"})
        assert search.status_code == 200
    assert asked == LIST_QUERIES


@pytest.mark.django_db
def test_waitlist_shows_who_waits_and_what_they_were_offered(
    staff_client: Client, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    entry = join_waitlist(
        patient=patient,
        doctor=doctor,
        first_day=now.date(),
        last_day=now.date() + dt.timedelta(7),
        parts={"morning", "evening"},
        by=patient.user,
        now=now,
    )
    offer = offer_slot(slot_id=SlotFactory(doctor=doctor).pk, now=now)

    found = staff_client.get(list_url("appointments.waitlistentry"), {"q": "farzana"})
    (row,) = found.context["cl"].result_list
    page = staff_client.get(page_url(entry)).content.decode()

    assert row == entry
    assert "morning, evening" in found.content.decode()
    assert offer is not None
    assert offer.appointment.reference in page
    none = staff_client.get(list_url("appointments.waitlistentry"), {"status__exact": "left"})
    assert not none.context["cl"].result_list
