"""An outline as people edit it: a line for each corner, "latitude, longitude", and an empty line between rings."""

import re

import shapely
from shapely.geometry.base import BaseGeometry

from geo.redraw import CannotRedraw

MOST_CORNERS = 20_000
_CORNER = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d{1,12})?)\s*")


class BadCorner(ValueError):
    """A line is no corner. line: its number, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


def written(shape: BaseGeometry) -> str:
    """The corners of a polygon or several, (longitude, latitude) in WGS 84; a ring inside another is a hole in it."""
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    return "\n\n".join("\n".join(f"{lat:.5f}, {lon:.5f}" for lon, lat in ring.coords[:-1]) for ring in rings)


def read(text: str) -> BaseGeometry:
    """The shape with these corners. Raises BadCorner, and CannotRedraw when there are fewer than three, or far too many."""
    rings: list[list[tuple[float, float]]] = [[]]
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            rings.append([])
            continue
        found = _CORNER.fullmatch(line)
        if found is None or abs(float(found[1])) > 90 or abs(float(found[2])) > 180:
            raise BadCorner(number)
        rings[-1].append((float(found[2]), float(found[1])))
    rings = [ring for ring in rings if ring]
    if not rings or any(len(ring) < 3 for ring in rings) or sum(map(len, rings)) > MOST_CORNERS:
        raise CannotRedraw("no_polygon")
    shape: BaseGeometry = shapely.Polygon()
    for ring in rings:
        shape = shape.symmetric_difference(shapely.make_valid(shapely.Polygon(ring)))
    return shape
