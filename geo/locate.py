"""Decides which place a text means: of all that its words may mean, the likeliest first, and whether that may be gone by.

What is weighed: how well a name is spelt; what else the text says (a village or a postcode beside "Storgatan 4"); where the
resident is known to live. When the likeliest is not far likelier than the next, it must be asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from geo.address import Named, Written
from geo.area_map import AreaMap
from geo.distance import kilometres, nearest_place
from geo.location import Candidate, Location, Precision
from geo.model import NearbyNetwork
from geo.places import PlaceMatch
from geo.spelling import alike

MOST_CHOICES = 6
_LEAST = 0.1  # what is less likely is left out
_SURE = 0.5  # what is less likely is listed, but not gone by
_FAR_BETTER = 0.7  # of the best one's confidence: whoever has less is no rival
_SAME_SPOT_KM = 1.0  # candidates of one name as near to each other, in one area, are one
_SAME_VILLAGE_KM = 4.0  # ... and so are the network file's middle of a village and the gazetteer's
_NEARBY_KM = 25.0  # a named network beside ours reaches as far from its places
_ELSEWHERE = 0.45  # what a candidate is worth outside the area that the text names
_NOT_HOME = 0.6  # ... and outside the area that the resident is known from
_OTHER_POSTCODE = 0.7  # what is known to have another postcode than the text says
_WELL_SPELT = 0.9  # a name of the network file as sure as this is meant
_BESIDE_THE_NETWORKS_OWN = 0.5  # a farm or hamlet that is called like one of the network's places
_KIND = {"street": 0.9, "place": 0.9, "farm": 0.85, "postcode": 0.92}
_EXACT = (Precision.STREET, Precision.ADDRESS)
_PRECISION = {"street": Precision.STREET, "postcode": Precision.POSTCODE}
_NO_SUCH_HOUSE = 0.6  # a street without the number, when another of its name has it


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the gazetteer, which a name of the text (named: its number among them; None: a postcode) may mean.

    lat, lon: degrees, WGS 84; of the house when is_house: the number, has_letter: and its letter. area: what the source said.
    """

    id: int
    named: int | None
    kind: str
    name: str
    folded: str
    locality: str
    locality_folded: str
    postcode: str
    area: str | None
    lat: float
    lon: float
    is_house: bool = False
    has_letter: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the gazetteer. matches: of the network's own names. beside: of those of the networks beside it, whose
    areas are their names. near: the area that the resident is known from."""

    matches: tuple[PlaceMatch, ...] = ()
    beside: tuple[PlaceMatch, ...] = ()
    near: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """A candidate, and by which of the text's names it was found. name: of the gazetteer, without blanks; empty: one of the
    network file's."""

    candidate: Candidate
    by: str
    name: str = ""

    @property
    def zone(self) -> str | None:
        """The area, or the network beside ours."""
        return self.candidate.area or self.candidate.nearby

    def times(self, factor: float) -> _Found:
        """As it is, so many times as likely."""
        if factor == 1.0:
            return self
        return replace(self, candidate=replace(self.candidate, confidence=self.candidate.confidence * factor))


def decide(written: Written, rows: Sequence[Row], known: Known, areas: AreaMap) -> Location:
    """Which place is meant. rows: what the gazetteer has of `written`, houses put in. Never fails."""
    found = [*_gazetteer(written, rows, known, areas), *_own(known, areas), *_beside(known, areas)]
    told = [each for each in _merged(_narrowed(found, known)) if each.candidate.confidence > _LEAST]
    if not told:
        return Location()
    best, rest = told[0], told[1:]
    rivals = [other for other in rest if _is_rival(best, other)]
    if not rivals:
        is_clear = best.candidate.confidence >= _SURE
        shown = tuple(each.candidate for each in told[:MOST_CHOICES])
    else:
        is_clear = False
        shown = _labelled([best.candidate, *(each.candidate for each in rivals)], areas)[:MOST_CHOICES]
    return Location(tuple(_with_nearest(candidate, areas) for candidate in shown), is_clear)


def position(areas: AreaMap, lat: float, lon: float) -> Candidate:
    """What a position (degrees, WGS 84) is: in an area, or outside the network, where the nearest one is told too."""
    key = areas.area_at(lat, lon)
    beside = None if key else nearby(areas, lat, lon)
    place = _near_place(areas, key, lat, lon)
    area = areas.areas.get(key or "")
    label = place or (area.name if area else beside.name if beside else "")
    confidence = 1.0 if key else 0.5
    at = Candidate(key, place, label, lat, lon, confidence, Precision.POSITION, beside.name if beside else None)
    return _with_nearest(at, areas)


