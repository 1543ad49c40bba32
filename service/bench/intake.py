"""Intake: an SMS by real HTTP in 46elks' format until its request, task, deadline, events and answer are committed."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from service.bench.floor import INTAKE_SCHEMA
from service.bench.stage import FLOOR_DATABASE, HOOK_KEY, Meter, Server, Stage, Unverified, json_child, listens, median, web_child

CONNECTIONS = (16, 64)
ROUNDS = 3
WARM_UP = 0.3  # seconds; statements are prepared and pools filled before anything is counted
PATH = f"/hooks/46elks/{HOOK_KEY}/sms"
SERVE = ("-c", "from service.cli import main; main()", "serve", "--role", "web")
Load = Callable[..., Awaitable[Any]]
FLOOR = ("-m", "service.bench.floor")

# What one message must have left behind, and nothing less.
_COMMITTED = """
SELECT (SELECT count(*) FROM inbox WHERE outcome = 'request' AND task_id IS NOT NULL) AS inbox,
       (SELECT count(*) FROM need WHERE category IS NOT NULL AND area IS NOT NULL) AS needs,
       (SELECT count(*) FROM task WHERE state = 'open' AND deadline_at IS NOT NULL) AS tasks,
       (SELECT count(*) FROM events WHERE kind = 'task.opened') AS events,
       (SELECT count(*) FROM outbox WHERE state = 'queued') AS outbox
"""
_FLOOR_COMMITTED = """
SELECT (SELECT count(*) FROM fl_inbox) AS inbox, (SELECT count(*) FROM fl_task) AS tasks,
       (SELECT count(*) FROM fl_event) AS events, (SELECT count(*) FROM fl_outbox) AS outbox
"""


async def measure_intake(stage: Stage, seconds: float) -> dict[str, Any]:
    """Rounds of `seconds` on floor and program in turns, at 16 and at 64 connections."""
    async with contextlib.AsyncExitStack() as stack:
        connection = await stage.connection(FLOOR_DATABASE)
        await connection.execute(INTAKE_SCHEMA)
        await connection.close()
        load = await stack.enter_async_context(json_child(stage, "service.bench.load"))
        program, plain = [await stack.enter_async_context(web_child(stage, what)) for what in (SERVE, FLOOR)]
        await asyncio.gather(listens(program), listens(plain))
        ours = _Side(stage, load, program, "budkavle", "jonkoping", _COMMITTED)
        floor = _Side(stage, load, plain, FLOOR_DATABASE, "public", _FLOOR_COMMITTED)
        for side in (floor, ours):
            await side.play(max(CONNECTIONS), WARM_UP)
        at = {str(connections): await _compare(ours, floor, connections, seconds) for connections in CONNECTIONS}
        verified = await ours.verify()
        await floor.verify()
    slowest = min(at.values(), key=lambda pair: float(pair["ratio"]))
    return {
        "unit": "requests/s",
        "ours": slowest["ours"]["per_second"],
        "floor": slowest["floor"]["per_second"],
        "ratio": slowest["ratio"],
        "rounds": ROUNDS,
        "connections": at,
        "verified": {"answered": ours.answered, **verified},
    }


async def _compare(ours: "_Side", floor: "_Side", connections: int, seconds: float) -> dict[str, Any]:
    rounds: dict[str, list[dict[str, Any]]] = {"floor": [], "ours": []}
    for _ in range(ROUNDS):
        rounds["floor"].append(await floor.play(connections, seconds))
        rounds["ours"].append(await ours.play(connections, seconds))
    digits = {"per_second": 0, "p50_ms": 2, "p99_ms": 2, "python_us": 0, "postgres_us": 0, "generator_share": 2}
    pair: dict[str, Any] = {
        side: {name: median([r[name] for r in found], places) for name, places in digits.items()}
        for side, found in rounds.items()
    }
    return pair | {"ratio": round(pair["ours"]["per_second"] / pair["floor"]["per_second"], 3)}


class _Side:
    """One of the two servers that are compared, and how many of its answers said that a message is stored."""

    def __init__(self, stage: Stage, load: Load, server: Server, database: str, schema: str, committed: str) -> None:
        self._stage, self._load, self._port = stage, load, server.port
        self._database, self._schema, self._committed = database, schema, committed
        self._meter = Meter.of(stage.directory, server.process.pid)
        self.answered = 0

    async def play(self, connections: int, seconds: float) -> dict[str, Any]:
        """One round against this server. Raises Unverified when it answered anything but 204."""
        before = self._meter.read()
        result: dict[str, Any] = await self._load(
            port=self._port, path=PATH, connections=connections, seconds=seconds, first=self.answered
        )
        after = self._meter.read()
        if result["other"] or not result["answered"]:
            raise Unverified(f"not every message was taken: {result['other'][:3] or 'no answer'}")
        self.answered += result["answered"]
        python_us, postgres_us = ((b - a) * 1e6 / result["answered"] for a, b in zip(before, after, strict=True))
        return result | {"python_us": python_us, "postgres_us": postgres_us}

    async def verify(self) -> dict[str, int]:
        """Count what is committed. Raises Unverified unless it is what was answered, exactly."""
        connection = await self._stage.connection(self._database)
        try:
            await connection.execute(f"SET search_path = {self._schema}")
            found = dict(await connection.fetchrow(self._committed))
        finally:
            await connection.close()
        if set(found.values()) != {self.answered}:
            raise Unverified(f"{self.answered} messages were answered 204, but the database holds {found}")
        return found
