"""Network files: what they may say, and how mistakes are told."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from service.network_file import BUILT_IN, NetworkFileError, build_network, read_duration, read_network, unknown_keys

RAW = tomllib.loads((BUILT_IN / "jonkoping.toml").read_text(encoding="utf-8"))


def test_the_networks_that_come_along_can_be_read() -> None:
    jonkoping, starter = read_network(BUILT_IN / "jonkoping.toml"), read_network(BUILT_IN / "starter.toml")
    assert len(jonkoping.areas) == 11
    assert sum(len(a.places) for a in jonkoping.areas.values()) == 42
    assert starter.coordinators
    for name in ("jonkoping", "starter"):
        assert unknown_keys(BUILT_IN / f"{name}.toml") == []


@pytest.mark.parametrize(("text", "seconds"), [("2s", 2), ("15m", 900), ("1h", 3600), ("1.5h", 5400), ("1d", 86400)])
def test_durations(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "15", "m", "0m", "-1m", "15 minutes", 15, None])
def test_no_durations(text: object) -> None:
    with pytest.raises(ValueError, match="is no duration"):
        read_duration(text)


MISTAKES: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    ("no network", lambda r: r.pop("network"), "network: Field required"),
    ("no area", lambda r: r.update(area=[]), "area: List should have at least 1 item"),
    ("a key in capitals", lambda r: r["network"].update(key="Jönköping"), "network key:"),
    ("a zone that is none", lambda r: r["network"].update(timezone="Småland"), '"Småland" is no time zone'),
    ("hours that are none", lambda r: r["network"].update(quiet_hours="25:00-07:00"), 'write "21:00-07:00"'),
    ("a number that is none", lambda r: r["network"].update(coordinators=["112x"]), '"112x" is no phone number'),
    (
        "a contact that is none",
        lambda r: r["group"][2].update(contacts=["a@b"]),
        '"a@b" is no phone number and no e-mail address',
    ),
    ("an unknown carrier", lambda r: r["network"].update(carriers=["pigeon"]), "network carriers 1"),
    ("an area twice", lambda r: r["area"].append(r["area"][0]), 'area "vaster" stands twice'),
    ("an unknown neighbour", lambda r: r["area"][0].update(neighbours=["mars"]), 'unknown neighbour "mars"'),
    ("swapped coordinates out of range", lambda r: r["area"][0]["places"][0].update(lat=157.0), "area 1 places 1 lat"),
    ("a kind that is none", lambda r: r["group"][0].update(kind="choir"), "group 1 kind"),
    ("an unknown category", lambda r: r["ladder"][0].update(category="magic"), 'unknown category "magic"'),
    (
        "a step without wait",
        lambda r: r["ladder"][0]["step"][1].pop("wait"),
        'ladder 1 step 2: a step that asks "area" needs wait',
    ),
    ("a volunteer who acknowledges", lambda r: r["ladder"][0]["step"][1].update(acknowledge="5m"), "acknowledge, not"),
    ("somebody unknown to ask", lambda r: r["ladder"][0]["step"][0].update(ask="mayor"), "ladder 1 step 1 ask"),
    ("the program's own group", lambda r: r["group"][0].update(key="coordinators"), "is taken by the program"),
]


@pytest.mark.parametrize(("change", "words"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_told_with_its_place(change: Callable[[dict[str, Any]], object], words: str) -> None:
    raw = deepcopy(RAW)
    change(raw)
    with pytest.raises(NetworkFileError) as error:
        build_network(raw, "network.toml")
    assert words in str(error.value)
    assert str(error.value).startswith("network.toml: ")


def test_all_mistakes_are_told_at_once() -> None:
    raw = deepcopy(RAW)
    raw["network"].update(timezone="x", quiet_hours="y")
    with pytest.raises(NetworkFileError) as error:
        build_network(raw, "n.toml")
    assert len(str(error.value).splitlines()) == 2


def test_contacts_are_numbers_or_addresses() -> None:
    """Numbers as E.164, addresses in small letters; a hotline must be phoned."""
    raw = tomllib.loads((BUILT_IN / "jonkoping.toml").read_text(encoding="utf-8"))
    assert not build_network(raw, "x").writes_mail
    service = next(g for g in raw["group"] if g["kind"] == "service")
    service["contacts"] = ["070-111 00 02", "Grupp@Kommun.example"]
    network = build_network(raw, "x")
    assert next(g for g in network.groups if g.key == service["key"]).contacts == ("+46701110002", "grupp@kommun.example")
    assert network.writes_mail
    raw["network"]["phone"] = "hotline@kommun.example"
    with pytest.raises(NetworkFileError, match="is no phone number"):
        build_network(raw, "x")
