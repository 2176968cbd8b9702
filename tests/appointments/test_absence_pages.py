"""The pages of an absence: whom it hits, how far the telling is, and what the patient sees."""

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from appointments.models import Absence, Appointment, Proposal
from appointments.proposal_links import answer_path
from doctors.models import Doctor, Slot
from notifications.mail_rendering import render_message
from notifications.models import OutboxMessage
from tests.appointments.absence_cast import (
    ask,
    at,
    close_unanswered,
    proposals,
    say,
    say_and_tell,
    slot_at,
    tell,
    text,
)
from tests.conftest import count_queries, logged_in
from tests.factories import PatientFactory, book, give_rules

pytestmark = [pytest.mark.any_database, pytest.mark.django_db, pytest.mark.usefixtures("clock")]

URL = "/appointments/absences/"
DAYS = {"what": "days", "first": "2026-11-16", "reason": "Down with the flu", "offer": "times"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def visit(doctor: Doctor, now: dt.datetime) -> Appointment:
    return book(slot_at(doctor, at(16, 10)), PatientFactory(name="Rafiq Islam"), now=now)


@pytest.fixture
def patient_of_visit(visit: Appointment) -> Client:
    return logged_in(visit.booked_by)


# --- For the doctor ------------------------------------------------------------------------


def test_whom_it_hits_is_shown_and_nothing_is_done(
    doctor_client: Client, visit: Appointment, free: Slot
) -> None:
    page = doctor_client.get(URL, DAYS)
    assert page.status_code == 200
    assert "1 visit is affected" in text(page)
    assert "Rafiq Islam" in text(page)
    assert "Wed 18 Nov, 10:00 am" in text(page)
    assert (Absence.objects.count(), Slot.objects.get(pk=free.pk).status) == (0, "free")


def test_confirming_leads_to_the_progress_which_polls_until_all_are_told(
    doctor_client: Client, visit: Appointment, free: Slot, now: dt.datetime
) -> None:
    key = uuid.uuid4()
    answers = [doctor_client.post(URL, {**DAYS, "key": str(key)}) for _twice in range(2)]
    assert {answer.url for answer in answers} == {f"{URL}{key}/"}
    assert Absence.objects.get().pk == key
    page = doctor_client.get(answers[0].url)
    assert "0 of 1 patients are told" in text(page)
    version = page.context["version"]
    poll = {"v": version}
    assert doctor_client.get(answers[0].url, poll, headers=HTMX).status_code == 204
    tell(key, now)
    fragment = doctor_client.get(answers[0].url, poll, headers=HTMX)
    assert "Everybody is told" in text(fragment)
    assert "No answer yet until Fri 13 Nov, 9:00 am" in text(fragment)
    assert "<html" not in fragment.content.decode()


def test_older_preview_leads_to_what_was_said_already(
    doctor_client: Client, visit: Appointment, free: Slot
) -> None:
    """Two tabs with the same preview: each has a key of its own."""
    keys = [uuid.uuid4(), uuid.uuid4()]
    for key in keys:
        answer = doctor_client.post(URL, {**DAYS, "key": str(key)}, follow=True)
        assert answer.redirect_chain == [(f"{URL}{keys[0]}/", 302)]
    assert "This was said before: nobody is told twice." in text(answer)
    assert Absence.objects.get().pk == keys[0]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"first": ""}, "Choose the day."),
        ({"first": "2026-11-11"}, "That day has passed."),
        ({"last": "2026-11-15"}, "The last day comes before the first."),
        ({"last": "2027-11-15"}, "At most three months at a time."),
        ({"reason": ""}, "Say why: the patients read it."),
        ({"what": "patient"}, "Choose the patient."),
        ({"what": "patient", "patient": str(uuid.uuid4())}, "Choose one from the list."),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_wrong_input_is_422_and_keeps_what_was_typed(
    doctor_client: Client, wrong: dict[str, str], said: str, method: str
) -> None:
    page = getattr(doctor_client, method)(URL, DAYS | {"last": ""} | wrong)
    assert page.status_code == 422
    assert said in text(page)
    if "reason" not in wrong:
        assert "Down with the flu" in page.content.decode()
    assert not Absence.objects.exists()


def test_patients_to_choose_are_those_with_a_visit_ahead(
    doctor_client: Client, visit: Appointment, other_patient: object
) -> None:
    page = text(doctor_client.get(URL))
    assert "Rafiq Islam" in page
    assert "Tanvir Ahmed" not in page


def test_admin_says_so_for_a_doctor(
    staff_client: Client, admin: User, doctor: Doctor, visit: Appointment
) -> None:
    assert doctor.name in text(staff_client.get(URL))
    url = f"{URL}?doctor={doctor.pk}"
    assert staff_client.get(f"{URL}?doctor={uuid.uuid4()}").status_code == 404
    done = staff_client.post(url, {**DAYS, "offer": "money", "key": str(uuid.uuid4())})
    absence = Absence.objects.get()
    assert (done.status_code, absence.made_by, absence.doctor) == (302, admin, doctor)
    assert not absence.offers_times
    assert staff_client.get(done.url).status_code == 200


