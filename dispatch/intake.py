"""From a resident's words to an open task: complete, asked about, or handed to a human.

A request with something missing is a task already, in the state ASKING, with a deadline of its own: a question that nobody
answers becomes a human's, like everything else that stands still.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from dispatch import ladder, recurring
from dispatch.events import Event, Kind
from dispatch.hygiene import is_infected, says_infected
from dispatch.mint import Mint
from dispatch.model import Case, Deadline, Need, Person, Task, TaskState, Urgency
from dispatch.network import Network
from dispatch.routines import Way, way_of
from dispatch.whereabouts import ADDRESSES, OUTSIDE, as_choices, located, place_spot
from geo.location import Candidate, Precision

QUESTIONS_IN_A_ROW = 3  # then a human takes over


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something is fetched that is delivered elsewhere; None for what was not said. spot: latitude and longitude."""

    area: str | None = None
    place: str | None = None
    address: str = ""
    spot: tuple[float, float] | None = None

    def of_need(self) -> dict[str, Any]:
        """As the fields of a Need."""
        lat, lon = self.spot or (None, None)
        return {
            "from_area": self.area,
            "from_place": self.place,
            "from_address": self.address,
            "from_lat": lat,
            "from_lon": lon,
        }


@dataclass(frozen=True, slots=True)
class Request:
    """What was understood of a request; None for what was not said. `text`: the resident's own words."""

    text: str
    source: str
    category: str | None = None
    area: str | None = None
    place: str | None = None
    address: str = ""
    wanted: str | None = None
    urgency: Urgency = Urgency.NORMAL
    told_by_name: str = ""  # who asks on the resident's behalf
    told_by_phone: str | None = None
    repeats: str | None = None  # an RRULE (dispatch/recurring.py)
    people: int | None = None  # how many it needs; None: as many as the category says
    holidays: str | None = None  # and what happens when its day is a holiday (model.HOLIDAYS)
    spot: tuple[float, float] | None = None  # latitude and longitude, when they are known
    located: Precision | None = None  # how exactly
    origin: Origin | None = None  # of what is fetched elsewhere
    choices: tuple[Candidate, ...] = ()  # what may be meant, when the area is not clear
    outside: bool = False  # it is clear, and in no area of the network
    expected_ore: int | None = None  # what it is expected to cost, when staff or a program say so
    infection: bool = False  # somebody in the household is infected
    away: bool = False  # staff know that it is elsewhere than where the resident lives


def decide_request(resident: Person, request: Request, network: Network, now: datetime, mint: Mint) -> tuple[Case, list[Event]]:
    """A new request: opened, or the first question asked. Place and address are the resident's own when none is said. What lies
    outside the network is a human's.

    An emergency does not repeat. Raises BadRequest when the rule of repetition cannot be read.
    """
    request = at_home(resident, request, network)
    case = _new_case(resident, request, network, now, mint)
    if request.urgency is Urgency.EMERGENCY:
        event = Event(now, Kind.EMERGENCY_RECEIVED, case.task.id, resident.id)
        case, events = _open(case, _way(case, network, now), "emergency", network, now)
        return case, [event, *events]
    received = Event(now, Kind.REQUEST_RECEIVED, case.task.id, resident.id, {"source": request.source})
    if request.outside and request.area is None:
        case, events = decide_hand_over(case, OUTSIDE, network, now)
    else:
        case, events = ask_or_open(case, network, now, request.choices)
    return case, [received, *events]


def decide_for_human(
    resident: Person, request: Request, reason: str, network: Network, now: datetime, mint: Mint
) -> tuple[Case, list[Event]]:
    """Something that only a human can sort out, as a task of its own. reason: a key that the texts know (see bots/locale)."""
    case = _new_case(resident, request, network, now, mint)
    case, events = _open(case, _for_humans(case, network, now), reason, network, now)
    return case, [Event(now, Kind.HUMAN_NEEDED, case.task.id, resident.id, {"reason": reason}), *events]


def decide_hand_over(case: Case, reason: str, network: Network, now: datetime) -> tuple[Case, list[Event]]:
    """A request that is being asked about goes to a human as it is."""
    case, events = _open(case, _for_humans(case, network, now), reason, network, now)
    return case, [Event(now, Kind.HUMAN_NEEDED, case.task.id, None, {"reason": reason}), *events]


def decide_answer(case: Case, answer: Request, network: Network, now: datetime) -> tuple[Case, list[Event]]:
    """The resident's answer to a question: it completes the same request, or the next question is asked.

    Whatever is said is kept with the request, understood or not. After QUESTIONS_IN_A_ROW without an end, a human.
    """
    need = replace(
        case.need,
        text=f"{case.need.text}\n{answer.text}".strip(),
        category=_stricter(case.need.category, answer.category, network),
        area=answer.area or case.need.area,
        place=answer.place or (case.need.place if answer.area in (None, case.need.area) else None),
        address=answer.address or case.need.address,
        wanted=case.need.wanted or answer.wanted,
        urgency=answer.urgency if answer.urgency is Urgency.HIGH else case.need.urgency,
        infection=case.need.infection or says_infected(answer.text),
    )
    if answer.origin is not None and not need.is_fetched:
        need = replace(need, **answer.origin.of_need())
    if answer.spot is not None or answer.area not in (None, case.need.area):
        need = located(need, answer.spot, answer.located)
    case = replace(case, need=need)
    if answer.outside and need.area is None:
        return decide_hand_over(case, OUTSIDE, network, now)
    if (need.category is None or need.area is None) and case.task.asked >= QUESTIONS_IN_A_ROW:
        return decide_hand_over(case, "not_understood", network, now)
    return ask_or_open(case, network, now, answer.choices)


