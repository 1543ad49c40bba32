"""The areas of the Jönköping network for tests that need a map, and the labelled messages."""

import json
import tomllib
from pathlib import Path
from typing import Any

from geo.model import Area, Place
from service.network_file import BUILT_IN

HERE = Path(__file__).parent
CATEGORIES = "groceries pharmacy errand meals transport company pet tech home other care money".split(" ")


def areas() -> list[Area]:
    """Read the test copy of the network's areas."""
    rows = json.loads((HERE / "data" / "jonkoping_areas.json").read_text(encoding="utf-8"))
    return [
        Area(
            row["key"],
            row["name"],
            tuple(Place(name, lat, lon, row["key"]) for name, lat, lon in row["places"]),
            tuple(row["postcodes"]),
        )
        for row in rows
    ]


def messages(name: str) -> list[dict[str, Any]]:
    """Read a corpus: dev, unseen, fresh or final."""
    text = (HERE / "corpus" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def raw_network() -> dict[str, Any]:
    """Jönköping's network file as it is parsed, for a test to change."""
    return tomllib.loads((BUILT_IN / "jonkoping.toml").read_text(encoding="utf-8"))
