"""What each group of staff sees of the admin and of the site: just what is theirs."""

import datetime as dt

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.staff_groups import StaffGroup
from appointments.models import Appointment
from doctors.models import Doctor
from payments.models import Payment, Wallet
from tests.conftest import logged_in
from tests.factories import PatientFactory, SlotFactory, book, fund, member_of

pytestmark = [pytest.mark.any_database, pytest.mark.django_db]

# Every list of admin × who may open it. A list that is not here fails: decide who may.
LISTS = {
    "accounts.auditevent": "",
    "accounts.patient": "support",
    "accounts.place": "",
    "accounts.user": "support",
    "appointments.absence": "support",
    "appointments.appointment": "support",
    "appointments.bookingrules": "",
    "records.visitrecord": "",
    "appointments.waitlistentry": "support",
    "doctors.doctor": "support moderator",
    "doctors.specialty": "",
    "notifications.outboxmessage": "support",
    "payments.journalentry": "finance",
    "payments.ledgeraccount": "finance",
    "payments.payment": "finance",
    "payments.transfer": "finance",
    "payments.wallet": "finance",
}
# Actions of lists, by who is offered them.
ACTIONS = {
    "accounts.user": ({"deactivate", "activate", "change_role", "set_groups"}, ""),
    "appointments.appointment": ({"cancel_visits", "accept_requests"}, "support"),
    "doctors.doctor": ({"approve", "refuse"}, "moderator"),
    "notifications.outboxmessage": ({"send_again"}, "support"),
    "payments.wallet": ({"pay_out"}, "finance"),
}
# Pages of the site that are for the clinic.
PAGES = {
    "/appointments/schedule/": "support",
    "/appointments/desk/book/": "support",
    "/appointments/absences/": "support",
    "{visit}": "support",
}


def member(group: str) -> Client:
    """Somebody of the group, or of none."""
    return logged_in(User.objects.get(pk=member_of(group).pk))


@pytest.fixture
def visit(doctor: Doctor, now: dt.datetime) -> Appointment:
    return book(SlotFactory(doctor=doctor), PatientFactory(), now=now)


@pytest.mark.parametrize("group", ["", *StaffGroup.values])
def test_a_group_opens_its_own_lists_and_no_others(group: str, visit: Appointment) -> None:
    client = member(group)
    labels = {model._meta.label_lower for model in django_admin.site._registry}
    assert labels == set(LISTS), "who may open these?"
    for label, groups in LISTS.items():
        url = reverse(f"admin:{label.replace('.', '_')}_changelist")
        mine = group in groups.split()
        assert client.get(url).status_code == (200 if mine else 403), label
        row = django_admin.site._registry[_model(label)].model._default_manager.first()
        if row is not None:
            page = reverse(f"admin:{label.replace('.', '_')}_change", args=[row.pk])
            assert client.get(page).status_code == (200 if mine else 403), label
        if mine and label in ACTIONS:
            offered, to = ACTIONS[label]
            text = client.get(url).content.decode()
            for action in offered:
                assert (f'value="{action}"' in text) == (group in to.split()), action


@pytest.mark.parametrize(
    ("label", "lookup"),
    [
        ("accounts.user", "password__startswith=argon2"),
        ("notifications.outboxmessage", "facts__code__startswith=1"),
        ("notifications.outboxmessage", "body_text__regex=1"),
        ("appointments.appointment", "symptoms__icontains=rash"),
    ],
)
def test_no_list_answers_what_is_in_a_hidden_column(
    label: str, lookup: str, visit: Appointment
) -> None:
    url = reverse(f"admin:{label.replace('.', '_')}_changelist")
    assert member("support").get(f"{url}?{lookup}").status_code == 400


def test_password_of_an_admin_is_changed_on_the_page_of_the_site(visit: Appointment) -> None:
    answer = member("support").get(reverse("admin:password_change"))
    assert answer.headers["Location"] == reverse("account_change_password")


@pytest.mark.parametrize("group", ["", *StaffGroup.values])
def test_the_overview_shows_a_group_what_is_theirs(group: str, visit: Appointment) -> None:
    page = member(group).get("/admin/").content.decode()
    assert ("Today's visits" in page or "Today&#x27;s visits" in page) == (group == "support")
    assert ("Taken in by card" in page) == (group == "finance")
    for label, groups in LISTS.items():
        link = reverse(f"admin:{label.replace('.', '_')}_changelist")
        assert (f'href="{link}"' in page) == (group in groups.split()), label


@pytest.mark.parametrize("group", ["", *StaffGroup.values])
def test_pages_of_the_clinic_are_for_the_group_that_works_with_them(
    group: str, visit: Appointment
) -> None:
    client = member(group)
    for path, groups in PAGES.items():
        url = path.format(visit=f"/appointments/{visit.pk}/")
        answer = client.get(url).status_code
        assert (answer == 200) == (group in groups.split()), (url, answer)
        assert answer in (200, 403)
    reader = User.objects.get(username__startswith="of-")
    assert Payment.objects.visible_to(reader).exists() == (group == "finance")


def test_an_action_that_is_not_offered_is_not_done(
    visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    fund(visit.patient.user, 5_000, now=now)
    wallet = Wallet.objects.get(user=visit.patient.user)
    for group, url, action, row in (
        ("support", "admin:doctors_doctor_changelist", "refuse", doctor),
        ("support", "admin:accounts_user_changelist", "deactivate", doctor.user),
    ):
        data = {"action": action, "_selected_action": [str(row.pk)], "reason": "x"}
        member(group).post(reverse(url), data)
        User.objects.filter(username="of-support").update(
            username=action, email=f"{action}@example.org"
        )
    doctor.user.refresh_from_db()
    assert doctor.user.is_active
    # Finance does what is its own.
    data = {"action": "pay_out", "_selected_action": [str(wallet.pk)]}
    answer = member("finance").post(reverse("admin:payments_wallet_changelist"), data, follow=True)
    said = [str(message) for message in answer.context["messages"]]
    assert said == [f"{wallet.user.display_name}: ৳\u202f50 is paid out."]
    wallet.refresh_from_db()
    assert wallet.balance == 0


def _model(label: str) -> type:
    from django.apps import apps

    return apps.get_model(label)
