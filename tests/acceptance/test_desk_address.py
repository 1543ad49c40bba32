"""The address in the operator's form: what is found while it is typed, which of several it is, a position on the map, and people
who live where another network helps."""

import re
from typing import Any

import pytest

from dispatch.network import Network
from geo.fold import fold
from geo.location import Candidate, Location, Precision
from geo.model import Geography, NearbyNetwork
from geo.places import PlaceIndex
from sql import query
from tests.acceptance.conftest import NetworkChange, Town
from tests.acceptance.test_desk import GRETA, call, rows, said

GRANNA, SKARSTAD = (58.0211, 14.4676), (57.8847, 14.3683)
HOUSE = Candidate("granna", "Gränna", "Storgatan 4, Gränna", *GRANNA, 0.95, Precision.ADDRESS)
OTHER = Candidate("kaxholmen", "Skärstad", "Storgatan 4, Skärstad", *SKARSTAD, 0.9, Precision.ADDRESS)
BESIDE = Candidate(None, None, "Furusjö", 57.9, 13.95, 0.9, Precision.PLACE, nearby="Habo kommun")


@pytest.fixture
def change_network() -> NetworkChange:
    return lambda raw: raw["network"].update(quiet_hours="")


@pytest.fixture
def gazetteer(monkeypatch: pytest.MonkeyPatch) -> dict[str, Location]:
    """What is found for each text. A text that is not in it is looked for by names alone."""
    known: dict[str, Location] = {}
    from dispatch.gazetteer import locate as by_names

    async def locate(pool: Any, network: Network, index: PlaceIndex, text: str, near: str | None = None) -> Location:
        return known[text] if text in known and pool is not None else await by_names(None, network, index, text)

    monkeypatch.setattr("service.desk.where.locate", locate)
    return known


@pytest.fixture(autouse=True)
def texts_are_of_other_stories(town: Town) -> None:
    town.ignore(town.phone(GRETA), town.coordinator, town.service_group, town.enterprise)


async def needs(town: Town) -> list[tuple[Any, ...]]:
    found = await rows(town, "SELECT area, place, address, lat, lon, located FROM need ORDER BY id")
    return [tuple(row.values()) for row in found]


async def test_a_house_that_was_found_is_saved_with_its_position(town: Town, gazetteer: dict[str, Location]) -> None:
    gazetteer["Storgatan 4, Gränna"] = Location((HOUSE,), is_clear=True)
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sends("/desk/look", "Område: Gränna", "Storgatan 4, Gränna", "huset är hittat", **call())
        await said(olle, "handla mat, Gränna")
    assert await needs(town) == [("granna", "Gränna", "Storgatan 4, Gränna", *GRANNA, "address")]


async def test_the_operator_picks_among_places_of_one_name(town: Town, gazetteer: dict[str, Location]) -> None:
    gazetteer["Storgatan 4"] = Location((HOUSE, OTHER))
    typed = {"address": "Storgatan 4"}
    async with town.signed_in("operator", "Olle") as olle:
        page = await olle.sends(
            "/desk/look", "Det kan vara flera ställen", "Storgatan 4, Gränna", "Storgatan 4, Skärstad", **call(**typed)
        )
        pick = re.search(r'name="address-pick" value="([^"]*Skärstad)"', page)
        assert pick
        typed["address-pick"] = pick[1]
        # A problem elsewhere in the form: what was picked stays picked.
        page = await olle.sends("/desk", f'value="{pick[1]}" checked', status=422, **call(**typed, text_1=""))
        await olle.sends("/desk/look", "huset är hittat", **call(**typed))
        # Other words: what was picked is not meant any more.
        await olle.sends("/desk/look", "Område: Tenhult", without=("checked",), **call(**{**typed, "address": "Tenhult"}))
        await said(olle, "handla mat", **typed)
    assert (await needs(town))[0][3:] == (*SKARSTAD, "address")


async def test_what_nobody_picks_is_asked_about(town: Town, gazetteer: dict[str, Location]) -> None:
    gazetteer["Storgatan 4"] = Location((HOUSE, OTHER))
    async with town.signed_in("operator", "Olle") as olle:
        await said(olle, address="Storgatan 4", **{"address-pick": "none"})
        await olle.sends("/desk/look", "Storgatan 4, Gränna", "huset är hittat", area="granna", address="Storgatan 4")
    await town.phone(GRETA).expects("Var bor du?")
    assert await needs(town) == [(None, None, "", None, None, None)]


