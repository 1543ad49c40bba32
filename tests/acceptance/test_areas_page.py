"""A coordinator moves a boundary: what would change is seen first, and the neighbours follow."""

import json
import re
from pathlib import Path

import pytest
import shapely

from geo import area_check
from geo.area_check import check_areas
from geo.area_map import AreaMap
from geo.model import Area, Geography, Place
from service.areas.corners import read, written
from service.areas.shown import FINDINGS, finding_told
from service.web.texts import texts
from tests.acceptance.conftest import Town
from tests.acceptance.test_board import asks


def _larger(town: Town, key: str) -> str:
    """The area with a piece of its neighbours: a few kilometres further in each direction."""
    return written(town.runtime.network.atlas.map.outlines[key].buffer(0.03).simplify(0.002))


async def test_a_boundary_is_moved_and_drawn_from_its_places_again(town: Town) -> None:
    before = town.runtime.network.atlas.map.outlines["granna"]
    drawn = _larger(town, "granna")
    async with town.signed_in() as karin, town.signed_in() as per:
        await karin.sees("/areas", "ritat efter sina orter")
        await karin.sends("/areas/preview", "Det här skulle ändras", "Spara gränsen", area="granna", version="0", corners=drawn)
        assert town.runtime.network.atlas.map.outlines["granna"].equals(before), "nothing is stored by looking"
        await karin.sends("/areas/granna", "Sparat", version="0", corners=drawn)
        after = town.runtime.network.atlas.map.outlines["granna"]
        assert after.area > before.area
        await per.sends("/areas/preview", "Någon annan har flyttat en gräns", area="granna", version="0", corners=written(before))
        text = await per.sends(
            "/areas/granna", "Någon annan har flyttat en gräns", status=409, version="0", corners=written(before)
        )
        assert written(before).splitlines()[0] in text, "what was drawn is kept"
        await per.sends("/areas/granna", "Sparat", version=str(town.runtime.network.atlas.version), again="yes")


async def test_what_is_no_area_is_refused_in_words(town: Town) -> None:
    async with town.signed_in() as karin:
        for corners, said in (
            ("57.1, 14.1\n57.2, 14.2", "minst tre hörn"),
            ("57.1, 14.1\nhej", "Rad 2"),
            ("57.8, 14.2\n57.8, 14.20001\n57.80001, 14.2", "för litet"),
        ):
            await karin.sends("/areas/preview", said, status=422, area="granna", version="0", corners=corners)
        await karin.sends("/areas/preview", status=404, area="atlantis", version="0", corners="")
        await karin.sends("/areas/granna", status=403, csrf="wrong", version="0", corners="")


async def test_who_may(town: Town) -> None:
    async with town.signed_in("area-lead", area="granna") as lead, town.signed_in("operator") as operator:
        await lead.sees("/areas", "ritat efter sina orter", without=("/areas?area=",))
        await lead.sends("/areas/granna", status=403, version="0", again="yes")
        await operator.sees("/areas", status=403)


async def test_an_open_task_moves_when_it_is_left_ticked(town: Town) -> None:
    town.ignore(await town.volunteer("Anna Berg", "granna"))
    code = await asks(town)
    await town.runtime.pool.execute("UPDATE need SET lat = 58.02, lon = 14.47")
    network = town.runtime.network
    assert network.atlas.map.area_at(58.02, 14.47) == "granna"
    other = next(iter(network.neighbours["granna"]))
    drawn = written(shapely.union(network.atlas.map.outlines[other], shapely.box(14.46, 58.01, 14.48, 58.03)))
    async with town.signed_in() as karin:
        await karin.sends("/areas/preview", f"move-{code}", area=other, version="0", corners=drawn)
        await karin.sends(f"/areas/{other}", f"Flyttade: {code}", **{"version": "0", "corners": drawn, f"move-{code}": "yes"})
    assert await town.runtime.pool.fetchval("SELECT area FROM need") == other


