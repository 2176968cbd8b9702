"""Amounts as people write and read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.money import format_money, parse_money, percent_of

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500", 50_000),
        (" 500.5 ", 50_050),
        ("500.50", 50_050),
        ("1,500", 150_000),
        ("1,00,000.25", 10_000_025),
        ("৳ 500", 50_000),
        ("BDT 500", 50_000),
        ("৳\u202f1,200.50", 120_050),
        ("১২৩.৫০", 12_350),
        ("500.500", 50_050),
        ("0", 0),
        ("-5", -500),
        ("−5", -500),
    ],
)
def test_amount_is_read(text: str, amount: int) -> None:
    assert parse_money(text, "BDT") == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1e3",
        "1e309",
        "NaN",
        "Infinity",
        "1_000",
        "1,50",
        "5 00",
        "--5",
        "৳ -5",
        "1.2.3",
        "0x10",
        "\u200f500",
        "9999999999999",
        "$5",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Enter an amount in digits"):
        parse_money(text, "BDT")


def test_third_decimal_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 2 digits after the point"):
        parse_money("5.001", "BDT")


def test_yen_have_no_decimals() -> None:
    assert parse_money("500", "JPY") == 500
    with pytest.raises(ValueError, match="at most 0 digits"):
        parse_money("500.5", "JPY")


@given(st.integers(min_value=-(10**13), max_value=10**13))
def test_what_is_written_is_read_back(amount: int) -> None:
    assert parse_money(format_money(amount, "BDT"), "BDT") == amount


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=0, max_value=100))
def test_share_is_the_nearest_unit(amount: int, percent: int) -> None:
    share = percent_of(amount, percent)
    assert 0 <= share <= amount
    assert abs(share * 100 - amount * percent) <= 50
