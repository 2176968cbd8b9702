"""The kinds of message about records, and the topic by which patients may turn them off."""

from django.utils.translation import gettext_lazy as _

from notifications.kinds import MessageKind, Topic

RECORD_TOPIC = Topic(
    code="records",
    label=_("What my doctor has written down"),
    order=20,
    concerns=lambda user: user.is_patient,
)

KINDS = (MessageKind(code="visit_recorded", topic=RECORD_TOPIC),)
