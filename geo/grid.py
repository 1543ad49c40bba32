"""In which of many polygons a point lies, fast: a grid says which few can be meant, and mostly that it is one for sure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

_SIDE = 128  # cells a side: for eleven areas nine cells of ten lie in one area only


class Grid:
    """Polygons by key, to be asked for points. Immutable once built."""

    def __init__(self, polygons: Mapping[str, BaseGeometry]) -> None:
        shapes = list(polygons.items())
        for _, shape in shapes:
            shapely.prepare(shape)
        self._sure: list[str | None] = [None] * (_SIDE * _SIDE)
        self._unsure: list[list[tuple[str, BaseGeometry]]] = [[] for _ in self._sure]
        if not shapes:
            self._west = self._south = 0.0
            self._across = self._up = 0.0
            return
        self._west, self._south, east, north = shapely.total_bounds(np.array([shape for _, shape in shapes]))
        # A little more than the bounds, so that what lies on the edge is in the last cell.
        self._across = _SIDE / max(east - self._west, 1e-9) * (1 - 1e-9)
        self._up = _SIDE / max(north - self._south, 1e-9) * (1 - 1e-9)
        boxes = self._boxes()
        tree = shapely.STRtree(boxes)
        for key, shape in shapes:
            touched = tree.query(shape, predicate="intersects")
            inside = shapely.contains_properly(shape, boxes[touched])
            for cell, whole in zip(touched.tolist(), inside.tolist(), strict=True):
                if whole and not self._unsure[cell] and self._sure[cell] is None:
                    self._sure[cell] = key
                elif self._sure[cell] is None:
                    self._unsure[cell].append((key, shape))

    def _boxes(self) -> np.ndarray:
        # The cells overlap a little: rounding must not put a point into a cell that does not hold it.
        across, up = 1 / self._across, 1 / self._up
        slack = 1e-9
        columns, rows = np.meshgrid(np.arange(_SIDE), np.arange(_SIDE))
        west, south = self._west + columns.ravel() * across, self._south + rows.ravel() * up
        return shapely.box(west - slack, south - slack, west + across + slack, south + up + slack)

    def area_at(self, lat: float, lon: float) -> str | None:
        """The first polygon that covers the point, its edge included; None when there is none."""
        column, row = (lon - self._west) * self._across, (lat - self._south) * self._up
        if not (0 <= column < _SIDE and 0 <= row < _SIDE):
            return None
        cell = int(row) * _SIDE + int(column)
        sure = self._sure[cell]
        if sure is not None:
            return sure
        for key, shape in self._unsure[cell]:
            if shapely.intersects_xy(shape, lon, lat):
                return key
        return None
