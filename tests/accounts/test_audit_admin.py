"""The audit in admin: in words, filtered, searched, and taken away without formulas."""

import csv
import datetime as dt
import io

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import TextChoices
from django.test import Client
from django.urls import reverse

from accounts.audit import Subject, all_words, in_words, known_codes, record_event
from accounts.models import AuditEvent, Patient, User
from appointments.actions import cancel_for_clinic, set_rules
from core.csv_files import safe_cell
from doctors.actions import approve_doctor
from doctors.models import Doctor
from notifications.actions import queue_message
from notifications.models import OutboxMessage
from tests.conftest import count_queries
from tests.factories import PASSWORD, DoctorFactory, SlotFactory, UserFactory, book

pytestmark = pytest.mark.django_db
URL = "/admin/accounts/auditevent/"


def codes() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("what", flat=True))


def export(client: Client, *events: AuditEvent) -> list[dict[str, str]]:
    """The rows of the CSV of some events; of all without any."""
    chosen = events or tuple(AuditEvent.objects.all()[:1])
    answer = client.post(
        URL,
        {
            "action": "export_csv",
            "_selected_action": [str(event.pk) for event in chosen],
            "select_across": "0" if events else "1",
        },
    )
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def events(patient: Patient, admin: User, doctor: Doctor, now: dt.datetime) -> None:
    """Three acts of three people."""
    book(SlotFactory(doctor=doctor), patient, now=now)
    subject = Subject(row=patient, patient=patient, detail={"why": "=1+1"})
    record_event(actor=admin, what="user.deactivated", subject=subject, now=now, ip="192.0.2.7")
    record_event(actor=None, what="user.login_failed", subject=Subject(row=admin), now=now)
    record_event(
        actor=doctor.user, what="record.viewed", subject=Subject(row=patient, patient=patient),
        now=now - dt.timedelta(days=40),
    )  # fmt: skip


def found(client: Client, **query: str) -> list[str]:
    rows = client.get(URL, query).context["cl"].result_list
    return [event.what for event in rows]


def test_it_is_filtered_and_searched(
    staff_client: Client, events: None, patient: Patient, admin: User, doctor: Doctor
) -> None:
    assert found(staff_client, what="record.viewed") == ["record.viewed"]
    assert found(staff_client, actor__role__exact="doctor") == ["record.viewed"]
    assert found(staff_client, actor__id__exact=str(admin.pk)) == ["user.deactivated"]
    assert found(staff_client, subject="accounts.user") == ["user.login_failed"]
    assert found(staff_client, subject_id__exact=str(admin.pk)) == ["user.login_failed"]
    assert found(staff_client, q="farzana") == ["record.viewed"]
    assert found(staff_client, q=str(admin.pk)) == ["user.login_failed", "user.deactivated"]
    assert sorted(found(staff_client, q="sadia rahman")) == ["record.viewed", "user.deactivated"]
    assert found(staff_client, at__year="2026", at__month="10") == ["record.viewed"]


def test_it_says_what_happened_in_words(
    staff_client: Client, events: None, patient: Patient
) -> None:
    page = staff_client.get(URL).content.decode()
    for words in ("Deactivated a user", "Read the record", "The site itself", "192.0.2.7"):
        assert words in page
    event = AuditEvent.objects.get(what="user.deactivated")
    page = staff_client.get(f"{URL}{event.pk}/change/").content.decode()
    assert "why: =1+1" in page
    assert reverse("admin:accounts_patient_change", args=[patient.pk]) in page
    assert in_words("nobody.knows") == "nobody.knows"