@pytest.mark.parametrize("count", [1, 30])
def test_pages_need_a_fixed_number_of_queries(
    doctor_client: Client, doctor: Doctor, now: dt.datetime, count: int
) -> None:
    give_rules(doctor, active_cap=100)
    minutes = dt.timedelta(minutes=20)
    for number in range(count):
        book(slot_at(doctor, at(16, 8) + number * minutes), PatientFactory(), now=now)
        slot_at(doctor, at(18, 8) + number * minutes)
    with count_queries() as preview:
        assert doctor_client.get(URL, DAYS).status_code == 200
    # Session, user, doctor, visits, three for the free times, absences; nothing a visit.
    assert len(preview) <= 9
    absence = say_and_tell(doctor, now)
    with count_queries() as result:
        assert doctor_client.get(f"{URL}{absence.pk}/").status_code == 200
    # Session, user, absence, counts, the page's count, rows, times.
    assert len(result) <= 8


# --- For the patient -----------------------------------------------------------------------


def test_list_and_visit_say_that_the_doctor_is_away_and_lead_to_the_choice(
    patient_of_visit: Client, visit: Appointment, proposal: Proposal
) -> None:
    for url in ("/appointments/", f"/appointments/{visit.pk}/"):
        page = patient_of_visit.get(url)
        assert "Dr Farzana Kabir can’t see you then" in text(page), url
        assert answer_path(proposal) in page.content.decode()
    for name in ("move", "cancel"):
        answer = patient_of_visit.get(f"/appointments/{visit.pk}/{name}/")
        assert answer.url == answer_path(proposal)


def test_opening_the_links_of_the_mail_changes_nothing(
    client: Client, proposal: Proposal, visit: Appointment
) -> None:
    mail = render_message(OutboxMessage.objects.get(kind="times_proposed"))
    links = set(re.findall(r"https?://[^/\s]+(/appointments/proposals/[^\s\"]+)", mail.text))
    in_html = set(re.findall(r"https?://[^/\s]+(/appointments/proposals/[^\s\"]+)", mail.html))
    assert len(links) == 3
    assert {link.replace("&amp;", "&") for link in in_html} == links
    for link in links:
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200
    assert [status for status, _start in proposals()] == ["open"]
    visit.refresh_from_db()
    assert visit.version == 1


def test_mail_says_time_deadline_and_what_happens_else(proposal: Proposal) -> None:
    mail = render_message(OutboxMessage.objects.get(kind="times_proposed"))
    assert mail.subject == "Dr Farzana Kabir can’t see you on Mon 16 Nov, 10:00 am: please choose"
    for words in (
        "Take Wednesday 18 November 2026, 10:00 am, Dhaka time (GMT+6)",
        "Down with the flu",
        "Answer by Friday 13 November 2026, 9:00 am",
        "is back in your wallet",
    ):
        assert words in mail.text
    assert "Take Wed 18 Nov, 10:00 am" in mail.html


def test_accepting_without_logging_in(
    client: Client, proposal: Proposal, visit: Appointment, free: Slot
) -> None:
    url = answer_path(proposal)
    time = proposal.times.get()
    for _twice in range(2):
        answer = client.post(url, {"answer": "accept", "time": str(time.pk)}, follow=True)
        assert "See you on Wednesday 18 November 2026, 10:00 am" in text(answer)
    visit.refresh_from_db()
    assert (visit.slot, visit.version) == (free, 2)


def test_choosing_another_time_without_logging_in(
    client: Client, proposal: Proposal, visit: Appointment, doctor: Doctor, free: Slot
) -> None:
    other = slot_at(doctor, at(19, 10))
    url = f"{answer_path(proposal)}another/"
    page = client.get(url, {"day": "2026-11-19", "slot": str(other.pk)})
    assert f'action="{url}"' in page.content.decode()
    assert client.get(url, {"v": page.context["picker"].version}, headers=HTMX).status_code == 204
    assert client.post(url, {"slot": str(free.pk)}).status_code == 409
    assert client.post(url, {"slot": ""}).status_code == 409
    answer = client.post(url, {"slot": str(other.pk)}, follow=True)
    assert "See you on Thursday 19 November 2026" in text(answer)
    assert client.get(url).url == answer_path(proposal)


def test_refund_without_logging_in(client: Client, proposal: Proposal, visit: Appointment) -> None:
    page = client.get(answer_path(proposal), {"answer": "refund"})
    assert "Take this time" not in text(page), "the button that was clicked, and only it"
    answer = client.post(answer_path(proposal), {"answer": "refund"}, follow=True)
    assert "The visit is cancelled" in text(answer)
    visit.refresh_from_db()
    assert visit.status == "cancelled"


def test_answer_that_comes_too_late_is_said(
    client: Client, proposal: Proposal, clock: time_machine.Traveller
) -> None:
    clock.move_to(proposal.deadline)
    url = answer_path(proposal)
    assert "It is too late to choose" in text(client.get(url))
    time = proposal.times.get()
    late = client.post(url, {"answer": "accept", "time": str(time.pk)})
    assert late.status_code == 409
    assert "too late to answer" in text(late)
    close_unanswered(proposal.deadline)
    assert "The visit is cancelled" in text(client.get(url))


