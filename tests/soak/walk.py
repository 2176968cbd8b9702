"""How a walk is taken, and where the usual one has to lead."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

USUAL_SEED = 20261112
SEED = int(os.environ.get("SOAK_SEED") or USUAL_SEED)

# Most of Hypothesis's runs vary one before, which goes deep where one input is enough. A clinic
# needs many different days: under a backend of another name each run is drawn anew.
AVAILABLE_PROVIDERS["independent-runs"] = HypothesisProvider
WALK = settings(
    backend="independent-runs",
    max_examples=18,
    stateful_step_count=60,
    phases=[Phase.generate],
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
