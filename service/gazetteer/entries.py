"""What an importer yields while it reads a file: what it found, what it could not take, and what somebody should know."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from service.gazetteer.files import SourceFile

LONGEST_NAME = 120  # characters; what is longer is no name of a place
MOST_ALIASES = 12  # of one entry: GeoNames has its big towns in sixty languages


class Entry(NamedTuple):
    """A place, farm, street or postcode. lat, lon: degrees, WGS 84. locality: the village or town it lies in.
    area: an area's key, where the file says it. A postcode's name is its five digits."""

    kind: str
    name: str
    lat: float
    lon: float
    locality: str = ""
    postcode: str = ""
    area: str | None = None
    aliases: tuple[str, ...] = ()


class House(NamedTuple):
    """The houses of one row of a file. numbers: each with its small letter or "", as `read_numbers` gives them."""

    street: str
    locality: str
    numbers: tuple[tuple[int, str], ...]
    lat: float
    lon: float
    postcode: str = ""
    area: str | None = None


class Reject(NamedTuple):
    """A row that is not taken. line: as an editor counts, or of JSON the number of the feature. reason: one of few, to be
    counted by; detail: what stood there."""

    line: int
    reason: str
    detail: str = ""

    @property
    def why(self) -> str:
        """The whole for people."""
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Note(NamedTuple):
    """Something that was put right, or passed over on purpose, for so many rows."""

    text: str
    rows: int = 1


Item = Entry | House | Reject | Note


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an importer must know beside the file. areas: the keys that a file may name. crs: what the coordinates are in,
    where it is told ("EPSG:3006"); None: what they look like."""

    areas: frozenset[str] = field(default_factory=frozenset)
    crs: str | None = None


Importer = Callable[[SourceFile, Wanted], Iterator[Item]]
Tags = Mapping[str, str]
