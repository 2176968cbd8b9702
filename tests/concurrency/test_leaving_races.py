"""Copies of data, closing and deactivating at once: one of each, and never no admin."""

import datetime as dt
import functools
from pathlib import Path

import pytest

from accounts.actions import (
    close_account,
    deactivate_user,
    make_export,
    request_export,
)
from accounts.exceptions import CannotClose, ExportUnderway, StandingRefused
from accounts.models import AuditEvent, DataExport, Patient, User
from accounts.personal_data_registry import Wishes
from booking_system.invariants import all_checks
from doctors.models import Doctor
from notifications.models import OutboxMessage
from payments.models import Refund
from tests.concurrency.harness import race, raised
from tests.factories import AdminFactory, SlotFactory, book

pytestmark = pytest.mark.django_db(transaction=True)

RACERS = 6


def test_asking_at_once_asks_once_and_workers_at_once_make_one(
    patient: Patient, now: dt.datetime, private_root: Path
) -> None:
    ask = functools.partial(request_export, by=patient.user, now=now)
    assert raised(race([ask] * RACERS), ExportUnderway) == RACERS - 1

    export = DataExport.objects.get()
    made = race([functools.partial(make_export, export_id=export.pk, now=now)] * RACERS)

    assert sorted(made) == [False] * (RACERS - 1) + [True]
    assert len(list(private_root.rglob("*.zip"))) == 1
    assert OutboxMessage.objects.filter(kind="data_ready").count() == 1


def test_closing_at_once_closes_once(patient: Patient, doctor: Doctor, now: dt.datetime) -> None:
    book(SlotFactory(doctor=doctor), patient, now=now)
    close = functools.partial(
        close_account, by=patient.user, wishes=Wishes(gives_up_wallet=True), now=now
    )

    outcomes = race([close] * RACERS)

    assert raised(outcomes, CannotClose) == RACERS - 1
    assert Refund.objects.count() == 1
    assert AuditEvent.objects.filter(what="account.closed").count() == 1
    assert [breach for check in all_checks().values() for breach in check()] == []


def test_admins_who_deactivate_each_other_leave_one(admin: User, now: dt.datetime) -> None:
    other = AdminFactory()
    calls = [
        functools.partial(deactivate_user, user_id=user.pk, reason="x", by=by, now=now)
        for user, by in ((admin, other), (other, admin))
    ]

    outcomes = race(calls)

    assert raised(outcomes, StandingRefused) == 1
    assert User.objects.filter(is_active=True, is_superuser=True).count() == 1


def test_admins_who_leave_at_once_leave_one(admin: User, now: dt.datetime) -> None:
    other = AdminFactory()
    calls = [
        functools.partial(close_account, by=by, wishes=Wishes(), now=now) for by in (admin, other)
    ]

    assert raised(race(calls), CannotClose) == 1
