"""What logs leave out."""

import logging
import re

# Each address is a secret: whoever reads the log could read the calendar, answer in the patient's
# place, or stop their mails.
_SECRETS = (
    (re.compile(r"/calendar/[\w-]+\.ics"), "/calendar/….ics"),
    (re.compile(r"/proposals/[0-9a-f]+\.[\w-]+"), "/proposals/…"),
    (re.compile(r"/unsubscribe/[\w:-]+"), "/unsubscribe/…"),
)


class HideSecretAddresses(logging.Filter):
    """Writes `…` where a line has an address that lets in whoever knows it."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        hidden = said
        for secret, instead in _SECRETS:
            hidden = secret.sub(instead, hidden)
        if hidden != said:
            record.msg, record.args = hidden, ()
        return True
