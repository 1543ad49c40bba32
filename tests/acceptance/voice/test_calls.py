"""Somebody phones the network: one script by 46elks and by Twilio, in stories of residents, volunteers and operators."""

import json
from typing import Any

import pytest

from bots.voice.prompts import prompt_texts
from service.demo.telephone import HOTLINE
from tests.acceptance.conftest import Town
from tests.acceptance.telephone import (
    BO,
    COORDINATOR,
    ELSA,
    HIDDEN,
    KARIN,
    LANDLINE,
    MIA,
    OLLE,
    Telephone,
    helped,
    speech,
)


async def test_somebody_new_presses_1_and_talks_to_an_operator(telephone: Telephone) -> None:
    karin, olle = await telephone.operator("Karin Ek", KARIN), await telephone.operator("Olle Berg", OLLE)
    call = await telephone.calls(ELSA)
    assert call.said() == ["greeting", "key_1", "key_9"]  # nothing of hers goes on, and there was no last time
    await call.pressed("1")
    assert call.said() == ["connecting"]
    assert (call.waits, set(call.rings)) == ("ring", {KARIN, OLLE})  # at the same time
    assert call.shows == HOTLINE  # and not Elsa's
    await call.somebody_answers(OLLE)
    await call.rang("answered")
    row = await telephone.row(call)
    assert (row["outcome"], row["state"], set(row["rung"])) == ("talked", "ended", {karin, olle})
    assert await telephone.tasks() == []


async def test_the_menu_has_what_the_caller_can_have_and_never_more_than_four_choices(telephone: Telephone, town: Town) -> None:
    await helped(town)
    call = await telephone.calls(ELSA)
    assert call.said() == ["greeting", "key_1", "key_3", "key_4_helped", "key_9"]
    await call.hangs_up()
    await town.settle()
    await town.phone(ELSA).expects("ringer upp dig")
    await town.coordinator.expects("OK")


async def test_no_key_is_a_1(telephone: Telephone) -> None:
    """A telephone with a dial, or somebody who does not understand what a menu is."""
    await telephone.operator("Karin Ek", KARIN)
    call = await telephone.calls(ELSA)
    await call.pressed("")
    assert (call.said()[-1], call.rings) == ("connecting", [KARIN])
    await call.rang("answered")


async def test_the_next_group_is_rung_when_nobody_answers_and_the_coordinators_last(telephone: Telephone, town: Town) -> None:
    await telephone.operator("Karin Ek", KARIN)
    await telephone.operator("Mia Ask", MIA, "coordination")
    call = await (await telephone.calls(ELSA)).pressed("1")
    rung = [call.rings]
    rung.append((await call.rang("busy")).rings)
    rung.append((await call.nobody_answers()).rings)
    assert rung == [[KARIN], [MIA], [COORDINATOR]]
    call.said()
    await call.nobody_answers()
    assert (call.said(), call.waits) == (["nobody"], "record")
    await call.says(speech())
    assert call.said() == ["thanks"]
    assert await telephone.waiting() == [("callback", ELSA, "Har ringt, och talat in ett meddelande.", "normal")]
    await town.settle()
    await town.phone(ELSA).expects("En person hos oss ringer upp dig")
    await town.coordinator.expects("Svara OK")
    ((content, due),) = await telephone.recordings()
    assert (content, due) == (speech(), None)
    async with town.signed_in("operator", "Karin") as visitor:
        code = (await telephone.tasks())[0]["code"]
        await visitor.sees(f"/desk/inbox/{code}", "Vill bli uppringd", "<audio controls", "talat in ett meddelande")


async def test_whoever_was_rung_is_not_rung_again_in_the_same_call(telephone: Telephone) -> None:
    await telephone.operator("Karin Ek", KARIN, "hotline;coordination")
    call = await (await telephone.calls(ELSA)).pressed("1")
    assert (call.rings, (await call.nobody_answers()).rings) == ([KARIN], [COORDINATOR])
    await call.rang("answered")


