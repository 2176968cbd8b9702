"""Which mails about visits somebody may not want (see notifications/topics.py)."""

from django.utils.translation import gettext_lazy as _

from accounts.actions.profile import REMINDERS
from notifications.topics import Topic, register

register(
    Topic(
        code=REMINDERS,
        label=_("Reminders of visits"),
        kinds=frozenset({"visit_reminder"}),
        concerns=lambda user: user.is_patient,
        has_box=False,
    )
)
register(
    Topic(
        code="records",
        label=_("What my doctor has written down"),
        kinds=frozenset({"visit_recorded"}),
        concerns=lambda user: user.is_patient,
    )
)
register(
    Topic(
        code="bookings",
        label=_("Visits booked with me, moved and cancelled, with files for my calendar"),
        kinds=frozenset(
            {
                "visit_booked_with_you",
                "visit_with_you_moved",
                "visit_with_you_cancelled",
                "visit_for_own_calendar",
            }
        ),
        concerns=lambda user: user.is_doctor,
    )
)
