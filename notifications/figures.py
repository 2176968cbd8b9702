"""What notifications tells the dashboards (booking_system/dashboards): mails in trouble."""

import datetime as dt

from notifications.models import OutboxMessage


def mail_troubles(*, since: dt.datetime, now: dt.datetime) -> dict[str, int]:
    """How many mails need a person, by the names of `OutboxMessageQuerySet.troubles`. One query.

    Those that failed count from `since` on.
    """
    return OutboxMessage.objects.troubles(since=since, now=now)
