"""Django admin: who gets in, what it shows, and that it writes only through actions."""

import datetime as dt

import pytest
from django.test import Client

from accounts.models import AuditEvent, Patient, User
from appointments.models import BookingRules
from appointments.policies import Tier
from appointments.querysets import policy_for
from doctors.enums import DoctorStatus
from doctors.models import Doctor, Specialty
from notifications.actions import queue_message
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from tests.admin_pages import MODELS, list_url, page_url, run_action
from tests.factories import DoctorFactory


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
