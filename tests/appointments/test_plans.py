"""How the database reads visits when there are 100 000 (PostgreSQL): by an index, and few rows.

A scan of all visits takes as long as the clinic is old; what the sweeps ask each minute, and what
people look at, may not.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from django.db import connection
from django.db.models import Model, Q, QuerySet

from accounts.models import Patient, User
from appointments.availability import Bookable
from appointments.enums import AppointmentStatus
from appointments.models import Absence, Appointment, Proposal, WaitlistEntry, WaitlistOffer
from appointments.querysets import ANYBODY, Asker, bookable_slots, bookable_times, policy_for
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from tests.conftest import DHAKA
from tests.factories import DoctorFactory, UserFactory
from tests.plans import nodes, nodes_as_kept, rows_read

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="plans are PostgreSQL's"),
]

DOCTORS, PAST, AHEAD = 50, 1_900, 100
PATIENTS = 2_000
STEP, MINUTES = dt.timedelta(hours=3), dt.timedelta(minutes=20)
DAY = dt.timedelta(days=1)
# Of 100 000. A week of visits ahead, of which each may be due for a reminder, is some 2 700.
ROWS_AT_MOST = 4_000
# Guards that have no part in reading, and cost minutes in making so much.
GUARDS = {
    "doctors_slot": "slot_no_overlap",
    "appointments_appointment": "appointment_no_overlap",
}
OURS = [
    "doctors_slot", "appointments_appointment", "appointments_proposal",
    "appointments_waitlistentry", "appointments_waitlistoffer", "appointments_absence",
    "notifications_outboxmessage",
]  # fmt: skip


SOMEBODY = f"1 + mod(substr(made.reference, 2)::int * 7 + other.number * 41, {PATIENTS})"
# What of a row is another one's where it is copied for another doctor; empty is left to the table.
COPIES: dict[type[Model], dict[str, str]] = {
    Slot: {"id": "md5(made.id::text || other.id)::uuid", "doctor_id": "other.id"},
    Appointment: {
        "id": "md5(made.id::text || other.id)::uuid",
        "slot_id": "md5(made.slot_id::text || other.id)::uuid",
        "doctor_id": "other.id",
        "reference": "made.reference || '-' || other.number",
        "patient_id": f"everybody.ids[{SOMEBODY}]",
        "booked_by_id": f"everybody.users[{SOMEBODY}]",
    },
    OutboxMessage: {
        "id": "gen_random_uuid()", "key": "made.key || '-' || other.number",
        "subject_id": "md5(made.subject_id::text || other.id)::uuid",
    },
    Proposal: {
        "id": "gen_random_uuid()",
        "appointment_id": "md5(made.appointment_id::text || other.id)::uuid",
    },
    WaitlistEntry: {"id": "md5(made.id::text || other.id)::uuid", "doctor_id": "other.id"},
    WaitlistOffer: {
        "id": "", "entry_id": "md5(made.entry_id::text || other.id)::uuid",
        "appointment_id": "md5(made.appointment_id::text || other.id)::uuid",
    },
}  # fmt: skip
COPY = """
WITH other AS (SELECT id, row_number() OVER () AS number FROM doctors_doctor WHERE id <> %s),
     everybody AS (SELECT array_agg(id ORDER BY id) AS ids,
                          array_agg(user_id ORDER BY id) AS users FROM accounts_patient)
