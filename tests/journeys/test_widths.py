"""Every page on every screen: no sideways scroll from a small phone up, and axe in the dark."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.actions import change_photo, save_medical_profile
from accounts.models import Patient, Place
from accounts.photos import draw_photo
from appointments.actions import complete_visit, hold_slot, start_card_booking
from appointments.models import Appointment
from doctors.models import Doctor, Slot
from notifications.models import OutboxMessage
from notifications.unsubscribe_links import unsubscribe_url
from records.querysets import visits_with_record
from tests import factories
from tests.journeys import steps
from tests.journeys.conftest import Look, OpenPage

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow("every page in four widths"),
]

WIDTHS = (320, 360, 768, 1280)
LONG_NAME = "Dr Bibhuti Bhushan Bandyopadhyay-Chattopadhyay"
# Of the letters that references are made of, eight of the widest.
WIDEST_REFERENCE = "WWWWWWWW"
Paths = Callable[[], list[str]]


@pytest.fixture
def visit(working_doctor: Doctor, patient: Patient, places: dict[str, Place]) -> Appointment:
    """A visit ahead, and one with a record, of Sadia at a doctor whose name is hard to fit in."""
    now = timezone.now()
    Doctor.objects.filter(pk=working_doctor.pk).update(
        name=LONG_NAME,
        qualifications="MBBS, FCPS (Dermatology), MD, FRCP (Edinburgh)",
        bio="a " * 99,
        place=places["bd-3026-tejgaon-industrial-area"],
    )
    slot = factories.SlotFactory(
        doctor=factories.DoctorFactory(name="Dr Anupam Barua"),
        start=now + dt.timedelta(hours=1),
        end=now + dt.timedelta(hours=2),
    )
    factories.book(slot, patient, now=now)
    factories.recorded_visit(working_doctor, patient, now=now)
    save_medical_profile(
        patient_id=patient.pk,
        by=patient.user,
        now=now,
        allergies="Penicillin, peanuts, latex and pollen of birches",
        emergency_name="Muhammad Tanvir Ahmed Bhuiyan-Chowdhury, my brother",
        emergency_phone="+8801812345678",
    )
    photo = draw_photo(factories.image_file())
    for user in (working_doctor.user, patient.user):
        change_photo(user=user, photo=photo, by=user)
    # A balance that is hard to fit in, too.
    factories.fund(patient.user, 99_879_999, now=now)
    visit = factories.book(steps.slot_ahead(working_doctor, 6), patient, now=now, reason="Rash")
    visit.reference = WIDEST_REFERENCE
    visit.save(update_fields=["reference"])
    return visit


@pytest.fixture
def held(visit: Appointment, patient: Patient) -> Appointment:
    slot = steps.slot_ahead(visit.doctor, 7)
    return hold_slot(slot_id=slot.pk, patient=patient, by=patient.user, now=timezone.now())


def book_an_hour_ago(doctor: Doctor, now: dt.datetime) -> Appointment:
    """A visit that is over, of a patient whose name is hard to fit in."""
    start = now - dt.timedelta(hours=1)
    Slot.objects.filter(doctor=doctor, start__lt=now, appointment__isnull=True).delete()
    slot = factories.SlotFactory(doctor=doctor, start=start, end=now)
    somebody = factories.PatientFactory(name="Muhammad Tanvir Ahmed Bhuiyan-Chowdhury")
    return factories.book(slot, somebody, now=start - dt.timedelta(days=1), reason="Itchy rash")


def unsubscribe_path(past: Appointment) -> str:
    """The link in the mail about the record of that visit."""
    mail = OutboxMessage.objects.get(kind="visit_recorded", subject_id=past.pk)
    return unsubscribe_url(mail).removeprefix(settings.SITE_URL)


def wide(open_page: OpenPage, look: Look, user: object, paths: list[str], scheme: str) -> list[str]:
    """What does not fit, and in the dark what axe says too (journeys look at the light pages)."""
    page = open_page(user, color_scheme=scheme)
    found = []
    for path in paths:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            beyond = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if beyond > 0:
                found.append(f"{page.url} is {beyond} px too wide for {width} px")
        if scheme == "dark":
            found += look(page)
            page.set_viewport_size({"width": 360, "height": 800})
            found += look(page)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_visitors_fit_every_screen(
    open_page: OpenPage, visit: Appointment, faults: Look, scheme: str
) -> None:
    doctor = visit.doctor
    day = steps.day_ahead(doctor, 7)
    paths = [
        "/",
        "/doctors/",
        "/doctors/?specialty=dermatology&when=week",
        "/doctors/?q=nobody",
        "/doctors/?place=bd-3026-tejgaon-industrial-area",
        "/doctors/specialties/",
        "/doctors/places/",
        "/doctors/places/bd-3026/",
        "/doctors/places/?q=sadar",
        "/doctors/places/?q=nowhere",
        f"/doctors/{doctor.pk}/",
        f"/appointments/calendar/{doctor.pk}/?day={day}&slot={steps.slot_ahead(doctor, 7).pk}",
        "/accounts/signup/",
        "/accounts/login/",
        "/accounts/3rdparty/login/cancelled/",
        "/accounts/privacy/closed/",
        "/accounts/inactive/",
    ]
    assert wide(open_page, faults, None, paths, scheme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_patients_fit_every_screen(
    open_page: OpenPage, visit: Appointment, held: Appointment, faults: Look, scheme: str
) -> None:
    user = held.patient.user
    too_late_to_cancel = Appointment.objects.get(doctor__name="Dr Anupam Barua")
    past = visits_with_record(Appointment.objects.all()).get()
    payment = start_card_booking(
        appointment_id=held.pk, by=user, idempotency_key=held.pk, now=timezone.now()
    )
    paths = [
        "/appointments/",
        f"/appointments/{visit.pk}/",
        f"/appointments/{visit.pk}/confirmed/",
        f"/appointments/{visit.pk}/cancel/",
        f"/appointments/{too_late_to_cancel.pk}/cancel/",
        f"/appointments/{held.pk}/details/",
        f"/appointments/{held.pk}/check/",
        f"/payments/{payment.pk}/card/",
        f"/appointments/{past.pk}/",
        f"/appointments/{past.pk}/record/versions/",
        f"/appointments/{past.pk}/prescription/",
        "/appointments/history/",
        "/appointments/history/looks/?who=all",
        "/payments/wallet/",
        "/payments/deposit/",
        "/accounts/profile/",
        "/accounts/preferences/",
        "/accounts/photo/",
        "/accounts/contact/",
        f"/accounts/medical/{held.patient.pk}/",
        "/accounts/setup/about/",
        "/accounts/setup/contact/",
        "/accounts/setup/health/",
        unsubscribe_path(past),
        "/appointments/subscribe/",
        "/accounts/privacy/",
        "/accounts/privacy/close/",
        "/accounts/family/",
        "/accounts/email/",
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/webauthn/",
        "/accounts/3rdparty/",
        "/accounts/sessions/",
        "/accounts/reauthenticate/",
    ]
    assert wide(open_page, faults, user, paths, scheme) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_doctors_fit_every_screen(
    open_page: OpenPage, visit: Appointment, faults: Look, scheme: str
) -> None:
    other = Doctor.objects.get(name="Dr Anupam Barua")
    now = timezone.now()
    past = visits_with_record(Appointment.objects.all()).get()
    over = book_an_hour_ago(visit.doctor, now)
    complete_visit(appointment_id=over.pk, by=visit.doctor.user, now=now)
    seen_by_its_doctor = ["/appointments/desk/", f"/appointments/{other.appointments.get().pk}/"]
    found = wide(open_page, faults, other.user, seen_by_its_doctor, scheme)
    own = [
        "/appointments/desk/",
        f"/appointments/{past.pk}/",
        f"/appointments/{past.pk}/record/",
        f"/appointments/{over.pk}/",
        f"/appointments/{over.pk}/error/",
        f"/appointments/patients/{visit.patient.pk}/",
        "/appointments/desk/book/",
        "/appointments/schedule/",
        "/appointments/schedule/?view=week",
        "/appointments/schedule/?view=day",
        "/accounts/privacy/close/",
        "/doctors/hours/",
        "/doctors/practice/",
        "/accounts/profile/",
        "/accounts/preferences/",
        "/accounts/photo/",
        "/accounts/setup/about/",
        f"/doctors/{visit.doctor.pk}/",
    ]
    assert found + wide(open_page, faults, visit.doctor.user, own, scheme) == []
