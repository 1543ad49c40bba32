"""A dry run says what the engine would do, and does what the engine does: nothing is asked, and nothing is stored."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pytest

from dispatch import store
from dispatch.dry_run import TOLD, Course, Happening, Pause, Trial, dry_run
from dispatch.duty import Roster
from dispatch.events import Kind
from dispatch.model import Ask, Urgency
from tests.acceptance.conftest import Town

ELSA = "+46701000001"


async def tried(town: Town, trial: Trial) -> Course:
    async with town.runtime.pool.acquire() as connection:

        async def look_up(roster: Roster, keys: Collection[str], now: datetime) -> None:
            await store.look_up(connection, roster, keys, now)

        return await dry_run(trial, town.runtime.network, look_up)


async def everything(town: Town) -> list[Any]:
    """How many rows each table has, and whom anybody was asked."""
    tables = ("need", "task", "offer", "outbox", "events", "person")
    counts = [await town.runtime.pool.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
    return [*counts, await town.runtime.pool.fetch("SELECT id, asked_total, reply_number FROM person ORDER BY id")]


async def people_everywhere(town: Town) -> None:
    for name in ("Anna Berg", "Bo Ek", "Cia Dal", "Dan Fors", "Eva Gren"):
        await town.volunteer(name, "granna", skills="car" if name < "C" else "")
    await town.volunteer("Fia Hed", "kaxholmen")
    await town.volunteer("Gun Ia", group="emergency")
    await town.runtime.pool.execute("UPDATE groups SET duty = 'everyone' WHERE key = 'emergency'")


@pytest.mark.parametrize(
    ("category", "area", "urgency", "hour"),
    [
        ("groceries", "granna", Urgency.NORMAL, 9),
        ("groceries", "granna", Urgency.NORMAL, 20),  # the night comes in between
        ("groceries", "granna", Urgency.NORMAL, 27),  # at three in the night
        ("pharmacy", "granna", Urgency.HIGH, 27),
        ("groceries", "tenhult", Urgency.NORMAL, 9),  # nobody in the area
        ("care", "granna", Urgency.NORMAL, 9),
        ("groceries", "granna", Urgency.EMERGENCY, 27),
    ],
)
async def test_it_says_what_the_engine_does(town: Town, category: str, area: str, urgency: Urgency, hour: int) -> None:
    await people_everywhere(town)
    await town.forward(hours=hour - 9)
    before = await everything(town)
    course = await tried(town, Trial(category, area, urgency, town.clock.now()))
    assert await everything(town) == before
    assert course.ends is not None
    body = {"category": category, "area": area, "urgency": urgency, "text": "", "phone": ELSA}
    created = await town.api("POST", "needs", body, status=201)
    await town.settle()
    await town.forward(seconds=(course.ends - town.clock.now()).total_seconds())
    task = await town.api("GET", f"tasks/{created['code']}")
    rows = [row for row in task["history"] if row["kind"] in TOLD]
    real = [(datetime.fromisoformat(row["at"]), row["kind"], row["data"].get("step"), row["data"].get("ask")) for row in rows]
    told = [happening for happening in course.happenings if isinstance(happening, Happening)]
    assert [(h.at, h.kind, h.step) for h in told] == [row[:3] for row in real]
    assert [h.ask for h, row in zip(told, real, strict=True) if row[3]] == [row[3] for row in real if row[3]]
    offers = {row["id"]: row["person_id"] for row in await town.runtime.pool.fetch("SELECT id, person_id FROM offer")}
    for happening, row in zip(told, rows, strict=True):
        people, asked = [person.id for person in happening.people], [offers[number] for number in row["data"].get("offers", ())]
        if happening.kind is Kind.OFFERS_SENT:
            assert people == asked
        assert sorted(people) == sorted(asked)
    town.carrier.texts.clear()


async def test_the_night_and_closed_steps_are_told(town: Town) -> None:
    """Told in the evening: the ladder's clock stands still until seven, and a step without anybody is passed over."""
    await town.volunteer("Anna Berg", "granna")
    await town.forward(hours=11, minutes=50)  # ten to nine in the evening
    course = await tried(town, Trial("groceries", "granna", Urgency.NORMAL, town.clock.now()))
    (pause,) = [h for h in course.happenings if isinstance(h, Pause)]
    assert pause.night
    assert pause.until == town.clock.now() + timedelta(hours=10, minutes=30)
    skipped = [h.ask for h in course.happenings if isinstance(h, Happening) and h.kind is Kind.STEP_SKIPPED]
    assert skipped == [Ask.NEIGHBOURS, Ask.EMERGENCY]


async def test_on_duty_but_nobody_fits(town: Town) -> None:
    """Everybody in the area is without a car: the step is passed over, and it is said how many there are."""
    await town.volunteer("Anna Berg", "granna")
    course = await tried(town, Trial("transport", "granna", Urgency.NORMAL, town.clock.now()))
    first = course.happenings[0]
    assert isinstance(first, Happening)
    assert (first.kind, first.ask, first.on_duty) == (Kind.STEP_SKIPPED, Ask.AREA, 1)


async def test_a_protected_identity_is_tried_with_staff_alone(town: Town) -> None:
    await town.volunteer("Anna Berg", "granna")
    course = await tried(town, Trial("groceries", "granna", Urgency.NORMAL, town.clock.now(), protected=True))
    assert {step.ask for step in course.ladder} == {Ask.SERVICE, Ask.COORDINATOR}