def nearby(areas: AreaMap, lat: float, lon: float) -> NearbyNetwork | None:
    """The network beside ours whose places are nearest to a position; None when none has any within 25 km."""
    networks = areas.geography.nearby
    place = nearest_place([place for network in networks for place in network.places], lat, lon)
    if place is None or kilometres(place.lat, place.lon, lat, lon) > _NEARBY_KM:
        return None
    return next(network for network in networks if place in network.places)


def _gazetteer(written: Written, rows: Sequence[Row], known: Known, areas: AreaMap) -> list[_Found]:
    found = []
    text = f" {' '.join(written.words)} "
    in_text = {row.locality_folded for row in rows if row.locality_folded and f" {row.locality_folded} " in text}
    with_village = {row.named for row in rows if row.locality_folded in in_text}
    with_house = {row.named for row in rows if row.is_house}
    for row in rows:
        named = written.named[row.named] if row.named is not None else None
        score = _KIND[row.kind] * _by_postcode(row, written)
        if row.named in with_village and row.locality_folded not in in_text:
            score *= _ELSEWHERE
        if named is not None:
            told = 1.0 if row.kind == "street" and named.is_street else 0.5 + named.weight / 2
            spelt = alike(named.names, named.loose, row.folded)
            score *= spelt * told * _by_house(row, named, row.named in with_house) * _by_own_names(row, named, spelt, known)
        if score > 0:
            by = named.written if named else row.folded
            found.append(_Found(_candidate(row, named, min(score, 1.0), areas), by, row.folded.replace(" ", "")))
    return found


def _by_own_names(row: Row, named: Named, spelt: float, known: Known) -> float:
    """The network's own places come first: before farms and hamlets of the same name, and before what is misspelt as well."""
    if row.kind not in ("place", "farm"):
        return 1.0
    own = [match for match in known.matches if match.matched == row.folded or _is_within(match.matched, named.written)]
    if any(match.score >= _WELL_SPELT for match in own):
        return 0.0 if row.kind == "farm" else _BESIDE_THE_NETWORKS_OWN
    return _BESIDE_THE_NETWORKS_OWN if own and spelt < 1.0 else 1.0


def _is_within(matched: str, written: str) -> bool:
    return f" {matched} " in f" {written} "


def _by_house(row: Row, named: Named, others_have_it: bool) -> float:
    """What the house number says: a street that has it is likelier than one of the same name that has not."""
    if row.kind != "street" or named.number is None:
        return 1.0
    if row.is_house:
        return 1.05 if row.has_letter or not named.letter else 1.0
    return _NO_SUCH_HOUSE if others_have_it else 0.9


def _by_postcode(row: Row, written: Written) -> float:
    """What a postcode in the text says of this row."""
    if written.postcodes and row.kind != "postcode" and row.postcode:
        return 1.0 if row.postcode in written.postcodes else _OTHER_POSTCODE
    return 1.0


def _own(known: Known, areas: AreaMap) -> list[_Found]:
    """What the network file itself knows."""
    found = []
    for match in known.matches:
        area = areas.geography.area(match.area)
        name = match.place or (area.name if area else "")
        is_postcode = match.matched.replace(" ", "").isdigit()
        precision = Precision.PLACE if match.place else Precision.POSTCODE if is_postcode else Precision.AREA
        spot = (match.lat, match.lon)
        by = match.matched.replace(" ", "") if is_postcode else match.matched
        found.append(_Found(Candidate(match.area, match.place, name, *spot, match.score, precision), by))
    return found


def _beside(known: Known, areas: AreaMap) -> list[_Found]:
    """Places of the networks beside ours, unless the words are those of our own."""
    found = []
    own = {match.matched for match in known.matches}
    for match in known.beside:
        if match.matched in own:
            continue
        precision = Precision.PLACE if match.place else Precision.POSTCODE
        label = match.place or match.area
        spot = (match.lat, match.lon)
        score = match.score * (0.95 if not known.matches else 0.6)
        found.append(_Found(Candidate(None, match.place, label, *spot, score, precision, match.area), match.matched))
    return found


def _candidate(row: Row, named: Named | None, score: float, areas: AreaMap) -> Candidate:
    key = _area_of(areas, row.area, row.lat, row.lon)
    beside = None if key else nearby(areas, row.lat, row.lon)
    near = _near_place(areas, key, row.lat, row.lon, row.locality)
    place = row.name if row.kind == "place" else near
    name = row.name
    if row.kind == "street" and named is not None and named.number is not None:
        name = f"{name} {named.number}{' ' + named.letter.upper() if named.letter else ''}"
    if row.kind == "postcode":
        name = f"{row.name[:3]} {row.name[3:]}".strip()
    where = row.locality or (near if near != row.name else None) or (beside.name if beside else "")
    precision = Precision.ADDRESS if row.is_house else _PRECISION.get(row.kind, Precision.PLACE)
    joint = " " if row.kind == "postcode" else ", "
    label = f"{name}{joint}{where}" if where and where != name else name
    return Candidate(key, place, label, row.lat, row.lon, score, precision, beside.name if beside else None)


