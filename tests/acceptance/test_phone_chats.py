"""Weekly talks of residents who want company and volunteers: paired, agreed, rung, missed, ended."""

import asyncio
from datetime import UTC, datetime, time, timedelta

import pytest

from dispatch.erasure import erase
from dispatch.phone_chat_desk import ask_pair, change_pair
from dispatch.phone_chats import Side, decide_yes
from tests.acceptance.conftest import Phone, Town
from tests.acceptance.telephones import (
    ELSA,
    LANDLINE,
    asked,
    friends,
    new_person,
    pair_of,
    person,
    rings,
    talk_for,
    wishes,
)

TWO_O_CLOCK = datetime(2020, 4, 8, 12, 0, tzinfo=UTC)


async def test_a_resident_who_asks_for_company_gets_a_friend_to_talk_with(town: Town) -> None:
    """From a text to the first talk: an operator sees who fits and why, both say yes, and the network rings both."""
    anna = await town.volunteer("Anna Berg", "granna", skills="phone-chat", organisation="Kyrkan")
    elsa = town.phone(ELSA)
    await elsa.sends("Jag är ensam och vill ha sällskap. Bor i Gränna")
    await elsa.expects("Gränna")
    await anna.offer("sällskap")
    async with town.signed_in("operator") as staff:
        await staff.sees("/phone-chats", "Anna Berg", "båda talar: svenska", "bor i samma område", "pratar inte med någon än")
        await wishes(staff, ELSA, "3-afternoon", "5-evening", interests="trädgård, musik")
        await wishes(staff, anna.number, side="volunteer", interests="Musik", most="2")
        await staff.sees("/phone-chats", "båda gillar: musik", "onsdag eftermiddag", "fredag kväll")
        pair = await asked(staff, ELSA, anna.number, at="15:30")
        await elsa.expects("Anna från Kyrkan", "onsdag kl 15:30")
        await anna.expects("Någon i Gränna", "onsdag kl 15:30")
        await elsa.sends("JA 2")
        await elsa.expects("frågar den andra")
        await staff.sends(f"/phone-chats/{pair}/yes-volunteer", "Klart")
        await anna.expects("Nu är det klart")
        await elsa.expects("Nu är det klart", "ons 8/4 kl 15:30")
        await staff.sees("/phone-chats", "pågår", "onsdag 15:30")
    town.ignore(anna, elsa, town.coordinator, town.service_group, town.enterprise)  # nobody takes the task itself
    call = await rings(town, 6.5 * 60)
    assert (call.to, call.second) == (anna.number, ELSA)
    await talk_for(town, 20)


async def test_a_week(town: Town) -> None:
    """Reminded in the morning, rung at two; nobody sees another's number; minutes are counted; the next week comes."""
    async with town.signed_in("operator") as staff:
        elsa, anna, pair = await friends(town, staff)
        call = await rings(town, 5 * 60)
        assert (call.to, call.second) == (anna.number, ELSA)
        assert call.caller_ids == [town.runtime.network.phone] * 2
        await talk_for(town, 22)
        row = await pair_of(town, pair)
        assert (row["talks"], row["minutes"], row["last_outcome"]) == (1, 22, "talked")
        assert row["call_at"] == TWO_O_CLOCK + timedelta(days=7)
        await staff.sees("/phone-chats", "de pratade", "22 minuter")
        call = await rings(town, 7 * 24 * 60)
        await elsa.expects("I dag kl 14:00", "Anna")
        await anna.expects("I dag kl 14:00", "Elsa")
        await talk_for(town, 10)
    assert (await pair_of(town, pair))["minutes"] == 32


async def test_what_the_volunteer_hears(town: Town) -> None:
    """The announcement is sound that the carrier fetches at a signed address; a forged one is nothing."""
    async with town.signed_in("operator") as staff:
        await friends(town, staff)
    call = await rings(town, 5 * 60)
    (address,) = call.heard
    async with town.web.get(address) as response:
        body = await response.read()
        assert (response.status, response.content_type, body[:4]) == (200, "audio/wav", b"RIFF")
    for wrong in (address.replace("/voice/out/", "/voice/out/x"), address.replace("out_ready", "message")):
        async with town.web.get(wrong) as response:
            assert response.status == 404
    await talk_for(town, 10)


