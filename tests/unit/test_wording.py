"""Every text, in every language: worded, short, and plain enough for an SMS."""

import re
from string import Formatter

import pytest

from bots.wording import Wording, languages, texts
from dispatch import sms
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
WORDING = Wording(NETWORK)
LONG = {
    "code": "K7M2W",
    "into": "W3HN7",
    "number": 1047,
    "numbers": [47, 48, 49, 50],
    "word": "PÅ VÄG",
    "codes": ["K7M2", "W3HN", "9MUK", "7YFW"],
    "category": "company",
    "place": "Järstorp, Kortebo, Bankeryd och Trånghalla",
    "wanted": "på torsdag förmiddag kl 10",
    "when": "på torsdag förmiddag kl 10",
    "hour": "07:00",
    "helper": "Maximiliana",
    "organisation": "Equmeniakyrkan i Gränna och Örserum",
    "name": "Anna-Lisa Margareta Svensson-Lindqvist",
    "phone": "+46701234567",
    "address": "Norra Storgatan 114 B, lgh 1203",
    "text": "Hej! " + "Jag behöver mat och medicin. " * 30,
    "urgency": "emergency",
    "human": "not_understood",
}
PIECES = {"or", "from", "somebody", "soon", "open_numbers", "name_unknown", "at_address", "what_unknown", "where_unknown"}
KINDS = sorted(k for k in texts("sv") if k not in PIECES and not k.startswith(("reason_", "urgent_")))


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_fits_in_two_parts_at_its_longest(kind: str, language: str) -> None:
    text = sms.plain(WORDING(kind, LONG, language))
    assert sms.is_gsm7(text), text
    assert sms.parts(text) <= 2, (len(text), text)
    assert not re.search(r"[{}]|  |None", text), text


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_can_be_worded_when_little_is_known(kind: str, language: str) -> None:
    needed = {name for _, name, _, _ in Formatter().parse(texts(language)[kind]) if name}
    few = {name: LONG[name] for name in ("code", "into", "number", "word", "hour") if name in needed}
    text = WORDING(kind, few, language)
    assert not re.search(r"[{}]|  |None", text), text


def test_the_languages_have_the_same_texts_and_blanks() -> None:
    for language in languages():
        assert texts(language).keys() == texts("sv").keys()
        for kind, text in texts(language).items():
            blanks = {name for _, name, _, _ in Formatter().parse(text) if name}
            assert blanks == {name for _, name, _, _ in Formatter().parse(texts("sv")[kind]) if name}, kind


def test_an_offer_ends_as_the_contract_says_in_every_language() -> None:
    for language in languages():
        assert WORDING("offer", LONG, language).endswith("Svara JA 1047 eller NEJ 1047")
        assert WORDING("acknowledge", LONG, language).endswith("Svara OK 1047")


def test_a_language_without_texts_gets_english() -> None:
    assert WORDING("welcome", {}, "uk") == WORDING("welcome", {}, "en")
