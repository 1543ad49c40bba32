"""What can be written in the chat: pause, own tasks, language, help, being forgotten, and the rota."""

import asyncio

import pytest

from service.demo.bot_api import ChatUser
from tests.acceptance.chat.conftest import ANNA, BO, CIA, Telegram, labels
from tests.acceptance.conftest import NetworkChange, Town

ELSA = "+46701000001"


async def test_a_pause_and_its_end(town: Town, telegram: Telegram) -> None:
    """Not asked while it lasts; what was taken stays; /igen ends it."""
    anna = await telegram.volunteer(ANNA)
    await anna.writes("/paus")
    assert labels(await anna.expects("Hur länge")) == ["Till i morgon", "En vecka", "En månad", "Tills jag säger till"]
    await anna.taps("En vecka")
    await anna.expects("förrän onsdag 15 april", "/igen")
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    anna.hears_nothing()
    await anna.writes("/igen")
    await anna.expects("Vi frågar dig igen")
    await elsa.sends("Behöver någon som går ut med hunden i Gränna")
    await elsa.expects("letar")
    await anna.expects("Husdjur")
    town.ignore(town.service_group, town.enterprise)


async def test_own_tasks(town: Town, telegram: Telegram) -> None:
    """/mina shows what one has, with its buttons, at the bottom of the chat."""
    anna = await telegram.volunteer(ANNA)
    await anna.writes("/mina")
    await anna.expects("inga uppdrag")
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    first = await anna.expects("Handla mat")
    await anna.taps("Ja, jag kan")
    await elsa.expects("Anna")
    await anna.writes("/mina")
    again = await anna.expects(ELSA)
    assert "Klar" in labels(again)
    assert first.deleted


async def test_the_language_is_chosen(town: Town, telegram: Telegram) -> None:
    """From then on everything is in that language, offers and buttons too."""
    anna = await telegram.volunteer(ANNA)
    await anna.writes("/sprak")
    assert {"Svenska", "English"} <= set(labels(await anna.expects("Vilket språk")))
    await anna.taps("English")
    await anna.expects("I write in English")
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    offer = await anna.expects("Can you help a neighbour")
    assert labels(offer)[0] == "Yes, I can"
    await anna.taps("Yes, I can")
    await elsa.expects("Anna")
    anna.shows("Phone first")
    await anna.writes("/help")
    await anna.expects("/mina: your tasks")


async def test_somebody_is_forgotten(town: Town, telegram: Telegram) -> None:
    """/radera: a question first, then nothing is left, and what was held goes to others."""
    anna, bo = await telegram.volunteer(ANNA), await telegram.volunteer(BO)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await anna.expects("Handla mat")
    await bo.expects("Handla mat")
    await anna.taps("Ja, jag kan")
    await elsa.expects("Anna")
    await anna.writes("/radera")
    await anna.expects("ta bort allt")
    await anna.taps("Nej, behåll")
    await anna.expects("tar inte bort")
    await anna.writes("/radera")
    await anna.expects("ta bort allt")
    await anna.taps("Ja, ta bort allt om mig")
    await anna.expects("borttaget")
    await elsa.expects("kan tyvärr inte")
    telegram.ignored.add(BO.id)
    rows = await town.runtime.pool.fetch("SELECT name FROM person WHERE telegram_id = $1 OR name LIKE 'Anna%'", ANNA.id)
    assert rows == []
    anna.shows(without=(ELSA,))


def shifts(raw: dict[str, object]) -> None:
    """The emergency group has an evening shift for two, every day."""
    raw["shift"] = [{"group": "emergency", "days": "daily", "from": "17:00", "to": "21:00", "needed": 2}]


@pytest.mark.parametrize("change_network", [shifts], ids=["evenings"])
async def test_the_rota_in_the_chat(town: Town, telegram: Telegram, change_network: NetworkChange) -> None:
    """/pass: how many are signed up and where the need is greatest; on and off with one tap; a swap between colleagues."""
    anna = await telegram.volunteer(ANNA, "", group="emergency")
    bo = await telegram.volunteer(BO, "", group="emergency")
    await anna.writes("/pass")
    rota = await anna.expects("Akutgrupp", "ons", "17:00–21:00", "0 av 2", "störst behov")
    assert "uppskriven" in await anna.taps(labels(rota)[0])
    now = anna.shows("1 av 2", "✓ du")
    assert labels(now)[:2] == ["Stryk mig från nr 1", "Byt bort nr 1"]
    assert "kollegor" in await anna.taps("Byt bort nr 1")
    await bo.expects("Akutgrupp")
    await bo.writes("/pass")
    await bo.expects("någon vill byta")
    assert "Passet är ditt" in await bo.taps("Ta över nr 1")
    await anna.expects("En kollega har tagit ditt pass")
    bo.shows("✓ du")
    assert "struken" in await bo.taps("Stryk mig från nr 1")
    telegram.ignored.update({ANNA.id, BO.id})
    town.ignore(town.coordinator)


@pytest.mark.parametrize("change_network", [shifts], ids=["evenings"])
async def test_two_want_the_last_place(town: Town, telegram: Telegram, change_network: NetworkChange) -> None:
    """One has it; the other hears kindly that there are enough."""
    town.ignore(town.coordinator)
    people = [await telegram.volunteer(user, "", group="emergency") for user in (ANNA, BO, CIA)]
    await people[0].writes("/pass")
    await people[0].expects("0 av 2")
    await people[0].taps("Skriv upp mig på nr 1")
    for person in people[1:]:
        await person.writes("/pass")
    messages = [await person.expects("1 av 2") for person in people[1:]]
    button = "Skriv upp mig på nr 1"
    taps = await asyncio.gather(*(telegram.api.taps(p.user, m, button) for p, m in zip(people[1:], messages, strict=True)))
    await town.settle()
    said = sorted(telegram.api.toasts[tap] for tap in taps)
    assert sum("Du är uppskriven" in text for text in said) == 1
    telegram.ignored.update({p.user.id for p in people})


async def test_an_unknown_person_may_ask_for_everything(town: Town, telegram: Telegram) -> None:
    """Nothing raises for somebody whom nobody knows."""
    stranger = telegram.member(ChatUser(9009, "Ny", language="de"))
    for text in ("/mina", "/pass", "/paus", "/igen", "/sprak", "/radera", "/hjalp"):
        await stranger.writes(text)
    assert len(telegram.unread(9009)) == 7
    telegram.ignored.add(9009)