async def test_the_clocks_change_on_the_night_before(town: Town) -> None:
    """On the last Sunday of October it is two o'clock all the same."""
    town.clock.move_to(datetime(2020, 10, 22, 8, 0, tzinfo=UTC))
    async with town.signed_in("operator") as staff:
        anna = await town.volunteer("Anna Berg", "granna", skills="phone-chat")
        await new_person(staff, "Elsa Dahl", ELSA)
        await wishes(staff, ELSA, "7-afternoon")
        pair = await asked(staff, ELSA, anna.number, "7-afternoon")
        for side in ("resident", "volunteer"):
            await staff.sends(f"/phone-chats/{pair}/yes-{side}", "Klart")
    town.ignore(anna, town.phone(ELSA))
    assert (await pair_of(town, pair))["call_at"] == datetime(2020, 10, 25, 13, 0, tzinfo=UTC)
    await rings(town, 4 * 24 * 60)
    await talk_for(town, 10)


async def test_an_old_person_who_does_not_answer(town: Town) -> None:
    """Tried three times within half an hour; then a coordinator hears of it, and nothing sensitive is said."""
    async with town.signed_in("operator") as staff:
        elsa, anna, pair = await friends(town, staff)
        town.carrier.telephones.habits[ELSA] = "silent"
        await rings(town, 5 * 60)
        await anna.expects("Elsa svarade inte", "14:15")
        await staff.sees("/phone-chats", "en gång till")
        town.carrier.telephones.habits[ELSA] = "busy"
        await rings(town, 15)
        await anna.expects("Elsa svarade inte", "14:30")
        town.carrier.telephones.habits[ELSA] = "silent"
        await rings(town, 15)
        await anna.expects("flera försök", "Samordnaren", "ons 15/4")
        await town.coordinator.expects("Svarade inte på veckans samtal", "Elsa Dahl", ELSA)
        task = await town.task(state="open")
        assert (task["urgency"], task["text"]) == ("high", "")
        await staff.sees(f"/board/{task['code']}", "någon kan behöva titta till")
    assert (await pair_of(town, pair))["call_at"] == TWO_O_CLOCK + timedelta(days=7)
    elsa.hears_nothing()
    town.ignore(town.coordinator)


async def test_silent_again_while_a_coordinator_is_asked_already(town: Town) -> None:
    """Nobody is asked twice about one thing."""
    async with town.signed_in("operator") as staff:
        _, anna, _ = await friends(town, staff)
    town.carrier.telephones.habits[ELSA] = "silent"
    town.ignore(anna, town.coordinator, town.service_group, town.enterprise, town.phone(ELSA))
    await town.forward(hours=6)
    await town.forward(days=7)
    assert len(town.carrier.telephones.calls) == 6
    await town.task(state="open")


async def test_the_volunteer_does_not_answer(town: Town) -> None:
    """Another try, then both hear that it will be another time; two weeks in a row somebody else may be needed."""
    async with town.signed_in("operator") as staff:
        elsa, anna, pair = await friends(town, staff)
        town.carrier.telephones.habits[anna.number] = "machine"
        await rings(town, 5 * 60)
        await anna.expects("ringde dig nu", "Elsa", "14:15")
        town.carrier.telephones.habits[anna.number] = "busy"
        await rings(town, 15)
        await anna.expects("annan gång", "ons 15/4")
        await elsa.expects("Anna", "kunde tyvärr inte", "ons 15/4")
        await town.coordinator.expects("Telefonvännen svarade inte")
        task = await town.task(state="open")
        await town.api("POST", f"tasks/{task['code']}/cancel", {})
        town.ignore(town.coordinator, elsa, anna)
        await town.forward(days=7)
        row = await pair_of(town, pair)
        assert (row["missed_in_row"], row["last_outcome"]) == (2, "first_busy")
        await staff.sees("/phone-chats", "det var upptaget hos volontären")
        why = "SELECT data ->> 'reason' AS why FROM events WHERE kind = 'human.needed' ORDER BY id"
        assert [row["why"] for row in await town.runtime.pool.fetch(why)] == ["phone_chat_volunteer", "phone_chat_gone"]


