"""Every write about appointments: one function a use case."""

from appointments.actions.absence_return import end_absence
from appointments.actions.absences import run_absence, run_absences, start_absence
from appointments.actions.attendance import (
    complete_visit,
    mark_arrived,
    mark_no_show,
    undo_attendance,
)
from appointments.actions.booking import book_with_wallet, start_card_booking
from appointments.actions.booking_requests import accept_request, decline_request, expire_requests
from appointments.actions.booking_rules import set_rules
from appointments.actions.cancelling import cancel_for_clinic, cancel_visit
from appointments.actions.details import save_details
from appointments.actions.fee_settlement import enter_in_error, settle_visit, settle_visits
from appointments.actions.feeds import count_feed_read, end_feed, make_feed, note_feed_content
from appointments.actions.front_desk import (
    book_at_desk,
    book_extra_time,
    book_newcomer_at_desk,
    enter_address,
    take_desk_payment,
)
from appointments.actions.holds import expire_holds, extend_hold, hold_slot, release_hold
from appointments.actions.medical_profiles import open_profile
from appointments.actions.moving import move_for_clinic, move_visit
from appointments.actions.proposals import (
    accept_time,
    choose_another,
    expire_proposals,
    keep_old_time,
    propose_times,
    refund_instead,
)
from appointments.actions.reminders import queue_reminders
from appointments.actions.waitlist import (
    accept_by_moving,
    decline_offer,
    join_waitlist,
    leave_waitlist,
    sweep_waitlist,
)
from appointments.actions.waitlist_offers import offer_slot

__all__ = [
    "accept_by_moving",
    "accept_request",
    "accept_time",
    "book_at_desk",
    "book_extra_time",
    "book_newcomer_at_desk",
    "book_with_wallet",
    "cancel_for_clinic",
    "cancel_visit",
    "choose_another",
    "complete_visit",
    "count_feed_read",
    "decline_offer",
    "decline_request",
    "end_absence",
    "end_feed",
    "enter_address",
    "enter_in_error",
    "expire_holds",
    "expire_proposals",
    "expire_requests",
    "extend_hold",
    "hold_slot",
    "join_waitlist",
    "keep_old_time",
    "leave_waitlist",
    "make_feed",
    "mark_arrived",
    "mark_no_show",
    "move_for_clinic",
    "move_visit",
    "note_feed_content",
    "offer_slot",
    "open_profile",
    "propose_times",
    "queue_reminders",
    "refund_instead",
    "release_hold",
    "run_absence",
    "run_absences",
    "save_details",
    "set_rules",
    "settle_visit",
    "settle_visits",
    "start_absence",
    "start_card_booking",
    "sweep_waitlist",
    "take_desk_payment",
    "undo_attendance",
]
