"""What is said beside an intent: machines, names, addresses, that 112 has been called. Tables of what people write."""

import pytest

from bots.dialogue import said
from bots.dialogue.topics import with_other_topics
from bots.dialogue.understand import Understander
from tests.jonkoping import CATEGORIES, areas

MACHINES = [
    "Autosvar: jag är på semester till 4 maj",
    "AUTOSVAR",
    "Auto-reply: I'm driving, I'll get back to you later",
    "Jag kör bil just nu och kan inte svara",
    "Jag är i ett möte, ringer upp senare",
    "Out of office until Monday",
    "I'm driving right now",
    "Detta är ett automatiskt meddelande från Telia",
    "This is an automated message.",
    "Du har 1 nytt röstmeddelande. Ring 222",
    "You have 2 missed calls",
    "Du har ett missat samtal från 070-123 45 67",
    "Meddelandet kunde inte levereras",
    "Ditt saldo är 12 kr. Tanka din mobil",
    "Frånvaromeddelande: åter den 3/5",
    "Det går inte att besvara detta sms",
]
PEOPLE = [
    "jag kör bil och kan hjälpa till med skjuts",
    "kan någon köra mig, kör inte själv",
    "har semester och kan hjälpa till i Gränna",
    "jag är frånskild och behöver sällskap",
    "jag missade bussen, kan någon skjutsa mig",
    "kan någon svara på min fråga",
    "jag är ute och går",
    "måste svara doktorn i dag",
    "betala min faktura åt mig",
    "har ni fått mitt meddelande?",
    "",
]


@pytest.mark.parametrize("text", MACHINES)
def test_a_machine_wrote_it(text: str) -> None:
    assert said.is_automatic(text)


@pytest.mark.parametrize("text", PEOPLE)
def test_somebody_wrote_it(text: str) -> None:
    assert not said.is_automatic(text)


@pytest.mark.parametrize(
    ("text", "phoned"),
    [
        ("har ringt 112", True),
        ("Jag har ringt 112 nu", True),
        ("ja, vi ringde ambulansen", True),
        ("ambulansen är på väg", True),
        ("I have called 112", True),
        ("the ambulance is here", True),
        ("har ringt 112 men han andas inte", False),
        ("ska jag ringa 112", False),
        ("ingen har ringt 112", False),
        ("har inte ringt 112", False),
    ],
)
def test_112_has_been_called(text: str, phoned: bool) -> None:
    assert said.has_phoned_112(text) is phoned


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Hej det är Karl, Elsas man, jag behöver skjuts", "Karl"),
        ("Jag heter Anna Berg och vill ha hjälp", "Anna Berg"),
        ("Det här är Gun-Britt. Kan någon handla", "Gun-Britt"),
        ("My name is John", "John"),
        ("Det är Bråttom", None),
        ("det är bra", None),
        ("Det är Inte bra", None),
        ("handla mat", None),
    ],
)
def test_who_says_who_it_is(text: str, name: str | None) -> None:
    assert said.name_in(text) == name


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("fel adress, bor på Storgatan 4 i Taberg", "Storgatan 4"),
        ("storgatan 4b", "storgatan 4b"),
        ("Norra vägen  12 C, 2 tr", "Norra vägen 12 C"),
        ("Kapellgränd 3", "Kapellgränd 3"),
        ("kom kl 4", None),
        ("torget", None),
    ],
)
def test_an_address(text: str, address: str | None) -> None:
    assert said.address_in(text) == address


UNDERSTANDER = Understander(areas(), CATEGORIES)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("handla mat och hämta medicin, bor i Gränna", {"groceries", "pharmacy"}),
        ("Behöver hjälp att duscha och att någon handlar. Taberg", {"care", "groceries"}),
        ("Kan någon rasta hunden? Och skotta snön", {"pet", "home"}),
        ("Can you buy food and walk my dog", {"groceries", "pet"}),
        ("handla mjölk, bröd och smör", {"groceries"}),
        ("köp mjölk och hundmat", {"groceries"}),
        ("kan inte handla själv, kan någon hämta medicin", {"pharmacy"}),
        ("handla mat åt mig och min man", {"groceries"}),
        ("skjuts till vårdcentralen och hem igen", {"transport"}),
    ],
)
def test_how_many_wishes_a_message_has(text: str, kinds: set[str]) -> None:
    understood = with_other_topics(UNDERSTANDER, text, UNDERSTANDER.understand(text))
    assert {understood.category, *understood.also} == kinds
