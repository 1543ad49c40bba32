"""A coordinator moves a boundary: what would change is seen first, and the neighbours follow."""

import shapely

from service.areas.corners import read, written
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


def test_corners_are_read_as_they_are_written() -> None:
    ring = shapely.box(14, 57, 15, 58).difference(shapely.box(14.2, 57.2, 14.4, 57.4))
    assert read(written(ring)).equals(ring)
