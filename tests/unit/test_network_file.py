"""Network files: what they may say, and how mistakes are told."""

import tomllib
from collections.abc import Callable
from copy import deepcopy
from datetime import time, timedelta
from typing import Any

import pytest

from dispatch.matching import needs_volunteers
from dispatch.network import ShiftRule
from dispatch.phones import ABROAD, DEAR
from service.doctor import _environment
from service.network_file import BUILT_IN, NetworkFileError, build_network, read_network, unknown_keys
from service.network_values import read_duration
from service.settings import Settings

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


CASE_SYSTEM = {"url": "https://kommun.example/open311/v2", "services": {"*": "099"}}


def with_system(raw: dict[str, Any], kind: str = "service", **changes: Any) -> None:
    group = next(g for g in raw["group"] if g["kind"] == kind)
    group["open311"] = {**CASE_SYSTEM, **changes}


SHIFT = {"days": "daily", "from": "17:00", "to": "21:00", "needed": 2}
EVENING = {**SHIFT, "group": "emergency"}
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
    ("no carrier", lambda r: r["network"].update(carriers=[]), "network carriers: List should have at least 1 item"),
    ("a carrier twice", lambda r: r["network"].update(carriers=["46elks", "twilio", "46elks"]), '"46elks" stands twice'),
    ("a number of no carrier", lambda r: r["network"].update(sms_numbers={"pigeon": "+46766860001"}), "network sms_numbers"),
    ("a carrier's number that is none", lambda r: r["network"].update(sms_numbers={"twilio": "x"}), '"x" is no phone number'),
    ("a country that is none", lambda r: r["network"].update(countries=["Sverige"]), '"SVERIGE" is no country'),
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
    ("a ladder for nowhere", lambda r: r["ladder"][0].update(area="mars"), 'ladder 1 is for the unknown area "mars"'),
    ("hours that no ladder has", lambda r: r["ladder"][0].update(hours="noon"), "ladder 1 hours: Input should be '*', 'holiday'"),
    (
        "two ladders for the same",
        lambda r: r["ladder"].append({**r["ladder"][1], "hours": "*"}),
        'ladder 2 and ladder 3 are both for category "*", area "*", urgency "high", hours "*"',
    ),
    ("office hours that are none", lambda r: r["network"].update(office_hours="8-17"), '"8-17" is no office hours'),
    ("fewer than no volunteers", lambda r: r["area"][0].update(volunteers=-1), "area 1 volunteers"),
    ("a time that is none", lambda r: r["category"][0].update(takes="an hour"), '"an hour" is no duration'),
    ("the program's own group", lambda r: r["group"][0].update(key="coordinators"), "is taken by the program"),
    ("a shift of nobody", lambda r: r.update(shift=[SHIFT]), "shift 1: write area or group, one of them"),
    (
        "a shift of two",
        lambda r: r.update(shift=[{**SHIFT, "area": "granna", "group": "emergency"}]),
        "shift 1: write area or group",
    ),
    (
        "a shift of an unknown group",
        lambda r: r.update(shift=[EVENING, {**SHIFT, "group": "choir"}]),
        'shift 2 is for the unknown group "choir"',
    ),
    (
        "a shift of an unknown area",
        lambda r: r.update(shift=[{**SHIFT, "area": "mars"}]),
        'shift 1 is for the unknown area "mars"',
    ),
    (
        "days that are none",
        lambda r: r.update(shift=[{**EVENING, "days": "workdays"}]),
        'shift 1 days: "workdays" is no days; write "daily"',
    ),
    (
        "a time that is none",
        lambda r: r.update(shift=[{**EVENING, "from": "25:00"}]),
        'shift 1 from: "25:00" is no time; write "17:00"',
    ),
    (
        "a shift without end",
        lambda r: r.update(shift=[{k: v for k, v in EVENING.items() if k != "to"}]),
        "shift 1 to: Field required",
    ),
    ("a shift for nobody", lambda r: r.update(shift=[{**EVENING, "needed": 0}]), "shift 1 needed: "),
    ("a shift for everybody", lambda r: r.update(shift=[{**EVENING, "needed": 101}]), "shift 1 needed: "),
    (
        "two shifts that begin together",
        lambda r: r.update(shift=[EVENING, {**EVENING, "days": "fri-sun", "to": "23:00"}]),
        "shift 2 begins on the same day and at the same time as shift 1",
    ),
    ("volunteers with a case system", lambda r: with_system(r, "emergency"), "only a service group has a case system"),
    ("no code for the others", lambda r: with_system(r, services={"care": "017"}), "for all other categories too"),
    ("a code for nothing", lambda r: with_system(r, services={"*": "1", "magic": "2"}), 'unknown category "magic"'),
    ("an address that is none", lambda r: with_system(r, url="kommun.example"), "open311 url"),
    ("another secret for a case system", lambda r: with_system(r, api_key_env="BUDKAVLE_SECRET_KEY"), "open311 api_key_env"),
    ("a key in the file", lambda r: r.update(open311={"keys": ["my key"]}), "open311 keys 1"),
    (
        "two shifts that begin together on holidays",
        lambda r: r.update(shift=[{**EVENING, "days": "daily,holidays"}, {**EVENING, "days": "holidays", "to": "23:00"}]),
        "shift 2 begins on the same day and at the same time as shift 1",
    ),
    (
        "two shifts at once that need different numbers",
        lambda r: r.update(shift=[EVENING, {**EVENING, "days": "sat", "from": "15:00", "to": "18:00", "needed": 1}]),
        "shift 2 needs 1 and shift 1 needs 2 at the same time, for one group",
    ),
    (
        "a night that the next morning contradicts",
        lambda r: r.update(
            shift=[
                {**EVENING, "days": "sun", "from": "22:00", "to": "06:00"},
                {**EVENING, "days": "mon", "from": "05:00", "to": "13:00", "needed": 1},
            ]
        ),
        "shift 2 needs 1 and shift 1 needs 2 at the same time",
    ),
    (
        "holidays where there are none",
        lambda r: (r["network"].update(holidays=""), r.update(shift=[{**EVENING, "days": "holidays"}])),
        "shift 1 is for holidays, and the network has none",
    ),
]


