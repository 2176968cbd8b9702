"""What the clinic does for a patient at its desk or on the phone: book, and take the money."""

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from phonenumber_field.phonenumber import PhoneNumber

from accounts.actions import give_address, invite_patient
from accounts.models import Patient, User
from appointments import emails
from appointments.actions.fee_settlement import move_fee
from appointments.actions.holds import end_run_out, new_reference, try_twice
from appointments.actions.transitions import change_status, lock_doctor, lock_with_slot, record
from appointments.enums import SETTLING, WITHOUT_SLOT, AppointmentStatus
from appointments.exceptions import DeskRefused, DoctorNotAccepting, SlotPast, SlotTaken
from appointments.models import Appointment
from appointments.policies import VISITS
from appointments.querysets import may_enter_address, policy_for
from doctors.actions import add_slot
from doctors.enums import SlotStatus
from doctors.models import Slot
from payments.actions import pay_at_desk
from payments.enums import Purpose, Tender
from payments.models import Payment


def book_at_desk(
    *,
    slot_id: uuid.UUID,
    patient: Patient,
    tender: Tender | None,
    reason: str,
    by: User,
    now: dt.datetime,
) -> Appointment:
    """A confirmed visit that the clinic books for a patient, paid at the desk now or later.

    `tender` is what it is paid with; None leaves it to be paid at the desk. The visit is the
    patient's own: their user gets the mails, and what comes back goes into their wallet; the
    history says that `by`, the doctor or an admin, did it. Window, notice and cap do not bind the
    clinic, nor does the doctor's acceptance; the time may have begun, for who walks in, but not
    have ended. Booking the same again answers the same visit. Locks the doctor, then the slot.
    Raises SlotTaken, SlotPast, PatientBusy, DoctorNotAccepting, DeskRefused.
    """
    slot = Slot.objects.filter(pk=slot_id).first()
    if slot is None:
        raise SlotTaken
    end_run_out(Q(slot_id=slot_id) | Q(patient=patient), now=now)
    return try_twice(
        partial(_book, slot, patient, tender=tender, reason=reason, by=by, now=now),
        patient_id=patient.pk,
        slot_id=slot_id,
    )


def book_newcomer_at_desk(
    *,
    name: str,
    email: str,
    slot_id: uuid.UUID,
    tender: Tender | None,
    reason: str,
    by: User,
    now: dt.datetime,
    mobile: PhoneNumber | None = None,
) -> Appointment:
    """As `book_at_desk`, for somebody without an account, which is made and told of by mail.

    Both or none. Raises AddressTaken, MobileTaken, and what `book_at_desk` raises.
    """
    with transaction.atomic():
        return book_at_desk(
            slot_id=slot_id,
            patient=invite_patient(name=name, email=email, mobile=mobile, by=by, now=now),
            tender=tender,
            reason=reason,
            by=by,
            now=now,
        )


def book_extra_time(
    *,
    doctor_id: uuid.UUID,
    start: dt.datetime,
    end: dt.datetime,
    book: Callable[[uuid.UUID], Appointment],
    by: User,
    now: dt.datetime,
) -> Appointment:
    """Adds a time to the doctor's day for who walks in, and has it booked by `book`: both or none.

    `book` gets the slot's id, and is one of the two above. Locks the doctor. Raises SlotRefused,
    and what `book` raises.
    """
    with transaction.atomic():
        slot = add_slot(doctor_id=doctor_id, start=start, end=end, by=by, now=now)
        return book(slot.pk)


def _book(
    slot: Slot,
    patient: Patient,
    *,
    tender: Tender | None,
    reason: str,
    by: User,
    now: dt.datetime,
) -> Appointment:
    with transaction.atomic():
        doctor = lock_doctor(slot.doctor_id)
        _refuse_unless_of_clinic(by, doctor.user_id)
        same = Appointment.objects.filter(
            slot=slot, patient=patient, status=AppointmentStatus.BOOKED
        ).first()
        if same is not None:
            return same
        if not doctor.is_approved or not doctor.user.is_active:
            raise DoctorNotAccepting
        if slot.end <= now:
            raise SlotPast
        taken = (
            Slot.objects.filter(pk=slot.pk)
            .open_at_desk(now)
            .update(status=SlotStatus.BUSY, held_until=None)
        )
        if not taken:
            raise SlotTaken
        appointment = Appointment.objects.create(
            reference=new_reference(),
            patient=patient,
            booked_by=patient.user,
            doctor=doctor,
            slot=slot,
            start=slot.start,
            end=slot.end,
            fee=doctor.fee,
            currency=settings.CURRENCY,
            policy=policy_for(doctor).as_json(),
            pay_at_desk=True,
            reason=reason,
            created_at=now,
            requested_at=now,
        )
        record(appointment, before="", by=by, now=now)
        change_status(appointment, AppointmentStatus.BOOKED, by=by, now=now, booked_at=now)
        if tender is not None:
            _pay(appointment, tender, by=by, now=now)
        by_doctor = by.pk == doctor.user_id
        emails.visit_confirmed(appointment, now=now, doctor_too=not by_doctor)
        if by_doctor:
            emails.visit_for_own_calendar(appointment, now=now)
    return appointment


def enter_address(
    *, appointment_id: uuid.UUID, email: str, by: User, now: dt.datetime, ip: str | None = None
) -> None:
    """The e-mail address of a visit's patient who has not signed in yet; a mail invites them.

    Whoever reads that mailbox can read all their records: of a patient who has visits with other
    doctors, too, only staff enters it. Raises PermissionError, AddressTaken, AccountTakenUp.
    """
    visit = Appointment.objects.select_related("patient__user", "doctor").get(pk=appointment_id)
    if not may_enter_address(by, visit):
        raise PermissionError("Only staff, or their only doctor, enters a patient's address.")
    give_address(user_id=visit.patient.user_id, email=email, by=by, now=now, ip=ip)


def take_desk_payment(
    *, appointment_id: uuid.UUID, tender: Tender, by: User, now: dt.datetime
) -> Payment:
    """Records that the desk took the fee of a visit that was booked to be paid there.

    Of a visit that is settled it goes at once where it belongs: to the doctor, of a missed one
    partly into the patient's wallet. Taking it again answers the first payment.
    Locks slot, appointment, payment and wallet. Raises DeskRefused.
    """
    with transaction.atomic():
        appointment, _slot = lock_with_slot(Appointment.objects.get(pk=appointment_id))
        _refuse_unless_of_clinic(by, appointment.doctor.user_id)
        if not appointment.pay_at_desk or appointment.status in WITHOUT_SLOT:
            raise DeskRefused
        payment = _pay(appointment, tender, by=by, now=now)
        if appointment.status in SETTLING and appointment.settles_at is None:
            move_fee(appointment, by=by, now=now)
    return payment


def _pay(appointment: Appointment, tender: Tender, *, by: User, now: dt.datetime) -> Payment:
    paid = Payment.objects.paid_for(appointment.pk).first()
    return paid or pay_at_desk(
        user=appointment.booked_by,
        purpose=Purpose.APPOINTMENT,
        subject=appointment.pk,
        amount=appointment.fee,
        tender=tender,
        by=by,
        now=now,
    )


def _refuse_unless_of_clinic(by: User, doctor_user_id: uuid.UUID) -> None:
    if not by.may(VISITS) and by.pk != doctor_user_id:
        raise PermissionError("Only the doctor or an admin books at the desk.")
