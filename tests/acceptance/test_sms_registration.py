"""Becoming a volunteer by SMS: an offer in own words begins it, one question at a time, and nothing is kept without a yes."""

import asyncio
import re
from typing import Any

import pytest

from sql import query
from tests.acceptance.conftest import NetworkChange, Phone, Town

ANNA = "+46701234599"
ELSA = "+46704444441"
OFFER = "Jag kan hjälpa till med handling, bor i Bankeryd och har bil"


async def row_of(town: Town, number: str = ANNA) -> Any:
    return await town.runtime.pool.fetchrow("SELECT * FROM person WHERE phone = $1", number)


async def talks(town: Town) -> int:
    return int(await town.runtime.pool.fetchval("SELECT count(*) FROM conversation WHERE person_id IS NOT NULL"))


async def until_consent(anna: Phone) -> None:
    """From the offer above to the last question."""
    await anna.sends(OFFER)
    await anna.expects("Vad roligt", "AVBRYT", "Vad heter du?")
    await anna.sends("Anna Berg")
    await anna.expects("förening")
    await anna.sends("Nej")
    await anna.expects("Vilka språk")
    await anna.sends("svenska och engleska")
    await anna.expects("När kan du")
    await anna.sends("kvällar")
    await anna.expects("Anna Berg, Bankeryd", "Får vi spara", "JA eller NEJ")


async def test_anna_offers_and_is_asked(town: Town) -> None:
    """Her own words have answered where she lives and what she has; she is asked for the rest, and then for her first task."""
    anna = town.phone(ANNA)
    await until_consent(anna)
    assert (await row_of(town))["name"] == ""  # nothing before she agrees
    await anna.sends("ja det går bra")
    await anna.expects("Välkommen", "volontär i", "STOPP")
    row = await row_of(town)
    assert (row["name"], row["organisation"], row["area"], row["place"]) == ("Anna Berg", "", "bankeryd", "Bankeryd")
    assert (row["roles"], row["skills"], row["languages"], row["available"]) == (
        ["volunteer"], ["car"], ["sv", "en"], ["evenings"],
    )  # fmt: skip
    pool = town.runtime.pool
    assert await pool.fetchval("SELECT how FROM consent WHERE person_id = $1", row["id"]) == "sms"
    assert await pool.fetchval("SELECT data FROM events WHERE kind = 'person.registered'") is not None
    assert await talks(town) == 0

    await town.forward(hours=10)  # she can in the evenings
    elsa = town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Bankeryd")
    await elsa.expects("letar")
    await anna.offer("handla mat", "Bankeryd")


async def test_every_question_is_asked_of_whoever_says_nothing_of_it(town: Town) -> None:
    anna = town.phone(ANNA)
    await anna.sends("hur blir man volontär")
    await anna.expects("Vad heter du?")
    await anna.sends("hej, jag heter anna berg och bor i Gränna")  # answers two
    await anna.expects("förening")
    await anna.sends("Ja, Equmeniakyrkan Gränna")
    await anna.expects("Har du bil")
    await anna.sends("bil o släp")
    await anna.expects("Vilka språk")
    await anna.sends("bara svenska")
    await anna.expects("När kan du")
    await anna.sends("när som helst")
    await anna.expects("Anna Berg, Gränna")
    await anna.sends("Ja")
    await anna.expects("Välkommen")
    row = await row_of(town)
    assert (row["name"], row["organisation"], row["skills"], row["available"]) == (
        "Anna Berg", "Equmeniakyrkan Gränna", ["car", "tow-bar"], [],
    )  # fmt: skip
    member = "SELECT group_key FROM group_member WHERE person_id = $1"
    assert await town.runtime.pool.fetchval(member, row["id"]) == "area:granna"


async def test_an_offer_in_english_is_asked_in_english(town: Town) -> None:
    john = town.phone(ANNA)
    await john.sends("I want to help, I live in Huskvarna and have a car. My name is John Smith")
    await john.expects("How good", "CANCEL", "club")
    await john.sends("no")
    await john.expects("Which languages")
    await john.sends("English and a little swedish")
    await john.expects("When can you")
    await john.sends("weekends")
    await john.expects("John Smith, Huskvarna", "YES or NO")
    await john.sends("YES")
    await john.expects("Welcome")
    row = await row_of(town)
    assert (row["name"], row["languages"], row["available"]) == ("John Smith", ["en", "sv"], ["weekends"])