def test_it_is_taken_away_as_csv_that_runs_nothing(
    staff_client: Client, events: None, admin: User
) -> None:
    UserFactory.create(username="other")
    Patient.objects.update(name="=cmd|' /C calc'!A0")

    rows = export(staff_client)

    assert len(rows) == 3
    assert {row["code"] for row in rows} == {
        "user.deactivated",
        "user.login_failed",
        "record.viewed",
    }
    assert {row["patient"] for row in rows} == {"'=cmd|' /C calc'!A0", ""}
    (row,) = [row for row in rows if row["code"] == "user.deactivated"]
    assert (row["who"], row["role"], row["ip"], row["detail"]) == (
        "admin", "Admin", "192.0.2.7", "why: =1+1",
    )  # fmt: skip
    assert row["at"] == "2026-11-12T09:00:00+06:00"
    taken = AuditEvent.objects.get(what="audit.exported")
    assert (taken.actor, taken.detail) == (admin, {"rows": 3})
    one = AuditEvent.objects.get(what="record.viewed")
    assert [row["code"] for row in export(staff_client, one)] == ["record.viewed"]


def test_it_says_whom_it_was_done_to(
    staff_client: Client, events: None, admin: User, patient: Patient, now: dt.datetime
) -> None:
    nameless = UserFactory(username="quiet", first_name="", last_name="", email="q@silent.example")
    left = UserFactory(username="former-7f3a", first_name="Former patient 7F3A", last_name="")
    User.objects.filter(pk=patient.user_id).update(first_name="Sadia", last_name="Rahman")
    for user in (patient.user, nameless, left):
        record_event(actor=admin, what="user.activated", subject=Subject(row=user), now=now)

    page = staff_client.get(URL).content.decode()
    for name in ("Sadia Rahman", "quiet", "Former patient 7F3A"):
        assert f"User: {name}" in page
    event = AuditEvent.objects.get(subject_id=patient.user_id)
    detail = staff_client.get(f"{URL}{event.pk}/change/").content.decode()
    assert f"User: Sadia Rahman {patient.user_id}" in detail
    names = {row["subject id"]: row["subject name"] for row in export(staff_client)}
    assert names == {
        str(patient.user_id): "Sadia Rahman",
        str(patient.pk): "",
        str(nameless.pk): "quiet",
        str(left.pk): "Former patient 7F3A",
        str(admin.pk): admin.display_name,
    }
    for words, subject in (
        ("QUIET", nameless), ("silent.example", nameless), ("former 7f3a", left),
        ("rahman sadia", patient.user),
    ):  # fmt: skip
        rows = staff_client.get(URL, {"q": words, "what": "user.activated"}).context["cl"]
        assert [row.subject_id for row in rows.result_list] == [subject.pk], words


def test_the_list_s_queries_don_t_grow_with_those_it_names(
    staff_client: Client, admin: User, now: dt.datetime
) -> None:
    asked = []
    for count in (1, 30):
        for _each in range(count):
            subject = Subject(row=UserFactory())
            record_event(actor=UserFactory(), what="user.activated", subject=subject, now=now)
        with count_queries() as queries:
            page = staff_client.get(URL, {"what": "user.activated"})
        assert page.content.decode().count("User: ") == len(page.context["cl"].result_list)
        asked.append(len(queries))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"), ("+88017", "'+88017"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"), ("\r=1", "'\r=1"), ("  =1", "'  =1"), ("a=1", "a=1"), (-5, -5),
        (None, ""), ("", ""),
    ],
)  # fmt: skip
def test_a_cell_that_would_be_a_formula_is_text(cell: object, safe: object) -> None:
    assert safe_cell(cell) == safe


