"""Who is near is asked first, and what a volunteer hears of the way before a yes."""

from tests.acceptance.conftest import Phone, Town

ELSA = "+46701000001"


async def living_in(town: Town, place: str, name: str, helped: int = 0) -> Phone:
    """A volunteer of the villages in the west."""
    phone = await town.volunteer(name, "norra")
    statement = "UPDATE person SET place = $2, helped_total = $3 WHERE phone = $1"
    await town.runtime.pool.execute(statement, phone.number, place, helped)
    return phone


async def test_who_is_near_is_asked_first(town: Town) -> None:
    """Three are asked at a time: those in the village, though they have helped often; then who lives 18 km away."""
    near = [await living_in(town, "Bottnaryd", name, helped=9) for name in ("Anna Berg", "Bo Ek", "Cia Dal")]
    far = await living_in(town, "Norra Unnaryd", "Dan Alm")
    await town.phone(ELSA).sends("handla mat i Bottnaryd")
    await town.phone(ELSA).expects("letar")
    for phone in near:
        await phone.offer("Bottnaryd")
    far.hears_nothing()
    await town.forward(minutes=10)
    await far.offer("Bottnaryd")


async def test_among_those_who_are_as_near_it_is_fair(town: Town) -> None:
    often = await living_in(town, "Bottnaryd", "Anna Berg", helped=9)
    seldom = [await living_in(town, "Bottnaryd", name) for name in ("Bo Ek", "Cia Dal", "Dan Alm")]
    await town.phone(ELSA).sends("handla mat i Bottnaryd")
    await town.phone(ELSA).expects("letar")
    for phone in seldom:
        await phone.offer("Bottnaryd")
    often.hears_nothing()


async def test_staff_write_how_somebody_gets_about(town: Town) -> None:
    """The page of a task says the way by it; another area, and where the person was is forgotten."""
    anna = await living_in(town, "Norra Unnaryd", "Anna Berg")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    await town.runtime.pool.execute("UPDATE person SET lat = 57.6, lon = 13.75 WHERE phone = $1", anna.number)
    person = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", anna.number)
    form = {
        "name": "Anna Berg", "phone": anna.number, "volunteer": "yes", "area": "norra", "place": "Norra Unnaryd",
        "language": "sv", "daily_limit": "6", "vetting": "none",
    }  # fmt: skip
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sees(f"/people/{person}", "känt på ungefär 1 km när", without=("57.6", "13.75"))
        await karin.sends(f"/people/{person}", "Välj något av det här", status=422, **form, travels="rocket")
        await karin.sends(f"/people/{person}", "Tar sig fram", "med bil", "känt på ungefär", **form, travels="car")
        await town.phone(ELSA).sends("handla mat i Bottnaryd")
        await anna.offer("Bottnaryd")
        offer = await town.runtime.pool.fetchval("SELECT id FROM offer WHERE person_id = $1", person)
        link = str(town.runtime.links.task(offer)).removeprefix(town.base)
        async with town.at_a_browser() as browser:
            await browser.sees(link, "km från dig", "min med bil")
        await karin.sends(
            f"/people/{person}", "med bil", without=("känt på ungefär",), **{**form, "place": "Angerdshestra"}, travels="car"
        )
