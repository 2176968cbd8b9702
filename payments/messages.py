"""The kinds of message about money. Nobody can turn them off."""

from notifications.kinds import ESSENTIAL, MessageKind

KINDS = (
    MessageKind(code="payment_receipt", topic=ESSENTIAL),
    MessageKind(code="payment_late", topic=ESSENTIAL),
    MessageKind(code="refund_on_its_way", topic=ESSENTIAL),
    MessageKind(code="refund_done", topic=ESSENTIAL),
    MessageKind(code="refund_refused", topic=ESSENTIAL),
)
