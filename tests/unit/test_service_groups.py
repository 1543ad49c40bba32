"""Office time, and what is asked when: tables over weekends, holidays and the nights when clocks change."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch import plans
from dispatch.errors import IllegalMove, NotYours, PlanPassed, PlanTooFar
from dispatch.model import (
    ESCALATED,
    Ask,
    Case,
    Need,
    Offer,
    OfferKind,
    OfferState,
    Person,
    Step,
    Task,
    TaskState,
    Urgency,
)
from dispatch.network import Network
from dispatch.offers import decide_acknowledge, decide_start, decide_withdraw
from dispatch.plans import LONGEST_PLAN, Plan, decide_plan
from dispatch.service_groups import closed_until, closes_at, holders_time, opening, step_time
from service.network_file import NetworkFileError, build_network
from tests.jonkoping import raw_network

STOCKHOLM = ZoneInfo("Europe/Stockholm")
SERVICE, COORDINATOR = Step(Ask.SERVICE, 1800, 1800), Step(Ask.COORDINATOR, 900, 900)
OFFICE = "mon-fri 08:00-16:30"


def local(text: str) -> datetime:
    """A local time of "2026-12-23 16:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


def network(municipal: str = OFFICE, enterprise: str = OFFICE) -> Network:
    raw = raw_network()
    for group in raw["group"]:
        group["office_hours"] = {"service-municipal": municipal, "service-enterprise": enterprise}.get(group["key"], "")
    return build_network(raw, "test")


NOW = local("2026-11-27 16:00")


def case(now: datetime = NOW, urgency: Urgency = Urgency.NORMAL, human: str | None = None) -> Case:
    """An open task on its service step, asked about by one person of the municipality's group."""
    resident, staff = Person(1, "+46701000001", now), Person(2, "+46701110002", now, roles=("service",))
    task = Task(3, 4, "K7M2", TaskState.OPEN, "TULPAN", now, now, ladder=(SERVICE, COORDINATOR), step=0, rounds=1, human=human)
    offer = Offer(
        5, 3, 2, OfferKind.ACKNOWLEDGE, 0, 12, OfferState.SENT, True, now, now + timedelta(days=365),
        group_key="service-municipal",
    )  # fmt: skip
    need = Need(4, 1, "mjölk", "sms", now, category="groceries", area="tenhult", urgency=urgency)
    return Case(task, need, resident, (offer,), {2: staff})


WAITS = [
    ("in the middle of a day", "2026-11-25 10:00", 30, "2026-11-25 10:30"),
    ("over a night", "2026-11-25 16:15", 30, "2026-11-26 08:15"),
    ("over a weekend", "2026-11-27 16:15", 30, "2026-11-30 08:15"),
    ("over Christmas", "2026-12-23 16:15", 30, "2026-12-28 08:15"),
    ("over the night when clocks go forward", "2026-03-27 16:15", 30, "2026-03-30 08:15"),
    ("over the night when clocks go back", "2026-10-23 16:15", 30, "2026-10-26 08:15"),
    ("until the very end", "2026-11-25 16:00", 30, "2026-11-25 16:30"),
    ("a day is a working day", "2026-11-27 16:00", 24 * 60, "2026-11-30 16:00"),
    ("two days", "2026-11-25 09:00", 48 * 60, "2026-11-27 09:00"),
]


@pytest.mark.parametrize(("now", "minutes", "ends"), [r[1:] for r in WAITS], ids=[r[0] for r in WAITS])
def test_a_wait_counts_the_time_that_an_office_is_open(now: str, minutes: int, ends: str) -> None:
    at = local(now)
    assert step_time(case(at), SERVICE, minutes * 60, network(), at) == local(ends)
    held, _ = decide_acknowledge(case(at), case(at).offers[0], network(), at)
    assert holders_time(held, timedelta(minutes=minutes), network(), at) == local(ends)


CLOSED = [
    ("open", "2026-11-25 10:00", OFFICE, OFFICE, None),
    ("the evening", "2026-11-25 16:30", OFFICE, OFFICE, "2026-11-26 08:00"),
    ("Christmas", "2026-12-23 16:30", OFFICE, OFFICE, "2026-12-28 08:00"),
    ("one is always there", "2026-12-24 12:00", OFFICE, "", None),
    ("one is there on Saturdays", "2026-11-27 18:00", OFFICE, "sat 10:00-12:00", "2026-11-28 10:00"),
    ("spring", "2026-03-28 12:00", OFFICE, OFFICE, "2026-03-30 08:00"),
    ("autumn", "2026-10-24 12:00", OFFICE, OFFICE, "2026-10-26 08:00"),
    ("nobody has hours", "2026-12-24 12:00", "", "", None),
]


