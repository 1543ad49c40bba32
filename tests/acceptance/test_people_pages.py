"""The people's pages: found, read, changed, paused, merged; and what an area lead does not get to see."""

import asyncio
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from dispatch.model import OfferState
from tests.acceptance.conftest import Town, Visitor

NAME = "Anna Berg"


async def person_id(town: Town, **columns: Any) -> int:
    """The id of the one person with this name, number or address who is not merged into another."""
    (column, value), *_ = columns.items()
    rows = await town.runtime.pool.fetch(f"SELECT id FROM person WHERE {column} = $1 AND merged_into IS NULL", value)
    assert len(rows) == 1, rows
    return int(rows[0]["id"])


async def column(town: Town, person: int, name: str) -> Any:
    """One column of a person's row."""
    return await town.runtime.pool.fetchval(f"SELECT {name} FROM person WHERE id = $1", person)


class _Form(HTMLParser):
    """What the form in the page's main part holds, as a browser would send it unchanged."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._main, self._inside = False, ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = {name: value or "" for name, value in attrs}
        self._main = self._main or tag == "main"
        if tag == "option" and ("selected" in a or self._inside not in self.fields):
            self.fields[self._inside] = a["value"]
        if not self._main or "name" not in a:
            return
        if tag == "input" and (a.get("type") != "checkbox" or "checked" in a):
            self.fields[a["name"]] = a["value"]
        if tag in ("select", "textarea"):
            self._inside = a["name"]
        if tag == "textarea":
            self.fields[a["name"]] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "notes":
            self.fields["notes"] += data


async def form_of(visitor: Visitor, path: str) -> dict[str, str]:
    """What the form on a page holds."""
    async with visitor.web.get(visitor.town.base + path) as response:
        assert response.status == 200
        form = _Form()
        form.feed(await response.text())
        return form.fields


async def saves(
    visitor: Visitor, path: str, *words: str, status: int = 200, form: dict[str, str] | None = None, **typed: str
) -> str:
    """Open the form of a person, type something over, and save."""
    fields = {**(form or await form_of(visitor, f"{path}/edit")), **typed}
    return await visitor.sends(path, *words, status=status, **fields)


async def people(town: Town) -> None:
    """Four volunteers and a resident."""
    await town.import_people(
        "name,phone,area,group,skills,languages,telegram_id,role,organisation\n"
        "Åsa Öst,070-111 11 11,granna,,car;vetted,sv;ar,,volunteer,Equmeniakyrkan Gränna\n"
        "Karl-Erik Ek,070-111 11 12,granna,,,sv,,volunteer,Gränna scoutkår\n"
        "Zoë Zetterberg,070-111 11 13,vaster,,cook,en,,volunteer,Dalviks IF\n"
        "Anna Berg,070-111 11 14,,,,,,resident,\n"
        "Vera Vikt,070-111 11 15,granna,,,,,resident,\n"
    )


def order(page: str, *names: str) -> list[str]:
    """The names in the order in which the page has them."""
    return sorted((n for n in names if n in page), key=page.index)


async def test_people_are_found(town: Town) -> None:
    await people(town)
    async with town.signed_in("operator", "Olle") as olle:
        page = await olle.sees("/people", NAME, "Åsa Öst", "Zoë Zetterberg")
        assert order(page, NAME, "Karl-Erik Ek", "Zoë Zetterberg", "Åsa Öst") == [
            NAME,
            "Karl-Erik Ek",
            "Zoë Zetterberg",
            "Åsa Öst",
        ]
        for q, name in {
            "asa": "Åsa Öst", "öst åsa": "Åsa Öst", "karl erik": "Karl-Erik Ek", "KARL-E": "Karl-Erik Ek",
            "dalvik": "Zoë Zetterberg",
            "070-111 11 12": "Karl-Erik Ek", "+46 70 111 11 13": "Zoë Zetterberg", "0046701111111": "Åsa Öst", "1114": NAME,
        }.items():  # fmt: skip
            page = await olle.sees(f"/people?q={q.replace('+', '%2B')}", name)
            assert page.count("<tr>") == 2, f"{q}: {page}"
        await olle.sees("/people?q=%25", "Åsa Öst", NAME)  # only a sign: nothing to look for
        await olle.sees("/people?q=finns inte", "Ingen hittades")
        await olle.sees("/people?skill=car", "Åsa Öst", '<option value="car" selected>bil</option>', without=("Karl-Erik", NAME))
        await olle.sees("/people?language=ar&area=granna", "Åsa Öst", "arabiska", without=("Karl-Erik", NAME))
        await olle.sees("/people?role=resident", NAME, without=("Karl-Erik",))
        await olle.sees("/people?role=staff", "Olle", without=("Karl-Erik",))
        await olle.sees("/people?vetting=valid", "Åsa Öst", without=("Karl-Erik", NAME))
        await olle.sees("/people?vetting=nonsense&area=månen&after=99", "Åsa Öst", NAME)
        await olle.sees("/people?after=nonsense", status=404)


async def test_pages_of_fifty(town: Town) -> None:
    rows = "".join(f"Person {n:03},+4670222{n:04},granna,,,,,volunteer,\n" for n in range(120))
    await town.import_people("name,phone,area,group,skills,languages,telegram_id,role,organisation\n" + rows)
    async with town.signed_in() as karin:
        first = await karin.sees("/people?area=granna", "Person 000", "Person 049", without=("Person 050", "Föregående"))
        onward = re.search(r'href="([^"]*after=\d+)"', first)
        assert onward
        second = await karin.sees(onward[1], "Person 050", "Person 099", without=("Person 049", "Person 100"))
        last = await karin.sees(re.search(r'href="([^"]*after=\d+)"', second)[1], "Person 119", without=(">Nästa<",))  # type: ignore[index]
        back = re.search(r'href="([^"]*before=\d+)"', last)
        assert back
        again = await karin.sees(back[1], "Person 050", "Person 099", without=("Person 049", "Person 100"))
        await karin.sees(re.search(r'href="([^"]*before=\d+)"', again)[1], "Person 000", without=("Föregående", "Person 050"))  # type: ignore[index]


async def test_one_person_with_everything(town: Town) -> None:
    helper = await town.volunteer("Åsa Öst", "granna", organisation="Equmeniakyrkan")
    vera = town.phone("+46701111115")
    await vera.sends("Kan någon handla mat? Jag bor i Gränna")
    number = await helper.offer("handla mat")
    await vera.expects()
    await helper.sends(f"JA {number}")
    await helper.expects()
    await vera.expects()
    code = (await town.task())["code"]
    asa, resident = await person_id(town, name="Åsa Öst"), await person_id(town, phone=vera.number)
    await town.runtime.pool.execute("UPDATE person SET fixed_contact = $1 WHERE id = $2", asa, resident)
    await town.runtime.pool.execute(
        "INSERT INTO consent (person_id, at, how, given_by) VALUES ($1, $2, 'phone', 'dottern')", resident, town.clock.now()
    )
    async with town.signed_in("operator", "Olle") as olle:
        page = await olle.sees(
            f"/people/{asa}", "Equmeniakyrkan", "1 av 6", "1 ärende", "sa ja", f"/board/{code}", "Är fast kontakt för",
            f"JA {number}", "har kommit fram",
        )  # fmt: skip
        assert page.index("Tack! Du hjälper") < page.index("Skrev till oss") < page.index("Tillfrågad: Handla mat")
        await olle.sees(
            f"/people/{resident}", "Eget ärende: Handla mat", "någon har tagit det", "Fast kontakt", "Åsa Öst",
            "sagt av dottern", "Kan någon handla mat? Jag bor i Gränna",
        )  # fmt: skip
        await olle.sees(f"/people/{resident}?before=2020-01-01", "Inget än")
        await olle.sees(f"/people/{resident}?before=nonsense", "Eget ärende")
        await olle.sees("/people/1", status=404)
        await olle.sees(f"/people/{2**70}", status=404)
    assert await town.runtime.pool.fetchval("SELECT state FROM offer WHERE person_id = $1", asa) == OfferState.ACCEPTED


async def test_somebody_is_added(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        empty = await form_of(olle, "/people/new")
        await olle.sends("/people", "Skriv ett namn", status=422, **empty)
        typed = empty | {"name": "<b>Nils</b> Ny", "phone": "070-333 33 33", "area": "granna",
                         "languages": "svenska, Arabiska; en", "skills": "Bil, bil, vetted",
                         "email": "Nils@Exempel.se"}  # fmt: skip
        await olle.sends("/people", "inget telefonnummer", 'value="abc"', "Bil, bil", status=422, **typed | {"phone": "abc"})
        await olle.sends("/people", "ingen e-postadress", status=422, **typed | {"email": "nils"})
        await olle.sends("/people", "blorkiska", "Inget språk", status=422, **typed | {"languages": "blorkiska"})
        await olle.sends("/people", "högst 200 tecken", "x" * 10_000, status=422, **typed | {"name": "x" * 10_000})
        page = await olle.sends("/people", "Nils", "Olle lade till personen", "arabiska", **typed)
        assert "<b>Nils</b>" in page  # entities are resolved here: what came over the line was escaped
        nils = await person_id(town, phone="+46703333333")
        async with olle.web.get(f"{town.base}/people/{nils}") as response:
            assert "&lt;b&gt;Nils&lt;/b&gt;" in await response.text()
        await olle.sends("/people", "redan <b>Nils</b> Ny", f"/people/{nils}", status=422, **typed | {"name": "En annan"})
    row = await town.runtime.pool.fetchrow("SELECT * FROM person WHERE id = $1", nils)
    assert (row["skills"], row["languages"], row["email"], row["roles"]) == (
        ["car"],
        ["sv", "ar", "en"],
        "nils@exempel.se",
        ["volunteer"],
    )
    assert await town.runtime.pool.fetchval("SELECT group_key FROM group_member WHERE person_id = $1", nils) == "area:granna"
    await town.phone("+46704444444").sends("Kan någon handla mat åt mig i Gränna?")
    await town.phone("+46703333333").offer("handla mat")
    town.ignore(town.phone("+46704444444"))


async def test_a_person_is_changed(town: Town) -> None:
    await people(town)
    anna, karl = await person_id(town, name=NAME), await person_id(town, name="Karl-Erik Ek")
    async with town.signed_in("coordinator", "Karin") as karin:
        await saves(karin, f"/people/{anna}", "Hemliga gatan 1", "Karin ändrade: Adress, Anteckningar", address="Hemliga gatan 1",
                    notes="Porten har kod")  # fmt: skip
        await saves(karin, f"/people/{karl}", "kontrollerad", "till 2020-12-31", vetting="valid", vetted_until="2020-12-31")
        assert await column(town, karl, "skills") == ["vetted"]
        await saves(karin, f"/people/{karl}", "underkänd", area="vaster", vetting="refused")
        assert await column(town, karl, "skills") == []
        assert await town.runtime.pool.fetchval("SELECT group_key FROM group_member WHERE person_id = $1", karl) == "area:vaster"
        await saves(karin, f"/people/{karl}", "Ett tal från 1 till 50", status=422, daily_limit="0")
        await saves(karin, f"/people/{karl}", "Skriv dagen så här", status=422, vetted_until="snart")
        form = await form_of(karin, f"/people/{karl}/edit")
        del form["volunteer"]
        await saves(karin, f"/people/{karl}", "Välj minst en", status=422, form=form)
        await saves(karin, f"/people/{karl}", form=form | {"resident": "yes"})
        assert await town.runtime.pool.fetchval("SELECT count(*) FROM group_member WHERE person_id = $1", karl) == 0
    events = await town.runtime.pool.fetch("SELECT data::text FROM events WHERE kind = 'person.changed'")
    assert len(events) == 4
    assert not any("Hemliga" in e["data"] or "kod" in e["data"] for e in events)


async def test_somebody_elses_number(town: Town) -> None:
    await people(town)
    anna, karl = await person_id(town, name=NAME), await person_id(town, name="Karl-Erik Ek")
    async with town.signed_in("coordinator", "Karin") as karin:
        page = await saves(karin, f"/people/{karl}", f"redan {NAME}", 'value="0701111114"', status=422, phone="0701111114")
        assert f'href="/people/{karl}/merge?other={anna}"' in page
        assert await column(town, karl, "phone") == "+46701111112"


async def test_two_change_the_same_person(town: Town) -> None:
    await people(town)
    anna = await person_id(town, name=NAME)
    async with town.signed_in("coordinator", "Karin") as karin, town.signed_in("operator", "Olle") as olle:
        old = await form_of(olle, f"/people/{anna}/edit")
        await saves(karin, f"/people/{anna}", address="Nya gatan 2", place="Gränna")
        mine = {"address": "Gamla gatan 1", "notes": "ringer helst"}
        page = await saves(
            olle, f"/people/{anna}", "Någon annan har ändrat", "Adress: nu ”Nya gatan 2”", "du skrev ”Gamla gatan 1”",
            "Ort: nu ”Gränna”", "ringer helst", status=409, form=old, **mine,
        )  # fmt: skip
        assert await column(town, anna, "address") == "Nya gatan 2"
        assert 'value="Gamla gatan 1"' in page
        seen = re.search(r'name="seen" value="([^"]*)"', page)
        assert seen
        await saves(olle, f"/people/{anna}", "Gamla gatan 1", form=old | {"seen": seen[1], "place": "Gränna"}, **mine)
        assert await column(town, anna, "place") == "Gränna"


async def test_a_pause(town: Town) -> None:
    asa = await town.volunteer("Åsa Öst", "granna")
    await town.volunteer("Karl Ek", "granna")
    person = await person_id(town, name="Åsa Öst")
    resident = town.phone("+46704444444")
    town.ignore(resident, town.phone("+46701234502"))
    await resident.sends("Kan någon handla mat åt mig i Gränna?")
    number = await asa.offer("handla mat")
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sends(f"/people/{person}/pause", "inte har varit", status=422, day="2020-04-07")
        await olle.sends(f"/people/{person}/pause", "inte har varit", status=422, day="i morgon")
        await olle.sends(f"/people/{person}/pause", "Pausad", "Avsluta pausen", length="week")
        await olle.sees("/people?standing=paused", "Åsa Öst", without=("Karl Ek",))
        await asa.sends(f"JA {number}")  # what waits for an answer stays
        await asa.expects()
        await town.phone("+46704444445").sends("Kan någon gå till apoteket i Gränna?")
        asa.hears_nothing()
        await olle.sends(f"/people/{person}/resume", "Olle avslutade pausen", without=("Avsluta pausen",))
        await olle.sends(f"/people/{person}/pause", "Pausad tills vidare", length="further")
        await olle.sends(f"/people/{person}/pause", "Pausad", day="2020-04-08")
        await town.forward(hours=15)
        await olle.sees(f"/people/{person}", without=("Avsluta pausen",))
    town.ignore(asa, town.phone("+46704444445"), town.service_group, town.enterprise, town.coordinator)


async def test_stopp_is_ended_by_staff_with_a_reason(town: Town) -> None:
    asa = await town.volunteer("Åsa Öst", "granna")
    await asa.sends("STOPP")
    await asa.expects()
    person = await person_id(town, name="Åsa Öst")
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sees("/people?standing=stopped", "Åsa Öst", "Har skrivit STOPP")
        await olle.sees(f"/people/{person}", "Bara personen själv häver det")
        await olle.sends(f"/people/{person}/restart", "Skriv hur personen sa det", status=422, why=" ")
        await olle.sends(
            f"/people/{person}/restart", "Olle hävde STOPP: ringde i dag", why="ringde i dag", without=("Häv STOPP",)
        )
    assert await column(town, person, "stopped_at") is None


async def merges(visitor: Visitor, kept: int, duplicate: int, *words: str, status: int = 200) -> str:
    """Look at both and merge."""
    page = await visitor.sees(f"/people/{kept}/merge?other={duplicate}")
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    return await visitor.sends(f"/people/{kept}/merge", *words, status=status, other=str(duplicate), seen=seen[1])


async def test_an_old_number_still_finds_the_person(town: Town) -> None:
    helper = await town.volunteer("Åsa Öst", "granna")
    old, new = town.phone("+46705555551"), town.phone("+46705555552")
    await old.sends("Kan någon handla mat åt mig i Gränna?")
    number = await helper.offer("handla mat")
    await old.expects()
    await new.sends("Hur går det med maten?")
    town.ignore(new, town.coordinator)
    kept, duplicate = await person_id(town, phone=new.number), await person_id(town, phone=old.number)
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sees(f"/people/{kept}/merge?q=0705555551", f"/people/{kept}/merge?other={duplicate}")
        await karin.sees(f"/people/{kept}/merge?other={duplicate}", "1 ärenden", "070-555 55 51", "Gränna")
        await merges(karin, kept, duplicate, "Karin slog ihop", "Känns också igen på", "070-555 55 51", "Eget ärende: Handla mat")
        await karin.sees(f"/people/{duplicate}", "070-555 55 52")  # an old link leads to the person
        page = await karin.sees("/people?q=0705555551", "070-555 55 52")  # and so does a search for the old number
        assert page.count("<tr>") == 2
    async with town.signed_in("operator", "Olle") as olle:  # who phones from the old number is known at the desk
        await olle.sends("/desk/look", "samma nummer", phone=old.number)
    await helper.sends(f"JA {number}")
    await helper.expects(new.number)
    await old.sends("AVBOKA")
    await old.expects("avbokat")  # answered on the phone that somebody holds
    await helper.expects("avbokat")
    await old.sends("jag har ramlat och kommer inte upp")
    await old.expects("RING 112")
    task = next(t for t in (await town.api("GET", "tasks"))["tasks"] if t["category"] == "groceries")
    assert task["state"] == "cancelled"
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM inbox WHERE person_id = $1", kept) == 4
    assert await column(town, duplicate, "merged_into") == kept
    report = await town.import_people(f"name,phone,area,role\nNamn,{old.number},granna,volunteer\n")
    assert report.taken == 1
    members = await town.runtime.pool.fetch("SELECT person_id FROM group_member WHERE group_key = 'area:granna'")
    assert duplicate not in {m["person_id"] for m in members}


async def test_a_volunteer_with_two_rows(town: Town) -> None:
    """Two questions with the same number cannot become one person's; when one has been answered they can."""
    one, two = await town.volunteer("Åsa Öst", "granna", skills="car"), await town.volunteer("Åsa Ö", "tenhult", skills="cook")
    first, second = town.phone("+46704444441"), town.phone("+46704444442")
    await first.sends("Kan någon handla mat åt mig i Gränna?")
    await second.sends("Kan någon handla mat åt mig i Tenhult?")
    town.ignore(first, second, town.coordinator, town.service_group, town.enterprise)
    assert await one.offer("handla") == await two.offer("handla") == 10
    kept, duplicate = await person_id(town, name="Åsa Öst"), await person_id(town, name="Åsa Ö")
    async with town.signed_in("coordinator", "Karin") as karin:
        await merges(karin, kept, duplicate, "numret 10", "Vänta tills en av dem", status=409)
        assert await column(town, duplicate, "merged_into") is None
        await two.sends("NEJ 10")
        await two.expects()
        await merges(karin, kept, duplicate, "Åsa Öst", "Tenhult", "sa nej")
    assert await column(town, kept, "skills") == ["car", "cook"]
    groups = await town.runtime.pool.fetch("SELECT group_key FROM group_member WHERE person_id = $1 ORDER BY 1", kept)
    assert [g["group_key"] for g in groups] == ["area:granna", "area:tenhult"]
    await two.sends("JA 10")  # from the other telephone: the one question that is left
    await two.expects("handla")
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM offer WHERE person_id = $1 AND state = 'accepted'", kept) == 1
    town.ignore(one, two)


