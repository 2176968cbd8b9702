"""Nothing of what somebody typed is left when they have gone: not in tables, files, mails, logs.

Every text that a row of theirs can hold gets a canary of its own, also in columns that nobody has
thought of here: a model that is added later is filled, too, and has to be erased or excused.
"""

import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection, models, transaction
from django.test import Client

from accounts.actions import (
    add_relative,
    close_account,
    make_exports,
    request_export,
    spend_code_guess,
)
from accounts.audit import Subject, record_event
from accounts.models import AuditEvent, Patient, UnwantedFile, User
from accounts.personal_data_registry import Wishes
from appointments.actions import (
    cancel_for_clinic,
    cancel_visit,
    join_waitlist,
    make_feed,
    run_absence,
    start_absence,
)
from appointments.models import Appointment
from booking_system.invariants import all_checks
from doctors.models import Doctor
from notifications.actions import queue_message, send_due_messages
from notifications.models import OutboxMessage
from records.models import VisitRecord
from tests.conftest import logged_in
from tests.factories import PASSWORD, SlotFactory, book, recorded_visit

# What no person fills in: made by code, or kept on purpose (docs/privacy.md says why).
NOT_TYPED = {
    # The medical record, as its doctor signed it.
    "records.visitrecord", "records.prescriptionline",
    # The books.
    "payments.journalentry", "payments.ledgeraccount", "payments.payment.currency",
    "payments.payment.gateway", "payments.payment.gateway_reference",
    # Codes, and what the site itself makes up.
    "appointments.appointment.reference", "appointments.appointment.currency",
    "appointments.appointment.policy", "notifications.outboxmessage.kind",
    "notifications.outboxmessage.key", "accounts.user.password", "accounts.auditevent",
    "appointments.appointmenttransition", "admin.logentry.object_id",
    "account.emailconfirmation.key", "accounts.dataexport.file", "accounts.user.time_zone",
    # Of the doctor: patients' names are on what they signed.
    "doctors.doctor.name", "doctors.doctor.licence_number", "doctors.doctor.qualifications",
    "doctors.doctor.time_zone", "appointments.bookingrules",
}  # fmt: skip


class Canaries:
    """Puts a text of its own into every place, and remembers them all."""

    def __init__(self) -> None:
        self.sung: dict[str, str] = {}

    def sing(self, where: str) -> str:
        canary = f"zq{len(self.sung):03d}canary"
        self.sung[canary] = where
        return canary

    def fill(self, rows: "models.QuerySet[Any]") -> None:
        """Every column of the rows that can hold free text."""
        label = rows.model._meta.label_lower
        for field in rows.model._meta.concrete_fields:
            where = f"{label}.{field.name}"
            if label in NOT_TYPED or where in NOT_TYPED or not holds_text(field):
                continue
            for pk in rows.values_list("pk", flat=True):
                canary = self.sing(where)
                value: Any = canary
                if isinstance(field, models.EmailField) or field.name == "address":
                    value = f"{canary}@example.org"
                elif isinstance(field, models.JSONField):
                    value = {"typed": canary}
                value = value[: field.max_length] if isinstance(value, str) else value
                rows.model._default_manager.filter(pk=pk).update(**{field.name: value})


def holds_text(field: "models.Field[Any, Any]") -> bool:
    kinds = (models.CharField, models.TextField, models.JSONField)
    return (
        isinstance(field, kinds)
        and not field.choices
        and not field.primary_key
        and (field.max_length is None or field.max_length >= 17)
        and type(field).__module__.startswith("django.")
    )


def rows_of(user: User) -> "Iterator[models.QuerySet[Any]]":
    """Every row of every model that points to the user or to one of their patients."""
    patients = Patient.objects.filter(user=user)
    yield User.objects.filter(pk=user.pk)
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is User and field.name in ("user", "booked_by", "joined_by"):
                yield model._default_manager.filter(**{field.name: user})
            elif field.related_model is Patient:
                yield model._default_manager.filter(**{f"{field.name}__in": patients})


