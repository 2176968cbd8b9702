"""How amounts are written and read. Amounts are integers in minor units (1234 is 12.34)."""

from decimal import Decimal, InvalidOperation

from babel.numbers import format_decimal, get_currency_precision
from django.conf import settings

# Babel's English has no symbol for some of them.
SYMBOLS = {"BDT": "৳", "INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"


def format_money(amount: int, currency: str = "") -> str:
    """ "৳ 1,200" (with a narrow space), "৳ 1,200.50", "−৳ 5"; the code where there is no symbol."""
    currency = currency or settings.CURRENCY
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
    """Minor units of what a person typed, e.g. "1,200.50". Raises ValueError with the reason."""
    digits = get_currency_precision(currency or settings.CURRENCY)
    try:
        value = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        raise ValueError("Enter an amount in digits, like 500 or 500.50.") from None
    if not value.is_finite() or abs(value.adjusted()) > 15:
        raise ValueError("Enter an amount in digits, like 500 or 500.50.")
    scaled = value.scaleb(digits)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"An amount has at most {digits} digits after the point.")
    return int(scaled)


def percent_of(amount: int, percent: int) -> int:
    """That many hundredths of an amount, half a minor unit rounded up."""
    return (amount * percent + 50) // 100
