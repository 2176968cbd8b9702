"""How a proposal stands when its patient opens the page of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from appointments.models import Appointment, Proposal, ProposedTime

# Answers that a mail's link may ask for which are no time of the list.
WITHOUT_A_TIME = ("refund", "keep")


@dataclass(frozen=True)
class ProposalStanding:
    """What the page says: first whether it can be answered, then what came of it."""

    open: bool
    # The doctor won't be there at the old time, whether or not it can still be answered.
    doctor_is_away: bool
    # The doctor can be there after all, and the patient may still choose.
    doctor_is_back: bool
    # It was not answered in time, and nobody has closed it yet.
    too_late: bool
    agreed: bool
    cancelled: bool
    # Without an answer the visit is cancelled; else it stays.
    lapses_to_cancelling: bool
    # The list of times is shown, and one of them is the obvious choice.
    shows_times: bool
    suggests_time: bool


def standing_of(
    proposal: Proposal,
    visit: Appointment,
    *,
    later: Proposal | None,
    times: Sequence[ProposedTime],
    asked: str,
    asked_time: ProposedTime | None,
    now: dt.datetime,
) -> ProposalStanding:
    """How the proposal stands at `now`. No query.

    `later` is a newer proposal for the visit that nobody has been told of yet; `times` are those
    that are still ahead; `asked` and `asked_time` are what the link that was opened asks for.
    """
    is_open = proposal.is_open and proposal.deadline is not None and now < proposal.deadline
    # Said by the doctor since, and its mail not written yet.
    away_untold = bool(later and later.keeps_away and visit.is_confirmed)
    return ProposalStanding(
        open=is_open,
        doctor_is_away=(is_open and proposal.keeps_away) or away_untold,
        doctor_is_back=is_open and proposal.restored_at is not None,
        too_late=proposal.is_open and not is_open,
        agreed=proposal.is_agreed,
        cancelled=visit.is_cancelled,
        lapses_to_cancelling=proposal.keeps_away,
        shows_times=bool(times) and asked not in WITHOUT_A_TIME,
        suggests_time=asked_time is not None or (len(times) == 1 and proposal.restored_at is None),
    )
