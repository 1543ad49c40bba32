"""The desk sees who is on the telephone, and one operator at a time talks with a caller."""

import asyncio
from typing import Any

import aiohttp

from tests.acceptance.conftest import Town, Visitor
from tests.acceptance.telephone import (
    COORDINATOR,
    ELSA,
    HIDDEN,
    KARIN,
    OLLE,
    Telephone,
    helped,
)


async def call_id(telephone: Telephone, call: Any) -> int:
    return int((await telephone.row(call))["id"])


async def has_telephone(town: Town, name: str, number: str) -> None:
    """The operator with this account has this telephone."""
    await town.runtime.pool.execute(
        "UPDATE person SET phone = $2 WHERE id = (SELECT person_id FROM account WHERE name = $1)", name, number
    )


async def reads_live(visitor: Visitor) -> str:
    """What the page is told when it opens its stream with a position that is not known any more."""
    async with visitor.web.get(visitor.town.base + "/desk/live?since=x:0", timeout=aiohttp.ClientTimeout(total=5)) as stream:
        return (await stream.content.readuntil(b"\n\n")).decode()


async def test_two_operators_do_not_speak_over_each_other(telephone: Telephone, town: Town) -> None:
    await helped(town)
    await town.runtime.pool.execute("UPDATE person SET name = 'Elsa Berg' WHERE phone = $1", ELSA)
    async with town.signed_in("operator", "Karin Ek") as karin, town.signed_in("operator", "Olle Ask") as olle:
        await karin.sees("/desk/phone", "Ingen är i telefon")
        await telephone.operator("A", KARIN)
        await telephone.operator("B", OLLE)
        call = await (await telephone.calls(ELSA)).pressed("1")
        number = await call_id(telephone, call)
        for visitor in (karin, olle):
            await visitor.sees("/desk/phone", "Elsa Berg", "är i telefon", "Jag talar med dem", without=("Du: öppna sidan",))
        # Karin takes her: her page opens, with what is known and what goes on.
        await karin.sends(f"/desk/phone/{number}/take", "Elsa Berg", ELSA, "Handla mat", "Anna Ek")
        await olle.sees("/desk/phone", "Karin Ek talar med dem", without=("Jag talar med dem",))
        await olle.sends(f"/desk/phone/{number}/take", "Karin talar redan med den som ringer", status=409)
        await olle.sends(f"/desk/phone/{number}/release", "Karin talar redan", status=409)
        await karin.sends(f"/desk/phone/{number}/take", "Elsa Berg")  # twice is fine
        await karin.sends(f"/desk/phone/{number}/release", "Jag talar med dem")
        await olle.sends(f"/desk/phone/{number}/take", "Elsa Berg")
        # Karin sees that it was a mistake, and takes over.
        await karin.sends(f"/desk/phone/{number}/take", "Elsa Berg", anyway="1")
        await olle.sees("/desk/phone", "Karin Ek talar med dem")
        await call.rang("answered")
        await olle.sees("/desk/phone", "Ingen är i telefon")
        await olle.sends(f"/desk/phone/{number}/take", "Samtalet är slut", status=409)
        await olle.sends("/desk/phone/12345/take", status=404)
        await olle.sends(f"/desk/phone/{number}/sing", status=404)
    events = await town.runtime.pool.fetch("SELECT kind FROM events WHERE kind LIKE 'phone.%' ORDER BY id")
    taken = ["phone.taken", "phone.released", "phone.taken", "phone.taken"]
    assert [row["kind"] for row in events] == ["phone.rang", *taken, "phone.ended"]


async def test_of_two_who_take_a_caller_at_the_same_moment_one_has_them(telephone: Telephone, town: Town) -> None:
    await telephone.operator("A", KARIN)
    await telephone.operator("B", OLLE)
    call = await (await telephone.calls(ELSA)).pressed("1")
    number = await call_id(telephone, call)
    async with town.signed_in("operator", "Karin Ek") as karin, town.signed_in("operator", "Olle Ask") as olle:
        tokens = [await karin.csrf(), await olle.csrf()]

        async def take(visitor: Visitor, csrf: str) -> int:
            async with visitor.web.post(
                f"{town.base}/desk/phone/{number}/take", data={"csrf": csrf}, allow_redirects=False
            ) as response:
                return response.status

        assert sorted(await asyncio.gather(take(karin, tokens[0]), take(olle, tokens[1]))) == [303, 409]
    await call.rang("answered")


