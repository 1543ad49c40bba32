"""What comes in: half sentences, words nobody understands, danger, STOPP, the same webhook twenty times."""

import asyncio

import pytest

from tests.acceptance.conftest import Town

ELSA = "+46701000001"


@pytest.mark.parametrize(
    "text",
    [
        "Kan någon handla mat? Bor i Gränna",
        "kan nagon handla mat bor i granna",
        "KAN NÅGON HANDLA MAT BOR I GRÄNNA",
        "kan nån hanla mat? bor i Grännna",
    ],
)
async def test_the_first_sentence_in_many_spellings(town: Town, text: str) -> None:
    """Misspelt, without accents, in capitals: the same request."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    await town.phone(ELSA).sends(text)
    task = await town.task()
    assert (task["category"], task["area"], task["state"]) == ("groceries", "granna", "open")
    assert task["resident"]["phone"] == ELSA


async def test_what_is_missing_is_asked_one_thing_at_a_time(town: Town) -> None:
    """Category, then place; the answers continue the same request, hours later too."""
    anna = await town.volunteer("Anna Berg", "granna")
    elsa = town.phone(ELSA)
    await elsa.sends("hej")
    await elsa.expects("Vad behöver du hjälp med?")
    await elsa.sends("jag skulle behöva mat")
    await elsa.expects("Var bor du?")
    await town.forward(minutes=20)
    await elsa.sends("gränna")
    await elsa.expects("letar", "handla mat", "Gränna")
    await anna.offer("Gränna")
    task = await town.task()
    assert task["text"] == "hej\njag skulle behöva mat\ngränna"


async def test_a_day_is_said_back_with_its_date(town: Town) -> None:
    """Wednesday 8 April: "på fredag" is the tenth, whenever it is read."""
    anna = await town.volunteer("Anna Berg", "granna")
    elsa = town.phone(ELSA)
    await elsa.sends("Kan någon handla på fredag kl 10? Gränna")
    await elsa.expects("letar", "handla mat", "fredag 10 april kl 10")
    await anna.offer("fredag 10 april kl 10")


async def test_every_monday_is_a_need_that_repeats(town: Town) -> None:
    """Said once by SMS, it comes back every week."""
    town.ignore(town.service_group, town.enterprise)
    wife = town.phone(ELSA)
    await wife.sends("handla varje måndag åt min fru, Gränna")
    await wife.expects("handla mat", "varje måndag")
    (need,) = await town.runtime.pool.fetch("SELECT repeats FROM need")
    assert need["repeats"] == "FREQ=WEEKLY;BYDAY=MO"


async def test_whoever_is_known_is_not_asked_where_they_live(town: Town) -> None:
    """The second request needs no place."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat gränna")
    await elsa.expects("letar")
    await elsa.sends("behöver också medicin från apoteket")
    await elsa.expects("letar", "apotek", "Gränna")


async def test_after_three_questions_a_human_takes_over(town: Town) -> None:
    """Nobody is asked for ever, and nothing is dropped."""
    elsa = town.phone(ELSA)
    for words in ("hej", "jo det är så att", "nja"):
        await elsa.sends(words)
        await elsa.expects("Vad behöver du hjälp med?")
    await elsa.sends("du vet")
    await elsa.expects("En person hos oss")
    await town.coordinator.offer("Vi förstod inte", ELSA, "hej / jo det är så att / nja / du vet")


async def test_a_question_that_nobody_answers_becomes_a_humans(town: Town) -> None:
    """Silence is not an answer."""
    await town.phone(ELSA).sends("hej")
    await town.phone(ELSA).expects("Vad behöver du hjälp med?")
    await town.forward(minutes=31)
    await town.phone(ELSA).expects("En person hos oss")
    await town.coordinator.offer("Har inte svarat på vår fråga")


@pytest.mark.parametrize("text", ["bröstsmärta", "Det brinner i köket!!", "min man vaknar inte", "hon andas inte"])
async def test_an_emergency_is_answered_with_112_and_goes_to_a_human_at_once(town: Town, text: str) -> None:
    """And is not merely offered to volunteers, at any hour."""
    anna = await town.volunteer("Anna Berg", "granna")
    await town.forward(hours=18)
    await town.phone(ELSA).sends(f"{text} Gränna")
    await town.phone(ELSA).expects("RING 112")
    number = await town.coordinator.offer("MÖJLIG FARA FÖR LIV", ELSA, text)
    anna.hears_nothing()
    await town.forward(minutes=6)
    await town.coordinator.offer("Ingen har svarat än", "FARA")
    for group in (town.service_group, town.enterprise):  # five minutes are enough to wait for one person
        await group.offer("MÖJLIG FARA FÖR LIV", ELSA)
    await town.coordinator.sends(f"OK {number}")
    for group in (town.service_group, town.enterprise):
        await group.expects("redan omhändertaget")
    await town.coordinator.expects("är ditt")
    await town.phone(ELSA).expects("har sett ditt meddelande", "112")


