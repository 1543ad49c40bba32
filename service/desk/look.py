"""What the desk shows while a call is typed, before anything is saved: who it is, where it is, what may be the same request.

The form comes by POST, so that telephone numbers and addresses stand in no log of addresses.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from geo.fold import fold
from geo.geojson import as_geojson
from service.board.cards import category_name
from service.board.lanes import STATES
from service.desk.call_form import LANGUAGES, LONGEST, ROWS, Draft, read_draft
from service.desk.where import NONE_OF_THEM, PRECISIONS, Asked, beside, find_where, key_of
from service.runtime import Runtime
from service.web.context import RUNTIME, answer, read_form
from service.web.render import render, texts_of
from service.web.texts import Texts, language_name
from sql import query

routes = web.RouteTableDef()

PAST_SHOWN = 5
SAME_SHOWN = 8
NAMESAKES_SHOWN = 6
FROM = "from_address"  # the field of where something is fetched
SHORTEST_NAME = 3  # letters
SAME_KIND_WITHIN = timedelta(hours=48)


@routes.post("/desk/look")
async def look(request: web.Request) -> web.Response:
    """The panels beside the form, for what stands in it now; htmx puts each in its place."""
    runtime = request.app[RUNTIME]
    draft = read_draft(await read_form(request), runtime.network, runtime.understander)
    return render(
        request, "desk/look.html", draft=draft, rows=ROWS, **await panels(runtime, draft), **names(runtime, texts_of(request))
    )


@routes.get("/desk/map.json")
async def desk_map(request: web.Request) -> web.Response:
    """What the areas look like and where their places are, to point out on where somebody is. Nobody's need stands on it."""
    runtime = request.app[RUNTIME]
    areas = tuple(runtime.network.areas.values())
    shape = as_geojson(areas, runtime.network.atlas.map.outlines)
    places = [{"name": place.name, "lat": place.lat, "lon": place.lon} for area in areas for place in area.places]
    return answer({**shape, "places": places, "tiles": runtime.settings.map_tiles})


def names(runtime: Runtime, words: Texts) -> dict[str, Any]:
    """What templates of the desk name things by."""
    return {
        "states": STATES,
        "category_name": lambda key: category_name(runtime, key, words),
        "spoken_languages": [(key, language_name(key, words.language).capitalize()) for key in LANGUAGES],
    }


async def panels(runtime: Runtime, draft: Draft) -> dict[str, Any]:
    """What the panels show."""
    caller = await caller_of(runtime, draft)
    await settle(runtime, draft, caller)
    name = draft.typed.get("name", "").strip()
    search = caller is None and len(name) >= SHORTEST_NAME
    namesakes = await runtime.pool.fetch(query("desk_namesakes"), _pattern(name), NAMESAKES_SHOWN) if search else []
    past = await runtime.pool.fetch(query("desk_past"), caller["id"], PAST_SHOWN) if caller else []
    holds = await runtime.pool.fetch(query("desk_holds"), caller["id"]) if caller else []
    same = await same_requests(runtime, draft, caller)
    return {
        "caller": caller, "past": past, "holds": holds, "same": same, "namesakes": namesakes,
        "known_address": known_address(caller), "address_of": known_address,
        "beside": beside(draft.where, runtime.network), "precisions": PRECISIONS, "key_of": key_of, "none_of_them": NONE_OF_THEM,
        "geocoder": urlsplit(runtime.geocoder.config.url).hostname if runtime.geocoder else "",
    }  # fmt: skip


async def settle(runtime: Runtime, draft: Draft, caller: Any) -> None:
    """Look up where it is: the address that was typed, else where the caller lives. In the caller's own address it is known
    which of several places of one name is meant."""
    network, known = runtime.network, known_address(caller)
    text = draft.address or known
    home = caller["area"] if caller and caller["area"] in network.areas and fold(text) == fold(known) else None
    chosen = draft.typed.get("area", "")
    protected = bool(draft.typed.get("protected")) or bool(caller and caller["protected"])
    asked = Asked(text, chosen if chosen in network.areas else home, protected)
    draft.settle(await find_where(runtime, draft.typed, asked), home)
    if draft.is_fetched:
        fetched = Asked(draft.typed.get(FROM, ""), protected=protected, name=FROM)
        draft.origin = await find_where(runtime, draft.typed, fetched)


async def caller_of(runtime: Runtime, draft: Draft) -> Any:
    """Who it is: whoever has the number, else whom the operator has recognised; None when it is not known."""
    if draft.number.phone is None and draft.person is None:
        return None
    return await runtime.pool.fetchrow(query("desk_caller"), draft.number.phone, draft.person)


def _pattern(words: str) -> str:
    plain = words[: LONGEST["name"]].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


def known_address(caller: Any) -> str:
    """Where somebody lives, with the place that tells the area."""
    if caller is None:
        return ""
    address, place = caller["address"], caller["place"] or ""
    return address if fold(place) in fold(address) else ", ".join(filter(None, (address, place)))


async def same_requests(runtime: Runtime, draft: Draft, caller: Any) -> list[Any]:
    """Requests going on that may be the one being told: same number, same address, or the same category and area lately."""
    numbers = [n.phone for n in (draft.number, draft.told_by if draft.is_other else draft.number) if n.phone]
    known, area = (caller["id"], draft.area or caller["area"]) if caller else (None, draft.area)
    categories = [c for c in draft.categories.values() if c]
    address = _folded_address(draft)
    if not numbers and not address and known is None and not (categories and area):
        return []
    since = runtime.clock.now() - SAME_KIND_WITHIN
    rows: list[Any] = await runtime.pool.fetch(query("desk_same"), numbers, address, categories, area, since, SAME_SHOWN, known)
    return rows


def _folded_address(draft: Draft) -> str:
    """The address as it is compared; the name of a place alone is the address of nobody."""
    folded = fold(draft.typed.get("address", ""))
    ascii_only = " ".join("".join(c if c.isascii() else " " for c in folded).split())
    is_place = draft.place is not None and fold(draft.place.matched) == folded
    return "" if is_place or len(ascii_only) < 4 else ascii_only
