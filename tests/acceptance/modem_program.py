"""The program with a modem as its only carrier, the real gammu-smsd beside it, and what people with phones do and see."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from dispatch import sms
from service.demo.carrier import FakeElks
from tests.acceptance.test_process import NETWORK, Program
from tests.gammu import Smsd, wait_for

ELSA, ANNA, BO = "+46701000001", "+46701234567", "+46701234568"


class ModemProgram(Program):
    """`budkavle serve` and gammu-smsd in one directory. Nothing of it knows any carrier but the modem."""

    smsd: Smsd

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, FakeElks())
        network = NETWORK.replace('wait = "2s"', 'wait = "90s"').replace("[[area]]", 'carriers = ["gammu"]\n[[area]]', 1)
        (directory / "network.toml").write_text(network, encoding="utf-8")
        for name in list(self.environment):
            if "_ELKS_" in name or name == "BUDKAVLE_PUBLIC_URL":
                del self.environment[name]

    async def set_up(self) -> None:
        """As a volunteer does it: people, and the modem's settings."""
        assert (await self.run("people", "import", "people.csv"))[0] == 0
        status, said = await self.run("gammu", "modem settings")
        assert status == 0, said
        assert "gammu-smsd -c 'modem settings/smsdrc'" in said
        self.smsd = Smsd(self.directory, self.directory / "modem settings" / "smsdrc")

    @asynccontextmanager
    async def tables(self) -> AsyncIterator[Any]:
        """A connection to gammu's database."""
        connection = await asyncpg.connect(host=str(self.directory / "data" / "socket"), user="gammu", database="gammu")
        try:
            yield connection
        finally:
            await connection.close()

    async def sent(self, number: str = "") -> list[str]:
        """Every text that the modem has sent, or those to a number, whole, in order."""
        async with self.tables() as gammu:
            rows = await gammu.fetch(
                'SELECT string_agg("TextDecoded", \'\' ORDER BY "SequencePosition") AS text FROM sentitems '
                'WHERE "DestinationNumber" = $1 OR $1 = \'\' GROUP BY "ID" ORDER BY "ID"', number,
            )  # fmt: skip
        return [row["text"] for row in rows]

    async def hears(self, number: str, *words: str, seconds: float = 40) -> str:
        """Wait until the modem has sent a text with all these words to the number."""

        async def heard() -> str | None:
            return next((text for text in await self.sent(number) if all(word in text for word in words)), None)

        try:
            return str(await wait_for(heard, seconds))
        except AssertionError:
            raise AssertionError(f"{number} got no text with {words}: {await self.sent(number)}\n{self.smsd.said}") from None

    async def parts_of(self, number: str, begins: str) -> list[str]:
        """The headers with which the text that begins so was sent, without its reference."""
        async with self.tables() as gammu:
            rows = await gammu.fetch(
                'SELECT "UDH" FROM sentitems WHERE "ID" IN (SELECT "ID" FROM sentitems WHERE "DestinationNumber" = $1 '
                'AND starts_with("TextDecoded", $2)) ORDER BY "SequencePosition"', number, begins,
            )  # fmt: skip
        return [row["UDH"][:6] + row["UDH"][8:] for row in rows]

    def complaints(self) -> list[dict[str, Any]]:
        """What the service has logged that is more than information."""
        lines = [json.loads(line) for line in (self.directory / "serve.log").read_text().splitlines()]
        return [line for line in lines if line["level"] != "info"]


async def whole_request(program: ModemProgram) -> None:
    """From Elsa's text to a closed task, all by SMS through the modem."""
    program.smsd.brings(ELSA, "Hej! Kan någon handla mat åt mig? ", "050003A70201")
    program.smsd.brings(ELSA, "Jag bor i Gränna 🙂", "050003A70202")
    await program.hears(ELSA, "letar")
    await program.hears(ANNA, "Svara JA 10 eller NEJ 10")
    program.smsd.brings(ANNA, "Ja")
    await program.hears(ANNA, "Du hjälper")
    coming = await program.hears(ELSA, "Anna kommer")

    async def in_parts() -> bool:
        """One text may be a part long or two, by the length of its code word; smsd would cut what does not come in parts."""
        headers = await program.parts_of(ELSA, "Anna kommer")
        return headers == ["0500030201", "0500030202"] or (headers == [""] and sms.parts(coming) == 1)

    await wait_for(in_parts)
    program.smsd.brings(ANNA, "PÅ VÄG 10")
    await program.hears(ELSA, "på väg")
    program.smsd.brings(ANNA, "KLAR 10")
    await program.hears(ELSA, "Fick du hjälp?")
    program.smsd.brings(ELSA, "JA")

    async def closed() -> Any:
        (task,) = (await program.get("/api/v1/tasks"))["tasks"]
        return task if task["state"] == "closed" else None

    task = await wait_for(closed)
    assert task["text"] == "Hej! Kan någon handla mat åt mig? Jag bor i Gränna 🙂"
    await nothing_twice(program)


async def nothing_twice(program: ModemProgram) -> None:
    """No text has left twice, and none is left lying."""
    async with program.tables() as gammu:
        await wait_for(lambda: gammu.fetchval("SELECT count(*) = 0 FROM outbox"))
        again = await gammu.fetch(
            'SELECT "DestinationNumber", "TextDecoded" FROM sentitems GROUP BY 1, 2, "SequencePosition" HAVING count(*) > 1'
        )
        assert not again
        assert not await gammu.fetchval('SELECT count(*) FROM inbox WHERE NOT "Processed"')
