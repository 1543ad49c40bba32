"""What staff change in a request: category, area, place, address, urgency, time. What follows from it: a ladder of its own,
a helper who must know, a helper who may not do it any more, an alarm. Pure.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from dispatch import ladder
from dispatch.amounts import MOST, read_amount
from dispatch.errors import BadRequest, TaskEnded
from dispatch.events import Event, Kind
from dispatch.helping import require_no_concern
from dispatch.intake import ask_or_open
from dispatch.model import ENDED, Case, Deadline, Need, TaskState, Urgency
from dispatch.network import Network
from dispatch.offers import Decision, relieve, supersede
from dispatch.recurring import expected_from
from dispatch.routines import Way, way_of
from dispatch.whereabouts import still_there

FROM = ("from_area", "from_place", "from_address")  # of what is fetched elsewhere
FIELDS = ("category", "area", "place", "address", *FROM, "urgency", "wanted", "requires", "expected", "infection")
NAMES = {"expected": "expected_ore"}  # what a field is called in the need, where that is something else
LONGEST = {"place": 200, "address": 500, "from_place": 200, "from_address": 500, "wanted": 200, "requires": 200}  # characters
ADDRESSES = ("address", "from_address", "infection")  # of which history tells only that they have changed
MAY_BE_EMPTY = frozenset({"place", "address", *FROM, "wanted", "requires", "expected"})
STEERING = frozenset({"category", "area", "urgency"})  # what the ladder depends on


def amended(need: Need, details: Mapping[str, Any], network: Network) -> Need:
    """The need with what `details` say of FIELDS; "found" is where the new address is, a Candidate, if it was looked up. Raises
    BadRequest, "field: what is wrong", and when none is given."""
    given = {name: str(details[name] or "").strip() for name in FIELDS if name in details}
    if not given:
        raise BadRequest(f"say what to change: {', '.join(FIELDS)}")
    for name, most in LONGEST.items():
        if len(given.get(name, "")) > most:
            raise BadRequest(f"{name}: at most {most} characters")
    category = _known("category", given, need.category, network.categories)
    area = _known("area", given, need.area, network.areas)
    urgency = given.get("urgency", need.urgency)
    if urgency not in set(Urgency):
        raise BadRequest(f"urgency: there is no '{urgency}'")
    after = replace(
        _fetched(given, need, network),
        category=category,
        area=area,
        place=_place("place", given, (need.area, need.place), area, network),
        address=given.get("address", need.address),
        urgency=Urgency(urgency),
        wanted=given["wanted"] or None if "wanted" in given else need.wanted,
        requires=_listed(given["requires"]) if "requires" in given else need.requires,
        expected_ore=_amount(given["expected"]) if "expected" in given else need.expected_ore,
        infection=_yes(given["infection"]) if "infection" in given else need.infection,
    )
    found = details.get("found") if after.address != need.address else None
    if found is None or found.area != after.area or found.lat is None:
        return still_there(need, after, network)
    return replace(after, lat=found.lat, lon=found.lon, located=found.precision)


def _listed(text: str) -> tuple[str, ...]:
    """Skills and equipment, written with commas between them."""
    return tuple(dict.fromkeys(word for part in text.split(",") if (word := part.strip().casefold())))


def _amount(written: str) -> int | None:
    """What staff expect it to cost: kronor in their own words. Raises BadRequest."""
    amount = read_amount(written) if written else None
    if written and (amount is None or amount > MOST):
        raise BadRequest("expected: write the amount only, in kronor")
    return amount


def _yes(written: str) -> bool:
    if written not in ("yes", "no"):
        raise BadRequest('infection: say "yes" or "no"')
    return written == "yes"


def _known(name: str, given: Mapping[str, str], now: str | None, known: Mapping[str, Any]) -> str | None:
    value = given.get(name, now) or None
    if value == now:
        return now
    if value is None:
        raise BadRequest(f"{name}: cannot be empty")
    if value not in known:
        raise BadRequest(f"{name}: there is no '{value}'")
    return value


def _fetched(given: Mapping[str, str], need: Need, network: Network) -> Need:
    """The need with another origin, or with none: whatever is emptied. A position stays only while nothing of it is changed."""
    if not any(name in given and given[name] != (getattr(need, name) or "") for name in FROM):
        return need
    area = given.get("from_area", need.from_area) or None
    if area is not None and area not in network.areas:
        raise BadRequest(f"from_area: there is no '{area}'")
    place = _place("from_place", given, (need.from_area, need.from_place), area, network)
    address = given.get("from_address", need.from_address)
    return replace(need, from_area=area, from_place=place, from_address=address, from_lat=None, from_lon=None)


def _place(
    field: str, given: Mapping[str, str], was: tuple[str | None, str | None], area: str | None, network: Network
) -> str | None:
    """A place of the area. One that stays behind in the old area is forgotten. was: the area and the place until now."""
    known = network.areas.get(area) if area else None
    names = {p.name.casefold(): p.name for p in known.places} if known else {}
    if field not in given:
        return was[1] if area == was[0] or (was[1] or "").casefold() in names else None
    value = given[field] or None
    if value is None or (area, value) == was:
        return value
    if value.casefold() not in names:
        raise BadRequest(f"{field}: there is no '{value}' in {network.area_name(area) or 'an area that is not known yet'}")
    return names[value.casefold()]


def decide_change(case: Case, need: Need, by: int | None, network: Network, now: datetime, as_request: bool = False) -> Decision:
    """The request is `need` from now on (see `amended`). When nothing differs, nothing happens. Raises TaskEnded, and
    IllegalMove for a helper's concern, which never becomes a request.

    as_request: what a colleague has taken to sort it out becomes a request for help like any other, also when nothing differs.
    """
    if case.task.state in ENDED or case.task.state is TaskState.DONE:
        raise TaskEnded(case.task.code)
    before, way = case, way_of(need, case.resident, network, now)
    changed = _differences(before.need, need)
    if not changed and not as_request:
        return case, []
    if as_request or changed.keys() - {"urgency"}:
        require_no_concern(case)
    case = replace(case, need=need, task=replace(case.task, infected=way.infected))
    steering = changed.keys() & STEERING | ({"routine"} if _breaks(before, way) else set())
    event = Event(now, Kind.TASK_CHANGED, case.task.id, by, {"changed": changed})
    if case.task.state in (TaskState.ASKING, TaskState.OPEN):
        case, events = _change_waiting(case, before, steering, network, now)
    elif _is_to_be_given_back(case, before, bool(steering), way, by, as_request):
        case, relieved = relieve(case, now, "changed")
        case, events = _begin_anew(case, before, network, now)
        events = [*_as_it_was(relieved, before), *events]
    else:
        events = []
    return case, [event, *events]


def _breaks(before: Case, way: Way) -> bool:
    """Is it for others than it was, by the routines? What humans sort out is theirs whatever it is."""
    return way.routine != before.task.routine and before.task.state is not TaskState.ASKING and not _is_humans_matter(before)


def _differences(before: Need, after: Need) -> dict[str, Any]:
    """What differs, [from, to] by name; of ADDRESSES only that they do: history is read by more than may see it."""
    changed: dict[str, Any] = {
        name: [getattr(before, NAMES.get(name, name)), getattr(after, NAMES.get(name, name))]
        for name in FIELDS
        if name not in ADDRESSES and getattr(before, NAMES.get(name, name)) != getattr(after, NAMES.get(name, name))
    }
    return changed | {name: True for name in ADDRESSES if getattr(before, name) != getattr(after, name)}


def _is_complete(need: Need) -> bool:
    return need.urgency is Urgency.EMERGENCY or (need.category is not None and need.area is not None)


def _is_alarm(case: Case, before: Case) -> bool:
    return case.need.urgency is Urgency.EMERGENCY and before.need.urgency is not Urgency.EMERGENCY


def _is_humans_matter(case: Case) -> bool:
    """Is it something that only humans were asked about, and the resident was never told that help is looked for?"""
    return case.task.ladder == ladder.human_only(case.need.urgency) or case.need.urgency is Urgency.EMERGENCY


def _is_to_be_given_back(case: Case, before: Case, steers: bool, way: Way, by: int | None, as_request: bool) -> bool:
    """Must those who have it lose it? In danger, when it is nothing for volunteers any more, and when the member of staff
    who has taken a question makes it a request for help."""
    if _is_alarm(case, before):
        return True
    if case.task.state is TaskState.WITH_SERVICE:
        mine = any(o.person_id == by for o in case.takers)
        sorted_out = as_request or (steers and _is_humans_matter(before))
        return mine and sorted_out and _is_complete(case.need)
    barred = way.routine is not None and _breaks(before, way)
    return barred and not all(case.people[o.person_id].is_staff for o in case.takers)


def _change_waiting(case: Case, before: Case, steering: set[str], network: Network, now: datetime) -> Decision:
    if steering and _is_complete(case.need):
        case, gone = supersede(case, now)
        case, events = _begin_anew(case, before, network, now)
        return case, [*_as_it_was(gone, before), *events]
    answered = {"category": case.need.category, "place": case.need.area}.get(case.task.asks or "")
    if answered is not None:
        return ask_or_open(case, network, now)
    return case, []


def _as_it_was(events: list[Event], before: Case) -> list[Event]:
    """Those who hear that they are not needed hear it of what they were asked for."""
    need = before.need
    was = {name: getattr(need, name) for name in ("category", "area", "place", "from_area", "from_place", "wanted")}
    return [replace(e, data={**e.data, "was": was}) for e in events]


def _begin_anew(case: Case, before: Case, network: Network, now: datetime) -> Decision:
    """The ladder for what it is now, from its first step. A hold stays, but not in danger.

    The resident hears what happens next when it is something new: danger, help that nobody was asked for before, or a
    helper who does not come after all.
    """
    need, task = case.need, case.task
    emergency = need.urgency is Urgency.EMERGENCY
    held = task.deadline is Deadline.HELD and not emergency
    begins = network.hours.awake_from(now) if network.waits_for_morning(need.urgency) else now
    human = "emergency" if emergency else None
    opens = task.deadline_at if held and task.deadline_at else now
    way = way_of(need, case.resident, network, expected_from(task, network, opens))
    task = task.in_state(
        TaskState.OPEN,
        asks=None,
        choices=(),
        ladder=way.ladder,
        routine=way.routine,
        infected=way.infected,
        step=0,
        rounds=0,
        step_ends=None,
        nudges=0,
        human=human,
        planned_at=None,
        planned_as="",
        deadline=Deadline.HELD if held else Deadline.ADVANCE,
        deadline_at=task.deadline_at if held else begins,
    )
    case = replace(case, task=task)
    alarm = _is_alarm(case, before)
    events = [Event(now, Kind.EMERGENCY_RECEIVED, task.id, case.resident.id)] if alarm else []
    is_news = before.task.state is not TaskState.OPEN or _is_humans_matter(before) or way.routine != before.task.routine
    if alarm or (is_news and not emergency):
        data = {"category": need.category, "area": need.area, "human": human}
        data |= {"routine": way.routine} if way.routine else {}
        events.append(Event(now, Kind.TASK_OPENED, task.id, case.resident.id, data))
    return case, events
