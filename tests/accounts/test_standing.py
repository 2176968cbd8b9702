"""Whether somebody may log in, their role, and what staff may do: by full admins, with a reason."""

import datetime as dt
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts.actions import activate_user, change_role, deactivate_user, set_staff_groups
from accounts.actions.standing import refuse_last_admin
from accounts.enums import Role
from accounts.exceptions import RoleHasHistory, StandingRefused
from accounts.models import AuditEvent, Patient, User
from accounts.staff import StaffGroup, ensure_staff_groups, permissions_of
from appointments.models import Appointment
from doctors.models import Doctor
from tests.conftest import logged_in
from tests.factories import (
    PASSWORD,
    AdminFactory,
    PatientFactory,
    SlotFactory,
    UserFactory,
    book,
)

pytestmark = pytest.mark.django_db


def run_action(client: Client, action: str, *chosen: User, **fields: Any) -> list[str]:
    """Posts the user list's action and answers the messages it leaves."""
    data = {"action": action, "_selected_action": [str(row.pk) for row in chosen], **fields}
    response = client.post(reverse("admin:accounts_user_changelist"), data, follow=True)
    assert response.status_code == 200
    return [str(message) for message in response.context["messages"]]


def test_deactivating_ends_every_session_at_once(
    patient: Patient, staff_client: Client, admin: User
) -> None:
    clients = [logged_in(patient.user) for _each in range(2)]
    assert [client.get("/appointments/").status_code for client in clients] == [200, 200]

    said = run_action(staff_client, "deactivate", patient.user, reason="Lost phone")

    assert said == ["Done for 1 user."]
    assert [client.get("/appointments/").status_code for client in clients] == [302, 302]
    event = AuditEvent.objects.get(what="user.deactivated")
    assert (event.actor, event.subject_id, event.detail) == (
        admin, patient.user.pk, {"reason": "Lost phone"},
    )  # fmt: skip
    answer = Client().post(
        "/accounts/login/", {"login": "sadia", "password": PASSWORD}, follow=True
    )
    assert answer.redirect_chain[-1][0] == "/accounts/inactive/"

    assert run_action(staff_client, "activate", patient.user, reason="Found") == [
        "Done for 1 user."
    ]
    # Old sessions are gone for good.
    assert [client.get("/appointments/").status_code for client in clients] == [302, 302]
    assert logged_in(User.objects.get(pk=patient.user_id)).get("/appointments/").status_code == 200


def test_a_reason_is_asked_for_and_kept(staff_client: Client, patient: Patient) -> None:
    url = reverse("admin:accounts_user_changelist")
    data = {"action": "deactivate", "_selected_action": [str(patient.user.pk)]}
    asked = staff_client.post(url, data)
    assert asked.status_code == 200
    assert "Deactivate users" in asked.content.decode()

    refused = staff_client.post(url, data | {"reason": " "})

    assert refused.status_code == 422
    assert "Say why: it is kept in the audit." in refused.content.decode()
    patient.user.refresh_from_db()
    assert patient.user.is_active


def test_nobody_does_it_to_themselves_nor_to_the_last_full_admin(
    admin: User, staff_client: Client, now: dt.datetime
) -> None:
    oneself = "Nobody does that to themselves. Ask another admin."
    for action, fields in (
        ("deactivate", {}), ("change_role", {"role": "patient"}), ("set_groups", {}),
    ):  # fmt: skip
        said = run_action(staff_client, action, admin, reason="No", **fields)
        assert said == [f"admin: {oneself}"]
    with pytest.raises(StandingRefused, match="only full admin"):
        refuse_last_admin(admin)

    other = AdminFactory()
    refuse_last_admin(admin)
    deactivate_user(user_id=other.pk, reason="Gone", by=admin, now=now)
    # Who may no longer log in can't be what is left.
    with pytest.raises(StandingRefused, match="only full admin"):
        refuse_last_admin(admin)


def test_only_full_admins_decide_about_users(
    admin: User, doctor: Doctor, patient: Patient, now: dt.datetime
) -> None:
    support = UserFactory(role=Role.ADMIN, is_staff=True)
    set_staff_groups(
        user_id=support.pk, groups=list(StaffGroup), everything=False, reason="All", by=admin,
        now=now,
    )  # fmt: skip
    for by in (User.objects.get(pk=support.pk), doctor.user, patient.user):
        with pytest.raises(PermissionError):
            deactivate_user(user_id=UserFactory().pk, reason="x", by=by, now=now)


