"""Calls that the network makes itself: a helper and a resident are connected, and news is read to people whose telephone takes no
SMS."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from dispatch.calls import take_call
from dispatch.dialling import LEASE
from dispatch.errors import BeingPhoned
from tests.acceptance.conftest import NetworkChange, Phone, Town
from tests.acceptance.telephones import LANDLINE, person, rings, talk_for

ELSA = "+46702222201"
EVENING = datetime(2020, 4, 8, 19, 30, tzinfo=UTC)  # half past nine: quiet hours


@pytest.fixture
def change_network() -> NetworkChange:
    """A network that masks numbers and reads aloud."""

    def change(raw: dict[str, Any]) -> None:
        raw["voice"] = {"mask": True, "read_aloud": True}

    return change


async def has_it(town: Town) -> tuple[Phone, Phone, str]:
    """Anna has taken Elsa's errand. Both telephones, and the path of Anna's page."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("Gränna")
    number = await anna.offer("handla mat")
    await anna.sends(f"JA {number}")
    await elsa.expects("Anna")
    offer = await town.runtime.pool.fetchval("SELECT id FROM offer WHERE state = 'accepted'")
    return anna, elsa, str(town.runtime.links.task(offer)).removeprefix(town.base)


async def history(town: Town) -> list[str]:
    """How our calls about tasks went, as events say."""
    rows = await town.runtime.pool.fetch("SELECT data ->> 'outcome' AS how FROM events WHERE kind = 'call.ended' ORDER BY id")
    return [row["how"] for row in rows]


async def test_a_helper_and_a_resident_are_connected(town: Town) -> None:
    """Anna is rung first and presses a key; then Elsa is rung. Both see the network's number only."""
    anna, _, path = await has_it(town)
    details = await anna.expects("Tack! Du hjälper", town.runtime.network.phone)
    assert ELSA not in details
    async with town.at_a_browser() as visitor:
        await visitor.sees(path, "Ring via nätverket", without=(ELSA, "070-222 22 01"))
        await visitor.sends(path, "Vi ringer upp dig nu", csrf="", action="connect")
    call = town.carrier.telephones.calls[-1]
    assert (call.to, call.second, call.caller_ids) == (anna.number, ELSA, [town.runtime.network.phone] * 2)
    await talk_for(town, 3)
    assert await history(town) == ["talked"]
    async with town.signed_in("coordinator") as staff:
        code = (await town.task())["code"]
        await staff.sees(f"/board/{code}", "bad om att bli kopplad", "de pratade")


HOW_IT_ENDS = [
    ("the helper does not answer", {"anna": "silent"}, "first_silent"),
    ("the helper's line is busy", {"anna": "busy"}, "first_busy"),
    ("an answering machine presses no key", {"anna": "machine"}, "first_silent"),
    ("the resident does not answer", {"elsa": "silent"}, "second_silent"),
    ("the resident is on the telephone", {"elsa": "busy"}, "second_busy"),
]


@pytest.mark.parametrize("twice", [False, True], ids=["once", "every webhook twice"])
@pytest.mark.parametrize(("habits", "outcome"), [r[1:] for r in HOW_IT_ENDS], ids=[r[0] for r in HOW_IT_ENDS])
async def test_how_a_call_ends(town: Town, habits: dict[str, Any], outcome: str, twice: bool) -> None:
    anna, elsa, path = await has_it(town)
    await anna.expects("Tack!")
    numbers = {"anna": anna.number, "elsa": elsa.number}
    town.carrier.telephones.habits = {numbers[who]: habit for who, habit in habits.items()}
    town.carrier.telephones.twice = twice
    async with town.at_a_browser() as visitor:
        await visitor.sends(path, csrf="", action="connect")
    assert await history(town) == [outcome]
    heard = " ".join(town.carrier.telephones.calls[-1].heard)
    assert ("out_silent" in heard, "out_busy" in heard) == (outcome == "second_silent", outcome == "second_busy")


