"""Residents who write as people do: several things at once, questions in between, somebody else at the same telephone."""

from datetime import UTC, datetime

import pytest

from dispatch.model import ENDED_TASKS_MATTER
from tests.acceptance.conftest import MORNING, Phone, Town

ELSA = "+46701000001"
NIGHT = datetime(2020, 4, 8, 20, 30, tzinfo=UTC)


async def tasks(town: Town) -> dict[str, str]:
    """Every task's category with its state."""
    return {t["category"]: t["state"] for t in (await town.api("GET", "tasks"))["tasks"]}


async def helped(town: Town, anna: Phone, elsa: Phone, text: str = "handla mat i Gränna") -> int:
    """Elsa is helped by Anna, who says that it is done. Returns the offer's number."""
    await elsa.sends(text)
    await elsa.expects("letar")
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.expects("Tack")
    await elsa.expects("Anna")
    await anna.sends(f"KLAR {number}")
    await anna.expects("Tack")
    await elsa.expects("Fick du hjälp")
    return number


async def test_two_things_in_one_message_are_two_requests(town: Town) -> None:
    """One answer names both; each has its own helper."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat och hämta medicin? Bor i Gränna")
    answer = await elsa.expects("handla mat (", "apotek (", ") och ", "Gränna")
    assert len(answer) <= 160
    assert await tasks(town) == {"groceries": "open", "pharmacy": "open"}
    assert {await anna.offer(), await anna.offer()} == {10, 11}
    await anna.sends("JA 10")
    await anna.expects("Tack")
    await elsa.expects("Anna")
    assert sorted((await tasks(town)).values()) == ["open", "taken"]


async def test_two_things_and_no_place_are_one_question(town: Town) -> None:
    """Asked once where it is; the answer opens both."""
    town.ignore(town.service_group, town.enterprise)
    elsa = town.phone(ELSA)
    await elsa.sends("behöver hjälp att handla mat och att skotta snö")
    await elsa.expects("Var bor du?")
    elsa.hears_nothing()
    await elsa.sends("i gränna")
    await elsa.expects("handla mat (", "praktiskt i hemmet (", "Gränna")
    assert await tasks(town) == {"groceries": "open", "home": "open"}


async def test_one_of_two_things_is_the_service_groups(town: Town) -> None:
    """What volunteers may not do goes straight to the municipality, the rest to the area."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await elsa.sends("behöver hjälp att duscha och att någon handlar, Gränna")
    await elsa.expects("vård och omsorg (", "handla mat (")
    await anna.offer("handla mat")
    await town.service_group.offer("vård och omsorg")
    await town.enterprise.offer("vård och omsorg")


async def test_two_things_at_night(town: Town) -> None:
    """The answer says when we begin to ask."""
    town.clock.move_to(NIGHT)
    town.ignore(town.service_group, town.enterprise)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat och hämta paket på posten, Gränna")
    await elsa.expects("handla mat (", "ärende (", "natt", "07:00")


async def test_a_question_in_the_middle(town: Town) -> None:
    """A human answers it; ours still stands, and its answer completes the request."""
    elsa = town.phone(ELSA)
    town.ignore(town.service_group, town.enterprise)
    await elsa.sends("behöver hjälp att handla")
    await elsa.expects("Var bor du?")
    await elsa.sends("är det gratis?")
    await elsa.expects("En person hos oss svarar dig", "var du bor")
    await town.coordinator.offer("Har en fråga", "är det gratis?")
    await elsa.sends("Gränna")
    await elsa.expects("letar", "handla mat", "Gränna")
    async with town.signed_in("operator") as olle:
        await olle.sees("/desk/inbox", "är det gratis?")


async def test_a_question_with_the_answer_to_ours(town: Town) -> None:
    """Both count: the request is opened, and a human answers."""
    elsa = town.phone(ELSA)
    town.ignore(town.service_group, town.enterprise)
    await elsa.sends("behöver hjälp att handla")
    await elsa.expects("Var bor du?")
    await elsa.sends("Gränna, är det gratis?")
    await elsa.expects("letar", "Gränna")
    await town.coordinator.offer("är det gratis?")
    assert sorted((t["state"], t["category"] or "") for t in (await town.api("GET", "tasks"))["tasks"]) == [
        ("open", ""),
        ("open", "groceries"),
    ]


async def test_a_question_before_anybody_knows_what_it_is_about(town: Town) -> None:
    """The same when we have asked what is needed."""
    elsa = town.phone(ELSA)
    await elsa.sends("hej")
    await elsa.expects("Vad behöver du hjälp med?")
    await elsa.sends("kostar det något?")
    await elsa.expects("En person hos oss svarar dig", "vad du vill ha hjälp med")
    await town.coordinator.offer("kostar det något?")
    await elsa.sends("handla")
    await elsa.expects("Var bor du?")


