"""What the board's map shows: the areas by what waits longest in each, and the tasks where they are. Pure."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from dispatch.network import Network
from dispatch.whereabouts import OUTSIDE, place_spot
from geo.area_map import AreaMap
from geo.geojson import as_geojson, barriers_as_geojson
from geo.model import Barrier, Spot


def drawn(network: Network, rows: Sequence[Any], now: datetime) -> dict[str, Any]:
    """A FeatureCollection of the areas, with `barriers` (another one) and `pins`. rows: of the query `board_map`.

    Of each area: its name and where to write it, how many tasks wait for somebody, and how many minutes the first has waited.
    """
    waiting: dict[str | None, list[datetime]] = {}
    for row in rows:
        if row["lane"] in ("human", "open"):
            waiting.setdefault(row["area"], []).append(row["created_at"])
    features, barriers = still(network.atlas.map)
    shown = [{**feature, "properties": feature["properties"] | _waits(waiting, feature, now)} for feature in features]
    pins = [pin for row in rows if (pin := _pin(network, row))]
    return {"type": "FeatureCollection", "features": shown, "barriers": barriers, "pins": pins}


def _waits(waiting: dict[str | None, list[datetime]], feature: Any, now: datetime) -> dict[str, Any]:
    here = waiting.get(feature["properties"]["key"], [])
    return {"open": len(here), "minutes": int((now - min(here)).total_seconds() // 60) if here else None}


@lru_cache(maxsize=2)
def still(areas: AreaMap) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What stays as it is until somebody moves a boundary: the areas with `label`, where their names are written, and the
    barriers. To be looked at only: it is shared."""
    barriers = areas.geography.barriers
    features = as_geojson(areas.geography.areas, areas.outlines)["features"]
    for feature in features:
        feature["properties"]["label"] = _label_spot(areas.outlines[feature["properties"]["key"]], barriers)
    return features, barriers_as_geojson(barriers, areas.outlines)


def _label_spot(outline: BaseGeometry, barriers: Sequence[Barrier]) -> Spot:
    """Where an area's name is written: in the midst of the largest piece of it that is land."""
    land = outline
    for barrier in barriers:
        land = land.difference(barrier.outline)
    inside = max(shapely.get_parts(outline if land.is_empty else land), key=lambda part: part.area).representative_point()
    return inside.y, inside.x


def _pin(network: Network, row: Any) -> dict[str, Any] | None:
    """A task on the map: where it is, or at its place; None when neither is known. Nothing is looked up for it."""
    exact = (row["lat"], row["lon"]) if row["lat"] is not None else None
    spot = exact or place_spot(network, row["area"], row["place"])
    outside = row["human"] == OUTSIDE
    if row["area"] is None:
        spot = spot or _nearby_spot(network, row["place"])
        outside = outside or (spot is not None and network.atlas.map.area_at(*spot) is None)
    if spot is None:
        return None
    area = network.areas.get(row["area"] or "")
    place = row["place"] or (area.name if area else "")
    return {"code": row["code"], "lat": spot[0], "lon": spot[1], "lane": row["lane"], "urgency": row["urgency"], "place": place,
            "outside": outside}  # fmt: skip


def _nearby_spot(network: Network, name: str | None) -> Spot | None:
    """A place of a network beside ours."""
    places = (place for nearby in network.atlas.geography.nearby for place in nearby.places)
    return next(((place.lat, place.lon) for place in places if place.name == name), None)
