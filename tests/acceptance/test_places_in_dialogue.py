"""Where residents live: streets that there are several of, places outside, addresses and positions that move along."""

import re
from typing import Any
from unittest.mock import AsyncMock

import pytest

from geo.fold import fold
from geo.location import Candidate, Location, Precision
from tests.acceptance.conftest import Phone, Town

ELSA = "+46701000001"
STREETS = [
    # name, locality, area, latitude, longitude
    ("Storgatan", "Gränna", "granna", 58.0230, 14.4650),
    ("Storgatan", "Huskvarna", "huskvarna", 57.7870, 14.2890),
    ("Storgatan", "Bankeryd", "bankeryd", 57.8610, 14.1240),
]


@pytest.fixture(autouse=True)
async def gazetteer(town: Town) -> None:
    """Three streets of the same name, and some houses."""
    pool = town.runtime.pool
    source = await pool.fetchval(
        "INSERT INTO gazetteer_source (name, format, imported_at, names, addresses, rejected) "
        "VALUES ('addresses', 'addresses', now(), 3, 9, 0) RETURNING id"
    )
    for name, locality, area, lat, lon in STREETS:
        street = await pool.fetchval(
            "INSERT INTO gazetteer_name (source_id, kind, name, folded, locality, locality_folded, area, lat, lon) "
            "VALUES ($1, 'street', $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            source, name, fold(name), locality, fold(locality), area, lat, lon,
        )  # fmt: skip
        for number in (1, 4, 12):
            await pool.execute(
                "INSERT INTO gazetteer_address (name_id, number, lat, lon) VALUES ($1, $2, $3, $4)",
                street, number, lat + number / 10_000, lon,
            )  # fmt: skip


async def test_there_are_several_of_the_name_and_one_is_chosen_by_its_number(town: Town) -> None:
    """Elsa writes a street; she is asked which, and a digit is enough."""
    anna, elsa = await town.volunteer("Anna Berg", "huskvarna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat åt mig? Jag bor på Storgatan 4")
    asked = await elsa.expects("Det finns flera som heter Storgatan", "1 Gränna", "2 ", "3 ", "Svara med siffran")
    at = {name: number for number, name in re.findall(r"(\d) (\w+)", asked.split("?")[1])}
    await elsa.sends(at["Huskvarna"])
    await elsa.expects("letar")
    await anna.offer("handla mat")
    task = await town.task()
    assert (task["area"], task["address"]) == ("huskvarna", "Storgatan 4, Huskvarna")


async def asked_which(town: Town, text: str = "Kan någon handla mat åt mig? Jag bor på Storgatan 4", phone: str = ELSA) -> Phone:
    """Elsa, or somebody else, has been asked which street is meant."""
    elsa = town.phone(phone)
    await elsa.sends(text)
    await elsa.expects("Vilken menar du? 1 Gränna, 2 Huskvarna, 3 Bankeryd.")
    town.ignore(town.service_group, town.enterprise)
    return elsa


ANSWERS = [
    ("3", "bankeryd", "Storgatan 4, Bankeryd"),
    ("nummer 1 tack", "granna", "Storgatan 4, Gränna"),
    ("Den andra", "huskvarna", "Storgatan 4, Huskvarna"),
    ("Huskvarna", "huskvarna", "Storgatan 4, Huskvarna"),
    ("storgatan i bankeryd", "bankeryd", "Storgatan 4, Bankeryd"),
    ("Storgatan 12 i Gränna", "granna", "Storgatan 12, Gränna"),  # more than the choice said
    ("nej, jag bor i Tenhult", "tenhult", ""),  # something quite different
]


async def test_an_answer_in_any_form_completes_the_same_request(town: Town) -> None:
    """A number, a word, a name, a better address, or another place."""
    for n, (said, area, address) in enumerate(ANSWERS):
        somebody = await asked_which(town, phone=f"+4670200000{n}")
        await somebody.sends(said)
        await somebody.expects("letar")
        task = next(t for t in (await town.api("GET", "tasks"))["tasks"] if t["resident"]["phone"] == somebody.number)
        assert (task["area"], task["address"], task["state"]) == (area, address, "open"), said
        assert task["position"]["precision"] == ("address" if address else "place")


async def test_what_is_not_understood_is_asked_again_and_then_a_humans(town: Town) -> None:
    """Twice more in other words; after three questions somebody phones, and a late answer still counts."""
    elsa = await asked_which(town)
    await elsa.sends("7")
    await elsa.expects("Förlåt, vi förstod inte", "1 Gränna, 2 Huskvarna, 3 Bankeryd")
    await elsa.sends("där jag alltid bott")
    await elsa.expects("Förlåt, vi förstod inte", "1 Gränna")
    await elsa.sends("det gula huset")
    await elsa.expects("En person hos oss")
    await town.coordinator.offer("förstod inte")
    await elsa.sends("2")
    await elsa.expects("letar", "Huskvarna")
    task = await town.task()
    assert (task["area"], task["address"], task["human"]) == ("huskvarna", "Storgatan 4, Huskvarna", None)
    await town.coordinator.expects("redan omhändertaget")


