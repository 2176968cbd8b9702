"""My data: asked for, made in the background, mailed, fetched by its owner, gone after a week."""

import csv
import datetime as dt
import io
import json
import zipfile
from pathlib import Path

import pytest
import time_machine
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core.files.storage import storages
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.actions import (
    change_photo,
    delete_unwanted_files,
    expire_exports,
    make_export,
    make_exports,
    request_export,
)
from accounts.actions.data_export import MAX_TRIES, write_zip
from accounts.exceptions import ExportUnderway
from accounts.models import AuditEvent, DataExport, Patient, UnwantedFile, User
from accounts.photos import DrawnPhoto
from accounts.querysets import EXPORT_LEASE
from appointments.actions import hold_slot
from doctors.models import Doctor
from notifications.actions import queue_message
from notifications.models import OutboxMessage
from tests.conftest import count_queries, logged_in
from tests.factories import SlotFactory, UserFactory, give_rules, recorded_visit

WEEK = dt.timedelta(days=7)
MINUTE = dt.timedelta(minutes=1)


def files_in(root: Path) -> list[Path]:
    return sorted(root.rglob("*.zip"))


def contents(user: User, now: dt.datetime) -> dict[str, list[dict[str, object]]]:
    """The tables of somebody's copy, from its JSON."""
    file = io.BytesIO()
    write_zip(file, user, now)
    with zipfile.ZipFile(file) as archive:
        return {
            name.removeprefix("json/").removesuffix(".json"): json.loads(archive.read(name))
            for name in archive.namelist()
            if name.startswith("json/")
        }


@pytest.mark.django_db(transaction=True)
def test_a_copy_is_made_mailed_and_fetched_by_its_owner_only(
    patient: Patient, other_patient: Patient, admin: User, now: dt.datetime, private_root: Path
) -> None:
    client = logged_in(patient.user)
    with time_machine.travel(now, tick=False):
        answer = client.post("/accounts/privacy/data/", follow=True)
        assert "putting your data together" in answer.content.decode()
        assert "It is being put together" in answer.content.decode()
        make_exports(now=now)

        (export,) = DataExport.objects.all()
        (mail,) = OutboxMessage.objects.filter(kind="data_ready")
        assert mail.user == patient.user
        assert mail.facts["url"].endswith(f"/accounts/privacy/data/{export.pk}/")
        url = f"/accounts/privacy/data/{export.pk}/"
        assert url in client.get("/accounts/privacy/").content.decode()
        fetched = client.get(url)
        assert fetched["Content-Disposition"] == 'attachment; filename="my-data-2026-11-12.zip"'
        assert "no-store" in fetched["Cache-Control"]
        body = b"".join(fetched.streaming_content)
        assert len(body) == export.size
        assert "README.txt" in zipfile.ZipFile(io.BytesIO(body)).namelist()
        for other in (other_patient.user, admin):
            assert logged_in(other).get(url).status_code == 404
        assert Client().get(url).url == f"/accounts/login/?next={url}"
    codes = set(AuditEvent.objects.values_list("what", flat=True))
    assert codes >= {"data.requested", "data.downloaded"}
    (file,) = files_in(private_root)
    assert file.stat().st_mode & 0o777 == 0o600

    with time_machine.travel(now + WEEK, tick=False):
        assert client.get(url).status_code == 404
        assert expire_exports(now=now + WEEK) == 1
    assert files_in(private_root) == []
    assert not UnwantedFile.objects.exists()
    assert DataExport.objects.get().status == "expired"


