"""The weeks of the sample clinic, played forward: every step is an action with its own moment."""

import datetime as dt
import random
import uuid
from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import Patient
from appointments.actions import (
    book_with_wallet,
    cancel_visit,
    complete_visit,
    expire_holds,
    hold_slot,
    mark_arrived,
    mark_no_show,
    release_hold,
    settle_visits,
)
from appointments.enums import AppointmentStatus
from appointments.exceptions import BookingRefused
from appointments.models import Appointment
from appointments.querysets import policy_for
from booking_system.sample_data.cast import REASONS, RECORDS
from doctors.models import Doctor, Slot
from payments.exceptions import InsufficientFunds
from records.actions import open_history, save_record
from records.content import Medicine, Writing

ABANDONED = 0.05
CANCELLED = 0.12
NO_SHOW = 0.08
RECORDED = 0.3
# The demo patient books on these days: how many days ago → how many days ahead of that, at least.
DEMO_BOOKINGS = {28: 2, 24: 1, 18: 6, 12: 3, 6: 2, 2: 3, 1: 7}
DEMO_CANCELS = 18
# Her name is in the hat so many times more than the others'.
DEMO_DOCTOR_SHARE = 4


@dataclass
class Clinic:
    """Who is there, and the one source of chance."""

    rng: random.Random
    doctors: list[Doctor]
    patients: list[Patient]
    now: dt.datetime
    # The demo doctor and patient come first in their lists.
    demo_doctor: Doctor = field(init=False)
    demo_patient: Patient = field(init=False)

    def __post_init__(self) -> None:
        self.demo_doctor, self.demo_patient = self.doctors[0], self.patients[0]

    @transaction.atomic
    def play_day(self, days_ago: int, *, bookings: int) -> None:
        """One day of bookings, and of what happened to the visits that were due by its end."""
        end = self.now - dt.timedelta(days=days_ago)
        start = end - dt.timedelta(days=1)
        expire_holds(now=start)
        moments = sorted(
            start + dt.timedelta(minutes=self.rng.randrange(24 * 60)) for _ in range(bookings)
        )
        for moment in moments:
            doctor = self.rng.choice([self.demo_doctor] * DEMO_DOCTOR_SHARE + self.doctors)
            self.book(self.rng.choice(self.patients[1:]), doctor, moment)
        if days_ago in DEMO_BOOKINGS:
            self.book_for_demo(days_ago, moments[-1])
        if days_ago == 1:
            self.fill_today(end)
        if days_ago == 0:
            # Somebody is paying right now, and another let the time run out.
            for patient, minutes in ((self.patients[-1], 2), (self.patients[-2], 25)):
                self.book(patient, self.doctors[1], end - dt.timedelta(minutes=minutes), pays=False)
        self.attend(until=end)

    def fill_today(self, moment: dt.datetime) -> None:
        """The demo doctor's next day gets visits before and after this time of day."""
        for patient in self.patients[1:7]:
            self.book(
                patient,
                self.demo_doctor,
                moment,
                earliest=self.now - dt.timedelta(hours=4),
                latest=self.now + dt.timedelta(hours=10),
                pays=True,
                cancels=False,
            )

    def book_for_demo(self, days_ago: int, moment: dt.datetime) -> None:
        """A visit of the demo patient: with the demo doctor at first and last."""
        known = days_ago in (28, 12, 1)
        doctor = self.demo_doctor if known else self.rng.choice(self.doctors[1:])
        visit = self.book(
            self.demo_patient,
            doctor,
            moment,
            earliest=(earliest := moment + dt.timedelta(days=DEMO_BOOKINGS[days_ago])),
            latest=earliest + dt.timedelta(days=3),
            pays=True,
            cancels=False,
        )
        if visit and days_ago == DEMO_CANCELS:
            self.cancel(visit, moment + dt.timedelta(hours=2))

    def book(
        self,
        patient: Patient,
        doctor: Doctor,
        moment: dt.datetime,
        *,
        earliest: dt.datetime | None = None,
        latest: dt.datetime | None = None,
        pays: bool | None = None,
        cancels: bool | None = None,
    ) -> Appointment | None:
        """Holds one of the doctor's free times, usually pays it, sometimes cancels it later."""
        rng = self.rng
        visit = self.hold(patient, doctor, moment, earliest=earliest, latest=latest)
        key = uuid.UUID(int=rng.getrandbits(128), version=4)
        pays = rng.random() > ABANDONED if pays is None else pays
        cancels = rng.random() < CANCELLED if cancels is None else cancels
        hours_later = rng.randrange(2, 40)
        if visit is None or not pays:
            return None
        paid_at = moment + dt.timedelta(minutes=3)
        try:
            visit = book_with_wallet(
                appointment_id=visit.pk,
                by=patient.user,
                idempotency_key=key,
                now=min(paid_at, self.now),
            )
        except InsufficientFunds:
            release_hold(appointment_id=visit.pk, by=patient.user, now=min(paid_at, self.now))
            return None
        if cancels:
            self.cancel(visit, moment + dt.timedelta(hours=hours_later))
        return visit

    def hold(
        self,
        patient: Patient,
        doctor: Doctor,
        moment: dt.datetime,
        *,
        earliest: dt.datetime | None = None,
        latest: dt.datetime | None = None,
    ) -> Appointment | None:
        """Holds one of the doctor's free times; None when there is none that suits."""
        rng = self.rng
        earliest = earliest or moment + dt.timedelta(hours=3)
        latest = latest or policy_for(doctor).window_end(moment)
        times = list(
            Slot.objects.filter(doctor=doctor, start__gt=earliest, start__lt=latest)
            .bookable_at(moment)
            .order_by("start")
            .values_list("pk", flat=True)
        )
        if not times:
            return None
        # Most people want it soon.
        slot_id = times[int(len(times) * rng.random() ** 2)]
        reason, symptoms = rng.choice(REASONS[doctor.specialties.all()[0].code])
        try:
            with transaction.atomic():
                return hold_slot(
                    slot_id=slot_id,
                    patient=patient,
                    by=patient.user,
                    now=moment,
                    reason=reason,
                    symptoms=symptoms,
                )
        except BookingRefused:
            return None

    def cancel(self, visit: Appointment, moment: dt.datetime) -> None:
        """The patient thinks better of it, if that is still allowed at `moment`."""
        if moment < self.now and visit.terms.may_cancel(visit.start, moment):
            reason = self.rng.choice(
                ["I have to travel", "Feeling better", "Found an earlier time"]
            )
            cancel_visit(appointment_id=visit.pk, reason=reason, by=visit.booked_by, now=moment)

    def attend(self, *, until: dt.datetime) -> None:
        """What became of the confirmed visits that began by `until`."""
        due = Appointment.objects.filter(status=AppointmentStatus.BOOKED, start__lte=until)
        for visit in due.select_related("doctor__user").order_by("start", "doctor__name"):
            by, chance = visit.doctor.user, self.rng.random()
            if chance < NO_SHOW and visit.end <= until:
                mark_no_show(appointment_id=visit.pk, by=by, now=visit.end)
                continue
            arrived_at = visit.start - dt.timedelta(minutes=5)
            mark_arrived(appointment_id=visit.pk, by=by, now=arrived_at)
            # The one who is with the doctor at this minute stays there.
            if visit.end <= self.now:
                complete_visit(appointment_id=visit.pk, by=by, now=visit.end)
                self.write_down(visit)
        settle_visits(now=until)

    def write_down(self, visit: Appointment) -> None:
        """The record of a completed visit: the demo patient's all, of the others some."""
        is_demo = visit.patient_id == self.demo_patient.pk
        written = RECORDS.get(visit.doctor.specialties.all()[0].code)
        if not written or not (is_demo or self.rng.random() < RECORDED):
            return
        diagnosis, notes, medicines = written
        by = visit.doctor.user
        if is_demo:
            open_history(
                patient=self.demo_patient, appointment_ids=[visit.pk], by=by, now=visit.start
            )
        save_record(
            appointment_id=visit.pk,
            writing=Writing(
                diagnosis=diagnosis,
                notes=notes,
                prescription=tuple(
                    Medicine(medicine=name, dose=dose, frequency=frequency, duration=duration)
                    for name, dose, frequency, duration in medicines
                ),
                follow_up="If it is not better by then" if medicines else "",
                follow_up_on=visit.terms.local_date(visit.end) + dt.timedelta(weeks=4)
                if medicines
                else None,
            ),
            based_on=0,
            by=by,
            now=visit.end,
        )