@pytest.mark.parametrize(
    ("offer", "answers"),
    [
        ("Haluaisin auttaa vanhuksia, asun paikassa Gränna", ["Matti Ek", "ei", "auto", "suomi, ruotsi", "iltaisin", "joo"]),
        ("أريد أن أتطوع، أسكن في Huskvarna", ["أحمد علي", "لا", "سيارة", "العربية", "دائما", "نعم"]),
        ("Хочу стати волонтером, живу в Huskvarna", ["Оксана Коваль", "ні", "авто", "українська", "вихідні", "так"]),
    ],
    ids=["Finnish", "Arabic", "Ukrainian"],
)  # fmt: skip
async def test_whoever_writes_another_language_is_asked_and_answers_in_it(town: Town, offer: str, answers: list[str]) -> None:
    phone = town.phone(ANNA)
    await phone.sends(offer)
    for said in answers:
        await phone.expects()
        await phone.sends(said)
    await phone.expects("STOPP")
    row = await row_of(town)
    assert (row["roles"], row["skills"], row["name"]) == (["volunteer"], ["car"], answers[0])


@pytest.mark.parametrize("change_network", [lambda raw: raw["area"][-1].update(volunteers=1)], ids=["one is enough"])
async def test_whoever_is_not_needed_yet_hears_so(town: Town, change_network: NetworkChange) -> None:
    """Ekerö 2015: "is it fine if we come back later?" As in the chat."""
    await town.volunteer("Bo Ek", "granna")
    anna = town.phone(ANNA)
    await anna.sends("Jag vill bli volontär i Gränna, jag heter Anna Berg och har bil på helger")
    await anna.expects("förening")
    await anna.sends("nej")
    await anna.expects("Vilka språk")
    await anna.sends("svenska")
    await anna.expects("Får vi spara")
    await anna.sends("JA")
    await anna.expects("reservlista", "bland de första")
    assert (await row_of(town))["standby_since"] is not None


async def test_what_is_not_understood_is_asked_again_and_then_a_human_takes_over(town: Town) -> None:
    anna = town.phone(ANNA)
    await anna.sends(OFFER)
    await anna.expects("Vad heter du?")
    await anna.sends("ja")
    await anna.expects("bara ditt namn", "AVBRYT")
    await anna.sends("Anna")
    await anna.expects("förening")
    await anna.sends("nej")
    await anna.expects("Vilka språk")
    for said in ("klingonska", "ja"):  # counted anew: the name was understood
        await anna.sends(said)
        await anna.expects("förstod inte vilket språk")
    await anna.sends("hmm")
    await anna.expects("En person hos oss")
    await town.coordinator.offer("Vill bli volontär", "Anna")
    assert await talks(town) == 0
    row = await row_of(town)
    assert "volunteer" not in row["roles"]


@pytest.mark.parametrize("word", ["AVBRYT", "avsluta", "cancel", "Jag ångrar mig"])
async def test_breaking_off_leaves_nothing_of_somebody_new(town: Town, word: str) -> None:
    anna = town.phone(ANNA)
    await anna.sends(OFFER)
    await anna.expects("Vad heter du?")
    await anna.sends("Anna Berg")
    await anna.expects("förening")
    await anna.sends(word)
    await anna.expects("slutar där", "Inget")
    assert await row_of(town) is None
    assert await talks(town) == 0
    people = "SELECT count(*) FROM person WHERE name ILIKE '%anna%' OR 'volunteer' = ANY (roles) OR stopped_at IS NOT NULL"
    assert await town.runtime.pool.fetchval(people) == 0
    await anna.sends(OFFER)  # and another day she may think better of it
    await anna.expects("Vad heter du?")


async def test_no_to_keeping_leaves_nothing(town: Town) -> None:
    anna = town.phone(ANNA)
    await until_consent(anna)
    await anna.sends("absolut inte")
    await anna.expects("sparar vi ingenting")
    assert await row_of(town) is None
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM consent") == 0


async def test_stop_stops_in_the_middle(town: Town) -> None:
    anna = town.phone(ANNA)
    await anna.sends(OFFER)
    await anna.expects("Vad heter du?")
    await anna.sends("STOPP")
    await anna.expects("inga fler SMS")
    assert (await row_of(town))["stopped_at"] is not None
    await anna.sends("Anna Berg")  # no answer to anything any more
    assert await talks(town) == 0
    town.ignore(anna, town.coordinator)


