"""In which of many polygons a point lies, fast: a grid says which few can be meant, and mostly that it is one for sure."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, sqrt

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

_LEAST, _MOST = 128, 512  # cells a side
_PER_POLYGON = 24  # cells a side of a square polygon: nine cells of ten then lie in one only


class Grid:
    """Polygons by key, to be asked for points. Immutable once built."""

    def __init__(self, polygons: Mapping[str, BaseGeometry]) -> None:
        self._keys = list(polygons)
        shapes = list(polygons.values())
        for shape in shapes:
            shapely.prepare(shape)
        self._shapes = shapes
        self._side = min(_MOST, max(_LEAST, ceil(_PER_POLYGON * sqrt(len(shapes)))))
        cells = self._side**2
        # Of each cell: the key of the one polygon that holds all of it, else which polygons reach into it, in their order.
        self._sure: list[str | None] = [None] * cells
        self._unsure: dict[int, list[tuple[str, BaseGeometry]]] = {}
        self._numbers = np.full(cells, -1)
        self._west = self._south = self._across = self._up = 0.0
        self._tree = shapely.STRtree(shapes)
        if shapes:
            self._fill(shapes)

    def _fill(self, shapes: list[BaseGeometry]) -> None:
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(np.array(shapes)))
        # A little more than the bounds, so that what lies on the edge is in the last cell.
        self._across = self._side / max(east - west, 1e-9) * (1 - 1e-9)
        self._up = self._side / max(north - south, 1e-9) * (1 - 1e-9)
        self._west, self._south = west, south
        boxes = self._boxes()
        tree = shapely.STRtree(boxes)
        settled: set[int] = set()
        for number, (key, shape) in enumerate(zip(self._keys, shapes, strict=True)):
            touched = tree.query(shape, predicate="intersects")
            inside = shapely.contains_properly(shape, boxes[touched])
            for cell, whole in zip(touched.tolist(), inside.tolist(), strict=True):
                if cell in settled:
                    continue
                if whole and cell not in self._unsure:
                    self._sure[cell], self._numbers[cell] = key, number
                    settled.add(cell)
                else:
                    self._unsure.setdefault(cell, []).append((key, shape))

    def _boxes(self) -> NDArray[np.object_]:
        # The cells overlap a little: rounding must not put a point into a cell that does not hold it.
        across, up = 1 / self._across, 1 / self._up
        slack = 1e-9
        columns, rows = np.meshgrid(np.arange(self._side), np.arange(self._side))
        west, south = self._west + columns.ravel() * across, self._south + rows.ravel() * up
        boxes: NDArray[np.object_] = shapely.box(west - slack, south - slack, west + across + slack, south + up + slack)
        return boxes

    def area_at(self, lat: float, lon: float) -> str | None:
        """The first polygon that covers the point, its edge included; None when there is none."""
        column, row, side = (lon - self._west) * self._across, (lat - self._south) * self._up, self._side
        if not (0 <= column < side and 0 <= row < side):
            return None
        cell = int(row) * side + int(column)
        if (sure := self._sure[cell]) is not None:
            return sure
        for key, shape in self._unsure.get(cell, ()):
            if shapely.intersects_xy(shape, lon, lat):
                return key
        return None

    def numbers_at(self, lats: NDArray[np.float64], lons: NDArray[np.float64]) -> NDArray[np.int64]:
        """As `area_at`, for many points: the polygons' numbers from 0 in their order, -1 for none."""
        columns, rows = (lons - self._west) * self._across, (lats - self._south) * self._up
        on = (columns >= 0) & (columns < self._side) & (rows >= 0) & (rows < self._side)
        found = np.full(len(lats), -1, dtype=np.int64)
        cells = rows[on].astype(np.int64) * self._side + columns[on].astype(np.int64)
        found[on] = self._numbers[cells]
        left = np.flatnonzero(on & (found < 0))
        if left.size:
            points, polygons = self._tree.query(shapely.points(lons[left], lats[left]), predicate="intersects")
            first = np.full(left.size, len(self._shapes))
            np.minimum.at(first, points, polygons)
            hit = first < len(self._shapes)
            found[left[hit]] = first[hit]
        return found