async def test_a_second_emergency_is_never_a_duplicate(town: Town) -> None:
    """Each time answered, each time told."""
    for _ in range(2):
        await town.phone(ELSA).sends("hon andas inte")
        await town.phone(ELSA).expects("RING 112")
        await town.coordinator.offer("FARA")


async def test_an_emergency_in_the_middle_of_a_question(town: Town) -> None:
    """Emergency first, whatever was being talked about."""
    await town.phone(ELSA).sends("hej")
    await town.phone(ELSA).expects("Vad behöver")
    await town.phone(ELSA).sends("nu har jag så ont i bröstet")
    await town.phone(ELSA).expects("RING 112")
    await town.coordinator.offer("FARA")


async def test_the_same_delivery_twenty_times_at_once_is_one_request(town: Town) -> None:
    """Exactly once per carrier message id, however often and however concurrently."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    statuses = await asyncio.gather(
        *(town.carrier.receive(ELSA, "handla mat, Tenhult", message_id="i-the-same") for _ in range(20))
    )
    assert set(statuses) == {204}
    await town.settle()
    await town.task()
    assert len(town.unread(ELSA)) == 1


async def test_two_accept_in_the_same_moment_and_one_wins(town: Town) -> None:
    """Decided by the database; the loser gets a kind answer."""
    people = [await town.volunteer(f"Volontär {i}", "granna") for i in range(3)]
    town.ignore(town.phone(ELSA))
    await town.phone(ELSA).sends("handla mat gränna")
    numbers = [await p.offer() for p in people]
    await asyncio.gather(*(town.carrier.receive(p.number, f"JA {n}") for p, n in zip(people, numbers, strict=True)))
    await town.settle()
    answers = [" ".join(town.unread(p.number)) for p in people]
    assert sum("Du hjälper" in a for a in answers) == 1, answers
    assert sum("Någon hann före" in a for a in answers) == 2, answers
    assert len((await town.task())["takers"]) == 1
    town.ignore(*people)


async def test_many_residents_at_once(town: Town) -> None:
    """A hundred texts in the same second are a hundred requests, each answered."""
    phones = [town.phone(f"+467010002{i:02d}") for i in range(100)]
    town.ignore(*phones, town.service_group, town.enterprise, town.coordinator)
    statuses = await asyncio.gather(*(town.carrier.receive(p.number, "handla mat, Tenhult") for p in phones))
    assert set(statuses) == {204}
    await town.settle()
    listed = await town.api("GET", "tasks?state=open&limit=1000")
    assert len(listed["tasks"]) == 100
    assert len({t["code"] for t in listed["tasks"]}) == 100
    assert all("letar" in town.unread(p.number)[0] for p in phones)
    service = [t for t in town.carrier.texts if t.to == town.service_group.number]
    assert len({t.text.rsplit("OK ", 1)[1] for t in service}) == 100


async def test_stopp_ends_all_messages_but_the_answer(town: Town) -> None:
    """What was offered is declined, what was taken goes back, and START begins again."""
    anna = await town.volunteer("Anna Berg", "granna")
    bo = await town.volunteer("Bo Ek", "granna")
    town.ignore(bo, town.phone(ELSA))
    await town.phone(ELSA).sends("handla mat gränna")
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.expects("Du hjälper")
    await anna.sends("STOPP")
    await anna.expects("inga fler SMS", "START")
    assert (await town.task())["state"] == "open"
    await town.phone("+46701000002").sends("handla mat gränna")
    town.ignore(town.phone("+46701000002"))
    await town.forward(minutes=5)
    anna.hears_nothing()
    await anna.sends("start")
    await anna.expects("Välkommen tillbaka")


async def test_a_stranger_may_say_stopp(town: Town) -> None:
    """Nothing is known about the number; it is remembered that nothing may be sent to it."""
    await town.phone(ELSA).sends("STOPP")
    await town.phone(ELSA).expects("inga fler SMS")
    await town.phone(ELSA).sends("handla mat gränna")
    town.ignore(town.service_group, town.enterprise)
    town.phone(ELSA).hears_nothing()
    async with town.web.get(f"{town.base}/metrics") as response:
        assert 'budkavle_messages{state="to_call"} 1.0' in await response.text()


async def test_status_cancel_and_correction(town: Town) -> None:
    """How is it going, one more thing, never mind."""
    anna = await town.volunteer("Anna Berg", "granna")
    elsa = town.phone(ELSA)
    await elsa.sends("status")
    await elsa.expects("inget öppet ärende")
    await elsa.sends("handla mat gränna")
    await elsa.expects("letar")
    number = await anna.offer()
    await elsa.sends("när kommer ni?")
    await elsa.expects("Ingen har tagit det än")
    await anna.sends(f"JA {number}")
    await anna.expects("Du hjälper")
    await elsa.expects("Anna")
    await elsa.sends("lägg till smör och ost")
    await elsa.expects("lagt till")
    await anna.expects("Tillägg", "smör och ost")
    await elsa.sends("avbeställ")
    await elsa.expects("avbokat")
    await anna.expects("avbokat")
    assert (await town.task())["state"] == "cancelled"
    await anna.sends(f"KLAR {number}")
    await anna.expects("redan avslutat")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ring upp mig är ni snälla", "Vill bli uppringd"),
        ("är det gratis?", "Har en fråga"),
        ("scoutkåren i Hovslätt ställer upp, vi är tolv personer", "Vill bli volontär"),
    ],
)
async def test_what_only_a_human_can_answer_goes_to_one(town: Town, text: str, reason: str) -> None:
    """Every message ends answered or with a person."""
    await town.phone(ELSA).sends(text)
    await town.phone(ELSA).expects("En person hos oss")
    number = await town.coordinator.offer(reason, text)
    await town.coordinator.sends(f"OK {number}")
    await town.coordinator.expects("är ditt")
    await town.coordinator.sends("KLAR")
    await town.coordinator.expects("klart")
    await town.phone(ELSA).expects("tar hand om")
    assert (await town.task())["state"] == "closed"


async def test_the_same_words_again_are_answered_with_how_it_goes(town: Town) -> None:
    """Sending it again out of worry does not make two tasks."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna)
    await town.phone(ELSA).sends("Handla mat, Gränna")
    await town.phone(ELSA).expects("letar")
    await town.phone(ELSA).sends("handla mat gränna!")
    await town.phone(ELSA).expects("Ingen har tagit det än")
    await town.task()


