"""A webhook of a call that the network makes, from what the carrier has heard to what it does next."""

from collections.abc import Sequence
from datetime import datetime

from bots.voice.actions import Action, Hangup
from bots.voice.outgoing import Heard
from bots.voice.outgoing_script import HUMAN, LINES, action_after, decide_step
from bots.voice.script import MOST_RUNG
from bots.wording import Wording, texts
from dispatch import readings, store
from dispatch.dialler import change_call
from dispatch.dialling import OutgoingCall
from dispatch.duty import Roster
from dispatch.model import Person
from dispatch.network import OPERATORS
from dispatch.office import Office
from sql import query


async def hear(office: Office, call_id: int, step: str, heard: Heard, now: datetime) -> tuple[OutgoingCall | None, Action]:
    """Carry out one webhook. Returns the call as it is then, and what happens next; a call that we do not know is hung up."""

    humans = await _on_duty(office, now) if step == "key" and heard.digits == HUMAN else ()

    def decide(call: OutgoingCall, at: datetime) -> OutgoingCall:
        return decide_step(call, step, heard, at, bool(humans))

    call = await change_call(office, call_id, decide, now)
    if call is None:
        return None, Hangup()
    rung = humans
    if call.second_id is not None:
        second = await office.pool.fetchval(query("dial_number"), call.second_id)
        rung = (second,) if second else ()
    return call, action_after(call, step, heard.digits, office.network.phone, rung)


async def _on_duty(office: Office, now: datetime) -> tuple[str, ...]:
    """The numbers of the first group that the telephone rings in the network and that has somebody on duty."""
    network, roster = office.network, Roster()
    async with office.pool.acquire() as connection:
        operators = [row["phone"] for row in await connection.fetch(query("phone_operators"), now)]
        await store.look_up(connection, roster, [key for key in network.voice.ring if key != OPERATORS], now)
    for key in network.voice.ring:
        found = operators if key == OPERATORS else [c.person.phone for c in roster.members([key])]
        if numbers := tuple(n for n in found if n and n != network.phone and n not in network.own_numbers):
            return numbers[:MOST_RUNG]
    return ()


async def said_in(office: Office, wording: Wording, call: OutgoingCall, keys: Sequence[str]) -> tuple[str, str] | None:
    """What is said in a call under these keys of LINES, one after the other, with its language; None for what the call does not
    say."""
    if not keys or len(keys) > len(LINES[call.purpose]) or not set(keys) <= set(LINES[call.purpose]):
        return None
    async with office.pool.acquire() as connection:
        first = await store.person_by_id(connection, call.first_id)
        second = await store.person_by_id(connection, call.second_id) if call.second_id is not None else None
        news = await readings.to_say(connection, call) if "message" in keys else []
    language = _language(first)
    known, somebody = texts(language, "spoken"), texts(language)["somebody"]
    name = (second.first_name if second is not None else "") or somebody
    message = " ".join(wording.aloud(kind, params, language) for kind, params in news)
    said = [message if key == "message" else known[key].format(network=office.network.name, name=name) for key in keys]
    return " ".join(said).strip(), language


def _language(person: Person | None) -> str:
    return "sv" if person is None or person.language == "sv" else "en"
