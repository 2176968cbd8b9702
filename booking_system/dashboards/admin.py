"""The admin's overview: what waits for a person, today, and money. The apps give the numbers."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from appointments.admin.visits import STATUS_COLOURS
from appointments.enums import AppointmentStatus
from appointments.figures import (
    soonest_visits,
    stranded_visits,
    unclosed_visits,
    visits_by_status,
)
from core.times import day_label, reader_zone, zone_label
from core.worker_heartbeat import is_late, worker_seen_at
from doctors.enums import DoctorStatus
from doctors.figures import doctors_to_approve
from notifications.enums import MessageStatus
from notifications.figures import mail_troubles
from payments.enums import AccountKind, EntryKind
from payments.figures import fees_held, in_wallets, moved_between, payments_in_doubt
from payments.money import format_money

NEXT_VISITS = 6
# A mail that failed longer ago is history.
FAILED_SINCE = dt.timedelta(days=7)


@dataclass(frozen=True)
class Concern:
    """Something that waits for an admin; `count` of it in the list at `url`."""

    text: str
    icon: str
    url: str
    count: int | None = None


@dataclass(frozen=True)
class StatusCount:
    """So many visits of today in one status."""

    label: str
    colour: str
    count: int
    url: str


@dataclass(frozen=True)
class MoneyRow:
    """One figure of this month and of the last: (amount, address of its transfers) each."""

    label: str
    cells: list[tuple[str, str]]


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK: what `templates/admin/index.html` shows. 14 queries at most.

    Staff see what their groups may see.
    """
    now = timezone.now()
    seen = worker_seen_at()
    today = _midnight(timezone.localdate(now))
    tomorrow = _midnight(timezone.localdate(now) + dt.timedelta(1))
    user = request.user
    context |= {
        "concerns": list(_concerns(user, now, seen)),
        "worker_is_well": not is_late(seen, now),
        "tomorrow": tomorrow,
        "today": day_label(timezone.localdate(now)),
        "zone": zone_label(reader_zone(), now),
    }
    if user.has_perm("appointments.view_appointment"):
        context |= {
            "sees_visits": True,
            "visits_today": list(_visits_by_status(today, tomorrow)),
            "visits_today_url": _between("appointments_appointment", "start", today, tomorrow),
            "next_visits": soonest_visits(now, NEXT_VISITS),
        }
    if user.has_perm("payments.view_transfer"):
        context |= {
            "sees_money": True,
            "money": list(_money(now)),
            "holdings": list(_holdings()),
        }
    return context


def _concerns(
    user: User | AnonymousUser, now: dt.datetime, seen: dt.datetime | None
) -> Iterator[Concern]:
    """What waits for a person who may see it, the most pressing first."""
    if user.has_perm("notifications.view_outboxmessage"):
        yield from _worker_concerns(now, seen)
    if user.has_perm("payments.view_payment"):
        yield from _payment_concerns(now)
    if user.has_perm("notifications.view_outboxmessage"):
        yield from _mail_concerns(now)
    if user.has_perm("doctors.approve_doctor"):
        yield from _doctor_concerns()
    if user.has_perm("appointments.view_appointment"):
        yield from _visit_concerns(now)


def _worker_concerns(now: dt.datetime, seen: dt.datetime | None) -> Iterator[Concern]:
    mails = _url("notifications_outboxmessage")
    if is_late(seen, now):
        last = _("never") if seen is None else _("%(time)s ago") % {"time": timesince(seen, now)}
        yield Concern(
            _("The worker is away; last seen: %(last)s. Mails wait until it is back.")
            % {"last": last},
            "heart_broken",
            f"{mails}?status__exact={MessageStatus.QUEUED}",
        )


def _payment_concerns(now: dt.datetime) -> Iterator[Concern]:
    if in_doubt := payments_in_doubt(now):
        yield Concern(
            ngettext(
                "payment is in doubt: the bank has not said what became of it",
                "payments are in doubt: the bank has not said what became of them",
                in_doubt,
            ),
            "credit_card_off",
            f"{_url('payments_payment')}?attention=in-doubt",
            in_doubt,
        )


