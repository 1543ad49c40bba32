"""The dispatch board without scripts: what coordinators and area leads see, and what they do about a task."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
import shapely

from dispatch.events import Kind
from service.board.history import SAID
from tests.acceptance.conftest import NetworkChange, Town

ELSA = "+46701740605"
BERTIL = "+46701740606"


@pytest.fixture
def change_network() -> NetworkChange:
    return lambda raw: raw["network"].update(quiet_hours="")


async def asks(town: Town, text: str = "Kan någon handla mat? Bor i Gränna", phone: str = ELSA) -> str:
    """A resident asks; the task's code."""
    before = {t["code"] for t in (await town.api("GET", "tasks"))["tasks"]}
    await town.phone(phone).sends(text)
    town.ignore(town.phone(phone), town.service_group, town.enterprise, town.coordinator)
    (code,) = {t["code"] for t in (await town.api("GET", "tasks"))["tasks"]} - before
    return str(code)


def seen(page: str) -> str:
    """The last event that a task's page showed."""
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found
    return found[1]


def lane(page: str, name: str) -> str:
    """One column of the board's page."""
    return page.partition(f'data-lane="{name}"')[2].partition("</section>")[0]


async def kinds(town: Town, code: str) -> list[str]:
    return [e["kind"] for e in (await town.api("GET", f"tasks/{code}"))["history"]]


async def test_a_task_is_followed_through_the_columns(town: Town) -> None:
    anna = await town.volunteer("Anna Berg", "granna", organisation="Equmeniakyrkan Gränna")
    code = await asks(town)
    number = await anna.offer("Handla mat")
    async with town.signed_in() as karin:
        page = await karin.sees("/board", code, "Gränna", "Frågade: Anna")
        assert code in lane(page, "open")
        await anna.sends(f"JA {number}")
        await anna.expects("Kan någon handla")
        page = await karin.sees("/board", "Har det: Anna Berg, Equmeniakyrkan Gränna")
        assert code in lane(page, "taken")
        await anna.sends(f"PÅ VÄG {number}")
        await anna.expects("")
        assert code in lane(await karin.sees("/board"), "underway")
        await anna.sends(f"KLAR {number}")
        await anna.expects("")
        page = await karin.sees("/board", "Klart, bekräftas")
        assert code in lane(page, "done")
        await town.forward(hours=48)
        assert code not in await karin.sees("/board")


async def test_what_needs_a_human_stands_first_and_says_why(town: Town) -> None:
    question = await asks(town, "Vad kostar det?")
    emergency = await asks(town, "hjälp jag har ramlat och kommer inte upp", BERTIL)
    async with town.signed_in() as karin:
        page = await karin.sees("/board", "Har en fråga", "Kan vara fara för liv", "AKUT")
        human = lane(page, "human")
        assert human.index(emergency) < human.index(question)
        await karin.sends(f"/board/{emergency}/acknowledge", "Ärendet är ditt")
        assert emergency in lane(await karin.sees("/board"), "service")
        await karin.sends(f"/board/{question}/answer", "avslutat", text="Det kostar ingenting.")
        assert question in lane(await karin.sees("/board"), "done")


async def test_filters_live_in_the_address(town: Town) -> None:
    granna = await asks(town)
    bankeryd = await asks(town, "Kan någon hämta medicin på apoteket? Bor i Bankeryd", BERTIL)
    async with town.signed_in() as karin:
        await karin.sees("/board?area=granna", granna, without=(bankeryd,))
        await karin.sees("/board?category=pharmacy", bankeryd, without=(granna,))
        await karin.sees("/board?urgency=high", without=(granna,))
        await karin.sees("/board?q=apoteket", bankeryd, without=(granna,))
        await karin.sees(f"/board?q={ELSA[-6:]}", granna, without=(bankeryd,))
        await karin.sees("/board?q=100%25", without=(granna, bankeryd))
        await karin.sees("/board?area=nowhere&category=x&urgency=y&lane=z", granna, bankeryd)
        await karin.sees("/board?lane=open", granna, bankeryd, without=("Klara i dag",))


