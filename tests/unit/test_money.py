"""Amounts in people's own words, and numbers that must never be written to us."""

import pytest

from dispatch.amounts import read_amount
from dispatch.money import has_card_number, in_kronor


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("245", 24_500),
        ("245 kr", 24_500),
        ("245kr", 24_500),
        ("245,50 kr", 24_550),
        ("245,5", 24_550),
        ("kr 245:-", 24_500),
        ("245:-", 24_500),
        ("245,- ", 24_500),
        ("1 234,50", 123_450),
        ("1\u00a0234,50 kr", 123_450),
        ("1.234,50", 123_450),
        ("SEK 99.90", 9_990),
        ("sek: 99", 9_900),
        ("Det blev 245 kronor.", 24_500),
        ("det blev 245", 24_500),
        ("Totalt 245 kr (kvittot: 245 kr)", 24_500),
        ("245 kr, var där kl 15", 24_500),
        ("3 påsar, 245 kr", 24_500),
    ],
)
def test_an_amount_is_read(text: str, amount: int) -> None:
    assert read_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "", "kvitto", "0 kr", "kl 15", "12:50", "200 kr och 45 kr", "3 mjölk och 2 bröd", "köpte 3 mjölk", "2020-04-08",
        "070-123 45 67", "+46701234567 är mitt nummer", "-245 kr", "20-30 kr", "24 €", "K7M2", "1,234.50", "245 euro",
    ],
)  # fmt: skip
def test_what_is_no_single_clear_amount_is_asked_about(text: str) -> None:
    assert read_amount(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111", "mitt kort 4111-1111-1111-1111 går bra", "4111111111111111", "378282246310005",
        "4111 1111 1111 1111 0427 123", "2020-04-08 4111 1111 1111 1111", "pin 1234", "PIN: 1234", "pinkod är 1234",
        "pin-kod 1234", "kod 1234", "1234 är pinkoden", "PIN code 1234", "här är min kod 1234",
        "min kod är 1234 till kortet, jag bor på Storgatan 3",
    ],
)  # fmt: skip
def test_card_numbers_and_pins_are_seen(text: str) -> None:
    assert has_card_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "245 kr", "4111 1111 1111 1112", "070-123 45 67", "19400101-1234", "0000 0000 0000 0000", "kodordet är ÄLGHORN",
        "Storgatan 1234", "koden K7M2 kl 1530", "portkod 1234",
        "Storgatan 3, kod 1234", "port: kod 1234, tredje våningen",
        "ärende 1234", "pin 12345", "1234567890123456789012345678901234567890" * 100,
    ],
)  # fmt: skip
def test_other_numbers_are_not(text: str) -> None:
    assert not has_card_number(text)


def test_amounts_are_written_as_people_write_them() -> None:
    assert in_kronor(24_500, "sv") == "245"
    assert in_kronor(123_450, "sv") == "1\u00a0234,50"
    assert in_kronor(123_450, "en") == "1,234.50"