async def test_danger_in_the_middle_is_danger(town: Town) -> None:
    """Ring 112, a human at once, and what follows is about the danger, whatever was being asked."""
    anna = town.phone(ANNA)
    await anna.sends(OFFER)
    await anna.expects("Vad heter du?")
    await anna.sends("Min mamma har ramlat och svarar inte")
    await anna.expects("RING 112")
    await town.coordinator.offer("MÖJLIG FARA FÖR LIV")
    await anna.sends("Storgatan Gränna")
    town.ignore(town.coordinator, anna)
    assert await town.runtime.pool.fetchval("SELECT step FROM conversation") == "name"


async def test_a_request_and_a_question_in_the_middle_are_dealt_with_and_it_goes_on(town: Town) -> None:
    """A new request asks something of its own: the newest question is the one that is answered."""
    anna = town.phone(ANNA)
    await anna.sends("Jag vill bli volontär")
    await anna.expects("Vad heter du?")
    await anna.sends("Får jag betalt för bensinen?")
    await anna.expects("En person hos oss")
    await town.coordinator.offer("fråga")
    await anna.sends("Min granne behöver hjälp att handla mat")
    await anna.expects("Var bor du?")
    await anna.sends("Gränna")
    await anna.expects("letar")
    await anna.sends("Anna Berg")
    await anna.expects("förening")
    town.ignore(town.coordinator, town.service_group, town.enterprise)


async def test_it_is_remembered_for_days_but_not_for_ever(town: Town) -> None:
    anna = town.phone(ANNA)
    await anna.sends(OFFER)
    await anna.expects("Vad heter du?")
    await town.forward(days=6)
    await anna.sends("Anna Berg")
    await anna.expects("förening")
    await town.forward(days=7, minutes=1)
    await anna.sends("Lions")  # nobody knows any more what it answers
    await anna.expects("Vad behöver du hjälp med")
    assert await talks(town) == 0
    await anna.sends("AVBOKA")
    await anna.expects("avbokat")


async def test_what_somebody_never_came_back_to_goes(town: Town) -> None:
    """Nothing is kept of somebody who has agreed to nothing: it goes when the next one is asked."""
    anna, bo = town.phone(ANNA), town.phone("+46701234598")
    await bo.sends("Jag vill hjälpa till, jag heter Bo Ek")
    await bo.expects("förening")
    await town.forward(days=9)
    await anna.sends("Jag vill bli volontär i Gränna")
    await anna.expects("Vad heter du?")
    assert await row_of(town, bo.number) is None
    assert await talks(town) == 1


async def test_hello_was_no_request_for_help(town: Town) -> None:
    """Asked what she needs, she says that she wants to help: what was taken for a request is none."""
    anna = town.phone(ANNA)
    await anna.sends("Hej!")
    await anna.expects("Vad behöver du hjälp med")
    await anna.sends("Jag vill hjälpa till, bor i Gränna")
    await anna.expects("Vad roligt", "Vad heter du?")
    assert await town.runtime.pool.fetchval("SELECT state FROM task") == "cancelled"


