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
    "minutes": 240,
    "amount_ore": 1_999_950,
    "limit": 20_000,
    "item": "Rullstol med breda däck och korg, den blå från Hjälpmedelscentralen",
    "refs": "K7M2W, W3HN7, 9MUKA, A3CDE, H4KMN, T7UVX…",
    "occasion": "2020-09-23",
    "group": "Huskvarna, Öxnehaga, Brunstorp, Stensholm och Pettersberg",
    "starts": "2020-09-23T19:30:00+00:00",
    "ends": "2020-09-24T04:45:00+00:00",
    "open": 1234,
    "humans": 123,
    "waited": 4321,
    "missing": 12,
    "count": 34,
    "begins": True,
    "weekday": 4,
    "at": "14:30",
    "call_at": "2020-09-23T12:30:00+00:00",
    "asked_about": "Norra Kyrkogatan",
    "places": ["Hovslätt, Jönköping", "Bankeryd", "Trånghalla", "Norra Unnaryd", "Öxnehaga", "Skärstad"],
    "nearest": "Järstorp, Kortebo, Bankeryd och Trånghalla",
    "km": 12.345,
    "nearby": "Ödeshögs frivilligcentral",
    "nearby_phone": "+4614435000",
    "planned_at": "2020-09-23T19:30:00+00:00",
    "planned_as": "time",
    "opens_at": "2020-09-23T06:30:00+00:00",
    "days": 30,
}
ORDINARY = LONG | {
    "code": "K7M2", "into": "W3HN", "number": 47, "numbers": [47, 48], "word": "TULPAN", "codes": ["K7M2", "W3HN"],
    "category": "groceries", "place": "Gränna", "wanted": "fredag kl 10", "when": "kl 15", "helper": "Anna",
    "organisation": "Kyrkan", "name": "Anna", "address": "Storgata 1", "text": "Mjölk och bröd", "urgency": "normal",
    "human": None, "minutes": 30, "amount_ore": 24_500, "limit": 500, "group": "Akutgrupp", "open": 3, "humans": 1, "waited": 90,
    "asked_about": "Storgatan", "nearest": "Gränna", "nearby": "Ödeshögs kommun",
    "item": "Rullator",
}  # fmt: skip
OTHER_ALPHABETS = {"ar", "uk"}  # an SMS part holds 67 of their letters
OURS = sorted(languages() - OTHER_ALPHABETS)
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
    "both_addresses",
    "elsewhere",
    "from_to",
    "from_to_km",
    "what_unknown",
    "where_unknown",
    "shift_time",
    "reg_begins",
    "talk_weekly",
    "talk_time",
    "which",
    "which_of",
    "nearest_area",
    "leave",
    "at_door",
    "see_list",
}
KINDS = sorted(k for k in texts("sv") if k not in PIECES and not k.startswith(("reason_", "urgent_", "because_")))


