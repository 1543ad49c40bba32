"""Areas as GeoJSON (RFC 7946), and shapes from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geo.model import Area, Barrier

_DIGITS = 5  # of a degree: about a metre
_VIEWED = 0.0003  # of a degree: less than a pixel on a map of a municipality


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
    """Return polygons or lines as GeoJSON, rounded to a metre."""
    told = shapely.geometry.mapping(geometry)
    return {"type": told["type"], "coordinates": _digits(told["coordinates"])}


def _digits(value: Any) -> Any:
    return round(value, _DIGITS) if isinstance(value, float) else [_digits(part) for part in value]


def barriers_as_geojson(barriers: Sequence[Barrier], outlines: Mapping[str, BaseGeometry]) -> dict[str, Any]:
    """Return what of the barriers lies about the outlines, with the property `name`, to be looked at: simplified to some 30 m."""
    features = []
    view = _about(outlines) if outlines else shapely.Polygon()
    for barrier in barriers:
        shape = barrier.outline.simplify(_VIEWED).intersection(view)
        for part in shapely.get_parts(shape):
            if part.length > 0:  # what only touches the view leaves a point
                features.append({"type": "Feature", "properties": {"name": barrier.name}, "geometry": geometry_as_geojson(part)})
    return {"type": "FeatureCollection", "features": features}


def _about(outlines: Mapping[str, BaseGeometry]) -> BaseGeometry:
    """The rectangle around the outlines, and half its size more on each side: what a screen of another form shows, too."""
    west, south, east, north = shapely.total_bounds(list(outlines.values()))
    wide, high = (east - west) / 2, (north - south) / 2
    around: BaseGeometry = shapely.box(west - wide, south - high, east + wide, north + high)
    return around


def shape_of(outline: Mapping[str, Any]) -> BaseGeometry:
    """The shape of a GeoJSON polygon or several that we wrote ourselves. Valid: rounding may have laid one edge over another."""
    return mended(shapely.geometry.shape(dict(outline)))


def mended(shape: BaseGeometry) -> BaseGeometry:
    """A shape of polygons, made valid where rounding has laid one edge over another, with nothing added to it."""
    if shape.is_valid:
        return shape
    try:
        return polygons_of(shapely.make_valid(shape, method="structure", keep_collapsed=False))
    except shapely.errors.GEOSException:  # seldom, and then its polygons one by one can be mended
        return polygons_of(shapely.union_all([part.buffer(0) for part in shapely.get_parts(shape)]))


def polygons_of(geometry: BaseGeometry) -> BaseGeometry:
    """What of a geometry is a polygon, as one; empty when nothing is."""
    if isinstance(geometry, Polygon):
        return geometry if geometry.area > 0 else Polygon()
    flat = [polygons_of(part) for part in getattr(geometry, "geoms", ())]
    return shapely.union_all([part for part in flat if not part.is_empty]) if flat else Polygon()


def read_shape(data: bytes) -> BaseGeometry:
    """The polygons and lines of a GeoJSON document as one valid shape, as (longitude, latitude) in WGS 84.

    Raises ValueError, with words, when there is none, or when its numbers are no degrees.
    """
    try:
        document = orjson.loads(data)
        features = document["features"] if document.get("type") == "FeatureCollection" else [document]
        shapes = [shapely.geometry.shape(feature.get("geometry", feature)) for feature in features]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise ValueError("this is no GeoJSON with polygons or lines") from error
    shape = shapely.make_valid(shapely.force_2d(shapely.union_all(shapes)))
    if shape.is_empty or shape.length == 0:
        raise ValueError("this has no polygon and no line")
    west, south, east, north = shape.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise ValueError("these are no longitudes and latitudes in degrees (WGS 84)")
    return shape
