"""Whom a step may ask: the hard rules, and who comes first."""

from bisect import bisect_left
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from dispatch.duty import Candidate
from dispatch.errors import ProtectedResident
from dispatch.intake import Request, decide_request
from dispatch.matching import NEAR_KM, fitting, hours_of, rank, way_to
from dispatch.mint import Mint
from dispatch.model import AVAILABLE, Ask, Case, Offer, OfferKind, OfferState, Person, Step
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
    person = replace(person, vetting=vetting, vetted_until=vetted_until)
    return Candidate(person, 0, 0, 0, None, None, 0, 6, 9, set())


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
    assert bool(list(fitting([candidate], case("company"), AREA, CHECKED, NOW))) is asked


def test_an_ended_background_check_is_no_matter_where_none_is_asked_for() -> None:
    ended = volunteer("vetted", vetted_until=date(2020, 4, 7))
    assert list(fitting([ended], case("groceries"), AREA, CHECKED, NOW)) == [ended]


def test_a_task_that_was_opened_before_the_identity_was_protected_is_offered_no_more() -> None:
    """Its frozen ladder still has volunteers on it."""
    anna, staff = volunteer(), volunteer(role="service")
    assert list(fitting([anna], case("groceries"), AREA, CHECKED, NOW)) == [anna]
    assert not list(fitting([anna], case("groceries", protected=True), AREA, CHECKED, NOW))
    assert list(fitting([staff], case("groceries", protected=True), AREA, CHECKED, NOW)) == [staff]


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


NEAR, FAR = {"area": "granna", "place": "Gränna"}, {"area": "huskvarna", "place": "Huskvarna"}


def member(key: int, helped: int = 0, today: int = 0, asked_at: datetime | None = None, **wishes: Any) -> Candidate:
    person = Person(key, f"+4670100{key:04}", NOW, roles=("volunteer",), **{**NEAR, **wishes})
    return Candidate(person, today, today, today, TODAY, asked_at, helped, 6, 9, set())


def order(members: list[Candidate], task: Case, now: datetime = NOW) -> list[int]:
    """The ids in the order in which they are asked, the same from whatever order they stand in."""
    found = [c.person.id for c in rank(members, task, AREA, CHECKED, now)]
    assert found == [c.person.id for c in rank(members[::-1], task, AREA, CHECKED, now)]
    return found


def test_the_order_in_which_people_are_asked() -> None:
    """Each is worse in one thing than whoever comes before, and better in all that counts less."""
    standby = NOW - timedelta(days=9)
    foreign = case("pet")
    foreign = replace(foreign, resident=replace(foreign.resident, language="ar"))
    asked = {"asked_at": NOW - timedelta(days=2), "helped": 5, "today": 2}
    line = [
        member(11, languages=("ar",)),
        member(12, languages=("ar",), helped=1),
        member(13, languages=("ar",), asked_at=NOW - timedelta(days=2)),
        member(14, languages=("ar",), today=1),
        member(15, languages=("ar",), **asked),
        member(21, languages=("ar",), **FAR),
        member(16, languages=("ar",), available=("weekends", "evenings")),
        member(17),
        member(18, languages=("ar",), avoids=("category:pet",)),
        member(19, languages=("ar",), standby_since=standby),
        member(20, languages=("ar",), standby_since=standby, avoids=("area:granna",)),
    ]
    assert order(line, foreign) == [c.person.id for c in line]
    for better, worse in pairwise(line):
        assert order([worse, better], foreign) == [better.person.id, worse.person.id]


def test_the_other_side_of_a_lake_is_further_than_this_side() -> None:
    """Bankeryd is nearer to Gränna than Norrahammar as the crow flies, and Vättern lies between; Visingsö has a ferry."""
    here = member(11, helped=9)
    by_ferry = member(12, area="granna", place="Visingsö", helped=5)
    task = case("pet")
    task = replace(task, need=replace(task.need, place="Gränna"))
    bunn = member(13, area="kaxholmen", place="Bunn", helped=7)  # 10 km by road, where Visingsö is 8 km over the water
    assert order([by_ferry, bunn, here], task) == [11, 13, 12]


def test_who_is_about_as_near_is_asked_by_fairness() -> None:
    """A kilometre more or less decides nothing within a step; over its edge it does, however much somebody has helped."""
    task = case("pet")
    task = replace(task, need=replace(task.need, lat=57.6, lon=14.0))
    line = [member(11 + n, lat=57.6, lon=14.0 - n / 60, helped=99 - n) for n in range(30)]  # a kilometre from one to the next
    ways = [way_to(CHECKED, c.person, task.need) for c in line]
    steps = {c.person.id: bisect_left(NEAR_KM, way.effort_km) for c, way in zip(line, ways, strict=True) if way}
    assert set(steps.values()) == {0, 1, 2, 3, 4}
    assert order(line, task) == sorted(steps, key=lambda person: (steps[person], -person))


def test_everybody_is_asked_before_the_ladder_goes_on() -> None:
    """Wishes and standby put people last, and leave nobody out."""
    only = member(11, standby_since=NOW, available=("weekends",), avoids=("category:pet", "area:granna"))
    assert order([only], case("pet")) == [11]


@pytest.mark.parametrize(
    ("avoids", "last"),
    [
        (("category:pet",), True),
        (("area:granna",), True),
        (("place:Bunn",), True),
        (("category:groceries", "place:Dalvik", "area:vaster", "pet", "granna"), False),
        ((), False),
    ],
)
def test_what_somebody_avoids(avoids: tuple[str, ...], last: bool) -> None:
    task = case("pet")
    task = replace(task, need=replace(task.need, place="Bunn"))
    assert order([member(11, avoids=avoids), member(12, helped=1)], task) == ([12, 11] if last else [11, 12])


@pytest.mark.parametrize(
    ("local", "hours"),
    [
        ("2020-04-08 06:59", ()),
        ("2020-04-08 07:00", ("weekdays",)),
        ("2020-04-08 16:59", ("weekdays",)),
        ("2020-04-08 17:00", ("evenings",)),
        ("2020-04-10 23:59", ("evenings",)),
        ("2020-04-11 00:00", ("weekends",)),
        ("2020-04-11 19:00", ("evenings", "weekends")),
        ("2020-04-12 12:00", ("weekends",)),
        ("2020-04-13 03:00", ()),
    ],
)
def test_what_people_mean_by_their_hours(local: str, hours: tuple[str, ...]) -> None:
    assert hours_of(datetime.fromisoformat(local)) == set(hours)
    assert set(hours) <= set(AVAILABLE)


def test_the_hour_is_the_networks() -> None:
    """At 15:30 in Greenwich it is half past five in a Swedish summer."""
    people = [member(11, available=("evenings",)), member(12, available=("weekdays",))]
    assert order(people, case("pet"), datetime(2020, 4, 8, 15, 30, tzinfo=UTC)) == [11, 12]
    assert order(people, case("pet"), datetime(2020, 4, 8, 14, 30, tzinfo=UTC)) == [12, 11]
    people[0] = member(11)  # at any time, also at night
    assert order(people, case("pet"), datetime(2020, 4, 8, 1, 30, tzinfo=UTC)) == [11, 12]


def test_standby_ends_with_the_first_help() -> None:
    helped = member(11, standby_since=NOW).person.having_helped()
    assert (helped.standby_since, helped.helped_total) == (None, 1)
