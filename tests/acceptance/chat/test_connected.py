"""A helper in the chat phones the resident through the network: the card has a button, and no number but the network's."""

from typing import Any

import pytest

from tests.acceptance.chat.conftest import ANNA, Telegram, labels
from tests.acceptance.conftest import NetworkChange, Town
from tests.acceptance.telephones import talk_for

ELSA, ANNAS = "+46701000001", "+46701234501"


@pytest.fixture
def change_network() -> NetworkChange:
    """A network that masks numbers."""

    def change(raw: dict[str, Any]) -> None:
        raw["voice"] = {"mask": True}

    return change


async def test_a_button_connects_the_two(town: Town, telegram: Telegram) -> None:
    """The card shows the network's number; a tap rings Anna, then Elsa; and it is told in the task's history."""
    anna, elsa = await telegram.volunteer(ANNA), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor på Brahegatan 20 i Gränna")
    await elsa.expects("letar")
    await anna.expects("Handla mat")
    await anna.taps("Ja, jag kan")
    await elsa.expects("Anna")
    card = anna.shows(town.runtime.network.phone, "Brahegatan 20", without=(ELSA,))
    assert "Ring via nätverket" in labels(card)
    assert "Tryck 1" in await anna.taps("Ring via nätverket")
    await town.settle()
    (call,) = town.carrier.telephones.calls
    assert (call.to, call.second) == (ANNAS, ELSA)
    await talk_for(town, 4)
    events = "SELECT data ->> 'outcome' FROM events WHERE kind = 'call.ended'"
    assert await town.runtime.pool.fetchval(events) == "talked"
