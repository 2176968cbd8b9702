"""What a clinic decides: its name, its rules, its places."""

from django.utils.translation import gettext_lazy as _

from booking_system.settings.environment import BASE_DIR, DEBUG, env

# --- The site -------------------------------------------------------------------------------
# Links in mails are built from it: a worker has no request to read the host from.
SITE_URL = env.str(
    "SITE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}"
).rstrip("/")
SITE_NAME = env.str("SITE_NAME", default="Nirog")
EMERGENCY_NUMBER = env.str("EMERGENCY_NUMBER", default="999")
CURRENCY = env.str("CURRENCY", default="BDT")

# --- What the clinic decides ----------------------------------------------------------------
BOOKING_WINDOW_DAYS = env.int("BOOKING_WINDOW_DAYS", default=15)
ACTIVE_APPOINTMENTS_CAP = env.int("ACTIVE_APPOINTMENTS_CAP", default=30)
HOLD_MINUTES = env.int("HOLD_MINUTES", default=10)
OFFER_MINUTES = env.int("OFFER_MINUTES", default=30)
PENDING_PAYMENT_HOLD_MINUTES = env.int("PENDING_PAYMENT_HOLD_MINUTES", default=30)
FREE_CANCELLATION_HOURS = env.int("FREE_CANCELLATION_HOURS", default=72)
ATTENDANCE_UNDO_MINUTES = env.int("ATTENDANCE_UNDO_MINUTES", default=15)
NO_SHOW_REFUND_PERCENT = env.int("NO_SHOW_REFUND_PERCENT", default=0)
PUBLISHING_HORIZON_DAYS = env.int("PUBLISHING_HORIZON_DAYS", default=60)
COMMISSION_PERCENT = env.int("COMMISSION_PERCENT", default=10)
# Minor units: 10 000 000 is 100 000.00 of the currency.
MAX_DEPOSIT = env.int("MAX_DEPOSIT", default=10_000_000)
MAX_FEE = env.int("MAX_FEE", default=10_000_000)
MAX_WALLET_BALANCE = env.int("MAX_WALLET_BALANCE", default=100_000_000)
# Where patients live and doctors work: a file of places, the language of their local names, and the
# words for its levels from the top.
PLACES_FILE = env.str("PLACES_FILE", default=str(BASE_DIR / "accounts/data/places/bangladesh.csv"))
PLACES_LANGUAGE = env.str("PLACES_LANGUAGE", default="bn")
PLACE_LEVELS = env.list(
    "PLACE_LEVELS", default=[_("Division"), _("District"), _("Thana or upazila")]
)
# The gateway that takes made-up cards. Never on by itself where people pay real money.
ALLOW_SIMULATED_PAYMENTS = env.bool("ALLOW_SIMULATED_PAYMENTS", default=DEBUG)
