"""Migrations, named queries and what loads and runs them.

A query file in `queries/` holds one concern. Every query in it stands under its name and a line that says what it is for:

    -- name: claim_due_deadlines
    -- Takes deadlines that have passed, skipping those another worker holds.
    SELECT ...

Queries never name a schema: the connection's `search_path` chooses the network.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["QUERIES", "Query", "QueryFileError", "load", "query"]

QUERIES = Path(__file__).parent / "queries"
_NAME_LINE = re.compile(r"^--[ \t]*name:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


class QueryFileError(Exception):
    """A query file breaks the rules above; the text says where and how."""


@dataclass(frozen=True)
class Query:
    """One named query: its SQL with `$1`-style parameters, what it is for, and the name of the file it stands in."""

    name: str
    doc: str
    text: str
    file: str


def load(directory: Path = QUERIES) -> dict[str, Query]:
    """Read every query in the `*.sql` files of `directory`, by name.

    Raises QueryFileError when a query has no name, no purpose or no SQL, or has the name of another one.
    """
    found: dict[str, Query] = {}
    for path in sorted(directory.glob("*.sql")):
        for item in _parse(path):
            if item.name in found:
                raise QueryFileError(f"{path.name}: the query {item.name} stands in {found[item.name].file} already")
            found[item.name] = item
    return found


def query(name: str) -> str:
    """The SQL of the query `name`. Raises KeyError for a name that no file has."""
    return _loaded()[name].text


@cache
def _loaded() -> dict[str, Query]:
    return load()


def _parse(path: Path) -> list[Query]:
    # Splitting at the name lines gives: what stands before the first, then a name and a body in turns.
    heading, *parts = _NAME_LINE.split(path.read_text(encoding="utf-8"))
    if any(line.strip() and not line.startswith("--") for line in heading.splitlines()):
        raise QueryFileError(f"{path.name}: SQL stands before the first '-- name:' line")
    return [_block(path.name, name, body) for name, body in zip(parts[::2], parts[1::2], strict=True)]


def _block(file: str, name: str, body: str) -> Query:
    if not _NAME.fullmatch(name):
        raise QueryFileError(f"{file}: '{name}' is no name for a query; use small letters, digits and _")
    lines = body.strip().splitlines()
    comments = 0
    while comments < len(lines) and lines[comments].startswith("--"):
        comments += 1
    doc = " ".join(line.removeprefix("--").strip() for line in lines[:comments]).strip()
    text = "\n".join(lines[comments:]).strip()
    if not doc:
        raise QueryFileError(f"{file}: the query {name} does not say what it is for")
    if not text:
        raise QueryFileError(f"{file}: the query {name} has no SQL")
    return Query(name, doc, text, file)
