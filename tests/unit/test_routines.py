"""Which requests break a routine and so are the municipality's, and which words say that a household is infected."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from dispatch.hygiene import is_infected, says_infected
from dispatch.model import Need, Person, Urgency
from dispatch.network import Network
from dispatch.routines import Routine, broken, expected_cost, way_of
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
NOW = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
RESIDENT = Person(1, "+46701000001", NOW, roles=("resident",), area="granna")
ILL = replace(RESIDENT, infected_until=date(2020, 4, 8))
DRY = replace(NETWORK, never_bought=frozenset({"ol", "vin", "cigaretter"}))


def need(category: str | None = "groceries", text: str = "Mjölk", **more: Any) -> Need:
    return Need(2, 1, text, "sms", NOW, category, "granna", **more)


CASES: list[tuple[str, Need, Person, Network, Routine | None]] = [
    ("food", need(), RESIDENT, NETWORK, None),
    ("care", need("care"), RESIDENT, NETWORK, Routine.CARE),
    ("bank", need("money"), RESIDENT, NETWORK, Routine.BANK),
    ("a protected identity", need(), replace(RESIDENT, protected=True), NETWORK, Routine.PROTECTED),
    ("care of somebody protected", need("care"), replace(RESIDENT, protected=True), NETWORK, Routine.CARE),
    ("up to the limit", need(text="Handla för 500 kr"), RESIDENT, NETWORK, None),
    ("over the limit", need(text="Kan ni handla för 2000 kr?"), RESIDENT, NETWORK, Routine.MONEY),
    ("over it in other words", need(text="mat, det blir ca 1 200 kronor"), RESIDENT, NETWORK, Routine.MONEY),
    ("no purchase", need("pet", "Hunden kostade 5000 kr"), RESIDENT, NETWORK, None),
    ("what staff say counts", need(text="Handla för 2000 kr", expected_ore=30_000), RESIDENT, NETWORK, None),
    ("staff say more", need(expected_ore=50_001), RESIDENT, NETWORK, Routine.MONEY),
    ("beer, and the file says nothing", need(text="Mjölk och öl"), RESIDENT, NETWORK, None),
    ("beer", need(text="Mjölk och öl."), RESIDENT, DRY, Routine.GOODS),
    ("no beer in it", need(text="Öland och vinäger"), RESIDENT, DRY, None),
    ("infected, and left at the door", need(), ILL, NETWORK, None),
    ("infected, and somebody goes in", need("company"), ILL, NETWORK, Routine.INFECTION),
    ("a lift", need("transport", infection=True), RESIDENT, NETWORK, Routine.INFECTION),
    ("well again", need("company"), replace(RESIDENT, infected_until=date(2020, 4, 7)), NETWORK, None),
    ("danger is a human's anyway", need("company", urgency=Urgency.EMERGENCY), ILL, NETWORK, None),
    ("not understood", need(None), ILL, NETWORK, None),
]


@pytest.mark.parametrize(("asked", "who", "network", "routine"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_the_routine_that_is_broken(asked: Need, who: Person, network: Network, routine: Routine | None) -> None:
    """And whatever breaks one is never a volunteer's."""
    assert broken(asked, who, network, NOW) == routine
    way = way_of(asked, who, network, NOW)
    assert way.routine == routine
    if routine:
        assert all(step.ask.acknowledges for step in way.ladder)


def test_what_a_purchase_costs() -> None:
    assert expected_cost(need(text="Handla för 300 kr, högst 450:-")) == 45_000
    assert expected_cost(need(text="Mjölk 2 liter, Storgatan 12")) is None


@pytest.mark.parametrize(
    "text",
    [
        "Jag har covid", "vi har fått magsjuka", "Mamma är smittad", "Jag är tyvärr magsjuk", "han har testat positivt",
        "sitter i karantän", "Jag ligger sjuk i influensa", "positivt test i går", "We have the flu", "I tested positive",
        "Hän on karanteenissa, minulla on korona", "عندي كورونا", "я хворію на ковід",
    ],
)  # fmt: skip
def test_words_that_say_infected(text: str) -> None:
    assert says_infected(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "Jag har inte covid", "är inte smittad", "Jag vågar inte gå ut på grund av corona", "rädd att bli smittad",
        "jag är i riskgruppen för covid", "Jag har testat negativt", "Jag är förkyld", "Jag känner mig isolerad",
        "vaccin mot influensa", "I am afraid of covid", "coronanätverket", "Har ni hjälp under corona?",
    ],
)  # fmt: skip
def test_words_that_do_not(text: str) -> None:
    """Fear is no infection, and in a pandemic everybody speaks of it."""
    assert not says_infected(text)


def test_what_was_said_is_forgotten_after_two_weeks() -> None:
    said = need(infection=True)
    for days, infected in ((0, True), (13, True), (14, False)):
        later = NOW + timedelta(days=days)
        assert is_infected(said, RESIDENT, later.date(), later) is infected
