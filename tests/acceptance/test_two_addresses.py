"""Fetch it here, deliver it there (Ekerö's tow-bar club): told in a call, by a program, and in plain words."""

from typing import Any

from tests.acceptance.conftest import Phone, Town
from tests.acceptance.desk import colleague, event
from tests.acceptance.forgetting import forget, id_of

GRETA = "+46701112233"
SOFA: dict[str, Any] = {
    "name": "Greta Ek", "phone": GRETA, "area": "granna", "place": "Gränna", "category": "errand",
    "address": "Brahegatan 20", "text": "En soffa ska hit",
    "from": {"address": "Storgatan 4", "place": "Huskvarna"},
}  # fmt: skip
PRIVATE = ("Storgatan", "Brahegatan", "Greta", GRETA)


async def link_of(town: Town, phone: Phone, kind: str = "help") -> str:
    """The path of the person's link for the newest offer."""
    offer = await town.runtime.pool.fetchval(
        "SELECT o.id FROM offer o JOIN person p ON p.id = o.person_id WHERE p.phone = $1 AND o.kind = $2"
        " ORDER BY o.id DESC LIMIT 1",
        phone.number, kind,
    )  # fmt: skip
    links = town.runtime.links
    return str(links.task(offer) if kind == "help" else links.offer(offer)).removeprefix(town.base)


async def test_a_program_tells_both_addresses(town: Town) -> None:
    """Before the yes both places and the whole way, in the SMS and on the page; after it both addresses; then nothing."""
    anna, greta = await town.volunteer("Anna Berg", "granna", skills="car"), town.phone(GRETA)
    task = await town.api("POST", "needs", SOFA, status=201)
    assert (task["area"], task["from"]["place"], task["from"]["area"]) == ("granna", "Huskvarna", "huskvarna")
    await town.settle()
    await greta.expects("letar", "från Huskvarna till Gränna")
    offer = await anna.expects("Kan du hjälpa", "från Huskvarna till Gränna, ca 54 km")
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        asked = ("från Huskvarna till Gränna", "ungefär 54 km allt som allt", "Vägen tar ungefär", "med bil")
        await browser.sees(link, *asked, without=PRIVATE)
        assert not any(secret in offer for secret in PRIVATE)
        held = ("Hämta på", "Storgatan 4, Huskvarna", "Lämna på", "Brahegatan 20")
        await browser.sends(link, *held, action="accept", text="", csrf="")
        await town.settle()
        await greta.expects("Anna")
        await anna.expects("hämta: Storgatan 4, Huskvarna, lämna: Brahegatan 20, Gränna")
        await browser.sends(link, action="done", csrf="")
        await town.settle()
        await greta.expects("Fick du hjälp")
        await anna.expects("Tack")
        await browser.sees(link, without=PRIVATE)


async def test_what_a_program_gets_wrong(town: Town) -> None:
    for origin, words in (
        ({"area": "mars"}, "from.area"),
        ({"lat": 57.8}, "both lat and lon"),
        ({"lat": 200, "lon": 14}, "from.lat"),
        ("Huskvarna", "from"),
    ):
        problem = await town.api("POST", "needs", {**SOFA, "from": origin}, status=422)
        assert words in problem["detail"]
    task = await town.api("POST", "needs", {**SOFA, "from": {}}, status=201)
    assert task["from"] is None
    town.ignore(town.phone(GRETA), town.service_group, town.enterprise)


async def test_a_place_that_nobody_knows_is_shown_after_the_yes_only(town: Town) -> None:
    """It may be anything, also an address; who is asked hears that it is another place."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(GRETA))
    await town.api("POST", "needs", {**SOFA, "from": {"place": "hos Kalle på Xyzvägen 3"}}, status=201)
    await town.settle()
    number = await anna.offer("från en annan plats till Gränna")
    await anna.sends(f"JA {number}")
    await anna.expects("hämta: hos Kalle på Xyzvägen 3, lämna: Brahegatan 20, Gränna")


async def test_a_position_is_the_place_it_lies_in(town: Town) -> None:
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(GRETA))
    task = await town.api("POST", "needs", {**SOFA, "from": {"lat": 57.7857, "lon": 14.2756}}, status=201)
    assert task["from"]["area"] == "huskvarna"
    assert (task["from"]["lat"], task["from"]["lon"]) == (57.7857, 14.2756)
    await town.settle()
    number = await anna.offer("från Pettersberg till Gränna")
    await anna.sends(f"JA {number}")
    await anna.expects("hämta: 57.78570, 14.27560, Pettersberg, lämna: Brahegatan 20, Gränna")


async def test_an_operator_writes_where_it_is_fetched(town: Town) -> None:
    """In the form's own part; of two tasks in one call only what is carried is fetched."""
    anna, greta = await town.volunteer("Anna Berg", "granna"), town.phone(GRETA)
    town.ignore(anna, greta, town.service_group, town.enterprise)
    form = {
        "form": "form-of-one-call-0009", "danger": "no", "phone": GRETA, "name": "Greta Ek", "consent": "1",
        "address": "Brahegatan 20, Gränna", "text-1": "Handla mat", "text-2": "Skjuts av en soffa", "category-2": "transport",
        "fetch": "1", "from_address": "",
    }  # fmt: skip
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sees("/desk", "Hämta på en annan adress")
        await olle.sends("/desk", "Skriv var det hämtas.", "Brahegatan 20, Gränna", status=422, **form)
        await olle.sends("/desk", "från Huskvarna till Gränna", **{**form, "from_address": "Storgatan 4, Huskvarna"})
        needs = await town.runtime.pool.fetch("SELECT category, from_area, from_place, from_address FROM need ORDER BY id")
        assert [tuple(need.values()) for need in needs] == [
            ("groceries", None, None, ""), ("transport", "huskvarna", "Huskvarna", "Storgatan 4, Huskvarna"),
        ]  # fmt: skip
        code = await town.runtime.pool.fetchval(
            "SELECT code FROM task t JOIN need n ON n.id = t.need_id WHERE from_area IS NOT NULL"
        )
        await olle.sees(f"/board/{code}", "Hämtas från", "Storgatan 4, Huskvarna")