def test_a_patient_without_history_becomes_a_doctor_and_back(admin: User, now: dt.datetime) -> None:
    user = PatientFactory(user__first_name="Rina Das").user
    client = logged_in(user)
    UserSession.objects.create(user=user, session_key=client.session.session_key, ip="127.0.0.1")

    change_role(user_id=user.pk, role=Role.DOCTOR, reason="Asked", by=admin, now=now)
    user.refresh_from_db()
    assert (user.role, user.patients.count()) == (Role.DOCTOR, 0)
    assert client.get("/accounts/profile/").status_code == 302, "the old session has ended"
    assert logged_in(user).get("/doctors/practice/").status_code == 200

    change_role(user_id=user.pk, role=Role.PATIENT, reason="Slip", by=admin, now=now)
    user.refresh_from_db()
    assert user.patients.get().name == "Rina Das"
    event = AuditEvent.objects.filter(what="user.role_changed").latest("pk")
    assert event.detail == {"before": "doctor", "after": "patient", "reason": "Slip"}


def test_a_practice_without_visits_goes_with_the_role(
    doctor: Doctor, admin: User, now: dt.datetime
) -> None:
    SlotFactory(doctor=doctor)
    change_role(user_id=doctor.user_id, role=Role.PATIENT, reason="Slip", by=admin, now=now)
    assert not Doctor.objects.exists()


def test_history_keeps_somebody_in_their_role(
    doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    book(SlotFactory(doctor=doctor), patient, now=now)
    for user, role in ((patient.user, Role.ADMIN), (doctor.user, Role.PATIENT)):
        with pytest.raises(RoleHasHistory, match="another account"):
            change_role(user_id=user.pk, role=role, reason="x", by=admin, now=now)
    assert (Doctor.objects.count(), Patient.objects.count(), Appointment.objects.count()) == (
        1, 1, 1,
    )  # fmt: skip


def test_a_new_admin_may_do_nothing_until_groups_say_so(
    admin: User, staff_client: Client, now: dt.datetime
) -> None:
    user = PatientFactory(user__username="mila").user
    run_action(staff_client, "change_role", user, role="admin", reason="New at the desk")
    user.refresh_from_db()
    assert (user.is_staff, user.is_superuser) == (True, False)
    assert logged_in(user).get("/admin/accounts/user/").status_code == 403

    said = run_action(staff_client, "set_groups", user, groups=["support"], reason="Desk")

    assert said == ["Done for 1 user."]
    user = User.objects.get(pk=user.pk)
    assert logged_in(user).get("/admin/accounts/user/").status_code == 200
    event = AuditEvent.objects.filter(what="user.groups_changed").get()
    assert event.detail == {"groups": ["support"], "everything": False, "reason": "Desk"}

    set_staff_groups(user_id=user.pk, groups=[], everything=True, reason="Head", by=admin, now=now)
    user = User.objects.get(pk=user.pk)
    assert (user.is_superuser, user.groups.count()) == (True, 0)
    change_role(user_id=user.pk, role=Role.PATIENT, reason="Left", by=admin, now=now)
    user = User.objects.get(pk=user.pk)
    assert (user.is_staff, user.is_superuser, user.role) == (False, False, Role.PATIENT)


def test_who_is_not_staff_gets_no_groups(staff_client: Client, patient: Patient) -> None:
    said = run_action(staff_client, "set_groups", patient.user, groups=["finance"], reason="x")
    assert said == ["sadia: Only who has the role admin is staff. Change the role first."]


def test_a_closed_account_is_final(staff_client: Client, now: dt.datetime) -> None:
    user = UserFactory(is_active=False, closed_at=now, username="former-7f3a")
    said = run_action(staff_client, "activate", user, reason="Please")
    assert said == ["former-7f3a: This account was closed by its owner: that is final."]


def test_the_groups_have_just_what_the_code_gives_them() -> None:
    support = Group.objects.get(name="support")
    stray = Group.objects.get(name="finance").permissions.first()
    assert stray is not None
    support.permissions.add(stray)
    support.permissions.remove(*support.permissions.filter(codename="view_user"))

    for _again in range(2):
        ensure_staff_groups(using="default")

    for group in StaffGroup:
        held = Group.objects.get(name=group).permissions.values_list(
            "content_type__app_label", "codename"
        )
        assert {f"{app}.{name}" for app, name in held} == permissions_of(group)


def test_activating_twice_is_one_row_in_the_audit(
    admin: User, patient: Patient, now: dt.datetime
) -> None:
    for _again in range(2):
        deactivate_user(user_id=patient.user_id, reason="x", by=admin, now=now)
    for _again in range(2):
        activate_user(user_id=patient.user_id, reason="x", by=admin, now=now)
    assert list(AuditEvent.objects.order_by("pk").values_list("what", flat=True)) == [
        "user.deactivated", "user.activated",
    ]  # fmt: skip
