"""The message of one offer in its person's chat, as the task stands now: its words and its buttons. Pure.

Before accepting: what, where, when, how far, how long. After: name, address, telephone, code word, routines. When it is over,
nothing of the resident is left (domain.md, Privacy). The message is made anew from the case whenever the case has changed
(bots/telegram/keeper.py), so that what stands in a chat is true, whoever changed it and however.
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from bots.telegram.buttons import Button, Rows, data
from bots.telegram.words import POSITION, with_place
from dispatch.helping import SERVICE_WANTED
from dispatch.hygiene import checklist
from dispatch.matching import journey
from dispatch.model import ENDED, HELD, Case, Offer, OfferKind, OfferState, Person, TaskState
from dispatch.network import Network
from dispatch.offers import DENIED
from dispatch.recurring import when
from dispatch.routines import BUYS

MAP = "https://www.openstreetmap.org/search?query="
LATE = (15, 30, 60)  # minutes that a helper may say
# Kinds of messages that a card stands for: the chat shows how the task is by now, whatever it was when the message was made.
CARDS = frozenset(
    {
        "offer", "offer_changed", "taken_details", "acknowledge", "acknowledge_again", "service_closed", "assigned", "nudge",
        "changed_for_helper", "addition",
    }
)  # fmt: skip
# Those of them whose own words stand above the card: they are news.
WITH_WORDS = frozenset({"offer_changed", "acknowledge_again", "service_closed", "nudge", "changed_for_helper", "addition"})
# What a card says by itself when it changes; nobody is rung for it.
SHOWN_BY_CARD = frozenset(
    {
        "declined", "no_longer_needed", "handled_by_other", "on_way_noted", "withdrawn", "done_noted", "done_noted_keep",
        "acknowledged", "plan_noted", "late_noted", "need_service_noted", "fixed_contact_noted",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """A message of a chat: `kind` names its text in bots/locale, `params` fill it. over: nothing about it will change."""

    kind: str
    params: dict[str, Any]
    labels: tuple[tuple[Button, ...], ...] = ()  # labels are text ids, but those that begin with "="
    over: bool = False


LATER = (("b_keep", "keep"), ("b_again", "again"), ("b_receipt", "receipt"), ("b_concern", "concern"))
BELOW = Card("card_below", {}, over=True)  # a newer message says how it stands


def card(case: Case, offer: Offer, network: Network) -> Card:
    """How the offer's message should be now."""
    person = case.people[offer.person_id]
    task, helps = case.task, offer.kind is OfferKind.HELP
    if not offer.live and any(o.live and o.person_id == offer.person_id for o in case.offers):
        return BELOW
    if offer.state is OfferState.ACCEPTED and helps and task.state is TaskState.OPEN and case.places_left > 0:
        waits = _told("card_waits", case, offer, network, (("b_cannot", "cannot"),))
        return replace(waits, params={**waits.params, "people": task.places, "more": case.places_left})
    if offer.state is OfferState.ACCEPTED:
        return _held(case, offer, person, network) if task.state in HELD | {TaskState.OPEN} else _finished(case, offer, network)
    if task.state is TaskState.CANCELLED:
        return _told("card_cancelled", case, offer, network, over=True)
    if task.state in ENDED:
        return _told("card_closed", case, offer, network, over=True)
    if offer.state is OfferState.WITHDRAWN and offer.live:
        return _told("card_silent", case, offer, network, (("b_done", "done"), ("b_start", "start")))
    if offer.state is OfferState.WITHDRAWN:
        return _told(_why_withdrawn(case) if helps else "card_withdrawn_service", case, offer, network)
    if task.state is not TaskState.OPEN:
        return _told("card_taken_by_other", case, offer, network)
    if not helps and offer.state is not OfferState.SENT:  # who it is, is for those who are asked now
        said = "card_declined_service" if offer.state is OfferState.DECLINED else "card_can_still"
        return _told(said, case, offer, network, (("b_acknowledge", "ok"),))
    if not helps:
        return _asked_to_acknowledge(case, offer, network)
    if offer.state is OfferState.SENT:
        return _offered(case, offer, person, network)
    kind = "card_declined" if offer.state is OfferState.DECLINED else "card_can_still"
    return _told(kind, case, offer, network, (("b_yes_still", "yes"),))


def _why_withdrawn(case: Case) -> str:
    """Why the task is not the helper's any more."""
    return {SERVICE_WANTED: "card_passed", DENIED: "card_denied"}.get(case.task.human or "", "card_withdrawn")


def _about(case: Case, offer: Offer, network: Network) -> dict[str, Any]:
    need = case.need
    return {
        "code": case.task.code,
        "category": need.category,
        **network.told_places(need),
        **when_of(case),
        "urgency": need.urgency.value,
        "number": offer.number,
        **({"leave": True} if case.task.infected else {}),
    }


def when_of(case: Case) -> dict[str, Any]:
    """When the task is for; a day as text, as it is in a message from the outbox."""
    return {key: value.isoformat() if key == "occasion" else value for key, value in when(case.task, case.need).items()}


def _told(
    kind: str, case: Case, offer: Offer, network: Network, buttons: tuple[tuple[str, str], ...] = (), over: bool = False
) -> Card:
    rows = tuple((Button(label, data(verb, offer.id)),) for label, verb in buttons)
    return Card(kind, _about(case, offer, network), rows, over)