@pytest.mark.parametrize("language", OURS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_fits_in_two_parts_at_its_longest(kind: str, language: str) -> None:
    text = sms.plain(WORDING(kind, LONG, language))
    assert sms.is_gsm7(text), text
    assert sms.parts(text) <= 2, (len(text), text)
    assert not re.search(r"[{}]|  |None", text), text


@pytest.mark.parametrize("language", sorted(OTHER_ALPHABETS))
@pytest.mark.parametrize("kind", KINDS)
def test_in_another_alphabet_an_ordinary_text_fits_in_two_parts(kind: str, language: str) -> None:
    """Whatever the reason that a human is asked for."""
    for human in (None, *(key.removeprefix("reason_") for key in texts(language) if key.startswith("reason_"))):
        text = sms.plain(WORDING(kind, ORDINARY | {"human": human}, language))
        assert sms.parts(text) <= 2, (human, len(text), text)
        assert not re.search(r"[{}]|  |None", text), text


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("kind", KINDS)
def test_every_text_can_be_worded_when_little_is_known(kind: str, language: str) -> None:
    needed = {name for _, name, _, _ in Formatter().parse(texts(language)[kind]) if name}
    few = {name: LONG[name] for name in ("code", "into", "number", "word", "hour") if name in needed}
    text = WORDING(kind, few, language)
    assert not re.search(r"[{}]|  |None", text), text


@pytest.mark.parametrize("language", OURS)
def test_why_a_volunteer_asks_the_service_group_is_told_in_two_parts_too(language: str) -> None:
    """A letter about somebody whose identity is protected leaves it out."""
    why = "behöver lyftas och har ont, det klarar jag inte själv i dag."
    asked = {**LONG, "human": "service_wanted", "why": why}
    assert f': "{why[:-1]}". ' in WORDING("acknowledge_again", {**ASKED, "human": "service_wanted", "why": why}, language)
    assert sms.parts(sms.plain(WORDING("acknowledge_again", asked, language))) <= 2
    assert why[:-1] in WORDING("acknowledge", asked, language, "email")
    assert why[:-1] not in WORDING("acknowledge", {**asked, "protected": True}, language, "email")


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


# YES, NO and CANCEL there.
ENGLISH = {(kind, word) for kind in ("did_you_get_help", "reg_consent", "reg_consent_again") for word in ("JA", "NEJ")}
ENGLISH |= {
    (f"reg_{step}", "NEJ") for step in ("organisation", "organisation_again", "skills", "skills_again", "languages_again")
}
ENGLISH |= {("cancel_which", "AVBOKA")}


def test_the_reply_words_and_112_are_the_same_in_every_language() -> None:
    words = re.compile(r"\b(?:112|JA|NEJ|OK|PÅ VÄG|KLAR|KAN INTE|FAST|START|AVBOKA)\b")
    for language in languages():
        missing = {
            (k, word) for k in KINDS for word in words.findall(texts("sv")[k]) if word not in words.findall(texts(language)[k])
        }
        assert missing == (ENGLISH if language == "en" else set()), language


def test_a_language_without_texts_gets_english() -> None:
    assert WORDING("welcome", {}, "de") == WORDING("welcome", {}, "en")
    for language in languages() - languages("email"):
        assert WORDING("received", LONG, language, "email") == WORDING("received", LONG, "en", "email")
        assert WORDING.subject("received", LONG, language) == WORDING.subject("received", LONG, "en")
    for language in languages() - languages("spoken"):
        assert texts(language, "spoken") == texts("en", "spoken")


LINK = "https://hjalpnatverket.jonkoping.example/s/" + "x" * 27
LINKED = Wording(NETWORK, lambda offer: LINK if offer == 4 else None)
ASKED = {"code": "K7M2", "number": 1047, "category": "pharmacy", "place": "Gränna", "name": "Elsa Ek", "phone": "+46701000001",
         "text": "Kan någon hämta medicin? Bor i Gränna", "urgency": "normal", "offer": 4}  # fmt: skip


@pytest.mark.parametrize("language", OURS)
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


TASK = "https://hjalp.kommun.example/t/" + "x" * 27
HELPING = Wording(NETWORK, lambda _: LINK, lambda offer: TASK if offer == 4 else None)


def test_a_volunteers_sms_has_the_link_where_one_part_holds_it() -> None:
    asked = {"number": 47, "category": "groceries", "place": "Gränna", "offer": 4, "helps": True}
    text = HELPING("offer", asked, "sv")
    assert text.endswith(f"Gränna. {TASK} Svara JA 47 eller NEJ 47")
    assert sms.parts(sms.plain(text)) == 1
    longer = HELPING("offer", {**asked, "wanted": "på torsdag förmiddag kl 10"}, "sv")
    assert longer.endswith("kl 10. Svara JA 47 eller NEJ 47")
    assert "https" not in HELPING("offer", {**asked, "offer": 5}, "sv")  # no public address: no link


@pytest.mark.parametrize("text", ["Mjölk och bröd", "Jag behöver mat och medicin. " * 30], ids=["short", "long"])
def test_whoever_said_yes_reads_the_residents_words_before_the_link(text: str) -> None:
    taken = {**ASKED, "helps": True, "text": text, "address": "Storgatan 1", "word": "TULPAN"}
    worded = HELPING("taken_details", taken, "sv")
    assert sms.parts(sms.plain(worded)) <= 2
    assert worded.endswith(f"KAN INTE 1047 eller öppna {TASK}") == (len(text) < 60)
    assert text[:50] in worded or text in worded


def test_by_email_volunteers_and_staff_have_their_own_links() -> None:
    for helps, link in ((True, TASK), (False, LINK)):
        assert link in HELPING("nudge", {**ASKED, "helps": helps}, "sv", "email")


ENDS_IT = {"withdrawn", "done_noted_keep", "cancelled_for_helper", "merged_for_helper", "relieved", "taken_back",
           "no_longer_needed", "no_longer_needed_cancelled", "handled_by_other", "handled_by_other_cancelled"}  # fmt: skip
ANSWERS_ONLY = {
    "helper_heard", "already_yours", "unknown_number", "which_number", "yes_or_no", "plan_passed", "plan_too_far", "plan_unclear",
}  # go back the way it came  # fmt: skip


@pytest.mark.parametrize("language", sorted(languages("email")))
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


@pytest.mark.parametrize("language", sorted(languages("email")))
@pytest.mark.parametrize("kind", KINDS)
def test_a_subject_says_nothing_of_the_resident(kind: str, language: str) -> None:
    for params in (LONG, {"code": "K7M2"}):
        subject = LINKED.subject(kind, params, language)
        assert subject
        assert not re.search(r"[{}\n]|  |None", subject), subject
        for private in ("name", "phone", "address", "text"):
            assert LONG[private] not in subject


def test_the_email_catalogues_have_the_same_texts_and_blanks() -> None:
    for language in languages("email"):
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
