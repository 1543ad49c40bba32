"""Where a volunteer lives is kept as a square kilometre, and nothing else of what was shared."""

from typing import Any

from bots.telegram.inbox import store_update
from geo.distance import kilometres
from geo.travel import rounded
from tests.acceptance.chat.conftest import ANNA, Member, Telegram
from tests.acceptance.conftest import Town

ELSA = "+46701000001"
AT_HOME = (57.86312, 14.12071)  # in Bankeryd
FIGURES = ("57.863", "14.120")


async def registers(anna: Member, phone: str, at: tuple[float, float]) -> None:
    """Anna becomes a volunteer, and shares where she is."""
    await anna.writes("/start volontar")
    await anna.shares_number(phone)
    await anna.taps("Anna Berg")
    await anna.taps("Nej, ingen")
    anna.telegram.read[ANNA.id] = 5
    await anna.shares_position(*at)
    await anna.expects("Tryck på det som stämmer")
    await anna.taps("Bil")
    await anna.taps("Klar, nästa fråga")
    await anna.taps("Klar, nästa fråga")
    await anna.taps("Klar, nästa fråga")
    anna.telegram.read[ANNA.id] += 3
    await anna.taps("Ja, det är okej")
    await anna.expects("Välkommen")


async def everything(town: Town) -> str:
    """All that the database holds, as text."""
    tables = await town.runtime.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    rows = [await town.runtime.pool.fetch(f'SELECT t::text AS row FROM "{t["tablename"]}" t') for t in tables]
    return "\n".join(row["row"] for found in rows for row in found)


async def test_a_home_is_kept_as_a_square_kilometre(town: Town, telegram: Telegram) -> None:
    """Nowhere in the database stands the position that was shared; the way is told from the square's middle."""
    anna = telegram.member(ANNA)
    await registers(anna, "+46701234599", AT_HOME)
    row = await town.runtime.pool.fetchrow("SELECT id, lat, lon, area FROM person WHERE telegram_id = $1", ANNA.id)
    assert (row["lat"], row["lon"], row["area"]) == (*rounded(*AT_HOME), "bankeryd")
    assert kilometres(row["lat"], row["lon"], *AT_HOME) < 0.71
    held = await everything(town)
    assert not any(figures in held for figures in FIGURES)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Trånghalla")
    await elsa.expects("letar")
    await anna.expects("Handla mat", "km från dig", "min med bil")
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sees(f"/people/{row['id']}", "känt på ungefär 1 km när", without=(str(row["lat"]), str(row["lon"])))
        await karin.sees(f"/people/{row['id']}/edit", "Tar sig fram")


async def test_while_the_update_waits_it_is_rounded_already(town: Town, telegram: Telegram) -> None:
    """A worker that has died must not leave a home in the inbox."""
    anna = telegram.member(ANNA)
    await anna.writes("/start volontar")
    await anna.shares_number("+46701234599")
    await anna.taps("Anna Berg")
    await anna.taps("Nej, ingen")
    telegram.ignored.add(ANNA.id)
    update: dict[str, Any] = {
        "update_id": 900_001,
        "message": {
            "message_id": 77, "date": 1, "chat": {"id": ANNA.id, "type": "private"},
            "from": {"id": ANNA.id, "is_bot": False, "first_name": "Anna"},
            "location": {"latitude": AT_HOME[0], "longitude": AT_HOME[1], "horizontal_accuracy": 3.5},
            "venue": {"title": "Hemma", "address": "Hemvägen 1", "location": {"latitude": 1, "longitude": 2}},
        },
    }  # fmt: skip
    await store_update(town.runtime.pool, update, town.clock.now())
    raw = await town.runtime.pool.fetchval("SELECT raw::text FROM inbox WHERE carrier_id = '900001'")
    assert str(rounded(*AT_HOME)[0]) in raw
    assert not any(figures in raw for figures in (*FIGURES, "Hemvägen", "horizontal"))
