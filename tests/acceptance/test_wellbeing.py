"""Somebody may need somebody to look: residents whom nobody reaches, alarms that come again, what worries a helper."""

from typing import Any

import pytest

from tests.acceptance.conftest import Phone, Town

ELSA = "+46701000001"


async def taken(town: Town) -> tuple[Phone, Phone, int, str]:
    """Anna has Elsa's task. Everything that was said until then has been read."""
    anna, elsa = await town.volunteer("Anna Berg", "granna", organisation="Scouterna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.expects("Du hjälper")
    await elsa.expects("Anna")
    return anna, elsa, number, (await town.task())["code"]


async def checks(town: Town) -> list[Any]:
    return [t for t in (await town.api("GET", "tasks"))["tasks"] if t["human"] == "welfare"]


# Nobody opens


async def test_whoever_has_not_been_reached_three_times_is_looked_for_by_a_human(town: Town) -> None:
    anna, elsa, number, code = await taken(town)
    for nth, words in enumerate(("INGEN HEMMA", f"Ingen öppnar {number}", f"INGEN HEMMA {number}"), 1):
        await anna.sends(words)
        await anna.expects("ingen svarade", f"ORO {number}", "112")
        await elsa.expects("Anna från Scouterna har varit hos dig", "Svara här eller ring")
        assert len(await checks(town)) == (nth == 3)
        if nth < 3:
            town.coordinator.hears_nothing()
            await town.forward(minutes=15)
    await town.coordinator.expects("BRÅTTOM", "Svarar inte: titta till", ELSA, code)
    await elsa.expects("försökt nå dig flera gånger", "112")
    town.service_group.hears_nothing()
    await town.forward(minutes=15)
    await town.coordinator.expects("Ingen har svarat", "titta till")
    await anna.sends(f"INGEN HEMMA {number}")  # a fourth time: somebody looks already
    await anna.expects("ingen svarade")
    await elsa.expects("har varit hos dig")
    assert len(await checks(town)) == 1


async def test_whoever_looks_hears_that_the_person_has_written(town: Town) -> None:
    """It is for the coordinator to say that all is well; the request goes on as before."""
    anna, elsa, number, code = await taken(town)
    town.ignore(anna)
    for _ in range(3):
        await anna.sends(f"INGEN HEMMA {number}")
        await elsa.expects("har varit hos dig")
        await town.forward(minutes=11)
    await elsa.expects("försökt nå dig")
    await town.coordinator.sends(f"OK {await town.coordinator.offer('titta till')}")
    await town.coordinator.expects("är ditt")
    await elsa.expects("hör av sig")
    await elsa.sends("Hej, jag var på promenad. Jag mår bra.")
    await town.coordinator.expects("promenad")
    town.ignore(elsa)
    await town.coordinator.sends("KLAR")
    await town.coordinator.expects("Tack")
    assert [t["state"] for t in await checks(town)] == []
    assert (await town.api("GET", f"tasks/{code}"))["state"] == "taken"


async def test_two_taps_are_one_attempt_and_a_word_from_the_resident_begins_anew(town: Town) -> None:
    anna, elsa, number, _ = await taken(town)
    town.ignore(anna, elsa)
    for _ in range(4):
        await anna.sends(f"INGEN HEMMA {number}")
    await town.forward(minutes=15)
    await anna.sends(f"INGEN HEMMA {number}")
    await town.forward(minutes=1)
    await elsa.sends("Förlåt, jag sov")
    await town.forward(minutes=15)
    await anna.sends(f"INGEN HEMMA {number}")
    await town.forward(minutes=15)
    await anna.sends(f"INGEN HEMMA {number}")
    assert await checks(town) == []
    await town.forward(minutes=15)
    town.ignore(town.coordinator)
    await anna.sends(f"INGEN HEMMA {number}")
    assert len(await checks(town)) == 1


async def test_an_attempt_is_a_sign_of_life_of_the_helper(town: Town) -> None:
    anna, elsa, number, _ = await taken(town)
    town.ignore(elsa)
    await town.forward(hours=3)
    await anna.sends(f"INGEN HEMMA {number}")
    await anna.expects("ingen svarade")
    await town.forward(hours=3)
    anna.hears_nothing()
    await town.forward(hours=1, minutes=5)
    await anna.expects("Hur går det")


async def test_staff_note_it_for_a_helper_who_phones(town: Town) -> None:
    anna, elsa, _, code = await taken(town)
    async with town.signed_in() as karin:
        await karin.sees(f"/board/{code}", "Ingen öppnar")
        await karin.sends(f"/board/{code}/nobody_home", "Antecknat: ingen öppnade", "Anna Berg har inte nått den hjälpsökande")
    await anna.expects("ingen svarade")
    await elsa.expects("har varit hos dig")


@pytest.mark.parametrize("how", ["", "fönstret", 3])
async def test_how_somebody_tried_must_be_known(town: Town, how: Any) -> None:
    anna, _, _, code = await taken(town)
    await town.api("POST", f"tasks/{code}/nobody_home", {"person": anna.number, "how": how}, status=422)


async def test_whoever_has_not_the_task_cannot_say_so(town: Town) -> None:
    _, _, _, code = await taken(town)
    bo = await town.volunteer("Bo Ek", "bankeryd")
    await town.api("POST", f"tasks/{code}/nobody_home", {"person": bo.number}, status=409)


# What worries a helper


async def test_a_worry_is_a_thread_between_the_helper_and_the_coordinators(town: Town) -> None:
    anna, elsa, number, code = await taken(town)
    await anna.sends(f"ORO {number}")
    await anna.expects(f"ORO {number}", "Bara samordnarna")
    await anna.sends(f"Oro {number} hon verkar förvirrad")
    await anna.expects("En samordnare hos oss läser det nu")
    asked = await town.coordinator.offer("Oro för någon", f"{code}: hon verkar förvirrad")
    await town.coordinator.sends(f"OK {asked}")
    await town.coordinator.expects("är ditt")
    await anna.expects("har sett ditt meddelande")
    (thread,) = [t for t in (await town.api("GET", "tasks"))["tasks"] if t["human"] == "concern"]
    async with town.signed_in() as karin, town.signed_in("operator") as olle:
        await karin.sends(f"/board/{thread['code']}/reply", "på väg till hjälparen", text="Har hon ätit något?")
        await olle.sends(f"/board/{thread['code']}/reply", status=403, text="Jag är nyfiken")
    await anna.expects("från en samordnare", "Har hon ätit något?", "Skriv ORO")
    await anna.sends("ORO nej, kylskåpet var tomt")
    await anna.expects("lagt till")
    await town.coordinator.expects("kylskåpet var tomt")
    await anna.sends(f"ORO {number} och posten ligger kvar sedan i måndags")
    await anna.expects("lagt till")
    await town.coordinator.expects("posten ligger kvar")
    assert len([t for t in (await town.api("GET", "tasks"))["tasks"] if t["human"] == "concern"]) == 1
    elsa.hears_nothing()
    await town.api("POST", f"tasks/{code}/reply", {"text": "hej"}, status=409)  # no thread of a resident's


async def test_danger_in_a_worry_is_an_alarm(town: Town) -> None:
    anna, elsa, number, _ = await taken(town)
    await anna.sends(f"ORO {number} hon andas inte")
    await anna.expects("RING 112 NU")
    await town.coordinator.expects("MÖJLIG FARA FÖR LIV")
    elsa.hears_nothing()


async def test_a_resident_who_is_worried_is_no_helper(town: Town) -> None:
    elsa = town.phone(ELSA)
    await elsa.sends("Oro för medicinen, kan någon hämta den på apoteket? Bor i Gränna")
    await elsa.expects("letar")
    town.ignore(town.service_group, town.enterprise)


# Alarms that come again


async def test_a_second_alarm_is_never_taken_for_the_first(town: Town) -> None:
    """The same words, from the same number, some minutes later: ring 112 again, and a human again."""
    elsa = town.phone(ELSA)
    for minutes in (0, 5, 20, 30):
        await town.forward(minutes=minutes)
        town.allowed.discard(town.coordinator.number)
        town.read[town.coordinator.number] = sum(t.to == town.coordinator.number for t in town.carrier.texts)
        await elsa.sends("Hjälp, jag har ramlat och kommer inte upp")
        await elsa.expects("RING 112")
        await town.coordinator.expects("MÖJLIG FARA FÖR LIV", "ramlat")
        town.ignore(town.coordinator, town.service_group, town.enterprise)
    assert len((await town.api("GET", "tasks?state=open"))["tasks"]) == 4


async def test_an_alarm_that_nobody_has_seen_is_not_put_away_as_a_duplicate(town: Town) -> None:
    elsa = town.phone(ELSA)
    for _ in range(2):
        await elsa.sends("Hjälp, jag har ramlat och kommer inte upp")
        await elsa.expects("RING 112")
    second, first = [t["code"] for t in (await town.api("GET", "tasks"))["tasks"]][::-1]
    await town.api("POST", f"tasks/{second}/merge", {"into": first}, status=409)
    number = [await town.coordinator.offer("ramlat") for _ in range(2)][1]
    await town.coordinator.sends(f"OK {number}")
    await town.coordinator.expects("är ditt")
    town.ignore(elsa, town.coordinator)
    await town.api("POST", f"tasks/{second}/merge", {"into": first})


async def test_in_a_flood_an_alarm_is_heard_anew_every_ten_minutes(town: Town) -> None:
    elsa = town.phone(ELSA)
    town.ignore(elsa, town.coordinator, town.service_group, town.enterprise)
    for n in range(25):
        await elsa.sends(f"katt nummer {n} sitter i trädet")
    before = len((await town.api("GET", "tasks"))["tasks"])
    for minutes in (0, 1, 1, 9, 1):
        await town.forward(minutes=minutes)
        for n in range(21):
            await elsa.sends(f"hund nummer {n} skäller")
        await elsa.sends("det brinner i köket")
    assert len((await town.api("GET", "tasks?state=open"))["tasks"]) - before == 2
    assert sum("RING 112" in t.text for t in town.carrier.texts if t.to == ELSA) == 2