async def test_staff_correct_where_it_is_fetched(town: Town) -> None:
    """Who is asked hears of another place; who has it hears the address, which stands in no history."""
    karin, anna, greta = await colleague(town, "Karin Ek"), await town.volunteer("Anna Berg", "granna"), town.phone(GRETA)
    task = await town.api("POST", "needs", SOFA, status=201)
    await town.settle()
    await greta.expects("letar")
    number = await anna.offer("från Huskvarna till Gränna")
    await karin.does("change", task["code"], from_area="bankeryd", from_place="Bankeryd", from_address="Hemliga vägen 3")
    await anna.expects("Ändrat", "från Bankeryd till Gränna")
    changed = (await event(town, task["code"], "task.changed"))["data"]["changed"]
    assert changed["from_place"] == ["Huskvarna", "Bankeryd"]
    assert changed["from_address"] is True
    await anna.sends(f"JA {number}")
    await anna.expects("hämta: Hemliga vägen 3, Bankeryd, lämna: Brahegatan 20, Gränna")
    await greta.expects("Anna")
    await karin.does("change", task["code"], from_area="", from_place="", from_address="")
    await anna.expects("Ändrat", "Greta Ek, Brahegatan 20, tel")
    assert (await town.task())["from"] is None


async def test_a_protected_identity_shows_neither_address(town: Town) -> None:
    """The service group is asked, and only there both addresses stand."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(GRETA), town.coordinator, town.enterprise)
    await town.api("POST", "needs", {**SOFA, "category": "groceries", "from": {}}, status=201)
    await town.settle()
    await anna.offer("Gränna")
    await town.runtime.pool.execute("UPDATE person SET protected = true WHERE phone = $1", GRETA)
    await town.api("POST", "needs", SOFA, status=201)
    await town.settle()
    anna.hears_nothing()
    await town.service_group.expects("från Huskvarna till Gränna", "hämta: Storgatan 4, Huskvarna, lämna: Brahegatan 20")


async def test_in_plain_words(town: Town) -> None:
    """Delivered where the writer is helped, fetched where the words say; and the helper hears the street."""
    anna, greta = await town.volunteer("Anna Berg", "granna", skills="car;vetted"), town.phone(GRETA)
    await greta.sends("Kan någon hämta en soffa på Storgatan 4 i Huskvarna och köra till Gränna?")
    await greta.expects("letar", "från Huskvarna till Gränna")
    number = await anna.offer("från Huskvarna till Gränna, ca 54 km")
    await anna.sends(f"JA {number}")
    await anna.expects("hämta: Storgatan 4, Huskvarna, lämna: Gränna")
    await greta.expects("Anna")


async def test_whoever_lives_where_it_is_fetched_is_helped_from_there(town: Town) -> None:
    bo, greta = await town.volunteer("Bo Ek", "huskvarna"), town.phone(GRETA)
    await greta.sends("Jag behöver hjälp att handla mat. Bor i Huskvarna")
    await greta.expects("letar", "Huskvarna")
    await bo.offer("Handla mat")
    town.ignore(bo, greta, town.service_group, town.enterprise)
    await greta.sends("Kan någon hämta min gamla soffa i Huskvarna och köra den till Gränna?")
    tasks = (await town.api("GET", "tasks"))["tasks"]
    assert [(t["area"], t["from"]) for t in tasks] == [("huskvarna", None), ("huskvarna", None)]


async def test_who_is_forgotten_leaves_no_address_behind(town: Town) -> None:
    """Neither in the request nor in what others were told."""
    anna, greta = await town.volunteer("Anna Berg", "granna"), town.phone(GRETA)
    town.ignore(anna, greta)
    await town.api("POST", "needs", SOFA, status=201)
    await town.settle()
    await anna.sends(f"JA {await anna.offer('från Huskvarna')}")
    await forget(town, await id_of(town, GRETA))
    tables = await town.runtime.pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    for table in tables:
        found = await town.runtime.pool.fetch(f'SELECT t::text AS row FROM "{table["tablename"]}" t')
        assert not [row["row"] for row in found if "Storgatan" in row["row"] or "Brahegatan" in row["row"]]


async def test_it_may_be_fetched_outside_the_network(town: Town) -> None:
    """In a town beside it, whose name the network file has: the way there counts, and helpers hear the town after the yes."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(GRETA))
    task = await town.api("POST", "needs", {**SOFA, "from": {"address": "Kyrkogatan 1", "place": "Habo"}}, status=201)
    assert (task["from"]["area"], round(task["from"]["lat"])) == (None, 58)
    await town.settle()
    number = await anna.offer("från en annan plats till Gränna, ca 96 km")
    await anna.sends(f"JA {number}")
    await anna.expects("hämta: Kyrkogatan 1, Habo, lämna: Brahegatan 20, Gränna")


async def test_fetched_there_and_driven_here_is_one_errand(town: Town) -> None:
    """To fetch and to drive are two verbs, and one thing to be done."""
    town.ignore(town.service_group, town.enterprise)
    greta = town.phone(GRETA)
    await greta.sends("kan någon hämta ett paket på Centrumvägen i Bankeryd och köra till Gränna")
    await greta.expects("letar", "från Bankeryd till Gränna")
    (task,) = (await town.api("GET", "tasks"))["tasks"]
    assert (task["category"], task["area"]) == ("errand", "granna")
