"""Where an address in the form is: what was found, what else may be meant, what the operator has picked or pointed out.

An address is a field with a name, such as "address", and beside it stand two more: NAME-pick, which of several candidates it is,
and NAME-pin, a position on the map ("57.78,14.16"). So a form may have several addresses.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from math import ceil
from typing import Any

from dispatch.gazetteer import locate, locate_position
from dispatch.model import Need
from dispatch.network import Network
from geo.location import Candidate, Location, Precision
from geo.model import Area
from geo.places import PlaceIndex
from service.geocoding.cleaning import public_part
from service.geocoding.online import Online
from service.runtime import Runtime
from service.web.texts import N_

LONGEST = 300  # characters of an address that are looked up
MOST_CHOICES = 9
NONE_OF_THEM = "none"
PRECISIONS = {
    Precision.POSITION: N_("position on the map"),
    Precision.ADDRESS: N_("house found"),
    Precision.STREET: N_("street found, not the house"),
    Precision.PLACE: N_("only the place"),
    Precision.POSTCODE: N_("only the postcode"),
    Precision.AREA: N_("only the area"),
}


@cache
def places_of(areas: tuple[Area, ...]) -> PlaceIndex:
    """The places of a network, to be searched."""
    return PlaceIndex(areas)


@dataclass(frozen=True, slots=True)
class Where:
    """What is known of one address. text: what was looked up. picked: the candidate that the operator has picked. pin: the
    position that was pointed out on the map, which outweighs what the words say. online: what a geocoder has said; sendable:
    what would be sent to it, empty when it may not be asked or need not be; asked: it has been asked just now."""

    text: str = ""
    found: Location = field(default_factory=Location)
    picked: Candidate | None = None
    pin: Candidate | None = None
    online: tuple[Candidate, ...] = ()
    sendable: str = ""
    asked: bool = False

    @property
    def best(self) -> Candidate | None:
        """What to go by; None when nothing was found, or it is not clear which."""
        return self.pin or self.picked or self.found.best

    @property
    def choices(self) -> tuple[Candidate, ...]:
        """What the operator may pick from, by a digit. What was found online is never gone by before somebody has picked it."""
        if self.pin:
            return ()
        return (*self.online, *self.found.candidates)[:MOST_CHOICES] if self.online else self.found.choices

    @property
    def is_exact(self) -> bool:
        """Is the very house known?"""
        return self.best is not None and self.best.precision.is_exact

    @property
    def is_outside(self) -> bool:
        """Is it known, and outside the network?"""
        return self.best is not None and self.best.area is None

    @property
    def pin_value(self) -> str:
        """The position on the map as its field holds it."""
        return f"{self.pin.lat:.6f},{self.pin.lon:.6f}" if self.pin and self.pin.lat is not None else ""

    def spots(self) -> list[dict[str, object]]:
        """What a map shows of it."""
        shown = [self.best] if self.best else list(self.choices)
        return [
            {"lat": c.lat, "lon": c.lon, "label": c.label, "precision": c.precision.value, "pick": "" if self.best else key_of(c)}
            for c in shown
            if c.lat is not None
        ]


def key_of(candidate: Candidate) -> str:
    """What tells a candidate from the others that were found for the same words."""
    return f"{candidate.area or candidate.nearby or '-'}|{candidate.label}"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked up for one address of a form. text: the address. area: the one that the operator has chosen or that is
    known, which tells places of the same name apart. protected: it is never sent anywhere. name: of its field."""

    text: str
    area: str | None = None
    protected: bool = False
    name: str = "address"


async def find_where(runtime: Runtime, typed: Mapping[str, str], asked: Asked) -> Where:
    """Look up an address. typed: the form's fields; NAME-pick and NAME-pin say what the operator has picked and pointed out,
    `online` for which address the key was pressed that asks a geocoder. Never raises; without that key a second at most."""
    network, text = runtime.network, asked.text.strip()[:LONGEST]
    pin, index = read_pin(typed.get(f"{asked.name}-pin", ""), network), places_of(tuple(network.areas.values()))
    if not text:
        return Where(pin=pin)
    found = in_area(await locate(runtime.pool, network, index, text, near=asked.area), asked.area)
    where = Where(text, Location(found.candidates[:MOST_CHOICES], found.is_clear), None, pin)
    if runtime.geocoder is not None and not asked.protected and not where.is_exact:
        where = await _online(runtime.geocoder, where, typed.get("online") == asked.name, asked.area)
    pick = typed.get(f"{asked.name}-pick", "")
    return replace(where, picked=next((c for c in where.choices if key_of(c) == pick), None))


async def _online(geocoder: Online, where: Where, ask: bool, area: str | None) -> Where:
    """With what the geocoder has said, now or before."""
    sendable = public_part(where.text)
    said = await (geocoder.find(sendable) if ask else geocoder.known(sendable))
    said = tuple(c for c in said if area is None or c.area == area)
    return replace(where, online=said, sendable="" if said else sendable, asked=ask)


async def found_for_change(runtime: Runtime, details: Mapping[str, Any], need: Need) -> dict[str, Any]:
    """A change of a request (dispatch/amend.py) with where its new address is, and the area where nobody has said it. Nothing is
    asked online."""
    address, area = str(details.get("address") or "").strip(), details.get("area") or need.area
    if not address or address == need.address:
        return dict(details)
    best = (await find_where(runtime, {}, Asked(address, area, protected=True))).best
    if best is None or best.area is None:
        return dict(details)
    return {**details, "found": best, "area": area or best.area}


def in_area(found: Location, area: str | None) -> Location:
    """What was found, when it is known which area it is in: a candidate elsewhere is not meant."""
    if area is None or (found.best is not None and found.best.area == area):
        return found
    inside = tuple(c for c in found.candidates if c.area == area)
    return Location(inside, is_clear=len(inside) == 1)


def read_pin(written: str, network: Network) -> Candidate | None:
    """The position that "57.78,14.16" means; None for what is no position."""
    try:
        lat, lon = (float(part) for part in written.split(","))
    except ValueError:
        return None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        return None
    return locate_position(network, lat, lon).best


@dataclass(frozen=True, slots=True)
class Beside:
    """Who helps outside the network. name, phone: empty when it is not known. area, kilometres: our nearest one, and how far
    away it is, rounded up; only for a position."""

    name: str = ""
    phone: str = ""
    area: str = ""
    kilometres: int = 0


def beside(where: Where, network: Network) -> Beside:
    """What to tell somebody who is outside the network."""
    best = where.best
    if best is None:
        return Beside()
    nearby = next((n for n in network.atlas.geography.nearby if n.name == best.nearby), None)
    name, phone = best.nearby or "", (nearby.phone or "") if nearby else ""
    if best.lat is None or best.lon is None or not network.atlas.map.outlines:
        return Beside(name, phone)
    key, kilometres = network.atlas.map.nearest(best.lat, best.lon)
    return Beside(name, phone, key, ceil(kilometres))
