"""What really leaves by a modem: our rows, the real gammu-smsd, and a modem that keeps what it was given.

The daemon cuts a long text that is not given in parts, and shows it whole in `sentitems`; so its tables prove nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bots.carriers.gammu import Gammu, GammuTables
from dispatch.clock import SystemClock
from dispatch.outbox import Text
from service.carriers.gammu_database import _of_url, write_smsdrc
from tests.conftest import SCHEMA
from tests.fake_modem import FakeModem
from tests.gammu import need_gammu, table_definitions, wait_for

ELSA = "+46701000001"


@dataclass
class Stick:
    """The carrier, the modem at the other end, and gammu's database between them."""

    carrier: Gammu
    modem: FakeModem
    gammu: Any

    async def statuses(self) -> list[str]:
        """What the daemon says of what it has dealt with."""
        return [r["Status"] for r in await self.gammu.fetch('SELECT "Status" FROM sentitems ORDER BY "ID", "SequencePosition"')]


@pytest.fixture
async def stick(postgres: dict[str, Any], empty_database: dict[str, Any], tmp_path: Path) -> AsyncIterator[Stick]:
    need_gammu()
    reach = {"host": postgres.get("host"), "user": postgres.get("user")} if "host" in postgres else _of_url(postgres["dsn"])
    path = write_smsdrc(tmp_path, reach | {"database": empty_database["database"]})
    text = path.read_text(encoding="utf-8").replace("/dev/ttyUSB0", str(tmp_path / "ttyUSB0"))
    path.write_text(text.replace("retrytimeout = 60", "retrytimeout = 1\ncommtimeout = 1\nsendtimeout = 5"), encoding="utf-8")
    connection = await asyncpg.connect(**empty_database)
    await connection.execute(table_definitions())
    tables = GammuTables(empty_database)
    modem = FakeModem(tmp_path / "ttyUSB0")
    async with modem.plugged_in(), _daemon(path):
        yield Stick(Gammu(tables, SCHEMA, SystemClock().now, alone=True), modem, connection)
    await tables.close()
    await connection.close()


@contextlib.asynccontextmanager
async def _daemon(settings: Path) -> AsyncIterator[None]:
    with (settings.parent / "smsd.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec("gammu-smsd", "-c", settings, stdout=log, stderr=log)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await asyncio.wait_for(process.wait(), 20)


TEXTS = [
    ("every sign of both tables", "Hej åäöÅÄÖ é ü § @£$ €[]{}|^~\\ _ 'x' \"y\"\nrad 2", 1),
    ("exactly one", "x" * 160, 1),
    ("long", "".join(f"{n:03d} ord åäö. " for n in range(25)), 3),
    ("a sign of two at the edge", "x" * 152 + "€" + "y" * 10, 2),
    ("Arabic", "مرحبا، سيأتي أحد لمساعدتك", 1),
    ("long Arabic", "".join(f"{n:03d} مرحبا " for n in range(13)), 2),
    ("an emoji at the edge", "م" * 66 + "😀" + "م" * 5, 2),
    ("Ukrainian with an emoji", "Привіт 👍🏽", 1),
]


async def test_texts_arrive_as_they_were_written(stick: Stick) -> None:
    """All at once, for the daemon takes its time to begin."""
    for number, (_, text, _) in enumerate(TEXTS, 0xF0):
        await stick.carrier.send(Text(number, ELSA, text))

    async def all_sent() -> bool:
        return len(await stick.statuses()) == sum(count for *_, count in TEXTS)

    await wait_for(all_sent, 60)
    assert set(await stick.statuses()) == {"SendingOK"}
    on_air = iter(stick.modem.sent)
    for number, (name, text, count) in enumerate(TEXTS, 0xF0):
        parts = [next(on_air) for _ in range(count)]
        assert "".join(part.text for part in parts) == text, name
        headers = [f"050003{number:02X}{count:02X}{n:02X}" for n in range(1, count + 1)] if count > 1 else [""]
        assert [part.header for part in parts] == headers, name
        assert {(part.number, part.reports) for part in parts} == {(ELSA, True)}, name


async def test_what_is_about_danger_leaves_first(stick: Stick) -> None:
    """Whatever waits already."""
    for number in range(1, 6):
        await stick.carrier.send(Text(number, ELSA, f"Nr {number}"))
    await stick.carrier.send(Text(6, ELSA, "Ring 112", urgent=True))
    await wait_for(lambda: stick.gammu.fetchval("SELECT count(*) = 6 FROM sentitems"), 60)
    assert "Ring 112" in [part.text for part in stick.modem.sent[:2]], "the daemon may have had one in hand"


async def test_a_modem_that_refuses(stick: Stick) -> None:
    """The daemon tries once more, gives up, and says so; no other text of ours is held up by it."""
    stick.modem.refuses = True
    await stick.carrier.send(Text(1, ELSA, "Hej"))
    await wait_for(stick.statuses, 60)
    assert await stick.statuses() == ["SendingError"]
    assert await stick.gammu.fetchval("SELECT count(*) FROM outbox") == 0
    stick.modem.refuses = False
    await stick.carrier.send(Text(2, ELSA, "Hej igen"))
    await wait_for(lambda: stick.gammu.fetchval("SELECT count(*) = 2 FROM sentitems"), 60)
    assert [part.text for part in stick.modem.sent] == ["Hej igen"]
