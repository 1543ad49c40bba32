"""An operator looks an address up online: only the address is sent, only when a key is pressed, and never is it needed."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from dispatch.network import Geocoder
from geo.location import Precision
from service.doctor import _geocoder
from service.geocoding.online import Online, open_online
from tests.acceptance.conftest import NetworkChange, Town
from tests.acceptance.test_desk import GRETA, call, rows, said
from tests.fake_geocoder import FakeGeocoder, fake_geocoder, nominatim_place, photon_place

ROAD = "Okända vägen 7, Gränna"
SPOT = (58.0211, 14.4676)
PLACES = {"nominatim": nominatim_place, "photon": photon_place}


@pytest.fixture
def change_network() -> NetworkChange:
    return lambda raw: raw["network"].update(quiet_hours="")


@pytest.fixture(params=["nominatim", "photon"])
async def there(request: pytest.FixtureRequest, town: Town) -> AsyncIterator[FakeGeocoder]:
    """The town's network has chosen a geocoder, which knows one more road than the network."""
    async with fake_geocoder(request.param) as fake:
        fake.places[ROAD] = [PLACES[fake.kind]("Okända vägen", "7", "Gränna", *SPOT)]
        town.runtime.geocoder = await geocoder(town, fake)
        town.ignore(town.phone(GRETA), town.coordinator, town.service_group, town.enterprise)
        yield fake


async def geocoder(town: Town, fake: FakeGeocoder, timeout: float = 1.0, every: float = 0.0) -> Online:
    runtime = town.runtime
    network = replace(runtime.network, geocoder=Geocoder(fake.kind, fake.url, timeout, every))
    made = await open_online(network, town.web, runtime.pool, "test-secret-key", runtime.wall.now)
    assert made is not None
    return made


async def test_an_operator_looks_it_up_online(town: Town, there: FakeGeocoder) -> None:
    typed: dict[str, Any] = {"address": "Okända vägen 7, lgh 1102, Gränna"}
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sends("/desk/look", "Slå upp på nätet", f"Skickar ”{ROAD}”, och inget annat, till 127.0.0.1", **call(**typed))
        await olle.sends("/desk", "noscript", status=422, **call(**typed, text_1=""))
        assert there.asked == []
        page = await olle.sends(
            "/desk/look", "Hittat på nätet", "Okända vägen 7, Gränna", "© OpenStreetMap", **call(**typed, online="address")
        )
        pick = re.search(r'name="address-pick" value="([^"]*Okända vägen 7, Gränna)"', page)
        assert pick
        # From now on it is known: going on typing asks nobody.
        typed["address-pick"] = pick[1]
        await olle.sends("/desk/look", "Okända vägen 7, Gränna", "huset är hittat", **call(**typed))
        # Without scripts the button belongs to the form.
        await olle.sends("/desk", "Okända vägen 7, Gränna", **call(**typed, online="address"))
        await said(olle, "handla mat, Gränna", **typed)
    assert there.asked == [ROAD]
    (need,) = await rows(town, "SELECT area, lat, lon, located FROM need")
    assert tuple(need.values()) == ("granna", *SPOT, "address")
    (kept,) = await rows(town, "SELECT * FROM geocoder_answer")
    assert b"Ok" not in kept["address_key"] and len(kept["address_key"]) == 32
    assert "lgh" not in kept["answer"] and "Greta" not in kept["answer"]


async def test_a_protected_identity_is_never_looked_up_online(town: Town, there: FakeGeocoder) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        told = call(address=ROAD, protected="1", online="address")
        await olle.sends("/desk/look", without=("Slå upp på nätet", "på nätet"), **told)
        await said(olle, address=ROAD, protected="1")
        again = call(address=ROAD, online="address", form="form-of-one-call-0002")
        await olle.sends("/desk/look", "Skyddad", without=("Slå upp på nätet",), **again)
    assert there.asked == []


@pytest.mark.parametrize("town_has", ["none", "house"])
async def test_no_key_where_there_is_nothing_to_ask(town: Town, town_has: str) -> None:
    async with town.signed_in("operator", "Olle") as olle, fake_geocoder("photon") as fake:
        if town_has == "house":
            town.runtime.geocoder = await geocoder(town, fake)
        pinned = {"address-pin": f"{SPOT[0]},{SPOT[1]}"} if town_has == "house" else {}
        await olle.sends("/desk/look", without=("på nätet",), **call(address=ROAD, online="address", **pinned))
        assert fake.asked == []


