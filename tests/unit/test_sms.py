"""Alphabets and parts, by 3GPP TS 23.038."""

import pytest

from dispatch.sms import is_gsm7, parts, plain, split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("å" * 160, 1),
        ("€" * 80, 1),  # two septets each
        ("€" * 81, 2),
        ("€" * 152, 2),  # 76 a part: the 77th would be split over the parts
        ("€" * 153, 3),
        ("ë" * 70, 1),
        ("ë" * 71, 2),
        ("ë" * 134, 2),
        ("ë" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),  # 33 a part: 67 units hold no half
        ("😀" * 67, 3),
    ],
)
def test_parts(text: str, expected: int) -> None:
    assert parts(text) == expected
    assert "".join(split(text)) == text


def test_no_character_is_split() -> None:
    assert split("€" * 81) == ["€" * 76, "€" * 5]
    assert split("ë" * 66 + "😀" * 3) == ["ë" * 66, "😀" * 3]


@pytest.mark.parametrize("text", ["Hej å ä ö é ü ñ Å Ä Ö", "[~]{|}^\\€", "rad\nrad", "Ω §"])
def test_gsm7(text: str) -> None:
    assert is_gsm7(text)


@pytest.mark.parametrize("text", ["ë", "’", "–", "а", "👍", "ú", "\t"])
def test_not_gsm7(text: str) -> None:
    assert not is_gsm7(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Hej” – ‘du’ — nu…", "\"Hej\" - 'du' - nu..."),
        ("10\u00a0kr\u2009nu", "10 kr nu"),
        ("• mjölk\r\n• bröd", "- mjölk\n- bröd"),
        ("Zoë Ångström é", "Zoë Ångström é"),
        ("a\x00b\x1bc\u200bd\u00ade", "abcde"),
        ("rad\nrad", "rad\nrad"),
        ("👩\u200d🦳", "👩\u200d🦳"),
    ],
)
def test_plain(text: str, expected: str) -> None:
    assert plain(text) == expected
    assert plain(expected) == expected