async def test_words_about_the_help_that_comes_are_about_that(town: Town) -> None:
    """She waits for her food, and was just asked whether she belongs to a club."""
    bo, elsa = await town.volunteer("Bo Ek", "granna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    number = await bo.offer("handla mat")
    await elsa.sends("Jag vill också bli volontär, jag heter Elsa Ek")
    await elsa.expects("förening")
    await town.forward(minutes=1)
    await bo.sends(f"JA {number}")
    await bo.expects(ELSA)
    await elsa.expects("Bo")
    await elsa.sends("porten är låst, ring på")
    await bo.expects("porten är låst")
    await elsa.expects("")
    await elsa.sends("Hembygdsföreningen")
    await elsa.expects("Har du bil")
    data = await town.runtime.pool.fetchval("SELECT data ->> 'organisation' FROM conversation")
    assert data == "Hembygdsföreningen"


async def test_a_surname_that_is_a_place_is_a_name(town: Town) -> None:
    anna = town.phone(ANNA)
    await anna.sends("Jag vill bli volontär")
    await anna.expects("Vad heter du?")
    await anna.sends("Anna Gränna")
    await anna.expects("förening")
    await anna.sends("nej")
    await anna.expects("Var bor du?")
    await anna.sends("Örkelljunga")
    await anna.expects("hittar inte platsen")
    await anna.sends("Bankeryd då")
    await anna.expects("Har du bil")


async def test_what_stands_beside_the_name_is_not_asked_again(town: Town) -> None:
    anna = town.phone(ANNA)
    await anna.sends("Jag vill bli volontär")
    await anna.expects("Vad heter du?")
    await anna.sends("Anna Berg, bor i Gränna, har bil och pratar arabiska. Kan på helger")
    await anna.expects("förening")
    await anna.sends("nej")
    await anna.expects("Anna Berg, Gränna", "Får vi spara")
    await anna.sends("ja")
    await anna.expects("Välkommen")
    row = await row_of(town)
    assert (row["skills"], row["languages"], row["available"]) == (["car"], ["sv", "ar"], ["weekends"])


async def test_who_has_become_a_volunteer_otherwise_is_asked_no_more(town: Town) -> None:
    """A coordinator has phoned her meanwhile."""
    anna = town.phone(ANNA)
    await until_consent(anna)
    await town.import_people(f"name,phone,area\nAnna Berg,{ANNA},granna\n")
    await anna.sends("Ja")
    await anna.expects("redan volontär")
    assert await talks(town) == 0
    assert (await row_of(town))["area"] == "granna"


async def test_two_answers_at_once_are_taken_one_after_the_other(town: Town) -> None:
    """Whoever writes on before our answer has come loses nothing."""
    anna = town.phone(ANNA)
    await anna.sends("Jag vill bli volontär i Gränna")
    await anna.expects("Vad heter du?")
    await asyncio.gather(*(town.carrier.receive(ANNA, text) for text in ("Anna Berg", "nej")))
    await town.settle()
    await anna.expects("förening")
    await anna.expects("Har du bil")
    assert await town.runtime.pool.fetchval("SELECT data ->> 'name' FROM conversation") == "Anna Berg"


async def test_an_organisation_is_a_humans(town: Town) -> None:
    for number, offer in enumerate(
        (
            "scoutkåren i Hovslätt ställer upp, vi är tolv personer",
            "Fotbollslaget i Huskvarna kan skotta snö åt äldre i vinter",
            "Min dotter vill hjälpa till, hon bor i Gränna",
        )
    ):
        leader = town.phone(f"+467012346{number:02d}")
        await leader.sends(offer)
        await leader.expects("En person hos oss")
        await town.coordinator.offer("Vill bli volontär")


async def test_a_landline_cannot_answer_by_sms(town: Town) -> None:
    """Somebody phones instead."""
    landline = town.phone("+4636123456")
    await landline.sends(OFFER)
    await town.coordinator.offer("Vill bli volontär")
    landline.hears_nothing()
    assert await talks(town) == 0


async def test_a_volunteer_hears_that_it_is_done_already(town: Town) -> None:
    bo = await town.volunteer("Bo Ek", "granna")
    before = await row_of(town, bo.number)
    await bo.sends("Jag vill hjälpa till, bor i Bankeryd och har bil")
    await bo.expects("redan volontär i Gränna")
    after = await row_of(town, bo.number)
    assert {k: v for k, v in after.items() if k != "turn"} == {k: v for k, v in before.items() if k != "turn"}


async def test_an_offer_while_a_task_is_offered_may_be_its_answer(town: Town) -> None:
    bo, elsa = await town.volunteer("Bo Ek", "granna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    number = await bo.offer("handla mat")
    await bo.sends("Jag kan hjälpa till")
    await bo.expects("Menar du", f"JA {number}")
    await bo.sends(f"JA {number}")
    await bo.expects(ELSA)
    await elsa.expects("Bo")


async def test_a_resident_may_help_too_and_stays_a_resident(town: Town) -> None:
    """What is known of her is not asked again; a yes about her visit and a yes to being kept are two things."""
    bo, elsa = await town.volunteer("Bo Ek", "granna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    number = await bo.offer("handla mat")
    await bo.sends(f"JA {number}")
    await bo.expects(ELSA)
    await elsa.expects("Bo")
    await elsa.sends("Jag vill gärna hjälpa till själv också, kan ringa till ensamma")
    await elsa.expects("Vad heter du?")
    for said, asks in (("Elsa Ek", "förening"), ("nej", "bil"), ("nej", "språk"), ("svenska", "När"), ("helger", "Får vi spara")):
        await elsa.sends(said)
        await elsa.expects(asks)
    await town.forward(minutes=1)
    await bo.sends(f"KLAR {number}")
    await bo.expects("Tack")
    await elsa.expects("Fick du hjälp?")
    await elsa.sends("Ja")
    await elsa.expects("två saker", "JA VOLONTÄR", "JA 1")
    assert (await town.task())["state"] == "done"
    await elsa.sends("JA VOLONTÄR")
    await elsa.expects("Välkommen")
    assert (await row_of(town, ELSA))["roles"] == ["resident", "volunteer"]
    assert (await town.task())["state"] == "done"
    await elsa.sends("Ja")  # only one thing is left that it can mean
    await elsa.expects("Tack")
    assert (await town.task())["state"] == "closed"


async def test_the_newest_question_gets_the_yes(town: Town) -> None:
    """The visit was asked about long ago; she has answered three questions since."""
    bo, elsa = await town.volunteer("Bo Ek", "granna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    number = await bo.offer("handla mat")
    await bo.sends(f"JA {number}")
    await bo.expects(ELSA)
    await elsa.expects("Bo")
    await bo.sends(f"KLAR {number}")
    await bo.expects("Tack")
    await elsa.expects("Fick du hjälp?")
    await town.forward(minutes=5)
    await elsa.sends("Jag vill bli volontär, jag heter Elsa Ek, har bil och kan på helger")
    for asks, said in (("förening", "nej"), ("språk", "svenska"), ("Får vi spara", "ja")):
        await elsa.expects(asks)
        await elsa.sends(said)
    await elsa.expects("Välkommen")
    assert (await town.task())["state"] == "done"


async def test_an_answer_to_an_offer_in_the_middle_is_one(town: Town) -> None:
    """Somebody of the service group, who is asked about tasks, signs up as a volunteer as well."""
    worker = town.service_group
    await worker.sends("Jag vill bli volontär också, bor i Gränna och har bil")
    await worker.expects("Vad heter du?")
    elsa = town.phone(ELSA)
    town.ignore(elsa, town.enterprise)
    await elsa.sends("Jag behöver hjälp att duscha. Bor i Gränna")
    number = await worker.offer()
    await worker.sends(f"OK {number}")
    await worker.expects("Tack")
    assert await town.runtime.pool.fetchval("SELECT step FROM conversation") == "name"
    town.ignore(worker)


async def test_it_goes_on_when_two_rows_are_merged(town: Town) -> None:
    """A coordinator finds out that she is known by another number: her answers from the old telephone count."""
    anna, kept = town.phone(ANNA), "+46701234598"
    await town.import_people(f"name,phone,role\nAnna Berg,{kept},lead\n")
    await anna.sends(OFFER)
    await anna.expects("Vad heter du?")
    ids = [(await row_of(town, number))["id"] for number in (kept, ANNA)]
    async with town.signed_in() as karin:
        page = await karin.sees(f"/people/{ids[0]}/merge?other={ids[1]}")
        seen = re.search(r'name="seen" value="([^"]*)"', page)
        assert seen
        await karin.sends(f"/people/{ids[0]}/merge", other=str(ids[1]), seen=seen[1])
    assert await town.runtime.pool.fetchval("SELECT person_id FROM conversation") == ids[0]
    await anna.sends("Anna Berg")
    await anna.expects("förening")
    assert await talks(town) == 1


async def test_of_two_that_are_merged_the_kept_ones_goes_on(town: Town) -> None:
    anna, same = town.phone(ANNA), town.phone("+46701234598")
    for phone in (anna, same):
        await phone.sends(OFFER)
        await phone.expects("Vad heter du?")
    ids = [(await row_of(town, phone.number))["id"] for phone in (anna, same)]
    await anna.sends("Anna Berg")
    await anna.expects("förening")
    await town.runtime.pool.fetch(query("merge_rows"), *ids)
    rows = await town.runtime.pool.fetch("SELECT person_id, step FROM conversation")
    assert [tuple(row) for row in rows] == [(ids[0], "organisation")]