def _mail_concerns(now: dt.datetime) -> Iterator[Concern]:
    mails = _url("notifications_outboxmessage")
    trouble = mail_troubles(since=now - FAILED_SINCE, now=now)
    if count := trouble["uncertain"]:
        yield Concern(
            ngettext(
                "mail may have arrived or not: send it again, or don't",
                "mails may have arrived or not: send them again, or don't",
                count,
            ),
            "contact_support",
            f"{mails}?status__exact={MessageStatus.UNCERTAIN}",
            count,
        )
    if count := trouble["failed"]:
        since = urlencode({"created_at__gte": now - FAILED_SINCE})
        yield Concern(
            ngettext(
                "mail did not arrive, in the last seven days",
                "mails did not arrive, in the last seven days",
                count,
            ),
            "unsubscribe",
            f"{mails}?status__exact={MessageStatus.FAILED}&{since}",
            count,
        )
    if count := trouble["overdue"]:
        yield Concern(
            ngettext("mail should have left by now", "mails should have left by now", count),
            "schedule_send",
            f"{mails}?attention=overdue",
            count,
        )


def _doctor_concerns() -> Iterator[Concern]:
    if count := doctors_to_approve():
        yield Concern(
            ngettext("doctor waits for approval", "doctors wait for approval", count),
            "stethoscope",
            f"{_url('doctors_doctor')}?status__exact={DoctorStatus.PENDING}",
            count,
        )


def _visit_concerns(now: dt.datetime) -> Iterator[Concern]:
    visits = _url("appointments_appointment")
    if count := stranded_visits(now):
        yield Concern(
            ngettext(
                "visit is ahead with a doctor who is switched off: say that they can’t come",
                "visits are ahead with doctors who are switched off: say that they can’t come",
                count,
            ),
            "person_off",
            f"{visits}?stranded=stranded",
            count,
        )
    if count := unclosed_visits(now):
        yield Concern(
            ngettext(
                "visit is over for a day, and its doctor has not said how it went",
                "visits are over for a day, and their doctors have not said how they went",
                count,
            ),
            "pending_actions",
            f"{visits}?attention=unclosed",
            count,
        )


def _visits_by_status(today: dt.datetime, tomorrow: dt.datetime) -> Iterator[StatusCount]:
    """Today's visits, in the order of the statuses."""
    counts = visits_by_status(today, tomorrow)
    day = _between("appointments_appointment", "start", today, tomorrow)
    for status in AppointmentStatus:
        if status in counts:
            url = f"{day}&status__exact={status}"
            yield StatusCount(str(status.label), STATUS_COLOURS[status], counts[status], url)


def _money(now: dt.datetime) -> Iterator[MoneyRow]:
    """What moved this month and the last, by the site's calendar."""
    first = _midnight(timezone.localdate(now).replace(day=1))
    before = _midnight((timezone.localdate(first) - dt.timedelta(1)).replace(day=1))
    months = [
        (
            moved_between(start, end),
            _between("payments_transfer", "entry__created_at", start, end),
        )
        for start, end in ((first, now), (before, first))
    ]
    rows = {
        "cards": (_("Taken in by card"), f"debit__kind__exact={AccountKind.GATEWAY}"),
        "booked": (_("Paid for visits"), f"credit__kind__exact={AccountKind.HELD_FEES}"),
        "given_back": (_("Given back"), f"entry__kind__exact={EntryKind.VISIT_REFUNDED}"),
        "earned": (_("Earned by doctors"), f"credit__kind__exact={AccountKind.EARNINGS}"),
        "commission": (_("Commission"), f"credit__kind__exact={AccountKind.COMMISSION}"),
    }
    for key, (label, where) in rows.items():
        cells = [(format_money(figures[key]), f"{url}&{where}") for figures, url in months]
        yield MoneyRow(label, cells)


def _holdings() -> Iterator[tuple[str, str, str]]:
    """What is held for others at this moment: (label, amount, address of the list)."""
    yield (
        _("Fees of visits that are not over"),
        format_money(fees_held()),
        f"{_url('payments_ledgeraccount')}?kind__exact={AccountKind.HELD_FEES}",
    )
    yield (
        _("In patients' wallets"),
        format_money(in_wallets()),
        f"{_url('payments_wallet')}?o=-3",
    )


def _url(model: str) -> str:
    return reverse(f"admin:{model}_changelist")


def _between(model: str, field: str, start: dt.datetime, end: dt.datetime) -> str:
    """The list of the rows in [start, end), as the admin's own date filter would ask for it."""
    return f"{_url(model)}?{urlencode({f'{field}__gte': start, f'{field}__lt': end})}"


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, tzinfo=timezone.get_default_timezone())