async def test_an_area_lead_sees_the_own_area_only(town: Town) -> None:
    granna = await asks(town)
    bankeryd = await asks(town, "Kan någon hämta medicin på apoteket? Bor i Bankeryd", BERTIL)
    async with town.signed_in("area-lead", area="granna") as lead:
        await lead.sees("/board", granna, without=(bankeryd,))
        await lead.sees("/board?area=bankeryd", granna, without=(bankeryd,))
        await lead.sees(f"/board/{granna}", "Kan någon handla mat")
        await lead.sees(f"/board/{bankeryd}", status=404)
        await lead.sends(f"/board/{bankeryd}/note", text="hej", status=404)
        await lead.sends(f"/board/{granna}/cancel", text="hej", status=403)
        await lead.sends(f"/board/{granna}/note", "hej på er", text="hej på er")
        page = await lead.sees("/board/map.json", granna)
        assert bankeryd not in page
        await town.runtime.pool.execute("UPDATE person SET protected = true WHERE phone = $1", ELSA)
        await lead.sees("/board", without=(granna,))
        await lead.sees(f"/board/{granna}", status=404)


async def test_somebody_is_asked_by_name(town: Town) -> None:
    anna = await town.volunteer("Anna Berg", "huskvarna")
    other = await town.volunteer("Anna Lind", "kaxholmen")
    code = await asks(town)
    town.ignore(anna, other)
    async with town.signed_in(name="Karin") as karin:
        await karin.sends(f"/board/{code}/offer", "Ingen heter så", who="Sixten", status=422)
        await karin.sends(f"/board/{code}/offer", "Flera heter så", "Anna Berg", "Anna Lind", who="Anna", status=422)
        await karin.sends(f"/board/{code}/offer", "Ingen har det numret", who="070-000 00 00", status=422)
        await karin.sends(f"/board/{code}/offer", "Skriv ett namn", who="", status=422)
        await karin.sends(f"/board/{code}/offer", "Personen är frågad", who="Anna Berg · 070-123 45 01")
        await karin.sends(f"/board/{code}/offer", "har inte svarat än", who="Anna Berg", status=409)
        await karin.sees(f"/board/{code}", "Frågade: Anna Berg", "Karin")
        await karin.sends(f"/board/{code}/assign", "får veta det nu", who="Anna Lind")
        await karin.sees(f"/board/{code}", "Anna Lind tog det", "infört av Karin")


async def test_two_coordinators_act_on_the_same_task(town: Town) -> None:
    """The second hears what the first has done; nothing is overwritten."""
    anna, bo = await town.volunteer("Anna Berg", "granna"), await town.volunteer("Bo Ek", "granna")
    town.ignore(anna, bo)
    code = await asks(town)
    async with town.signed_in(name="Karin") as karin, town.signed_in(name="Olle") as olle:
        what_both_saw = seen(await karin.sees(f"/board/{code}"))
        assert seen(await olle.sees(f"/board/{code}")) == what_both_saw
        await karin.sends(f"/board/{code}/assign", who="Anna Berg", seen=what_both_saw)
        page = await olle.sends(
            f"/board/{code}/assign", "Någon har gjort något med ärendet", "Anna Berg tog det", who="Bo Ek",
            seen=what_both_saw, status=409,
        )  # fmt: skip
        assert 'value="Bo Ek"' in page  # what was typed stays
        task = await town.api("GET", f"tasks/{code}")
        assert [t["name"] for t in task["takers"]] == ["Anna Berg"]
        await olle.sends(f"/board/{code}/assign", "får veta det nu", who="Bo Ek", seen=seen(page))
        task = await town.api("GET", f"tasks/{code}")
        assert [t["name"] for t in task["takers"]] == ["Bo Ek"]


async def test_the_ladder_going_on_by_itself_is_no_change_that_stops_anybody(town: Town) -> None:
    for name in ("Anna Berg", "Bo Ek", "Cia Al", "Dan Ås"):
        town.ignore(await town.volunteer(name, "granna"))
    code = await asks(town)
    async with town.signed_in() as karin:
        before = seen(await karin.sees(f"/board/{code}"))
        await town.forward(minutes=11)  # the next wave
        await karin.sends(f"/board/{code}/change", "Ärendet är ändrat", wanted="i morgon", seen=before)


