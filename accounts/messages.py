"""The kinds of message about accounts. Nobody can turn them off."""

from notifications.kinds import ESSENTIAL, MessageKind

KINDS = (
    # Codes, and answers to people who ask for one.
    MessageKind(code="email_confirmation_code", topic=ESSENTIAL),
    MessageKind(code="password_reset_code", topic=ESSENTIAL),
    MessageKind(code="account_already_exists", topic=ESSENTIAL),
    MessageKind(code="unknown_account", topic=ESSENTIAL),
    # The account from its first day to its last.
    MessageKind(code="welcome", topic=ESSENTIAL),
    MessageKind(code="invitation", topic=ESSENTIAL),
    MessageKind(code="security_changed", topic=ESSENTIAL),
    MessageKind(code="data_ready", topic=ESSENTIAL),
    MessageKind(code="account_closed", topic=ESSENTIAL),
)
