"""The people of the sample clinic: log-ins, practices, full wallets."""

import datetime as dt
import io
import random
import uuid
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from PIL import Image, ImageDraw

from accounts.actions import (
    change_photo,
    dismiss_setup,
    register_person,
    save_contact,
    save_medical_profile,
)
from accounts.enums import Gender, Role
from accounts.models import Patient, Place, User
from accounts.photos import draw_photo
from appointments.actions import set_rules
from booking_system.sample_data.cards import APPROVED_CARD, sample_card
from booking_system.sample_data.cast import (
    DEMO_LOGINS,
    DEMO_PASSWORD,
    DEMO_PATIENT_NAME,
    DEMO_PATIENT_PLACE,
    FIRST_NAMES,
    HEALTH,
    LAST_NAMES,
    Person,
)
from doctors.actions import approve_doctor, register_doctor, set_working_hours
from doctors.enums import Weekday
from doctors.models import Doctor, Specialty
from doctors.slot_generation import HoursInterval
from payments.actions import charge_card, start_deposit

_EVERY_DAY_BUT_FRIDAY = (5, 6, 0, 1, 2, 3)
_SUNDAY_TO_THURSDAY = (6, 0, 1, 2, 3)
_WEEKS = [
    (_EVERY_DAY_BUT_FRIDAY, [(9, 12), (17, 20)]),
    (_SUNDAY_TO_THURSDAY, [(10, 14)]),
    (_SUNDAY_TO_THURSDAY, [(16, 21)]),
    (_EVERY_DAY_BUT_FRIDAY, [(8, 13)]),
    ((5, 0, 2, 3), [(9, 13), (15, 18)]),
]


def add_admin(*, opening: dt.datetime) -> User:
    """The demo admin."""
    username = DEMO_LOGINS["admin"]
    admin: User = User.objects.create_superuser(  # type: ignore[no-untyped-call]
        username,
        f"{username}@example.org",
        DEMO_PASSWORD,
        first_name="Rokeya Begum",
        date_joined=opening,
    )
    _confirm_address(admin)
    return admin


def add_doctors(
    *, rng: random.Random, cast: list[Person], admin: User, opening: dt.datetime
) -> list[Doctor]:
    """Registers every doctor of the cast with weekly hours, and has all but the last one approved.

    Answers the approved ones, the demo log-in first.
    """
    password = make_password(DEMO_PASSWORD)
    specialties = Specialty.objects.in_bulk()
    doctors = []
    with transaction.atomic():
        for number, person in enumerate(cast):
            user = _register(person.name, "doctor", Role.DOCTOR, password, opening, demo=not number)
            doctor = _open_practice(number, person, user, specialties[person.specialty], opening)
            days, intervals = _WEEKS[number % len(_WEEKS)]
            if not number:
                days = tuple(Weekday)  # whatever today is, the demo doctor works
            set_working_hours(
                doctor_id=doctor.pk,
                hours=[
                    HoursInterval(day, dt.time(start), dt.time(end))
                    for day in days
                    for start, end in intervals
                ],
                slot_minutes=rng.choice([20, 30, 30]),
                buffer_minutes=rng.choice([0, 0, 5]),
                by=user,
                now=opening,
            )
            if number < len(cast) - 1:
                doctors.append(approve_doctor(doctor_id=doctor.pk, by=admin, now=opening))
    return doctors


def _open_practice(
    number: int, person: Person, user: User, specialty: Specialty, now: dt.datetime
) -> Doctor:
    street = f"House {number * 3 + 2}, Road {number % 12 + 1}"
    return register_doctor(
        user=user,
        by=user,
        now=now,
        name=person.name,
        licence_number=f"BMDC A-{40_110 + 137 * number}",
        specialties=[specialty],
        experience_years=person.years,
        qualifications=person.qualifications,
        languages="Bangla, English",
        bio=person.bio,
        clinic_name=f"{person.quarter} Chamber",
        clinic_address=street,
        clinic_area=person.quarter,
        place=Place.objects.with_ancestors().filter(pk=person.place).first(),
        fee=person.fee * 100,
        time_zone="Asia/Dhaka",
    )


def set_rules_of(doctors: list[Doctor], *, admin: User, opening: dt.datetime) -> None:
    """The clinic's rules, and those of a few doctors who want it otherwise."""
    set_rules(doctor=None, by=admin, now=opening, moves_allowed=3)
    own: list[dict[str, Any]] = [
        {"late_refunds": "24: 50"},
        {"free_cancellation_hours": 24, "move_limit_hours": 12, "moves_allowed": 3},
        {"no_show_refund_percent": 25},
    ]
    for doctor, rules in zip(doctors[1:], own, strict=False):
        set_rules(doctor=doctor, by=admin, now=opening, **rules)


