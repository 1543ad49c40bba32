"""What happens in the demo, told in the terminal: one calm line for each interesting event."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from bots.inbound import DATABASE_DOWN
from dispatch import store
from dispatch.errors import UnknownTask
from dispatch.events import Kind
from dispatch.model import Ask, Case
from dispatch.network import Network
from service.runtime import Runtime
from sql import query

EVERY = 1.0  # real seconds
MOST_LINES = 3  # in that time; of more, the most interesting are told
MOST_EVENTS = 500
WORDS_SHOWN = 70

STEPS = {
    Ask.NEIGHBOURS: "the neighbouring areas",
    Ask.EMERGENCY: "the emergency group",
    Ask.SERVICE: "the municipality's service groups",
    Ask.COORDINATOR: "the coordinator",
}
BY_RESIDENT = frozenset({Kind.TASK_CONFIRMED, Kind.TASK_DENIED, Kind.TASK_CANCELLED})
Teller = Callable[[Case, Mapping[str, Any], str, Network], str]


def line_of(kind: str, data: Mapping[str, Any], actor: str, case: Case, network: Network) -> str | None:
    """The event in words; None when it is not worth a line. actor: who did it, or empty."""
    if kind == Kind.STEP_BEGUN and data["ask"] not in STEPS:
        return None
    tell = _TELLERS.get(kind)
    return tell(case, data, actor, network) if tell else None


def _asked_for_help(case: Case, _data: Mapping[str, Any], _actor: str, _network: Network) -> str:
    return f'{_resident(case)}: "{_words(case)}"'


def _emergency(case: Case, _data: Mapping[str, Any], _actor: str, _network: Network) -> str:
    return f'EMERGENCY, {_resident(case)}: "{_words(case)}" - told to ring 112, the coordinator is alerted'


def _question(_case: Case, data: Mapping[str, Any], _actor: str, _network: Network) -> str:
    return "is asked back: " + ("where?" if data["asks"] == "place" else "what is needed?")


def _human(case: Case, data: Mapping[str, Any], _actor: str, _network: Network) -> str:
    return f'{_resident(case)}: "{_words(case)}" - a person must answer ({data["reason"].replace("_", " ")})'


def _offers(case: Case, data: Mapping[str, Any], _actor: str, network: Network) -> str:
    names = [case.people[p].first_name for p in data["people"] if p in case.people]
    category = network.category(case.need.category)
    place = case.need.place or network.area_name(case.need.area)
    return f"{category.name('en') if category else 'Help'}, {place}: asks {', '.join(names)}"


def _climbs(_case: Case, data: Mapping[str, Any], _actor: str, _network: Network) -> str:
    return f"goes on to {STEPS[data['ask']]}"


def _taken(case: Case, _data: Mapping[str, Any], actor: str, _network: Network) -> str:
    return f"{actor} takes it" + (f", for {case.resident.name}" if case.resident.name else "")


def _nameless(kind: str, data: Mapping[str, Any], case: Case) -> str:
    """What to call somebody whose name is unknown: residents by their number, staff by their organisation."""
    if kind in BY_RESIDENT:
        return case.resident.phone or ""
    return next((case.people[o.person_id].organisation for o in case.offers if o.id == data.get("offer")), "")


def _by(words: str) -> Teller:
    return lambda _case, _data, actor, _network: words.format(actor=actor or "Somebody")


def _resident(case: Case) -> str:
    return case.resident.name or case.resident.phone or "Somebody"


def _words(case: Case) -> str:
    words = " ".join(case.need.text.split())
    return words if len(words) <= WORDS_SHOWN else f"{words[:WORDS_SHOWN].rstrip()}..."


# The most interesting first: when there is too much to tell, the last ones go untold.
_TELLERS: dict[str, Teller] = {
    Kind.EMERGENCY_RECEIVED: _emergency,
    Kind.TASK_DENIED: _by("{actor} says that nobody came: to the coordinator"),
    Kind.TAKER_SILENT: _by("is not heard of any more: to the coordinator"),
    Kind.HUMAN_NEEDED: _human,
    Kind.ACKNOWLEDGEMENT_ASKED_AGAIN: _by("nobody has answered: asks again"),
    Kind.TASK_WITHDRAWN: _by("{actor} cannot after all: others are asked"),
    Kind.TASK_CANCELLED: _by("{actor} cancels it"),
    Kind.STEP_BEGUN: _climbs,
    Kind.TASK_ACKNOWLEDGED: _by("{actor} answers for it"),
    Kind.TASK_TAKEN: _taken,
    Kind.REQUEST_RECEIVED: _asked_for_help,
    Kind.TASK_DONE: _by("{actor} has done it"),
    Kind.QUESTION_ASKED: _question,
    Kind.OFFERS_SENT: _offers,
    Kind.TASK_STARTED: _by("{actor} is on the way"),
    Kind.HELPER_THANKED: _by("{actor} thanks the helper"),
    Kind.TASK_CONFIRMED: _by("{actor} confirms that help came"),
}
_RANK = {kind: rank for rank, kind in enumerate(_TELLERS)}


async def tell(runtime: Runtime, say: Callable[[str], None]) -> None:
    """Tell what happens, for as long as this runs."""
    after = 0
    while True:
        lines: list[str] = []
        with contextlib.suppress(*DATABASE_DOWN):  # the program revives it, and the story goes on
            rows = await runtime.pool.fetch(query("events_after"), after, MOST_EVENTS)
            after = rows[-1]["id"] if rows else after
            lines = await _lines(runtime, [row for row in rows if row["kind"] in _RANK and row["task"]])
        for line in lines:
            say(line)
        await asyncio.sleep(EVERY)


async def _lines(runtime: Runtime, rows: list[Any]) -> list[str]:
    """The lines of the most interesting rows, in the order in which things happened."""
    told: list[tuple[int, str]] = []
    for row in sorted(rows, key=lambda r: (_RANK[r["kind"]], r["id"])):
        if len(told) == MOST_LINES:
            break
        async with runtime.pool.acquire() as connection:
            try:
                case = await store.case_by_code(connection, row["task"])
            except UnknownTask:
                continue
        data = orjson.loads(row["data"])
        line = line_of(row["kind"], data, row["actor_name"] or _nameless(row["kind"], data, case), case, runtime.network)
        if line:
            told.append((row["id"], f"{row['at'].astimezone(runtime.network.zone):%H:%M}  {row['task']}  {line}"))
    return [line for _, line in sorted(told)]
