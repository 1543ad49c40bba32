"""Becoming a volunteer in the chat: by a link, one question at a time, and nothing kept without a yes."""

from typing import Any

import pytest

from service.demo.bot_api import ChatUser, Sent
from tests.acceptance.chat.conftest import ANNA, Member, Telegram, labels
from tests.acceptance.conftest import NetworkChange, Town

ANNAS_NUMBER = "+46701234599"


async def until_phone(anna: Member, start: str = "/start volontar") -> None:
    await anna.writes(start)
    await anna.expects("roligt att du vill hjälpa")
    asked = await anna.expects("telefonnummer")
    assert asked.keyboard == [[("Dela mitt telefonnummer", "contact")]]


async def from_skills(anna: Member) -> Sent:
    """The questions after the area, answered as Anna does."""
    await anna.expects("Tryck på det som stämmer")
    await anna.taps("Bil")
    assert "✓ Bil" in labels(anna.shows())
    await anna.taps("Dragkrok")
    await anna.taps("✓ Dragkrok")
    await anna.taps("Klar, nästa fråga")
    await anna.expects("Vilka språk")
    await anna.taps("English")
    await anna.taps("Klar, nästa fråga")
    await anna.expects("När kan du oftast")
    await anna.taps("Kvällar")
    await anna.taps("Klar, nästa fråga")
    return await anna.expects("Vi sparar", "/radera")


async def row_of(town: Town, user: ChatUser) -> Any:
    return await town.runtime.pool.fetchrow("SELECT * FROM person WHERE telegram_id = $1", user.id)


async def test_anna_signs_up_and_is_asked(town: Town, telegram: Telegram) -> None:
    """From the link on the page to the first offer."""
    anna = telegram.member(ANNA)
    await until_phone(anna)
    await anna.shares_number(ANNAS_NUMBER)
    asked = await anna.expects("Vad heter du")
    assert labels(asked) == ["Anna Berg"]
    await anna.taps("Anna Berg")
    await anna.expects("förening")
    await anna.writes("Equmeniakyrkan Gränna")
    area = await anna.expects("Var vill du hjälpa till")
    assert area.keyboard == [[("Dela min plats", "location")]]
    await anna.writes("jag bor i Gränna")
    await from_skills(anna)
    await anna.taps("Ja, det är okej")
    await anna.expects("Välkommen", "Gränna och Örserum")
    row = await row_of(town, ANNA)
    assert (row["name"], row["organisation"], row["phone"], row["area"]) == (
        "Anna Berg", "Equmeniakyrkan Gränna", ANNAS_NUMBER, "granna",
    )  # fmt: skip
    assert (row["skills"], row["languages"], row["available"]) == (["car"], ["sv", "en"], ["evenings"])
    assert await town.runtime.pool.fetchval("SELECT how FROM consent WHERE person_id = $1", row["id"]) == "chat"

    elsa = town.phone("+46701000001")
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await anna.expects("Handla mat", "Gränna")


async def test_a_number_must_be_the_senders_own(town: Town, telegram: Telegram) -> None:
    """A friend's contact, a number typed by hand, and then the own one."""
    anna = telegram.member(ANNA)
    await until_phone(anna)
    await anna.shares_number("+46701234500", of=999)
    await anna.expects("någon annans nummer")
    await anna.writes("0701234599")
    await anna.expects("måste komma från knappen")
    assert (await row_of(town, ANNA))["phone"] is None
    await anna.shares_number(ANNAS_NUMBER.removeprefix("+"))
    await anna.expects("Vad heter du")
    assert (await row_of(town, ANNA))["phone"] == ANNAS_NUMBER


