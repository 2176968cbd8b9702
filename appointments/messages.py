"""The kinds of message about visits, and the topics by which people may turn some of them off."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from accounts.actions.profile import REMINDERS
from accounts.enums import ReminderLead
from appointments.enums import AppointmentStatus
from appointments.models import Appointment, Proposal
from notifications.kinds import ESSENTIAL, MessageKind, Topic
from notifications.models import OutboxMessage

REMINDER_TOPIC = Topic(
    code=REMINDERS,
    label=_("Reminders of visits"),
    order=10,
    concerns=lambda user: user.is_patient,
    has_box=False,
)
BOOKING_TOPIC = Topic(
    code="bookings",
    label=_("Visits booked with me, moved and cancelled, with files for my calendar"),
    order=30,
    concerns=lambda user: user.is_doctor,
)


def reminder_still_stands(message: OutboxMessage, now: dt.datetime) -> bool:
    """Returns whether a reminder that waits is still true.

    The visit is ahead and confirmed, has not moved since, its doctor will be there, and the user
    who booked it still wants reminders. One query.
    """
    if message.user and message.user.reminder_hours == ReminderLead.NONE:
        return False
    return (
        message.subject_id is not None
        and Appointment.objects.filter(
            pk=message.subject_id,
            version=message.facts["version"],
            status=AppointmentStatus.BOOKED,
            start__gt=now,
        )
        .exclude(pk__in=Proposal.objects.keeping_away().values("appointment"))
        .exists()
    )


KINDS = (
    # To the patient.
    MessageKind(code="visit_confirmed", topic=ESSENTIAL),
    MessageKind(code="visit_requested", topic=ESSENTIAL),
    MessageKind(code="visit_moved", topic=ESSENTIAL),
    MessageKind(code="visit_cancelled", topic=ESSENTIAL),
    MessageKind(code="visit_entered_in_error", topic=ESSENTIAL),
    MessageKind(code="waitlist_offer", topic=ESSENTIAL),
    MessageKind(code="times_proposed", topic=ESSENTIAL),
    MessageKind(code="visit_stays", topic=ESSENTIAL),
    MessageKind(code="visit_reminder", topic=REMINDER_TOPIC, still_wanted=reminder_still_stands),
    # To the doctor.
    MessageKind(code="visit_requested_of_you", topic=ESSENTIAL),
    MessageKind(code="visit_with_you_entered_in_error", topic=ESSENTIAL),
    MessageKind(code="visit_booked_with_you", topic=BOOKING_TOPIC),
    MessageKind(code="visit_with_you_moved", topic=BOOKING_TOPIC),
    MessageKind(code="visit_with_you_cancelled", topic=BOOKING_TOPIC),
    MessageKind(code="visit_for_own_calendar", topic=BOOKING_TOPIC),
)