@pytest.mark.parametrize("text", ["", " ", "a" * 15_000, "مرحبا", "\x00\x01", "👍🏻" * 300, "JA " * 500, "{name} %s {0}"])
async def test_whatever_is_written_never_fails(town: Town, text: str) -> None:
    """Empty, endless, another script, control characters: answered or with a human, and kept."""
    town.ignore(town.phone(ELSA), town.coordinator, town.service_group, town.enterprise)
    await town.phone(ELSA).sends(text)
    assert len(town.unread(ELSA)) == 1
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM inbox WHERE outcome <> 'failed'") == 1


@pytest.mark.parametrize("sender", ["Frivillig", "anonymous", "+4", "hidden number", "00000"])
async def test_a_number_that_cannot_be_read_is_kept_and_shown_to_a_human(town: Town, sender: str) -> None:
    """Nobody can be answered, so a human sees message and sender."""
    await town.phone(sender).sends("handla mat gränna")
    await town.coordinator.offer("Numret går inte att läsa", sender, "handla mat")
    assert (await town.task())["resident"]["phone"] == sender


async def test_an_answer_to_an_unknown_number(town: Town) -> None:
    """The volunteer's own numbers are told."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(ELSA))
    await town.phone(ELSA).sends("handla mat gränna")
    number = await anna.offer()
    await anna.sends("JA 88")
    await anna.expects("inget uppdrag med nr 88", f"Dina nummer är {number}")


async def test_a_volunteer_who_writes_freely_reaches_a_human(town: Town) -> None:
    """Not everything is JA or NEJ."""
    anna = await town.volunteer("Anna Berg", "granna")
    await anna.sends("jag undrar lite om schemat framöver")
    await anna.expects("En person hos oss")
    await town.coordinator.offer(anna.number)
