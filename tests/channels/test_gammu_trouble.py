"""Gammu: a modem that leaves texts lying, a daemon that is silent, a database that is away; and what is kept for how long."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bots.carriers.gammu import Gammu, GammuTables, ModemState, look_at
from dispatch.outbox import CarrierUnavailable, Text
from tests.channels.gammu_desk import ELSA, NOW, Desk, open_desk
from tests.conftest import SCHEMA
from tests.gammu import OWN_TABLES, has_gammu, table_definitions


@pytest.fixture
async def desk(database: dict[str, Any], empty_database: dict[str, Any], tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, empty_database, tmp_path, alone=False) as one:
        yield one


# Texts that lie.
async def test_a_text_that_the_modem_leaves_lying_goes_another_way(desk: Desk) -> None:
    message, mark = await desk.sent_message("x" * 161)
    await desk.passes("outbox", minutes=9)
    assert await desk.modem.work() == 0
    await desk.passes("outbox", minutes=2)
    await desk.modem.work()
    assert not await desk.gammu.fetchval('SELECT isfinite("SendingDateTime") FROM outbox'), (
        "kept from the modem before it is ours again"
    )
    assert await desk.state(message) == "sent"
    await desk.passes("outbox", seconds=5)
    await desk.modem.work()
    assert await desk.state(message) == "failed"
    assert (
        await desk.gammu.fetchval("SELECT count(*) FROM outbox")
        + await desk.gammu.fetchval("SELECT count(*) FROM outbox_multipart")
        == 0
    )
    with pytest.raises(CarrierUnavailable, match="left texts lying"):
        await desk.modem.carrier.send(Text(9, ELSA, "Hej"))
    desk.clock.move_to(NOW + timedelta(minutes=11))
    assert (await desk.modem.carrier.send(Text(message, ELSA, "x" * 161))).carrier_id != mark


async def test_a_text_that_the_modem_is_just_trying_is_left_to_it(desk: Desk) -> None:
    message, _ = await desk.sent_message()
    await desk.passes("outbox", minutes=11)
    await desk.gammu.execute("UPDATE outbox SET \"SendingTimeOut\" = LOCALTIMESTAMP + interval '1 minute'")
    await desk.modem.work()
    assert await desk.gammu.fetchval('SELECT isfinite("SendingDateTime") FROM outbox')
    # ... also when it chose it in the very moment in which it was kept back
    await desk.gammu.execute("UPDATE outbox SET \"SendingDateTime\" = 'infinity'")
    await desk.passes("outbox", seconds=5)
    await desk.modem.work()
    assert await desk.gammu.fetchval("SELECT count(*) FROM outbox") == 1
    await desk.smsd_sends("SendingOK")
    await desk.modem.work()
    assert await desk.state(message) == "sent"


async def test_a_process_that_died_while_it_took_a_text_back(desk: Desk) -> None:
    """It was kept back, and noted as failed or not: the next process does the rest, and nothing is lost."""
    message, _ = await desk.sent_message()
    await desk.gammu.execute("UPDATE outbox SET \"SendingDateTime\" = 'infinity'")
    await desk.ours.execute("UPDATE outbox SET state = 'failed' WHERE id = $1", message)
    await desk.passes("outbox", minutes=11)
    await desk.modem.work()
    assert await desk.state(message) == "failed"
    assert await desk.gammu.fetchval("SELECT count(*) FROM outbox") == 0


async def test_an_only_carrier_is_waited_for_longer(
    database: dict[str, Any], empty_database: dict[str, Any], tmp_path: Path
) -> None:
    async with open_desk(database, empty_database, tmp_path, alone=True) as desk:
        message, _ = await desk.sent_message()
        await desk.passes("outbox", minutes=50)
        await desk.modem.work()
        await desk.passes("outbox", seconds=5)
        await desk.modem.work()
        assert await desk.state(message) == "sent"
        await desk.passes("outbox", minutes=11)
        await desk.modem.work()
        await desk.passes("outbox", seconds=5)
        await desk.modem.work()
        assert await desk.state(message) == "failed"


# Health.
STATES: list[tuple[str, ModemState, str | None]] = [
    ("never told of", ModemState(), None),
    ("well", ModemState(timedelta(seconds=50), 60, 100), None),
    ("silent", ModemState(timedelta(minutes=6)), "nothing for 6 minutes"),
    ("texts wait", ModemState(timedelta(seconds=5), waiting=timedelta(minutes=12)), "waited for the modem for 12 minutes"),
    ("texts wait a little", ModemState(timedelta(seconds=5), waiting=timedelta(minutes=9)), None),
]


@pytest.mark.parametrize(("state", "wrong"), [row[1:] for row in STATES], ids=[row[0] for row in STATES])
def test_how_the_modem_is(state: ModemState, wrong: str | None) -> None:
    assert state.wrong is None if wrong is None else wrong in (state.wrong or "")


async def test_a_daemon_that_has_gone_silent(desk: Desk) -> None:
    """The next carrier sends at once, the board says so, and all is well when it speaks again."""
    await desk.modem.work()
    assert await desk.health() is None
    await desk.passes("phones", minutes=5)
    await desk.modem.work()
    assert "does it run" in str(await desk.health())
    with pytest.raises(CarrierUnavailable, match="does it run"):
        await desk.modem.carrier.send(Text(1, ELSA, "Hej"))
    await desk.phone_is_told_of()
    desk.clock.move_to(NOW + timedelta(minutes=1))
    await desk.modem.work()
    assert await desk.health() is None
    state = await look_at(desk.modem.carrier.tables, SCHEMA)
    assert (state.signal, state.battery, state.phone) == (60, 90, "dummy1")


ERRORS: list[tuple[str, dict[str, Any], str]] = [
    ("nobody listens", {"host": "127.0.0.1", "port": 9, "user": "x", "database": "x"}, "cannot be used"),
    ("no such database", {"database": "there_is_none"}, "tables are missing"),
    ("no such role", {"user": "there_is_nobody"}, "cannot be used"),
]


@pytest.mark.parametrize(("changes", "said"), [row[1:] for row in ERRORS], ids=[row[0] for row in ERRORS])
async def test_a_database_that_is_away(desk: Desk, postgres: dict[str, Any], changes: dict[str, Any], said: str) -> None:
    tables = GammuTables(postgres | {"database": "postgres"} | changes)
    gammu = Gammu(tables, SCHEMA, desk.clock.now)
    with pytest.raises(CarrierUnavailable, match=said):
        await gammu.send(Text(1, ELSA, "Hej"))
    desk.modem.carrier = gammu
    assert await desk.modem.work() == 0
    assert said in str(await desk.health())
    await tables.close()


async def test_tables_that_have_not_been_made(desk: Desk, database: dict[str, Any]) -> None:
    tables = GammuTables(database)
    with pytest.raises(CarrierUnavailable, match="budkavle gammu"):
        await Gammu(tables, SCHEMA, desk.clock.now).send(Text(1, ELSA, "Hej"))
    await tables.close()


# What is kept.
async def test_what_has_been_dealt_with_is_thrown_away_after_a_week(desk: Desk) -> None:
    await desk.arrives("Hej")
    await desk.arrives("del", header="050003A70301")
    await desk.sent_message()
    await desk.smsd_sends("DeliveryOK")
    await desk.gammu.execute(
        'INSERT INTO sentitems ("ID", "Text", "UDH", "SenderID", "CreatorID") VALUES (99, \'\', \'\', \'\', \'another program\')'
    )
    await desk.modem.work()
    for table in ("inbox", "sentitems"):
        await desk.passes(table, days=8)
    desk.clock.move_to(NOW + timedelta(hours=1))
    await desk.modem.work()
    assert [i.text for i in desk.taken] == ["Hej", "del"]
    assert await desk.gammu.fetchval("SELECT string_agg(\"TextDecoded\", ',') FROM inbox") == "del", "read a moment ago"
    assert [r[0] for r in await desk.gammu.fetch('SELECT "CreatorID" FROM sentitems')] == ["another program"]


@pytest.mark.skipif(not has_gammu(), reason="Debian's package is not here to compare with")
async def test_our_own_definitions_are_part_of_debians(empty_database: dict[str, Any]) -> None:
    """What stands in tests/data/gammu_tables.sql is there in the package's tables too, with the same types."""
    connection = await asyncpg.connect(**empty_database)
    try:
        await connection.execute(f"CREATE SCHEMA ours; SET search_path = ours; {OWN_TABLES.read_text(encoding='utf-8')}")
        await connection.execute(f"SET search_path = public; {table_definitions()}")
        missing = await connection.fetch("""
            SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns WHERE table_schema = 'ours'
            EXCEPT SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
            WHERE table_schema = 'public'""")
    finally:
        await connection.close()
    assert missing == []