async def test_asked_twice_about_one_task(town: Town) -> None:
    """The same volunteer under two numbers was asked about one task: the yes stays, the other question is over."""
    one, two = await town.volunteer("Åsa Öst", "granna"), await town.volunteer("Åsa Ö", "granna")
    resident = town.phone("+46704444441")
    town.ignore(resident)
    await resident.sends("Kan någon handla mat åt mig i Gränna?")
    assert await one.offer("handla") == await two.offer("handla")
    kept, duplicate = await person_id(town, name="Åsa Öst"), await person_id(town, name="Åsa Ö")
    async with town.signed_in("coordinator", "Karin") as karin:
        await merges(karin, kept, duplicate, "Åsa Öst")
    states = await town.runtime.pool.fetch("SELECT state, live FROM offer WHERE person_id = $1 ORDER BY state", kept)
    assert [tuple(s) for s in states] == [("sent", True), ("superseded", False)]
    await two.sends("JA 10")
    await two.expects("handla")
    assert (await town.task())["state"] == "taken"


async def test_two_merge_at_once(town: Town) -> None:
    await people(town)
    anna, vera = await person_id(town, name=NAME), await person_id(town, name="Vera Vikt")
    async with town.signed_in("coordinator", "Karin") as karin, town.signed_in("administrator", "Ada") as ada:
        seen = re.search(r'name="seen" value="([^"]*)"', await ada.sees(f"/people/{vera}/merge?other={anna}"))
        assert seen
        answers = []
        for visitor, kept, other in ((karin, anna, vera), (ada, vera, anna)):
            fields = {"csrf": await visitor.csrf(), "other": str(other), "seen": seen[1]}
            answers.append(visitor.web.post(f"{town.base}/people/{kept}/merge", data=fields, allow_redirects=False))
        got = await asyncio.gather(*answers)
        assert sorted(r.status for r in got) == [303, 409]
        loser = next(r for r in got if r.status == 409)
        assert "slagits ihop redan" in await loser.text()
        for response in got:
            response.release()


