"""A shared position as a place of the network."""

from dispatch.network import Network
from geo.distance import kilometres

FARTHEST = 25.0  # kilometres from the nearest place: beyond, it is not in the network


def nearest_place(network: Network, latitude: float, longitude: float) -> str | None:
    """The name of the place that is nearest to a position (degrees, WGS 84); None when it lies outside the network. The position
    itself is not kept."""
    places = [p for area in network.areas.values() for p in area.places]
    if not places:
        return None
    nearest = min(places, key=lambda p: kilometres(p.lat, p.lon, latitude, longitude))
    return nearest.name if kilometres(nearest.lat, nearest.lon, latitude, longitude) <= FARTHEST else None