async def test_the_line_is_down_for_a_while(town: Town) -> None:
    """The carrier cannot take the call: tried again within the hour, and then the two talk."""
    async with town.signed_in("operator") as staff:
        await friends(town, staff)
    town.carrier.call_answers = [503, 403, 500]
    await rings(town, 5 * 60 + 20)
    assert town.carrier.call_tries == 4
    await talk_for(town, 10)


async def test_the_line_is_down_for_an_hour(town: Town) -> None:
    async with town.signed_in("operator") as staff:
        elsa, anna, pair = await friends(town, staff)
    town.carrier.call_answers = [503] * 20
    await town.forward(hours=6)
    await elsa.expects("Telefonen krånglade", "Anna", "ons 15/4")
    await anna.expects("Telefonen krånglade", "Elsa", "ons 15/4")
    await town.coordinator.expects("Veckans samtal kunde inte kopplas")
    assert town.carrier.call_tries == 6
    assert (await pair_of(town, pair))["last_outcome"] == "line_down"
    town.ignore(town.coordinator)


async def test_every_word_of_the_carrier_comes_twice(town: Town) -> None:
    """Nothing is counted twice, and nobody is told twice."""
    town.carrier.telephones.twice = True
    async with town.signed_in("operator") as staff:
        _, anna, pair = await friends(town, staff)
    town.carrier.telephones.habits[ELSA] = "silent"
    await rings(town, 5 * 60)
    await anna.expects("Elsa svarade inte", "14:15")
    assert (await pair_of(town, pair))["resident_misses"] == 1
    town.carrier.telephones.habits[ELSA] = "answers"
    await rings(town, 15)
    await talk_for(town, 10)
    row = await pair_of(town, pair)
    assert (row["talks"], row["minutes"]) == (1, 10)


async def test_the_volunteer_hangs_up_first(town: Town) -> None:
    """46elks then says only that the call is over."""
    async with town.signed_in("operator") as staff:
        _, _, pair = await friends(town, staff)
    await rings(town, 5 * 60)
    await talk_for(town, 12, first_hangs_up=True)
    assert (await pair_of(town, pair))["minutes"] == 12


async def test_a_word_of_the_carrier_is_lost(town: Town) -> None:
    """Nobody tells that the call is over: after some hours it counts as not connected, and a coordinator hears of it."""
    async with town.signed_in("operator") as staff:
        elsa, anna, _ = await friends(town, staff)
    await rings(town, 5 * 60)
    town.ignore(elsa, anna)
    await town.forward(hours=3, minutes=1)
    await town.coordinator.expects("Veckans samtal kunde inte kopplas")
    town.ignore(town.coordinator)


@pytest.mark.parametrize("words", ["HOPPA ÖVER", "hej, hoppa över den här veckan tack"])
async def test_not_this_week(town: Town, words: str) -> None:
    async with town.signed_in("operator") as staff:
        elsa, anna, pair = await friends(town, staff)
    await elsa.sends(words)
    await elsa.expects("hoppar vi över", "ons 15/4")
    await anna.expects("inget samtal med Elsa", "ons 15/4")
    await town.forward(hours=8)
    assert town.carrier.telephones.calls == []
    assert (await pair_of(town, pair))["state"] == "active"


async def test_not_any_more(town: Town) -> None:
    """Without a reason, and kindly told."""
    async with town.signed_in("operator") as staff:
        elsa, anna, pair = await friends(town, staff)
        await anna.sends("Sluta")
        await anna.expects("Tack för att du var med")
        await elsa.expects("ingens fel", "tack")
        await staff.sees("/phone-chats", "volontären ville inte längre")
        assert "Anna Berg</a></b>" not in await staff.sees("/phone-chats")  # the two are not proposed again
    await town.forward(days=8)
    assert town.carrier.telephones.calls == []
    assert (await pair_of(town, pair))["ended_how"] == "volunteer"