def _offered(case: Case, offer: Offer, person: Person, network: Network) -> Card:
    category, way = network.category(case.need.category), journey(network, person, case.need)
    params = _about(case, offer, network) | {
        "same": case.resident.fixed_contact == person.id,
        **({"km": way.km, "travel": way.travel.value, "travel_minutes": way.minutes} if way else {}),
        "takes": int(category.takes.total_seconds() // 60) if category and category.takes else None,
    }
    rows: Rows = (
        (Button("b_yes", data("yes", offer.id)),),
        (Button("b_later", data("no", offer.id, "later")), Button("b_far", data("no", offer.id, "far"))),
        (Button("b_thing", data("no", offer.id, "thing")),),
    )
    return Card("card_offer", params, rows)


def _asked_to_acknowledge(case: Case, offer: Offer, network: Network) -> Card:
    params = _about(case, offer, network) | _private(case)
    rows: Rows = ((Button("b_acknowledge", data("ok", offer.id)), Button("b_no", data("no", offer.id))),)
    return Card("card_acknowledge", params, rows)


def _held(case: Case, offer: Offer, person: Person, network: Network) -> Card:
    """What whoever has it must know, and what can be done about it."""
    must_not_know = case.resident.protected and not person.is_staff
    params = _about(case, offer, network) | ({} if must_not_know else _private(case))
    masked = network.masks and offer.kind is OfferKind.HELP and not person.is_staff
    if masked and params.get("phone"):
        params["phone"] = network.phone  # from where the two are connected
    params |= {"under_way": case.task.state is TaskState.UNDERWAY}
    # Whoever only has to phone is not on the way to anybody.
    on_way = case.task.state is TaskState.UNDERWAY or (offer.kind is OfferKind.ACKNOWLEDGE and case.task.human is not None)
    way = () if on_way else (Button("b_start", data("start", offer.id)),)
    rows: list[tuple[Button, ...]] = [(*way, Button("b_done", data("done", offer.id)))]
    if offer.kind is OfferKind.ACKNOWLEDGE:
        rows.append((Button("b_cannot", data("cannot", offer.id)),))
        return Card("card_acknowledged", params, tuple(rows))
    rows.append((Button("b_late", data("when", offer.id)), Button("b_cannot", data("cannot", offer.id))))
    buys = (Button("b_receipt", data("receipt", offer.id)),) if case.need.category in BUYS else ()
    rows.append((*buys, Button("b_service", data("service", offer.id))))
    rows.append((Button("b_concern", data("concern", offer.id)),))
    if masked and not must_not_know and case.resident.phone and person.phone:
        rows.insert(0, (Button("b_connect", data("connect", offer.id)),))
    if not must_not_know and (maps := _maps(case, network)):
        rows.insert(0, maps)
    category = case.need.category or ""
    if not must_not_know:
        params["checklist"] = [words for _, words in checklist(case, network, person.language)]
    params |= {"help": f"routine_{category}", "limit": network.purchase_limit_ore // 100 if category in BUYS else None}
    return Card("card_held", params, tuple(rows))


def _private(case: Case) -> dict[str, Any]:
    need, resident = case.need, case.resident
    told_by = f"{need.told_by_phone} ({need.told_by_name})" if need.told_by_name else need.told_by_phone
    return {
        "name": resident.name,
        "phone": resident.phone or told_by or resident.phone_raw,
        "address": need.address or resident.address,
        **({"from_address": need.from_address} if need.is_fetched else {}),
        "text": need.text,
        "word": case.task.code_word,
        "human": case.task.human,
        "protected": resident.protected,
        **({"routine": case.task.routine} if case.task.routine else {}),
    }


def _maps(case: Case, network: Network) -> tuple[Button, ...]:
    """Where it is, on a map that anybody can open, and where it is fetched if that is elsewhere."""
    need = case.need
    here = map_of(need.address or case.resident.address, need.area, need.place, network)
    there = map_of(need.from_address, need.from_area, need.from_place, network)
    return tuple(
        Button(label, url=url)
        for label, url in (("b_map_fetch", there), ("b_map_deliver" if need.is_fetched else "b_map", here))
        if url
    )


def map_of(address: str, area: str | None, place: str | None, network: Network) -> str:
    """The address of a map of it; "" without an address. Nothing is sent anywhere until somebody opens it."""
    if not address:
        return ""
    if POSITION.fullmatch(address):
        return MAP + quote(address)
    return MAP + quote(with_place(address, place or _first_place(area, network)))


def _first_place(area: str | None, network: Network) -> str:
    """The area's first place: area names may be lists of villages that no map knows."""
    known = network.areas.get(area or "")
    return known.places[0].name if known and known.places else network.area_name(area)


def _finished(case: Case, offer: Offer, network: Network) -> Card:
    if case.task.state is not TaskState.DONE:
        if case.task.state is TaskState.CANCELLED:
            return _told("card_cancelled", case, offer, network, over=True)
        # What can still be said when it has ended, for some days (dispatch/helping.py).
        helped = offer.kind is OfferKind.HELP
        later = tuple(b for b in LATER if b[1] != "receipt" or case.need.category in BUYS)
        return _told("card_closed_yours", case, offer, network, later if helped else (), over=True)
    if offer.kind is OfferKind.ACKNOWLEDGE or not offer.live:
        return _told("card_done", case, offer, network)
    keeps = case.resident.fixed_contact == offer.person_id
    buttons = [("b_again", "again"), ("b_finished", "finished")]
    if not keeps:
        buttons.insert(0, ("b_keep", "keep"))
    if case.need.repeats:
        buttons.remove(("b_again", "again"))
    buttons += [("b_receipt", "receipt")] if case.need.category in BUYS else []
    buttons.append(("b_concern", "concern"))
    return _told("card_done_ask" if not keeps else "card_done_kept", case, offer, network, tuple(buttons))
