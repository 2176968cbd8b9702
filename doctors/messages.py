"""The kinds of message about doctors who ask to be approved. Nobody can turn them off."""

from notifications.kinds import ESSENTIAL, MessageKind

KINDS = (
    # To admins.
    MessageKind(code="doctor_waiting", topic=ESSENTIAL),
    # To the doctor.
    MessageKind(code="doctor_approved", topic=ESSENTIAL),
    MessageKind(code="doctor_refused", topic=ESSENTIAL),
)