async def test_somebody_known_by_the_number_becomes_one_with_the_account(town: Town, telegram: Telegram) -> None:
    """A volunteer from the import shares the number: same person, nothing asked twice, no second row."""
    await town.import_people("name,phone,area,organisation\nAnna Berg," + ANNAS_NUMBER + ",granna,Scouterna\n")
    anna = telegram.member(ANNA)
    await anna.writes("hej")
    await anna.expects("Vad behöver du hjälp med")
    await anna.shares_number(ANNAS_NUMBER)
    await anna.expects("nu har vi ditt telefonnummer")
    rows = await town.runtime.pool.fetch("SELECT * FROM person WHERE phone = $1 AND merged_into IS NULL", ANNAS_NUMBER)
    assert [(r["name"], r["telegram_id"]) for r in rows] == [("Anna Berg", ANNA.id)]
    await anna.writes("/start volontar")
    await anna.expects("redan volontär", "Gränna")
    telegram.ignored.add(ANNA.id)
    town.ignore(town.coordinator)


async def test_a_shared_position_is_a_place(town: Town, telegram: Telegram) -> None:
    """The nearest place counts; far away is asked about, with the areas as buttons."""
    anna = telegram.member(ANNA)
    await until_phone(anna, "/start volontar-nosuchplace")
    await anna.shares_number(ANNAS_NUMBER)
    await anna.taps("Anna Berg")
    await anna.taps("Nej, ingen")
    telegram.read[ANNA.id] += 3
    await anna.shares_position(59.33, 18.07)
    assert "Gränna och Örserum" in labels(await anna.expects("hittar vi inte"))
    await anna.shares_position(58.0170, 14.4670)
    await from_skills(anna)
    await anna.taps("Nej")
    await anna.expects("sparar vi ingenting")
    row = await row_of(town, ANNA)
    assert (row["name"], row["area"], row["roles"], row["skills"]) == ("", None, [], [])


@pytest.mark.parametrize("change_network", [lambda raw: raw["area"][-1].update(volunteers=1)], ids=["one is enough"])
async def test_whoever_is_not_needed_yet_hears_so(town: Town, telegram: Telegram, change_network: NetworkChange) -> None:
    """Ekerö 2015: "is it fine if we come back later?" The standby pool is asked when the others have been."""
    first = await town.volunteer("Bo Ek", "granna")
    anna = telegram.member(ANNA)
    await until_phone(anna, "/start volontar-granna")
    await anna.shares_number(ANNAS_NUMBER)
    await anna.taps("Anna Berg")
    await anna.taps("Nej, ingen")
    telegram.read[ANNA.id] += 2
    await from_skills(anna)
    await anna.taps("Ja, det är okej")
    await anna.expects("reservlista", "bland de första")
    elsa = town.phone("+46701000001")
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await anna.expects("Handla mat")  # a wave of three, and only two there are
    await first.offer()
    row = await row_of(town, ANNA)
    assert row["standby_since"] is not None


async def test_danger_is_heard_in_the_middle_of_questions(town: Town, telegram: Telegram) -> None:
    """Whatever was being asked: ring 112, and a human at once."""
    anna = telegram.member(ANNA)
    await until_phone(anna)
    await anna.writes("Min mamma har ramlat och svarar inte")
    await anna.expects("RING 112")
    await anna.expects("ringa dig")
    await town.coordinator.offer("MÖJLIG FARA FÖR LIV")


async def test_old_links_and_strange_words_lead_to_the_welcome(town: Town, telegram: Telegram) -> None:
    """A deep link from an old poster means nothing any more: the same welcome as without one."""
    anna = telegram.member(ANNA)
    for start in ("/start", "/start aHR0cHM6Ly9vbGQ", "/start " + "x" * 64):
        await anna.writes(start)
        welcome = await anna.expects("Behöver du hjälp")
        assert labels(welcome) == ["Jag vill hjälpa till", "Jag behöver hjälp"]
    await anna.taps("Jag behöver hjälp")
    await anna.expects("Skriv vad du behöver")
    await anna.writes("/okänt")
    await anna.expects("STATUS")
    await anna.taps("Jag vill hjälpa till")
    await anna.expects("roligt")
    await anna.expects("telefonnummer")
    await anna.writes("/avbryt")
    await anna.expects("slutar där")