async def test_where_the_carrier_tells_who_has_answered_nobody_needs_to_say_so(telephone: Telephone, town: Town) -> None:
    async with town.signed_in("operator", "Karin Ek") as karin, town.signed_in("operator", "Olle Ask") as olle:
        await has_telephone(town, "Karin Ek", KARIN)
        await has_telephone(town, "Olle Ask", OLLE)
        await town.import_people(
            "name,phone,area,group,skills,languages,telegram_id,role,organisation\n"
            f"Karin Ek,{KARIN},,hotline,,,,operator,\nOlle Ask,{OLLE},,hotline,,,,operator,\n"
        )
        call = await (await telephone.calls(ELSA)).pressed("1")
        await karin.sees("/desk/phone", "Din telefon ringer", "Jag talar med dem")
        await call.somebody_answers(OLLE)
        if telephone.carrier == "twilio":
            await olle.sees("/desk/phone", "Du: öppna sidan", f'data-open="/desk?call={await call_id(telephone, call)}"')
            await karin.sees("/desk/phone", "Olle Ask talar med dem", without=("data-open",))
        else:  # 46elks does not: he says so himself
            await olle.sees("/desk/phone", "Jag talar med dem", without=("data-open",))
        await call.rang("answered")


async def test_where_one_telephone_rings_alone_the_callers_page_opens_there(telephone: Telephone, town: Town) -> None:
    async with town.signed_in("operator", "Karin Ek") as karin:
        await has_telephone(town, "Karin Ek", KARIN)
        await town.import_people(
            f"name,phone,area,group,skills,languages,telegram_id,role,organisation\nKarin Ek,{KARIN},,hotline,,,,operator,\n"
        )
        call = await (await telephone.calls(ELSA)).pressed("1")
        page = f'data-open="/desk?call={await call_id(telephone, call)}"'
        await karin.sees("/desk/phone", "Din telefon ringer", "Öppna sidan", page)
        await call.nobody_answers()  # the coordinator's telephone rings
        await karin.sees("/desk/phone", "Jag talar med dem", without=("data-open", "Din telefon ringer"))
        await call.rang("answered")
        assert (await telephone.row(call))["operator_id"] == await telephone.id_of(COORDINATOR)  # it was nobody else


async def test_the_form_opens_on_a_hidden_caller_without_a_number(telephone: Telephone, town: Town) -> None:
    async with town.signed_in("operator", "Karin Ek") as karin:
        call = await (await telephone.calls(HIDDEN)).pressed("1")
        await karin.sees("/desk/phone", "Dolt nummer")
        number = await call_id(telephone, call)
        await karin.sees(f"/desk?call={number}", "Nytt samtal")
        await karin.sees("/desk?call=x", "Nytt samtal")
        await karin.sees("/desk?call=99999", "Nytt samtal")
        await call.nobody_answers()
        await karin.sees("/desk/phone", "talar in ett meddelande")
        await call.hangs_up()


async def test_the_desk_hears_at_once_that_somebody_rings(telephone: Telephone, town: Town) -> None:
    await telephone.operator("A", KARIN)
    await telephone.operator("B", OLLE)
    async with town.signed_in("operator", "Karin Ek") as karin:
        page = await karin.sees("/desk")
        since = page.split("/desk/live?since=")[1].split('"')[0]
        async with karin.web.get(f"{town.base}/desk/live?since={since}", timeout=aiohttp.ClientTimeout(total=10)) as stream:
            call = await (await telephone.calls(ELSA)).pressed("1")
            while True:
                line = (await stream.content.readline()).decode()
                if line.startswith("data: {") and '"phone":1' in line.replace(" ", ""):
                    break
        await call.rang("answered")


async def test_only_the_office_sees_who_rings(telephone: Telephone, town: Town) -> None:
    for role, more in (("area-lead", {"area": "granna"}), ("service", {})):
        async with town.signed_in(role, f"En {role}", **more) as visitor:
            await visitor.sees("/desk/phone", status=403)
    async with town.at_a_browser() as stranger:
        await stranger.sees("/desk/phone", "Logga in")
