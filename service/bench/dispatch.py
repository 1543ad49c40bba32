"""Dispatch: open tasks whose deadline has come, until their first wave of offers is committed, by the real `run_due`.

`python -m service.bench.dispatch ARGUMENTS-AS-JSON` is the process that does it: a worker on the event loop and pool of
`budkavle serve`. A round is a fixed number of tasks, so that volunteers have as few open offers as in life.
"""

import os
import sys
import time
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from dispatch import store
from dispatch.changes import Changes
from dispatch.handlers import DUE_AT_ONCE, run_due
from dispatch.intake import Request, decide_request
from dispatch.mint import Mint
from dispatch.model import Person
from dispatch.network import Network
from dispatch.office import Office
from service.bench.floor import DISPATCH_SCHEMA, POOL, first_waves, plain_pool
from service.bench.stage import FLOOR_DATABASE, Meter, Stage, Unverified, json_child, median
from service.database import bring_up_to_date, open_database, open_pool
from service.network_file import BUILT_IN, build_network
from service.people import import_people, sync_network
from service.settings import load_settings

ON_DUTY = 40  # people in each area
WAVE = 5
TASKS = 512  # a round: about six offers a person
ROUNDS = 3  # at least; more until the seconds are over
NOON = datetime(2020, 4, 8, 10, 0, tzinfo=UTC)  # no quiet hours
LADDER = [
    {"category": "*", "urgency": "*", "step": [
        {"ask": "area", "wave": WAVE, "every": "10m", "wait": "30m"},
        {"ask": "service", "acknowledge": "30m"},
    ]}
]  # fmt: skip

_COMMITTED = """
SELECT (SELECT count(*) FROM task WHERE state = 'open' AND step = 0 AND rounds = 1 AND deadline_at > $1) AS tasks,
       (SELECT count(*) FROM offer WHERE live AND state = 'sent') AS offers,
       (SELECT count(*) FROM outbox WHERE kind = 'offer' AND state = 'queued') AS messages,
       (SELECT count(*) FROM events WHERE kind = 'offers.sent') AS events
"""
_FLOOR_COMMITTED = """
SELECT (SELECT count(*) FROM fl_timer) AS tasks, (SELECT count(*) FROM fl_offer) AS offers,
       (SELECT count(*) FROM fl_message) AS messages, (SELECT count(*) FROM fl_happened) AS events
"""


async def measure_dispatch(stage: Stage, seconds: float) -> dict[str, Any]:
    """Rounds of floor and program in turns until the program was measured for `seconds`."""
    async with json_child(stage, __name__) as ask:
        found: dict[str, Any] = await ask(seconds=seconds)
    if "unverified" in found:
        raise Unverified(found["unverified"])
    return found


async def measure(seconds: float) -> dict[str, Any]:
    """The measurement itself, in the process that measures. Raises Unverified."""
    settings = load_settings()
    network = _network()
    async with open_database(settings, FLOOR_DATABASE) as floor_database, open_database(settings, "dispatch") as database:
        await bring_up_to_date(database, network.key, NOON)
        async with (
            plain_pool(floor_database) as floor_pool,
            open_pool(database, network.key, settings.pool_size) as pool,
        ):
            meter = Meter.of(settings.data_dir, os.getpid())
            floor, ours = _Floor(floor_pool, list(network.areas)), _Ours(pool, network, Mint())
            for side in (floor, ours):
                await side.prepare()
                await _round(side, meter)  # warms up; not counted
            floors, found = [await _round(floor, meter)], [await _round(ours, meter)]
            while len(found) < ROUNDS or sum(r.took for r in found) < seconds:
                floors.append(await _round(floor, meter))
                found.append(await _round(ours, meter))
    return _told(floors, found)