@pytest.mark.parametrize(("change", "words"), [row[1:] for row in MISTAKES], ids=[row[0] for row in MISTAKES])
def test_a_mistake_is_told_with_its_place(change: Callable[[dict[str, Any]], object], words: str) -> None:
    raw = deepcopy(RAW)
    change(raw)
    with pytest.raises(NetworkFileError) as error:
        build_network(raw, "network.toml")
    assert words in str(error.value)
    assert str(error.value).startswith("network.toml: ")


def test_where_the_key_of_a_case_system_stands() -> None:
    raw = deepcopy(RAW)
    with_system(raw)
    ((_, system),) = build_network(raw, "n.toml").systems.items()
    assert (system.key_name, system.service_code("care")) == ("BUDKAVLE_OPEN311_KEY_SERVICE_MUNICIPAL", "099")


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


def test_how_many_volunteers_an_area_needs() -> None:
    raw = deepcopy(RAW)
    raw["area"][0]["volunteers"] = 2
    network = build_network(raw, "x")
    first, second = (area["key"] for area in raw["area"][:2])
    assert network.volunteers_wanted == {first: 2}
    assert [needs_volunteers(network, first, count) for count in (0, 1, 2, 3)] == [True, True, False, False]
    assert needs_volunteers(network, second, 1000)  # says nothing: always more
    assert needs_volunteers(network, None, 1000)


def test_how_long_a_task_takes() -> None:
    raw = deepcopy(RAW)
    raw["category"][0]["takes"] = "1.5h"
    raw["category"][1].pop("takes")
    network = build_network(raw, "x")
    first, second = (category["key"] for category in raw["category"][:2])
    assert network.categories[first].takes == timedelta(minutes=90)
    assert network.categories[second].takes is None


@pytest.mark.parametrize("name", ["jonkoping", "starter"])
def test_volunteers_can_be_told_how_long_it_takes(name: str) -> None:
    """Whoever accepts knows the size of the task beforehand (domain.md, Privacy)."""
    for category in read_network(BUILT_IN / f"{name}.toml").categories.values():
        assert (category.takes is not None) == category.volunteers, category.key


def test_shifts() -> None:
    raw = deepcopy(RAW)
    night = {"area": "granna", "days": "sat,sun", "from": "22:00", "to": "6:30", "needed": 1}
    raw["shift"] = [EVENING, night, {**SHIFT, "group": "service-municipal"}, {**SHIFT, "group": "coordination"}]
    first, second, *_ = build_network(raw, "x").shifts
    assert first == ShiftRule("emergency", frozenset(range(1, 8)), time(17), time(21), 2)
    assert second == ShiftRule("area:granna", frozenset({6, 7}), time(22), time(6, 30), 1)
    raw.pop("shift")
    assert build_network(raw, "x").shifts == ()