async def test_put_off_and_taken_up_again(town: Town) -> None:
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna)
    code = await asks(town)
    async with town.signed_in() as karin:
        for bad in ("", "2020-04-08T08:00", "2021-04-08T08:00", "i morgon"):
            await karin.sends(f"/board/{code}/hold", "Ange till när", until=bad, text="butiken är stängd", status=422)
        page = await karin.sends(f"/board/{code}/hold", "Ange till när", until="", text="butiken är stängd", status=422)
        assert "butiken är stängd</textarea>" in page
        await karin.sends(f"/board/{code}/hold", "Ärendet väntar", until="2020-04-08T13:00", text="butiken är stängd")
        await karin.sees("/board", "väntar till")
        await town.forward(hours=3)
        assert (await town.api("GET", f"tasks/{code}"))["step"] == "area"
        await karin.sends(f"/board/{code}/resume", "Sökandet går vidare")
        await karin.sees(f"/board/{code}", "Väntan är över", "butiken är stängd")


async def test_a_request_is_changed_merged_and_split(town: Town) -> None:
    code = await asks(town)
    async with town.signed_in() as karin:
        await karin.sends(f"/board/{code}/change", "Nätverket känner inte", place="Månen",
                          area="granna", category="groceries", urgency="normal", status=422)  # fmt: skip
        await karin.sends(f"/board/{code}/change", "Ärendet är ändrat", category="pharmacy", area="granna", urgency="high",
                          place="", address="Storgatan 4", wanted="i dag")  # fmt: skip
        page = await karin.sees(f"/board/{code}", "kategorin (Handla mat → Apotek)", "adressen", "Bråttom", "Storgatan 4")
        assert "adressen (" not in page  # history is read by more people than may see where somebody lives
        await karin.sends(f"/board/{code}/split", "Välj en kategori", text="och mjölk", category="", status=422)
        await karin.sends(f"/board/{code}/split", "eget ärende nu", text="och mjölk", category="groceries")
        (new,) = [t["code"] for t in (await town.api("GET", "tasks"))["tasks"] if t["code"] != code]
        await karin.sees(f"/board/{code}", new, "Samma person har också")
        await karin.sends(f"/board/{new}/merge", "Ange vilket ärende", into="XXXX", status=422)
        await karin.sends(f"/board/{new}/merge", "Ange vilket ärende", into=new, status=422)
        await karin.sends(f"/board/{new}/merge", "De två är ett ärende", into=code)
        await karin.sends(f"/board/{new}/cancel", "redan slut", text="", status=409)
        await karin.sends(f"/board/{code}/cancel", "Avbokat", text="löste sig")
        await karin.sees(f"/board/{code}", "löste sig")


async def test_somebody_else_has_taken_a_question(town: Town) -> None:
    code = await asks(town, "Vad kostar det?")
    async with town.signed_in(name="Karin Ek") as karin, town.signed_in("operator", name="Olle Ås") as olle:
        await karin.sends(f"/board/{code}/acknowledge", "Ärendet är ditt")
        await olle.sends(f"/board/{code}/acknowledge", "Karin har tagit det här", status=409)
        page = await olle.sends(f"/board/{code}/answer", "Karin har tagit det här", text="Inget.", status=409)
        assert "Gör det ändå" in page
        await karin.sends(f"/board/{code}/release", "lämnat tillbaka")
        assert code in lane(await karin.sees("/board"), "human")
        await olle.sends(f"/board/{code}/answer", "Skriv något här", text=" ", status=422)
        await olle.sends(f"/board/{code}/answer", "avslutat", text="Det kostar ingenting.")
        texts = [t.text for t in town.carrier.texts if t.to == ELSA]
        assert "Det kostar ingenting." in texts[-1]


async def test_staff_report_for_a_helper(town: Town) -> None:
    anna = await town.volunteer("Anna Berg", "granna")
    code = await asks(town)
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    town.ignore(anna)
    async with town.signed_in() as karin:
        await karin.sends(f"/board/{code}/start", "på väg")
        await karin.sends(f"/board/{code}/withdraw", "sökandet går vidare", text="bilen gick sönder")
        await karin.sees(f"/board/{code}", "bilen gick sönder")
        await karin.sends(f"/board/{code}/start", "har inte ärendet", status=409)
        await karin.sends(f"/board/{code}/nonsense", status=404)
        await karin.sends("/board/XXXX/note", text="x", status=404)