async def test_two_taps_are_one_call(town: Town) -> None:
    anna, _, path = await has_it(town)
    await anna.expects("Tack!")
    async with town.at_a_browser() as visitor:
        forms = [visitor.web.post(town.base + path, data={"action": "connect"}) for _ in range(3)]
        assert {response.status for response in await asyncio.gather(*forms)} == {200}
    await town.settle()
    assert len(town.carrier.telephones.calls) == 1
    await talk_for(town, 1)


async def test_the_line_is_down(town: Town) -> None:
    """A helper waits with the telephone in the hand: after a minute the helper is told."""
    anna, _, path = await has_it(town)
    await anna.expects("Tack!")
    town.carrier.call_answers = [503] * 9
    async with town.at_a_browser() as visitor:
        await visitor.sends(path, csrf="", action="connect")
    await town.forward(minutes=1)
    await anna.expects("kunde inte koppla", "Försök igen")
    assert (town.carrier.call_tries, await history(town)) == (3, ["line_down"])


async def test_a_number_that_the_carrier_refuses(town: Town) -> None:
    anna, _, path = await has_it(town)
    await anna.expects("Tack!")
    town.carrier.call_answers = [400]
    async with town.at_a_browser() as visitor:
        await visitor.sends(path, csrf="", action="connect")
    await anna.expects("kunde inte koppla")
    assert await history(town) == ["refused"]


async def test_nobody_is_connected_to_a_protected_resident(town: Town) -> None:
    anna, _, path = await has_it(town)
    await anna.expects("Tack!")
    await person(town, ELSA, protected=True)
    async with town.at_a_browser() as visitor:
        await visitor.sends(path, "Andra tar hand om det", status=409, csrf="", action="connect")
    assert town.carrier.telephones.calls == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/hooks/46elks/wrong/out/1/0/answered", 403),
        ("/hooks/twilio/out/1/0/answered", 403),
        ("/hooks/46elks/{key}/out/x/0/answered", 404),
        ("/hooks/46elks/{key}/out/1/0/nonsense", 404),
        ("/hooks/46elks/{key}/out/1/0/answered", 200),
    ],
)
async def test_who_may_tell_of_calls(town: Town, path: str, status: int) -> None:
    """A call that we do not know is hung up."""
    address = town.base + path.format(key=town.carrier.hooks.rpartition("/")[2])
    async with town.web.post(address, data={"callid": "c1"}) as response:
        assert response.status == status
        if status == 200:
            assert await response.json() == {"hangup": "reject"}


async def landline(town: Town) -> Phone:
    """Folke, at a landline, has asked by telephone, and Anna comes."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna)
    need = {"phone": LANDLINE, "name": "Folke Dahl", "category": "groceries", "text": "Potatis", "area": "granna"}
    code = (await town.api("POST", "needs", need, status=201))["code"]
    await town.api("POST", f"tasks/{code}/assign", {"person": anna.number})
    return anna


async def waiting(town: Town) -> list[Any]:
    """What waits for Folke, and what was said to him."""
    who = await person(town, LANDLINE)
    return list(await town.runtime.pool.fetch("SELECT * FROM outbox WHERE person_id = $1 ORDER BY id", who))


async def test_news_is_read_to_a_landline(town: Town) -> None:
    """Who comes, and the code word: as an SMS would say. Heard to the end, it is off the operators' list."""
    town.carrier.telephones.keys[LANDLINE] = ["1", ""]
    await landline(town)
    await town.settle()
    call = town.carrier.telephones.calls[-1]
    assert call.to == LANDLINE
    said = [name.rpartition("/")[2].rpartition("-")[0] for name in call.heard]
    assert said == ["out_read.message.out_keys", "message.out_keys", "out_bye"]
    assert {row["handled_how"] for row in await waiting(town)} == {"reached"}
    async with town.signed_in("operator") as staff:
        await staff.sees("/desk/calls", "Ingen väntar på ett samtal")


