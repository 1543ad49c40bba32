"""What the areas look like on a map when nobody has drawn them: all that is closest to one of an area's places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.cells import FlatMap, cells, holders
from geo.model import Area

_DIGITS = 5  # of a degree: about a metre


def area_outlines(areas: Sequence[Area]) -> dict[str, BaseGeometry]:
    """Return for every area with places its outline in WGS 84, as (longitude, latitude), rounded to a metre.

    Outlines do not overlap. A spot where several areas have a place belongs to the one that comes first in `areas`; an area
    that has no spot of its own has no outline.
    """
    plan = FlatMap.of(areas)
    spots = {point: keys[:1] for point, keys in holders(plan.points(areas)).items()}
    if not spots:
        return {}
    parts = cells(spots)
    ordered = [area.key for area in areas if area.key in parts]
    # Rounded on one grid, so that neighbours go on sharing their edge to the digit.
    return {key: shapely.set_precision(plan.degrees(parts[key]), 10**-_DIGITS) for key in ordered}


def as_geojson(areas: Sequence[Area], outlines: Mapping[str, BaseGeometry]) -> dict[str, Any]:
    """Return the outlines as a GeoJSON FeatureCollection (RFC 7946) with the properties `key` and `name` of each area."""
    features = [
        {
            "type": "Feature",
            "properties": {"key": area.key, "name": area.name},
            "geometry": _rounded(shapely.geometry.mapping(outlines[area.key])),
        }
        for area in areas
        if area.key in outlines
    ]
    return {"type": "FeatureCollection", "features": features}


def _rounded(geometry: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": geometry["type"], "coordinates": _digits(geometry["coordinates"])}


def _digits(value: Any) -> Any:
    return round(value, _DIGITS) if isinstance(value, float) else [_digits(part) for part in value]