async def test_no_is_no(town: Town) -> None:
    async with town.signed_in("operator") as staff:
        anna = await town.volunteer("Anna Berg", "granna", skills="phone-chat")
        await new_person(staff, "Elsa Dahl", ELSA)
        await wishes(staff, ELSA)
        await asked(staff, ELSA, anna.number)
    elsa = town.phone(ELSA)
    await elsa.expects("telefonvän")
    await anna.expects("telefonvän")
    await elsa.sends("NEJ")
    await elsa.expects("helt i sin ordning")
    await anna.expects("Vi letar vidare")


async def test_nobody_answers_the_question(town: Town) -> None:
    async with town.signed_in("operator") as staff:
        anna = await town.volunteer("Anna Berg", "granna", skills="phone-chat")
        await new_person(staff, "Elsa Dahl", ELSA)
        await wishes(staff, ELSA)
        await asked(staff, ELSA, anna.number)
        town.ignore(town.phone(ELSA))
        await anna.expects("telefonvän")
        await anna.sends("JA")
        await anna.expects("frågar")
        await town.forward(days=5)
        await anna.expects("Vi letar vidare")
        await staff.sees("/phone-chats", "frågan blev inte besvarad", "Elsa Dahl")


async def test_a_bare_yes_could_mean_a_task_too(town: Town) -> None:
    async with town.signed_in("operator") as staff:
        anna = await town.volunteer("Anna Berg", "granna", skills="phone-chat")
        await new_person(staff, "Elsa Dahl", ELSA)
        await wishes(staff, ELSA)
        await asked(staff, ELSA, anna.number)
    await anna.expects("JA 2")
    town.ignore(town.phone(ELSA), town.phone("+46703333301"))
    await town.phone("+46703333301").sends("Kan någon handla mat? Bor i Gränna")
    number = await anna.offer("handla mat")
    await anna.sends("ja")
    await anna.expects("JA 2", f"JA {number}")
    await anna.sends("ja 2")
    await anna.expects("frågar den andra")


async def test_stopp_ends_it_and_the_other_is_told_kindly(town: Town) -> None:
    async with town.signed_in("operator") as staff:
        elsa, anna, pair = await friends(town, staff)
    await elsa.sends("STOPP")
    await elsa.expects("START")
    await anna.expects("Samtalen med Elsa är slut", "ingens fel")
    await town.forward(days=8)
    assert (await pair_of(town, pair))["state"] == "ended"
    assert town.carrier.telephones.calls == []


async def test_somebody_is_forgotten(town: Town) -> None:
    """The volunteer hears that it has ended, and no name; the call that waits is not made."""
    async with town.signed_in("operator") as staff:
        _, anna, pair = await friends(town, staff)
    await erase(town.runtime.office, await person(town, ELSA), town.clock.now())
    await town.settle()
    assert "Elsa" not in await anna.expects("är slut", "ingens fel")
    await town.forward(days=8)
    assert (await pair_of(town, pair))["state"] == "ended"
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM phone_chat_wish") == 0


async def test_two_rows_are_one_person(town: Town) -> None:
    """The pair goes on with the kept one; a second pair of the same resident cannot."""
    async with town.signed_in("coordinator") as staff:
        _, anna, pair = await friends(town, staff)
        kept = await new_person(staff, "Elsa D", "+46702222299")
        await wishes(staff, "+46702222299", "4-forenoon")
        bo = await town.volunteer("Bo Ek", "granna", skills="phone-chat")
        second = await asked(staff, "+46702222299", bo.number, "4-forenoon")
        await bo.expects("telefonvän")
        await town.phone("+46702222299").expects("telefonvän")
        duplicate = await person(town, ELSA)
        page = await staff.sees(f"/people/{kept}/merge?other={duplicate}")
        seen = page.split('name="seen" value="')[1].split('"')[0]
        await staff.sends(f"/people/{kept}/merge", other=str(duplicate), seen=seen)
    first, other = await pair_of(town, pair), await pair_of(town, second)
    assert sorted([(first["state"], first["resident_id"]), (other["state"], other["resident_id"])]) == [
        ("asked", kept),
        ("ended", kept),
    ]
    await anna.expects("är slut")


