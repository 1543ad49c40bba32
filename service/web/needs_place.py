"""Where a need is that a program opens: by its position, or by what its fields say."""

from dataclasses import replace
from typing import Protocol

from bots.dialogue.understand import Understanding
from dispatch.errors import BadRequest
from dispatch.gazetteer import locate_position
from dispatch.intake import Request, at_candidate
from dispatch.network import Network
from dispatch.whereabouts import position_words
from geo.location import Candidate, Precision
from geo.model import Spot
from service.runtime import Runtime


class Placed(Protocol):
    """What the fields of a need say of where it is. lat, lon: degrees, WGS 84."""

    text: str
    area: str | None
    place: str | None
    address: str
    lat: float | None
    lon: float | None


async def with_place(runtime: Runtime, request: Request, need: Placed, understood: Understanding) -> Request:
    """The request where its position is; without one, where its address, its place and its words are found. An area and an
    address that are given stand.

    Raises BadRequest, "lat: what is wrong", for half a position and for one whose numbers have changed places.
    """
    position = position_of(need, runtime.network)
    if position is not None:
        found = locate_position(runtime.network, *position).best
        request = replace(request, address=request.address or position_words(position))
        return request if found is None else _at(request, found, need.area)
    # Where it is stands in the fields for it; only when they are empty, in the words.
    said = ", ".join(filter(None, (need.address.strip(), need.place))) or need.text
    looked_up = replace(understood, area=need.area or understood.area, intent="request")
    where = (await runtime.gate.finder.found(said, looked_up)).where
    if where.best is not None:
        return _at(request, where.best, need.area)
    return replace(request, choices=where.choices) if request.area is None else request


def _at(request: Request, found: Candidate, area: str | None) -> Request:
    """The request at what was found, unless that lies in another area than the one that was given."""
    elsewhere = area is not None and found.area != area and found.precision is not Precision.POSITION
    if found.precision is Precision.AREA or elsewhere:
        return request
    at = at_candidate(request, found)
    return replace(at, area=area, place=request.place, outside=False) if area is not None else at


def position_of(need: Placed, network: Network) -> Spot | None:
    """Latitude and longitude, None when neither is given. Raises BadRequest."""
    if need.lat is None and need.lon is None:
        return None
    if need.lat is None or need.lon is None:
        raise BadRequest(f"{'lat' if need.lat is None else 'lon'}: is missing, give both lat and lon or none")
    at = network.atlas.map.area_at
    if at(need.lat, need.lon) is None and abs(need.lon) <= 90 and at(need.lon, need.lat) is not None:
        raise BadRequest("lat: latitude and longitude look swapped")
    return need.lat, need.lon
