"""Who is proposed to whom for weekly talks: what both must have, what comes first, and who is never proposed."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from dispatch.companions import ANY_TIME, Part, Slot, Wisher, match, part_of, propose, read_slots, slot_key
from dispatch.model import FURTHER_NOTICE, Person
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
NOW = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
WEDNESDAY: Slot = (3, Part.AFTERNOON)


def wisher(number: int, **known: Any) -> Wisher:
    """Somebody who wants to talk; what is known of the person or of the wish."""
    own = {name: known.pop(name) for name in ("times", "interests", "most", "pairs", "since") if name in known}
    person = Person(number, f"+4670100{number:04d}", NOW, **{"area": "granna", "languages": ("sv",)} | known)
    return Wisher(person, own.pop("since", NOW - timedelta(days=1)), **own)


ELSA = wisher(1)
NEVER = [
    ("no language in common", {"languages": ("fi",)}),
    ("no time in common", {"times": frozenset({(5, Part.EVENING)})}),
    ("avoids the resident", {"avoids": ("person:1",)}),
    ("avoids such tasks", {"avoids": ("category:company",)}),
    ("has as many pairs as wanted", {"pairs": 1}),
]


@pytest.mark.parametrize("known", [row[1] for row in NEVER], ids=[row[0] for row in NEVER])
def test_never_a_pair(known: dict[str, Any]) -> None:
    elsa = replace(ELSA, times=frozenset({WEDNESDAY}))
    assert match(elsa, wisher(2), NETWORK, ()) is not None
    assert match(elsa, wisher(2, **known), NETWORK, ()) is None


def test_the_resident_avoids_somebody() -> None:
    assert match(wisher(1, avoids=("person:2",)), wisher(2), NETWORK, ()) is None


def test_a_pair_that_has_ended_is_not_proposed_again() -> None:
    assert match(ELSA, wisher(2), NETWORK, {(1, 2)}) is None
    assert match(ELSA, wisher(2), NETWORK, {(2, 1)}) is not None


AWAY = [
    ("has said STOPP", {"stopped_at": NOW}),
    ("is paused", {"paused_until": FURTHER_NOTICE}),
    ("has a protected identity", {"protected": True}),
]


@pytest.mark.parametrize("known", [row[1] for row in AWAY], ids=[row[0] for row in AWAY])
def test_who_is_not_proposed_at_all(known: dict[str, Any]) -> None:
    assert propose([wisher(1, **known)], [wisher(2)], NETWORK, (), NOW) == []
    (waiting,) = propose([ELSA], [wisher(2, **known)], NETWORK, (), NOW)
    assert (waiting.matches, waiting.alone) == ((), "nobody")


def test_a_language_is_what_both_speak_and_the_own_one_counts() -> None:
    finn = wisher(2, language="fi", languages=())
    assert match(wisher(1, languages=("sv", "fi")), finn, NETWORK, ()).languages == ("fi",)  # type: ignore[union-attr]
    assert match(ELSA, finn, NETWORK, ()) is None


def test_when_it_suits_both() -> None:
    evenings = wisher(2, available=("evenings",))
    both = match(wisher(1, times=frozenset({WEDNESDAY, (3, Part.EVENING)})), evenings, NETWORK, ())
    assert both is not None
    assert both.slots == ((3, Part.EVENING),)
    assert wisher(3).slots == ANY_TIME
    assert wisher(3, available=("weekends",)).slots == {(day, part) for day in (6, 7) for part in Part}


def test_interests_then_the_same_area_then_few_pairs_decide_who_comes_first() -> None:
    elsa = replace(ELSA, interests=frozenset({"trädgård", "musik"}))
    knows_both = wisher(5, interests=frozenset({"musik", "trädgård"}), area="bankeryd", pairs=1, most=3)
    knows_one = wisher(4, interests=frozenset({"musik"}), area="bankeryd")
    near, near_but_busy, far = wisher(3), wisher(6, pairs=1, most=2), wisher(2, area="bankeryd")
    (waiting,) = propose([elsa], [far, near_but_busy, near, knows_one, knows_both], NETWORK, (), NOW)
    assert [m.volunteer.person.id for m in waiting.matches] == [5, 4, 3]
    (waiting,) = propose([elsa], [far, near_but_busy, near], NETWORK, (), NOW)
    assert [m.volunteer.person.id for m in waiting.matches] == [3, 6, 2]
    assert waiting.matches[0].same_area


def test_whoever_waits_longest_stands_first() -> None:
    late, early = wisher(1), wisher(2, since=NOW - timedelta(days=9))
    assert [w.resident.person.id for w in propose([late, early], [], NETWORK, (), NOW)] == [2, 1]


ALONE = [
    ("nobody has room", [{"pairs": 1}], "nobody"),
    ("nobody speaks it", [{"languages": ("ar",)}], "language"),
    ("nobody can then", [{"times": frozenset({(5, Part.EVENING)})}], "time"),
    ("nobody for another reason", [{"avoids": ("person:1",)}], "nobody"),
]


@pytest.mark.parametrize(("others", "why"), [row[1:] for row in ALONE], ids=[row[0] for row in ALONE])
def test_why_nobody_fits(others: list[dict[str, Any]], why: str) -> None:
    elsa = replace(ELSA, times=frozenset({WEDNESDAY}))
    (waiting,) = propose([elsa], [wisher(n, **known) for n, known in enumerate(others, 2)], NETWORK, (), NOW)
    assert (waiting.matches, waiting.alone) == ((), why)


def test_times_are_stored_as_words_and_read_back() -> None:
    assert slot_key(WEDNESDAY) == "3-afternoon"
    assert read_slots(["3-afternoon", "8-afternoon", "nonsense", ""]) == {WEDNESDAY}
    assert [part_of(time(h)) for h in (8, 11, 12, 16, 17, 20)] == [
        Part.FORENOON, Part.FORENOON, Part.AFTERNOON, Part.AFTERNOON, Part.EVENING, Part.EVENING,
    ]  # fmt: skip