INSERT INTO {table} ({columns}) SELECT {values} FROM {table} made, other, everybody
"""


@dataclass(frozen=True)
class Clinic:
    """An old clinic: 100 000 visits, of which one in twenty is ahead."""

    doctor: Doctor
    patient: Patient
    now: dt.datetime

    def fill(self) -> None:
        """Makes all that the doctor has, and copies it for forty-nine others."""
        people = UserFactory.build_batch(PATIENTS - 1)
        User.objects.bulk_create(people)
        Patient.objects.bulk_create(Patient(user=user, name="Somebody") for user in people)
        patients = list(Patient.objects.order_by("pk"))
        policy = policy_for(self.doctor).as_json()
        slots, visits = [], []
        for number in range(PAST + AHEAD):
            start = self.now + (number - PAST) * STEP + MINUTES
            slot = Slot(doctor=self.doctor, start=start, end=start + MINUTES)
            visits.append(self._visit(number, slot, patients[number], policy))
            slots.append(slot)
            if start > self.now and number % 4 == 0:
                free = start + dt.timedelta(hours=1)
                slots.append(Slot(doctor=slot.doctor, start=free, end=free + MINUTES))
        Slot.objects.bulk_create(slots)
        Appointment.objects.bulk_create(visits)
        self._tell(visits)
        self._propose(visits)
        self._wait(visits)
        DoctorFactory.create_batch(DOCTORS - 1)
        with connection.cursor() as cursor:
            for model, changed in COPIES.items():
                columns = [field.column for field in model._meta.concrete_fields]
                kept = [column for column in columns if changed.get(column, column)]
                values = [changed.get(column, f'made."{column}"') for column in kept]
                cursor.execute(
                    COPY.format(
                        table=model._meta.db_table,
                        columns=", ".join(f'"{column}"' for column in kept),
                        values=", ".join(values),
                    ),
                    [self.doctor.pk],
                )

    def _visit(
        self, number: int, slot: Slot, patient: Patient, policy: dict[str, object]
    ) -> Appointment:
        made = slot.start - 20 * DAY
        visit = Appointment(
            reference=f"R{number}", patient=patient, booked_by_id=patient.user_id,
            doctor=slot.doctor, slot=slot, start=slot.start, end=slot.end, fee=120_000,
            currency="BDT", policy=policy, created_at=made, requested_at=made, booked_at=made,
        )  # fmt: skip
        slot.status = "busy"
        if slot.start <= self.now:
            visit.reminded_version = 1
            visit.status = ("fulfilled", "noshow", "cancelled")[min(number % 20, 2) % 3]
            if visit.status == "cancelled":
                visit.slot, visit.cancelled_at, slot.status = None, made, "free"
        elif number % 40 == 0:
            visit.status, visit.booked_at = "pending", None
            visit.answer_by = self.now + (number % 7 - 1) * DAY
        elif number % 40 == 1:
            visit.status, visit.booked_at, visit.requested_at = "pending", None, None
            visit.is_offer = True
            slot.status, slot.held_until = "busy-tentative", self.now + (number % 7 - 1) * MINUTES
        else:
            visit.status = "booked"
        return visit

    def _tell(self, visits: list[Appointment]) -> None:
        """A mail about each visit."""
        OutboxMessage.objects.bulk_create(

                OutboxMessage(
                    kind="visit_confirmed", key=visit.reference, subject_id=visit.pk,
                    user_id=visit.booked_by_id, address="x@example.org", status="sent",
                    created_at=visit.created_at, due_at=visit.created_at, sent_at=visit.created_at,
                )
                for visit in visits

        )  # fmt: skip

    def _propose(self, visits: list[Appointment]) -> None:
        """Other times for one visit in ten; of those ahead some are still to be answered."""
        Proposal.objects.bulk_create(
            (
                Proposal(
                    appointment=visit, old_start=visit.start, made_by_id=visit.doctor.user_id,
                    made_at=visit.created_at, status="open",
                    deadline=self.now + (number % 3 - 1) * DAY,
                )
                if visit.status == "booked" and number % 20 == 2
                else Proposal(
                    appointment=visit, old_start=visit.start, made_by_id=visit.doctor.user_id,
                    made_at=visit.created_at, status="kept", deadline=visit.start,
                    ended_at=visit.start,
                )
                for number, visit in enumerate(visits)
                if number % 10 == 2
            )
        )  # fmt: skip

    def _wait(self, visits: list[Appointment]) -> None:
        """One in five has waited before; a few wait now, and some of these have an offer."""
        entries, offers = [], []
        for number, visit in enumerate(visits):
            waits = visit.is_offer or (visit.status == "booked" and number % 20 == 3)
            if not waits and number % 5:
                continue
            entry = WaitlistEntry(
                patient_id=visit.patient_id, joined_by_id=visit.booked_by_id, doctor=visit.doctor,
                first_day=visit.start.date() - 10 * DAY, last_day=visit.start.date() + 10 * DAY,
                joined_at=visit.created_at, status="waiting" if waits else "left",
                ended_at=None if waits else visit.start,
            )  # fmt: skip
            entries.append(entry)
            if visit.is_offer or not waits:
                offers.append(
                    WaitlistOffer(
                        entry=entry, appointment=visit, start=visit.start,
                        offered_at=visit.created_at, runs_out_at=visit.created_at,
                        outcome="open" if waits else "declined",
                    )
                )  # fmt: skip
        WaitlistEntry.objects.bulk_create(entries)
        WaitlistOffer.objects.bulk_create(offers)


@pytest.fixture
def clinic(now: dt.datetime, patient: Patient, doctor: Doctor) -> Iterator[Clinic]:
    clinic = Clinic(doctor, patient, now)
    made = {}
    with connection.cursor() as cursor:
        for table, guard in GUARDS.items():
            cursor.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [guard]
            )
            (made[table],) = cursor.fetchone()
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {guard}")
        clinic.fill()
        for table in OURS:
            cursor.execute(f"VACUUM ANALYZE {table}")
        yield clinic
        cursor.execute(f"TRUNCATE {', '.join(OURS)} CASCADE")
        for table, guard in GUARDS.items():
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {guard} {made[table]}")


def reads(clinic: Clinic) -> dict[str, QuerySet]:
    """What is asked each minute, and what people look at."""
    now, doctor, patient = clinic.now, clinic.doctor, clinic.patient
    visits = Appointment.objects
    week = now, now + 7 * DAY
    policy = replace(policy_for(doctor), active_cap=200)
    slot = Slot.objects.filter(doctor=doctor, start__gt=now).bookable_at(now)[0]
    others = list(Doctor.objects.order_by("pk")[:20])
    asker = Asker(user_id=patient.user_id, patient_id=patient.pk)
    waiting = WaitlistEntry.objects
    return {
        "reminders due": visits.to_remind(now).order_by("start")[:500],
        "run-out holds": visits.run_out_at(now)[:500],
        "run-out offers": visits.run_out_at(now).filter(is_offer=True),
        "run-out holds of a patient": visits.run_out_at(now).filter(
            Q(slot_id=slot.pk) | Q(booked_by=patient.user) | Q(patient=patient)
        ),
        "unanswered requests": visits.requests().filter(answer_by__lte=now)[:200],
        "unanswered proposals": Proposal.objects.run_out_at(now)[:500],
        "offers that are over": WaitlistOffer.objects.filter(outcome="open").exclude(
            appointment__status=AppointmentStatus.PENDING
        ),
        "unsettled visits": visits.unsettled_at(now)[:500],
        "absences to go on with": Absence.objects.unfinished(now),
        "patient's upcoming list": visits.visible_to(patient.user).upcoming(now),
        "patient's holds": visits.visible_to(patient.user).held_at(now),
        "patient's earlier visits": visits.visible_to(patient.user).visits().earlier(now)[:10],
        "doctor's day": visits.filter(doctor=doctor).visits().between(now, now + DAY),
        "doctor's week": visits.filter(doctor=doctor).visits().between(*week),
        "doctor's requests": visits.filter(doctor=doctor).requests(),
        "doctor's list": visits.visible_to(doctor.user).visits().order_by("-start")[:25],
        "patient's feed": visits.visible_to(patient.user).in_feed(now),
        "doctor's feed": visits.visible_to(doctor.user).in_feed(now),
        "who waits": waiting.without_open_offer()[:200],
        "next in line": waiting.waiting_for(slot)[:1],
        "own places in line": waiting.filter(joined_by=patient.user)
        .waiting()
        .with_positions()
        .with_offers(now),
        "calendar": bookable_slots(doctor, policy, now),
        "calendar of who moves a visit": bookable_slots(doctor, policy, now, asker),
        "room under the cap": visits.filter(doctor=doctor).active_at(now),
        "soonest times": bookable_times(dict.fromkeys(others, policy), now).soonest(each=3),
    }


def test_reads_do_not_grow_with_the_age_of_the_clinic(clinic: Clinic) -> None:
    """No scan of a large table, and of none more than a few rows in a hundred looked at."""
    large = [
        model._meta.db_table
        for model in (Slot, Appointment, Proposal, WaitlistEntry, WaitlistOffer, OutboxMessage)
    ]
    assert Appointment.objects.count() == DOCTORS * (PAST + AHEAD)
    slow = {}
    for name, found in reads(clinic).items():
        plan = nodes(found)
        scanned = {
            node["Relation Name"]
            for node in plan
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] in large
        }
        many = {
            table: rows
            for table, rows in rows_read(plan).items()
            if table in large and rows > ROWS_AT_MOST
        }
        if scanned or many:
            slow[name] = scanned, many
    assert slow == {}
    # An empty answer would be quick by any plan.
    sweeps = "reminders due", "run-out holds", "unanswered requests", "unanswered proposals"
    lists = "patient's upcoming list", "doctor's week", "doctor's feed", "next in line", "calendar"
    assert {name for name in (*sweeps, *lists) if not reads(clinic)[name]} == set()

    assert calendar_as_kept(clinic) == {}


def calendar_as_kept(clinic: Clinic) -> dict[str, object]:
    """The calendar's reads that don't get its times from their index and few visits.

    By plans that connections keep: these are what a calendar is read by, not plans made anew.
    """
    now, patient, today = clinic.now, clinic.patient, clinic.now.date()
    policy = replace(policy_for(clinic.doctor), active_cap=200)
    found: dict[str, object] = {}
    for asker in (ANYBODY, Asker(patient.user_id), Asker(patient.user_id, patient.pk)):
        bookable = Bookable(clinic.doctor, policy, DHAKA, now, asker)
        reads: dict[str, Callable[[], object]] = {
            "first": bookable.first_start,
            "day": lambda read=bookable: read.on_day(today + DAY),
            "month": lambda read=bookable: read.by_day(today, today + 30 * DAY, singly=None),
            "month and day": lambda read=bookable: read.by_day(
                today, today + 30 * DAY, singly=today
            ),
        }  # fmt: skip
        for name, read in reads.items():
            plan = nodes_as_kept(read)
            times = {
                (node["Node Type"], node.get("Index Name"))
                for node in plan
                if node.get("Relation Name") == Slot._meta.db_table
            }
            many = max(rows_read(plan).values()) > ROWS_AT_MOST
            if ("Index Only Scan", "slot_bookable") not in times or many:
                found[f"{name} for {asker}"] = times, rows_read(plan)
    return found
