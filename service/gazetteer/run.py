"""`budkavle places import`: files are read, gathered, stored and reported on."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dispatch.areas import load_outlines
from dispatch.network import Network
from geo.area_map import AreaMap
from service.gazetteer.addresses import read_addresses
from service.gazetteer.csv_places import read_places
from service.gazetteer.entries import Entry, House, Importer, Note, Reject, Wanted
from service.gazetteer.files import Refused, SourceFile, recognise
from service.gazetteer.geonames import read_geonames
from service.gazetteer.near import near_test
from service.gazetteer.osm import read_osm
from service.gazetteer.store import Counts, Staging, staging, tidy
from service.gazetteer.streets import Streets, name_rows

IMPORTERS: dict[str, Importer] = {"csv": read_places, "geonames": read_geonames, "osm": read_osm, "addresses": read_addresses}
SOURCES = {"csv": "places", "geonames": "geonames", "osm": "osm", "addresses": "addresses"}  # names where none is given
SHOWN = 20  # rejected rows that are told with their lines
_EVERY = 2_000  # items between looks at the clock and at what waits


@dataclass(slots=True)
class Report:
    """What an import did. names, houses: rows now beside those before. far: positions too far from the network.
    rejected: by reason; first: the first of them, with their files."""

    source: str
    form: str
    names: Counts = field(default_factory=Counts)
    houses: Counts = field(default_factory=Counts)
    far: int = 0
    twice: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    first: list[tuple[Path, Reject]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who looks on. progress: gets the file and how many items it has given so far; rejected: gets every row not taken;
    storing: is called when all has been read."""

    progress: Callable[[SourceFile, int], None] = lambda file, items: None
    rejected: Callable[[Path, Reject], None] = lambda path, row: None
    storing: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one format that are one source together. everywhere: take what is far from the network too."""

    name: str
    form: str
    files: tuple[SourceFile, ...]
    crs: str | None = None
    everywhere: bool = False


def sources_of(paths: Sequence[Path], form: str | None, name: str | None, crs: str | None, everywhere: bool) -> list[Source]:
    """The files opened and sorted by format. Raises Refused, with the file's name."""
    by_form: dict[str, list[SourceFile]] = {}
    for path in paths:
        try:
            file = SourceFile(path)
            by_form.setdefault(form or recognise(file), []).append(file)
        except Refused as error:
            raise Refused(f"{path}: {error}") from error
    if name and len(by_form) > 1:
        raise Refused(f"files of different formats ({', '.join(by_form)}) cannot be one source: import them one by one")
    return [Source(name or SOURCES[each], each, tuple(files), crs, everywhere) for each, files in by_form.items()]


async def import_source(connection: Any, network: Network, source: Source, now: datetime, watcher: Watcher) -> Report:
    """Replace what the source said before by what its files say; all of it or nothing.

    connection: one of one's own. Raises Refused, with the file's name, and store.Busy.
    """
    report = Report(source.name, source.form)
    async with staging(connection, source.name) as staged:
        reading = _Reading(network, source, staged, report, watcher, await _near(connection, network, source))
        for file in source.files:
            await reading.file(file)
        reading.finish()
        if not staged.names and not reading.taken:
            raise Refused(_nothing(source, report))
        watcher.storing()
        report.names, report.houses = await staged.replace(source.form, now, report.rejected.total())
    await tidy(connection)
    return report


async def _near(connection: Any, network: Network, source: Source) -> Callable[[float, float], bool]:
    """Which positions are to be taken: by the network file and what is drawn. What was imported before must not matter, or
    the same file would give something else the second time."""
    if source.everywhere:
        return lambda lat, lon: True
    _, drawn = await load_outlines(connection)
    return near_test(AreaMap(network.atlas.geography, drawn) if drawn else network.atlas.map)


def _nothing(source: Source, report: Report) -> str:
    why = [f"{count} {reason}" for reason, count in report.rejected.most_common(3)]
    if report.far:
        why.append(f"{report.far} too far from the network (--everywhere takes them)")
    names = ", ".join(str(file.path) for file in source.files)
    return f"{names}: nothing could be taken, so nothing has changed" + (f": {'; '.join(why)}" if why else "")


class _Reading:
    """The way from files to staged rows."""

    def __init__(
        self,
        network: Network,
        source: Source,
        staged: Staging,
        report: Report,
        watcher: Watcher,
        is_near: Callable[[float, float], bool],
    ) -> None:
        self._source, self._staged, self._report, self._watcher = source, staged, report, watcher
        self._wanted = Wanted(frozenset(network.areas), source.crs)
        self._is_near = is_near
        self._streets = Streets()
        self._seen: set[tuple[Any, ...]] = set()
        self.taken = 0

    async def file(self, file: SourceFile) -> None:
        """Stage what one file says."""
        items = 0
        try:
            for item in IMPORTERS[self._source.form](file, self._wanted):
                self._take(item, file)
                items += 1
                if items % _EVERY == 0:
                    await self._staged.flush()
                    self._watcher.progress(file, items)
        except Refused as error:
            raise Refused(f"{file.path}: {error}") from error
        self._watcher.progress(file, items)

    def finish(self) -> None:
        """Stage the streets, whose middles are known only now."""
        self._staged.names.extend(self._streets.names())

    def _take(self, item: Entry | House | Reject | Note, file: SourceFile) -> None:
        if isinstance(item, House):
            if self._is_near(item.lat, item.lon):
                self.taken += 1
                self._staged.houses.extend(self._streets.houses(item))
            else:
                self._report.far += 1
        elif isinstance(item, Reject):
            self._reject(item, file)
        elif isinstance(item, Note):
            self._report.notes[item.text] += item.rows
        elif not self._is_near(item.lat, item.lon):
            self._report.far += 1
        elif item.kind == "street":
            self.taken += 1
            self._streets.street(item)
        else:
            self._take_name(item)

    def _reject(self, row: Reject, file: SourceFile) -> None:
        self._report.rejected[row.reason] += 1
        if len(self._report.first) < SHOWN:
            self._report.first.append((file.path, row))
        self._watcher.rejected(file.path, row)

    def _take_name(self, entry: Entry) -> None:
        key = (entry.kind, entry.name, entry.locality, entry.postcode, round(entry.lat, 6), round(entry.lon, 6))
        if key in self._seen:
            self._report.twice += 1
            return
        self._seen.add(key)
        self.taken += 1
        self._staged.names.extend(name_rows(entry, self._streets.next_ref()))