async def test_whoever_presses_nine_is_phoned_by_a_human(town: Town) -> None:
    town.carrier.telephones.keys[LANDLINE] = ["9"]
    await landline(town)
    await town.forward(hours=3)
    assert len(town.carrier.telephones.calls) == 1
    assert "out_human" in town.carrier.telephones.calls[-1].heard[-1]
    async with town.signed_in("operator") as staff:
        await staff.sees("/desk/calls", "Folke Dahl")


async def test_nobody_answers_three_times(town: Town) -> None:
    """Half an hour between; then it stays on the operators' list."""
    town.carrier.telephones.habits[LANDLINE] = "silent"
    await landline(town)
    await town.settle()
    for _ in range(2):
        await rings(town, 30)
    await town.forward(hours=3)
    assert len(town.carrier.telephones.calls) == 3
    async with town.signed_in("operator") as staff:
        await staff.sees("/desk/calls", "Folke Dahl", "försökt 3 gånger")


async def test_at_night_nobody_is_rung_but_for_danger(town: Town) -> None:
    town.clock.move_to(EVENING)
    await landline(town)
    await town.settle()
    assert town.carrier.telephones.calls == []
    await rings(town, 10 * 60)
    assert town.clock.now() == datetime(2020, 4, 9, 5, 0, tzinfo=UTC)


async def test_danger_is_said_at_night_too(town: Town) -> None:
    town.clock.move_to(EVENING)
    need = {"phone": LANDLINE, "category": "other", "text": "Har ramlat", "area": "granna", "urgency": "emergency"}
    await town.api("POST", "needs", need, status=201)
    town.ignore(town.coordinator, town.service_group, town.enterprise)
    await town.settle()
    assert town.carrier.telephones.calls[-1].to == LANDLINE


async def test_an_operator_is_not_overtaken(town: Town) -> None:
    """Whoever has taken the call on phones; whoever comes while we are phoning is told so."""
    town.carrier.call_answers = [503]
    await landline(town)
    await town.settle()
    now, office = town.clock.now(), town.runtime.office
    by = await person(town, town.coordinator.number)
    rows = [row["id"] for row in await waiting(town)]
    for message in rows:
        await take_call(office, message, by, now)
    await town.forward(minutes=10)
    assert town.carrier.telephones.calls == []
    await town.forward(minutes=15)  # the operator has gone home
    assert len(town.carrier.telephones.calls) == 1


async def test_an_operator_who_comes_while_we_are_phoning(town: Town) -> None:
    town.carrier.telephones.habits[LANDLINE] = "hangs"
    await landline(town)
    await town.settle()
    by = await person(town, town.coordinator.number)
    (first, *_) = await waiting(town)
    with pytest.raises(BeingPhoned):
        await take_call(town.runtime.office, first["id"], by, town.clock.now())
    async with town.signed_in("operator") as staff:
        await staff.sends(f"/desk/calls/{first['id']}/take", "Nätverket ringer upp personen", status=409)
    await town.forward(minutes=11)  # the carrier says nothing more
    await take_call(town.runtime.office, first["id"], by, town.clock.now())


async def test_what_needs_an_answer_is_a_humans(town: Town) -> None:
    """Whether help came, and whoever wants to be phoned: no machine asks that."""
    anna = await landline(town)
    await town.settle()
    before = len(town.carrier.telephones.calls)
    code = (await town.task())["code"]
    await town.api("POST", f"tasks/{code}/done", {"person": anna.number})
    await town.settle()
    assert len(town.carrier.telephones.calls) == before
    async with town.signed_in("operator") as staff:
        await staff.sees("/desk/calls", "Fick du hjälp?")


