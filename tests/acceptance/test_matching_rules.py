"""Who is asked, who is not, and why: the rules as the people of a network meet them."""

from datetime import date, timedelta
from typing import Any

import pytest

from dispatch.errors import NotFit
from tests.acceptance.conftest import NetworkChange, Phone, Town
from tests.acceptance.desk import colleague
from tests.acceptance.forgetting import id_of

ELSA = "+46701000001"


@pytest.fixture
def change_network() -> NetworkChange:
    """Reading letters asks for the resident's language; keeping somebody company, for a background check."""

    def change(raw: dict[str, Any]) -> None:
        company = next(c for c in raw["category"] if c["key"] == "company")
        company |= {"requires": ["vetted"], "volunteers": True}
        raw["category"].append({"key": "letters", "names": {"sv": "Läsa brev"}, "languages": True})

    return change


async def asks(town: Town, category: str = "groceries", **more: Any) -> str:
    """Elsa in Gränna needs something. Returns the code."""
    need = {"phone": ELSA, "name": "Elsa Ek", "text": "hjälp, tack", "area": "granna", "category": category, **more}
    code = (await town.api("POST", "needs", need, status=201))["code"]
    town.ignore(town.phone(ELSA))
    await town.settle()
    return str(code)


async def test_two_who_do_not_want_to_meet(town: Town) -> None:
    """Elsa tells an operator on the telephone. Anna is never asked for her again, and hears nothing of it."""
    anna, bo = await town.volunteer("Anna Berg", "granna"), await town.volunteer("Bo Ek", "granna")
    town.ignore(bo, town.service_group, town.enterprise, town.coordinator)
    code = await asks(town)
    number = await anna.offer("Gränna")
    elsa, person = await id_of(town, ELSA), await id_of(town, anna.number)
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sees(f"/people/{elsa}", "Ska inte träffa", "Ingen.")
        await olle.sends(f"/people/{elsa}/apart", "Ingen heter så", status=422, who="Nobody")
        await olle.sends(f"/people/{elsa}/apart", "Det är den person som sidan handlar om", status=422, who="Elsa Ek")
        await olle.sends(f"/people/{elsa}/apart", "Anna Berg", "vill inte träffa den andra", "Olle", who="Anna Berg", whose="own")
        await olle.sees(f"/people/{person}", "Elsa Ek", "den andra vill inte", "Olle ändrade: vem personen inte ska träffa")
        await anna.sends(f"JA {number}")
        await anna.expects("Någon hann före")  # as if it were taken
        await town.api("POST", f"tasks/{code}/cancel", {})
        await town.settle()
        await anna.expects("behövs inte längre")
        code = await asks(town)
        anna.hears_nothing()
        await olle.sees(f"/board/{code}", "Varför just de", "Bo Ek", "Anna Berg: ska inte träffa den boende")
        karin = await colleague(town, "Karin Ek")
        with pytest.raises(NotFit, match="apart"):
            await karin.does("assign", code, person=person, anyway=True)
        await olle.sends(f"/people/{person}/apart/{elsa}/end", "Ingen.")
        await karin.does("offer", code, person=person)
    await anna.offer("Gränna")
    town.ignore(anna)


async def test_an_area_lead_reads_nothing_of_it(town: Town) -> None:
    """Leads are neighbours too."""
    await town.volunteer("Bo Ek", "granna")
    anna = await town.volunteer("Anna Berg", "granna")
    far = await town.volunteer("Cia Dal", "bankeryd")
    await town.import_people(f"name,phone,area,group\nCia Dal,{far.number},bankeryd,area:granna\n")
    town.ignore(anna, far, town.phone("+46701234501"), town.service_group, town.enterprise, town.coordinator)
    await asks(town)
    pool = town.runtime.pool
    for phone in (anna, far):
        await pool.execute(
            "INSERT INTO kept_apart VALUES ($1, $2, NULL, now())", await id_of(town, phone.number), await id_of(town, ELSA)
        )
    code = await asks(town)
    async with town.signed_in("area-lead", "Lena", area="granna") as lena:
        page = await lena.sees(f"/board/{code}", "Anna Berg", "kan inte frågas om det här", without=("ska inte träffa", "Cia"))
        assert "Bo Ek" in page
        await lena.sees(f"/people/{await id_of(town, anna.number)}", without=("Ska inte träffa",))