async def test_what_people_write_is_text_and_never_markup(town: Town) -> None:
    long = "å" * 10_000
    body = {"phone": ELSA, "name": "<b>Elsa</b>", "text": f"<script>alert(1)</script> mat i Gränna {long}"}
    task = await town.api("POST", "needs", body, status=201)
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    async with town.signed_in() as karin:
        for path in ("/board", f"/board/{task['code']}"):
            async with karin.web.get(town.base + path) as response:
                raw = await response.text()
            assert "<script>alert" not in raw
            assert "&lt;script&gt;alert(1)" in raw
            assert "<b>Elsa" not in raw
        await karin.sends(f"/board/{task['code']}/note", "<i>not</i>", text="<i>not</i>")


async def the_map(town: Town, *, area: str | None = None) -> Any:
    """What the map shows to a coordinator, or to the lead of an area."""
    async with town.signed_in("area-lead" if area else "coordinator", area=area) as staff:
        return json.loads(await staff.sees("/board/map.json", "features"))


async def test_the_map_shows_areas_by_what_waits_longest(town: Town) -> None:
    code = await asks(town)
    await town.forward(minutes=20)
    data = await the_map(town)
    areas = {f["properties"]["key"]: f["properties"] for f in data["features"]}
    assert len(areas) == 11
    assert (areas["granna"]["open"], areas["granna"]["minutes"]) == (1, 20)
    assert areas["bankeryd"]["minutes"] is None
    assert [p["code"] for p in data["pins"]] == [code]
    assert data["tiles"] is None


async def test_a_task_stands_on_the_map_where_it_is_unless_its_resident_is_protected(town: Town) -> None:
    code, pool = await asks(town), town.runtime.pool
    at_the_place = (await the_map(town))["pins"]
    await pool.execute("UPDATE need SET lat = 58.0211, lon = 14.4676, located = 'address'")
    (pin,) = (await the_map(town))["pins"]
    assert (pin["code"], pin["lat"], pin["lon"], pin["place"], pin["outside"]) == (code, 58.0211, 14.4676, "Gränna", False)
    assert (await the_map(town, area="granna"))["pins"] == [pin]
    assert (await the_map(town, area="bankeryd"))["pins"] == []
    await pool.execute("UPDATE person SET protected = true WHERE id = (SELECT resident_id FROM need)")
    assert (await the_map(town))["pins"] == at_the_place != [pin]
    assert (await the_map(town, area="granna"))["pins"] == []


async def test_a_task_outside_the_network_is_shown_as_such(town: Town) -> None:
    """Where it is, or at the place of the network beside ours; nothing shows where nothing is known of it."""
    code, pool = await asks(town), town.runtime.pool
    elsewhere = "UPDATE need SET area = NULL, place = $1, lat = $2, lon = $3"
    await pool.execute(elsewhere, None, 57.9, 13.4)
    (pin,) = (await the_map(town))["pins"]
    assert (pin["code"], pin["lat"], pin["lon"], pin["place"], pin["outside"]) == (code, 57.9, 13.4, "", True)
    assert (await the_map(town, area="granna"))["pins"] == []
    await pool.execute(elsewhere, None, 58.0211, 14.4676)  # in Gränna, which nobody has said yet
    assert [p["outside"] for p in (await the_map(town))["pins"]] == [False]
    await pool.execute("UPDATE task SET human = 'outside'")
    assert [p["outside"] for p in (await the_map(town))["pins"]] == [True]
    await pool.execute("UPDATE person SET protected = true WHERE id = (SELECT resident_id FROM need)")
    assert (await the_map(town))["pins"] == []
    nearby = town.runtime.network.atlas.geography.nearby[0].places[0]
    await pool.execute(elsewhere, nearby.name, 57.9, 13.4)
    (pin,) = (await the_map(town))["pins"]
    assert (pin["lat"], pin["lon"], pin["outside"]) == (nearby.lat, nearby.lon, True)


