"""Things that the centre lends: to one at a time, with a day, reminded of, and a coordinator's when they do not come back."""

import asyncio

from dispatch.erasure import erase
from tests.acceptance.conftest import Phone, Town, Visitor


async def things(town: Town, staff: Visitor, *names: str) -> list[int]:
    """Rows for these things, as a coordinator adds them."""
    for name in names:
        await staff.sends("/equipment", "Tillagt", name=name, label="nr 1")
    rows = await town.runtime.pool.fetch("SELECT id FROM equipment ORDER BY created_at, name")
    return [row["id"] for row in rows]


async def loan_of(town: Town, item: int) -> int:
    return int(await town.runtime.pool.fetchval("SELECT id FROM loan WHERE equipment_id = $1 AND returned_at IS NULL", item))


async def lent(town: Town, staff: Visitor, item: int, to: Phone, due_on: str = "2020-04-10") -> None:
    await staff.sends(f"/equipment/{item}/lend", "Utlånat", phone=to.number, due_on=due_on)
    await to.expects("Du har lånat Rullator", "fredag 10/4")


async def test_lent_reminded_and_back(town: Town) -> None:
    """On the morning before and no more; when it is back, nobody is reminded, and it can be lent again."""
    anna = await town.volunteer("Anna Berg", "granna")
    async with town.signed_in() as karin:
        (item,) = await things(town, karin, "Rullator")
        await karin.sends(f"/equipment/{item}/lend", "Ingen har", phone="0709999999", due_on="2020-04-10", status=422)
        await karin.sends(f"/equipment/{item}/lend", "till vilken dag", phone=anna.number, due_on="2020-04-07", status=422)
        await lent(town, karin, item, anna)
        await karin.sees("/equipment", "Anna Berg", "tillbaka senast", "fredag 10 april", "Utlånat (1)", "Inne (0)")
        await town.forward(days=1)
        await anna.expects("I morgon", "Rullator", "fredag 10/4")
        loan = await loan_of(town, item)
        await karin.sends(f"/equipment/{loan}/back", "Det är tillbaka")
        await karin.sends(f"/equipment/{loan}/back", "redan noterat", status=409)
        await town.forward(days=9)
        anna.hears_nothing()
        await karin.sends(f"/equipment/{item}/retire", "lånas inte ut längre")


async def test_the_last_one(town: Town) -> None:
    """Two coordinators lend the same thing at the same moment: one of the borrowers has it, and the other is told nothing."""
    anna, bo = await town.volunteer("Anna Berg", "granna"), await town.volunteer("Bo Ek", "granna")
    async with town.signed_in() as karin, town.signed_in() as per:
        (item,) = await things(town, karin, "Rullator")
        answers = await asyncio.gather(*(_tries(*who, item) for who in ((karin, anna), (per, bo))))
        assert sorted(answers) == [200, 409]
        await karin.sends(f"/equipment/{item}/retire", "Någon hann före", status=409)
    await town.settle()
    assert len(town.unread(anna.number)) + len(town.unread(bo.number)) == 1
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM loan") == 1
    town.ignore(anna, bo)


async def _tries(staff: Visitor, to: Phone, item: int) -> int:
    data = {"phone": to.number, "due_on": "2020-04-20", "csrf": await staff.csrf()}
    async with staff.web.post(f"{staff.town.base}/equipment/{item}/lend", data=data) as response:
        return response.status


async def test_what_does_not_come_back_is_a_coordinators(town: Town) -> None:
    """Reminded on the morning after the day; three days later a coordinator is asked, and the borrower hears nothing of that."""
    anna = await town.volunteer("Anna Berg", "granna")
    async with town.signed_in() as karin:
        (item,) = await things(town, karin, "Rullator")
        await lent(town, karin, item, anna)
        await town.forward(days=3)
        await anna.expects("I morgon")
        await anna.expects("Du skulle ha lämnat tillbaka Rullator", "fredag 10/4")
        await town.forward(days=3)
        await town.coordinator.expects("Lånad sak har inte kommit tillbaka", "Anna Berg", "Rullator")
        anna.hears_nothing()
        await karin.sees("/equipment", "försenat")
    town.ignore(town.coordinator, town.service_group, town.enterprise)


async def test_somebody_with_a_thing_is_forgotten(town: Town) -> None:
    """The thing is still out, nobody is written to any more, and no name stands with it."""
    anna = await town.volunteer("Anna Berg", "granna")
    async with town.signed_in() as karin:
        (item,) = await things(town, karin, "Rullator")
        await lent(town, karin, item, anna)
        person = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", anna.number)
        await erase(town.runtime.office, person, town.clock.now())
        await town.forward(days=6)
        anna.hears_nothing()
        await karin.sees("/equipment", "någon som har glömts", "försenat", without=("Anna",))
        await karin.sends(f"/equipment/{await loan_of(town, item)}/back", "Det är tillbaka")
