"""The hard rules: who may not be asked, each by itself; and who may not help, whatever anybody says."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dispatch.duty import Candidate
from dispatch.errors import CheckLapsed, KeptApart, NotFit, OfferGone, Outcome, ProtectedResident
from dispatch.intake import Request, decide_request
from dispatch.matching import fitting
from dispatch.mint import Mint
from dispatch.model import FURTHER_NOTICE, Ask, Case, Offer, OfferKind, OfferState, Person, Step
from dispatch.network import Category
from dispatch.offers import decide_accept, decide_assign
from dispatch.rules import RULES, SAFETY, Sieve, question_of, unsafe
from dispatch.staff import require_fit
from service.network_file import BUILT_IN, read_network

NOW = datetime(2020, 4, 8, 7, tzinfo=UTC)
TODAY = date(2020, 4, 8)
JONKOPING = read_network(BUILT_IN / "jonkoping.toml")
KINDS = {
    "company": Category("company", {}, requires=("vetted",)),
    "moving": Category("moving", {}, requires=("car", "towbar")),
    "forms": Category("forms", {}, languages=True),
}
NETWORK = replace(JONKOPING, categories={**JONKOPING.categories, **KINDS})
AREA = Step(Ask.AREA, 60, 60)
ELSA, ANNA = 1, 2


def task(category: str = "groceries", occasion: date | None = None, apart: tuple[int, ...] = (), **resident: Any) -> Case:
    mint = Mint(seed=1)
    mint.stock(range(10))
    elsa = Person(ELSA, "+46701000001", NOW, name="Elsa", **resident)
    case, _ = decide_request(elsa, Request("kom", "sms", category, "granna"), NETWORK, NOW, mint)
    return replace(case, task=replace(case.task, occasion=occasion), kept_apart=frozenset(apart))


def anna(today: int = 0, **known: Any) -> Candidate:
    person = Person(**{"id": ANNA, "phone": "+46701000002", "created_at": NOW, "roles": ("volunteer",), **known})
    return Candidate(person, 0, 0, today, TODAY, None, 0, 6, 9, set())


def asked(case: Case, state: OfferState) -> Case:
    offer = Offer(5, case.task.id, ANNA, OfferKind.HELP, 0, 10, state, True, NOW, NOW + timedelta(hours=1))
    return replace(case, offers=(offer,), people={ANNA: anna().person})


def stopped_by(case: Case, candidate: Candidate) -> list[str]:
    """Every rule that stands against the person, in the list's order."""
    question = question_of(case, NETWORK, NOW)
    full = candidate.asked_on_day(question.today) >= candidate.daily_limit
    found = [r.key for r in RULES if r.matters(question) and r.stops(question, candidate.person, full)]
    assert Sieve(question).stops(candidate) == next(iter(found), None)
    assert bool(found) is (not list(fitting([candidate], case, AREA, NETWORK, NOW)))
    return found


@pytest.mark.parametrize(
    ("case", "candidate", "rules"),
    [
        (task(), anna(), []),
        (task(), anna(id=ELSA), ["resident"]),
        (asked(task(), OfferState.SENT), anna(), ["asked"]),
        (asked(task(), OfferState.DECLINED), anna(), ["asked"]),
        (asked(task(), OfferState.SUPERSEDED), anna(), []),  # was told that it is not needed, and now it is
        (task(apart=(ANNA,)), anna(), ["apart"]),
        (task(apart=(3,)), anna(), []),
        (task(protected=True), anna(), ["protected"]),
        (task(protected=True), anna(roles=("operator",)), []),
        (task("moving"), anna(skills=("car",)), ["skills"]),
        (task("moving"), anna(skills=("towbar", "car")), []),
        (task("forms", language="ar"), anna(), ["language"]),
        (task("forms", language="ar"), anna(languages=("sv", "ar")), []),
        (task("forms", language="ar"), anna(language="ar"), []),  # is written to in it
        (task("forms", language="sv"), anna(), []),
        (task("forms", language="sv"), anna(language="sv", languages=("ar",)), ["language"]),
        (task("groceries", language="ar"), anna(), []),  # elsewhere a language only ranks
        (task(), anna(stopped_at=NOW), ["stopped"]),
        (task(), anna(paused_until=NOW + timedelta(days=1)), ["paused"]),
        (task(), anna(paused_until=FURTHER_NOTICE), ["paused"]),
        (task(), anna(paused_until=NOW), []),
        (task(), anna(phone=None), ["unreachable"]),
        (task(), anna(phone=None, email="anna@example.se"), []),
        (task(), anna(today=6), ["limit"]),
        (task(), anna(today=5), []),
    ],
)
def test_each_rule(case: Case, candidate: Candidate, rules: list[str]) -> None:
    assert stopped_by(case, candidate) == rules