def add_patients(*, rng: random.Random, count: int, opening: dt.datetime) -> list[Patient]:
    """So many patients, the demo log-in first, each for themselves."""
    password = make_password(DEMO_PASSWORD)
    everybody = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
    names = [DEMO_PATIENT_NAME, *rng.sample(everybody, count - 1)]
    with transaction.atomic():
        users = [
            _register(name, "patient", Role.PATIENT, password, opening, demo=not number)
            for number, name in enumerate(names)
        ]
    patients = {patient.user_id: patient for patient in Patient.objects.select_related("user")}
    return [patients[user.pk] for user in users]


def tell_about(
    *, rng: random.Random, patients: list[Patient], doctors: list[Doctor], opening: dt.datetime
) -> None:
    """Mobiles, medical profiles and photos: of the demo log-ins, and of some of the others.

    Everybody has gone through the steps after signing up. Not inside a transaction.
    """
    home = Place.objects.filter(pk=DEMO_PATIENT_PLACE).first()
    for number, user in enumerate([*(doctor.user for doctor in doctors), *_users(patients)]):
        # Made up, as the people are: the site calls nobody.
        save_contact(
            user=user,
            mobile=f"+88019990{number:05}",
            address=f"House {number + 1}, Road 4",
            place=home if user == patients[0].user else None,
            by=user,
        )
        dismiss_setup(user=user)
    for number, patient in enumerate(patients):
        if number % 3:
            continue
        blood_group, allergies, conditions, medication = rng.choice(HEALTH)
        save_medical_profile(
            patient_id=patient.pk,
            by=patient.user,
            now=opening,
            birth_date=dt.date(rng.randrange(1950, 2005), rng.randrange(1, 13), 14),
            gender=rng.choice([Gender.FEMALE, Gender.MALE]) if number else Gender.FEMALE,
            blood_group=blood_group,
            allergies=allergies,
            conditions=conditions,
            medication=medication,
            emergency_name="Shirin, my sister",
            emergency_phone="+8801999099999",
        )
    for number, user in enumerate(
        [*(doctor.user for doctor in doctors[:8]), *_users(patients[:1])]
    ):
        change_photo(user=user, photo=draw_photo(_portrait(number)), by=user)


def _users(patients: list[Patient]) -> list[User]:
    return [patient.user for patient in patients]


def _portrait(number: int) -> io.BytesIO:
    """Somebody made up, head and shoulders in flat colours."""
    skins = ("#8d5a3b", "#a8704c", "#c68d63", "#754628")
    coats = ("#f4efe6", "#0f5a4d", "#7a9cc6", "#e3a56f", "#5b6f5d")
    grounds = ("#dfeee6", "#fbe4cf", "#dbe8f6", "#efe6d2")
    image = Image.new("RGB", (400, 400), grounds[number % len(grounds)])
    draw = ImageDraw.Draw(image)
    draw.ellipse((40, 270, 360, 590), fill=coats[number % len(coats)])
    draw.ellipse((115, 70, 285, 280), fill="#2b211c")
    draw.ellipse((130, 100, 270, 285), fill=skins[number % len(skins)])
    file = io.BytesIO()
    image.save(file, "PNG")
    return file


def fill_wallets(*, rng: random.Random, patients: list[Patient], opening: dt.datetime) -> None:
    """Each of the patients pays a deposit by a made-up card. Not inside a transaction."""
    card = sample_card(APPROVED_CARD, opening)
    for number, patient in enumerate(patients):
        payment = start_deposit(
            user=patient.user,
            amount=rng.randrange(6, 20) * 100_000,
            idempotency_key=uuid.UUID(int=rng.getrandbits(128), version=4),
            now=opening + dt.timedelta(minutes=number),
        )
        charge_card(
            payment_id=payment.pk,
            card=card,
            by=patient.user,
            now=opening + dt.timedelta(minutes=number, seconds=30),
        )


def _register(
    name: str, log_in: str, role: Role, password: str, opening: dt.datetime, *, demo: bool
) -> User:
    """Signs somebody up, whose address counts as confirmed: nobody is there to type a code."""
    username = DEMO_LOGINS[log_in] if demo else name.removeprefix("Dr ").lower().replace(" ", ".")
    user = register_person(
        user=User(
            username=username,
            email=f"{username}@example.org",
            password=password,
            date_joined=opening,
        ),
        role=role,
        name=name,
    )
    _confirm_address(user)
    return user


def _confirm_address(user: User) -> None:
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
