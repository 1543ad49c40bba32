"""What an operator types is read as it is meant, and what is read aloud exists in every language."""

from string import Formatter

import pytest

from bots.dialogue.understand import Understander
from bots.wording import texts
from dispatch.model import Urgency
from service.desk.call_form import Draft, check, command_of, new_form, read_draft, read_number
from service.network_file import BUILT_IN, read_network
from service.web.texts import texts as page_texts

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
UNDERSTANDER = Understander(tuple(NETWORK.areas.values()), tuple(NETWORK.categories))


def draft(**fields: str) -> Draft:
    """What stands in the form; `text_1` is the field text-1."""
    typed = {(f"{name[:-2]}-{name[-1]}" if name[-2:-1] == "_" else name): value for name, value in fields.items()}
    return read_draft(typed, NETWORK, UNDERSTANDER)


@pytest.mark.parametrize(
    ("written", "phone", "kind"),
    [
        ("0701234567", "+46701234567", "mobile"),
        ("070-123 45 67", "+46701234567", "mobile"),
        ("+46 (0)70 123 45 67", "+46701234567", "mobile"),
        ("0046701234567", "+46701234567", "mobile"),
        ("036 - 12 34 56", "+4636123456", "landline"),
        ("036/123456", "+4636123456", "landline"),
        ("+358 40 123 4567", "+358401234567", "mobile"),
        ("", None, "none"),
        ("Dolt nummer", None, "none"),
        ("okänt", None, "none"),
        ("070-12", None, "unreadable"),
        ("x" * 500, None, "unreadable"),
    ],
)
def test_any_way_of_writing_a_number(written: str, phone: str | None, kind: str) -> None:
    number = read_number(written)
    assert (number.phone, number.kind) == (phone, kind)
    assert len(number.raw) <= 80


def test_a_place_in_the_address_tells_the_area_unless_one_is_chosen() -> None:
    assert draft(address="Storgatan 4, Gränna").area == "granna"
    chosen = draft(address="Storgatan 4, Gränna", area="tenhult")
    assert (chosen.area, chosen.place) == ("tenhult", None)
    assert draft(address="Storgatan 4").area is None
    assert draft(address="Storgatan 4", area="månen").area is None


def test_every_row_becomes_a_request() -> None:
    told = draft(
        text_1="handla mat på torsdag", text_3="hämta medicin", urgent_3="1", wanted_3="i dag", category_4="company",
        repeats_4="week", weekday_4="MO",
    )  # fmt: skip
    check(told, page_texts("en"))
    assert told.problems == {}
    requests = command_of(told, 1, None, NETWORK, UNDERSTANDER).requests
    assert [(r.category, r.wanted, r.urgency, r.repeats) for r in requests] == [
        ("groceries", "på torsdag", Urgency.NORMAL, None),
        ("pharmacy", "i dag", Urgency.HIGH, None),
        ("company", None, Urgency.NORMAL, "FREQ=WEEKLY;BYDAY=MO"),
    ]
    assert requests[2].text == "Sällskap och samtal"


def test_in_danger_nothing_else_is_asked_for() -> None:
    told = draft(danger="yes", phone="070-1", text_2="handla mat", repeats_2="week")
    check(told, page_texts("en"))
    assert told.problems == {}
    command = command_of(told, 1, None, NETWORK, UNDERSTANDER)
    assert [r.urgency for r in command.requests] == [Urgency.EMERGENCY]
    assert command.phone_raw == "070-1"


def test_a_caller_for_somebody_counts_only_when_said() -> None:
    told = {"told_by_name": "Lisa", "told_by_phone": "0701234567", "text_1": "handla mat", "consent": "1"}
    alone = command_of(draft(**told), 1, None, NETWORK, UNDERSTANDER)
    assert (alone.told_by_name, alone.told_by_phone, alone.consent_given_by) == ("", None, "")
    other = command_of(draft(**told, other="1"), 1, None, NETWORK, UNDERSTANDER)
    assert (other.told_by_name, other.told_by_phone, other.consent_given_by) == ("Lisa", "+46701234567", "Lisa")


def test_a_form_that_is_no_form_gets_a_name() -> None:
    assert draft(form="'; DROP TABLE task; --").form != draft().form
    known = new_form()
    assert draft(form=known).form == known


def test_what_is_read_aloud_has_the_same_texts_and_blanks_in_every_language() -> None:
    swedish, english = texts("sv", "spoken"), texts("en", "spoken")
    assert swedish.keys() == english.keys()
    for kind, text in swedish.items():
        blanks = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert blanks == {name for _, name, _, _ in Formatter().parse(english[kind]) if name}, kind
