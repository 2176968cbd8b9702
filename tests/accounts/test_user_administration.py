"""Whether somebody may log in, their role, and what staff may do: by full admins, with a reason."""

import datetime as dt
import re
from urllib.parse import urlencode

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.actions import activate_user, change_role, deactivate_user, set_staff_groups
from accounts.actions.user_administration import refuse_last_admin
from accounts.enums import Role
from accounts.exceptions import StandingRefused
from accounts.models import AuditEvent, Patient, User
from accounts.staff_groups import StaffGroup, ensure_staff_groups
from doctors.models import Doctor
from tests.accounts.user_list import refusals
from tests.admin_pages import run_action
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
    for action, fields, beside in (
        ("deactivate", {}, "__all__"),
        ("change_role", {"role": "patient"}, "role"),
        ("set_groups", {}, "groups"),
    ):
        said = refusals(staff_client, action, admin, reason="No", **fields)
        assert said == {beside: [f"admin: {oneself}"]}
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
    event = AuditEvent.objects.get(what="user.role_changed", detail__reason="Slip")
    assert event.detail == {"before": "doctor", "after": "patient", "reason": "Slip"}


def test_a_practice_without_visits_goes_with_the_role(
    doctor: Doctor, admin: User, now: dt.datetime
) -> None:
    SlotFactory(doctor=doctor)
    change_role(user_id=doctor.user_id, role=Role.PATIENT, reason="Slip", by=admin, now=now)
    assert not Doctor.objects.exists()


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
    said = refusals(staff_client, "set_groups", patient.user, groups=["finance"], reason="x")
    assert said == {
        "groups": ["sadia: Only who has the role admin is staff. Change the role first."]
    }


def test_a_closed_account_is_final(staff_client: Client, now: dt.datetime) -> None:
    user = UserFactory(is_active=False, closed_at=now, username="former-7f3a")
    said = refusals(staff_client, "activate", user, reason="Please")
    assert said == {
        "__all__": ["former-7f3a: This account was closed by its owner: that is final."]
    }


def test_the_groups_have_just_what_the_code_gives_them() -> None:
    support = Group.objects.get(name="support")
    stray = Group.objects.get(name="finance").permissions.first()
    assert stray is not None
    support.permissions.add(stray)
    support.permissions.remove(*support.permissions.filter(codename="view_user"))

    for _again in range(2):
        ensure_staff_groups(using="default")

    given: dict[str, set[str]] = {}
    for config in apps.get_app_configs():
        for name, permissions in getattr(config, "staff_permissions", {}).items():
            given.setdefault(name, set()).update(permissions)
    assert set(given) == set(StaffGroup.values)
    for group in StaffGroup:
        held = Group.objects.get(name=group).permissions.values_list(
            "content_type__app_label", "codename"
        )
        assert {f"{app}.{name}" for app, name in held} == given[group]


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


def buttons(page: str) -> list[str]:
    return re.findall(r'name="action" value="(\w+)"', page)


def test_user_s_page_has_the_actions_and_no_help_for_typing(
    staff_client: Client, patient: Patient, admin: User
) -> None:
    def page_of(user: User) -> str:
        return staff_client.get(
            reverse("admin:accounts_user_change", args=[user.pk])
        ).content.decode()

    page = page_of(patient.user)
    assert buttons(page) == ["deactivate", "change_role"]
    for help_text in ("Unselect this", "150 characters or fewer", "Designates"):
        assert help_text not in page
    assert buttons(page_of(AdminFactory())) == ["deactivate", "change_role", "set_groups"]
    User.objects.filter(pk=patient.user_id).update(is_active=False)
    assert buttons(page_of(patient.user)) == ["activate", "change_role"]
    own = page_of(admin)
    assert buttons(own) == []
    assert "Nobody does that to themselves. Ask another admin." in own


def test_who_may_not_decide_sees_no_buttons_on_a_user_s_page(
    admin: User, patient: Patient, now: dt.datetime
) -> None:
    support = UserFactory(role=Role.ADMIN, is_staff=True)
    set_staff_groups(
        user_id=support.pk, groups=[StaffGroup.SUPPORT], everything=False, reason="Desk", by=admin,
        now=now,
    )  # fmt: skip
    page = logged_in(User.objects.get(pk=support.pk)).get(
        reverse("admin:accounts_user_change", args=[patient.user_id])
    )
    assert page.status_code == 200
    assert buttons(page.content.decode()) == []


@pytest.mark.parametrize("filters", ["", "q=sadia&is_active__exact=1"])
def test_after_an_action_one_is_back_where_one_was(
    staff_client: Client, patient: Patient, filters: str
) -> None:
    users = reverse("admin:accounts_user_changelist")
    own = reverse("admin:accounts_user_change", args=[patient.user_id])
    query = f"?{filters}" if filters else ""
    chosen = {"action": "deactivate", "_selected_action": [str(patient.user_id)]}

    asked = staff_client.post(users + query, chosen)
    assert (asked.context["back"].url, asked.status_code) == (users + query, 200)
    kept = {"filters": asked.context["back"].filters, "page": asked.context["back"].page}
    done = staff_client.post(users, chosen | kept | {"reason": "Lost phone"})
    assert done["Location"] == users + query

    page = f"{own}?{urlencode({'_changelist_filters': filters})}" if filters else own
    html = staff_client.get(page).content.decode()
    assert f'name="filters" value="{escape(filters)}"' in html
    chosen = {"action": "activate", "_selected_action": [str(patient.user_id)]}
    kept = {"filters": filters, "page": str(patient.user_id)}
    asked = staff_client.post(users, chosen | kept)
    assert f'href="{escape(page)}"' in asked.content.decode()
    done = staff_client.post(users, chosen | kept | {"reason": "Found"})
    assert done["Location"] == page
    # Whatever somebody sends: one stays in the admin.
    wild = {"filters": "//evil.example\r\n?x=1", "page": "//evil.example"}
    done = staff_client.post(users, chosen | wild | {"reason": "Found"})
    assert done["Location"].startswith(f"{users}?")


def test_who_can_t_get_it_is_said_before_anything_is_asked(
    staff_client: Client, doctor: Doctor, patient: Patient, admin: User, now: dt.datetime
) -> None:
    users = reverse("admin:accounts_user_changelist")

    def ask(action: str, *chosen: User) -> tuple[list[str], list[str], str]:
        data = {"action": action, "_selected_action": [str(user.pk) for user in chosen]}
        page = staff_client.post(users, data)
        assert page.status_code == 200
        html = page.content.decode()
        asked = [user.username for user, _going_on in page.context["users"]]
        assert ('name="reason"' in html) is bool(asked)
        return asked, [each.user.username for each in page.context["hopeless"]], html

    other = AdminFactory(username="other-admin")
    asked, hopeless, html = ask("set_groups", patient.user, other)
    assert (asked, hopeless) == (["other-admin"], ["sadia"])
    assert "Only who has the role admin is staff. Change the role first." in html
    assert ask("set_groups", patient.user)[:2] == ([], ["sadia"])
    assert ask("deactivate", admin)[:2] == ([], ["admin"])

    assert ask("change_role", patient.user)[:2] == (["sadia"], [])
    with time_machine.travel(now, tick=False):
        book(SlotFactory(doctor=doctor), patient, now=now)
        asked, hopeless, html = ask("change_role", patient.user)
    assert (asked, hopeless) == ([], ["sadia"])
    assert "1 visit as a patient is ahead." in html