@pytest.mark.parametrize(
    ("vetting", "until", "skills", "counts"),
    [
        ("valid", None, ("vetted",), True),
        ("valid", date(2020, 4, 17), ("vetted",), True),  # the last day counts
        ("valid", date(2020, 4, 16), ("vetted",), False),
        ("none", None, ("vetted",), True),  # an import says so
        ("none", None, (), False),
        ("asked", None, ("vetted",), False),
        ("refused", None, ("vetted",), False),
    ],
)
def test_a_check_must_count_on_the_day_of_the_task(
    vetting: str, until: date | None, skills: tuple[str, ...], counts: bool
) -> None:
    """Not today: the visit is on the 17th."""
    candidate = anna(vetting=vetting, vetted_until=until, skills=skills)
    assert stopped_by(task("company", occasion=date(2020, 4, 17)), candidate) == ([] if counts else ["vetted"])


def test_a_visit_that_was_missed_is_made_today() -> None:
    assert stopped_by(task("company", date(2020, 4, 7)), anna(skills=("vetted",), vetted_until=date(2020, 4, 7))) == ["vetted"]


def test_a_request_may_take_more_than_its_category() -> None:
    case = task("moving")
    case = replace(case, need=replace(case.need, requires=("lift",)))
    assert stopped_by(case, anna(skills=("car", "towbar"))) == ["skills"]
    assert stopped_by(case, anna(skills=("car", "towbar", "lift"))) == []


def test_the_rules_have_names_of_their_own() -> None:
    assert len({r.key for r in RULES}) == len(RULES)
    assert {"apart", "protected", "vetted"} == SAFETY


CHECKED = {"skills": ("vetted",), "vetting": "valid", "vetted_until": date(2020, 4, 7)}


@pytest.mark.parametrize(
    ("case", "known", "outcome"),
    [
        (task(apart=(ANNA,)), {}, KeptApart),
        (task(protected=True), {}, ProtectedResident),
        (task("company"), CHECKED, CheckLapsed),
        (task("company"), {}, CheckLapsed),  # it was valid when she was asked, and then it was refused
    ],
)
def test_a_yes_does_not_stand_above_safety(case: Case, known: dict[str, Any], outcome: type[Outcome]) -> None:
    """Not by SMS, not from the board, and with no "anyway"."""
    candidate = anna(**known)
    case = replace(asked(case, OfferState.SENT), people={ANNA: candidate.person})
    with pytest.raises(outcome):
        decide_accept(case, case.offers[0], "", NETWORK, NOW)
    with pytest.raises(outcome):
        decide_assign(case, case.offers[0], candidate.person, NETWORK, NOW)
    with pytest.raises(NotFit):
        require_fit(case, candidate, NETWORK, NOW, anyway=True)


def test_whoever_is_kept_apart_hears_nothing_of_it() -> None:
    assert KeptApart.kind == OfferGone.kind


def test_staff_answer_for_a_task_whoever_is_kept_apart() -> None:
    """What only staff can sort out is no meeting at the door; a member of staff who would come to the door is kept apart too."""
    clerk = anna(roles=("service",))
    assert unsafe(task("company"), clerk.person, NETWORK, NOW) is None  # needs no check
    assert unsafe(task(apart=(ANNA,)), clerk.person, NETWORK, NOW) == "apart"
    case = asked(task(apart=(ANNA,)), OfferState.SENT)
    require_fit(replace(case, need=replace(case.need, category="care")), clerk, NETWORK, NOW)
    answers = replace(case.offers[0], kind=OfferKind.ACKNOWLEDGE)
    assert decide_assign(case, answers, clerk.person, NETWORK, NOW)[0].takers


def test_a_language_may_be_passed_over_by_staff() -> None:
    case = task("forms", language="ar")
    with pytest.raises(NotFit, match="language"):
        require_fit(case, anna(), NETWORK, NOW)
    require_fit(case, anna(), NETWORK, NOW, anyway=True)