async def helped(town: Town, anna: Phone) -> str:
    """Anna has helped Elsa. Returns the path of her link."""
    await asks(town)
    number = await anna.offer("Gränna")
    await anna.sends(f"JA {number}")
    await anna.sends(f"KLAR {number}")
    town.ignore(anna)
    offer = await town.runtime.pool.fetchval("SELECT id FROM offer ORDER BY sent_at DESC LIMIT 1")
    return str(town.runtime.links.task(offer)).removeprefix(town.base)


async def offers(town: Town, code: str) -> list[Any]:
    """Who is asked about a task."""
    found: list[Any] = await town.runtime.pool.fetch(
        "SELECT o.person_id AS person, o.kind FROM offer o JOIN task t ON t.id = o.task_id WHERE t.code = $1", code
    )
    return found


async def test_a_helper_would_rather_not_come_again(town: Town) -> None:
    """One press on the page of the link, no reason, and nobody is told; also when she was to be asked first."""
    anna = await town.volunteer("Anna Berg", "granna")
    link = await helped(town, anna)
    town.ignore(town.service_group, town.enterprise, town.coordinator)
    async with town.at_a_browser() as browser:
        await browser.sees(link, "Vill du helst inte träffa den här personen igen?")
        csrf = ""
        async with browser.web.post(town.base + link, data={"action": "keep", "csrf": csrf}) as response:
            assert response.status in (200, 303)
        async with browser.web.post(town.base + link, data={"action": "not-again", "csrf": csrf}) as response:
            assert "frågas inte om den personen igen" in await response.text()
        await browser.sees(link, without=("Vill du helst inte träffa", "Ja, fråga mig först"))
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM kept_apart") == 1
    assert await town.runtime.pool.fetchval("SELECT fixed_contact FROM person WHERE phone = $1", ELSA) is None
    told = [t for t in town.carrier.texts if t.to == ELSA]
    await town.forward(days=1)
    code = await asks(town)
    assert await id_of(town, anna.number) not in [o["person"] for o in await offers(town, code)]
    assert not any("Anna vill" in t.text for t in told)


async def test_a_check_has_a_source_and_a_last_day(town: Town) -> None:
    """The coordinator writes down what she was shown, is told a month before it ends, and it ends by itself."""
    anna = await town.volunteer("Anna Berg", "granna")
    person = await id_of(town, anna.number)
    town.ignore(town.service_group, town.enterprise)
    last = date(2020, 5, 15)
    form = {"name": "Anna Berg", "phone": anna.number, "volunteer": "yes", "area": "granna", "language": "sv", "daily_limit": "6"}
    async with town.signed_in(name="Karin") as karin:
        seen = await _seen(karin, person)
        check = {"vetting": "valid", "vetted_on": "2020-04-01", "vetted_until": last.isoformat()}
        await karin.sends(f"/people/{person}", "Kontrollerad", "polisens utdrag", "gjord 2020-04-01", "till 2020-05-15",
                          **form, **check, seen=seen, vetting_source="polisens utdrag, visat för Karin")  # fmt: skip
        await town.forward(days=6)
        town.coordinator.hears_nothing()
        await karin.sees("/people?vetting=expiring", "Ingen hittades")
        await town.forward(days=1)
        await town.coordinator.expects("Registerkontroll", "snart går ut: 1, den första fredag 15/5")
        await karin.sees("/people?vetting=expiring", "Anna Berg")
        await town.forward(days=30, hours=11, minutes=30)  # the evening of its last day
        town.coordinator.hears_nothing()  # once is enough
        town.ignore(town.coordinator)
        await asks(town, "company")
        number = await anna.offer("Gränna")
        await town.forward(hours=11)
        await anna.sends(f"JA {number}")
        await anna.expects("registerkontroll", "gått ut")
        town.ignore(anna)
        await karin.sees("/people?vetting=ended", "Anna Berg")
        code = await asks(town, "company")
        await karin.sees(f"/people/{person}", "Hur den har stått", "polisens utdrag, visat för Karin", "kontrollen har gått ut")
    assert person not in [o["person"] for o in await offers(town, code)]
    events = await town.runtime.pool.fetch("SELECT data::text FROM events")
    assert not any("utdrag" in row["data"] for row in events)


async def _seen(karin: Any, person: int) -> str:
    page = await karin.sees(f"/people/{person}/edit")
    return str(page.split('name="seen" value="')[1].split('"')[0])


