"""What a volunteer's page shows of a task: before a yes what, where, when, how far and how long; after it whom, and how; after
the end nothing of the resident (domain.md, Privacy)."""

from dataclasses import dataclass, replace
from datetime import timedelta

from bots.telegram.cards import map_of
from bots.telegram.words import routines, travel_time, with_place
from bots.wording import texts
from dispatch.hygiene import checklist
from dispatch.matching import journey
from dispatch.model import Case, Offer, TaskState
from dispatch.routines import BUYS
from service.board.cards import category_name, where_of
from service.runtime import Runtime
from service.service_inbox.inbox import Resident, resident_of
from service.travels import TRAVELS
from service.web.texts import N_, Texts
from service.web.times import day

_FIRST = N_("Phone before you go, and say when you come.")
_LAST = N_("Care, medicines and lifting are not yours: ask the service group.")


@dataclass(frozen=True, slots=True)
class Shown:
    """One task. resident: None before a yes, and after the end. km, way_takes, takes: None when not known; by: how the person
    gets about. is_fetched: is something fetched elsewhere first? map, fetch_map: addresses on the web."""

    code: str
    category: str
    urgent: bool
    where: str
    wanted: str
    km: int | None
    way_takes: str
    by: str
    takes: timedelta | None
    resident: Resident | None
    map: str
    on_the_way: bool
    routines: tuple[str, ...]
    is_fetched: bool
    fetch_map: str
    checklist: tuple[tuple[str, str], ...] = ()  # what should be done: keys and words
    leave: bool = False  # nobody goes in: it is left at the door
    connects: bool = False  # the two are phoned by us, and no number is shown


def shown_of(case: Case, offer: Offer, runtime: Runtime, words: Texts, held: bool) -> Shown:
    """The task as the person behind the offer may see it. held: has the person the task, and is it going on?"""
    need, network = case.need, runtime.network
    person, category = case.people[offer.person_id], network.category(need.category)
    way = journey(network, person, need)
    may_know = held and (person.is_staff or not case.resident.protected)
    resident = resident_of(case) if may_know else None
    if resident and need.is_fetched:
        resident = replace(resident, address=with_place(resident.address, network.place_name(need.area, need.place)))
    masked = network.masks and not person.is_staff
    connects = bool(masked and resident and case.resident.phone and person.phone)
    if masked and resident:
        resident = replace(resident, phone="" if connects else network.phone, on_behalf=case.need.told_by_name)
    return Shown(
        code=case.task.code,
        category=category_name(runtime, need.category, words),
        urgent=need.urgency != "normal",
        where=where_of(case, runtime, words),
        wanted=need.wanted or (day(case.task.occasion, words.language) if case.task.occasion else ""),
        km=way.km if way else None,
        way_takes=travel_time(way.minutes, texts(words.language, "telegram")) if way else "",
        by=words.gettext(TRAVELS[way.travel]) if way else "",
        takes=category.takes if category else None,
        resident=resident,
        map=map_of(need.address or case.resident.address, need.area, need.place, network) if resident else "",
        fetch_map=map_of(need.from_address, need.from_area, need.from_place, network) if resident else "",
        on_the_way=case.task.state is TaskState.UNDERWAY,
        routines=_routines(need.category or "", case.task.infected, runtime, words),
        checklist=tuple(checklist(case, network, words.language)) if may_know else (),
        leave=case.task.infected,
        connects=connects,
        is_fetched=need.is_fetched,
    )


def _routines(category: str, infected: bool, runtime: Runtime, words: Texts) -> tuple[str, ...]:
    """What the chat says too, between what is true of all tasks."""
    limit = runtime.network.purchase_limit_ore // 100 if category in BUYS else None
    said = routines({"help": f"routine_{category}", "limit": limit, "leave": infected}, texts(words.language, "telegram"))
    return (words.gettext(_FIRST), *said, words.gettext(_LAST))