async def test_nine_is_a_call_back(telephone: Telephone, town: Town) -> None:
    call = await (await telephone.calls(ELSA)).pressed("9")
    assert (call.said()[-1], call.waits) == ("callback", "")
    await town.settle()
    assert await telephone.waiting() == [("callback", ELSA, "Har ringt, och vill bli uppringd.", "normal")]
    await town.phone(ELSA).expects("ringer upp dig")
    await town.coordinator.expects("Svara OK")
    call = await (await telephone.calls(ELSA)).pressed("9")  # impatient: one call-back is enough
    assert len(await telephone.waiting()) == 1


async def test_a_landline_has_heard_it_and_is_not_phoned_to_hear_it_again(telephone: Telephone, town: Town) -> None:
    await (await telephone.calls(LANDLINE)).pressed("9")
    await town.settle()
    await town.coordinator.expects("Svara OK")
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM outbox WHERE state = 'to_call'") == 0
    assert [(human, phone) for human, phone, _, _ in await telephone.waiting()] == [("callback", LANDLINE)]


async def test_danger_rings_everybody_at_once_and_stands_first_in_line(telephone: Telephone, town: Town) -> None:
    await telephone.operator("Karin Ek", KARIN)
    await telephone.operator("Mia Ask", MIA, "coordination")
    await (await telephone.calls(BO)).pressed("9")
    await town.settle()
    await town.phone(BO).expects("ringer upp dig")
    await town.coordinator.expects("Svara OK")
    call = await (await telephone.calls(ELSA)).pressed("0")
    assert call.said()[-1] == "urgent" and "1 1 2" in prompt_texts(town.runtime.network, "sv")["urgent"]
    assert set(call.rings) == {KARIN, MIA, COORDINATOR}
    await town.settle()  # at once, whoever answers or not
    await town.phone(ELSA).expects("112")
    await town.coordinator.expects("Svara OK")
    await call.nobody_answers()
    await call.says(speech())
    await town.settle()
    waiting = await telephone.waiting()
    assert waiting[1] == ("emergency", ELSA, "Har ringt, och tryckt 0: det är bråttom. Det kan vara fara för liv.", "emergency")
    assert len(waiting) == 2  # the recording is with the emergency
    assert [content for content, _ in await telephone.recordings()] == [speech()]
    async with town.signed_in("operator", "Karin") as visitor:
        page = await visitor.sees("/desk/inbox")
        assert page.index("Kan vara fara för liv") < page.index("Vill bli uppringd")


async def test_who_phones_again_in_danger_rings_everybody_again_and_is_one_alarm(telephone: Telephone, town: Town) -> None:
    await telephone.operator("Karin Ek", KARIN)
    for _ in range(3):
        call = await (await telephone.calls(ELSA)).pressed("0")
        assert set(call.rings) == {KARIN, COORDINATOR}
        await call.hangs_up()
        await town.settle()
    assert [human for human, *_ in await telephone.waiting()] == ["emergency"]
    await town.phone(ELSA).expects("112")
    await town.coordinator.expects("Svara OK")
    town.ignore(town.coordinator, town.phone(ELSA), town.service_group, town.enterprise)
    await town.forward(minutes=15)  # a quarter of an hour later it is no repetition
    await (await (await telephone.calls(ELSA)).pressed("0")).hangs_up()
    await town.settle()
    assert [human for human, *_ in await telephone.waiting()] == ["emergency"] * 2


@pytest.mark.parametrize("key", ["0", "*"])
async def test_danger_can_be_pressed_after_an_answer_too(telephone: Telephone, town: Town, key: str) -> None:
    await telephone.operator("Karin Ek", KARIN)
    call = await (await telephone.calls(ELSA)).pressed("3")
    assert call.said()[-2:] == ["status_none", "after"]
    await call.pressed(key)
    assert call.said() == ["urgent"]
    await call.rang("answered")
    await town.settle()
    await town.phone(ELSA).expects("112")
    await town.coordinator.expects("Svara OK")
    assert [urgency for *_, urgency in await telephone.waiting()] == ["emergency"]