async def test_the_lake_is_on_the_map_and_names_stand_on_land(town: Town) -> None:
    data = await the_map(town)
    water = shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in data["barriers"]["features"]])
    assert {f["properties"]["name"] for f in data["barriers"]["features"]} == {"Vättern"}
    assert water.covers(shapely.Point(14.30, 57.95))
    assert water.bounds[3] < 58.6, "the lake goes on to the north, the map does not"
    for feature in data["features"]:
        lat, lon = feature["properties"]["label"]
        spot, outline = shapely.Point(lon, lat), shapely.geometry.shape(feature["geometry"])
        assert outline.covers(spot), feature["properties"]["name"]
        assert not water.covers(spot), feature["properties"]["name"]


async def test_two_thousand_open_tasks_make_a_light_page(town: Town) -> None:
    """The page holds the first of each column; how many there are is told."""
    code = await asks(town)
    await town.runtime.pool.execute(
        """WITH n AS (INSERT INTO need SELECT i, resident_id, category, area, place, address, text, wanted, urgency, source,
                      created_at FROM need, generate_series(1, 2000) i RETURNING id)
           INSERT INTO task (id, need_id, code, state, code_word, ladder, step, deadline, deadline_at, created_at, changed_at)
           SELECT n.id, n.id, 'X' || n.id, 'open', t.code_word, t.ladder, 1, 'advance', t.deadline_at + interval '9 hours',
                  t.created_at, t.changed_at FROM n, task t WHERE t.code = $1""",
        code,
    )
    async with town.signed_in() as karin:
        page = await karin.sees("/board", "2001", "Visa alla", code)
        assert len(page) < 120_000
        assert page.count('<li class="card') <= 30
        whole = await karin.sees("/board?lane=open")
        assert whole.count('<li class="card') == 400


async def test_pages_say_when(town: Town) -> None:
    """In the network's zone: nine in the morning in Jönköping is seven in UTC."""
    code = await asks(town)
    await town.forward(minutes=5)
    async with town.signed_in() as karin:
        page = await karin.sees(f"/board/{code}", "för 5 minuter sedan", "(09:00)")
        assert 'datetime="2020-04-08T07:00:00+00:00"' in page
        await town.forward(days=1)
        await karin.sees(f"/board/{code}", "ons 8 apr. 09:00")


def test_every_event_has_words() -> None:
    """Nothing happens to a task that a coordinator cannot read about; what happens to people, to the rota, to pairs that talk
    and to the map is told on pages of their own."""
    elsewhere = ("person.", "shift.", "rota.", "stand_in.", "phone_chat.", "area.", "gazetteer.", "ladder.")
    assert set(Kind) - set(SAID) == {k for k in Kind if k.value.startswith(elsewhere) and k not in SAID}


async def test_whoever_is_signed_in_stays_so_for_a_shift_and_not_for_ever(town: Town) -> None:
    async with town.signed_in() as karin:
        pool = town.runtime.pool
        await pool.execute("UPDATE session SET seen_at = seen_at - $1::interval", timedelta(hours=23))
        await karin.sees("/board", "Läget")
        await pool.execute("UPDATE session SET seen_at = seen_at - $1::interval", timedelta(hours=25))
        await karin.sees("/board", "Lösenord")


async def test_staff_hear_on_the_phone_how_it_went(town: Town) -> None:
    """The resident tells an operator that nobody came: it stands first on the board again; a yes closes it."""
    anna = await town.volunteer("Anna Berg", "granna")
    code = await asks(town)
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.sends(f"KLAR {number}")
    town.ignore(anna)
    async with town.signed_in() as karin:
        await karin.sees(f"/board/{code}", "Hjälpen kom, säger den boende", "svenska")
        await karin.sends(f"/board/{code}/deny", "ingen kom")
        assert code in lane(await karin.sees("/board", "Säger att ingen kom"), "human")
        await karin.sends(f"/board/{code}/acknowledge", "Ärendet är ditt")
        await karin.sends(f"/board/{code}/done", "Antecknat: klart")
        await karin.sends(f"/board/{code}/confirm", "Ärendet är avslutat")
        await karin.sends(f"/board/{code}/confirm", "redan slut", status=409)
