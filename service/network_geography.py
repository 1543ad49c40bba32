"""What a network file says of the map: the network's outline, barriers, and who begins where it ends."""

from collections.abc import Sequence
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry

from geo.geojson import read_shape
from geo.model import Area, Barrier, Crossing, Geography, NearbyNetwork, Place
from service.network_schema import BarrierPart, NetworkFile


class ShapeFileError(Exception):
    """A file with a shape cannot be used; str() is one line with its name."""


def read_geography(file: NetworkFile, areas: Sequence[Area], folders: Sequence[Path]) -> Geography:
    """The map of a network file. folders: where the files that it names are looked for. Raises ShapeFileError."""
    outline = _shape(file.network.outline, folders) if file.network.outline else None
    if outline is not None and outline.area == 0:
        raise ShapeFileError(f"{file.network.outline}: an outline is a polygon, this is a line")
    return Geography(
        areas=tuple(areas),
        outline=outline,
        barriers=tuple(_barrier(part, folders) for part in file.barrier),
        nearby=tuple(
            NearbyNetwork(
                part.name, part.phone, tuple(Place(p.name, p.lat, p.lon, "") for p in part.places), tuple(part.postcodes)
            )
            for part in file.nearby
        ),
    )


def _barrier(part: BarrierPart, folders: Sequence[Path]) -> Barrier:
    crossings = tuple(Crossing(c.name, c.start, c.end, (c.takes or 0.0) / 60) for c in part.crossings)
    if part.outline is not None:
        return Barrier(part.name, _shape(part.outline, folders), crossings)
    corners = [(lon, lat) for lat, lon in part.points or ()]
    edge = shapely.LineString(corners) if len(corners) == 2 else shapely.make_valid(shapely.Polygon(corners))
    return Barrier(part.name, edge, crossings)


def _shape(name: str, folders: Sequence[Path]) -> BaseGeometry:
    paths = [folder / name for folder in folders]
    path = next((path for path in paths if path.exists()), paths[0])
    try:
        return read_shape(path.read_bytes())
    except OSError as error:
        raise ShapeFileError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise ShapeFileError(f"{path}: {error}") from error