async def test_what_cannot_be_merged(town: Town) -> None:
    await people(town)
    anna, vera = await person_id(town, name=NAME), await person_id(town, name="Vera Vikt")
    async with town.signed_in("coordinator", "Karin") as karin:
        own = await person_id(town, name="Karin")
        await karin.sees(f"/people/{anna}/merge?other={own}", "har ett konto", status=409)
        await karin.sends(f"/people/{anna}/merge", "har ett konto", status=409, other=str(own), seen="0.0")
        await karin.sees(f"/people/{anna}/merge?other={anna}", "samma person", status=409)
        await karin.sees(f"/people/{anna}/merge?other=1", status=404)
        await karin.sends(f"/people/{anna}/merge", status=404, other="nonsense")
        await karin.sends(f"/people/{anna}/merge", "har ändrats", status=409, other=str(vera), seen="7.7")
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sees(f"/people/{anna}/merge", status=403)
        await olle.sends(f"/people/{anna}/merge", status=403, other=str(vera), seen="0.0")


async def test_what_holds_for_one_holds_for_both(town: Town) -> None:
    """STOPP and a protected identity are never lost by merging; whose fixed contact it was is not either."""
    await people(town)
    anna, vera, karl = [await person_id(town, name=n) for n in (NAME, "Vera Vikt", "Karl-Erik Ek")]
    await town.runtime.pool.execute(
        "UPDATE person SET stopped_at = $1, protected = true, notes = 'hör dåligt', fixed_contact = $3 WHERE id = $2",
        town.clock.now(), vera, karl,
    )  # fmt: skip
    await town.runtime.pool.execute("UPDATE person SET fixed_contact = $1 WHERE id = $2", vera, karl)
    async with town.signed_in("coordinator", "Karin") as karin:
        await merges(karin, anna, vera, "Har skrivit STOPP", "Skyddad identitet", "hör dåligt", "Karl-Erik Ek")
    assert await column(town, karl, "fixed_contact") == anna
    assert await column(town, anna, "fixed_contact") == karl


