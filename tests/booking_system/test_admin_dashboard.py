"""The admin's overview: its numbers, where they lead, and what it costs."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
import time_machine
from django.conf import settings as site
from django.contrib import admin as django_admin
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Patient, User
from appointments.actions import complete_visit, mark_arrived
from booking_system.sample_data.clinic import Size, open_clinic
from core import worker_heartbeat
from doctors.enums import DoctorStatus
from doctors.models import Doctor
from notifications.enums import MessageStatus
from notifications.models import OutboxMessage
from payments.actions import charge_card, start_deposit
from payments.gateways import CardDetails
from payments.models import Payment
from payments.money import parse_money
from tests import factories
from tests.conftest import DHAKA, NOW, count_queries, logged_in

CHECKED_FOR_LONG = "4000000000000077"
MOST_QUERIES = 15


@pytest.fixture(autouse=True)
def _stand_still(db: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        cache.clear()
        worker_heartbeat.beat(now=NOW - dt.timedelta(seconds=20))
        yield


def ago(**span: float) -> dt.datetime:
    return NOW - dt.timedelta(**span)


def overview(client: Client) -> Any:
    response = client.get(reverse("admin:index"))
    assert response.status_code == 200
    return response


def listed(client: Client, url: str) -> list[Any]:
    """Every row of the list at an address."""
    response = client.get(url)
    assert response.status_code == 200, url
    return list(response.context["cl"].queryset)


def mail(status: MessageStatus, *, created: dt.datetime, **fields: Any) -> None:
    OutboxMessage.objects.create(
        kind="welcome",
        key=str(uuid.uuid4()),
        address="sadia@example.org",
        status=status,
        created_at=created,
        due_at=fields.pop("due_at", created),
        **fields,
    )


def pay_slowly(user: User, *, now: dt.datetime) -> Payment:
    """A deposit by a card that the bank checks."""
    payment = start_deposit(user=user, amount=50_000, idempotency_key=uuid.uuid4(), now=now)
    card = CardDetails(
        number=CHECKED_FOR_LONG, expiry_month=12, expiry_year=2039, cvc="123", name="Sadia Rahman"
    )
    return charge_card(payment_id=payment.pk, card=card, by=user, now=now)


def visit(doctor: Doctor, patient: Patient, start: dt.datetime) -> Any:
    """Booked two days before."""
    slot = factories.SlotFactory(doctor=doctor, start=start)
    return factories.book(slot, patient, now=start - dt.timedelta(days=2))


def test_a_quiet_clinic_has_nothing_that_waits(staff_client: Client) -> None:
    response = overview(staff_client)

    assert response.context["concerns"] == []
    page = response.content.decode()
    assert "Nothing. All is well." in page
    assert "No visits today." in page
    assert "Thursday 12 November 2026 · times in Dhaka time (GMT+6)" in page
    assert "The worker is at work." in page


def test_what_waits_is_counted_and_its_list_has_just_that(
    staff_client: Client, doctor: Doctor, patient: Patient, other_patient: Patient
) -> None:
    factories.DoctorFactory(status=DoctorStatus.PENDING, approved_at=None)
    factories.DoctorFactory(status=DoctorStatus.REFUSED, approved_at=None)
    mail(MessageStatus.UNCERTAIN, created=ago(days=30))
    mail(MessageStatus.FAILED, created=ago(days=6))
    mail(MessageStatus.FAILED, created=ago(days=6, hours=1))
    mail(MessageStatus.FAILED, created=ago(days=8))
    mail(MessageStatus.QUEUED, created=ago(minutes=11))
    mail(MessageStatus.QUEUED, created=ago(minutes=9))
    mail(MessageStatus.QUEUED, created=ago(minutes=5), tries=2, due_at=ago(minutes=-5))
    mail(MessageStatus.SENT, created=ago(days=1), sent_at=ago(days=1))
    pay_slowly(patient.user, now=ago(minutes=31))
    pay_slowly(other_patient.user, now=ago(minutes=29))
    forgotten = visit(doctor, patient, ago(hours=25))
    visit(doctor, other_patient, ago(hours=23))
    done = visit(doctor, other_patient, ago(hours=27))
    complete_visit(appointment_id=done.pk, by=doctor.user, now=ago(hours=26))
    OutboxMessage.objects.filter(kind__startswith="visit").delete()
    OutboxMessage.objects.filter(kind__startswith="payment").delete()

    concerns = overview(staff_client).context["concerns"]

    assert [(each.count, each.text.split()[0:2]) for each in concerns] == [
        (1, ["payment", "is"]),
        (1, ["mail", "may"]),
        (2, ["mails", "did"]),
        (2, ["mails", "should"]),
        (1, ["doctor", "waits"]),
        (1, ["visit", "is"]),
    ]
    for concern in concerns:
        assert len(listed(staff_client, concern.url)) == concern.count, concern.text
    assert listed(staff_client, concerns[-1].url) == [forgotten]


@pytest.mark.parametrize(("seconds", "away"), [(170, False), (190, True)])
def test_a_worker_that_is_away_is_said_first(
    staff_client: Client, seconds: int, away: bool
) -> None:
    worker_heartbeat.beat(now=ago(seconds=seconds))
    factories.DoctorFactory(status=DoctorStatus.PENDING, approved_at=None)
    mail(MessageStatus.QUEUED, created=NOW)

    concerns = overview(staff_client).context["concerns"]

    assert ("The worker is away" in concerns[0].text) is away
    if away:
        assert "3\xa0minutes ago" in concerns[0].text
        assert len(listed(staff_client, concerns[0].url)) == 1


def test_a_worker_that_was_never_seen_is_said(staff_client: Client) -> None:
    cache.clear()

    response = overview(staff_client)

    assert "last seen: never" in response.context["concerns"][0].text
    assert "The worker is at work." not in response.content.decode()


def test_today_is_the_site_s_day_whatever_the_admin_s_zone(
    admin: User, doctor: Doctor, patient: Patient
) -> None:
    admin.time_zone = "America/New_York"
    admin.save()
    client = logged_in(admin)
    at = {
        name: visit(doctor, patient, dt.datetime(2026, 11, day, hour, minute, tzinfo=DHAKA))
        for name, day, hour, minute in (
            ("last night", 11, 23, 40), ("first", 12, 0, 0), ("morning", 12, 8, 0),
            ("later", 12, 20, 0), ("evening", 12, 23, 40), ("tomorrow", 13, 0, 0),
        )
    }  # fmt: skip
    mark_arrived(appointment_id=at["morning"].pk, by=doctor.user, now=ago(hours=1))
    response = overview(client)

    counts = response.context["visits_today"]
    assert [(each.label, each.count) for each in counts] == [("Confirmed", 3), ("Arrived", 1)]
    for each in counts:
        assert len(listed(client, each.url)) == each.count
    today = listed(client, response.context["visits_today_url"])
    assert {row.pk for row in today} == {
        at["first"].pk, at["morning"].pk, at["evening"].pk, at["later"].pk,
    }  # fmt: skip
    assert [row.pk for row in response.context["next_visits"]] == [
        at["later"].pk, at["evening"].pk, at["tomorrow"].pk,
    ]  # fmt: skip
    page = response.content.decode()
    assert "11:40 pm" in page
    assert "Fri 13 Nov" in page
    assert (
        "12 Nov 2026, 23:40"
        in client.get(reverse("admin:appointments_appointment_changelist")).content.decode()
    )


def test_the_site_s_zone_ends_with_the_page(staff_client: Client) -> None:
    with timezone.override("America/New_York"):
        overview(staff_client)

        assert timezone.get_current_timezone_name() == "America/New_York"


@pytest.mark.slow("a sample clinic of two months")
@pytest.mark.django_db(transaction=True)
def test_money_is_the_ledger_s_and_each_figure_leads_to_its_transfers() -> None:
    size = Size(doctors=4, patients=8, with_money=6, days=20, bookings_a_day=5)
    open_clinic(seed=3, now=NOW, say=lambda line: None, size=size)
    client = logged_in(User.objects.get(username="admin"))

    response = overview(client)

    rows = {row.label: row.cells for row in response.context["money"]}
    assert list(rows) == [
        "Taken in by card", "Paid for visits", "Given back", "Earned by doctors", "Commission",
    ]  # fmt: skip
    for label, cells in rows.items():
        for amount, url in cells:
            assert parse_money(amount.replace("\u202f", " ")) == sum(
                row.amount for row in listed(client, url)
            ), label
    # The clinic opened on 23 October: both months have something in them.
    assert all(amount != "৳\u202f0" for amount, _ in rows["Paid for visits"])
    earned, commission = (parse_money(rows[name][0][0]) for name in list(rows)[3:])
    assert commission * 100 == (earned + commission) * site.COMMISSION_PERCENT
    held, in_wallets = (parse_money(amount) for _, amount, _ in response.context["holdings"])
    (fees,) = listed(client, response.context["holdings"][0][2])
    assert held == fees.balance > 0
    wallets = listed(client, response.context["holdings"][1][2])
    assert in_wallets == sum(wallet.balance for wallet in wallets) > 0


@pytest.mark.slow("a sample clinic")
@pytest.mark.django_db(transaction=True)
def test_the_overview_costs_the_same_however_much_there_is(staff_client: Client) -> None:
    asked = []
    for clinic in (False, True):
        if clinic:
            User.objects.filter(username="admin").update(username="other-admin", email="o@x.test")
            size = Size(doctors=5, patients=9, with_money=6, days=6, bookings_a_day=6)
            open_clinic(seed=1, now=NOW, say=lambda line: None, size=size)
            factories.DoctorFactory.create_batch(3, status=DoctorStatus.PENDING, approved_at=None)
        with count_queries() as queries:
            overview(staff_client)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= MOST_QUERIES


def test_the_sidebar_leads_to_every_list(staff_client: Client) -> None:
    page = overview(staff_client).content.decode()
    sidebar = page[page.index('id="nav-sidebar-apps"') : page.index('id="main"')]
    links = [unescape(link) for link in re.findall(r'href="([^"]+)"', sidebar)]

    for model in django_admin.site._registry:
        name = model._meta.label_lower.replace(".", "_")
        assert reverse(f"admin:{name}_changelist") in links
    for link in links:
        # Those two are the site's own pages.
        if "logout" not in link and "password_change" not in link:
            assert staff_client.get(link).status_code == 200, link
    assert sidebar.count(" active") == 1


def test_money_of_another_currency_is_not_mixed_in(
    staff_client: Client, patient: Patient, settings: Settings
) -> None:
    factories.fund(patient.user, 70_000, now=NOW - dt.timedelta(hours=1))
    assert overview(staff_client).context["money"][0].cells[0][0] == "৳\u202f700"

    settings.CURRENCY = "EUR"

    response = overview(staff_client)
    assert response.context["money"][0].cells[0][0] == "€\u202f0"
    assert response.context["holdings"][1][1] == "€\u202f0"
