"""How amounts are written and read. Amounts are integers in minor units (1234 is 12.34)."""

import re
from decimal import Decimal
from functools import lru_cache

from babel.numbers import format_decimal, get_currency_precision
from django.conf import settings
from django.utils.translation import gettext as _

# Babel's English has no symbol for some of them.
SYMBOLS = {"BDT": "৳", "INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


def format_money(amount: int, currency: str = "") -> str:
    """ "৳ 1,200" (with a narrow space), "৳ 1,200.50", "−৳ 5"; the code where there is no symbol."""
    return _words(amount, currency or settings.CURRENCY)


# A page of doctors says the same few fees again and again.
@lru_cache(maxsize=4096)
def _words(amount: int, currency: str) -> str:
    digits = get_currency_precision(currency)
    value = Decimal(abs(amount)).scaleb(-digits)
    whole = value == value.to_integral_value()
    number = format_decimal(value, "#,##0" if whole else f"#,##0.{'0' * digits}", locale="en")
    return f"{'−' if amount < 0 else ''}{SYMBOLS.get(currency, currency)}{NARROW_SPACE}{number}"


def plain_amount(amount: int, currency: str = "") -> str:
    """How a person would type it, for a form's field: "1200", "1200.50"."""
    digits = get_currency_precision(currency or settings.CURRENCY)
    value = Decimal(amount).scaleb(-digits)
    return f"{value:.0f}" if value == value.to_integral_value() else str(value)


def parse_money(text: str, currency: str = "") -> int:
    """Minor units of what a person typed: "1500", "1,500.50", "৳ 500", digits of any script.

    Raises ValueError with the reason.
    """
    currency = currency or settings.CURRENCY
    digits = get_currency_precision(currency)
    typed = text.strip().replace("−", "-")
    number = typed.removeprefix("-").strip()
    number = number.removeprefix(SYMBOLS.get(currency, currency)).removeprefix(currency).strip()
    if not _TYPED.fullmatch(number):
        raise ValueError(_("Enter an amount in digits, like 500 or 500.50."))
    scaled = Decimal(number.replace(",", "")).scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise ValueError(
            _("An amount has at most %(digits)d digits after the point.") % {"digits": digits}
        )
    return -int(scaled) if typed.startswith("-") else int(scaled)


# Commas only where thousands (or lakhs) are set apart: "1,50" is somebody's decimal comma.
_TYPED = re.compile(r"(\d{1,12}|\d{1,3}(,\d{2,3}){0,4},\d{3})(\.\d{1,6})?")


def percent_of(amount: int, percent: int) -> int:
    """That many hundredths of an amount, half a minor unit rounded up."""
    return (amount * percent + 50) // 100
