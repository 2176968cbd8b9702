"""One of everything that an address may name."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from accounts.models import DataExport, Patient, User
from accounts.photos import DrawnPhoto, store
from appointments.actions import hold_slot, join_waitlist, make_feed, run_absence, start_absence
from appointments.models import Absence, Appointment, Proposal
from appointments.proposal_links import answer_path
from doctors.models import Doctor
from notifications.models import OutboxMessage
from notifications.unsubscribe_links import unsubscribe_url
from payments.actions import start_deposit
from tests.addresses import CAST
from tests.clients import logged_in
from tests.factories import PatientFactory, PlaceFactory, SlotFactory, book, fund, recorded_visit


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