async def test_status_cancel_and_questions_in_between(town: Town) -> None:
    """How it goes tells the choices again; a question goes to a human and ours still stands; never mind ends it."""
    elsa = await asked_which(town)
    await elsa.sends("hur går det?")
    await elsa.expects("väntar på ditt svar", "1 Gränna, 2 Huskvarna, 3 Bankeryd")
    await elsa.sends("är det gratis?")
    await elsa.expects("En person hos oss svarar dig")
    await town.coordinator.offer("är det gratis?")
    await elsa.sends("avboka maten")
    await elsa.expects("avbokat")
    assert {t["state"] for t in (await town.api("GET", "tasks"))["tasks"]} == {"cancelled", "open"}


async def test_one_answer_is_for_all_that_wait(town: Town) -> None:
    """Two wishes, one question, one answer."""
    elsa = await asked_which(town, "Kan någon handla mat och hämta medicin? Bor på Storgatan 1")
    elsa.hears_nothing()
    await elsa.sends("1")
    await elsa.expects("handla mat (", "apotek (", "Gränna")
    tasks = (await town.api("GET", "tasks"))["tasks"]
    assert {(t["area"], t["address"]) for t in tasks} == {("granna", "Storgatan 1, Gränna")}


async def test_what_help_is_asked_first_and_then_which_street(town: Town) -> None:
    """The street is not forgotten while something else is asked."""
    elsa = town.phone(ELSA)
    await elsa.sends("Hej jag behöver hjälp, bor på Storgatan 4")
    await elsa.expects("Vad behöver du hjälp med")
    await elsa.sends("handla mat")
    await elsa.expects("1 Gränna, 2 Huskvarna")
    await elsa.sends("2")
    await elsa.expects("letar", "Huskvarna")
    town.ignore(town.service_group, town.enterprise)


async def test_whoever_is_known_is_asked_nothing_when_the_street_is_at_home(town: Town) -> None:
    """Elsa's area is known: of three streets it is hers."""
    elsa = town.phone(ELSA)
    town.ignore(town.service_group, town.enterprise)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await elsa.sends("avboka")
    await elsa.expects("avbokat")
    await elsa.sends("Kan någon skotta snö på Storgatan 12?")
    await elsa.expects("letar", "Gränna")
    task = await town.task(state="open")
    assert (task["area"], task["address"]) == ("granna", "Storgatan 12, Gränna")


async def test_another_address_moves_the_position_along(town: Town) -> None:
    """Elsa corrects herself, then staff do; the pin never stands where she does not live."""
    town.ignore(town.service_group, town.enterprise)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat, Storgatan 4 i Gränna")
    await elsa.expects("letar")
    task = await town.task()
    assert task["position"] == {"lat": pytest.approx(58.0234), "lon": pytest.approx(14.465), "precision": "address"}
    await elsa.sends("nej, fel adress, jag bor på Storgatan 12 i Huskvarna")
    await elsa.expects("Storgatan 12, Huskvarna")
    task = await town.task()
    assert (task["area"], task["position"]["lat"]) == ("huskvarna", pytest.approx(57.7882))
    await town.api("POST", f"tasks/{task['code']}/change", {"area": "granna", "place": "Örserum", "address": ""})
    task = await town.task()
    assert (task["area"], task["place"], task["position"]["precision"]) == ("granna", "Örserum", "place")
    await town.api("POST", f"tasks/{task['code']}/change", {"area": "tenhult", "place": ""})
    assert (await town.task())["position"] is None