async def test_when_somebody_can_help_and_what_they_avoid(town: Town) -> None:
    await people(town)
    asa = await person_id(town, name="Åsa Öst")
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sees(f"/people/{asa}", without=("Kan hjälpa", "Frågas sist om", "I reserv sedan"))
        await town.runtime.pool.execute(
            "UPDATE person SET available = '{weekends,evenings}', standby_since = $2, "
            "avoids = '{category:pet,place:Bunn,area:granna,area:mars}' WHERE id = $1", asa, town.clock.now(),
        )  # fmt: skip
        await karin.sees(f"/people/{asa}", "kvällar, helger", "Husdjur, Bunn, Gränna och Örserum, mars", "I reserv sedan")
        await karin.sends("/language", "evenings, weekends", "Pets, Bunn", "On standby", language="en", back=f"/people/{asa}")
        await saves(karin, f"/people/{asa}", organisation="Scouterna")  # the form has none of it, and loses none of it
    assert await column(town, asa, "available") == ["weekends", "evenings"]
    assert await column(town, asa, "standby_since") == town.clock.now()


async def test_wishes_pictures_and_expenses_go_along(town: Town) -> None:
    """Whoever was needed under one number is needed; what either avoids is avoided."""
    one, two = await town.volunteer("Åsa Öst", "granna"), await town.volunteer("Åsa Ö", "granna")
    elsa, pool, now = town.phone("+46704444441"), town.runtime.pool, town.clock.now()
    town.ignore(one, two, elsa)
    await elsa.sends("Kan någon handla mat åt mig i Gränna?")
    kept, duplicate = await person_id(town, name="Åsa Öst"), await person_id(town, name="Åsa Ö")
    await pool.execute("UPDATE person SET standby_since = $2, avoids = '{category:pet}' WHERE id = $1", kept, now)
    await pool.execute(
        "UPDATE person SET available = '{evenings}', avoids = '{category:pet,area:norr}', telegram_id = 7, chat_blocked_at = $2 "
        "WHERE id = $1", duplicate, now,
    )  # fmt: skip
    await pool.execute(
        "INSERT INTO attachment (id, task_id, person_id, kind, carrier, file_id, mime, created_at) "
        "SELECT 1, id, $1, 'photo', 'telegram', 'f', 'image/jpeg', $2 FROM task", duplicate, now,
    )  # fmt: skip
    await pool.execute("INSERT INTO expense SELECT 1, id, $1, 9900, false, 1, $2 FROM task", duplicate, now)
    async with town.signed_in("coordinator", "Karin") as karin:
        await merges(karin, kept, duplicate)
    row = await pool.fetchrow("SELECT * FROM person WHERE id = $1", kept)
    assert (row["standby_since"], row["available"], row["avoids"]) == (None, ["evenings"], ["category:pet", "area:norr"])
    assert (row["telegram_id"], row["chat_blocked_at"]) == (7, now)
    for table in ("attachment", "expense"):
        assert await pool.fetchval(f"SELECT person_id FROM {table}") == kept


