"""What is fetched in one place and delivered in another, in a message's words."""

import pytest

from bots.dialogue.understand import Understander
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
UNDERSTANDER = Understander(tuple(NETWORK.areas.values()), tuple(NETWORK.categories), NETWORK.words)


@pytest.mark.parametrize(
    ("text", "start", "address", "end"),
    [
        ("hämta en soffa på Storgatan 4 i Huskvarna och köra till Gränna", "Huskvarna", "Storgatan 4", "Gränna"),
        ("kan någon köra en säng från Bankeryd till Gränna?", "Bankeryd", "", "Gränna"),
        ("behöver få en soffa till Gränna från Bankeryd", "Bankeryd", "", "Gränna"),
        (
            "kan ni hämta en hylla i Huskvarna, Storgatan 4, och köra den till min dotter på Brahegatan 20 i Gränna",
            "Huskvarna", "Storgatan 4", "Gränna",
        ),
        ("hämta en byrå i Huskvarna och köra den till Brahegatan 20 i Gränna", "Huskvarna", "", "Gränna"),
        ("Can somebody pick up a bed in Huskvarna and take it to Gränna?", "Huskvarna", "", "Gränna"),
        ("HAMTA EN SANG I HUSKVARNA TILL TENHULT TACK", "Huskvarna", "", "Tenhult"),
        ("plåster från apoteket i Gränna till mig på Visingsö, går det?", "Gränna", "", "Visingsö"),
    ],
)  # fmt: skip
def test_two_places(text: str, start: str, address: str, end: str) -> None:
    found = UNDERSTANDER.understand(text)
    assert found.origin is not None
    assert (found.origin.place, found.origin.address, found.place) == (start, address, end)


@pytest.mark.parametrize(
    "text",
    [
        "Kan någon hämta mat i Huskvarna, jag bor i Gränna",  # nobody says that it is delivered there
        "Kan någon hämta mina paket i Gränna",
        "skjuts till Gränna från sjukhuset",
        "från Gränna till Gränna, kan ni hämta en stol",
        "hämta i Huskvarna, sedan Bankeryd, och lämna till Gränna",  # three places are for a human to read
        "Hej, jag bor i Bankeryd och behöver hjälp att handla",
        "jag kan köra från Bankeryd till Gränna om någon behöver hjälp",  # somebody who wants to help
    ],
)
def test_anything_else_is_left_as_it_is(text: str) -> None:
    assert UNDERSTANDER.understand(text).origin is None
