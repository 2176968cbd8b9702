"""How long things last in the outbox.

Rows are kept for ever: they are the log of what the site told whom. What they said is not: codes
are forgotten as soon as they are sent, other mails after `TEXT_LIFE`, because they name
doctors and visits and nobody needs them then.
"""

import datetime as dt
from typing import Any

from notifications.enums import MessageStatus

# A code, from the moment it is made: sent by then or never, and forgotten by then.
SECRET_LIFE = dt.timedelta(minutes=10)
# What other messages said.
TEXT_LIFE = dt.timedelta(days=180)
# What a row holds when its text is forgotten.
FORGOTTEN: dict[str, Any] = {
    "facts": {},
    "body_text": "",
    "body_html": "",
    "calendar": "",
    "text_until": None,
}
# A sender that has held a message for so long has died. Far above what a mail server may take.
LEASE = dt.timedelta(minutes=5)
# How long one run of the sender takes at most: well below the lease that its claims have.
BATCH = dt.timedelta(minutes=2)
# Waits between tries while the mail server can't be reached or says "later"; then it has failed.
BACKOFF = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30, 60, 120, 240, 480))
# A message that has waited longer than this should have left: admin says so.
OVERDUE = dt.timedelta(minutes=10)

# The domain of the addresses that people have once they have closed their account: no mail is
# ever queued for it. `.invalid` belongs to nobody (RFC 2606).
GONE = "closed.invalid"
# Nothing more happens with a message in one of these, unless a person decides so.
ENDED = (
    MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.UNCERTAIN, MessageStatus.EXPIRED,
)  # fmt: skip
# What a row holds once nobody may know any more what it said and where it went.
NOTHING_LEFT: dict[str, Any] = FORGOTTEN | {
    "subject": "",
    "address": "",
    "error": "",
    "forget_when_done": False,
}
