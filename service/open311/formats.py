"""GeoReport v2 as XML and as JSON: written, and read from whoever sends it. Pure.

A document is, here as in JSON, a list of flat records, or one record. In XML the lists have names of their own, and each entry
the singular's: `<services><service>…`. What comes in is data from a stranger: see `read`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

import orjson

JSON, XML = "json", "xml"
CONTENT_TYPES = {JSON: "application/json", XML: "text/xml"}
BIGGEST = 1_000_000  # bytes of a document that is read
MOST_ENTRIES = 1_000
LONGEST_VALUE = 4_000  # characters of a value that is read
# What an entry of each list is called.
_ENTRIES = {
    "services": "service",
    "service_requests": "request",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
_LISTS = {name: _ENTRIES[name] for name in ("services", "service_requests", "errors")} | {"requests": "request"}  # that are read
_MORE_THAN_DATA = re.compile(r"<!(?!--|\[CDATA\[)")  # a document type, or what stands in one

Record = dict[str, str]


class Unreadable(ValueError):
    """What came is no document of GeoReport; str() says why, with nothing of what it holds."""


def written(name: str, data: Any, form: str) -> bytes:
    """A document in UTF-8. name: its outermost element in XML; form: JSON or XML."""
    if form == JSON:
        return orjson.dumps(data)
    root = _element(name, data)
    body: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return body


def _element(name: str, value: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(value, Mapping):
        element.extend(_element(key, part) for key, part in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        element.extend(_element(_ENTRIES[name], part) for part in value)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif value is not None:
        element.text = "".join(c for c in str(value) if _is_xml(c))
    return element


def _is_xml(character: str) -> bool:
    """May it stand in XML 1.0 (section 2.2)?"""
    code = ord(character)
    return code in (9, 10, 13) or 32 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def read(body: bytes, content_type: str) -> list[Record]:
    """The records of a list of services, requests, tokens or errors, every value a text; a lone record is a list of one.

    Nothing is believed: too big, too many, not UTF-8, or with a document type (from where entities come that grow without
    end, or are fetched from elsewhere) is Unreadable. What is no text in a record is left out.
    """
    if len(body) > BIGGEST:
        raise Unreadable("too big")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error
    is_xml = "xml" in content_type or ("json" not in content_type and text.lstrip().startswith("<"))
    found = _from_xml(text) if is_xml else _from_json(text)
    if len(found) > MOST_ENTRIES:
        raise Unreadable("too many entries")
    return found


def _from_json(text: str) -> list[Record]:
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Unreadable("no JSON") from error
    if isinstance(data, dict):
        # Some wrap the list in an object, as XML does.
        data = next((v for k, v in data.items() if k in _LISTS and isinstance(v, list)), [data])
    if not isinstance(data, list):
        raise Unreadable("no list")
    return [{k: told for k, v in record.items() if (told := _told(v)) is not None} for record in data if isinstance(record, dict)]


def _told(value: Any) -> str | None:
    """A simple value as a text; numbers too, for some write identifiers so. None for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:LONGEST_VALUE].strip() if isinstance(value, str | int | float) else None


def _from_xml(text: str) -> list[Record]:
    if _MORE_THAN_DATA.search(text):
        raise Unreadable("has a document type")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without a document type there are no entities but XML's own five
    except (ElementTree.ParseError, ValueError) as error:
        raise Unreadable("no XML") from error
    entry_name = _LISTS.get(_name(root))
    return [_record(root)] if entry_name is None else [_record(entry) for entry in root if _name(entry) == entry_name]


def _record(entry: ElementTree.Element) -> Record:
    return {_name(child): (child.text or "").strip()[:LONGEST_VALUE] for child in entry if len(child) == 0}


def _name(element: ElementTree.Element) -> str:
    """Without its namespace."""
    return str(element.tag).rpartition("}")[2]


def moment(text: str | None) -> datetime | None:
    """A date and time with its offset (W3C's profile of ISO 8601); None for anything else: without an offset it says nothing."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def error_text(records: Sequence[Record]) -> str:
    """What an answer of errors says, in one line; empty when it says nothing."""
    said = (f"{e.get('code', '')} {e.get('description', '')}".strip() for e in records)
    return " ".join("; ".join(s for s in said if s).split())[:200]
