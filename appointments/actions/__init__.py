"""Every write about appointments: one function a use case."""

from appointments.actions.attending import complete_visit, mark_arrived, mark_no_show
from appointments.actions.booking import book_with_wallet, save_details, start_card_booking
from appointments.actions.cancelling import cancel_visit
from appointments.actions.holds import expire_holds, extend_hold, hold_slot, release_hold

__all__ = [
    "book_with_wallet",
    "cancel_visit",
    "complete_visit",
    "expire_holds",
    "extend_hold",
    "hold_slot",
    "mark_arrived",
    "mark_no_show",
    "release_hold",
    "save_details",
    "start_card_booking",
]
