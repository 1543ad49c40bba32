"""What a volunteer's page shows of a task: before a yes what, where, when, how far and how long; after it whom, and how; after
the end nothing of the resident (domain.md, Privacy)."""

from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote

from bots.telegram.cards import BUYS, MAP, place_or_area
from bots.telegram.words import routines
from bots.wording import texts
from dispatch.matching import distance_km
from dispatch.model import Case, Offer, TaskState
from service.board.cards import category_name
from service.runtime import Runtime
from service.service_inbox.inbox import Resident, resident_of
from service.web.texts import N_, Texts
from service.web.times import day

_FIRST = N_("Phone before you go, and say when you come.")
_LAST = N_("Care, medicines and lifting are not yours: ask the service group.")


@dataclass(frozen=True, slots=True)
class Shown:
    """One task. resident: None before a yes, and after the end. km, takes: None when not known. map: an address on the web."""

    code: str
    category: str
    urgent: bool
    where: str
    wanted: str
    km: int | None
    takes: timedelta | None
    resident: Resident | None
    map: str
    on_the_way: bool
    routines: tuple[str, ...]
    connects: bool = False  # the two are phoned by us, and no number is shown


def shown_of(case: Case, offer: Offer, runtime: Runtime, words: Texts, held: bool) -> Shown:
    """The task as the person behind the offer may see it. held: has the person the task, and is it going on?"""
    need, network = case.need, runtime.network
    person, category = case.people[offer.person_id], network.category(need.category)
    may_know = held and (person.is_staff or not case.resident.protected)
    resident = resident_of(case) if may_know else None
    masked = network.masks and not person.is_staff
    connects = bool(masked and resident and case.resident.phone and person.phone)
    if masked and resident:
        resident = replace(resident, phone="" if connects else network.phone, on_behalf=case.need.told_by_name)
    return Shown(
        code=case.task.code,
        category=category_name(runtime, need.category, words),
        urgent=need.urgency != "normal",
        where=network.place_name(need.area, need.place) or words.gettext("place unknown"),
        wanted=need.wanted or (day(case.task.occasion, words.language) if case.task.occasion else ""),
        km=distance_km(network, person, need),
        takes=category.takes if category else None,
        resident=resident,
        map=_map(case, runtime, resident),
        on_the_way=case.task.state is TaskState.UNDERWAY,
        routines=_routines(need.category or "", runtime, words),
        connects=connects,
    )


def _map(case: Case, runtime: Runtime, resident: Resident | None) -> str:
    """Where it is, on a map that anybody can open; empty without an address. Nothing is sent until somebody opens it."""
    if resident is None or not resident.address:
        return ""
    return MAP + quote(f"{resident.address}, {place_or_area(case.need, runtime.network)}")


def _routines(category: str, runtime: Runtime, words: Texts) -> tuple[str, ...]:
    """What the chat says too, between what is true of all tasks."""
    limit = runtime.network.purchase_limit_ore // 100 if category in BUYS else None
    said = routines({"routine": f"routine_{category}", "limit": limit}, texts(words.language, "telegram"))
    return (words.gettext(_FIRST), *said, words.gettext(_LAST))