async def test_volunteer_and_resident_turn_out_to_be_one(town: Town) -> None:
    async with town.signed_in("coordinator") as staff:
        _, anna, _ = await friends(town, staff)
        kept, duplicate = await person(town, anna.number), await person(town, ELSA)
        page = await staff.sees(f"/people/{kept}/merge?other={duplicate}")
        seen = page.split('name="seen" value="')[1].split('"')[0]
        await staff.sends(f"/people/{kept}/merge", other=str(duplicate), seen=seen)
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM phone_chat") == 0
    await town.forward(hours=8)
    assert town.carrier.telephones.calls == []


async def test_a_resident_with_a_landline(town: Town) -> None:
    """Consent is said on the telephone; nothing is texted; what cannot be texted is on the operators' list."""
    async with town.signed_in("operator") as staff:
        _, anna, pair = await friends(town, staff, LANDLINE)
        await staff.sees("/desk/calls", "telefonvän")
        call = await rings(town, 5 * 60)
        assert call.second == LANDLINE
        await talk_for(town, 30)
        await anna.sends("hoppa över")
        await anna.expects("hoppar vi över", "ons 22/4")
        await staff.sees("/desk/calls", "inget samtal med Anna")
    assert (await pair_of(town, pair))["minutes"] == 30


async def test_staff_move_pause_and_end_it(town: Town) -> None:
    async with town.signed_in("operator") as staff:
        elsa, anna, pair = await friends(town, staff)
        await staff.sends(f"/phone-chats/{pair}/move", "Klart", weekday="5", at="9:15")
        for phone in (elsa, anna):
            await phone.expects("ny tid", "fredag kl 09:15", "fre 10/4")
        await staff.sends(f"/phone-chats/{pair}/pause", "Klart", "paus", until="2020-05-04")
        for phone in (elsa, anna):
            await phone.expects("paus")
        await town.forward(days=20)
        assert town.carrier.telephones.calls == []
        await town.forward(days=6)
        for phone in (elsa, anna):
            await phone.expects("börjar", "igen", "fre 8/5")
        await staff.sends(f"/phone-chats/{pair}/skip", "Klart")
        for phone in (elsa, anna):
            await phone.expects("inget samtal", "fre 15/5")
        await staff.sends(f"/phone-chats/{pair}/end", "Klart", "av personalen")
        for phone in (elsa, anna):
            await phone.expects("är slut")


async def test_what_staff_cannot_do(town: Town) -> None:
    """Each is said kindly on the page, and nothing has changed."""
    async with town.signed_in("operator") as staff:
        _, anna, pair = await friends(town, staff)
        ids = {"resident": str(await person(town, ELSA)), "volunteer": str(await person(town, anna.number))}
        before = dict(await pair_of(town, pair))
        await staff.sends("/phone-chats", "redan ett par", status=409, slot="3-afternoon", **ids)
        for form in ({"weekday": "3", "at": "23:00"}, {"weekday": "9", "at": "14:00"}, {"weekday": "3", "at": "två"}):
            await staff.sends(f"/phone-chats/{pair}/move", "Något saknas", status=422, **form)
        for until in ("2020-04-08", "2022-01-01", "snart"):
            await staff.sends(f"/phone-chats/{pair}/pause", "Något saknas", status=422, until=until)
        await staff.sends(f"/phone-chats/{pair}/resume", "Paret är slut", status=409)
        await staff.sends("/phone-chats/77/skip", "inget sådant par", status=404)
        await staff.sends(f"/phone-chats/{pair}/nonsense", status=404)
        await staff.sees("/phone-chats/wishes?phone=112", "Ingen har det numret", status=404)
        many = ", ".join(f"ord{n}" for n in range(13))
        await staff.sends(f"/phone-chats/wishes/{ids['resident']}", "Högst 12 intressen", status=422, interests=many)
        assert dict(await pair_of(town, pair)) == before
        await staff.sends(f"/phone-chats/wishes/{ids['resident']}", "Borttaget", drop="1")
    async with town.signed_in("area-lead", area="granna") as lead:
        await lead.sees("/phone-chats", status=403)


