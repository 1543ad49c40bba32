"""Where a message comes from: its place is looked up before it is decided, so that what follows can stay pure.

Names of the network file are found while the message is understood; streets, farms and addresses only the gazetteer in the
database knows, which is asked only where that can tell something.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bots.dialogue import said
from bots.dialogue.understand import Understander, Understanding
from bots.dialogue.words import Reply
from dispatch.gazetteer import locate, locate_position, names_beside
from dispatch.network import Network
from dispatch.whereabouts import place_spot
from geo.location import Candidate, Location, Precision
from geo.model import Spot
from sql import query

log = structlog.get_logger()

# What may be said from anywhere: nobody's place is looked for in it.
_PLACELESS = frozenset({"yes", "thanks", "stop", "status", "cancel"})
_ON_THE_WAY = frozenset({"transport", "errand"})  # kinds of help that name where they lead to
_SURELY = 0.9  # how sure a place outside the network must be
LOOKS_AGAIN = timedelta(minutes=1)  # for what was put into the database in another way than by an import
_LETTERS = re.compile(r"[^\W\d_]{3}|\d{3} ?\d{2}")  # as many as the shortest name of a place has; or a postcode


@dataclass(slots=True)
class Finder:
    """Finds places in messages. now: the wall's time, for how long it is believed that there is no gazetteer."""

    pool: Any
    network: Network
    understander: Understander
    now: Callable[[], datetime]
    _has_names: bool = False
    _looked_at: datetime | None = field(default=None)
    _version: int = 0

    async def found(
        self, text: str, understood: Understanding, reply: Reply | None = None, position: Spot | None = None
    ) -> Understanding:
        """What was understood, with where it is: the position that came with it, or what the words say. Never fails: what cannot
        be looked up is not known."""
        if position is not None:
            return merged(understood, locate_position(self.network, *position))
        known = by_name(understood, self.network)
        if understood.origin is not None:
            return known  # of two places both are known by name; a street may be in either
        if reply is not None or not _may_tell(text, understood):
            return known
        has_gazetteer = await self._has_gazetteer()
        if not has_gazetteer and not self._file_may_tell(text, understood):
            return known
        pool = self.pool if has_gazetteer else None
        return merged(known, await locate(pool, self.network, self.understander.places, text))

    def name_of(self, position: Spot) -> str:
        """What is near a position, in words; empty outside the network."""
        at = locate_position(self.network, *position).best
        return at.label if at is not None and at.area is not None else ""

    def _file_may_tell(self, text: str, understood: Understanding) -> bool:
        """Does the text have names of the network file that are not understood alone: of several areas, or beside the network?"""
        if understood.area is not None or understood.ambiguous:
            return bool(understood.ambiguous)
        nearby = self.network.atlas.geography.nearby
        return bool(nearby and names_beside(nearby).find(text))

    async def _has_gazetteer(self) -> bool:
        now = self.now()
        version = self.network.atlas.version  # an import makes the map newer
        if self._looked_at is None or now - self._looked_at >= LOOKS_AGAIN or version != self._version:
            self._looked_at, self._version = now, version
            try:
                self._has_names = await self.pool.fetchval(query("gazetteer_has_names"))
            except Exception as error:  # the message itself is stored or refused a moment later
                log.info("gazetteer.unasked", error=type(error).__name__)
        return self._has_names


def _may_tell(text: str, understood: Understanding) -> bool:
    if understood.intent in _PLACELESS or _LETTERS.search(text) is None:
        return False
    return understood.area is None or understood.place is None or said.address_in(text) is not None


def by_name(understood: Understanding, network: Network) -> Understanding:
    """What was understood, with the position of the place that it names, where the network file has it."""
    if understood.area is None:
        return understood
    spot = place_spot(network, understood.area, understood.place)
    label, precision = understood.place or network.area_name(understood.area), Precision.PLACE if spot else Precision.AREA
    lat, lon = spot or (None, None)
    found = Candidate(understood.area, understood.place, label, lat, lon, 1.0, precision)
    return replace(understood, where=Location((found,), is_clear=True))


def merged(understood: Understanding, found: Location) -> Understanding:
    """What was understood together with what was looked up. A clear location counts; of several that may be meant those count
    that lie in the area which was understood, and when none does, that area."""
    if found.is_outside and not _is_surely_outside(understood, found.best):
        return understood
    if found.best is not None:
        return placed(understood, found.best)
    if understood.area is None:
        return replace(understood, where=found) if found.choices else understood
    near = [c for c in found.choices if c.area == understood.area]
    return placed(understood, near[0]) if len(near) == 1 else understood


def _is_surely_outside(understood: Understanding, best: Candidate | None) -> bool:
    """Is it where the resident is? Nobody is sent away for a slip of the pen ("trängas" is not Tranås), nor for where something
    is to be fetched or somebody wants to go."""
    if best is None or best.precision is Precision.POSITION:
        return best is not None
    return best.confidence >= _SURELY and understood.category not in _ON_THE_WAY


def placed(understood: Understanding, at: Candidate) -> Understanding:
    """What was understood, said of this place."""
    return replace(understood, area=at.area, place=at.place, where=Location((at,), is_clear=True))
