"""The network's telephone in a story: callers by either carrier, operators, and what lies on the desk."""

import io
import math
import struct
import wave
from dataclasses import dataclass
from typing import Any

from service.demo.http_carriers import FakeTwilio
from service.demo.telephone import Call, ElksCall, TwilioCall
from tests.acceptance.conftest import Town

ELSA, BO, HIDDEN = "+46701000001", "+46701000002", "anonymous"
COORDINATOR = "+46701110001"
KARIN, OLLE, MIA = "+46701119991", "+46701119992", "+46701119993"
LANDLINE = "+4636105000"
HEADER = "name,phone,area,group,skills,languages,telegram_id,role,organisation\n"


def speech(seconds: float = 1.0) -> bytes:
    """A recording as a carrier keeps it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8_000)
        out.writeframes(b"".join(struct.pack("<h", int(9_000 * math.sin(n / 3))) for n in range(int(8_000 * seconds))))
    return file.getvalue()


@dataclass
class Telephone:
    """A town with a telephone, by one carrier."""

    town: Town
    carrier: str
    twilio: FakeTwilio

    def caller(self, number: str = ELSA, call_id: str | None = None) -> Call:
        """Somebody's telephone. call_id: the carrier's name for a call that is known already."""
        more = {"id": call_id} if call_id else {}
        if self.carrier == "twilio":
            return TwilioCall(number, carrier=self.twilio, **more)
        return ElksCall(number, carrier=self.town.carrier, **more)

    async def calls(self, number: str = ELSA) -> Call:
        """Somebody phones the network."""
        return await self.caller(number).begins()

    async def operator(self, name: str, number: str, group: str = "hotline") -> int:
        """Somebody who answers the telephone, in a group of the network file. Returns the person's id."""
        await self.town.import_people(HEADER + f"{name},{number},,{group},,,,operator,\n")
        return await self.id_of(number)

    async def id_of(self, number: str) -> int:
        return int(await self.town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", number))

    async def row(self, call: Call) -> Any:
        """The call as it is stored."""
        return await self.town.runtime.pool.fetchrow("SELECT * FROM phone_call WHERE carrier_id = $1", call.id)

    async def tasks(self) -> list[Any]:
        """All tasks, as the API shows them."""
        return list((await self.town.api("GET", "tasks"))["tasks"])

    async def waiting(self) -> list[tuple[str, str | None, str, str]]:
        """What waits for a human: why, whose number, in which words, how urgent."""
        rows = await self.town.runtime.pool.fetch(
            "SELECT t.human, p.phone, n.text, n.urgency FROM task t JOIN need n ON n.id = t.need_id"
            " JOIN person p ON p.id = n.resident_id WHERE t.human IS NOT NULL ORDER BY t.created_at, t.id"
        )
        return [tuple(row) for row in rows]

    async def recordings(self) -> list[tuple[bytes | None, Any]]:
        """What callers have said, as far as it has been fetched, with when it is tried again."""
        rows = await self.town.runtime.pool.fetch("SELECT content, due_at FROM attachment WHERE kind = 'voice' ORDER BY id")
        return [tuple(row) for row in rows]


async def helped(town: Town) -> tuple[Any, int]:
    """Elsa has asked for food, and Anna, who comes, has said yes. Returns Anna's phone and the offer's number."""
    anna = await town.volunteer("Anna Ek", "granna")
    elsa = town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    number = await anna.offer("handla mat")
    await elsa.expects("Gränna")
    await anna.sends(f"JA {number}")
    await anna.expects(ELSA)
    await elsa.expects("Anna")
    return anna, number
