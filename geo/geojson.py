"""Areas as GeoJSON (RFC 7946)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from geo.model import Area

_DIGITS = 5  # of a degree: about a metre


def as_geojson(areas: Sequence[Area], outlines: Mapping[str, BaseGeometry]) -> dict[str, Any]:
    """Return the outlines as a FeatureCollection with the properties `key` and `name` of each area."""
    features = [
        {
            "type": "Feature",
            "properties": {"key": area.key, "name": area.name},
            "geometry": geometry_as_geojson(outlines[area.key]),
        }
        for area in areas
        if area.key in outlines
    ]
    return {"type": "FeatureCollection", "features": features}


def geometry_as_geojson(geometry: BaseGeometry) -> dict[str, Any]:
    """Return a polygon or several as GeoJSON, rounded to a metre."""
    told = shapely.geometry.mapping(geometry)
    return {"type": told["type"], "coordinates": _digits(told["coordinates"])}


def _digits(value: Any) -> Any:
    return round(value, _DIGITS) if isinstance(value, float) else [_digits(part) for part in value]