async def test_the_same_help_as_last_time(telephone: Telephone, town: Town) -> None:
    anna, number = await helped(town)
    await anna.sends(f"KLAR {number}")
    await town.phone(ELSA).expects()
    await town.phone(ELSA).sends("JA")
    await town.phone(ELSA).expects()
    await anna.expects()
    call = await telephone.calls(ELSA)
    assert call.said() == ["greeting", "key_1", "key_2", "key_9"]
    await call.pressed("2")
    assert call.said() == ["again", "what_groceries", "looking", "after"]
    await call.pressed("")
    assert (call.said(), call.waits) == (["goodbye"], "")
    await town.settle()
    await anna.offer("handla mat", "Gränna")
    await town.phone(ELSA).expects("Vi letar nu efter någon")
    new = [t for t in await telephone.tasks() if t["state"] == "open"]
    assert [(t["category"], t["area"], t["text"]) for t in new] == [("groceries", "granna", "Kan någon handla mat? Bor i Gränna")]
    again = await (await telephone.calls(ELSA)).pressed("2")
    assert again.said()[-4:] == ["again_already", "what_groceries", "status_open", "after"]
    assert len(await telephone.tasks()) == 2


async def test_what_has_been_asked_for_already_is_not_asked_for_twice(telephone: Telephone, town: Town) -> None:
    await helped(town)
    call = await (await telephone.calls(ELSA)).pressed("2")
    assert call.said()[-4:] == ["again_already", "what_groceries", "status_taken", "after"]
    assert len(await telephone.tasks()) == 1
    await call.hangs_up()
    assert await telephone.waiting() == []  # she has got what she wanted


async def test_how_it_goes(telephone: Telephone, town: Town) -> None:
    anna, number = await helped(town)
    call = await (await telephone.calls(ELSA)).pressed("3")
    assert call.said()[-3:] == ["what_groceries", "status_taken", "after"]
    await call.hangs_up()
    await anna.sends(f"PÅ VÄG {number}")
    await town.phone(ELSA).expects("på väg")
    await anna.expects()
    call = await (await telephone.calls(ELSA)).pressed("3")
    assert call.said()[-3:] == ["what_groceries", "status_underway", "after"]
    await telephone.operator("Karin Ek", KARIN)
    await call.pressed("1")
    assert (call.said(), call.rings) == (["connecting"], [KARIN])
    await call.rang("answered")
    assert await telephone.waiting() == []


async def test_a_dropped_call_is_called_back(telephone: Telephone, town: Town) -> None:
    call = await telephone.calls(ELSA)
    await call.hangs_up()
    await town.settle()
    assert await telephone.waiting() == [("callback", ELSA, "Har ringt, och lagt på innan någon hann svara.", "normal")]
    await town.phone(ELSA).expects("Vi har sett att du har ringt")
    await town.coordinator.expects("Svara OK")
    await call.hangs_up()  # told twice
    again = await telephone.calls(ELSA)
    await again.hangs_up()
    await town.settle()
    assert len(await telephone.waiting()) == 1


async def test_whoever_hangs_up_while_it_rings_is_called_back(telephone: Telephone, town: Town) -> None:
    await telephone.operator("Karin Ek", KARIN)
    call = await (await telephone.calls(ELSA)).pressed("1")
    await town.forward(seconds=10)
    await call.hangs_up()
    await town.settle()
    assert [human for human, *_ in await telephone.waiting()] == ["callback"]
    await town.phone(ELSA).expects("ringer upp")
    await town.coordinator.expects("Svara OK")


async def test_whoever_hangs_up_after_a_talk_is_not_called_back(telephone: Telephone, town: Town) -> None:
    """46elks does not tell that somebody has answered; but no telephone rings for minutes."""
    await telephone.operator("Karin Ek", KARIN)
    call = await (await telephone.calls(ELSA)).pressed("1")
    await call.somebody_answers(KARIN)
    await town.forward(minutes=2)
    await call.hangs_up()
    assert (await telephone.waiting(), (await telephone.row(call))["outcome"]) == ([], "talked")