async def test_both_say_yes_at_the_same_moment(town: Town) -> None:
    """One is decided after the other; it begins once."""
    async with town.signed_in("operator") as staff:
        anna = await town.volunteer("Anna Berg", "granna", skills="phone-chat")
        await new_person(staff, "Elsa Dahl", ELSA)
        await wishes(staff, ELSA)
        pair = await asked(staff, ELSA, anna.number)
    now, office = town.clock.now(), town.runtime.office
    await asyncio.gather(
        *(change_pair(office, pair, lambda two, side=side: decide_yes(two, side, now, None), now) for side in Side)
    )
    await town.settle()
    assert (await pair_of(town, pair))["state"] == "active"
    for phone in (town.phone(ELSA), anna):
        await phone.expects("telefonvän")
        texts = " ".join(town.unread(phone.number))
        assert texts.count("Nu är det klart") == 1
        town.ignore(phone)


async def two_volunteers(town: Town) -> tuple[Phone, Phone]:
    return await town.volunteer("Anna Berg", "granna", skills="phone-chat"), await town.volunteer("Bo Ek", skills="phone-chat")


async def test_a_volunteer_with_two_friends_says_sluta(town: Town) -> None:
    """Which one is meant, a human asks."""
    async with town.signed_in("operator") as staff:
        anna, _ = await two_volunteers(town)
        await wishes(staff, anna.number, side="volunteer", most="2")
        for number, name in ((ELSA, "Elsa Dahl"), ("+46702222202", "Edit Ek")):
            await new_person(staff, name, number)
            await wishes(staff, number)
            pair = await asked(staff, number, anna.number)
            for side in ("resident", "volunteer"):
                await staff.sends(f"/phone-chats/{pair}/yes-{side}", "Klart")
            town.ignore(town.phone(number))
    town.ignore(anna, town.coordinator)
    await anna.sends("SLUTA")
    assert (await town.task(state="open"))["text"] == "SLUTA"
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM phone_chat WHERE state = 'active'") == 2


async def test_two_operators_ask_for_the_same_resident_at_once(town: Town) -> None:
    """One pair comes about; the other operator hears that there is one."""
    async with town.signed_in("operator") as staff:
        anna, bo = await two_volunteers(town)
        resident = await new_person(staff, "Elsa Dahl", ELSA)
        await wishes(staff, ELSA)
    town.ignore(anna, bo)
    ids = [await person(town, volunteer.number) for volunteer in (anna, bo)]
    now, office = town.clock.now(), town.runtime.office
    both = await asyncio.gather(
        *(ask_pair(office, resident, volunteer, 3, time(14), None, now) for volunteer in ids), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in both) == ["PairedAlready", "PhoneChat"]
    await town.settle()
    await town.phone(ELSA).expects("telefonvän")


async def test_the_resident_is_forgotten_while_the_volunteer_is_being_rung(town: Town) -> None:
    """Nobody is rung whom we no longer know."""
    async with town.signed_in("operator") as staff:
        _, anna, _ = await friends(town, staff)
    town.carrier.telephones.habits[anna.number] = "hangs"
    call = await rings(town, 5 * 60)
    await erase(town.runtime.office, await person(town, ELSA), town.clock.now())
    answered = {"callid": call.id, "result": "1"}
    action = await town.carrier.ask(call.voice_start.replace("answered", "key"), answered)
    assert action == {"hangup": "reject"}
    town.ignore(anna)
