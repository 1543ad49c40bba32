"""Whoever is asked, no hard rule stands against them: random people, wishes, checks and needs, and the rules worked out a second
time, in other words than the program's.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.answers import Answers, Tally
from dispatch.duty import Candidate, Roster
from dispatch.errors import Outcome
from dispatch.escalation import decide_due, wanted_keys
from dispatch.intake import Request, decide_request
from dispatch.ladder_rules import Ladders
from dispatch.matching import fitting
from dispatch.mint import Mint
from dispatch.model import Ask, Case, OfferKind, Person, Step, TaskState
from dispatch.network import Category
from dispatch.offers import decide_accept, decide_no
from service.network_file import BUILT_IN, read_network

NOW = datetime(2020, 4, 8, 7, tzinfo=UTC)
TODAY = date(2020, 4, 8)
JONKOPING = read_network(BUILT_IN / "jonkoping.toml")
KINDS = {
    "plain": Category("plain", {}),
    "checked": Category("checked", {}, requires=("vetted",)),
    "moving": Category("moving", {}, requires=("car", "vetted")),
    "forms": Category("forms", {}, languages=True),
}
NETWORK = replace(JONKOPING, categories=KINDS, ladders=Ladders([]))
GROUPS = ("area:granna", "area:kaxholmen", "emergency")
ELSA = 1
DAYS = st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=12))
LANGUAGES = st.lists(st.sampled_from(["sv", "ar", "uk"]), max_size=2, unique=True).map(tuple)
SKILLS = st.lists(st.sampled_from(["car", "vetted", "towbar"]), max_size=3, unique=True).map(tuple)


@st.composite
def somebody(draw: st.DrawFn, key: int) -> Candidate:
    person = Person(
        key,
        draw(st.sampled_from([f"+4670{key:07}", f"+4670{key:07}", None])),
        NOW,
        roles=(draw(st.sampled_from(["volunteer", "volunteer", "volunteer", "operator"])),),
        skills=draw(SKILLS),
        language=draw(st.sampled_from(["sv", "ar"])),
        languages=draw(LANGUAGES),
        vetting=draw(st.sampled_from(["none", "asked", "valid", "refused"])),
        vetted_until=draw(st.none() | DAYS),
        stopped_at=draw(st.sampled_from([None, None, None, NOW])),
        paused_until=draw(st.sampled_from([None, None, NOW - timedelta(hours=1), NOW + timedelta(days=2)])),
    )
    asked = draw(st.integers(0, 3))
    return Candidate(person, asked, asked, asked, draw(st.sampled_from([TODAY, TODAY - timedelta(days=1)])), None, 0, 2, 9, set())


@st.composite
def town(draw: st.DrawFn) -> tuple[Case, Roster]:
    size = draw(st.integers(0, 9))
    people = [draw(somebody(2 + n)) for n in range(size)]
    people += [replace_person(draw(somebody(ELSA)))] if draw(st.booleans()) else []  # the resident helps others too
    tally = Tally(draw(st.integers(0, 30)), draw(st.sampled_from([0, 40])))
    roster = Roster(answers=Answers({("granna", "area"): tally}, {(2, "plain"): Tally(0, 9)}))
    for key in (*GROUPS, "service-municipal", "service-enterprise", "coordinators"):
        roster.add(key, None)
    for candidate in people:
        roster.add(draw(st.sampled_from(GROUPS)), candidate)
    mint = Mint(seed=1)
    mint.stock(range(50))
    elsa = Person(ELSA, "+46701999999", NOW, language=draw(st.sampled_from(["sv", "ar"])), protected=draw(st.booleans()))
    case, _ = decide_request(elsa, Request("hej", "sms", draw(st.sampled_from(list(KINDS))), "granna"), NETWORK, NOW, mint)
    ladder = tuple(Step(ask, 600, 60) for ask in (Ask.AREA, Ask.NEIGHBOURS, Ask.EMERGENCY)) + case.task.ladder[-1:]
    task = replace(case.task, ladder=ladder, occasion=draw(st.none() | DAYS))
    need = replace(case.need, requires=draw(st.sampled_from([(), ("towbar",), ("vetted",)])))
    apart = frozenset(draw(st.lists(st.integers(2, 10), max_size=4)))
    return replace(case, task=task, need=need, kept_apart=apart), roster


def replace_person(candidate: Candidate) -> Candidate:
    candidate.person = replace(candidate.person, roles=("resident", "volunteer"))
    return candidate


def allowed(case: Case, c: Candidate, limit: int) -> bool:
    """The rules in other words. limit: how many questions the person had had today."""
    person, kind = c.person, KINDS[case.need.category or "plain"]
    if person.id == ELSA or person.id in case.kept_apart or person.phone is None or person.stopped_at:
        return False
    if person.paused_until and person.paused_until > NOW:
        return False
    if case.resident.protected and person.roles != ("operator",):
        return False
    day = TODAY if case.task.occasion is None or case.task.occasion < TODAY else case.task.occasion
    needed = {*kind.requires, *case.need.requires}
    if not needed <= set(person.skills):
        return False
    if "vetted" in needed and (person.vetting in ("asked", "refused") or (person.vetted_until or day) < day):
        return False
    spoken = {*person.languages, person.language} if person.language != "sv" or not person.languages else {*person.languages}
    return not (kind.languages and case.resident.language not in spoken) and limit < 2


@settings(max_examples=300, deadline=None)
@given(town(), st.data())
def test_nobody_is_asked_against_a_hard_rule(laid_out: tuple[Case, Roster], data: st.DataObject) -> None:
    """All the way up the ladder, whoever says no on the way; and whoever is left out, a rule stands against them."""
    case, roster = laid_out
    mint = Mint(seed=2)
    by_id = {c.person.id: c for key in GROUPS for c in roster.groups[key]}
    before = {key: c.asked_on_day(TODAY) for key, c in by_id.items()}
    seen: set[int] = set()
    now = NOW
    for _ in range(12):
        step = case.task.current
        if case.task.state is not TaskState.OPEN or (step is not None and step.ask.acknowledges):
            break
        assert not wanted_keys(case, roster, NETWORK, now)
        case, _, _ = decide_due(case, roster, NETWORK, now, mint)
        for offer in [o for o in case.offers if o.kind is OfferKind.HELP and o.id not in seen]:
            seen.add(offer.id)
            assert allowed(case, by_id[offer.person_id], before[offer.person_id]), by_id[offer.person_id].person
            if data.draw(st.booleans()):
                case, _ = decide_no(case, next(o for o in case.offers if o.id == offer.id), NETWORK, now)
    asked = [o.person_id for o in case.offers if o.kind is OfferKind.HELP]
    assert len(asked) == len(set(asked))


@settings(max_examples=300, deadline=None)
@given(town())
def test_whoever_is_left_out_has_a_rule_against_them(laid_out: tuple[Case, Roster]) -> None:
    case, roster = laid_out
    everybody = [c for key in GROUPS for c in roster.groups[key]]
    found = {c.person.id for c in fitting(everybody, case, Step(Ask.AREA, 60, 60), NETWORK, NOW)}
    assert found == {c.person.id for c in everybody if allowed(case, c, c.asked_on_day(TODAY))}


@settings(max_examples=300, deadline=None)
@given(town(), st.integers(2, 10), st.sampled_from(["apart", "lapsed", "protected"]))
def test_a_yes_that_comes_after_the_rule_is_refused(laid_out: tuple[Case, Roster], key: int, change: str) -> None:
    """Somebody was asked, and then one of the two did not want to meet, or the check lapsed, or the identity was protected."""
    case, roster = laid_out
    case = replace(case, resident=replace(case.resident, protected=False), kept_apart=frozenset())
    case, _, _ = decide_due(case, roster, NETWORK, NOW, Mint(seed=3))
    offer = next((o for o in case.offers if o.kind is OfferKind.HELP), None)
    if offer is None:
        return
    helper = case.people[offer.person_id]
    if change == "apart":
        case = replace(case, kept_apart=frozenset({helper.id}))
    elif change == "protected":
        case = replace(case, resident=replace(case.resident, protected=True))
    else:
        case = replace(case, need=replace(case.need, requires=("vetted",)))
        case = replace(case, people={**case.people, helper.id: replace(helper, vetted_until=TODAY - timedelta(days=30))})
    if change != "apart" and helper.is_staff:
        return
    try:
        decide_accept(case, offer, "", NETWORK, NOW)
    except Outcome as outcome:
        assert outcome.kind in ("too_late", "check_lapsed")
    else:
        raise AssertionError("this yes should not have counted")