async def test_what_is_left_open_is_asked_about_with_the_choices(town: Town, gazetteer: dict[str, Location]) -> None:
    gazetteer["Storgatan 4"] = Location((HOUSE, OTHER))
    async with town.signed_in("operator", "Olle") as olle:
        await said(olle, address="Storgatan 4")
    await town.phone(GRETA).expects("Storgatan 4", "1 Gränna", "2 Skärstad")
    await town.phone(GRETA).sends("2")
    assert (await needs(town))[0][3:] == (*SKARSTAD, "address")


async def test_an_address_of_the_resident_is_looked_up_and_told_apart_by_what_we_know(
    town: Town, gazetteer: dict[str, Location]
) -> None:
    """Greta lives in Gränna: of two Storgatan 4 it is hers. Without typing anything, her position is saved."""
    need = {
        "phone": GRETA,
        "name": "Greta Ek",
        "category": "company",
        "area": "granna",
        "address": "Storgatan 4",
        "text": "Prata",
    }
    await town.api("POST", "needs", need, status=201)
    gazetteer["Storgatan 4"] = Location((OTHER, HOUSE))
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sends("/desk/look", "Område, som vi vet: Gränna", "huset är hittat", without=("Vilket",), **call(address=""))
        await olle.sends("/desk/look", "Område: Gränna", "huset är hittat", **call(address="Storgatan 4"))
        await said(olle, "handla mat, Gränna", address="")
    assert (await needs(town))[1] == ("granna", None, "Storgatan 4", *GRANNA, "address")


async def test_a_position_on_the_map(town: Town) -> None:
    """The red house by the lake: the operator points it out, and the words stay as they were said."""
    red = {"address": "det röda huset vid sjön", "address-pin": "58.0250,14.4700"}
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sends("/desk/look", "Område: Gränna", "nära Gränna", "läge på kartan", "Ta bort läget", **call(**red))
        page = await olle.sends("/desk", status=422, **call(**red, text_1=""))
        assert 'value="58.025000,14.470000"' in page
        await olle.sends("/desk/look", "Platsen känner vi inte", **call(**{**red, "address-pin": "nan,x"}))
        await olle.sends("/desk/look", "Platsen känner vi inte", **call(**{**red, "address-pin": "nan,nan"}))
        await said(olle, "handla mat, Gränna", **red)
        shown = await olle.sees("/desk/map.json")
        assert '"granna"' in shown
    assert await needs(town) == [("granna", "Gränna", "det röda huset vid sjön", 58.025, 14.47, "position")]


async def test_outside_the_network_is_said_at_once_and_becomes_a_colleagues(town: Town, gazetteer: dict[str, Location]) -> None:
    """Greta is known in Gränna; what she asks for now is in Habo, so that nobody in Gränna is asked."""
    need = {
        "phone": GRETA,
        "name": "Greta Ek",
        "category": "company",
        "area": "granna",
        "address": "Storgatan 4",
        "text": "Prata",
    }
    await town.api("POST", "needs", need, status=201)
    await town.settle()
    gazetteer["Furusjö"] = Location((BESIDE,), is_clear=True)
    shape = town.runtime.network.atlas.geography
    nearby = (NearbyNetwork("Habo kommun", "+46364428000"),)
    town.runtime.network.atlas.geography = Geography(shape.areas, shape.outline, shape.barriers, nearby)
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sends(
            "/desk/look", "Utanför vårt nätverk: Habo kommun", "036-442 80 00", "Närmast är", **call(address="Furusjö")
        )
        await olle.sends(
            "/desk/look", "Område: Järstorp, Kortebo", without=("Utanför",), **call(address="Furusjö", area="bankeryd")
        )
        await said(olle, "En person hos oss tar hand om det", address="Furusjö")
        await olle.sees("/desk/inbox", "Ligger utanför våra områden", "Greta Ek")
    assert (await needs(town))[1] == (None, "Habo kommun", "Furusjö", 57.9, 13.95, "place")
    (person,) = await rows(town, "SELECT area, address FROM person WHERE phone = $1", GRETA)
    assert person == {"area": "granna", "address": "Storgatan 4"}


