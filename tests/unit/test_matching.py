"""Whom a step may ask: the hard rules."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from dispatch.duty import Candidate
from dispatch.errors import ProtectedResident
from dispatch.intake import Request, decide_request
from dispatch.matching import fitting
from dispatch.mint import Mint
from dispatch.model import Ask, Case, Offer, OfferKind, OfferState, Person, Step
from dispatch.network import Category
from dispatch.offers import decide_accept, decide_assign
from service.network_file import BUILT_IN, read_network

NOW = datetime(2020, 4, 8, 7, tzinfo=UTC)
TODAY = date(2020, 4, 8)
NETWORK = read_network(BUILT_IN / "jonkoping.toml")
CHECKED = replace(NETWORK, categories={**NETWORK.categories, "company": Category("company", {}, requires=("vetted",))})
AREA = Step(Ask.AREA, 60, 60)


def volunteer(*skills: str, vetted_until: date | None = None, vetting: str = "valid", role: str = "volunteer") -> Candidate:
    person = Person(2, "+46701000002", NOW, name="Anna Berg", skills=skills, roles=(role,))
    return Candidate(person, 0, 0, 0, None, None, 0, 6, 9, set(), vetting, vetted_until)


def case(category: str, protected: bool = False) -> Case:
    mint = Mint(seed=1)
    mint.stock(range(10))
    resident = Person(1, "+46701000001", NOW, name="Elsa", address="Storgatan 1", protected=protected)
    return decide_request(resident, Request("kom", "sms", category, "granna"), CHECKED, NOW, mint)[0]


@pytest.mark.parametrize(
    ("candidate", "asked"),
    [
        (volunteer("vetted"), True),
        (volunteer("vetted", vetted_until=date(2020, 4, 9)), True),
        (volunteer("vetted", vetted_until=TODAY), True),  # the last day counts
        (volunteer("vetted", vetted_until=date(2020, 4, 7)), False),
        (volunteer("vetted", vetting="refused"), False),
        (volunteer("vetted", vetting="none"), True),  # from an import that says so
        (volunteer("car"), False),
    ],
)
def test_a_background_check_counts_until_its_day(candidate: Candidate, asked: bool) -> None:
    assert bool(list(fitting([candidate], case("company"), AREA, CHECKED, TODAY))) is asked


def test_an_ended_background_check_is_no_matter_where_none_is_asked_for() -> None:
    ended = volunteer("vetted", vetted_until=date(2020, 4, 7))
    assert list(fitting([ended], case("groceries"), AREA, CHECKED, TODAY)) == [ended]


def test_a_task_that_was_opened_before_the_identity_was_protected_is_offered_no_more() -> None:
    """Its frozen ladder still has volunteers on it."""
    anna, staff = volunteer(), volunteer(role="service")
    assert list(fitting([anna], case("groceries"), AREA, CHECKED, TODAY)) == [anna]
    assert not list(fitting([anna], case("groceries", protected=True), AREA, CHECKED, TODAY))
    assert list(fitting([staff], case("groceries", protected=True), AREA, CHECKED, TODAY)) == [staff]


def test_a_volunteer_who_was_asked_before_is_too_late_and_is_given_no_address() -> None:
    task, anna = case("groceries", protected=True), volunteer().person
    asked = Offer(5, task.task.id, anna.id, OfferKind.HELP, 0, 10, OfferState.SENT, True, NOW, NOW)
    with pytest.raises(ProtectedResident):
        decide_accept(replace(task, offers=(asked,), people={anna.id: anna}), asked, "", CHECKED, NOW)
    with pytest.raises(ProtectedResident):
        decide_assign(task, asked, anna, CHECKED, NOW)
    clerk = replace(anna, roles=("service",))
    given, _ = decide_assign(task, asked, clerk, CHECKED, NOW)
    assert given.takers
