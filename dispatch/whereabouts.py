"""Where a request is, as far as it is known: what a location adds to it, what is asked about, and what lies outside. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from dispatch.model import Need
from dispatch.network import Network
from geo.distance import nearest_place
from geo.fold import fold
from geo.location import Candidate, Precision
from geo.model import NearbyNetwork, Spot

OUTSIDE = "outside"  # why a human must act: it lies outside the network
TOLD_OUTSIDE = ("outside", "outside_nearby")  # the texts that say so to the resident
MOST_CHOICES = 6  # nobody reads more of them in a text
_FIRST_OF_SEVERAL = re.compile(r", | och | and | & |/")  # areas are called by what lies in them
# So exact that the words that were looked up are an address, which helpers see when they have accepted.
ADDRESSES = frozenset({Precision.ADDRESS, Precision.STREET})


@dataclass(frozen=True, slots=True)
class Outside:
    """What is known of somewhere outside the network.

    nearest, km: the area nearest to it, and how many kilometres away; None when no position is known. network, phone: who helps
    there, empty and None when nobody is known to.
    """

    nearest: str | None = None
    km: float | None = None
    network: str = ""
    phone: str | None = None


def outside_of(need: Need, network: Network) -> Outside:
    """What is known of a need outside the network. Its place is one of a network beside ours, or that network's name."""
    nearest: str | None = None
    km: float | None = None
    if (spot := spot_of(need)) is not None and network.areas:
        nearest, km = network.atlas.map.nearest(*spot)
    nearby = next((n for n in network.atlas.geography.nearby if need.place and need.place in _names(n)), None)
    return Outside(nearest, km, nearby.name if nearby else "", nearby.phone if nearby else None)


def _names(nearby: NearbyNetwork) -> set[str]:
    return {nearby.name, *(p.name for p in nearby.places)}


def position_words(spot: Spot) -> str:
    """A position as an address, where no other is known: "58.02300, 14.46500"."""
    return "{:.5f}, {:.5f}".format(*spot)


def place_spot(network: Network, area: str | None, place: str | None) -> Spot | None:
    """Latitude and longitude of a place of the network file; None for one that it does not know."""
    known = network.areas.get(area) if area else None
    found = next((p for p in known.places if p.name == place), None) if known and place else None
    return (found.lat, found.lon) if found else None


def at_place(need: Need, area: str | None, place: str | None, network: Network) -> Need:
    """The need in this area and place, with the place's position where the network file knows it, and else with none."""
    return located(replace(need, area=area, place=place), place_spot(network, area, place), Precision.PLACE)


def spot_of(need: Need) -> Spot | None:
    """Latitude and longitude of where it is, when that is known."""
    return (need.lat, need.lon) if need.lat is not None and need.lon is not None else None


def located(need: Need, spot: Spot | None, precision: Precision | None) -> Need:
    """The need at this position (latitude and longitude), or at none that is known."""
    lat, lon = spot or (None, None)
    return replace(need, lat=lat, lon=lon, located=precision if spot else None)


def still_there(before: Need, after: Need, network: Network) -> Need:
    """`after` with a position that fits: one that was of another area, place or address is forgotten, and the place's own is
    taken where it is known. A position that somebody has shared outlives that a human gives it an area."""
    other_area = before.area is not None and before.area != after.area
    other_place = before.place != after.place and not (before.area is None and after.place is None)
    other_house = before.address != after.address and before.located in (*ADDRESSES, Precision.POSITION)
    moved = other_area or other_place or other_house
    return at_place(after, after.area, after.place, network) if moved else after


def as_choices(candidates: Sequence[Candidate], network: Network) -> tuple[Candidate, ...]:
    """The candidates that can be told apart by what they are called, in their order, at most MOST_CHOICES."""
    named: dict[str, Candidate] = {}
    for candidate in candidates:
        named.setdefault(fold(full_name(candidate, network)), candidate)
    return tuple(named.values())[:MOST_CHOICES]


def full_name(candidate: Candidate, network: Network) -> str:
    """What a candidate is called among others: "Storgatan, Gränna". Where its label says no more than its name or its area, it is
    told by the place beside it: "Nyhem, Bankeryd"."""
    area = network.area_name(candidate.area) or candidate.nearby or ""
    name = candidate.label.removesuffix(f", {area}") if area else candidate.label
    if "," in name or not area or fold(area) == fold(name):
        return candidate.label
    return f"{name}, {_beside(candidate, name, network) or _FIRST_OF_SEVERAL.split(area)[0]}"


def _beside(candidate: Candidate, name: str, network: Network) -> str:
    """The area's place that is nearest, of another name; empty when that is not known."""
    known = network.areas.get(candidate.area) if candidate.area else None
    others = [p for p in known.places if fold(p.name) != fold(name)] if known else []
    nearest = nearest_place(others, *candidate.spot) if candidate.spot else None
    return nearest.name if nearest else ""


def choice_words(choices: Sequence[Candidate], network: Network) -> dict[str, Any]:
    """How choices are asked about: what all are called ("Storgatan"; empty when they differ), and by what each is told apart."""
    names = [full_name(c, network).partition(", ") for c in choices]
    common = {fold(head) for head, _, _ in names}
    if len(common) == 1 and all(rest for _, _, rest in names):
        return {"asked_about": names[0][0], "places": [rest for _, _, rest in names]}
    return {"asked_about": "", "places": [head + comma + rest for head, comma, rest in names]}
