"""Every action of the site, in any order, at any moment: the clinic is whole after each step.

`make test` takes one walk, always the same, and sees to it that it leads everywhere; `make soak`
takes a fresh one for each seed.
"""

import logging
import os

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.stateful import run_state_machine_as_test
from pytest_django.fixtures import Settings

import appointments.actions
import doctors.actions
import notifications.actions
import payments.actions
from tests.notifications.conftest import MailServer
from tests.soak.book import MAX_DEPOSIT, MAX_WALLET
from tests.soak.clinic import HORIZON_DAYS, Tally
from tests.soak.machine import AnyOrder

USUAL_SEED = 20261112
SEED = int(os.environ.get("SOAK_SEED") or USUAL_SEED)

# Most of Hypothesis's runs vary one before, which goes deep where one input is enough. A clinic
# needs many different days: under a backend of another name each run is drawn anew.
AVAILABLE_PROVIDERS["independent-runs"] = HypothesisProvider
WALK = settings(
    backend="independent-runs",
    max_examples=25,
    stateful_step_count=60,
    phases=[Phase.generate, Phase.shrink],
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# What each action has to have answered in the usual walk: what it did, and what it says no with.
# Not there: DoctorNotAccepting, because no action makes a doctor stop accepting yet.
SEEN = {
    # appointments
    "hold_slot": (
        "pending SlotTaken SlotPast OutsideWindow DoctorFull PatientBusy PaymentInProgress"
    ),
    "extend_hold": "pending HoldRunOut HoldExtendedBefore",
    "release_hold": "done nothing PaymentInProgress",
    "save_details": "pending HoldRunOut",
    "expire_holds": "done nothing",
    "book_with_wallet": "booked HoldRunOut InsufficientFunds PaymentInProgress",
    "start_card_booking": "created HoldRunOut PaymentInProgress",
    "cancel_visit": "done CancellationRefused",
    "mark_arrived": "arrived TransitionRefused",
    "complete_visit": "fulfilled TransitionRefused",
    "mark_no_show": "noshow TransitionRefused",
    "settle_visits": "done nothing",
    # payments
    "start_deposit": "created DepositRefused KeyReused",
    "charge_card": "succeeded failed pending CardNotUsable NotWanted AlreadyPaid",
    "answer_challenge": "succeeded failed pending",
    "refresh_payment": "succeeded failed pending",
    "settle_payment": "succeeded failed pending late",
    "sweep_payments": "done nothing",
    "refund_payment": "done NotRefundable",
    # doctors
    "register_doctor": "pending AlreadyRegistered ValidationError",
    "approve_doctor": "approved PermissionDenied",
    "refuse_doctor": "refused AlreadyDecided ValidationError PermissionDenied",
    "update_practice": "approved LicenceFixed ValidationError PermissionDenied",
    "set_working_hours": "done HoursRefused PermissionDenied",
    "publish_slots": "done nothing",
    # notifications
    "send_due_messages": "fine nothing",
    "resend_message": "done CannotResend",
}
# What those call, or what calls one of them for many.
INSIDE_OTHERS = {
    "open_wallet", "pay_from_wallet", "record_entry", "release_fee", "start_card_payment",
    "publish_all_slots",
    "queue_message", "send_message", "sweep", "recover_abandoned", "expire_messages",
    "forget_texts", "new_message", "queue_messages",
}  # fmt: skip
# Not taken yet: moving, requests, the waitlist, absences, records, the desk, refunds to cards.
NOT_YET = {
    "accept_by_moving", "accept_request", "accept_time", "book_at_desk", "book_extra_time",
    "book_newcomer_at_desk", "end_absence",
    "cancel_for_clinic", "choose_another", "count_feed_read", "decline_offer", "decline_request",
    "end_feed", "enter_in_error", "expire_proposals", "expire_requests", "join_waitlist",
    "keep_old_time", "leave_waitlist", "make_feed", "move_for_clinic", "move_visit",
    "note_feed_content", "offer_slot", "open_history", "open_record", "open_records",
    "open_versions", "propose_times", "queue_reminders", "refund_instead", "run_absence",
    "run_absences", "save_record", "set_patient", "set_rules", "settle_visit", "start_absence",
    "sweep_waitlist", "take_desk_payment", "undo_attendance",
    "change_fee", "pay_at_desk", "send_refund", "settle_refund", "sweep_refunds", "take_back_fee",
    "add_slot", "end_time_off", "take_time_off",
}  # fmt: skip
# Not a class or a step of a clinic's day.
NOT_OF_A_DAY = {"Published", "record_as_sent"}


@pytest.mark.django_db(transaction=True)
def test_clinic_is_whole_after_any_actions_in_any_order(
    mail_server: MailServer, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    settings.PUBLISHING_HORIZON_DAYS = HORIZON_DAYS
    settings.MAX_DEPOSIT, settings.MAX_WALLET_BALANCE = MAX_DEPOSIT, MAX_WALLET

    @seed(SEED)
    class Walk(AnyOrder):
        server = mail_server
        tally = Tally()

    run_state_machine_as_test(Walk, settings=WALK)
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert Walk.tally.steps >= 1_000
    if SEED == USUAL_SEED:
        unseen = {
            (action, answer)
            for action, answers in SEEN.items()
            for answer in answers.split()
            if (action, answer) not in Walk.tally.outcomes
        }
        assert unseen == set(), "The usual walk does not lead there: is it still possible?"


def test_machine_knows_every_action() -> None:
    apps = (appointments, doctors, payments, notifications)
    actions = {name for app in apps for name in app.actions.__all__}
    assert actions - INSIDE_OTHERS - NOT_OF_A_DAY - NOT_YET == set(SEEN)
