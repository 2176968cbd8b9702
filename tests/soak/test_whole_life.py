"""Every action of appointments, in any order, at any moment: foretold, and whole after each step.

`make test` takes one walk, always the same, and sees to it that it leads everywhere; `make soak`
takes a fresh one for each seed. A walk that fails is told as it was taken: looking for a shorter
one would take longer than all other tests together.
"""

import logging

import pytest
from hypothesis import seed, settings
from hypothesis.stateful import run_state_machine_as_test
from pytest_django.fixtures import Settings

import appointments.actions
import doctors.actions
import notifications.actions
import payments.actions
import records.actions
from tests.soak.clinic import Tally
from tests.soak.life.scenes import Scenes
from tests.soak.life.stage import HORIZON_DAYS
from tests.soak.walk import SEED, SEEN, USUAL_SEED, WALK

WHOLE_LIFE = settings(WALK, max_examples=17)

# What each action mostly does, or says no with; the usual walk has to lead to one of these. What
# chance brings only now and then is foretold as well, but not waited for.
LED_TO = {
    # holding and paying
    "hold_slot": "done SlotTaken PatientBusy",
    "extend_hold": "done",
    "release_hold": "done",
    "save_details": "nothing HoldRunOut",
    "expire_holds": "done nothing",
    "book_with_wallet": "done HoldRunOut InsufficientFunds",
    "start_card_booking": "done HoldRunOut",
    # at the desk
    "book_at_desk": "done SlotTaken",
    "book_newcomer_at_desk": "done SlotTaken AddressTaken",
    "take_desk_payment": "done nothing DeskRefused",
    "book_extra_time": "done SlotRefused",
    # cancelling, moving, requests
    "cancel_visit": "done nothing CancellationRefused",
    "cancel_for_clinic": "done nothing CancellationRefused",
    "move_visit": "done MoveRefused",
    "move_for_clinic": "done MoveRefused",
    "accept_request": "done",
    "decline_request": "done",
    "expire_requests": "done nothing",
    # other times
    "propose_times": "done MoveRefused",
    "accept_time": "done ProposalClosed",
    "choose_another": "done",
    "keep_old_time": "done ProposalClosed",
    "refund_instead": "done ProposalClosed",
    "expire_proposals": "done nothing",
    "start_absence": "done AbsenceRefused",
    "run_absence": "done nothing",
    "run_absences": "nothing",
    "end_absence": "done AbsenceRefused",
    # the waitlist
    "join_waitlist": "done WaitlistRefused",
    "leave_waitlist": "done PaymentInProgress",
    "offer_slot": "done nothing",
    "decline_offer": "done nothing",
    "accept_by_moving": "done OfferOver",
    "sweep_waitlist": "done nothing",
    # the day of the visit
    "mark_arrived": "done TransitionRefused",
    "complete_visit": "done TransitionRefused",
    "mark_no_show": "done TransitionRefused",
    "undo_attendance": "done TransitionRefused",
    "settle_visit": "done nothing",
    "settle_visits": "done nothing",
    "enter_in_error": "done TransitionRefused",
    "save_record": "done nothing RecordRefused",
    "open_record": "nothing",
    "open_records": "nothing",
    "open_versions": "nothing",
    "open_history": "nothing",
    "open_profile": "nothing",
    # rules, reminders, calendars
    "set_rules": "nothing RulesRefused",
    "queue_reminders": "done nothing",
    "make_feed": "nothing",
    "end_feed": "done",
    "count_feed_read": "done too-often",
    "note_feed_content": "new known",
    # money back to cards
    "send_refund": "done nothing",
    "sweep_refunds": "done nothing",
}
# What those call, or what calls one of them for many.
INSIDE_OTHERS = {
    "open_wallet", "pay_from_wallet", "record_entry", "release_fee", "start_card_payment",
    "change_fee", "pay_at_desk", "settle_refund", "take_back_fee", "take_time_off",
    "add_slot", "end_time_off", "publish_all_slots", "give_up_wallet",
    "queue_message", "send_message", "sweep", "recover_abandoned", "expire_messages",
    "forget_texts", "new_message", "queue_messages", "wake_sender",
}  # fmt: skip
# Not a class or a step of a clinic's day.
NOT_OF_A_DAY = {
    "Published", "record_as_sent", "follow_places", "follow_standing", "pay_out_wallet",
    "enter_address", "save_specialty",
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_whole_life_of_appointments_is_as_foretold(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    settings.PUBLISHING_HORIZON_DAYS = HORIZON_DAYS

    @seed(SEED)
    class Walk(Scenes):
        tally = Tally()

    run_state_machine_as_test(Walk, settings=WHOLE_LIFE)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert Walk.tally.steps >= 1_000
    if SEED == USUAL_SEED:
        unseen = {
            action
            for action, answers in LED_TO.items()
            if not any((action, answer) in Walk.tally.outcomes for answer in answers.split())
        }
        assert unseen == set(), "The usual walk does not lead there: is it still possible?"


def test_machines_know_every_action() -> None:
    apps = (records, appointments, doctors, payments, notifications)
    actions = {name for app in apps for name in app.actions.__all__}
    assert actions - INSIDE_OTHERS - NOT_OF_A_DAY == set(SEEN) | set(LED_TO)
    assert set(LED_TO) >= set(appointments.actions.__all__) - NOT_OF_A_DAY