async def test_three_questions_and_then_a_human_who_is_told_of(town: Town) -> None:
    """At most three in a row; then the conversation is in the operators' inbox, and she is told so."""
    elsa = town.phone(ELSA)
    await elsa.sends("hej")
    for _ in range(2):
        await elsa.expects("hjälp")
        await elsa.sends("tjolahopp")
    await elsa.expects("hjälp")
    await elsa.sends("tjolahejsan")
    await elsa.expects("En person hos oss läser ditt meddelande")
    await town.coordinator.offer("Vi förstod inte", "tjolahejsan")
    async with town.signed_in("operator") as olle:
        await olle.sees("/desk/inbox", "Vi förstod inte", "tjolahejsan")


async def test_the_answer_comes_hours_later(town: Town) -> None:
    """A human has been told meanwhile; the answer still opens the request, and the human is told off."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    town.ignore(town.service_group, town.enterprise)  # they are asked meanwhile, as the coordinator was
    await elsa.sends("kan ni hämta min medicin")
    await elsa.expects("Var bor du?")
    await town.forward(minutes=35)
    await town.coordinator.offer("Har inte svarat på vår fråga")
    await elsa.expects("En person hos oss")
    await town.forward(hours=2)
    town.ignore(town.coordinator)
    await elsa.sends("jag bor i Gränna")
    await elsa.expects("letar", "apotek", "Gränna")
    await anna.offer("apotek")
    assert await tasks(town) == {"pharmacy": "open"}


async def test_two_at_the_same_telephone(town: Town) -> None:
    """Karl's wish is his own: neither an answer to the question that Elsa was asked nor a part of her request."""
    town.ignore(town.service_group, town.enterprise)
    phone = town.phone(ELSA)
    await phone.sends("Kan någon handla åt mig? Elsa Ek")
    await phone.expects("Var bor du?")
    await phone.sends("Hej det är Karl, jag vill ha hjälp med datorn, bor i Taberg")
    await phone.expects("letar", "teknikhjälp", "Taberg")
    assert await tasks(town) == {"groceries": "asking", "tech": "open"}
    await phone.sends("Gränna")
    await phone.expects("letar", "handla mat", "Gränna")
    row = await town.runtime.pool.fetchrow("SELECT told_by_name FROM need WHERE category = 'tech'")
    assert row["told_by_name"] == "Karl"


async def test_the_other_one_needs_help_too_and_does_not_say_with_what(town: Town) -> None:
    """It is asked, and not added to what is on its way."""
    anna, phone = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await phone.sends("handla mat åt Elsa i Gränna")
    await phone.expects("letar")
    await anna.offer()
    await phone.sends("Det här är Karl, jag behöver också hjälp")
    await phone.expects("Vad behöver du hjälp med?")


async def test_never_mind_one_of_two(town: Town) -> None:
    """By the kind of help; by the code; asked when it is not clear."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await elsa.sends("handla mat och hämta medicin, Gränna")
    await elsa.expects("handla mat (")
    await anna.offer()
    await anna.offer()
    await elsa.sends("avboka")
    await elsa.expects("Vilket ärende")
    await elsa.sends("avboka apoteket")
    await elsa.expects("avbokat")
    await anna.expects("avbokat")
    assert await tasks(town) == {"groceries": "open", "pharmacy": "cancelled"}


async def test_another_address(town: Town) -> None:
    """The area is another one too: its volunteers are asked, those of the first are told off, and she hears how it stands."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    bo = await town.volunteer("Bo Ek", "hovslatt")
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await anna.offer()
    await elsa.sends("fel adress, jag bor på Storgatan 4 i Taberg")
    await elsa.expects("ändrat", "Storgatan 4", "Taberg")
    await anna.expects("Gränna")
    number = await bo.offer("Taberg")
    await bo.sends(f"JA {number}")
    await bo.expects("Storgatan 4")
    await elsa.expects("Bo")


async def test_another_address_for_the_one_who_comes(town: Town) -> None:
    """Whoever has taken it hears the new address and may say that it does not fit."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.expects("Tack")
    await elsa.expects("Anna")
    await elsa.sends("fel adress! Brahegatan 20")
    await elsa.expects("ändrat", "Brahegatan 20")
    await anna.expects("Ändrat i nr", "Brahegatan 20", "KAN INTE")


async def test_another_day(town: Town) -> None:
    """Those who are being asked hear of it."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await elsa.sends("handla mat i Gränna på fredag")
    await elsa.expects("letar", "fredag")
    await anna.offer()
    await elsa.sends("kan det bli på lördag i stället")
    await elsa.expects("ändrat", "lördag")
    await anna.expects("Ändrat", "lördag")