@pytest.mark.parametrize(("now", "first", "second", "opens"), [r[1:] for r in CLOSED], ids=[r[0] for r in CLOSED])
def test_when_the_first_opens(now: str, first: str, second: str, opens: str | None) -> None:
    at, town = local(now), network(first, second)
    assert closed_until(case(at), SERVICE, town, at) == (local(opens) if opens else None)
    assert opening(case(at), town, at) == (local(opens) if opens else None)
    assert closed_until(case(at), COORDINATOR, town, at) is None
    assert closed_until(case(at, Urgency.HIGH), SERVICE, town, at) is None
    assert closed_until(case(at, human=ESCALATED), SERVICE, town, at) is None


def test_the_last_of_several_closes() -> None:
    at = local("2026-11-25 10:00")
    assert closes_at(case(at), SERVICE, network(OFFICE, "mon-fri 16:00-20:00"), at) == local("2026-11-25 20:00")
    assert closes_at(case(at), SERVICE, network(OFFICE, ""), at) is None


def test_a_category_names_a_service_group_that_there_is() -> None:
    raw = raw_network()
    raw["category"][0]["service"] = "emergency"
    with pytest.raises(NetworkFileError, match='there is no service group "emergency"'):
        build_network(raw, "test")


def test_a_plan_moves_the_follow_up_behind_it() -> None:
    """And a later start, or another plan, moves it again; given back, nothing of it stays."""
    town, now = network("", ""), local("2026-11-25 10:00")
    planned, events = decide_plan(case(now), case(now).offers[0], Plan(local("2026-11-27 10:00")), town, now)
    assert [e.kind for e in events] == ["task.acknowledged", "task.planned"]
    assert planned.task.deadline_at == local("2026-11-27 14:00")
    again, nothing = decide_plan(planned, planned.takers[0], Plan(local("2026-11-27 10:00")), town, now)
    assert (again, nothing) == (planned, [])
    started, _ = decide_start(planned, planned.takers[0], town, now)
    assert (started.task.planned_as, started.task.is_promised) == ("on_way", False)
    back, events = decide_withdraw(planned, planned.takers[0], town, now, "ingen bil")
    assert (back.task.planned_at, back.task.step, back.offers[0].handed_back, back.offers[0].note) == (None, 1, True, "ingen bil")
    assert events[0].data["promised"]


REFUSED = [
    ("in the past", Plan(NOW), PlanPassed),
    ("too far", Plan(NOW + LONGEST_PLAN + timedelta(minutes=1)), PlanTooFar),
]


@pytest.mark.parametrize(("plan", "outcome"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_plan_that_cannot_be(plan: Plan, outcome: type[Exception]) -> None:
    with pytest.raises(outcome):
        decide_plan(case(), case().offers[0], plan, network(), NOW)
    decide_plan(case(), case().offers[0], Plan(NOW + LONGEST_PLAN), network(), NOW)


def test_who_may_not_plan() -> None:
    """An emergency is not planned, a volunteer says when with the yes, and whoever has it not says nothing."""
    plan = Plan(NOW + timedelta(hours=2))
    with pytest.raises(IllegalMove):
        decide_plan(case(urgency=Urgency.EMERGENCY), case().offers[0], plan, network(), NOW)
    helper = replace(case().offers[0], kind=OfferKind.HELP)
    with pytest.raises(IllegalMove):
        decide_plan(replace(case(), offers=(helper,)), helper, plan, network(), NOW)
    held, _ = decide_acknowledge(case(), case().offers[0], network(), NOW)
    other = replace(case().offers[0], id=6, person_id=7)
    with pytest.raises(NotYours):
        decide_plan(replace(held, offers=(*held.offers, other)), other, plan, network(), NOW)


def test_parts_of_a_day() -> None:
    """Due when they are over; today, when that has passed, tonight."""
    day, now = date(2026, 11, 27), local("2026-11-27 12:30")
    ends = {part: Plan.on_day(day, STOCKHOLM, now, part).at.astimezone(STOCKHOLM).strftime("%H:%M") for part in plans.ENDS}
    assert ends == {
        "morning": "23:59", "forenoon": "23:59", "noon": "14:00", "afternoon": "17:00", "evening": "21:00", "night": "23:59",
        "day": "18:00",
    }  # fmt: skip
    assert Plan.on_day(day, STOCKHOLM, now).at.tzinfo is UTC