def _stricter(said: str | None, now_said: str | None, network: Network) -> str | None:
    """What volunteers may not do outweighs what they may: it must not reach them by having been said second."""
    kind = network.category(now_said)
    return now_said if said is None or (kind is not None and not kind.volunteers) else said


def at_home(resident: Person, request: Request, network: Network) -> Request:
    """The request with the resident's own area, place and address where it says no area.

    Of several places that may be meant it is the one in the resident's area; when none is there, the resident is asked, but
    not for a single one that is hardly meant. A position that is shared outside is not at home.
    """
    is_there = request.away or request.area is not None or request.located is Precision.POSITION
    if is_there or resident.area not in network.areas:
        return request
    if near := [c for c in request.choices if c.area == resident.area]:
        return at_candidate(request, near[0])
    if len(request.choices) > 1:
        return request
    if request.outside:  # "a lift to Habo", from home
        request = replace(request, place=None, address="", spot=None, outside=False)
    place, address = request.place or resident.place, request.address or resident.address
    if request.spot is None:  # else staff have found the resident's own house
        spot = place_spot(network, resident.area, place)
        request = replace(request, spot=spot, located=Precision.PLACE if spot else None)
    return replace(request, area=resident.area, place=place, address=address, choices=())


def at_candidate(request: Request, found: Candidate) -> Request:
    """The request where a location was found. An address that was given otherwise stays."""
    spot = None if found.precision is Precision.AREA else found.spot  # the middle of an area is nobody's home
    return replace(
        request,
        area=found.area,
        place=found.place or found.nearby,
        address=request.address or (found.label if found.precision in ADDRESSES else ""),
        spot=spot,
        located=found.precision if spot else None,
        choices=(),
        outside=found.area is None,
    )


def _way(case: Case, network: Network, now: datetime) -> Way:
    return way_of(case.need, case.resident, network, now)


def _for_humans(case: Case, network: Network, now: datetime) -> Way:
    """What only a human can sort out; whoever goes there hears all the same whether the household is infected."""
    infected = is_infected(case.need, case.resident, network.local_date(now), now)
    return Way(ladder.human_only(case.need.urgency), None, infected)


def _new_case(resident: Person, request: Request, network: Network, now: datetime, mint: Mint) -> Case:
    repeats = None if request.urgency is Urgency.EMERGENCY else request.repeats
    need = Need(
        id=mint.id(),
        resident_id=resident.id,
        text=request.text,
        source=request.source,
        created_at=now,
        category=request.category,
        area=request.area,
        place=request.place,
        address=request.address,
        wanted=request.wanted,
        urgency=request.urgency,
        told_by_name=request.told_by_name,
        told_by_phone=request.told_by_phone,
        repeats=repeats,
        holidays=request.holidays if repeats else None,
        **(request.origin or Origin()).of_need(),
        expected_ore=request.expected_ore,
        infection=request.infection or says_infected(request.text),
    )
    need = located(need, request.spot, request.located)
    first = recurring.first_occasion(repeats, now, network.days, need.holidays) if repeats else None
    task = Task(
        id=mint.id(),
        need_id=need.id,
        code=mint.task_code(),
        state=TaskState.ASKING,
        places=request.people or 1,
        code_word=mint.code_word(),
        created_at=now,
        changed_at=now,
        occasion=first.day if first else None,
        by_rule=first.by_rule if first else None,
    )
    return Case(task, need, resident, (), {})


def ask_or_open(case: Case, network: Network, now: datetime, choices: Sequence[Candidate] = ()) -> tuple[Case, list[Event]]:
    """Open a request that is complete, else ask. choices: the places that may be meant; those that were asked about before stand
    until there are others."""
    need = case.need
    choices = as_choices(choices, network) or case.task.choices
    asks = "category" if need.category is None else "place" if need.area is None else None
    if asks is None:
        case, events = _open(case, _way(case, network, now), None, network, now)
        return case, [Event(now, Kind.REQUEST_COMPLETED, case.task.id, case.resident.id), *events]
    task = replace(
        case.task,
        asks=asks,
        asked=case.task.asked + 1,
        choices=choices,
        deadline=Deadline.ANSWER,
        deadline_at=network.after(now, network.patience.answer, need.urgency),
    )
    again = case.task.asks == asks and (asks != "place" or choices == case.task.choices)
    asked = Event(now, Kind.QUESTION_ASKED, task.id, None, {"asks": asks, "again": again})
    return replace(case, task=task), [asked]


def _open(case: Case, way: Way, human: str | None, network: Network, now: datetime) -> tuple[Case, list[Event]]:
    begins = network.hours.awake_from(now) if network.waits_for_morning(case.need.urgency) else now
    task = case.task.to(
        TaskState.OPEN,
        asks=None,
        choices=() if case.need.area else case.task.choices,  # a late answer may still choose
        places=max(case.task.places, network.people_for(case.need.category, case.need.urgency)),
        ladder=way.ladder,
        routine=way.routine,
        infected=way.infected,
        step=0,
        rounds=0,
        step_ends=None,
        human=human,
        deadline=Deadline.ADVANCE,
        deadline_at=begins,
    )
    data = {"category": case.need.category, "area": case.need.area, "human": human}
    data |= {"routine": way.routine} if way.routine else {}
    return replace(case, task=task), [Event(now, Kind.TASK_OPENED, task.id, case.resident.id, data)]
