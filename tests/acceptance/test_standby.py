"""More people sign up than an area needs: those who are told that we come back later are not forgotten (Ekerö 2015)."""

from datetime import timedelta

from sql import query
from tests.acceptance.conftest import Phone, Town

ELSA = "+46704444441"


async def on_standby(town: Town, *phones: Phone) -> None:
    numbers = [p.number for p in phones]
    await town.runtime.pool.execute(
        "UPDATE person SET standby_since = $1 WHERE phone = ANY($2)", town.clock.now() - timedelta(days=9), numbers
    )


async def test_standby_is_asked_after_the_others_and_before_the_neighbours(town: Town) -> None:
    waiting = await town.volunteer("Stina Ek", "granna")
    regular = [await town.volunteer(f"Olle Ek {n}", "granna") for n in range(3)]
    neighbour = await town.volunteer("Nils Ek", "skarstad")
    await on_standby(town, waiting)
    elsa = town.phone(ELSA)
    town.ignore(elsa)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    for phone in regular:
        await phone.offer("handla mat")
    waiting.hears_nothing()
    await town.forward(minutes=11)  # the next wave of the same step
    number = await waiting.offer("handla mat")
    neighbour.hears_nothing()
    await waiting.sends(f"JA {number}")
    await waiting.expects(ELSA)
    for phone in regular:
        await phone.expects("behövs inte")
    await waiting.sends(f"KLAR {number}")
    await waiting.expects("Tack")
    row = await town.runtime.pool.fetchrow("SELECT standby_since, helped_total FROM person WHERE phone = $1", waiting.number)
    assert tuple(row) == (None, 1)  # needed from now on


async def test_standby_ends_when_staff_report_the_help_too(town: Town) -> None:
    waiting, elsa = await town.volunteer("Stina Ek", "granna"), town.phone(ELSA)
    await on_standby(town, waiting)
    town.ignore(elsa, waiting)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")  # nobody else is there: asked at once
    await waiting.sends(f"JA {await waiting.offer('handla mat')}")
    await town.api("POST", f"tasks/{(await town.task())['code']}/done", {})
    row = await town.runtime.pool.fetchrow("SELECT standby_since, helped_total FROM person WHERE phone = $1", waiting.number)
    assert tuple(row) == (None, 1)


async def test_whom_an_area_can_count_on(town: Town) -> None:
    for n in range(7):
        await town.volunteer(f"Olle Ek {n}", "granna")
    await town.volunteer("Nils Ek", "vaster")
    now, pool = town.clock.now(), town.runtime.pool

    async def volunteers() -> int:
        return int(await pool.fetchval(query("active_volunteers"), "granna", now))

    assert await volunteers() == 7
    for row, change in enumerate(
        (
            "standby_since = $2",
            "stopped_at = $2",
            "erased_at = $2",
            "paused_until = $2::timestamptz + interval '31 days'",
            "paused_until = $2::timestamptz + interval '29 days'",  # back soon
        )
    ):
        number = f"+467012345{row + 1:02d}"
        await pool.execute(f"UPDATE person SET {change} WHERE phone = $1 AND $2::timestamptz IS NOT NULL", number, now)
    assert await volunteers() == 3
    await pool.execute("UPDATE person SET area = 'granna' WHERE name = 'Nils Ek'")
    assert await volunteers() == 4
