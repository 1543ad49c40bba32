"""A file to import: opened as bytes or lines, unpacked from a zip, never wholly in memory; and which format it has."""

from __future__ import annotations

import codecs
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

FORMATS = ("csv", "geonames", "osm", "addresses")
LONGEST_LINE = 1_000_000  # characters: GeoNames' longest has some 15,000
_CHUNK = 1 << 20
_LARGEST = 16 * 1024**3  # bytes, unpacked: all of GeoNames has 1.7 GB
_DENSEST = 100  # times: tables pack to a tenth, a bomb to a thousandth
_HARMLESS = 50 * 1024**2  # bytes, unpacked: however dense it is
_MARKS = ((codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16"))


class Refused(Exception):
    """The file cannot be taken at all; str() says why and what to do."""


class SourceFile:
    """One file. `read` says how many bytes of `size` have been read so far."""

    def __init__(self, path: Path) -> None:
        """Raises Refused for a broken or dangerous zip, an empty file, and what is no text; OSError."""
        self.path = path
        self.read = 0
        self._member: str | None = None
        self.size = path.stat().st_size
        if self.size == 0:
            raise Refused("the file is empty")
        if zipfile.is_zipfile(path):
            self._choose_member()
        self.start = self._start()

    @property
    def name(self) -> str:
        """The file's name, of a zip that of the file in it."""
        return self._member or self.path.name

    def _choose_member(self) -> None:
        """A zip has one table, and perhaps a readme beside it."""
        with zipfile.ZipFile(self.path) as packed:
            found = [i for i in packed.infolist() if not i.is_dir() and "readme" not in i.filename.casefold()]
        if len(found) != 1:
            names = ", ".join(i.filename for i in found[:5]) or "nothing"
            raise Refused(f"the zip must hold one file beside its readme; it holds {names}")
        (info,) = found
        if info.flag_bits & 1:
            raise Refused("the zip is locked by a password: unpack it first")
        dense = info.file_size > _DENSEST * max(info.compress_size, 1) and info.file_size > _HARMLESS
        if dense or info.file_size > _LARGEST:
            raise Refused(f"the zip would unpack to {info.file_size // 1024**2} MB, which no table does: it is not opened")
        if info.file_size == 0:
            raise Refused("the file in the zip is empty")
        self._member, self.size = info.filename, info.file_size

    def _start(self) -> bytes:
        with self.binary() as stream:
            start: bytes = stream.read(65536)
        self.read = 0
        for mark, name in _MARKS:
            if start.startswith(mark):
                raise Refused(f"the file is written in {name}: save it as UTF-8")
        if b"\x00" in start:
            raise Refused("this is no text file")
        if not start.strip(b"\xef\xbb\xbf \t\r\n"):
            raise Refused("the file is empty")
        return start

    @contextmanager
    def binary(self) -> Iterator[IO[bytes]]:
        """The file's bytes, unpacked. Raises Refused when the zip turns out to be broken."""
        self.read = 0
        try:
            if self._member is None:
                with self.path.open("rb") as raw:
                    yield self._counted(raw)
            else:
                with zipfile.ZipFile(self.path) as packed, packed.open(self._member) as raw:
                    yield self._counted(raw)
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            raise Refused(f"the zip is broken: {error}") from error

    def _counted(self, raw: IO[bytes]) -> IO[bytes]:
        return io.BufferedReader(_Counting(raw, self), _CHUNK)

    def is_utf8(self) -> bool:
        """Is the whole file UTF-8? Reads it once."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            with self.binary() as stream:
                while chunk := stream.read(_CHUNK):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        return True

    def lines(self, encoding: str = "utf-8") -> Iterator[str]:
        """The file's lines with their ends. Raises Refused for another encoding, and for a line that does not end."""
        number = 0
        with self.binary() as stream:
            text = io.TextIOWrapper(stream, "utf-8-sig" if encoding == "utf-8" else encoding, newline="")
            try:
                while line := text.readline(LONGEST_LINE):
                    number += 1
                    if len(line) == LONGEST_LINE:
                        raise Refused(f"line {number} does not end: this is no table")
                    if "\x00" in line:
                        raise Refused(f"line {number} has a NUL byte: this is no text file")
                    yield line
            except UnicodeDecodeError as error:
                raise Refused(f"save the file as UTF-8: after line {number} there is a byte that is none") from error


class _Counting(io.RawIOBase):
    """Passes bytes on and tells the file how many."""

    def __init__(self, raw: IO[bytes], file: SourceFile) -> None:
        self._raw, self._file = raw, file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        self._file.read += len(data)
        return len(data)


def recognise(file: SourceFile) -> str:
    """One of FORMATS, by the file's ending and first line. Raises Refused when it is none of them."""
    text = file.start.decode("utf-8-sig", "replace").lstrip()  # what begins a record of GeoJSONSeq goes too
    first = text.partition("\n")[0]
    if text[:1] in ("{", "["):
        return "osm"
    cells = first.split("\t")
    if (len(cells) >= 19 and cells[0].isdigit()) or (len(cells) >= 11 and re.fullmatch("[A-Z]{2}", cells[0])):
        return "geonames"
    header = {name.strip().strip('"').casefold() for name in re.split("[,;\t]", first)}
    if {"name", "lat", "lon"} <= header:
        return "csv"
    if len(header) > 2 and any(re.match("adress|gata|gatu|street|väg|v.g", name) for name in header):
        return "addresses"
    if file.name.casefold().endswith((".json", ".geojson", ".geojsonl", ".geojsonseq", ".ndjson")):
        raise Refused("this is no JSON")
    raise Refused(
        "the first line tells no format: a table of places begins with name,kind,lat,lon,area,postcode,aliases; "
        "say --format if it is another one"
    )
