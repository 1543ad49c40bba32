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
PIECES = {
    "door",
    "link",
    "or",
    "from",
    "somebody",
    "soon",
    "open_numbers",
    "name_unknown",
    "at_address",
    "what_unknown",
    "where_unknown",
}
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


LINK = "https://hjalpnatverket.jonkoping.example/s/" + "x" * 27
LINKED = Wording(NETWORK, lambda offer: LINK if offer == 4 else None)
ASKED = {"code": "K7M2", "number": 1047, "category": "pharmacy", "place": "Gränna", "name": "Elsa Ek", "phone": "+46701000001",
         "text": "Kan någon hämta medicin? Bor i Gränna", "urgency": "normal", "offer": 4}  # fmt: skip


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", ["acknowledge", "acknowledge_again"])
def test_an_sms_that_asks_for_an_ok_has_the_link_too(kind: str, language: str) -> None:
    text = LINKED(kind, ASKED, language)
    assert re.search(r"Svara OK 1047 \w+( \w+)? https://", text), text
    assert text.endswith(LINK)
    assert "hämta medicin" in text
    assert sms.parts(sms.plain(text)) <= 2
    assert "https" not in LINKED(kind, {**ASKED, "offer": 5}, language)  # no public address: no link


@pytest.mark.parametrize("text", ["Jag behöver mat och medicin. " * 30, "Snälla kom 🙏 " * 20], ids=["long", "with emoji"])
@pytest.mark.parametrize("kind", ["acknowledge", "acknowledge_again"])
def test_in_an_sms_the_resident_comes_before_the_link(kind: str, text: str) -> None:
    """The words give way to the link, but not all of them: whoever has no room for both answers with the number."""
    for params in (ASKED, LONG):
        worded = LINKED(kind, {**params, "offer": 4, "text": text}, "sv")
        assert sms.parts(sms.plain(worded)) <= 2
        assert "Svara OK 1047" in worded
        if params is ASKED:
            assert text[:12] in worded


ENDS_IT = {"withdrawn", "done_noted_keep", "cancelled_for_helper", "merged_for_helper", "relieved", "taken_back",
           "no_longer_needed", "no_longer_needed_cancelled", "handled_by_other", "handled_by_other_cancelled"}  # fmt: skip
ANSWERS_ONLY = {"helper_heard", "already_yours", "unknown_number", "which_number", "yes_or_no"}  # go back the way it came


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ANSWERS_ONLY])
def test_by_email_nobody_is_asked_to_answer_with_a_number(kind: str, language: str) -> None:
    """Nor is anything cut: a letter has room."""
    needed = {name for _, name, _, _ in Formatter().parse(texts(language)[kind]) if name}
    letter = LINKED(kind, {**LONG, "offer": 4}, language, "email")
    assert "1047" not in letter, letter
    assert not re.search(r"[{}]|  |None", letter), letter
    assert NETWORK.name in letter
    assert NETWORK.phone in letter
    if "text" in needed:
        assert LONG["text"].strip() in letter
    if "number" in needed and kind not in ENDS_IT:
        assert LINK in letter, letter


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", KINDS)
def test_a_subject_says_nothing_of_the_resident(kind: str, language: str) -> None:
    for params in (LONG, {"code": "K7M2"}):
        subject = LINKED.subject(kind, params, language)
        assert subject
        assert not re.search(r"[{}\n]|  |None", subject), subject
        for private in ("name", "phone", "address", "text"):
            assert LONG[private] not in subject


def test_the_email_catalogues_have_the_same_texts_and_blanks() -> None:
    for language in languages():
        assert texts(language, "email").keys() == texts("sv", "email").keys()
        assert all(k in texts(language) or k in ("no_link", "end", "name_protected") or k.startswith("subject")
                   for k in texts(language, "email"))  # fmt: skip
        for kind, text in texts(language, "email").items():
            blanks = {name for _, name, _, _ in Formatter().parse(text) if name}
            assert blanks == {name for _, name, _, _ in Formatter().parse(texts("sv", "email")[kind]) if name}, kind


def test_a_protected_identity_is_not_written_in_an_email() -> None:
    """Whoever answers for it finds it behind the link."""
    letter = LINKED("acknowledge", {**LONG, "offer": 4, "protected": True}, "sv", "email")
    for private in ("name", "phone", "address"):
        assert LONG[private] not in letter
    assert "medicin" not in letter
    assert "Skyddad identitet" in letter
    assert LINK in letter


def test_without_a_link_an_email_says_whom_to_phone() -> None:
    letter = WORDING("acknowledge", ASKED, "sv", "email")
    assert f"Ring {NETWORK.phone} och säg ärendets kod" in letter
