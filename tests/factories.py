"""Rows for tests. Money and mail are made by the actions, so that invariants hold in tests too."""

import datetime as dt
import io
import uuid

import factory
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import Group
from django.utils.text import slugify
from factory.django import DjangoModelFactory
from PIL import Image

from accounts.enums import Role
from accounts.models import Patient, Place, User
from accounts.place_names import search_text
from appointments.actions import (
    book_with_wallet,
    cancel_visit,
    complete_visit,
    hold_slot,
    settle_visits,
    start_card_booking,
)
from appointments.models import Appointment, BookingRules
from booking_system.sample_data.cards import APPROVED_CARD, sample_card
from doctors.enums import DoctorStatus
from doctors.models import Doctor, Slot, Specialty
from payments.actions import charge_card, record_entry
from payments.actions.ledger import GATEWAY, Move, wallet_of
from payments.enums import EntryKind
from records.actions import save_record
from records.content import Medicine, Writing

PASSWORD = "Correct-horse-7"
# In tests the first of the site's hashers (tests/conftest.py).
QUICK_HASHER = "django.contrib.auth.hashers.MD5PasswordHasher"
PASSWORD_HASH = MD5PasswordHasher().encode(PASSWORD, "a-salt-of-the-usual-22")


def image_file(
    kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: object
) -> io.BytesIO:
    """A small picture as a file of that kind; `options` are Pillow's for saving it."""
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, kind, **options)
    file.seek(0)
    return file


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")
    password = PASSWORD_HASH
    role = Role.PATIENT


class AdminFactory(UserFactory):
    role = Role.ADMIN
    is_staff = True
    is_superuser = True


def member_of(group: str) -> User:
    """Staff of one group; of none if it is empty."""
    user = UserFactory(role=Role.ADMIN, is_staff=True, username=f"of-{group or 'none'}")
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


class PatientFactory(DjangoModelFactory[Patient]):
    class Meta:
        model = Patient

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence(lambda n: f"Patient {n}")


class PlaceFactory(DjangoModelFactory[Place]):
    """A place of the top level, or right in `parent`."""

    class Meta:
        model = Place

    parent = None
    name = factory.Sequence(lambda n: f"Place {n}")
    code = factory.LazyAttribute(lambda place: slugify(place.name))
    level = factory.LazyAttribute(lambda place: place.parent.level + 1 if place.parent else 1)
    path = factory.LazyAttribute(
        lambda place: f"{place.parent.path if place.parent else ''}{place.code}/"
    )
    search_text = factory.LazyAttribute(lambda place: search_text([place.name]))


class SpecialtyFactory(DjangoModelFactory[Specialty]):
    class Meta:
        model = Specialty
        django_get_or_create = ("code",)

    code = "dermatology"
    name = "Dermatology"
    plain_name = "Skin"


class DoctorFactory(DjangoModelFactory[Doctor]):
    class Meta:
        model = Doctor
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory, role=Role.DOCTOR)
    name = factory.Sequence(lambda n: f"Dr Number {n}")
    status = DoctorStatus.APPROVED
    approved_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    licence_number = factory.Sequence(lambda n: f"A-{n:05}")
    experience_years = 12
    fee = 120_000
    time_zone = "Asia/Dhaka"
    clinic_name = "Lake View Chamber"
    clinic_address = "House 14, Road 9/A"
    clinic_area = "Dhanmondi, Dhaka"

    @factory.post_generation
    def specialties(
        self, create: bool, extracted: list[Specialty] | None, **kwargs: object
    ) -> None:
        if create:
            self.specialties.set(extracted if extracted is not None else [SpecialtyFactory()])


class SlotFactory(DjangoModelFactory[Slot]):
    class Meta:
        model = Slot

    doctor = factory.SubFactory(DoctorFactory)
    start = factory.Sequence(
        lambda n: dt.datetime(2026, 11, 16, 4, 0, tzinfo=dt.UTC) + dt.timedelta(minutes=20 * n)
    )
    end = factory.LazyAttribute(lambda slot: slot.start + dt.timedelta(minutes=20))


def give_rules(doctor: Doctor | None, **rules: object) -> None:
    """Rules of booking of one doctor, or of the clinic."""
    BookingRules.objects.update_or_create(doctor=doctor, defaults=rules)


def fund(user: User, amount: int, *, now: dt.datetime) -> None:
    """Puts money into the user's wallet, through the journal. Minor units."""
    record_entry(
        kind=EntryKind.DEPOSIT,
        key=f"test:{uuid.uuid4()}",
        moves=[Move(GATEWAY, wallet_of(user.pk), amount)],
        currency=settings.CURRENCY,
        by=user,
        now=now,
    )


def hold(slot: Slot, patient: Patient, *, now: dt.datetime) -> Appointment:
    """A time that the patient's user holds."""
    return hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)


def book(
    slot: Slot, patient: Patient, *, now: dt.datetime, funded: bool = True, **details: str
) -> Appointment:
    """A confirmed visit, held and paid from the wallet by the actions."""
    if funded:
        fund(patient.user, slot.doctor.fee, now=now)
    appointment = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now, **details)
    return book_with_wallet(
        appointment_id=appointment.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now
    )


def cancel(visit: Appointment, *, now: dt.datetime) -> None:
    """The user who booked it takes the visit back."""
    cancel_visit(appointment_id=visit.pk, reason="", by=visit.booked_by, now=now)


def complete(visit: Appointment, *, now: dt.datetime) -> None:
    """The doctor says that the patient was seen."""
    complete_visit(appointment_id=visit.pk, by=visit.doctor.user, now=now)


def settle(*, now: dt.datetime) -> None:
    """The worker moves the fees of visits that are over to where they belong."""
    settle_visits(now=now)


def book_by_card(slot: Slot, patient: Patient, *, now: dt.datetime) -> Appointment:
    """A confirmed visit, or a request, paid with a card of the simulated bank."""
    hold = hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=now)
    payment = start_card_booking(
        appointment_id=hold.pk, by=patient.user, idempotency_key=uuid.uuid4(), now=now
    )
    charge_card(
        payment_id=payment.pk, card=sample_card(APPROVED_CARD, now), by=patient.user, now=now
    )
    hold.refresh_from_db()
    return hold


WRITING = Writing(
    diagnosis="Contact dermatitis",
    notes="Both forearms, since the new soap.\nNo fever.",
    prescription=(
        Medicine(
            medicine="Cetirizine", dose="10 mg", frequency="Once a day", duration="2 weeks",
            remark="At night: it makes sleepy",
        ),
        Medicine(medicine="Hydrocortisone 1% cream", frequency="Twice a day", duration="1 week"),
    ),
    follow_up_on=dt.date(2026, 12, 10),
    follow_up="Bring the soap",
    private_notes="Worried about losing her job",
)  # fmt: skip


def recorded_visit(
    doctor: Doctor,
    patient: Patient,
    *,
    now: dt.datetime,
    days_ago: int = 1,
    writing: Writing = WRITING,
) -> Appointment:
    """A visit that began so many days before `now`, with its record saved at `now`."""
    start = now - dt.timedelta(days=days_ago)
    slot = SlotFactory(doctor=doctor, start=start, end=start + dt.timedelta(minutes=20))
    visit = book(slot, patient, now=start - dt.timedelta(days=1))
    save_record(appointment_id=visit.pk, writing=writing, based_on=0, by=doctor.user, now=now)
    return visit
