"""The map that everybody in the process looks at: replaced as a whole when somebody has moved a boundary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """A network's map as it is now. version: of the drawings in the database that it shows; 0 is the network file alone."""

    def __init__(self, geography: Geography) -> None:
        self.geography = geography
        self.version = 0
        self._map: AreaMap | None = None
        self._areas = {area.key: area for area in geography.areas}

    @property
    def map(self) -> AreaMap:
        """The map as it is now. Hold on to it for as long as one decision takes, and no longer."""
        if self._map is None:
            self._map = _undrawn(self.geography)
        return self._map

    @property
    def areas(self) -> Mapping[str, Area]:
        """The areas by key, each with the places that lie in it now; those of the file while nobody has asked for the map."""
        return self._areas if self._map is None else self._map.areas

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
        self.version = version
