"""What a volunteer may not do goes to the municipality, and everybody is told why in plain words."""

import pytest

from tests.acceptance.conftest import NetworkChange, Town

ELSA = "+46701000001"


@pytest.fixture
def change_network() -> NetworkChange:
    """A network whose volunteers buy no beer."""
    return lambda raw: raw["network"].update(never_bought=["öl", "cigaretter"])


@pytest.mark.parametrize(
    ("text", "resident", "staff", "page"),
    [
        ("Behöver hjälp med stödstrumporna, bor i Gränna", "Vård och omsorg gör kommunens personal, inte volontärer",
         "Vård och omsorg: inte för volontärer", "Vård och omsorg: inte för volontärer"),
        ("Kan någon handla mat för 2000 kr? Bor i Gränna", "kostar mer än en volontär får lägga ut",
         "Kostar mer än volontärer får lägga ut", "Kostar mer än volontärer får lägga ut"),
        ("Kan någon handla mat och öl? Bor i Gränna", "köper inte volontärer", "volontärer inte köper", "volontärer inte köper"),
        ("Jag vill ha sällskap, men jag har covid. Bor i Gränna", "går volontärer inte in", "Smitta i hemmet", "Smitta i hemmet"),
    ],
    ids=["care", "money", "goods", "infection"],
)  # fmt: skip
async def test_told_why(town: Town, text: str, resident: str, staff: str, page: str) -> None:
    """The resident, the service group by SMS and on its page, and the board all read the same reason. No volunteer is asked."""
    anna, elsa = await town.volunteer("Anna Berg", "granna", skills="vetted;car"), town.phone(ELSA)
    await elsa.sends(text)
    await elsa.expects(resident, "hör av sig")
    number = await town.service_group.offer(staff)
    await town.enterprise.offer(staff)
    anna.hears_nothing()
    task = await town.task()
    async with town.signed_in() as karin, town.signed_in("service", group="service-municipal") as group:
        await karin.sees(f"/board/{task['code']}", "Varför personal", page)
        await group.sees("/service", page)
    await town.api("POST", f"tasks/{task['code']}/assign", {"person": anna.number, "anyway": True}, status=409)
    await town.service_group.sends(f"OK {number}")
    await town.service_group.expects("")
    town.ignore(town.enterprise, elsa, town.coordinator)


async def test_an_operator_knows_that_it_costs_more(town: Town) -> None:
    """What the words do not say, the operator asks: on the board, and whoever had been asked is told that it is not needed."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("Gränna")
    await anna.offer("handla mat")
    code = (await town.task())["code"]
    await town.api("POST", f"tasks/{code}/change", {"expected": "många"}, status=422)
    async with town.signed_in() as karin:
        await karin.sends(f"/board/{code}/change", "Ärendet är ändrat", expected="1 500")
        await anna.expects("inte längre")
        await elsa.expects("kostar mer än en volontär får lägga ut")
        await town.service_group.offer("Kostar mer än volontärer får lägga ut")
        await town.enterprise.offer("Kostar mer än")
        await karin.sends(f"/board/{code}/change", "Ärendet är ändrat", expected="400")
        await elsa.expects("letar")
        await anna.offer("handla mat")
    town.ignore(town.service_group, town.enterprise)


async def test_a_volunteer_has_it_when_it_turns_out(town: Town) -> None:
    """The task goes to the municipality, and the volunteer hears that others take over."""
    anna, elsa = await town.volunteer("Anna Berg", "granna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("Gränna")
    await anna.sends(f"JA {await anna.offer('handla mat')}")
    await anna.expects(ELSA)
    await elsa.expects("Anna")
    code = (await town.task())["code"]
    await town.api("POST", f"tasks/{code}/change", {"expected": "900"})
    await town.settle()
    await anna.expects("")
    await elsa.expects("kostar mer")
    await town.service_group.offer("Kostar mer än volontärer får lägga ut")
    await town.enterprise.offer("Kostar mer än")
    task = await town.task()
    assert (task["routine"], task["state"]) == ("money", "open")