async def test_a_program_gives_a_position(town: Town) -> None:
    """The area is found from it; half of one, one out of range and one turned round are told."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    need = {"phone": ELSA, "text": "handla mat"}
    task = await town.api("POST", "needs", {**need, "lat": 58.0202, "lon": 14.4711}, status=201)
    assert (task["area"], task["place"], task["address"]) == ("granna", "Gränna", "58.02020, 14.47110")
    assert task["position"] == {"lat": 58.0202, "lon": 14.4711, "precision": "position"}
    for wrong, said in (
        ({"lat": 58.02}, "lon: is missing"),
        ({"lon": 14.47}, "lat: is missing"),
        ({"lat": 98.0, "lon": 14.47}, "lat: "),
        ({"lat": 14.4711, "lon": 58.0202}, "latitude and longitude look swapped"),
    ):
        assert said in (await town.api("POST", "needs", {**need, **wrong}, status=422))["detail"]


async def test_a_program_gives_an_address(town: Town) -> None:
    """It is looked up; an area that is given stands; what may be several places is asked about."""
    town.ignore(town.service_group, town.enterprise)
    elsa = town.phone(ELSA)
    task = await town.api("POST", "needs", {"phone": "+46702000001", "text": "handla mat", "address": "Storgatan 4",
                                            "place": "Huskvarna"}, status=201)  # fmt: skip
    assert (task["area"], task["address"], task["position"]["precision"]) == ("huskvarna", "Storgatan 4", "address")
    task = await town.api("POST", "needs", {"phone": "+46702000002", "text": "handla mat", "address": "Storgatan 4",
                                            "area": "bankeryd"}, status=201)  # fmt: skip
    assert (task["area"], task["position"]["lat"]) == ("bankeryd", pytest.approx(57.8614))
    task = await town.api("POST", "needs", {"phone": ELSA, "text": "handla mat", "address": "Storgatan 4"}, status=201)
    assert (task["state"], task["asks"]) == ("asking", "place")
    await town.settle()
    await elsa.expects("1 Gränna, 2 Huskvarna, 3 Bankeryd")
    await elsa.sends("3")
    await elsa.expects("letar", "Bankeryd")
    town.ignore(town.phone("+46702000001"), town.phone("+46702000002"))


async def test_a_program_asks_for_somewhere_outside(town: Town) -> None:
    """A person sees which area is nearest; the resident hears that somebody writes or phones."""
    elsa = town.phone(ELSA)
    task = await town.api("POST", "needs", {"phone": ELSA, "text": "handla mat", "lat": 58.4, "lon": 14.6}, status=201)
    assert (task["human"], task["area"], task["state"]) == ("outside", None, "open")
    await town.settle()
    await elsa.expects("utanför vårt område", "hör av sig")
    await town.coordinator.offer("närmast Gränna och Örserum, 28 km")


async def test_somewhere_that_others_help(town: Town) -> None:
    """Habo is beside Jönköping: a person knows who helps there. Given an area, it is a request like any other."""

    elsa, anna = town.phone(ELSA), await town.volunteer("Anna Berg", "bankeryd")
    await elsa.sends("Kan någon handla mat åt mig?")
    await elsa.expects("Var bor du?")
    await elsa.sends("Jag bor i Habo")
    await elsa.expects("utanför vårt område", "En person hos oss", "hör av sig")
    await town.coordinator.offer("Ligger utanför våra områden (närmast", "; Habo kommun)")
    task = await town.task()
    assert (task["human"], task["place"]) == ("outside", "Habo")
    async with town.signed_in() as coordinator:
        await coordinator.sees(f"/board/{task['code']}", "Där hjälper: Habo kommun")
    await town.api("POST", f"tasks/{task['code']}/change", {"area": "bankeryd"})
    await town.settle()
    await elsa.expects("letar", "Bankeryd")
    await anna.offer("handla mat")
    await town.coordinator.expects("redan omhändertaget")


async def test_a_place_that_is_hardly_meant_is_asked_about(town: Town) -> None:
    """Misspelt beyond certainty: is it this one? A yes, or something else."""
    town.ignore(town.service_group, town.enterprise)
    maybe = Location((Candidate("granna", "Gränna", "Storgatan, Gränna", 58.02, 14.46, 0.4, Precision.STREET),))
    for phone, said, area in (
        ("+46702000000", "1", "granna"),
        (ELSA, "ja", "granna"),
        ("+46702000001", "nej, Tenhult", "tenhult"),
    ):
        elsa = town.phone(phone)
        need = {"phone": phone, "text": "handla mat, stårgattan"}
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("bots.dialogue.where.locate", AsyncMock(return_value=maybe))
            await town.api("POST", "needs", need, status=201)
        await town.settle()
        await elsa.expects("Menar du Storgatan, Gränna?", "Svara 1")
        await elsa.sends(said)
        await elsa.expects("letar")
        tasks = (await town.api("GET", "tasks"))["tasks"]
        assert [t["area"] for t in tasks if t["resident"]["phone"] == phone] == [area]


def three_nyhems(raw: dict[str, Any]) -> None:
    """The network file itself has a Nyhem in three areas."""
    for area in raw["area"]:
        if area["key"] in ("granna", "huskvarna", "bankeryd"):
            lat, lon = area["places"][0]["lat"], area["places"][0]["lon"]
            area["places"].append({"name": "Nyhem", "lat": lat + 0.01, "lon": lon})


@pytest.mark.parametrize("change_network", [three_nyhems])
async def test_a_name_of_the_network_file_that_three_areas_have(town: Town) -> None:
    """It is asked about, and the answer survives that the question was asked by another process."""
    town.ignore(town.service_group, town.enterprise)
    elsa = town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Nyhem")
    asked = await elsa.expects("Det finns flera som heter Nyhem", "Huskvarna", "Bankeryd", "Gränna")
    number = re.search(r"(\d) Bankeryd", asked)
    assert number
    await elsa.sends(number[1])
    await elsa.expects("letar", "Nyhem")
    task = await town.task()
    assert (task["area"], task["place"], task["position"]["precision"]) == ("bankeryd", "Nyhem", "place")
    berit = town.phone("+46702000001")
    await berit.sends("Kan någon handla mat? Bor i Nyhem i Huskvarna")
    await berit.expects("letar")
