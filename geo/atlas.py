"""The map that everybody in the process looks at: replaced as a whole when somebody has moved a boundary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from shapely.geometry.base import BaseGeometry

from geo.area_map import AreaMap
from geo.model import Area, Geography, Spot
from geo.ways import Ways


@lru_cache(maxsize=64)
def _undrawn(geography: Geography) -> AreaMap:
    """The map of a network file alone, drawn once a process."""
    return AreaMap(geography)


class Atlas:
    """A network's map as it is now. version: of the drawings in the database that it shows; 0 is the network file alone.
    areas: by key, each with the places that lie in it now."""

    def __init__(self, geography: Geography) -> None:
        self.geography = geography
        self.version = 0
        self._map: AreaMap | None = None
        self.areas: Mapping[str, Area] = {area.key: area for area in geography.areas}

    @property
    def map(self) -> AreaMap:
        """The map as it is now. Hold on to it for as long as one decision takes, and no longer."""
        if self._map is None:
            self._map = _undrawn(self.geography)
        return self._map

    @cached_property
    def ways(self) -> Ways:
        """How far it is from one spot to another, around the barriers of the network file."""
        return Ways(self.geography.barriers)

    def redraw(
        self,
        version: int,
        drawn: Mapping[str, BaseGeometry],
        postcode_spots: Mapping[str, Sequence[Spot]] | None = None,
    ) -> None:
        """From now on the map has these polygons, by area key (see AreaMap)."""
        self._map = AreaMap(self.geography, drawn, postcode_spots)
        self.areas = areas_as_drawn(self._map)
        self.version = version


def areas_as_drawn(map_: AreaMap) -> dict[str, Area]:
    """The areas by key, each with the places that lie in it: where somebody has drawn an area, its outline says more of a place
    than the list that the network file has it in."""
    places = [place for area in map_.geography.areas for place in area.places]
    lies_in = [map_.area_at(place.lat, place.lon) for place in places]
    now = [replace(p, area=key) if key is not None and key in map_.drawn else p for p, key in zip(places, lies_in, strict=True)]
    return {area.key: replace(area, places=tuple(p for p in now if p.area == area.key)) for area in map_.geography.areas}
