"""Where residents are, in the chat: positions that are shared, and places to choose from by buttons."""

from typing import Any
from unittest.mock import AsyncMock

import pytest

from dispatch.network import Network
from geo.location import Candidate, Location, Precision
from geo.places import PlaceIndex
from service.demo.bot_api import ChatUser
from tests.acceptance.chat.conftest import ANNA, Telegram, labels
from tests.acceptance.conftest import Town

ELSA = ChatUser(2001, "Elsa", "Ström")
STORGATAN = tuple(
    Candidate(area, place, f"Storgatan, {place}", lat, lon, 0.8, Precision.STREET)
    for area, place, lat, lon in (("granna", "Gränna", 58.02, 14.46), ("huskvarna", "Huskvarna", 57.79, 14.29))
)


@pytest.fixture
def two_streets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two streets of the same name."""

    async def locate(pool: Any, network: Network, index: PlaceIndex, text: str) -> Location:
        return Location(STORGATAN) if "storgatan" in text.casefold() else Location()

    monkeypatch.setattr("bots.dialogue.where.locate", locate)
    monkeypatch.setattr("bots.dialogue.where.Finder._has_gazetteer", AsyncMock(return_value=True))


@pytest.mark.usefixtures("two_streets")
async def test_which_street_is_tapped(town: Town, telegram: Telegram) -> None:
    """The places are buttons; an old button still means what it says."""
    town.ignore(town.service_group, town.enterprise)
    elsa = telegram.member(ELSA)
    await elsa.writes("Kan någon handla mat åt mig på Storgatan?")
    asked = await elsa.expects("Det finns flera som heter Storgatan. Vilken menar du?", "Tryck på en knapp")
    assert labels(asked) == ["Gränna", "Huskvarna"]
    await elsa.taps("Huskvarna")
    await elsa.expects("letar", "Huskvarna")
    await elsa.expects("ringa dig")
    task = await town.task()
    assert (task["area"], task["address"], task["position"]["precision"]) == ("huskvarna", "Storgatan, Huskvarna", "street")
    assert "Storgatan, Huskvarna" in task["text"]


async def test_a_position_goes_to_the_area_that_it_lies_in(town: Town, telegram: Telegram) -> None:
    """Where the areas meet it is the border that counts, not the nearest village; whoever comes gets a map."""
    anna, elsa = await telegram.volunteer(ANNA), telegram.member(ELSA)
    await elsa.writes("Kan någon handla mat åt mig?")
    await elsa.expects("Var bor du")
    await elsa.shares_position(58.0202, 14.4711)
    await elsa.expects("Vi letar", "Gränna")
    await elsa.expects("ringa dig")
    task = await town.task()
    assert (task["area"], task["place"], task["address"]) == ("granna", "Gränna", "58.02020, 14.47110")
    assert task["position"] == {"lat": 58.0202, "lon": 14.4711, "precision": "position"}
    await anna.expects("Handla mat")
    await anna.taps("Ja, jag kan")
    await elsa.expects("Anna")
    card = anna.shows("Handla mat", without=("58.0202",))
    assert any("58.0202" in (url or "") for row in card.buttons for _, url in row) or "Karta" in labels(card)


async def test_a_position_outside_is_a_humans(town: Town, telegram: Telegram) -> None:
    """Elsa hears what happens next; the coordinator sees which area is nearest, gives it that one, and it is like any other."""
    anna, elsa = await telegram.volunteer(ANNA), telegram.member(ELSA)
    await elsa.writes("Kan någon handla mat åt mig?")
    await elsa.expects("Var bor du")
    await elsa.shares_position(58.40, 14.60)
    await elsa.expects("utanför vårt område", "En person hos oss", "112")
    await elsa.expects("ringa dig")
    await town.coordinator.offer("Ligger utanför våra områden (närmast Gränna och Örserum")
    task = await town.task()
    assert (task["human"], task["area"], task["position"]["precision"]) == ("outside", None, "position")
    anna.hears_nothing()
    async with town.signed_in() as coordinator:
        await coordinator.sees(f"/board/{task['code']}", "Ligger utanför våra områden. Närmast: Gränna och Örserum")
    await town.api("POST", f"tasks/{task['code']}/change", {"area": "granna"})
    await town.settle()
    await elsa.expects("letar")
    await anna.expects("Handla mat")
    assert (await town.task())["position"]["lat"] == 58.40  # it is where it was said to be
    town.ignore(town.coordinator)


async def test_a_position_of_whoever_is_helped_moves_the_request(town: Town, telegram: Telegram) -> None:
    """Elsa is at her daughter's: whoever helps hears where."""
    town.ignore(town.service_group, town.enterprise)
    elsa = telegram.member(ELSA)
    await elsa.writes("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    await elsa.expects("ringa dig")
    await elsa.shares_position(57.7858, 14.3014)
    await elsa.expects("Huskvarna")
    task = await town.task()
    assert (task["area"], task["position"]["lat"]) == ("huskvarna", 57.7858)