NO_CONTRADICTIONS = {
    "weekdays and holidays": ("mon-fri", "holidays"),
    "weekdays, weekends and holidays": ("weekdays", "sat,sun,holidays"),
    "working days and weekends": ("weekdays", "weekends"),
}


@pytest.mark.parametrize("days", NO_CONTRADICTIONS.values(), ids=NO_CONTRADICTIONS)
def test_a_holiday_takes_the_place_of_its_weekday(days: tuple[str, str]) -> None:
    raw = deepcopy(RAW)
    raw["shift"] = [{**EVENING, "days": days[0]}, {**EVENING, "days": days[1], "needed": 5}]
    assert len(build_network(raw, "x").shifts) == 2


def test_no_area_of_jonkopings_has_shifts() -> None:
    """Whoever signs up in an area would be the only one who is asked there."""
    groups = {rule.group for rule in read_network(BUILT_IN / "jonkoping.toml").shifts}
    assert groups == {"emergency", "weekend"}


def test_how_much_a_volunteer_may_lay_out() -> None:
    raw = deepcopy(RAW)
    assert build_network(raw, "x").purchase_limit_ore == 50_000
    raw["network"]["purchase_limit"] = 300
    assert build_network(raw, "x").purchase_limit_ore == 30_000
    raw["network"]["purchase_limit"] = -1
    with pytest.raises(NetworkFileError, match="network purchase_limit"):
        build_network(raw, "x")


def test_several_carriers_with_numbers_of_their_own() -> None:
    raw = deepcopy(RAW)
    raw["network"] |= {"carriers": ["46elks", "twilio", "android"], "sms_numbers": {"twilio": "+46766860001"}}
    network = build_network(raw, "x.toml")
    assert network.carriers == ("46elks", "twilio", "android-sms")
    assert network.sms_number_of("twilio") == "+46766860001"
    assert network.sms_number_of("46elks") == network.sms_number
    assert network.own_numbers == {"+46766860000", "+46766860001"}


NUMBERS = [
    ("its own country, when nothing is said", None, "+46701234567", False, None),
    ("another country", None, "+4520123456", False, ABROAD),
    ("another country, in danger", None, "+4520123456", True, None),
    ("a country that is allowed", ["se", "dk"], "+4520123456", False, None),
    ("every country", [], "+4520123456", False, None),
    ("a satellite's number", None, "+881612345678", False, ABROAD),
    ("a number that costs extra", None, "+469001234567", False, DEAR),
    ("a number that costs extra, in danger", [], "+469391234567", True, DEAR),
    ("a landline at home", None, "+4636105000", False, None),
]


@pytest.mark.parametrize(
    ("countries", "phone", "urgent", "expected"), [row[1:] for row in NUMBERS], ids=[row[0] for row in NUMBERS]
)
def test_which_numbers_are_texted(countries: list[str] | None, phone: str, urgent: bool, expected: str | None) -> None:
    raw = deepcopy(RAW)
    if countries is not None:
        raw["network"]["countries"] = countries
    assert build_network(raw, "x.toml").numbers.refusal(phone, urgent) == expected


def test_what_is_done_by_telephone() -> None:
    raw = deepcopy(RAW)
    assert not build_network(raw, "x").masks
    raw["voice"] = {"mask": True, "read_aloud": True}
    network = build_network(raw, "x")
    assert (network.masks, network.voice.read_aloud) == (True, True)
    raw["network"]["carriers"] = ["android-sms"]
    with pytest.raises(NetworkFileError, match="needs a carrier that can phone"):
        build_network(raw, "x")


def test_doctor_asks_for_the_address_that_carriers_tell_of_calls_at() -> None:
    raw = deepcopy(RAW)
    raw["voice"] = {"read_aloud": True}
    network = build_network(raw, "x")
    needs = [found.what for found in _environment(Settings(public_url=None), network) if "how a call goes" in found.say]
    assert needs == ["BUDKAVLE_PUBLIC_URL"]
    there = _environment(Settings(public_url="https://x.se"), network)
    assert not any("how a call goes" in found.say for found in there)