async def test_the_number_of_a_duplicate_becomes_the_main_one(town: Town) -> None:
    await people(town)
    anna, vera = await person_id(town, name=NAME), await person_id(town, name="Vera Vikt")
    async with town.signed_in("coordinator", "Karin") as karin:
        await merges(karin, anna, vera)
        await saves(karin, f"/people/{anna}", "Känns också igen på", "070-111 11 14", phone="070-111 11 15")
    assert await column(town, anna, "phone") == "+46701111115"
    assert await column(town, vera, "phone") == "+46701111114"


async def test_an_area_lead(town: Town) -> None:
    await people(town)
    asa, karl, zoe, vera = [await person_id(town, name=n) for n in ("Åsa Öst", "Karl-Erik Ek", "Zoë Zetterberg", "Vera Vikt")]
    await town.runtime.pool.execute("UPDATE person SET notes = 'hemlig anteckning', address = 'Hemgatan 1' WHERE id = $1", asa)
    await town.runtime.pool.execute("UPDATE person SET protected = true WHERE id = $1", karl)
    town.ignore(town.coordinator)
    await town.phone("+46701111111").sends("Jag har en hemlighet, kan ni ringa?")
    town.ignore(town.phone("+46701111111"))
    async with town.signed_in("area-lead", "Lea", area="granna") as lea:
        await lea.sees("/people", "Åsa Öst", without=("Karl-Erik", "Zoë", "Vera", "Lägg till"))
        await lea.sees("/people?area=vaster&role=resident&q=Vera", "Ingen hittades", without=("Vera Vikt",))
        await lea.sees("/people?q=0701111115", "Ingen hittades")
        await lea.sees(f"/people/{asa}", "+46701111111", without=("hemlig", "Hemgatan", "Ändra<", "Slå ihop", "Samtycke"))
        for hidden in (karl, zoe, vera):
            await lea.sees(f"/people/{hidden}", status=404)
            await lea.sends(f"/people/{hidden}/pause", status=404, length="week")
        for path in (f"/people/{asa}/edit", f"/people/{asa}/merge", "/people/new"):
            await lea.sees(path, status=403)
        await lea.sends(f"/people/{asa}", status=403, name="Ny")
        await lea.sends(f"/people/{asa}/restart", status=403, why="för att")
        await lea.sends(f"/people/{asa}/pause", "Pausad", length="week")
        await lea.sends(f"/people/{asa}/resume")


