"""A year of requests at every hour that matters: over Christmas, Easter, midsummer and the nights when clocks change, also with
service groups that keep office hours, no request is ever without a human who has been asked in time.

Nobody answers anything: that is the worst that can happen.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.dry_run import Course, Happening, Trial, dry_run
from dispatch.duty import Candidate, Roster
from dispatch.events import Kind
from dispatch.model import Person, Urgency
from dispatch.network import COORDINATORS, Network
from service.network_file import build_network
from tests.jonkoping import raw_network

BEGINS, ENDS = datetime(2026, 10, 1, tzinfo=UTC), datetime(2027, 11, 7, tzinfo=UTC)
EVERY = timedelta(hours=7, minutes=20)  # in 22 days every hour of the day has been tried
LADDER = timedelta(minutes=105)  # of Jönköping's file: until the coordinators are asked, when others are there to be asked
HUMANS = frozenset({Kind.ACKNOWLEDGEMENT_ASKED, Kind.ACKNOWLEDGEMENT_ASKED_AGAIN, Kind.SERVICE_CLOSED})
SIZES = {"area:granna": 7, "area:kaxholmen": 2, "emergency": 1, "service-municipal": 1, "service-enterprise": 1, COORDINATORS: 1}


def network(offices: bool) -> Network:
    raw: dict[str, Any] = raw_network()
    for group in raw["group"]:
        if group["kind"] == "service" and offices:
            group["office_hours"] = "mon-fri 08:00-16:30"
    return build_network(raw, "test")


async def look_up(roster: Roster, keys: Collection[str], now: datetime) -> None:
    """The same people on duty at any time, none of whom has been asked anything today."""
    for key in keys:
        roster.add(key, None)
        for n in range(SIZES.get(key, 0)):
            number = 1000 * (1 + sorted(SIZES).index(key)) + n
            role = "volunteer" if key.startswith("area") or key == "emergency" else "service"
            person = Person(number, f"+4670{number:07d}", BEGINS, roles=(role,))
            roster.add(key, Candidate(person, 0, 0, 0, None, None, 0, 6, 9, set()))


def first_human(course: Course) -> datetime:
    asked = [h.at for h in course.happenings if isinstance(h, Happening) and h.kind in HUMANS and h.people]
    assert asked, course.trial
    return asked[0]


async def courses(town: Network, urgency: Urgency) -> list[Course]:
    found, at = [], BEGINS
    while at < ENDS:
        found.append(await dry_run(Trial("groceries", "granna", urgency, at), town, look_up))
        at += EVERY
    assert len(found) > 1300
    return found


@pytest.mark.parametrize("offices", [False, True], ids=["at-any-hour", "office-hours"])
async def test_what_is_urgent_reaches_a_human_within_half_an_hour_at_any_hour(offices: bool) -> None:
    for course in await courses(network(offices), Urgency.HIGH):
        assert first_human(course) - course.trial.at <= timedelta(minutes=30), course.trial
        assert course.ends is not None


async def test_an_ordinary_request_reaches_a_human_in_as_much_waking_time_as_the_ladder_says() -> None:
    town = network(offices=False)
    for course in await courses(town, Urgency.NORMAL):
        at = course.trial.at
        assert first_human(course) <= town.hours.add(at, LADDER), course.trial
        assert course.ends is not None


async def test_closed_offices_leave_nothing_standing_unseen() -> None:
    """When the office opens soon, it is asked then; when not, over a weekend or Christmas, somebody else is asked meanwhile."""
    town = network(offices=True)
    office = town.group("service-municipal")
    assert office is not None and office.office_hours is not None
    for course in await courses(town, Urgency.NORMAL):
        latest = town.hours.add(course.trial.at, LADDER)
        opens = office.office_hours.open_from(town.days, latest)
        seen = first_human(course)
        assert seen <= max(latest, min(opens, latest + town.patience.closed)) + timedelta(minutes=1), (course.trial, seen)
        assert course.ends is not None


async def test_the_clock_changes_make_nobody_wait_longer() -> None:
    """The night of 25 October 2026 has an hour twice, that of 28 March 2027 one less: an emergency takes as long as ever."""
    town = network(offices=True)
    for night in (datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2027, 3, 27, 22, tzinfo=UTC)):
        for minutes in range(0, 8 * 60, 10):
            at = night + timedelta(minutes=minutes)
            course = await dry_run(Trial("groceries", "granna", Urgency.EMERGENCY, at), town, look_up)
            assert first_human(course) == at
            ordinary = await dry_run(Trial("groceries", "granna", Urgency.NORMAL, at), town, look_up)
            assert first_human(ordinary) > at
