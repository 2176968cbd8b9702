"""Every action of the clinic, in any order, at any moment: foretold, and whole after each step.

`make test` takes one walk, always the same, and sees to it that it leads everywhere; `make soak`
takes a fresh one for each seed.
"""

import logging

import pytest
from pytest_django.fixtures import Settings

import appointments.actions
import doctors.actions
import notifications.actions
import payments.actions
import records.actions
from tests.live.mail_server import MailServer
from tests.soak.scenes import Scenes
from tests.soak.stage import HORIZON_DAYS
from tests.soak.terms import MAX_DEPOSIT, MAX_WALLET
from tests.soak.walk import SEED, USUAL_SEED, walk

# What each action has to answer in the usual walk: that it did something, or that this changed
# nothing (of one payment: what became of it), or with which exception it says no. What chance
# brings only now and then is foretold as well, but not waited for. Not there: DoctorNotAccepting,
# because no action makes a doctor stop accepting yet.
LED_TO = {
    # holding and paying
    "hold_slot": ("done SlotTaken SlotPast OutsideWindow DoctorFull PatientBusy PaymentInProgress"),
    "extend_hold": "done HoldRunOut HoldExtendedBefore",
    "release_hold": "done nothing PaymentInProgress",
    "save_details": "nothing HoldRunOut",
    "expire_holds": "done nothing",
    "book_with_wallet": "done nothing HoldRunOut InsufficientFunds PaymentInProgress",
    "start_card_booking": "created HoldRunOut PaymentInProgress",
    "start_deposit": "created DepositRefused KeyReused",
    "charge_card": "succeeded failed pending CardNotUsable NotWanted AlreadyPaid",
    "answer_challenge": "succeeded failed nothing",
    "refresh_payment": "succeeded failed nothing",
    "settle_payment": "succeeded failed late nothing",
    "sweep_payments": "done nothing",
    "pay_out_wallet": "done NothingToPayOut",
    # at the desk
    "book_at_desk": "done SlotTaken",
    "book_newcomer_at_desk": "done SlotTaken AddressTaken",
    "take_desk_payment": "nothing DeskRefused",
    "book_extra_time": "done SlotRefused",
    # practices
    "register_doctor": "done AlreadyRegistered ValidationError",
    "approve_doctor": "done PermissionDenied",
    "refuse_doctor": "done AlreadyDecided ValidationError PermissionDenied",
    "update_practice": "done LicenceFixed ValidationError PermissionDenied",
    "set_working_hours": "done HoursRefused PermissionDenied",
    "publish_slots": "done nothing",
    # cancelling, moving, requests
    "cancel_visit": "done CancellationRefused",
    "cancel_for_clinic": "done",
    "move_visit": "done MoveRefused",
    "move_for_clinic": "done MoveRefused",
    "accept_request": "done",
    "decline_request": "done",
    "expire_requests": "done nothing",
    # other times
    "propose_times": "done MoveRefused",
    "accept_time": "done ProposalClosed",
    "choose_another": "done",
    "keep_old_time": "done",
    "refund_instead": "done",
    "expire_proposals": "done nothing",
    "start_absence": "done AbsenceRefused",
    "run_absence": "done nothing",
    "run_absences": "done nothing",
    "end_absence": "done AbsenceRefused",
    # the waitlist
    "join_waitlist": "done WaitlistRefused",
    "leave_waitlist": "done",
    "offer_slot": "done nothing",
    "decline_offer": "done nothing",
    "accept_by_moving": "OfferOver",
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
    "queue_reminders": "nothing",
    "make_feed": "nothing",
    "end_feed": "done",
    "count_feed_read": "done too-often",
    "note_feed_content": "new known",
    # money back
    "refund_payment": "nothing NotRefundable",
    "send_refund": "done nothing",
    "sweep_refunds": "done nothing",
    # mail
    "send_due_messages": "fine nothing busy stern",
    "resend_message": "nothing CannotResend",
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
    "Published", "record_as_sent", "follow_places", "follow_standing",
    "enter_address", "save_specialty",
}  # fmt: skip


@pytest.mark.slow("a thousand steps of a clinic's life, each compared with the database")
@pytest.mark.django_db(transaction=True)
def test_whole_life_of_appointments_is_as_foretold(
    mail_server: MailServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    settings.PUBLISHING_HORIZON_DAYS = HORIZON_DAYS
    settings.MAX_DEPOSIT, settings.MAX_WALLET_BALANCE = MAX_DEPOSIT, MAX_WALLET

    class Walk(Scenes):
        server = mail_server

    tally = walk(Walk, SEED)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    if SEED == USUAL_SEED:
        unseen = {
            (action, answer)
            for action, answers in LED_TO.items()
            for answer in answers.split()
            if (action, answer) not in tally.outcomes
        }
        assert unseen == set(), "The usual walk does not lead there: is it still possible?"


def test_walk_knows_every_action() -> None:
    apps = (records, appointments, doctors, payments, notifications)
    actions = {name for app in apps for name in app.actions.__all__}
    assert actions - INSIDE_OTHERS - NOT_OF_A_DAY == set(LED_TO)
    assert set(LED_TO) >= set(appointments.actions.__all__) - NOT_OF_A_DAY