def test_the_csv_s_queries_don_t_grow(
    staff_client: Client, admin: User, patient: Patient, now: dt.datetime
) -> None:
    asked = []
    for count in (1, 30):
        for _each in range(count):
            subject = Subject(row=patient, patient=patient)
            record_event(actor=UserFactory(), what="record.viewed", subject=subject, now=now)
        with count_queries() as queries:
            export(staff_client)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_nobody_rewrites_it_but_a_person_s_address_may_be_emptied(events: None) -> None:
    row = AuditEvent.objects.filter(what="user.deactivated")
    for change in (
        lambda: row.update(what="x"),
        lambda: row.update(ip=None, what="x"),
        lambda: row.update(ip="192.0.2.8"),
        lambda: row.update(ip=None, detail={"why": "other"}),
        lambda: row.update(actor=None, ip=None, detail={}),
        row.delete,
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    row.update(ip=None)
    assert row.get().detail == {"why": "=1+1"}
    row.update(ip=None, detail={})
    assert (row.get().ip, row.get().detail) == (None, {})


def test_a_step_of_a_visit_s_history_may_lose_its_reason_and_nothing_else(events: None) -> None:
    with connection.cursor() as cursor:
        for change in (
            "to_status = 'noshow'", "why = 'other'", "why = '', at = NULL",
            "why = '', why_code = 'run-out'",
        ):  # fmt: skip
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(f"UPDATE appointments_appointmenttransition SET {change}")
        cursor.execute("UPDATE appointments_appointmenttransition SET why = ''")


def test_logging_in_and_failing_to_leave_rows(patient: Patient, client: Client) -> None:
    for _again in range(3):
        client.post("/accounts/login/", {"login": "SADIA", "password": "wrong"})
    client.post("/accounts/login/", {"login": "nobody-here", "password": "wrong"})
    assert codes() == ["user.login_failed"], "one an hour, of accounts that there are"
    client.post("/accounts/login/", {"login": "sadia", "password": PASSWORD})
    # Her address is not confirmed: nobody is logged in yet.
    assert codes() == ["user.login_failed"]


def test_changing_the_password_leaves_a_row(patient: Patient, patient_client: Client) -> None:
    new = "Another-horse-8"
    patient_client.post(
        "/accounts/password/change/",
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
    )
    (event,) = AuditEvent.objects.all()
    assert (event.what, event.actor, event.ip) == ("password.changed", patient.user, "127.0.0.1")


def test_what_staff_do_leaves_rows(
    admin: User, doctor: Doctor, patient: Patient, now: dt.datetime, staff_client: Client
) -> None:
    visit = book(SlotFactory(doctor=doctor), patient, now=now)
    cancel_for_clinic(appointment_id=visit.pk, reason="Ill", by=admin, now=now)
    waiting = DoctorFactory(status="pending", approved_at=None)
    approve_doctor(doctor_id=waiting.pk, by=admin, now=now)
    set_rules(doctor=None, by=admin, now=now, active_cap=7)
    set_rules(doctor=None, by=admin, now=now, active_cap=7)
    queue_message(kind="welcome", event="e", object_id="1", user=patient.user, facts={}, now=now)
    OutboxMessage.objects.filter(kind="welcome").update(status="failed")
    mail = OutboxMessage.objects.get(kind="welcome")
    staff_client.post(
        reverse("admin:notifications_outboxmessage_changelist"),
        {"action": "send_again", "_selected_action": [str(mail.pk)]},
    )

    assert codes() == [
        "visit.cancelled_by_clinic", "payment.refunded", "doctor.approved", "rules.changed",
        "mail.resent",
    ]  # fmt: skip
    assert set(AuditEvent.objects.values_list("actor", flat=True)) == {admin.pk}
    rules = AuditEvent.objects.get(what="rules.changed")
    assert rules.detail == {"active_cap": [None, 7], "clinic": True}


OTHER_WORDS = [("record.viewed", "Something else")]


def test_every_code_has_words_and_one_meaning(monkeypatch: pytest.MonkeyPatch) -> None:
    words = all_words()
    assert len(set(words.values())) == len(words)
    paths = (f"{__name__}.OTHER_WORDS",)
    monkeypatch.setattr(apps.get_app_config("core"), "audit_choices", paths, raising=False)
    with pytest.raises(ValueError, match=r"record\.viewed already"):
        known_codes.__wrapped__()
    # Whatever enum an app calls its acts, it has to be known.
    for app in ("accounts", "appointments", "doctors", "payments"):
        enums = apps.get_app_config(app).module.__name__ + ".enums"
        module = __import__(enums, fromlist=["enums"])
        for name, enum in vars(module).items():
            if name.endswith(("Act", "Look")) and issubclass(enum, TextChoices):
                assert set(enum.values) <= set(words), name
