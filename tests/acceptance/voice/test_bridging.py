"""A volunteer and a resident reach each other through the network's number, and neither sees the other's."""

from typing import Any

from service.demo.telephone import HOTLINE
from tests.acceptance.conftest import Phone, Town
from tests.acceptance.telephone import (
    BO,
    COORDINATOR,
    ELSA,
    LANDLINE,
    Telephone,
    helped,
)


async def also(town: Town, anna: Phone, number: str, text: str, word: str) -> int:
    """One more resident asks, and Anna takes it. Returns the offer's number."""
    await town.forward(minutes=1)
    await town.phone(number).sends(text)
    offer = await anna.offer(word)
    await town.phone(number).expects()
    await anna.sends(f"JA {offer}")
    await anna.expects(number)
    await town.phone(number).expects("Anna")
    return offer


async def connected(telephone: Telephone) -> list[tuple[Any, Any]]:
    """Who was connected about which task: by code and the caller's number."""
    rows = await telephone.town.runtime.pool.fetch(
        "SELECT t.code, p.phone FROM events e JOIN task t ON t.id = e.task_id JOIN person p ON p.id = e.person_id"
        " WHERE e.kind = 'phone.connected' ORDER BY e.id"
    )
    return [tuple(row) for row in rows]


async def test_the_volunteer_rings_the_resident(telephone: Telephone, town: Town) -> None:
    anna, _ = await helped(town)
    call = await telephone.calls(anna.number)
    assert call.said() == ["greeting", "key_4_helps", "key_1", "key_9"]
    await call.pressed("4")
    assert call.said() == ["bridge_helps"]
    assert (call.rings, call.shows) == ([ELSA], HOTLINE)
    assert anna.number not in "".join(call.answers)
    await call.rang("answered")
    assert ((await telephone.row(call))["outcome"], await telephone.waiting()) == ("bridged", [])
    code = (await telephone.tasks())[0]["code"]
    assert await connected(telephone) == [(code, anna.number)]


async def test_the_resident_rings_the_volunteer(telephone: Telephone, town: Town) -> None:
    anna, _ = await helped(town)
    call = await (await telephone.calls(ELSA)).pressed("4")
    assert call.said()[-1] == "bridge_helped"
    assert (call.rings, call.shows) == ([anna.number], HOTLINE)
    await call.hangs_up()  # after the talk, or before: nobody has to phone her about it
    assert await telephone.waiting() == []


async def test_the_volunteer_chooses_among_several_by_key(telephone: Telephone, town: Town) -> None:
    anna, _ = await helped(town)
    await also(town, anna, BO, "Kan någon gå ut med hunden? Bor i Gränna", "husdjur")
    call = await (await telephone.calls(anna.number)).pressed("4")
    assert call.said()[-6:] == ["choose_1", "what_pet", "area_granna", "choose_2", "what_groceries", "area_granna"]
    await call.pressed("2")
    assert (call.rings, call.said()) == ([ELSA], ["bridge_helps"])
    await call.rang("answered")
    call = await (await telephone.calls(anna.number)).pressed("4")
    await call.pressed("1")
    assert call.rings == [BO]
    await call.rang("answered")


async def test_five_tasks_are_no_more_than_four_choices(telephone: Telephone, town: Town) -> None:
    anna, _ = await helped(town)
    for n in range(2, 6):
        await also(town, anna, f"+4670100001{n}", "Kan någon gå ut med hunden? Bor i Gränna", "husdjur")
    call = await (await telephone.calls(anna.number)).pressed("4")
    assert [p for p in call.said() if p.startswith("choose")] == ["choose_1", "choose_2", "choose_3", "choose_4"]
    await call.pressed("5")  # none of them: a human
    assert call.rings == [COORDINATOR]
    await call.rang("answered")


async def test_nobody_is_connected_when_nothing_is_held(telephone: Telephone, town: Town) -> None:
    anna, number = await helped(town)
    await anna.sends(f"KAN INTE {number}")
    await anna.expects()
    await town.phone(ELSA).expects()
    town.ignore(town.coordinator, town.service_group, town.enterprise, town.phone(ELSA))
    call = await telephone.calls(anna.number)
    assert call.said() == ["greeting", "key_1", "key_9"]
    await call.pressed("4")  # by heart
    assert (call.said(), call.waits) == (["nobody_to_bridge", "after"], "key")
    assert await connected(telephone) == []


async def test_what_is_given_back_while_the_menu_is_heard_is_not_connected(telephone: Telephone, town: Town) -> None:
    anna, number = await helped(town)
    await also(town, anna, BO, "Kan någon gå ut med hunden? Bor i Gränna", "husdjur")
    call = await (await telephone.calls(anna.number)).pressed("4")
    await anna.sends(f"KAN INTE {number}")
    await anna.expects()
    await town.phone(ELSA).expects()
    town.ignore(town.coordinator, town.service_group, town.enterprise, town.phone(ELSA))
    await call.pressed("2")  # Elsa's
    assert call.rings == [COORDINATOR]
    await call.rang("answered")


async def test_when_nobody_answers_there_the_caller_is_asked_what_then(telephone: Telephone, town: Town) -> None:
    anna, _ = await helped(town)
    call = await (await telephone.calls(anna.number)).pressed("4")
    await call.nobody_answers()
    assert call.said()[-2:] == ["not_answering", "after"]
    await call.pressed("1")
    assert call.rings == [COORDINATOR]
    await call.rang("answered")
    call = await (await telephone.calls(anna.number)).pressed("4")
    await call.rang("busy")
    await call.pressed("")
    assert (call.said()[-1], call.waits, await telephone.waiting()) == ("goodbye", "", [])


async def test_a_number_that_costs_extra_is_not_rung(telephone: Telephone, town: Town) -> None:
    """Whoever texts from such a number could make the network pay for every call to it."""
    anna, _ = await helped(town)
    await town.runtime.pool.execute("UPDATE person SET phone = '+46900123456' WHERE phone = $1", ELSA)
    call = await (await telephone.calls(anna.number)).pressed("4")
    assert call.said()[-2:] == ["nobody_to_bridge", "after"]


async def test_a_landline_is_a_resident_like_any_other(telephone: Telephone, town: Town) -> None:
    anna, _ = await helped(town)
    await town.runtime.pool.execute("UPDATE person SET phone = $2 WHERE phone = $1", ELSA, LANDLINE)
    call = await (await telephone.calls(anna.number)).pressed("4")
    assert call.rings == [LANDLINE]
    await call.rang("answered")
    call = await (await telephone.calls(LANDLINE)).pressed("4")
    assert call.rings == [anna.number]
    await call.rang("answered")