async def test_danger_outside_the_network_is_an_alarm_all_the_same(town: Town, gazetteer: dict[str, Location]) -> None:
    gazetteer["Furusjö"] = Location((BESIDE,), is_clear=True)
    async with town.signed_in("operator", "Olle") as olle:
        await said(olle, "112", address="Furusjö", danger="yes")
    task = await town.task()
    assert (task["urgency"], task["area"]) == ("emergency", None)
    assert (await needs(town))[0][3:5] == (57.9, 13.95)


async def test_staff_who_correct_an_address_see_what_was_found(town: Town, gazetteer: dict[str, Location]) -> None:
    gazetteer["Storgatan 4"] = Location((HOUSE, OTHER))
    gazetteer["Storgatan 4, Skärstad"] = Location((OTHER,), is_clear=True)
    need = {"phone": GRETA, "name": "Greta Ek", "category": "company", "text": "Prata", "area": "granna"}
    await town.api("POST", "needs", need, status=201)
    code = (await town.task())["code"]
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sends(f"/board/{code}/change", "Storgatan 4, ", "(huset är hittat)", area="granna", address="Storgatan 4")
        assert (await needs(town))[0][2:] == ("Storgatan 4", *GRANNA, "address")
        there = {"area": "kaxholmen", "address": "Storgatan 4, Skärstad"}
        await karin.sends(f"/board/{code}/change", "Skärstad", "(huset är hittat)", **there)
        assert (await needs(town))[0][3:] == (*SKARSTAD, "address")
        await karin.sends(f"/board/{code}/change", without=("(huset är hittat)",), area="kaxholmen", address="vid sjön")
        assert (await needs(town))[0][3:] == (None, None, None)


async def test_a_gazetteer_that_does_not_answer_holds_nobody_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of the network file are known without it."""
    monkeypatch.setattr("dispatch.gazetteer.LONGEST_SECONDS", 0.05)
    async with town.signed_in("operator", "Olle") as olle, town.runtime.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE gazetteer_name")
        await olle.sends("/desk/look", "Område: Gränna", **call())
        await said(olle, "handla mat, Gränna")
    assert (await needs(town))[0][0] == "granna"


async def test_a_street_that_was_imported(town: Town) -> None:
    """From the gazetteer to the request, with nothing in between made up."""
    pool = town.runtime.pool
    source = await pool.fetchval(
        "INSERT INTO gazetteer_source (name, format, imported_at, names, addresses, rejected) "
        "VALUES ('addresses', 'addresses', now(), 2, 1, 0) RETURNING id"
    )
    for locality, (lat, lon) in (("Gränna", GRANNA), ("Skärstad", SKARSTAD)):
        street = await pool.fetchval(
            "INSERT INTO gazetteer_name (source_id, kind, name, folded, locality, locality_folded, lat, lon) "
            "VALUES ($1, 'street', 'Storgatan', 'storgatan', $2, $3, $4, $5) RETURNING id",
            source, locality, fold(locality), lat, lon,
        )  # fmt: skip
        await pool.execute("INSERT INTO gazetteer_address VALUES ($1, 4, '', '', $2, $3)", street, lat, lon)
    await pool.execute(query("gazetteer_add_spellings"))
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sends(
            "/desk/look", "Vilket är det?", "Storgatan 4, Gränna", "Storgatan 4, Skärstad", **call(address="storg. 4")
        )
        await olle.sends("/desk/look", "huset är hittat", without=("Vilket",), **call(address="storg. 4, grenna"))
        fetched = {"fetch": "1", "from_address": "storg. 4"}
        await olle.sends("/desk/look", "Det kan vara flera platser", "Storgatan 4, Skärstad", **call(**fetched))
        pick = {"from_address-pick": "kaxholmen|Storgatan 4, Skärstad"}
        await olle.sends("/desk/look", "Område: Kaxholmen", "huset är hittat", **call(**fetched, **pick))
        await said(olle, "från Skärstad till Gränna", **{"category-1": "errand"}, **fetched, **pick)
        await said(olle, "handla mat", address="storg. 4", area="kaxholmen", form="form-of-another-call-1")
    assert (await needs(town))[-1][3:] == (*SKARSTAD, "address")
    origin = await pool.fetchrow("SELECT from_area, from_place, from_lat, from_lon FROM need WHERE from_area IS NOT NULL")
    assert tuple(origin) == ("kaxholmen", "Skärstad", *SKARSTAD)
