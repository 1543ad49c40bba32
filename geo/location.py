"""What is known of where somebody is, after an address, a place's name or a position has been looked up."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geo.model import Spot


class Precision(StrEnum):
    """How exactly a location is known."""

    POSITION = "position"  # shared by a telephone, or pointed out on a map
    ADDRESS = "address"  # a house number that the gazetteer has
    STREET = "street"  # the street, not the house
    PLACE = "place"  # a village, a district, a farm
    POSTCODE = "postcode"
    AREA = "area"  # the area's name, nothing more

    @property
    def is_exact(self) -> bool:
        """Is the very house known?"""
        return self in (Precision.POSITION, Precision.ADDRESS)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place that may be meant.

    area: its key, None outside the network. place: a name that people know and may be shown before anybody has accepted: never
    an address. label: the whole as one would say it ("Storgatan 4, Gränna"). lat, lon: degrees in WGS 84, None where only the
    area is known. confidence: 0 to 1. nearby: the name of the network beside ours that it belongs to. nearest: of a position
    outside the network, the key of the area that is nearest to it.
    """

    area: str | None
    place: str | None
    label: str
    lat: float | None
    lon: float | None
    confidence: float
    precision: Precision
    nearby: str | None = None
    nearest: str | None = None

    @property
    def spot(self) -> Spot | None:
        """Latitude and longitude, when they are known."""
        return (self.lat, self.lon) if self.lat is not None and self.lon is not None else None


@dataclass(frozen=True, slots=True)
class Location:
    """What was found for a text or a position: candidates, best first; none: nothing was.

    is_clear: may the first one be gone by? Else the candidates are choices to ask about.
    """

    candidates: tuple[Candidate, ...] = ()
    is_clear: bool = False

    @property
    def best(self) -> Candidate | None:
        """What to go by; None when it must be asked about, or nothing was found."""
        return self.candidates[0] if self.is_clear and self.candidates else None

    @property
    def choices(self) -> tuple[Candidate, ...]:
        """What to ask about: several candidates, none of which is clear."""
        return () if self.is_clear else self.candidates

    @property
    def is_outside(self) -> bool:
        """Is it clear, and outside the network?"""
        return self.best is not None and self.best.area is None
