"""Making, ending and reading private calendars."""

import base64
import datetime as dt

from django.db.models import Case, F, Q, Value, When
from django.utils.crypto import salted_hmac

from accounts.models import User
from accounts.one_time_codes import new_seed
from appointments.models import CalendarFeed
from appointments.querysets import sha256_of

# A phone asks every quarter of an hour at most; one person may have a few of them.
READS_AN_HOUR = 120
HOUR = dt.timedelta(hours=1)


def make_feed(*, by: User, now: dt.datetime, seed: str = "") -> str:
    """Gives `by` a new calendar address and answers its token.

    It can't be had again without the `seed` that it follows from; without one it is nobody's to
    know. Whatever address they had before answers no more.
    """
    token = token_of(seed or new_seed())
    CalendarFeed.objects.update_or_create(
        user=by,
        defaults={
            "token_digest": sha256_of(token),
            "created_at": now,
            "content_digest": "",
            "changed_at": now,
            "read_at": None,
            "reads": 0,
            "reads_since": now,
        },
    )
    return token


def token_of(seed: str) -> str:
    """The token that follows from the seed and SECRET_KEY: as long, and as hard to guess."""
    digest = salted_hmac("appointments.feeds", seed, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def end_feed(*, by: User) -> None:
    """Their calendar address answers no more. Nothing where there is none."""
    CalendarFeed.objects.filter(user=by).delete()


def count_feed_read(*, feed: CalendarFeed, now: dt.datetime) -> bool:
    """Counts one reading; False where the calendar was read too often within the hour."""
    over = Q(reads_since__lte=now - HOUR)
    within = CalendarFeed.objects.filter(over | Q(reads__lt=READS_AN_HOUR), pk=feed.pk)
    return bool(
        within.update(
            reads=Case(When(over, then=Value(1)), default=F("reads") + 1),
            reads_since=Case(When(over, then=Value(now)), default=F("reads_since")),
            read_at=now,
        )
    )


def note_feed_content(
    *, feed: CalendarFeed, text: str, now: dt.datetime
) -> tuple[str, dt.datetime]:
    """The digest of what the calendar says, and since when it has said so (now, if it is new)."""
    digest = sha256_of(text)
    if feed.content_digest == digest:
        return digest, feed.changed_at
    CalendarFeed.objects.filter(pk=feed.pk).update(content_digest=digest, changed_at=now)
    return digest, now
