"""What goes on and ends with an account: visits under their terms, holds, waiting."""

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.exceptions import CannotClose
from accounts.models import User
from accounts.personal_data_registry import Ending, Obstacle, Wishes
from appointments.actions.cancelling import cancel_visit
from appointments.actions.holds import release_hold
from appointments.actions.waitlist import leave_waitlist
from appointments.actions.waitlist_offers import end_entry
from appointments.enums import ACTIVE, AppointmentStatus, WaitlistStatus
from appointments.exceptions import BookingRefused
from appointments.models import Appointment, Proposal, WaitlistEntry
from appointments.visit_terms import terms_of
from core.times import clock_label, day_label
from payments.enums import Method, RefundTo
from payments.exceptions import PaymentError
from payments.models import Payment
from payments.money import format_money
from payments.policies import can_refund_to_card


def obstacles(user: User, now: dt.datetime) -> Iterator[Obstacle]:
    """Visits that can't end now: the patient's under their terms, the doctor's at all."""
    away = _doctor_away(user)
    for visit in _upcoming(user, now):
        if not terms_of(visit, now).may_cancel and visit.pk not in away:
            yield Obstacle(
                _("%(visit)s can’t be cancelled any more. Close the account when it is over.")
                % {"visit": _title(visit, user)},
                url=reverse("appointments:detail", args=[visit.pk]),
                link=_("See the visit"),
            )
    if user.is_doctor:
        yield from _of_doctor(user, now)


def _of_doctor(user: User, now: dt.datetime) -> Iterator[Obstacle]:
    own = Appointment.objects.filter(doctor__user=user)
    if count := own.upcoming(now).count():
        yield Obstacle(
            ngettext(
                "%(count)d patient has a visit with you ahead. Tell them first that you won’t be "
                "there: they get all their money back.",
                "%(count)d patients have visits with you ahead. Tell them first that you won’t be "
                "there: they get all their money back.",
                count,
            )
            % {"count": count},
            url=reverse("appointments:absences"),
            link=_("Say that you can’t come"),
        )
    if own.held_at(now).filter(requested_at__isnull=True).exists():
        yield Obstacle(_("Somebody is booking with you at this moment. Try again in ten minutes."))
    open_ended = own.visits().filter(status__in=ACTIVE, end__lte=now).count()
    if open_ended:
        yield Obstacle(
            ngettext(
                "%(count)d visit is over, and you have not said how it went.",
                "%(count)d visits are over, and you have not said how they went.",
                open_ended,
            )
            % {"count": open_ended},
            url=reverse("dashboards:schedule"),
            link=_("To your schedule"),
        )


def endings(user: User, now: dt.datetime) -> Iterator[Ending]:
    """Each visit ahead with what comes back, and that waiting ends. Five queries at most."""
    visits = list(_upcoming(user, now))
    away = _doctor_away(user) if visits else set()
    payments = {
        payment.subject: payment
        for payment in Payment.objects.filter(
            subject__in=[visit.pk for visit in visits], status="succeeded", late=False
        ).prefetch_related("refunds")
    }
    for visit in visits:
        terms = terms_of(visit, now)
        if not terms.may_cancel and visit.pk not in away:
            continue  # an obstacle
        back = visit.fee if visit.pk in away else terms.refund or 0
        payment = payments.get(visit.pk)
        if payment is None:
            yield Ending(_("%s is cancelled.") % _title(visit, user), _("Nothing was paid yet"))
            continue
        to_card = min(back, _room_on_card(payment))
        words = _("%s is cancelled.") % _title(visit, user)
        yield Ending(words, _where(back, to_card, visit.currency), into_wallet=back - to_card)
    waiting = WaitlistEntry.objects.filter(patient__user=user).waiting().count()
    if waiting:
        yield Ending(
            ngettext(
                "You leave the waitlist.",
                "You leave the waitlist in all %(count)d places.",
                waiting,
            )
            % {"count": waiting}
        )
    if _left_open(user, now):
        yield Ending(
            _(
                "Past visits whose doctor has not said how they went stay open. If money came back "
                "for one of them later, it could not reach you."
            )
        )


def leave(user: User, wishes: Wishes, now: dt.datetime) -> None:
    """Cancels, releases and leaves, as the patient would. Raises CannotClose."""
    entries = WaitlistEntry.objects.waiting()
    for pk in entries.filter(patient__user=user).values_list("pk", flat=True):
        leave_waitlist(entry_id=pk, by=user, now=now)
    for pk in entries.filter(doctor__user=user).values_list("pk", flat=True):
        end_entry(pk, WaitlistStatus.OVER, now)
    holds = Appointment.objects.filter(
        Q(booked_by=user) | Q(patient__user=user),
        status=AppointmentStatus.PENDING, requested_at__isnull=True,
    )  # fmt: skip
    try:
        for pk in holds.values_list("pk", flat=True):
            release_hold(appointment_id=pk, by=user, now=now)
        for visit in _upcoming(user, now):
            _cancel(visit, user, wishes, now)
    except (BookingRefused, PaymentError) as refusal:
        raise CannotClose([Obstacle(str(refusal))]) from refusal


def _cancel(visit: Appointment, user: User, wishes: Wishes, now: dt.datetime) -> None:
    payment = Payment.objects.paid_for(visit.pk).first()
    to_card = payment is not None and can_refund_to_card(payment)
    cancel_visit(
        appointment_id=visit.pk,
        reason="",
        by=user,
        now=now,
        quoted_at=wishes.quoted_at,
        refund_to=RefundTo.CARD if to_card else RefundTo.WALLET,
    )


def _upcoming(user: User, now: dt.datetime) -> list[Appointment]:
    visits = Appointment.objects.filter(patient__user=user).upcoming(now)
    return list(visits.select_related("doctor", "patient"))


def _left_open(user: User, now: dt.datetime) -> bool:
    visits = Appointment.objects.filter(patient__user=user).visits()
    return visits.filter(status__in=ACTIVE, end__lte=now).exists()


def _doctor_away(user: User) -> set[object]:
    """Visits whose doctor has said not to be there: all the money comes back."""
    away = Proposal.objects.filter(appointment__patient__user=user).keeping_away()
    return set(away.values_list("appointment_id", flat=True))


def _room_on_card(payment: Payment) -> int:
    """How much can go back to the card, from rows at hand; the action asks the ledger."""
    sent = [refund for refund in payment.refunds.all() if refund.card_amount]
    if payment.method != Method.CARD or any(refund.status == "failed" for refund in sent):
        return 0
    return max(payment.amount - sum(refund.card_amount for refund in sent), 0)


def _title(visit: Appointment, user: User) -> str:
    start = visit.start.astimezone(user.zone)
    return _("The visit with %(doctor)s on %(day)s, %(time)s") % {
        "doctor": visit.doctor.name,
        "day": day_label(start.date()),
        "time": clock_label(start),
    }


def _where(back: int, to_card: int, currency: str) -> str:
    if not back:
        return _("Nothing comes back")
    if to_card == back:
        return _("%s back to the card that paid") % format_money(back, currency)
    if not to_card:
        return _("%s into your wallet") % format_money(back, currency)
    return _("%(card)s back to the card, %(wallet)s into your wallet") % {
        "card": format_money(to_card, currency or settings.CURRENCY),
        "wallet": format_money(back - to_card, currency),
    }