async def test_thanks_reach_whoever_helped_once(town: Town) -> None:
    """With nothing of the resident in it. A second thanks is answered, and not passed on again."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await helped(town, anna, elsa)
    await elsa.sends("tusen tack för hjälpen!")
    await elsa.expects("Vad bra")
    thanked = await anna.expects("tackar dig", "handla mat")
    assert ELSA not in thanked
    await elsa.sends("tack igen, ni är så snälla")
    await elsa.expects("Varsågod")
    anna.hears_nothing()


async def test_thanks_at_night_arrive_in_the_morning(town: Town) -> None:
    """Nobody is woken by thanks."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await helped(town, anna, elsa)
    await elsa.sends("ja")
    await elsa.expects("Vad bra")
    await town.forward(hours=14)
    await elsa.sends("tusen tack för hjälpen")
    await elsa.expects("Varsågod")
    anna.hears_nothing()
    await town.forward(hours=9)
    await anna.expects("tackar dig")


async def test_thanks_for_nothing_that_is_known(town: Town) -> None:
    """Answered kindly; nobody is told."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await helped(town, anna, elsa)
    await elsa.sends("ja")
    await elsa.expects("Vad bra")
    await town.forward(hours=ENDED_TASKS_MATTER.total_seconds() / 3600 + 1)
    await elsa.sends("tack")
    await elsa.expects("Varsågod")
    anna.hears_nothing()


async def test_only_some_of_the_help_came(town: Town) -> None:
    """A human asks what is missing; nobody calls it a complaint."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await helped(town, anna, elsa)
    await elsa.sends("nja, smöret saknades")
    await elsa.expects("En person hos oss")
    told = await town.coordinator.expects("Fick bara en del av hjälpen")
    assert "Klagomål" not in told
    anna.hears_nothing()


async def test_112_has_been_called(town: Town) -> None:
    """A note on the alarm, and no second one. What is danger again is an alarm again."""
    elsa = town.phone(ELSA)
    await elsa.sends("min man andas inte")
    await elsa.expects("RING 112")
    await town.coordinator.offer("andas inte")
    await elsa.sends("har ringt 112")
    await elsa.expects("Bra att ni har ringt 112")
    town.coordinator.hears_nothing()
    await elsa.sends("han andas inte fortfarande")
    await elsa.expects("RING 112")
    await town.coordinator.offer("andas inte fortfarande")


async def test_a_flood_is_filed_and_a_human_told_once(town: Town) -> None:
    """Danger, STOPP and answers to offers are heard in it; afterwards all is as usual."""
    elsa = town.phone(ELSA)
    town.ignore(town.service_group, town.enterprise)
    texts = [f"katt nummer {n} sitter i trädet" for n in range(30)]
    for text in texts:
        assert await town.carrier.receive(ELSA, text) == 204
    await town.settle()
    heard = len(town.unread(ELSA))
    assert heard <= 20
    town.read[ELSA] = heard
    told = [t.text for t in town.carrier.texts if t.to == town.coordinator.number]
    assert sum("väldigt många meddelanden" in text for text in told) == 1
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM inbox") == len(texts)
    town.ignore(town.coordinator)
    await elsa.sends("det brinner i köket")
    await elsa.expects("RING 112")
    await elsa.sends("STOPP")
    await elsa.expects("inga fler SMS")
    await elsa.sends("START")
    await elsa.expects("SMS")
    await town.forward(minutes=15)
    await elsa.sends("status")
    assert town.unread(ELSA)
    town.ignore(elsa)


@pytest.mark.parametrize("text", ["Autosvar: jag är på semester", "I'm driving right now", "Du har 1 nytt röstmeddelande"])
async def test_a_machine_is_never_answered(town: Town, text: str) -> None:
    """Two machines never stop. What it said is filed."""
    await town.phone(ELSA).sends(text)
    town.phone(ELSA).hears_nothing()
    assert await town.runtime.pool.fetchval("SELECT outcome FROM inbox") == "automatic"
    assert not (await town.api("GET", "tasks"))["tasks"]


async def test_the_same_words_again_and_again(town: Town) -> None:
    """A machine that we do not know as one: answered three times, then filed."""
    elsa = town.phone(ELSA)
    for _ in range(6):
        await elsa.sends("Vi har tagit emot ditt mail")
    assert len(town.unread(ELSA)) == 3
    town.ignore(elsa, town.coordinator)


async def test_a_restart_in_the_middle(town: Town) -> None:
    """What is being asked is in the database, and nowhere else."""
    elsa = town.phone(ELSA)
    town.ignore(town.service_group, town.enterprise)
    await elsa.sends("behöver hjälp att handla")
    await elsa.expects("Var bor du?")
    gate = town.runtime.gate
    fresh = type(gate)(gate.pool, gate.network, gate.understander, gate.clock, gate.mint, gate.on_commit)
    town.runtime.gate = fresh
    town.runtime.reception.store = fresh.receive
    await elsa.sends("gränna")
    await elsa.expects("letar", "handla mat")
    assert town.clock.now() == MORNING
