"""What stories of calls share: people who talk once a week, and telephones that are rung."""

from datetime import timedelta
from typing import Any

from service.demo.rung import Rung
from sql import query
from tests.acceptance.conftest import Phone, Town, Visitor

ELSA = "+46702222201"
LANDLINE = "+4636300100"


async def person(town: Town, number: str, **columns: Any) -> int:
    """Somebody's id, by number; what else is known is written down."""
    pool = town.runtime.pool
    found = await pool.fetchval("SELECT id FROM person WHERE phone = $1", number)
    for name, value in columns.items():
        await pool.execute(f"UPDATE person SET {name} = $2 WHERE id = $1", found, value)
    return int(found)


async def wishes(staff: Visitor, number: str, *times: str, side: str = "resident", interests: str = "", most: str = "1") -> None:
    """An operator writes down that somebody wants to talk."""
    who = await person(staff.town, number)
    ticked = {f"t-{slot}": "1" for slot in times}
    await staff.sends(f"/phone-chats/wishes/{who}", "Uppskrivet", side=side, interests=interests, most=most, **ticked)


async def new_person(staff: Visitor, name: str, number: str) -> int:
    """An operator adds a resident of Gränna."""
    fields = {
        "name": name,
        "phone": number,
        "area": "granna",
        "resident": "1",
        "language": "sv",
        "daily_limit": "6",
        "vetting": "none",
    }
    await staff.sends("/people", name, **fields)
    return await person(staff.town, number)


async def asked(staff: Visitor, resident: str, volunteer: str, slot: str = "3-afternoon", at: str = "") -> int:
    """An operator asks both. The pair's id."""
    town = staff.town
    ids = {"resident": str(await person(town, resident)), "volunteer": str(await person(town, volunteer))}
    await staff.sends("/phone-chats", "Båda är tillfrågade", slot=slot, at=at, **ids)
    newest = "SELECT id FROM phone_chat WHERE resident_id = $1 AND next_at IS NOT NULL"
    return int(await town.runtime.pool.fetchval(newest, int(ids["resident"])))


async def friends(town: Town, staff: Visitor, resident: str = ELSA, name: str = "Elsa Dahl") -> tuple[Phone, Phone, int]:
    """Elsa and Anna have said yes: they talk on Wednesdays at two. The telephones of both, and the pair's id."""
    anna = await town.volunteer("Anna Berg", "granna", skills="phone-chat", organisation="Kyrkan")
    await new_person(staff, name, resident)
    await wishes(staff, resident, "3-afternoon")
    pair = await asked(staff, resident, anna.number)
    elsa = town.phone(resident)
    await anna.expects("Gränna", "onsdag kl 14:00", "JA 2")
    await anna.sends("ja")
    await anna.expects("frågar den andra")
    if resident == ELSA:
        await elsa.expects("Anna från Kyrkan", "onsdag kl 14:00", "JA 2 eller NEJ 2")
        await elsa.sends("Ja tack")
        await elsa.expects("Nu är det klart", "Anna", "ons 8/4", "HOPPA ÖVER")
    else:
        await staff.sends(f"/phone-chats/{pair}/yes-resident", "Klart")
    await anna.expects("Nu är det klart", "Elsa", "SLUTA")
    return elsa, anna, pair


async def pair_of(town: Town, pair: int) -> Any:
    """The pair's row."""
    return await town.runtime.pool.fetchrow("SELECT * FROM phone_chat WHERE id = $1", pair)


async def rings(town: Town, minutes: float = 0) -> Rung:
    """Time passes until the network has made one more call, and stands still then; how it goes. minutes: at most."""
    calls, target = town.carrier.telephones.calls, town.clock.now() + timedelta(minutes=minutes)
    before = len(calls)
    await town.settle()
    while len(calls) == before:
        row = await town.runtime.pool.fetchrow(query("next_deadline"))
        due = [moment for moment in row.values() if moment is not None and moment <= target]
        assert due, f"no call within {minutes} minutes"
        town.clock.move_to(max(min(due), town.clock.now()))
        await town.settle()
    assert len(calls) == before + 1, [call.to for call in calls[before:]]
    return calls[-1]


async def talk_for(town: Town, minutes: float, first_hangs_up: bool = False) -> None:
    """The two who are connected talk, and hang up."""
    town.clock.move_to(town.clock.now() + timedelta(minutes=minutes))
    await town.carrier.telephones.hang_up(first_hangs_up)
    await town.settle()