async def test_an_operator_changes_contact_facts_only(town: Town) -> None:
    await people(town)
    asa = await person_id(town, name="Åsa Öst")
    async with town.signed_in("operator", "Olle") as olle:
        form = await form_of(olle, f"/people/{asa}/edit")
        assert {"vetting", "vetted_until", "volunteer", "resident"}.isdisjoint(form)
        await saves(olle, f"/people/{asa}", form=form, organisation="Svenska kyrkan", vetting="refused", resident="yes")
        assert await column(town, asa, "organisation") == "Svenska kyrkan"
        assert await column(town, asa, "roles") == ["volunteer"]
        assert "vetted" in await column(town, asa, "skills")
        staff = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = '+46701110001'")
        await olle.sees(f"/people/{staff}", without=(f"/people/{staff}/edit",))
        await olle.sees(f"/people/{staff}/edit", status=403)
        await olle.sends(f"/people/{staff}", status=403, name="Ny")
    async with town.signed_in("service", "Sara") as sara:
        await sara.sees("/people", status=403)
        await sara.sees(f"/people/{asa}", status=403)


@pytest.mark.parametrize("path", ["/people", "/people/new"])
async def test_in_english_too(town: Town, path: str) -> None:
    await people(town)
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sends("/language", "Telephone" if path == "/people/new" else "Background check", language="en", back=path)
