"""Who may open what: every address of the site, for everybody who could ask.

An address that the table doesn't know fails the test: decide who may, then write it down.
"""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from pytest_django.fixtures import Settings

from accounts.models import DataExport, Patient, User
from accounts.photos import DrawnPhoto, store
from appointments.actions import hold_slot, join_waitlist, make_feed, run_absence, start_absence
from appointments.models import Absence, Appointment, Proposal
from appointments.proposal_links import answer_path
from doctors.models import Doctor
from notifications.models import OutboxMessage
from notifications.unsubscribe_links import unsubscribe_url
from payments.actions import start_deposit
from tests.conftest import logged_in
from tests.factories import PatientFactory, PlaceFactory, SlotFactory, book, fund, recorded_visit

# Of each pair, the first is the one of the visit and the payment. The columns of the table.
CAST = ("visitor", "patient", "other patient", "doctor", "other doctor", "admin")

# URL name → method, the argument it takes, and the answer to each of the cast.
TABLE = {
    "home": ("get", "", "200 200 200 200 200 200"),
    "doctors:list": ("get", "", "200 200 200 200 200 200"),
    "doctors:specialties": ("get", "", "200 200 200 200 200 200"),
    "doctors:places": ("get", "", "200 200 200 200 200 200"),
    "doctors:place": ("get", "place", "200 200 200 200 200 200"),
    "doctors:practice": ("get", "", "302 403 403 200 200 403"),
    "doctors:hours": ("get", "", "302 403 403 200 200 403"),
    "doctors:detail": ("get", "doctor", "200 200 200 200 200 200"),
    "appointments:list": ("get", "", "302 200 200 403 403 403"),
    "appointments:desk": ("get", "", "302 403 403 200 200 403"),
    "appointments:schedule": ("get", "", "302 403 403 200 200 200"),
    "appointments:desk_book": ("get", "", "302 403 403 200 200 200"),
    "appointments:desk_pay": ("post", "visit", "302 403 403 302 404 302"),
    # The patient of the visit has an address.
    "appointments:address": ("get", "visit", "302 403 403 302 404 302"),
    "appointments:rules": ("get", "", "302 403 403 200 200 403"),
    "appointments:waitlist": ("get", "", "302 200 200 403 403 403"),
    "appointments:wait_for_doctor": ("get", "doctor", "302 200 200 403 403 403"),
    "appointments:wait_for_specialty": ("get", "specialty", "302 200 200 403 403 403"),
    "appointments:leave_waitlist": ("post", "entry", "302 302 404 403 403 403"),
    "appointments:move_here": ("post", "hold", "302 404 404 403 403 403"),
    "appointments:subscribe": ("get", "", "302 200 200 200 200 403"),
    "calendar_feed": ("get", "feed", "200 200 200 200 200 200"),
    "appointments:absences": ("get", "", "302 403 403 200 200 200"),
    "appointments:absence": ("get", "absence", "302 403 403 200 404 200"),
    "appointments:end_absence": ("post", "absence", "302 403 403 302 404 302"),
    # Whoever has the signed link of the mail.
    "appointments:proposal": ("get", "token", "200 200 200 200 200 200"),
    "appointments:proposal_another": ("get", "token", "200 200 200 200 200 200"),
    "appointments:propose": ("get", "visit", "302 403 403 200 404 200"),
    "appointments:book": ("get", "doctor", "200 200 200 200 200 200"),
    "appointments:calendar": ("get", "doctor", "200 200 200 200 200 200"),
    "appointments:reserve": ("post", "slot", "302 302 302 403 403 403"),
    "appointments:detail": ("get", "visit", "302 200 404 200 404 200"),
    "appointments:details": ("get", "hold", "302 200 404 403 403 403"),
    "appointments:extend": ("post", "hold", "302 302 404 403 403 403"),
    "appointments:release": ("post", "hold", "302 302 404 403 403 403"),
    "appointments:check": ("get", "hold", "302 200 404 403 403 403"),
    "appointments:confirmed": ("get", "visit", "302 200 404 403 403 403"),
    "appointments:cancel": ("get", "visit", "302 302 404 200 404 200"),
    "appointments:move": ("get", "visit", "302 302 404 200 404 200"),
    "appointments:answer": ("post", "visit", "302 403 403 302 404 403"),
    "appointments:attend": ("post", "visit", "302 403 403 302 404 403"),
    "appointments:undo": ("post", "visit", "302 403 403 302 404 403"),
    "appointments:error": ("get", "visit", "302 403 403 200 404 200"),
    "records:history": ("get", "", "302 200 200 403 403 403"),
    "records:looks": ("get", "", "302 200 200 403 403 403"),
    "records:patient_history": ("get", "person", "302 403 403 200 404 403"),
    "records:record": ("get", "past visit", "302 403 403 200 404 403"),
    "records:versions": ("get", "past visit", "302 200 404 200 404 403"),
    "records:prescription": ("get", "past visit", "302 200 404 200 404 403"),
    "records:prescription_file": ("get", "past visit", "302 200 404 200 404 403"),
    "appointments:file": ("get", "visit", "302 200 404 200 404 200"),
    "pay_for_visit": ("post", "hold", "302 422 404 403 403 403"),
    "payments:wallet": ("get", "", "302 200 200 403 403 403"),
    "payments:deposit": ("get", "", "302 200 200 403 403 403"),
    "payments:challenge": ("get", "bank", "302 404 404 404 404 404"),
    "payments:payment": ("get", "payment", "302 302 404 404 404 200"),
    "payments:card": ("get", "payment", "302 200 404 404 404 403"),
    "accounts:register": ("get", "", "302 302 302 302 302 302"),
    "accounts:profile": ("get", "", "302 200 200 200 200 200"),
    "accounts:choose_place": ("get", "", "200 200 200 200 200 200"),
    "accounts:preferences": ("get", "", "302 200 200 200 200 200"),
    "accounts:photo": ("get", "", "302 200 200 200 200 200"),
    "accounts:contact": ("get", "", "302 200 200 200 200 200"),
    "accounts:own_medical_profile": ("get", "", "302 302 302 403 403 403"),
    "accounts:medical_profile": ("get", "person", "302 200 404 403 403 403"),
    "accounts:setup": ("get", "", "302 302 302 302 302 403"),
    "accounts:setup_step": ("get", "step", "302 200 200 200 200 403"),
    "accounts:dismiss_setup": ("post", "", "302 302 302 302 302 403"),
    # Open to all; no language is named here. tests/accounts/test_language.py names some.
    "accounts:choose_language": ("post", "", "404 404 404 404 404 404"),
    # Whoever has the signed link of the mail; posting it is tried in tests/accounts.
    "accounts:unsubscribe": ("get", "stop", "200 200 200 200 200 200"),
    # Whoever has its address, which nobody can guess.
    "photo": ("get", "photo", "200 200 200 200 200 200"),
    "accounts:privacy": ("get", "", "302 200 200 200 200 200"),
    "accounts:ask_for_data": ("post", "", "302 302 302 302 302 302"),
    "accounts:download_data": ("get", "data", "302 200 404 404 404 404"),
    "accounts:close": ("get", "", "302 200 200 200 200 200"),
    "accounts:closed": ("get", "", "200 200 200 200 200 200"),
    "accounts:family": ("get", "", "302 200 200 403 403 403"),
    "accounts:relative": ("get", "relative", "302 200 404 403 403 403"),
    "accounts:remove_relative": ("post", "relative", "302 302 404 403 403 403"),
    "accounts:two_factor_not_now": ("post", "", "302 403 403 302 302 403"),
    "mfa_index": ("get", "", "302 200 200 200 200 200"),
    "mfa_authenticate": ("get", "", "302 302 302 302 302 302"),
    "mfa_reauthenticate": ("get", "", "302 302 302 302 302 302"),
    "mfa_activate_totp": ("get", "", "302 302 302 302 302 302"),
    "mfa_deactivate_totp": ("get", "", "302 404 404 404 404 404"),
    "mfa_view_recovery_codes": ("get", "", "302 404 404 404 404 404"),
    "mfa_generate_recovery_codes": ("post", "", "302 302 302 302 302 302"),
    "mfa_download_recovery_codes": ("get", "", "302 404 404 404 404 404"),
    "mfa_list_webauthn": ("get", "", "302 200 200 200 200 200"),
    "mfa_add_webauthn": ("get", "", "302 302 302 302 302 302"),
    "mfa_reauthenticate_webauthn": ("get", "", "302 302 302 302 302 302"),
    "mfa_login_webauthn": ("get", "", "302 302 302 302 302 302"),
    "mfa_edit_webauthn": ("get", "passkey", "302 302 302 302 302 302"),
    "mfa_remove_webauthn": ("post", "passkey", "302 302 302 302 302 302"),
    # No keys of Google here.
    "google_login": ("post", "", "404 404 404 404 404 404"),
    "google_callback": ("get", "", "404 404 404 404 404 404"),
    "google_login_by_token": ("post", "", "404 404 404 404 404 404"),
    "dummy_login": ("post", "", "404 404 404 404 404 404"),
    "dummy_authenticate": ("get", "", "404 404 404 404 404 404"),
    "socialaccount_signup": ("get", "", "302 302 302 302 302 302"),
    "socialaccount_connections": ("get", "", "302 200 200 200 200 200"),
    "socialaccount_login_cancelled": ("get", "", "200 200 200 200 200 200"),
    "socialaccount_login_error": ("get", "", "401 401 401 401 401 401"),
    "account_login": ("get", "", "200 302 302 302 302 302"),
    "account_signup": ("get", "", "200 302 302 302 302 302"),
    "account_logout": ("get", "", "302 200 200 200 200 200"),
    "account_inactive": ("get", "", "200 200 200 200 200 200"),
    "account_reauthenticate": ("get", "", "302 200 200 200 200 200"),
    "account_email": ("get", "", "302 200 200 200 200 200"),
    "account_email_verification_sent": ("get", "", "302 302 302 302 302 302"),
    "account_change_password": ("get", "", "302 200 200 200 200 200"),
    "account_set_password": ("get", "", "302 302 302 302 302 302"),
    "account_reset_password": ("get", "", "200 200 200 200 200 200"),
    "account_confirm_login_code": ("get", "", "302 302 302 302 302 302"),
    "account_confirm_password_reset_code": ("get", "", "302 302 302 302 302 302"),
    "account_complete_password_reset": ("get", "", "302 302 302 302 302 302"),
    "usersessions_list": ("get", "", "302 200 200 200 200 200"),
    "account_password_reset_completed": ("get", "", "200 200 200 200 200 200"),
    "healthz": ("get", "", "200 200 200 200 200 200"),
    "readyz": ("get", "", "200 200 200 200 200 200"),
    "dev_components": ("get", "", "404 404 404 404 404 404"),
    "dev_mailbox": ("get", "", "404 404 404 404 404 404"),
    "dev_letter": ("get", "mail", "404 404 404 404 404 404"),
    "dev_letter_html": ("get", "mail", "404 404 404 404 404 404"),
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """One of everything that an address may name."""

    clients: dict[str, Client]
    arguments: dict[str, list[object]]


@pytest.fixture
def world(
    private_root: Path,
    patient: Patient,
    other_patient: Patient,
    doctor: Doctor,
    other_doctor: Doctor,
    admin: User,
    now: dt.datetime,
) -> Iterator[World]:
    """A paid visit, a past one with its record, a held time, a free one, a new card payment."""
    booked, held, free = (
        SlotFactory(
            doctor=doctor,
            start=now + dt.timedelta(days=days),
            end=now + dt.timedelta(days=days, minutes=20),
        )
        for days in (5, 6, 7)
    )
    with time_machine.travel(now, tick=False):
        visit = book(booked, patient, now=now)
        past = recorded_visit(doctor, patient, now=now)
        fund(patient.user, doctor.fee, now=now)
        hold = hold_slot(slot_id=held.pk, patient=patient, by=patient.user, now=now)
        card = start_deposit(
            user=patient.user, amount=50_000, idempotency_key=uuid.uuid4(), now=now
        )
        entry = join_waitlist(
            patient=patient,
            doctor=doctor,
            first_day=now.date(),
            last_day=now.date(),
            parts={"morning"},
            by=patient.user,
            now=now,
        )
        # The nearest one: it is offered, and the free one stays free.
        SlotFactory(doctor=doctor, start=visit.end, end=visit.end + dt.timedelta(minutes=20))
        absence, token = absence_with_answer_link(visit, now)
        mail = OutboxMessage.objects.filter(kind="visit_recorded").latest("created_at")
        users = (patient.user, other_patient.user, doctor.user, other_doctor.user, admin)
        yield World(
            clients={"visitor": Client()}
            | {name: logged_in(user) for name, user in zip(CAST[1:], users, strict=True)},
            arguments={
                "": [],
                "doctor": [doctor.pk],
                "slot": [free.pk],
                "visit": [visit.pk],
                "entry": [entry.pk],
                "specialty": ["dermatology"],
                "place": [PlaceFactory().pk],
                "hold": [hold.pk],
                "payment": [card.pk],
                "relative": [PatientFactory(user=patient.user, relationship="child").pk],
                "bank": ["unknown-reference"],
                "feed": [make_feed(by=patient.user, now=now)],
                "person": [patient.pk],
                "past visit": [past.pk],
                "absence": [absence.pk],
                "token": [token],
                "data": [data_of(patient.user, now).pk],
                "mail": [OutboxMessage.objects.earliest("created_at").pk],
                "passkey": [1],
                "step": ["about"],
                "stop": [unsubscribe_url(mail).split("/")[-2]],
                "photo": [f"{store(DrawnPhoto({128: b'drawn'}))}-128.webp"],
                "unknown": [uuid.uuid4()],
            },
        )


def data_of(user: User, now: dt.datetime) -> DataExport:
    """A copy of somebody's data that can be downloaded."""
    storages["private"].save(f"exports/{user.pk}.zip", ContentFile(b"PK"))
    return DataExport.objects.create(
        user=user,
        status="ready",
        requested_at=now,
        ready_at=now,
        expires_at=now + dt.timedelta(days=7),
        file=f"exports/{user.pk}.zip",
    )


def absence_with_answer_link(visit: Appointment, now: dt.datetime) -> tuple[Absence, str]:
    """The doctor can't see the patient of the visit, who is asked."""
    absence = start_absence(
        key=uuid.uuid4(),
        doctor_id=visit.doctor_id,
        patient=visit.patient,
        reason="Ill",
        offers_times=True,
        by=visit.doctor.user,
        now=now,
    )
    run_absence(absence_id=absence.pk, now=now)
    return absence, answer_path(Proposal.objects.get()).split("/")[-2]


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_address_answers_each_of_the_cast(world: World, name: str) -> None:
    method, argument, expected = TABLE[name]
    url = reverse(name, args=world.arguments[argument])

    answers = {role: status(world.clients[role], method, url) for role in CAST}

    assert answers == dict(zip(CAST, map(int, expected.split()), strict=True))


# Where an admin sees or does more than what is their own: behind the second step, as /admin/ is.
OF_STAFF = {
    "appointments:schedule",
    "appointments:desk_book",
    "appointments:desk_pay",
    "appointments:address",
    "appointments:absences",
    "appointments:absence",
    "appointments:end_absence",
    "appointments:propose",
    "appointments:detail",
    "appointments:file",
    "appointments:cancel",
    "appointments:move",
    "appointments:error",
    "payments:payment",
}
# Of the rest, what is an admin's own, and what everybody sees.
ANYBODYS = ("accounts:", "account_", "mfa_", "socialaccount_", "usersessions_", "doctors:", "dev_")


@pytest.mark.parametrize("name", sorted(TABLE))
def test_pages_of_staff_ask_for_the_second_step(
    world: World, name: str, settings: Settings
) -> None:
    settings.ADMIN_MFA_REQUIRED = True
    method, argument, expected = TABLE[name]
    url = reverse(name, args=world.arguments[argument])
    answers = dict(zip(CAST, map(int, expected.split()), strict=True))

    for role in CAST[:-1] if name in OF_STAFF else ():
        assert status(world.clients[role], method, url) == answers[role], role

    with transaction.atomic():
        answer = getattr(world.clients["admin"], method)(url)
        read_all(answer)
        transaction.set_rollback(True)
    asked = answer.status_code == 302 and answer.headers["Location"] == reverse("mfa_index")
    assert asked == (name in OF_STAFF)
    if not asked:
        assert answer.status_code == answers["admin"]
        public = answers["visitor"] != 302
        assert public or name.startswith(ANYBODYS) or answers["admin"] in (403, 404)


# A time that is gone was taken or withdrawn: said as such, with the nearest free ones. Who one is
# is asked before it is said whether there is such a passkey.
ANSWERS_FOR_ALL = {
    "appointments:reserve",
    "payments:challenge",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
}


@pytest.mark.parametrize(
    "name", sorted(name for name, row in TABLE.items() if row[1] and name not in ANSWERS_FOR_ALL)
)
def test_an_unknown_id_is_404_unless_the_role_is_wrong(world: World, name: str) -> None:
    method, _argument, expected = TABLE[name]
    url = reverse(name, args=world.arguments["unknown"])

    for role, known in zip(CAST, map(int, expected.split()), strict=True):
        refused_before = {302} if role == "visitor" else {403} & {known}
        assert status(world.clients[role], method, url) in {404} | refused_before, role


def read_all(answer: Any) -> None:
    """Reads a download to its end, which closes the file."""
    if answer.streaming:
        b"".join(answer.streaming_content)


def status(client: Client, method: str, url: str) -> int:
    """The answer's status; what it changed is undone."""
    with transaction.atomic():
        answer = getattr(client, method)(url)
        read_all(answer)
        transaction.set_rollback(True)
    return int(answer.status_code)


def test_the_table_knows_every_address() -> None:
    known = set(TABLE)
    found = {
        name for name in url_names(get_resolver().url_patterns) if not name.startswith("admin:")
    }
    assert found - known == set(), "who may open these?"
    assert known - found == set(), "these are gone"


def test_nobody_but_admins_opens_any_page_of_admin(world: World) -> None:
    names = [name for name in url_names(get_resolver().url_patterns) if name.startswith("admin:")]
    assert len(names) > 20
    needed = {"admin:view_on_site": ["1", "1"], "admin:app_list": ["doctors"]}
    for name in names:
        try:
            url = reverse(name)
        except NoReverseMatch:  # needs an id, or a content type
            url = reverse(name, args=needed.get(name, ["1"]))
        for role in CAST[:-1]:
            answer = world.clients[role].get(url)
            assert answer.status_code in (302, 403, 405), (name, role)
            if answer.status_code == 302:
                gates = ("/admin/login/?", "/accounts/login/?")
                assert answer.url == "/admin/" or answer.url.startswith(gates), (name, role)


def url_names(patterns: list[URLPattern | URLResolver], namespace: str = "") -> Iterator[str]:
    """Names of all addresses, with their namespaces."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from url_names(pattern.url_patterns, inner)
        elif pattern.name:
            yield f"{namespace}{pattern.name}"