def found_in_tables(canaries: Canaries) -> list[str]:
    """Where in the database a canary still is: every column of every table, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            text = str(cursor.fetchall())
            found += [
                f"{canaries.sung[canary]} in {table}"
                for canary in set(re.findall(r"zq\d{3}canary", text))
            ]
    return sorted(found)


@pytest.fixture
def leaver(
    patient: Patient, doctor: Doctor, admin: User, now: dt.datetime, private_root: Path
) -> tuple[User, Canaries]:
    """Sadia, who has done everything that one can do here, with canaries everywhere."""
    user, canaries = patient.user, Canaries()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    add_relative(
        user=user, relationship="child", name="Child", birth_date=dt.date(2020, 5, 1), by=user
    )
    recorded_visit(doctor, patient, now=now)
    typed = {name: canaries.sing(f"booking.{name}") for name in ("reason", "symptoms", "notes")}
    for days, cancelled_by in ((4, user), (5, admin), (6, None)):
        slot = SlotFactory(
            doctor=doctor,
            start=now + dt.timedelta(days=days),
            end=now + dt.timedelta(days=days, minutes=20),
        )
        visit = book(slot, patient, now=now, **typed)
        why = canaries.sing("why cancelled")
        if cancelled_by == user:
            cancel_visit(appointment_id=visit.pk, reason=why, by=user, now=now)
        elif cancelled_by:
            cancel_for_clinic(appointment_id=visit.pk, reason=why, by=admin, now=now)
    join_waitlist(
        patient=patient, doctor=doctor, first_day=now.date(), last_day=now.date(),
        parts={"morning"}, by=user, now=now,
    )  # fmt: skip
    make_feed(by=user, now=now)
    detail = {"reason": canaries.sing("audit detail")}
    told, seen = Subject(row=user, detail=detail), Subject(row=user)
    with transaction.atomic():
        record_event(actor=admin, what="user.activated", subject=told, now=now)
        record_event(actor=user, what="user.logged_in", subject=seen, now=now, ip="203.0.113.77")
    LogEntry.objects.create(
        user=admin, content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk),
        object_repr=canaries.sing("object_repr"), action_flag=CHANGE, change_message="x",
    )  # fmt: skip
    send_due_messages(now=now)
    # To an address of theirs, with no user; and one that waits.
    queue_message(
        kind="unknown_account", event="e", object_id="1", address=user.email,
        facts={"signup_url": canaries.sing("bare mail")}, now=now,
    )  # fmt: skip
    send_due_messages(now=now)
    queue_message(kind="welcome", event="e", object_id="2", user=user, facts={}, now=now)
    request_export(by=user, now=now)
    make_exports(now=now)
    before = user.email
    for rows in rows_of(user):
        canaries.fill(rows)
    # Facts that no template could be written from are no mail: those that wait are real ones.
    OutboxMessage.objects.filter(status="queued").delete()
    queue_message(
        kind="unknown_account", event="e", object_id="3", user=User.objects.get(pk=user.pk),
        facts={"signup_url": canaries.sing("mail that waits")}, now=now,
    )  # fmt: skip
    # Mails are found by the addresses that they had.
    OutboxMessage.objects.filter(address=before).update(address=before)
    EmailAddress.objects.create(user=user, email=before, verified=True)
    storages["private"].save("exports/left.zip", ContentFile(b"x"))
    user.refresh_from_db()
    spend_code_guess(address=user.email, now=now)
    assert len(canaries.sung) > 40
    return user, canaries


def close(user: User, now: dt.datetime) -> str:
    return close_account(by=user, wishes=Wishes(gives_up_wallet=True), now=now)


@pytest.mark.django_db(transaction=True)
def test_no_canary_outlives_the_account(
    leaver: tuple[User, Canaries],
    now: dt.datetime,
    private_root: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    user, canaries = leaver
    client = logged_in(user)
    client.get("/accounts/profile/")
    assert len(list(private_root.rglob("*.zip"))) == 2
    assert found_in_tables(canaries)

    pseudonym = close(user, now)
    send_due_messages(now=now)

    assert found_in_tables(canaries) == []
    assert "203.0.113.77" not in str(list(AuditEvent.objects.values_list("ip")))
    assert [path.name for path in private_root.rglob("*.zip")] == ["left.zip"]
    assert not UnwantedFile.objects.exists()
    assert not re.search(r"zq\d{3}canary", caplog.text)
    assert [breach for check in all_checks().values() for breach in check()] == []
    user.refresh_from_db()
    assert re.fullmatch(r"Former patient [0-9A-F]{4}", pseudonym)
    assert (user.display_name, user.is_active, user.has_usable_password()) == (
        pseudonym, False, False,
    )  # fmt: skip
    assert sorted(user.patients.values_list("name", "birth_date", "relationship")) == [
        (pseudonym, None, "self"), (f"{pseudonym}-2", None, "other"),
    ]  # fmt: skip
    # What doctors wrote is kept.
    assert VisitRecord.objects.get().diagnosis == "Contact dermatitis"
    assert client.get("/accounts/profile/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_the_database_s_file_keeps_nothing_either(
    leaver: tuple[User, Canaries], now: dt.datetime
) -> None:
    user, canaries = leaver
    close(user, now)
    send_due_messages(now=now)

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        stored = Path(connection.settings_dict["NAME"]).read_bytes()
    else:
        stored = dump_of_postgres()
    assert b"Contact dermatitis" in stored
    assert {canaries.sung[word.decode()] for word in re.findall(rb"zq\d{3}canary", stored)} == set()


def dump_of_postgres() -> bytes:
    """Every table as COPY writes it: what a backup would hold."""
    dump = io.BytesIO()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                for data in copy:
                    dump.write(data)
    return dump.getvalue()


@pytest.mark.django_db
def test_a_doctor_s_own_words_go_and_the_signature_stays(
    doctor: Doctor, patient: Patient, other_doctor: Doctor, now: dt.datetime
) -> None:
    canaries = Canaries()
    visit = recorded_visit(doctor, patient, now=now)
    Appointment.objects.filter(pk=visit.pk).update(status="fulfilled")
    absence = start_absence(
        key=visit.pk, doctor_id=doctor.pk, start=now + dt.timedelta(days=2),
        end=now + dt.timedelta(days=3), reason=canaries.sing("absence"), offers_times=True,
        by=doctor.user, now=now,
    )  # fmt: skip
    run_absence(absence_id=absence.pk, now=now)
    canaries.fill(Doctor.objects.filter(pk=doctor.pk))
    canaries.fill(User.objects.filter(pk=doctor.user_id))
    with time_machine.travel(now, tick=False):
        send_due_messages(now=now)

    close(User.objects.get(pk=doctor.user_id), now)
    close(other_doctor.user, now)
    send_due_messages(now=now)

    assert found_in_tables(canaries) == []
    doctor.refresh_from_db()
    other_doctor.refresh_from_db()
    assert (doctor.name, doctor.bio, doctor.accepting) == ("Dr Farzana Kabir", "", False)
    assert doctor.user.display_name.startswith("Former doctor ")
    # Who has seen nobody leaves nothing.
    assert re.fullmatch(r"Former doctor [0-9A-F]{4}", other_doctor.name)
    assert Client().get(f"/doctors/{doctor.pk}/").status_code == 404


@pytest.mark.django_db
def test_who_is_left_can_t_be_told_apart_by_a_pseudonym(now: dt.datetime) -> None:
    from tests.factories import PatientFactory

    names = {close(PatientFactory().user, now) for _each in range(20)}
    assert len(names) == 20
    assert PASSWORD not in str(names)