def _area_of(areas: AreaMap, said: str | None, lat: float, lon: float) -> str | None:
    """The area of a position: what the gazetteer says, else what the map says."""
    return said if said is not None and areas.geography.area(said) is not None else areas.area_at(lat, lon)


def _with_nearest(candidate: Candidate, areas: AreaMap) -> Candidate:
    """A candidate outside of all areas, with the one that is nearest."""
    if candidate.area is not None or candidate.lat is None or candidate.lon is None or not areas.outlines:
        return candidate
    return replace(candidate, nearest=areas.nearest(candidate.lat, candidate.lon)[0])


def _near_place(areas: AreaMap, key: str | None, lat: float, lon: float, locality: str = "") -> str | None:
    """The area's place called `locality`, else the one nearest to a position."""
    area = areas.areas.get(key or "")
    if area is None or not area.places:
        return None
    if any(place.name == locality for place in area.places):
        return locality
    nearest = nearest_place(area.places, lat, lon)
    return nearest.name if nearest is not None else None


def _narrowed(found: Sequence[_Found], known: Known) -> list[_Found]:
    """What the text says beside a name ("i Gränna", 563 32), and where the resident is known from, speaks for some of them."""
    streets = [each for each in found if each.candidate.precision in _EXACT]
    found = [each for each in found if each.name or not any(_is_part_of(each, street) for street in streets)]
    own = [each for each in found if not each.name]
    clear = {each.by for each in own if len({other.zone for other in own if other.by == each.by}) == 1}
    kept = []
    for each in found:
        told = {other.zone for other in own if other.by != each.by}
        if each.by in clear:
            factor = 1.0  # the network's own name tells, and is told by nothing
        elif told:
            factor = 1.0 if each.zone in told else _ELSEWHERE
        else:
            away = known.near is not None and each.candidate.area != known.near
            at_home = away and any(other.by == each.by and other.candidate.area == known.near for other in found)
            factor = _NOT_HOME if at_home else 1.0
        kept.append(each.times(factor))
    return _without_context(kept)


def _without_context(found: Sequence[_Found]) -> list[_Found]:
    """A village named beside an address in it is no second place: the address says it more exactly."""
    own = {each.by for each in found if not each.name}
    sure = [each for each in found if each.name and each.by not in own and each.candidate.confidence >= _SURE]
    exact = {each.zone for each in sure}
    kept = [each.times(0.5) if each not in sure and each.zone in exact else each for each in found]
    return sorted(kept, key=lambda each: -each.candidate.confidence)


def _is_part_of(own: _Found, street: _Found) -> bool:
    """Is the place's name but a part of a street's: Huskvarna in "huskvarna vägen 3"?"""
    return _is_within(own.by, street.by) and own.by.replace(" ", "") in street.name


def _merged(found: Iterable[_Found]) -> list[_Found]:
    """Without those that lie in one area at nearly the same spot as a better one."""
    kept: list[_Found] = []
    for each in found:
        if not any(_is_same(each, other) for other in kept):
            kept.append(each)
    return kept


def _is_same(one: _Found, other: _Found) -> bool:
    if one.zone != other.zone:
        return False
    a, b = one.candidate, other.candidate
    if a.precision is b.precision is Precision.POSTCODE and one.by == other.by:
        return True
    if a.lat is None or b.lat is None:
        return a.label == b.label
    called_alike = a.label == b.label or (a.place == b.place and a.precision is b.precision is Precision.PLACE)
    near = _SAME_SPOT_KM if one.name and other.name else _SAME_VILLAGE_KM
    return called_alike and one.by == other.by and _km(a, b) < near


def _km(one: Candidate, other: Candidate) -> float:
    return kilometres(one.lat or 0.0, one.lon or 0.0, other.lat or 0.0, other.lon or 0.0)


def _is_rival(best: _Found, other: _Found) -> bool:
    """May the text mean the other one just as well? Different names in one text are no rivals: the first is gone by."""
    return other.by == best.by and other.candidate.confidence > _FAR_BETTER * best.candidate.confidence


def _labelled(candidates: Sequence[Candidate], areas: AreaMap) -> tuple[Candidate, ...]:
    """With labels that tell them apart: by area where the names alone do not."""
    labels = [candidate.label for candidate in candidates]
    told: list[Candidate] = []
    for candidate in candidates:
        label = candidate.label
        if labels.count(label) > 1:
            area = areas.geography.area(candidate.area)
            more = area.name if area else candidate.nearby or candidate.place or ""
            label = f"{label}, {more}" if more else label
        if any(label == other.label for other in told):
            label = f"{label} {len(told) + 1}"
        told.append(replace(candidate, label=label))
    return tuple(told)
