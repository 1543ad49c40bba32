"""A map of the areas as an SVG picture, with what is wrong with them marked in red."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from math import cos, radians, sqrt

import shapely
from shapely.geometry.base import BaseGeometry

from geo.area_check import Finding
from geo.area_map import AreaMap

_WIDTH = 1000  # of the map, in the picture's units
_EDGE = 30
_LINE = 22  # the height of a line of the legend
_GOLDEN = 137.508  # degrees: hues that follow each other at this angle stay apart however many there are
_STYLE = """
text { font-family: system-ui, sans-serif; fill: #1c2733 }
.area { stroke: #4a5866; stroke-width: 1.2; stroke-linejoin: round }
.outline { fill: none; stroke: #1c2733; stroke-width: 2.5; stroke-linejoin: round }
.drawn { fill: none; stroke: #1c2733; stroke-width: 1.8; stroke-dasharray: 7 4; stroke-linejoin: round }
.lake { fill: #a9cdea; fill-opacity: .8; stroke: #2f74ad; stroke-width: 2; fill-rule: evenodd }
.crossing { stroke: #2f74ad; stroke-width: 2; stroke-dasharray: 3 4 }
.wrong { fill: url(#hatch); stroke: #c3182b; stroke-width: 1.6; fill-rule: evenodd }
.astray { fill: none; stroke: #c3182b; stroke-width: 2.5 }
.place { fill: #1c2733 }
.halo { paint-order: stroke; stroke: #fff; stroke-opacity: .85; stroke-width: 3.5; stroke-linejoin: round }
.name { font-size: 15px; font-weight: 600; text-anchor: middle }
.small { font-size: 10px }
.legend { font-size: 14px }
""".strip()


class _Paper:
    """From degrees to the picture: north is up, and a kilometre is as long in both directions."""

    def __init__(self, shapes: Sequence[BaseGeometry]) -> None:
        self.west, south, east, self.north = map(float, shapely.total_bounds(list(shapes)))
        self._narrow = cos(radians((south + self.north) / 2))
        self._scale = (_WIDTH - 2 * _EDGE) / max((east - self.west) * self._narrow, (self.north - south) / 1.6, 1e-6)
        self.width = 2 * _EDGE + (east - self.west) * self._narrow * self._scale
        self.height = 2 * _EDGE + (self.north - south) * self._scale

    def spot(self, lat: float, lon: float) -> tuple[float, float]:
        """Where a position is in the picture."""
        x, y = (lon - self.west) * self._narrow * self._scale, (self.north - lat) * self._scale
        return round(_EDGE + x, 1), round(_EDGE + y, 1)

    def path(self, shape: BaseGeometry) -> str:
        """Polygons and lines as the `d` of a path."""
        pieces = []
        for part in shapely.get_parts(shape):
            rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
            for ring in rings:
                dots = " L".join(f"{x} {y}" for x, y in (self.spot(lat, lon) for lon, lat in ring.coords))
                pieces.append(f"M{dots}" + ("Z" if part.geom_type == "Polygon" else ""))
        return "".join(pieces)


def picture(areas: AreaMap, findings: Sequence[Finding] = ()) -> str:
    """The whole picture as SVG. Raises ValueError when there is nothing to draw."""
    shown = [shape for shape in [*areas.outlines.values(), areas.outline, *areas.drawn.values()] if not shape.is_empty]
    if not shown:
        raise ValueError("there is no area to draw: give the areas places, or draw one")
    wrong = [finding for finding in findings if finding.is_wrong]
    strays = [f.where for f in wrong if f.kind == "place" and f.where is not None]
    paper = _Paper([*shown, *strays])
    legend = _legend(wrong, paper)
    width, height = max(paper.width, 720), paper.height + _LINE * (len(wrong) + 1) + _EDGE
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
            f"<title>The network's areas</title><style>{_STYLE}</style>",
            '<defs><pattern id="hatch" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
            '<rect width="8" height="8" fill="#fff" fill-opacity=".35"/>'
            '<rect width="3" height="8" fill="#d92038"/></pattern></defs>',
            '<rect width="100%" height="100%" fill="#fff"/>',
            *_areas(areas, paper),
            *_lakes(areas, paper),
            *_faults(wrong, paper),
            *_places(areas, paper),
            *_names(areas, paper),
            *legend,
            "</svg>",
            "",
        ]
    )


def _areas(areas: AreaMap, paper: _Paper) -> Iterator[str]:
    for number, (key, shape) in enumerate(areas.outlines.items()):
        known = areas.geography.area(key)
        colour = f"hsl({number * _GOLDEN % 360:.0f} {55 + number % 2 * 15}% {85 - number % 3 * 3}%)"
        title = escape(known.name if known else key)
        yield f'<path class="area" fill="{colour}" fill-rule="evenodd" d="{paper.path(shape)}"><title>{title}</title></path>'
    for shape in areas.drawn.values():
        yield f'<path class="drawn" d="{paper.path(shape)}"/>'
    yield f'<path class="outline" d="{paper.path(areas.outline)}"/>'


def _lakes(areas: AreaMap, paper: _Paper) -> Iterator[str]:
    for barrier in areas.geography.barriers:
        fill = "" if barrier.outline.area else ' fill="none"'
        yield f'<path class="lake"{fill} d="{paper.path(barrier.outline)}"><title>{escape(barrier.name)}</title></path>'
        for crossing in barrier.crossings:
            (x1, y1), (x2, y2) = paper.spot(*crossing.start), paper.spot(*crossing.end)
            yield f'<line class="crossing" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"><title>{escape(crossing.name)}</title></line>'


def _faults(wrong: Sequence[Finding], paper: _Paper) -> Iterator[str]:
    for finding in wrong:
        where = finding.where
        if where is None:
            continue
        title = f"<title>{escape(finding.say)}</title>"
        if isinstance(where, shapely.Point):
            x, y = paper.spot(where.y, where.x)
            yield f'<circle class="astray" cx="{x}" cy="{y}" r="8">{title}</circle>'
        else:
            yield f'<path class="wrong" d="{paper.path(where)}">{title}</path>'


def _places(areas: AreaMap, paper: _Paper) -> Iterator[str]:
    for area in areas.geography.areas:
        for place in area.places:
            x, y = paper.spot(place.lat, place.lon)
            yield f'<circle class="place" cx="{x}" cy="{y}" r="2.6"><title>{escape(place.name)}</title></circle>'
            yield f'<text class="small halo" x="{x + 5}" y="{y + 3}">{escape(place.name)}</text>'


def _names(areas: AreaMap, paper: _Paper) -> Iterator[str]:
    """Each area's name where it has most room: the middle of the widest circle in its largest part."""
    taken: list[tuple[float, float]] = []
    for key, shape in areas.outlines.items():
        known = areas.geography.area(key)
        largest = max(shapely.get_parts(shape), key=lambda part: part.area)
        middle = shapely.maximum_inscribed_circle(largest, tolerance=sqrt(largest.area) / 50).coords[0]
        x, y = paper.spot(middle[1], middle[0])
        while any(abs(y - other_y) < 17 and abs(x - other_x) < 150 for other_x, other_y in taken):
            y = round(y + 17, 1)
        taken.append((x, y))
        yield f'<text class="name halo" x="{x}" y="{y}">{escape(_short(known.name if known else key))}</text>'


def _short(name: str, most: int = 26) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip(" ,") + "…"


def _legend(wrong: Sequence[Finding], paper: _Paper) -> Iterator[str]:
    y = paper.height + _LINE / 2
    if not wrong:
        yield f'<text class="legend" x="{_EDGE}" y="{y}">Every place lies in its own area; no overlaps, no holes.</text>'
    for number, finding in enumerate(wrong):
        line = y + number * _LINE
        yield f'<rect class="wrong" x="{_EDGE}" y="{line - 11}" width="14" height="14"/>'
        yield f'<text class="legend" x="{_EDGE + 22}" y="{line}">{escape(_short(finding.say, 125))}</text>'
