"""Pages of the record: the doctor's editor, the patient's history, the paper, who has looked."""

import datetime as dt
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from accounts.models import AuditEvent, Patient
from appointments.actions import mark_no_show
from appointments.models import Appointment
from doctors.models import Doctor
from records.actions import save_record
from records.content import Medicine, Writing, writing_of
from records.enums import Look
from records.models import VisitRecord
from tests.conftest import count_queries, logged_in
from tests.factories import WRITING, PatientFactory, SlotFactory, book, recorded_visit
from tests.records.editor import form

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

DAY = dt.timedelta(days=1)


@pytest.fixture
def visit(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    return recorded_visit(doctor, patient, now=now)


@pytest.fixture
def unwritten(doctor: Doctor, patient: Patient, now: dt.datetime) -> Appointment:
    """A visit an hour ago without a record."""
    start = now - dt.timedelta(hours=1)
    slot = SlotFactory(doctor=doctor, start=start, end=now)
    return book(slot, patient, now=start - DAY)


def url(name: str, *args: object) -> str:
    return reverse(f"records:{name}", args=args)


def detail_url(visit: Appointment) -> str:
    return reverse("appointments:detail", args=[visit.pk])


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


# --- The editor ----------------------------------------------------------------------------------


def test_doctor_writes_a_record(unwritten: Appointment, doctor_client: Client) -> None:
    assert url("record", unwritten.pk) in text(doctor_client, detail_url(unwritten))
    assert url("record", unwritten.pk) in text(doctor_client, reverse("dashboards:desk"))
    data = form(
        {"medicine": " Cetirizine ", "dose": "10 mg"},
        {"medicine": "", "dose": ""},
        {"medicine": "Cream", "remark": "Thinly"},
        diagnosis="Contact dermatitis",
        notes="Two lines\r\nof notes",
        follow_up_on="2026-12-10",
        private_notes="Hm",
    )
    response = doctor_client.post(url("record", unwritten.pk), data)
    assert response["Location"] == detail_url(unwritten)
    assert writing_of(VisitRecord.objects.get()) == Writing(
        diagnosis="Contact dermatitis",
        notes="Two lines\nof notes",
        follow_up_on=dt.date(2026, 12, 10),
        private_notes="Hm",
        prescription=(
            Medicine(medicine="Cetirizine", dose="10 mg"),
            Medicine(medicine="Cream", remark="Thinly"),
        ),
    )


def test_the_editor_shows_what_is_saved_and_saves_it_as_the_next_version(
    visit: Appointment, doctor_client: Client
) -> None:
    page = doctor_client.get(url("record", visit.pk))
    editor = page.context["editor"]
    assert editor.form["based_on"].value() == 1
    for words in (WRITING.notes, WRITING.private_notes, "Cetirizine", "2026-12-10"):
        assert words in page.content.decode()
    data = form({"medicine": "Water"}, based_on=1, notes="Changed")
    doctor_client.post(url("record", visit.pk), data)
    assert VisitRecord.objects.current().get().version == 2


@pytest.mark.parametrize(
    ("line", "fields", "message"),
    [
        ({"dose": "10 mg"}, {}, "Name the medicine, or empty the whole line."),
        ({}, {}, "There is nothing written yet."),
        ({}, {"notes": "x", "follow_up_on": "2026-11-11"}, "A follow-up is not before the visit."),
        ({}, {"notes": "x", "follow_up_on": "2046-11-11"}, "more than ten years ahead"),
        ({}, {"notes": "x", "follow_up_on": "soon"}, "Enter a valid date."),
        ({}, {"diagnosis": "x" * 301}, "it may have 300 characters"),
        ({"medicine": "x\u202ey"}, {}, "invisible character"),
        ({}, {"notes": "x", "based_on": "-1"}, "Enter 0 or more."),
    ],
)
def test_what_is_wrong_is_422_with_all_that_was_typed(
    unwritten: Appointment, doctor_client: Client, line: dict[str, str], fields: dict[str, str],
    message: str,
) -> None:  # fmt: skip
    data = form(line, {"medicine": "Kept"}, private_notes="Typed") | fields
    if message.startswith("There is nothing"):
        data = form(line)
    response = doctor_client.post(url("record", unwritten.pk), data)
    page = response.content.decode()
    assert response.status_code == 422
    assert message in page
    assert data.get("private_notes", "") in page
    assert not VisitRecord.objects.exists()
    if "lines-1-medicine" in data:
        assert 'value="Kept"' in page


def test_a_second_editor_gets_409_with_both_texts_and_loses_nothing(
    visit: Appointment, doctor: Doctor, doctor_client: Client, now: dt.datetime
) -> None:
    meanwhile = Writing(notes="From the other tab", private_notes="Theirs")
    save_record(appointment_id=visit.pk, writing=meanwhile, based_on=1, by=doctor.user, now=now)
    mine = form({"medicine": "Ibuprofen"}, based_on=1, notes="From this tab")
    response = doctor_client.post(url("record", visit.pk), mine)
    page = response.content.decode()
    assert response.status_code == 409
    for words in ("From the other tab", "Theirs", "From this tab", "Ibuprofen", "Version 2"):
        assert words in page
    assert VisitRecord.objects.count() == 2
    # Having seen both, the doctor saves again: as the page has it now.
    again = mine | {"based_on": response.context["editor"].form["based_on"].value()}
    assert doctor_client.post(url("record", visit.pk), again).status_code == 302
    assert [record.notes for record in VisitRecord.objects.order_by("version")] == [
        WRITING.notes, "From the other tab", "From this tab",
    ]  # fmt: skip


def test_typing_is_not_lost_when_the_visit_is_called_a_no_show_meanwhile(
    unwritten: Appointment, doctor: Doctor, doctor_client: Client, now: dt.datetime
) -> None:
    mark_no_show(appointment_id=unwritten.pk, by=doctor.user, now=now)
    response = doctor_client.post(url("record", unwritten.pk), form({}, notes="All of it"))
    assert response.status_code == 409
    assert "All of it" in response.content.decode()
    assert doctor_client.get(url("record", unwritten.pk)).status_code == 302


def test_lines_are_added_and_removed_without_saving(
    unwritten: Appointment, doctor_client: Client
) -> None:
    typed = form({"medicine": "First"}, {"medicine": "Second"}, notes="Half a sent")
    added = doctor_client.post(url("record", unwritten.pk), typed | {"add_line": "1"})
    lines = added.context["editor"].lines.forms
    assert [line["medicine"].value() for line in lines] == ["First", "Second", None]
    removed = doctor_client.post(url("record", unwritten.pk), typed | {"remove_line": "0"})
    lines = removed.context["editor"].lines.forms
    assert [line["medicine"].value() for line in lines] == ["Second"]
    assert "Half a sent" in removed.content.decode()
    fragment = doctor_client.post(
        url("record", unwritten.pk), typed | {"add_line": "1"}, headers={"HX-Request": "true"}
    )
    assert "<html" not in fragment.content.decode()
    for nonsense in ({"remove_line": "x"}, {"remove_line": "99"}, {"lines-TOTAL_FORMS": "-4"}):
        answer = doctor_client.post(
            url("record", unwritten.pk), typed | {"add_line": "1"} | nonsense
        )
        assert answer.status_code == 200
    assert not VisitRecord.objects.exists()


def test_the_editor_is_for_the_doctor_of_the_visit(
    visit: Appointment, other_doctor: Doctor, patient_client: Client, now: dt.datetime
) -> None:
    book(SlotFactory(doctor=other_doctor), visit.patient, now=now)
    other = logged_in(other_doctor.user)
    assert other.get(url("record", visit.pk)).status_code == 404
    assert other.post(url("record", visit.pk), form({}, notes="x")).status_code == 404
    assert patient_client.get(url("record", visit.pk)).status_code == 403


# --- Reading -------------------------------------------------------------------------------------


def test_the_visits_page_shows_each_what_is_for_them(
    visit: Appointment, patient_client: Client, doctor_client: Client, staff_client: Client
) -> None:
    for client, sees, private in (
        (patient_client, True, False), (doctor_client, True, True), (staff_client, False, False),
    ):  # fmt: skip
        page = text(client, detail_url(visit))
        assert (WRITING.diagnosis in page, WRITING.private_notes in page) == (sees, private)
    assert "There is one, saved on" in page
    assert AuditEvent.objects.filter(what=Look.RECORD).count() == 2


def test_admin_shows_that_a_record_exists_and_not_what_it_says(
    visit: Appointment, staff_client: Client
) -> None:
    record = VisitRecord.objects.get()
    for address in (
        reverse("admin:records_visitrecord_changelist"),
        reverse("admin:records_visitrecord_change", args=[record.pk]),
        reverse("admin:appointments_appointment_change", args=[visit.pk]),
    ):
        page = text(staff_client, address)
        for words in (WRITING.diagnosis, WRITING.private_notes, "new soap", "Cetirizine"):
            assert words not in page


def test_versions_are_read_by_patient_and_doctor_each_as_is_for_them(
    visit: Appointment, doctor: Doctor, patient_client: Client, doctor_client: Client,
    now: dt.datetime,
) -> None:  # fmt: skip
    second = Writing(notes="Better", private_notes="Second thoughts")
    save_record(appointment_id=visit.pk, writing=second, based_on=1, by=doctor.user, now=now)
    for client, private in ((patient_client, False), (doctor_client, True)):
        page = text(client, url("versions", visit.pk))
        assert "Better" in page
        assert "new soap" in page
        assert ("Second thoughts" in page, WRITING.private_notes in page) == (private, private)


@pytest.mark.parametrize("count", [1, 30])
def test_medical_history_is_paged_in_a_fixed_number_of_queries(
    doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime, count: int
) -> None:
    for day in range(count):
        recorded_visit(doctor, patient, now=now, days_ago=day + 1)
    book(SlotFactory(doctor=doctor), patient, now=now)
    with count_queries() as queries:
        response = patient_client.get(url("history"))
    assert response.context["page"].paginator.count == count
    assert [item.record.diagnosis for item in response.context["past"]] == [
        WRITING.diagnosis
    ] * min(count, 10)
    assert WRITING.private_notes not in response.content.decode()
    assert len(queries) <= 9


@pytest.mark.parametrize("count", [1, 30])
def test_doctor_reads_the_history_of_a_patient_in_a_fixed_number_of_queries(
    doctor: Doctor, other_doctor: Doctor, patient: Patient, now: dt.datetime, count: int
) -> None:
    for day in range(count):
        recorded_visit(doctor, patient, now=now, days_ago=day + 1)
    book(SlotFactory(doctor=other_doctor), patient, now=now)
    client = logged_in(other_doctor.user)
    with count_queries() as queries:
        response = client.get(url("patient_history", patient.pk))
    page = response.content.decode()
    assert len(response.context["past"]) == min(count, 10)
    assert (WRITING.diagnosis in page, WRITING.private_notes in page) == (True, False)
    assert "Next visit with you" in page
    assert len(queries) <= 11
    seen = AuditEvent.objects.filter(actor=other_doctor.user)
    assert seen.filter(what=Look.HISTORY).count() == 1
    assert seen.filter(what=Look.RECORD).count() == min(count, 10)


def test_a_patient_of_somebody_else_is_404(
    visit: Appointment, other_doctor: Doctor, now: dt.datetime
) -> None:
    client = logged_in(other_doctor.user)
    for name, key in (
        ("patient_history", visit.patient_id), ("versions", visit.pk), ("prescription", visit.pk),
        ("prescription_file", visit.pk),
    ):  # fmt: skip
        assert client.get(url(name, key)).status_code == 404
    assert not AuditEvent.objects.filter(actor=other_doctor.user).exists()


@pytest.mark.parametrize("count", [1, 30])
def test_who_has_looked_is_paged_in_a_fixed_number_of_queries(
    doctor: Doctor, patient: Patient, patient_client: Client, doctor_client: Client,
    now: dt.datetime, count: int,
) -> None:  # fmt: skip
    visit = recorded_visit(doctor, patient, now=now)
    for _ in range(count):
        doctor_client.get(detail_url(visit))
    patient_client.get(detail_url(visit))
    with count_queries() as queries:
        response = patient_client.get(url("looks"))
    page = response.content.decode()
    # And one for the writing.
    assert response.context["page"].paginator.count == count + 1
    assert {look.name for look in response.context["looks"]} == {doctor.name}
    assert "Read the record" in page
    assert len(queries) <= 4
    everybody = patient_client.get(url("looks"), {"who": "all"})
    assert everybody.context["page"].paginator.count == count + 2
    assert "You</p>" in everybody.content.decode()
    assert logged_in(PatientFactory().user).get(url("looks")).context["looks"] == []


# --- The paper -----------------------------------------------------------------------------------


def test_prescription_is_a_page_and_a_pdf(
    visit: Appointment, doctor: Doctor, patient: Patient, patient_client: Client,
    doctor_client: Client,
) -> None:  # fmt: skip
    for client in (patient_client, doctor_client):
        page = text(client, url("prescription", visit.pk))
        response = client.get(url("prescription_file", visit.pk))
        assert response["Content-Type"] == "application/pdf"
        assert f"prescription-{visit.reference}.pdf" in response["Content-Disposition"]
        pdf = PdfReader(BytesIO(response.content))
        paper = " ".join(sheet.extract_text() for sheet in pdf.pages).split()
        for words in (
            "Cetirizine", "10 mg", "Once a day", "2 weeks", "At night: it makes sleepy",
            "Hydrocortisone 1% cream", WRITING.diagnosis, "Bring the soap", doctor.name,
            patient.name, visit.reference, "Wednesday 11 November 2026",
            "Thursday 10 December 2026", doctor.licence_number,
        ):  # fmt: skip
            assert words in page
            assert words in " ".join(paper)
        for words in (WRITING.private_notes, "new soap"):
            assert words not in page
            assert words not in " ".join(paper)
    assert AuditEvent.objects.filter(what=Look.PRESCRIPTION).count() == 4


def test_no_medicine_no_prescription(
    doctor: Doctor, patient: Patient, patient_client: Client, now: dt.datetime
) -> None:
    visit = recorded_visit(doctor, patient, now=now, writing=Writing(notes="Rest"))
    for name in ("prescription", "prescription_file"):
        assert patient_client.get(url(name, visit.pk)).status_code == 404