@pytest.mark.django_db(transaction=True)
def test_only_one_at_a_time_and_a_new_one_takes_the_place_of_the_last(
    patient: Patient, now: dt.datetime, private_root: Path
) -> None:
    request_export(by=patient.user, now=now)
    with pytest.raises(ExportUnderway):
        request_export(by=patient.user, now=now)
    client = logged_in(patient.user)
    page = client.post("/accounts/privacy/data/", follow=True).content.decode()
    assert "being put together already" in page
    make_exports(now=now)
    (first,) = files_in(private_root)

    request_export(by=patient.user, now=now + MINUTE)
    assert files_in(private_root) == []
    make_exports(now=now + MINUTE)

    assert [path.name for path in files_in(private_root)] != [first.name]
    assert list(DataExport.objects.values_list("status", flat=True)) == ["ready", "expired"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_in_the_middle_is_followed_by_another(
    patient: Patient, now: dt.datetime, private_root: Path
) -> None:
    export = request_export(by=patient.user, now=now)
    # It had claimed the row and written half a file.
    storages["private"].save("exports/half.zip", io.BytesIO(b"PK"))
    DataExport.objects.update(status="running", claimed_at=now, file="exports/half.zip", tries=1)

    assert make_exports(now=now + EXPORT_LEASE) == 0, "it may be at it still"
    assert make_exports(now=now + EXPORT_LEASE + MINUTE) == 1
    assert make_export(export_id=export.pk, now=now + EXPORT_LEASE + MINUTE) is False

    export.refresh_from_db()
    assert (export.status, export.tries) == ("ready", 2)
    assert [f"exports/{path.name}" for path in files_in(private_root)] == [export.file]
    assert OutboxMessage.objects.filter(kind="data_ready").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_that_can_t_be_made_is_given_up(
    patient: Patient, now: dt.datetime, private_root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    request_export(by=patient.user, now=now)
    (private_root / "exports").write_text("in the way of the folder")
    for _each in range(MAX_TRIES + 1):
        make_exports(now=now)

    assert DataExport.objects.get().status == "failed"
    assert "could not be made" in caplog.text
    page = logged_in(patient.user).get("/accounts/privacy/").content.decode()
    assert "Something went wrong on our side" in page
    assert "Ask for my data" in page


@pytest.mark.django_db(transaction=True)
def test_a_file_that_a_crash_left_is_found_by_the_sweep(
    now: dt.datetime, private_root: Path
) -> None:
    storages["private"].save("exports/left.zip", io.BytesIO(b"PK"))
    UnwantedFile.objects.create(storage="private", name="exports/left.zip", since=now)
    UnwantedFile.objects.create(storage="private", name="exports/gone.zip", since=now)

    assert delete_unwanted_files() == 2
    assert files_in(private_root) == []


@pytest.mark.django_db
def test_it_holds_what_each_app_knows_and_no_secrets(
    patient: Patient, other_patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    recorded_visit(doctor, patient, now=now)
    recorded_visit(doctor, other_patient, now=now, days_ago=2)
    hold = hold_slot(
        slot_id=SlotFactory(doctor=doctor).pk, patient=patient, by=patient.user, now=now
    )
    queue_message(
        kind="email_confirmation_code", event="code", object_id="1", user=patient.user,
        facts={"code": "765432"}, secret=True, now=now,
    )  # fmt: skip
    OutboxMessage.objects.filter(secret=True).update(body_text="Your code is 765432")

    tables = contents(patient.user, now)

    assert set(tables) >= {
        "accounts/user", "accounts/patients", "accounts/audit", "appointments/visits",
        "appointments/history", "records/records", "records/prescriptions",
        "appointments/waitlist", "payments/wallet", "payments/transfers", "payments/payments",
        "payments/refunds", "mails/mails",
    }  # fmt: skip
    assert tables["accounts/user"][0]["username"] == "sadia"
    assert {row["reference"] for row in tables["appointments/visits"]} >= {hold.reference}
    (record,) = tables["records/records"]
    assert record["diagnosis"] == "Contact dermatitis"
    assert [row["medicine"] for row in tables["records/prescriptions"]] == [
        "Cetirizine", "Hydrocortisone 1% cream",
    ]  # fmt: skip
    assert [row["amount"] for row in tables["payments/transfers"]] == [120_000, -120_000]
    assert "record.written" not in str(tables["accounts/audit"])
    assert "Wrote the record" in str(tables["accounts/audit"])
    everything = json.dumps(tables)
    assert "Worried about losing her job" not in everything, "the doctor's private notes"
    assert "765432" not in everything
    assert "md5$" not in everything
    assert "Tanvir" not in everything
    of_doctor = json.dumps(contents(doctor.user, now))
    assert "Farzana" in of_doctor
    assert "Sadia" not in of_doctor
    assert "Contact dermatitis" not in of_doctor


@pytest.mark.django_db
def test_ways_in_and_the_photo_are_in_it_but_no_key(
    patient: Patient, now: dt.datetime, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    user = patient.user
    SocialAccount.objects.create(user=user, provider="google", uid="1", extra_data={"email": "s@x"})
    TOTP.activate(user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    UserSession.objects.create(
        user=user, session_key="k" * 32, ip="127.0.0.1", user_agent="Firefox"
    )
    change_photo(user=user, photo=DrawnPhoto({128: b"small", 384: b"large"}), by=user)
    file = io.BytesIO()
    write_zip(file, user, now)
    with zipfile.ZipFile(file) as archive:
        assert archive.read("photo.webp") == b"large"
        said = {
            name: json.loads(archive.read(f"json/accounts/{name}.json"))
            for name in ("linked_accounts", "second_step", "devices")
        }
        everything = "".join(archive.read(name).decode() for name in archive.namelist()[:-2])
    assert [row["uid"] for row in said["linked_accounts"]] == ["1"]
    assert [row["kind"] for row in said["second_step"]] == ["totp"]
    assert [row["browser"] for row in said["devices"]] == ["Firefox"]
    assert "JBSWY3DP" not in everything
    assert "k" * 32 not in everything


@pytest.mark.django_db
def test_what_would_be_a_formula_is_text_in_its_spreadsheets(now: dt.datetime) -> None:
    user = UserFactory(first_name='=HYPERLINK("http://example.org")')
    file = io.BytesIO()
    write_zip(file, user, now)
    with zipfile.ZipFile(file) as archive:
        text = archive.read("csv/accounts/user.csv").decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["first_name"] == '\'=HYPERLINK("http://example.org")'


@pytest.mark.django_db
def test_its_queries_don_t_grow_with_what_it_holds(
    patient: Patient, doctor: Doctor, now: dt.datetime
) -> None:
    asked = {}
    for count in (1, 30):
        give_rules(doctor, active_cap=100)
        for days in range(count):
            recorded_visit(doctor, patient, now=now, days_ago=days + count + 1)
        user = User.objects.get(pk=patient.user_id)
        with count_queries() as queries:
            write_zip(io.BytesIO(), user, now)
        asked[count] = len(queries)
    assert asked[1] == asked[30] <= 26
    with count_queries() as queries:
        assert logged_in(patient.user).get("/accounts/privacy/").status_code == 200
    assert len([query for query in queries if "dataexport" in query]) == 1


@pytest.mark.django_db
def test_who_has_done_nothing_yet_gets_empty_tables(patient: Patient, now: dt.datetime) -> None:
    tables = contents(patient.user, now)
    assert tables["appointments/visits"] == tables["payments/payments"] == []
