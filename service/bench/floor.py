"""What the program is measured against: the plainest code that does comparable work on the same server.

`python -m service.bench.floor` is the web floor: it parses the form and makes four writes by one function call (fn4), on
the same framework, event loop, pool and database server as the program. It understands and decides nothing.
"""

import asyncio
import itertools
from datetime import UTC, datetime
from typing import Any

import asyncpg
from aiohttp import web

from service.bench.stage import FLOOR_DATABASE
from service.database import Database, open_database
from service.serve import listening, stop_signal
from service.settings import load_settings
from service.web.context import read_form

POOL = 8
INTAKE_SCHEMA = """
CREATE TABLE fl_task (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sender text NOT NULL, text text NOT NULL,
                      state text NOT NULL, deadline_at timestamptz);
CREATE INDEX fl_task_due ON fl_task (deadline_at) WHERE deadline_at IS NOT NULL;
CREATE TABLE fl_inbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, carrier text NOT NULL, carrier_id text NOT NULL,
                       task_id bigint NOT NULL REFERENCES fl_task, text text NOT NULL, received_at timestamptz NOT NULL,
                       UNIQUE (carrier, carrier_id));
CREATE TABLE fl_event (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, kind text NOT NULL,
                       task_id bigint NOT NULL REFERENCES fl_task);
CREATE TABLE fl_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, task_id bigint NOT NULL REFERENCES fl_task,
                        recipient text NOT NULL, body text NOT NULL, state text NOT NULL, due_at timestamptz NOT NULL);
CREATE INDEX fl_outbox_due ON fl_outbox (due_at) WHERE state = 'queued';
CREATE FUNCTION fn4(carrier_id text, sender text, said text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE task bigint;
BEGIN
    INSERT INTO fl_task (sender, text, state, deadline_at) VALUES (sender, said, 'open', now()) RETURNING id INTO task;
    INSERT INTO fl_inbox (carrier, carrier_id, task_id, text, received_at) VALUES ('46elks', carrier_id, task, said, now());
    INSERT INTO fl_event (at, kind, task_id) VALUES (now(), 'task.opened', task);
    INSERT INTO fl_outbox (task_id, recipient, body, state, due_at) VALUES (task, sender, 'Tack', 'queued', now());
    RETURN task;
END $$;
"""

DISPATCH_SCHEMA = """
CREATE TABLE fl_person (id bigint PRIMARY KEY, area text NOT NULL, asked_today int NOT NULL DEFAULT 0, asked_at timestamptz,
                        helped int NOT NULL DEFAULT 0);
CREATE INDEX fl_person_area ON fl_person (area);
CREATE TABLE fl_work (id bigint PRIMARY KEY, area text NOT NULL, state text NOT NULL);
CREATE TABLE fl_offer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, task_id bigint NOT NULL REFERENCES fl_work,
                       person_id bigint NOT NULL REFERENCES fl_person, state text NOT NULL, sent_at timestamptz NOT NULL);
CREATE INDEX fl_offer_task ON fl_offer (task_id);
CREATE INDEX fl_offer_person ON fl_offer (person_id) WHERE state = 'sent';
CREATE TABLE fl_message (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, task_id bigint NOT NULL REFERENCES fl_work,
                         person_id bigint NOT NULL REFERENCES fl_person, body text NOT NULL, state text NOT NULL,
                         due_at timestamptz NOT NULL);
CREATE INDEX fl_message_due ON fl_message (due_at) WHERE state = 'queued';
CREATE TABLE fl_happened (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, kind text NOT NULL,
                          task_id bigint NOT NULL REFERENCES fl_work);
CREATE TABLE fl_timer (task_id bigint PRIMARY KEY REFERENCES fl_work, due_at timestamptz NOT NULL);
CREATE INDEX fl_timer_due ON fl_timer (due_at);
"""

# One task's first wave: everybody on duty in its area ranked, five offers with a message each, an event, a timer.
FIRST_WAVE = """
WITH ranked AS (
    SELECT id FROM fl_person WHERE area = $2 ORDER BY asked_today, asked_at NULLS FIRST, helped LIMIT $3
), offers AS (
    INSERT INTO fl_offer (task_id, person_id, state, sent_at) SELECT $1, id, 'sent', $4 FROM ranked
), messages AS (
    INSERT INTO fl_message (task_id, person_id, body, state, due_at)
    SELECT $1, id, 'Kan du hjälpa?', 'queued', $4::timestamptz FROM ranked
), happened AS (
    INSERT INTO fl_happened (at, kind, task_id) VALUES ($4, 'offers.sent', $1)
)
INSERT INTO fl_timer (task_id, due_at) VALUES ($1, $4::timestamptz + interval '10 minutes')
"""


def plain_pool(database: Database) -> Any:
    """A pool of 8 as the library makes it: the floor gains nothing from what the program has learnt."""
    return asyncpg.create_pool(**database.connect_args, min_size=POOL, max_size=POOL)


async def first_waves(pool: Any, tasks: list[tuple[int, str]], wave: int, connections: int) -> None:
    """Make the first wave of offers for all tasks (id, area), one statement each, on all connections at once."""
    now = datetime.now(UTC)
    left = itertools.chain(tasks)

    async def work() -> None:
        async with pool.acquire() as connection:
            statement = await connection.prepare(FIRST_WAVE)
            for task, area in left:
                await statement.fetch(task, area, wave, now)

    await asyncio.gather(*(work() for _ in range(connections)))


async def _serve() -> None:
    settings = load_settings()
    stop = stop_signal()
    async with open_database(settings, FLOOR_DATABASE) as database, plain_pool(database) as pool:

        async def handle(request: web.Request) -> web.Response:
            form = await read_form(request)
            await pool.fetchval("SELECT fn4($1, $2, $3)", form["id"], form["from"], form["message"])
            return web.Response(status=204)

        app = web.Application()
        app.router.add_post("/hooks/46elks/{key}/sms", handle)
        async with listening(app, settings.host, settings.port):
            await stop.wait()


if __name__ == "__main__":
    from service.event_loop import run_async

    run_async(_serve())
