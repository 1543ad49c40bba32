"""Where something is fetched that is delivered elsewhere, from what somebody has typed or sent."""

from dispatch.gazetteer import locate, locate_position
from dispatch.intake import Origin
from dispatch.whereabouts import position_words
from geo.location import Candidate, Precision
from geo.model import Spot
from service.runtime import Runtime


async def origin_of(
    runtime: Runtime,
    address: str,
    place: str = "",
    area: str | None = None,
    spot: Spot | None = None,
    at: Candidate | None = None,
) -> Origin | None:
    """The origin; None when nothing is said. address, place: as typed; area: its key, when that is known; spot: latitude and
    longitude; at: what it has been found to be already. What cannot be found is kept as an address, for whoever goes there to
    read."""
    address, place = " ".join(address.split()), " ".join(place.split())
    if not (address or place or area or spot or at):
        return None
    if at is not None and at.precision is Precision.POSITION:
        spot = _spot_of(at)
    found = at or await _found(runtime, ", ".join(filter(None, (address, place))), area, spot)
    known = found is not None and found.area is not None
    where = _spot_of(found)
    if spot is not None and not address:
        address = position_words(spot)  # as it is written of residents who share theirs
    if place and not known and place not in address:  # what the network does not know is shown to nobody before a yes
        address = ", ".join(filter(None, (address, place)))
    return Origin(
        area=area or (found.area if found else None),
        place=found.place if found is not None and known else None,
        address=address,
        spot=spot or where,
    )


def _spot_of(found: Candidate | None) -> Spot | None:
    """Where to go: the house, or, of a place that the network's map does not have, at least the place."""
    return found.spot if found is not None and (found.precision.is_exact or found.area is None) else None


async def _found(runtime: Runtime, words: str, area: str | None, spot: Spot | None) -> Candidate | None:
    network = runtime.network
    if spot is not None:
        found = locate_position(network, *spot)
    else:
        found = await locate(runtime.pool, network, runtime.understander.places, words)
    if area is not None:
        return next((c for c in found.candidates if c.area == area), None)
    return found.best