async def test_a_letter_is_read_by_somebody_who_knows_the_language(town: Town) -> None:
    """Elsewhere the language only decides who comes first; here nobody else is asked."""
    anna = await town.volunteer("Anna Berg", "granna", languages="sv")
    leila = await town.volunteer("Leila Nasr", "granna", languages="sv;ar")
    await town.import_people("name,phone,area,languages,role\nElsa Ek," + ELSA + ",granna,ar,resident\n")
    await town.runtime.pool.execute("UPDATE person SET language = 'ar' WHERE phone = $1", ELSA)
    town.ignore(leila, town.service_group, town.enterprise, town.coordinator)
    code = await asks(town, "letters")
    async with town.signed_in() as karin:
        await karin.sees(
            f"/board/{code}", "Leila Nasr", "talar arabiska", "aldrig frågad förut", "Anna Berg: talar inte arabiska"
        )
    anna.hears_nothing()


async def test_where_few_say_yes_more_are_asked_at_a_time(town: Town) -> None:
    """Forty were asked here lately and five said yes: a wave of three becomes one of seven. In a new network it is three."""
    phones = [await town.volunteer(f"Volontär {n}", "granna") for n in range(12)]
    town.ignore(*phones, town.service_group, town.enterprise, town.coordinator)
    code = await asks(town)
    first = (await town.api("GET", f"tasks/{code}"))["offers"]
    assert len(first) == 3
    await town.api("POST", f"tasks/{code}/cancel", {})
    await town.runtime.pool.execute(
        """INSERT INTO offer (id, task_id, person_id, kind, step, number, state, live, sent_at, expires_at)
           SELECT n, o.task_id, o.person_id, 'help', o.step, 10, CASE WHEN n <= 5 THEN 'withdrawn' ELSE 'expired' END, false,
                  o.sent_at - interval '1 day', o.sent_at
           FROM offer o, generate_series(1, 40) n WHERE o.id = (SELECT min(id) FROM offer)"""
    )
    await town.forward(minutes=15)
    code = await asks(town)
    assert len((await town.api("GET", f"tasks/{code}"))["offers"]) == 7
    async with town.signed_in() as karin:
        await karin.sees(f"/board/{code}", "7 frågade på en gång: 5 av de senaste 40 här sa ja")


async def test_a_request_may_take_more_than_its_kind(town: Town) -> None:
    """A coordinator writes that a tow bar is needed: whoever has none is passed over from then on."""
    anna = await town.volunteer("Anna Berg", "granna", skills="tow-bar")
    bo = await town.volunteer("Bo Ek", "granna")
    town.ignore(anna, town.service_group, town.enterprise, town.coordinator)
    async with town.signed_in() as karin:
        await town.runtime.pool.execute(
            "UPDATE person SET paused_until = $1 WHERE phone = $2", town.clock.now() + timedelta(minutes=5), bo.number
        )
        code = await asks(town)
        await karin.sends(f"/board/{code}/change", "Kräver dessutom", "dragkrok", category="groceries", area="granna",
                          urgency="normal", requires="dragkrok")  # fmt: skip
        await town.forward(minutes=9)
        await karin.sees(f"/board/{code}", "Bo Ek: saknar: dragkrok")
    bo.hears_nothing()


async def test_who_is_kept_apart_stays_so_when_two_rows_become_one(town: Town) -> None:
    """The wish stands with the duplicate; it, and how the check has stood, go with the person. What would keep somebody apart
    from themselves goes."""
    anna, old = await town.volunteer("Anna Berg", "granna"), await town.volunteer("Anna Berg", "bankeryd")
    await town.import_people(f"name,phone,area,role\nElsa Ek,{ELSA},granna,resident\n")
    pool, now = town.runtime.pool, town.clock.now()
    kept, gone, elsa = [await id_of(town, number) for number in (anna.number, old.number, ELSA)]
    for pair in ((elsa, gone), (gone, elsa), (kept, gone), (kept, elsa)):
        await pool.execute("INSERT INTO kept_apart VALUES ($1, $2, NULL, $3)", *pair, now)
    await pool.execute("INSERT INTO vetting_entry (person_id, at, state, source) VALUES ($1, $2, 'asked', 'kyrkan')", gone, now)
    async with town.signed_in() as karin:
        page = await karin.sees(f"/people/{kept}/merge?other={gone}")
        seen = page.split('name="seen" value="')[1].split('"')[0]
        await karin.sends(f"/people/{kept}/merge", "Elsa Ek", "kyrkan", other=str(gone), seen=seen)
    assert {tuple(r) for r in await pool.fetch("SELECT person_id, other_id FROM kept_apart")} == {(elsa, kept), (kept, elsa)}