@pytest.mark.parametrize("data", [{}, {"answer": "accept"}, {"answer": "x"}, {"answer": "keep"}])
def test_answer_that_makes_no_sense_changes_nothing(
    client: Client, proposal: Proposal, data: dict[str, str]
) -> None:
    assert client.post(answer_path(proposal), data).status_code == 409
    assert [status for status, _start in proposals()] == ["open"]


def test_page_shows_no_more_than_the_visit(
    client: Client, doctor: Doctor, free: Slot, now: dt.datetime
) -> None:
    private = {"reason": "Rash", "symptoms": "It itches", "notes": "Pills"}
    visit = book(slot_at(doctor, at(16, 10)), PatientFactory(name="Mina"), now=now, **private)
    say_and_tell(doctor, now)
    page = text(client.get(answer_path(Proposal.objects.get())))
    for secret in (*private.values(), "Mina", visit.booked_by.email, visit.reference):
        assert secret not in page


def test_forged_and_early_links_are_404(
    client: Client, doctor: Doctor, visit: Appointment, now: dt.datetime
) -> None:
    absence = say(doctor, now)
    waiting = Proposal.objects.get(absence=absence)
    assert client.get(answer_path(waiting)).status_code == 404, "nobody has been told yet"
    signed = answer_path(waiting)
    forged = signed.replace(waiting.pk.hex, uuid.uuid4().hex)
    for path in (forged, f"/appointments/proposals/{waiting.pk}/", signed[:-3] + "x/"):
        assert client.get(path).status_code == 404


# --- Other times for one visit -------------------------------------------------------------


def test_doctor_proposes_times_and_patient_takes_one(
    doctor_client: Client, client: Client, visit: Appointment, free: Slot, doctor: Doctor
) -> None:
    second = slot_at(doctor, at(19, 10))
    url = f"/appointments/{visit.pk}/propose/"
    assert "Wed 18 Nov, 10:00 am" in text(doctor_client.get(url))
    assert doctor_client.post(url, {"slots": []}).status_code == 422
    assert doctor_client.post(url, {"slots": [str(uuid.uuid4())]}).status_code == 422
    done = doctor_client.post(url, {"slots": [str(free.pk), str(second.pk)], "reason": "Meeting"})
    assert done.url == f"/appointments/{visit.pk}/"
    assert "Rafiq Islam can answer until" in text(doctor_client.get(done.url))
    proposal = Proposal.objects.get()
    page = client.get(answer_path(proposal))
    assert text(page).count("Take this time") == 2
    assert "Keep the time I have" in text(page)
    time = proposal.times.last()
    client.post(answer_path(proposal), {"answer": "accept", "time": str(time.pk)})
    visit.refresh_from_db()
    assert visit.slot == second


def test_patient_keeps_the_old_time(
    client: Client, visit: Appointment, free: Slot, now: dt.datetime
) -> None:
    proposal = ask(visit, [free], now)
    answer = client.post(answer_path(proposal), {"answer": "keep"}, follow=True)
    assert "The visit is on Monday 16 November 2026, 10:00 am" in text(answer)
    mail = render_message(OutboxMessage.objects.get(kind="times_proposed"))
    assert "Keep the time" in mail.text
    assert "Without an answer the visit stays as it is." in mail.text
    assert "back" not in mail.html.split("Keep the time I have")[1].split("Reference")[0]


def test_overtaken_mail_leads_to_what_is_to_be_answered_now(
    client: Client, proposal: Proposal, visit: Appointment, doctor: Doctor, now: dt.datetime
) -> None:
    """Said again, of the one patient: the first mail must not say that the visit takes place."""
    absence = say(doctor, now, patient=visit.patient)
    tell(absence.pk, now)
    newer = Proposal.objects.get(absence=absence)
    url = answer_path(proposal)
    taking = {"answer": "accept", "time": str(proposal.times.get().pk)}
    for answer in (client.get(url, {"answer": "refund"}), client.post(url, taking)):
        assert (answer.status_code, answer["Location"]) == (302, answer_path(newer))
    page = text(client.get(url, follow=True))
    assert "This was answered already" in page
    assert "Please do not come on Monday 16 November 2026, 10:00 am." in page


def test_answered_page_names_no_date_that_the_doctor_has_just_called_off(
    client: Client, visit: Appointment, free: Slot, doctor: Doctor, now: dt.datetime
) -> None:
    """Between the doctor's word and its mail."""
    asked = ask(visit, [free], now)
    client.post(answer_path(asked), {"answer": "keep"})
    page = text(client.get(answer_path(asked)))
    assert "The visit is on Monday 16 November 2026, 10:00 am." in page
    say(doctor, now)
    page = text(client.get(answer_path(asked)))
    assert "Please do not come. A mail about it is on its way to you." in page
    assert "The visit is on" not in page


def test_reason_is_named_as_one(client: Client, proposal: Proposal) -> None:
    assert "Reason Down with the flu" in text(client.get(answer_path(proposal)))