async def test_a_hidden_number_is_asked_to_say_it(telephone: Telephone, town: Town) -> None:
    call = await telephone.calls(HIDDEN)
    assert call.said() == ["greeting", "hidden", "key_1", "key_9_hidden"]
    await call.pressed("9")
    assert (call.said(), call.waits) == (["speak_hidden"], "record")
    await call.says(speech())
    assert call.said() == ["thanks_hidden"]
    await town.settle()
    assert await telephone.waiting() == [("callback", None, "Har ringt, och talat in ett meddelande.", "normal")]
    assert [content for content, _ in await telephone.recordings()] == [speech()]
    await town.coordinator.expects("Svara OK")


async def test_a_hidden_number_that_is_dropped_is_nobody_to_call_back(telephone: Telephone, town: Town) -> None:
    call = await telephone.calls(HIDDEN)
    await call.hangs_up()
    await town.settle()
    assert await telephone.waiting() == []
    assert (await telephone.row(call))["outcome"] == "dropped"


async def test_a_hidden_number_in_danger_is_on_the_desk_at_once(telephone: Telephone, town: Town) -> None:
    call = await (await telephone.calls(HIDDEN)).pressed("0")
    await town.settle()
    assert [(human, phone) for human, phone, _, _ in await telephone.waiting()] == [("emergency", None)]
    await town.coordinator.expects("Svara OK")
    await call.nobody_answers()
    assert call.said()[-1] == "nobody_hidden"
    await call.says(speech())
    await town.settle()
    assert [content for content, _ in await telephone.recordings()] == [speech()]


async def test_every_webhook_twice_is_once(telephone: Telephone, town: Town) -> None:
    await telephone.operator("Karin Ek", KARIN)
    call = await telephone.calls(ELSA)
    assert await same_again(call)
    await call.pressed("9")
    assert await same_again(call)
    await town.settle()
    assert len(await telephone.waiting()) == 1
    await town.phone(ELSA).expects("ringer upp dig")
    await town.coordinator.expects("Svara OK")
    other = await (await telephone.calls(BO)).pressed("1")
    ringing = other.rings
    assert await same_again(other)
    await other.nobody_answers()
    assert await same_again(other) and other.rings != ringing
    assert (await telephone.row(other))["rung"] == [await telephone.id_of(KARIN), await telephone.id_of(COORDINATOR)]
    await other.rang("answered")


async def same_again(call: Any) -> bool:
    """Is the last webhook answered alike when it comes once more?"""
    before = call.answers[-1]
    after = await call.again()
    if before.startswith("{"):
        return repr(json.loads(after)) == before or call.waits == ""
    return after == before or call.waits == ""


async def test_a_late_webhook_of_an_earlier_step_changes_nothing(telephone: Telephone) -> None:
    await telephone.operator("Karin Ek", KARIN)
    call = await telephone.calls(ELSA)
    call.said()
    await call.pressed("1")
    address, form = next(step for step in call.steps if "menu" in step[0])
    late = {**form, "result": "9", "Digits": "9"}
    await call._post(address, late)
    assert await telephone.waiting() == []
    assert (await telephone.row(call))["pressed"] == "1"
    await call.rang("answered")


async def test_an_english_speaker_is_spoken_to_in_english(telephone: Telephone, town: Town) -> None:
    await town.phone(ELSA).sends("Can somebody buy groceries for me? I live in Gränna")
    await town.phone(ELSA).expects()
    call = await telephone.calls(ELSA)
    assert all("say=en:" in address for address in call.sounds)
    await (await call.pressed("3")).hangs_up()
    await town.forward(minutes=40)
    town.ignore(town.coordinator, town.phone(ELSA), town.service_group, town.enterprise)