BAD_DAYS: dict[str, dict[str, Any]] = {
    "slow": {"takes": 5.0},
    "too many": {"status": 429, "headers": {"Retry-After": "7200"}},
    "broken": {"status": 500},
    "moved": {"status": 302, "headers": {"Location": "/elsewhere"}},
    "a page": {"body": "<html>Bandwidth limit exceeded</html>"},
    "no list": {"body": '{"error": "Unable to geocode"}'},
    "endless": {"body": "[" + " " * 400_000 + "]"},
    "deep": {"body": "[" * 100_000},
    "empty": {"body": ""},
}


@pytest.mark.parametrize("there", ["nominatim"], indirect=True)
@pytest.mark.parametrize("day", BAD_DAYS)
async def test_whatever_it_does_the_operator_goes_on(town: Town, there: FakeGeocoder, day: str) -> None:
    for name, value in BAD_DAYS[day].items():
        setattr(there, name, value)
    town.runtime.geocoder = await geocoder(town, there, timeout=0.2)
    async with town.signed_in("operator", "Olle") as olle:
        asks = call(address=ROAD, online="address")
        await olle.sends("/desk/look", "Inget hittades på nätet", "Område: Gränna", **asks)
        if day == "too many":  # it is left alone for as long as it says, within reason
            there.status = 200
            await olle.sends("/desk/look", "Inget hittades på nätet", **asks)
            assert len(there.asked) == 1
    (warned, *_) = [entry for entry in town.log if entry["event"] == "geocoder.no_answer"]
    assert "Okända" not in str(town.log)
    assert warned["kind"] == "nominatim"
    assert await rows(town, "SELECT 1 FROM geocoder_answer") == []


async def test_answers_elsewhere_and_coarse_ones_are_none(town: Town, there: FakeGeocoder) -> None:
    made = PLACES[there.kind]
    there.places[ROAD] = [made("Okända vägen", "7", "Malmö", 55.6, 13.0), made("Okända vägen", "", "Habo", 57.90, 13.95)]
    online = town.runtime.geocoder
    assert online is not None
    found = await online.find(ROAD)
    assert [(c.label, c.area, c.precision) for c in found] == [("Okända vägen, Habo", None, Precision.STREET)]


@pytest.mark.parametrize("there", ["photon"], indirect=True)
async def test_one_question_at_a_time_and_the_time_between_is_kept_by_all_processes(town: Town, there: FakeGeocoder) -> None:
    """Two processes with two operators each."""
    here, beside = await geocoder(town, there, 2.0, 0.15), await geocoder(town, there, 2.0, 0.15)
    there.takes = 0.02
    await asyncio.gather(*(who.find(f"Vägen {n}, Gränna") for n, who in enumerate((here, beside, here, beside))))
    gaps = [after - before for before, after in zip(there.moments, there.moments[1:], strict=False)]
    assert len(gaps) == 3
    assert min(gaps) > 0.1
    # Whoever would have to wait longer than for an answer goes on without.
    quick = await geocoder(town, there, 0.05, 10.0)
    there.places["Vägen 9, Gränna"] = there.places[ROAD]
    await quick.find("Vägen 8, Gränna")
    assert await quick.find("Vägen 9, Gränna") == ()
    assert "Vägen 9, Gränna" not in there.asked


@pytest.mark.parametrize("there", ["photon"], indirect=True)
async def test_answers_are_kept_for_a_month_and_none_when_it_is_switched_off(town: Town, there: FakeGeocoder) -> None:
    online, pool = town.runtime.geocoder, town.runtime.pool
    assert online is not None
    assert all(await asyncio.gather(online.find(ROAD), online.find(ROAD)))  # an impatient second click
    assert await online.find(ROAD.upper())  # the same address, written otherwise
    assert there.asked == [ROAD]
    await pool.execute("UPDATE geocoder_answer SET expires_on = current_date")
    assert await online.known(ROAD) == ()
    there.places["Vägen 1, Gränna"] = there.places[ROAD]
    await online.find("Vägen 1, Gränna")
    assert len(await rows(town, "SELECT 1 FROM geocoder_answer")) == 1  # the old one is gone
    assert await open_online(replace(town.runtime.network, geocoder=None), town.web, pool, "k", town.runtime.wall.now) is None
    assert await rows(town, "SELECT 1 FROM geocoder_answer") == []
    await pool.execute("ALTER TABLE geocoder_answer RENAME TO away")  # a memory that cannot be used is none
    assert await online.find(ROAD)


@pytest.mark.parametrize("there", ["nominatim"], indirect=True)
async def test_the_doctor_asks_whether_it_answers(town: Town, there: FakeGeocoder) -> None:
    config = Geocoder("nominatim", there.url)
    found = await _geocoder(config, town.runtime.network)
    assert (found.ok, "leave the house" in found.say) == (True, True)
    there.status = 500
    assert not (await _geocoder(config, town.runtime.network)).ok
    assert not (await _geocoder(replace(config, url="http://127.0.0.1:1"), town.runtime.network)).ok
    assert there.asked == []
