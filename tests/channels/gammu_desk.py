"""A modem's tables with nobody but a test at them: rows as gammu-smsd writes them, and time that passes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from bots.carriers.gammu import Gammu, GammuTables
from bots.inbound_message import Inbound
from dispatch.clock import ManualClock
from dispatch.outbox import MessageState, Text
from service.carriers.health import CarrierHealth
from service.carriers.modem import Modem
from service.carriers.reception import Reception
from service.carriers.spool import Spool
from tests.conftest import SCHEMA
from tests.gammu import table_definitions

ELSA, BO = "+46701000001", "+46701000002"
NOW = datetime(2020, 4, 8, 7, tzinfo=UTC)


@dataclass
class Desk:
    """A modem's tables, what is read from them, and our own database beside them."""

    modem: Modem
    gammu: Any  # a connection to gammu's database
    ours: Any
    clock: ManualClock
    taken: list[Inbound] = field(default_factory=list)
    changed: list[tuple[int | None, MessageState]] = field(default_factory=list)
    broken: Exception | None = None

    async def store(self, inbound: Inbound) -> None:
        """Stands for the gate: knows what it has."""
        if self.broken is not None:
            raise self.broken
        if inbound.carrier_id not in {i.carrier_id for i in self.taken}:
            self.taken.append(inbound)

    async def arrives(self, text: str, sender: str = ELSA, header: str = "", **columns: Any) -> int:
        """A row of the inbox, as smsd writes it, seconds old."""
        values = {
            "TextDecoded": text, "SenderNumber": sender, "UDH": header, "RecipientID": "dummy1",
            "Text": text.encode("utf-16-be", "surrogatepass").hex().upper(), **columns,
        }  # fmt: skip
        names = ", ".join(f'"{name}"' for name in values)
        places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
        return int(await self.gammu.fetchval(f'INSERT INTO inbox ({names}) VALUES ({places}) RETURNING "ID"', *values.values()))

    async def passes(self, table: str = "inbox", **span: float) -> None:
        """Time passes in gammu's tables: everything in them is older."""
        columns = {"inbox": ["UpdatedInDB"], "phones": ["UpdatedInDB"], "sentitems": ["UpdatedInDB"]}.get(
            table, ["UpdatedInDB", "InsertIntoDB", "SendingTimeOut"]
        )
        changes = ", ".join(f'"{c}" = "{c}" - $1::interval' for c in columns)
        await self.gammu.execute(f"ALTER TABLE {table} DISABLE TRIGGER update_timestamp")
        await self.gammu.execute(f"UPDATE {table} SET {changes}", timedelta(**span))
        await self.gammu.execute(f"ALTER TABLE {table} ENABLE TRIGGER update_timestamp")

    async def phone_is_told_of(self, signal: int = 60) -> None:
        await self.gammu.execute("DELETE FROM phones")
        await self.gammu.execute(
            'INSERT INTO phones ("ID", "IMEI", "IMSI", "Client", "Signal", "Battery") '
            "VALUES ('dummy1', '1', '2', 'Gammu', $1, 90)", signal,
        )  # fmt: skip

    async def unread(self) -> list[int]:
        return [r["ID"] for r in await self.gammu.fetch('SELECT "ID" FROM inbox WHERE NOT "Processed" ORDER BY "ID"')]

    async def message(self, state: str = "queued") -> int:
        """A message of ours in our own outbox."""
        person = await self.ours.fetchval("SELECT id FROM person WHERE phone = $1", ELSA)
        if person is None:
            person = await self.ours.fetchval(
                "INSERT INTO person (id, phone, created_at) VALUES (1, $1, $2) RETURNING id", ELSA, NOW
            )
        return int(await self.ours.fetchval(
            "INSERT INTO outbox (person_id, kind, params, channel, state, attempts, due_at, created_at, leased_until) "
            "VALUES ($1, 'thanks', '{}', 'sms', $2, 1, $3, $3, $4) RETURNING id",
            person, state, NOW, NOW + timedelta(minutes=1) if state == "sending" else None,
        ))  # fmt: skip

    async def sent_message(self, body: str = "Hej") -> tuple[int, str]:
        """A message that the modem has been given; its id, and its mark."""
        message = await self.message("sending")
        sent = await self.modem.carrier.send(Text(message, ELSA, body))
        await self.ours.execute(
            "UPDATE outbox SET state = 'sent', carrier = $2, carrier_id = $3, sent_at = $4, leased_until = NULL WHERE id = $1",
            message, sent.carrier, sent.carrier_id, NOW,
        )  # fmt: skip
        return message, sent.carrier_id

    async def state(self, message: int) -> str:
        return str(await self.ours.fetchval("SELECT state FROM outbox WHERE id = $1", message))

    async def smsd_sends(self, *statuses: str) -> None:
        """The daemon moves the oldest row with its parts to sentitems, with a status each."""
        row = await self.gammu.fetchrow('DELETE FROM outbox WHERE "ID" = (SELECT min("ID") FROM outbox) RETURNING *')
        await self.gammu.execute('DELETE FROM outbox_multipart WHERE "ID" = $1', row["ID"])
        for part, status in enumerate(statuses, 1):
            await self.gammu.execute(
                'INSERT INTO sentitems ("ID", "SequencePosition", "Text", "DestinationNumber", "UDH", "TextDecoded", "SenderID", '
                '"Status", "CreatorID") VALUES ($1, $2, \'\', $3, $4, $5, \'dummy1\', $6, $7)',
                row["ID"], part, row["DestinationNumber"], row["UDH"] or "", row["TextDecoded"], status, row["CreatorID"],
            )  # fmt: skip

    async def health(self) -> str | None:
        (state,) = await self.modem.health.states()
        return state.wrong if state.failing_since else None


@asynccontextmanager
async def open_desk(database: dict[str, Any], gammus: dict[str, Any], spool: Path, alone: bool) -> AsyncIterator[Desk]:
    path = {"search_path": f"{SCHEMA}, public"}
    clock = ManualClock(NOW)
    async with asyncpg.create_pool(**database, min_size=1, max_size=4, server_settings=path) as ours:
        connection = await asyncpg.connect(**gammus)
        await connection.execute(table_definitions())
        tables = GammuTables(gammus)
        found: Desk

        async def nothing(*_: Any) -> None:
            return None

        reception = Reception(lambda i: found.store(i), nothing, Spool(spool / "spool"), nothing, nothing)
        health = CarrierHealth(ours, clock, ("gammu",))
        modem = Modem(
            Gammu(tables, SCHEMA, clock.now),
            ours,
            reception,
            health,
            lambda task, state: found.changed.append((task, state)),
            alone,
        )
        found = Desk(modem, connection, ours, clock)
        await found.phone_is_told_of()
        yield found
        await tables.close()
        await connection.close()