@pytest.mark.parametrize("number", ["+46366800000", "+46900123456", "+12125550123"], ids=["our own", "a dear one", "abroad"])
async def test_what_is_never_rung(town: Town, number: str) -> None:
    """Our own number would ring us; dear numbers and other countries are not called unless the network file allows them."""
    anna, _, path = await has_it(town)
    await anna.expects("Tack!")
    own = number == "+46366800000"
    await person(town, ELSA, phone=town.runtime.network.phone if own else number)
    async with town.at_a_browser() as visitor:
        await visitor.sends(path, csrf="", action="connect")
    await anna.expects("kunde inte koppla")
    assert (town.carrier.call_tries, await history(town)) == (0, ["refused"])


async def test_the_process_died_while_it_asked_the_carrier(town: Town) -> None:
    """The lease runs out, and the call is started again."""
    anna, _, path = await has_it(town)
    await anna.expects("Tack!")
    town.carrier.call_answers = [503]
    async with town.at_a_browser() as visitor:
        await visitor.sends(path, csrf="", action="connect")
    due = town.clock.now() + LEASE
    await town.runtime.pool.execute("UPDATE outgoing_call SET state = 'starting', due_at = $1", due)
    await town.forward(seconds=30)
    assert town.carrier.telephones.calls == []
    await town.forward(seconds=31)
    assert [call.to for call in town.carrier.telephones.calls] == [anna.number]
    await talk_for(town, 2)


async def by_twilio(town: Town, step: str, **form: str) -> tuple[int, str]:
    """A signed webhook of Twilio's about the call that was made last."""
    call = await town.runtime.pool.fetchval("SELECT max(id) FROM outgoing_call")
    address = f"{town.base}/hooks/twilio/out/{call}/0/{step}"
    signature = RequestValidator("twilio-token").compute_signature(address, form)
    async with town.web.post(address, data=form, headers={"X-Twilio-Signature": signature}) as response:
        return response.status, await response.text()


@pytest.mark.parametrize("environment", [{"twilio_account": "AC1", "twilio_token": "twilio-token"}])
async def test_the_same_by_twilio(town: Town) -> None:
    """The same script in Twilio's words, signed; a forged word is refused and changes nothing."""
    anna, _, path = await has_it(town)
    await anna.expects("Tack!")
    town.carrier.telephones.habits[anna.number] = "hangs"
    async with town.at_a_browser() as visitor:
        await visitor.sends(path, csrf="", action="connect")
    status, answered = await by_twilio(town, "answered", CallSid="", CallStatus="in-progress")
    assert (status, answered.count("<Gather"), "out_ready" in answered) == (200, 2, True)
    status, rings_elsa = await by_twilio(town, "key", Digits="1")
    assert f'<Dial callerId="{town.runtime.network.phone}"' in rings_elsa
    assert f"<Number>{ELSA}</Number>" in rings_elsa
    forged = f"{town.base}/hooks/twilio/out/1/0/over"
    async with town.web.post(forged, data={"CallStatus": "completed"}, headers={"X-Twilio-Signature": "x"}) as response:
        assert response.status == 403
    status, busy = await by_twilio(town, "connected", DialCallStatus="busy")
    assert "out_busy" in busy
    assert (await by_twilio(town, "over", CallStatus="completed"))[0] == 200
    assert await history(town) == ["second_busy"]


async def test_whoever_presses_nine_talks_with_an_operator_on_duty(town: Town) -> None:
    """The operators' telephones ring at the same time; what was to be said is said, and off the list."""
    async with town.signed_in("operator", "Olle"):
        operator = "UPDATE person SET phone = '+46701110077' WHERE id = (SELECT person_id FROM account WHERE name = 'Olle')"
        await town.runtime.pool.execute(operator)
        town.carrier.telephones.keys[LANDLINE] = ["9"]
        await landline(town)
        await town.settle()
        assert town.carrier.telephones.calls[-1].second == "+46701110077"
        await talk_for(town, 3)
    assert {row["handled_how"] for row in await waiting(town)} == {"reached"}