def _told(floors: "list[Round]", ours: "list[Round]") -> dict[str, Any]:
    rates = {name: median([TASKS / r.took for r in rounds]) for name, rounds in (("ours", ours), ("floor", floors))}
    cpu = {
        name: {
            "python_us": median([r.python * 1e6 / TASKS for r in rounds]),
            "postgres_us": median([r.postgres * 1e6 / TASKS for r in rounds]),
        }
        for name, rounds in (("ours", ours), ("floor", floors))
    }
    return {
        "unit": "tasks/s",
        **rates,
        "ratio": round(rates["ours"] / rates["floor"], 3),
        "cpu_a_task": cpu,
        "rounds": len(ours),
        "tasks_a_round": TASKS,
        "offers_a_task": WAVE,
        "on_duty_an_area": ON_DUTY,
        "tasks_a_batch": DUE_AT_ONCE,
        "verified": ours[-1].committed,
    }


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one side: seconds on the wall and of processor time, and what was found committed."""

    took: float
    python: float
    postgres: float
    committed: dict[str, int]


async def _round(side: "_Floor | _Ours", meter: Meter) -> Round:
    """Fresh tasks, measured and verified. Raises Unverified."""
    await side.lay_out()
    before, begun = meter.read(), time.perf_counter()
    await side.work()
    took, after = time.perf_counter() - begun, meter.read()
    committed = dict(await side.committed())
    wanted = {"tasks": TASKS, "offers": TASKS * WAVE, "messages": TASKS * WAVE, "events": TASKS}
    if committed != wanted:
        raise Unverified(f"{side.name}: {wanted} was to be committed, but the database holds {committed}")
    return Round(took, after[0] - before[0], after[1] - before[1], committed)


@dataclass(slots=True)
class _Ours:
    """The program: the real deadline handler on the real schema."""

    pool: Any
    network: Network
    mint: Mint
    name: str = "ours"

    async def prepare(self) -> None:
        """The network's people, as an import brings them."""
        rows = ["name,phone,area"]
        areas = list(self.network.areas)
        rows += [f"Volontär {n},+46701{n:06},{areas[n % len(areas)]}" for n in range(ON_DUTY * len(areas))]
        async with self.pool.acquire() as connection:
            await sync_network(connection, self.network, self.mint, NOON)
            await import_people(connection, "\n".join(rows), self.network, self.mint, NOON)

    async def lay_out(self) -> None:
        """Fresh tasks, decided and stored as the program does, and volunteers whom nobody has asked today."""
        changes = Changes()
        areas = list(self.network.areas)
        async with self.pool.acquire() as connection:
            await connection.execute("TRUNCATE inbox, outbox, events, offer, expense, task, need CASCADE")
            await connection.execute("DELETE FROM person WHERE 'resident' = ANY(roles)")
            # The limit of offers a day is no matter here: everybody may be asked all the time.
            await connection.execute(
                "UPDATE person SET asked_today = 0, asked_on = NULL, asked_at = NULL, reply_number = 9, daily_limit = 10000"
            )
            await store.fill(connection, self.mint, TASKS)
            for number in range(TASKS):
                resident = Person(self.mint.id(), f"+46730{number:06}", NOON, roles=("resident",))
                request = Request("Kan någon handla mat?", "46elks", "groceries", areas[number % len(areas)])
                changes.people_new.append(resident)
                changes.case(None, *decide_request(resident, request, self.network, NOON, self.mint))
            await store.commit(connection, changes, NOON)
            await connection.execute("VACUUM ANALYZE person, need, task, offer, outbox, events, inbox")

    async def work(self) -> None:
        """What the worker's loop does."""
        office = Office(self.pool, self.network, self.mint, lambda _changes: None)
        while await run_due(office, NOON):
            pass

    async def committed(self) -> Any:
        """What is in the database now."""
        return await self.pool.fetchrow(_COMMITTED, NOON)


@dataclass(slots=True)
class _Floor:
    """The floor: one statement a task."""

    pool: Any
    areas: list[str]
    name: str = "floor"

    async def prepare(self) -> None:
        """Tables and people."""
        await self.pool.execute(DISPATCH_SCHEMA)
        people = [(n, self.areas[n % len(self.areas)]) for n in range(ON_DUTY * len(self.areas))]
        await self.pool.executemany("INSERT INTO fl_person (id, area) VALUES ($1, $2)", people)

    async def lay_out(self) -> None:
        """Fresh tasks."""
        await self.pool.execute("TRUNCATE fl_timer, fl_happened, fl_message, fl_offer, fl_work")
        await self.pool.executemany("INSERT INTO fl_work VALUES ($1, $2, 'open')", self._tasks())
        await self.pool.execute("VACUUM ANALYZE fl_person, fl_work, fl_offer, fl_message, fl_happened, fl_timer")

    async def work(self) -> None:
        """All tasks' first waves."""
        await first_waves(self.pool, self._tasks(), WAVE, POOL)

    async def committed(self) -> Any:
        """What is in the database now."""
        return await self.pool.fetchrow(_FLOOR_COMMITTED)

    def _tasks(self) -> list[tuple[int, str]]:
        return [(number, self.areas[number % len(self.areas)]) for number in range(TASKS)]


def _network() -> Network:
    raw = tomllib.loads((BUILT_IN / "jonkoping.toml").read_text(encoding="utf-8"))
    return build_network(raw | {"ladder": LADDER}, "jonkoping.toml")


if __name__ == "__main__":
    from service.event_loop import run_async

    for line in sys.stdin:
        try:
            found = run_async(measure(**orjson.loads(line)))
        except Unverified as error:
            found = {"unverified": error.message}
        print(orjson.dumps(found).decode(), flush=True)