async def test_open_tasks_are_pins_and_a_protected_resident_is_nowhere_but_at_the_place(town: Town) -> None:
    town.ignore(await town.volunteer("Anna Berg", "granna"))
    code = await asks(town)
    place = next(p for p in town.runtime.network.areas["granna"].places if p.name == "Gränna")
    await town.runtime.pool.execute("UPDATE need SET lat = 58.02, lon = 14.47")
    async with town.signed_in() as karin, town.signed_in("area-lead", area="granna") as lead:
        (pin,) = json.loads(await karin.sees("/areas/map.json"))["pins"]
        assert (pin["lat"], pin["lon"]) == (58.02, 14.47) and pin["say"].startswith(f"{code}: Handla mat, ")
        await town.runtime.pool.execute("UPDATE person SET protected = true WHERE id = (SELECT resident_id FROM need)")
        (pin,) = json.loads(await karin.sees("/areas/map.json"))["pins"]
        assert (pin["lat"], pin["lon"]) == (place.lat, place.lon)
        seen = json.loads(await lead.sees("/areas/map.json", without=(code,)))
        assert seen["pins"] == [] and [f["properties"]["name"] for f in seen["barriers"]["features"]][:1] == ["Vättern"]


async def test_what_is_too_much_to_move_at_once_is_counted(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.areas.effect.MOST_TASKS", 0)
    await asks(town)
    await town.runtime.pool.execute("UPDATE need SET lat = 58.02, lon = 14.47")
    network = town.runtime.network
    other = next(iter(network.neighbours["granna"]))
    drawn = written(shapely.union(network.atlas.map.outlines[other], shapely.box(14.46, 58.01, 14.48, 58.03)))
    async with town.signed_in() as karin:
        await karin.sends("/areas/preview", "för många att flytta på en gång: 1", area=other, version="0", corners=drawn)


async def test_findings_and_history_are_told(town: Town) -> None:
    async with town.signed_in() as karin:
        await karin.sees("/areas", "Inget: varje ort ligger i sitt eget område", without=("Gränser som flyttats nyligen",))
        spot = town.runtime.network.atlas.map.outlines["granna"].representative_point()
        await karin.sends("/areas/granna", "Sparat", version="0", corners=written(spot.buffer(0.01)))
        await karin.sees("/areas", "Visingsö hör till Gränna och Örserum, men ligger i ", "Gränser som flyttats nyligen", "→")


def test_every_kind_of_finding_has_words() -> None:
    one, two, three = (shapely.box(x, 57, x + 1, 58) for x in (14, 14.9, 14.999))
    areas = tuple(
        Area(key, key.title(), (Place(f"{key}-by", 57.5, lon, key),) if lon else (), ())
        for key, lon in (("a", 14.5), ("b", 14.95), ("c", 17.0), ("d", None))
    )
    far = shapely.union(three, shapely.box(16.5, 57, 16.6, 57.1))
    geography = Geography(areas, outline=shapely.box(14, 56.9, 16.8, 58))
    whole = {"a": one, "b": two, "c": far, "d": one.intersection(two), "x": one}
    for drawn in (whole, {"a": one, "c": far}):
        areas_now = AreaMap(geography, {key: shape for key, shape in drawn.items() if key != "x"})
        found = check_areas(areas_now, drawn)
        told = [finding_told(finding, areas_now, {"a": "Ås", "b": "By"}, texts("sv")) for finding in found]
        assert found and not any("%(" in say or " is " in say for say in told), told
    kinds = set(re.findall(r'Finding\("(\w+)"', Path(area_check.__file__).read_text(encoding="utf-8")))
    assert kinds == {kind for kind, _ in FINDINGS}


def test_corners_are_read_as_they_are_written() -> None:
    ring = shapely.box(14, 57, 15, 58).difference(shapely.box(14.2, 57.2, 14.4, 57.4))
    assert read(written(ring)).equals(ring)
