"""A ladder is changed on its page: tasks that run keep theirs, two editors hear of each other, and the file's comes back."""

import asyncio
import tomllib
from copy import deepcopy
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from click.testing import CliRunner

from dispatch.ladder_edits import save_ladder
from dispatch.ladder_rules import LadderKey
from dispatch.model import Ask, Step
from service.cli import main
from service.ladders.toml import as_toml
from service.network_file import build_network
from tests.acceptance.conftest import Town
from tests.acceptance.test_areas import NOW
from tests.acceptance.test_areas import Office as AreasOffice
from tests.conftest import SCHEMA
from tests.jonkoping import raw_network

ELSA, DORIS = "+46701000001", "+46701000002"
GRANNA = {"category": "*", "area": "granna", "urgency": "*", "hours": "*"}
ALL = {"category": "*", "area": "*", "urgency": "*", "hours": "*"}
EDIT = "/ladders/edit?category=*&area=granna&urgency=*&hours=*"


def steps(*asks: str, wait: str = "30", every: str = "10") -> dict[str, str]:
    """The form of a ladder with these steps."""
    typed = {}
    for n, ask in enumerate(asks, 1):
        typed |= {f"ask-{n}": ask, f"wave-{n}": "3", f"every-{n}": every, f"wait-{n}": wait}
    return typed


def in_force(town: Town, key: LadderKey = LadderKey(area="granna")) -> list[str]:  # noqa: B008
    rule = town.runtime.network.ladders.rule(key)
    return [step.ask.value for step in rule.steps] if rule else []


async def test_a_ladder_is_changed_and_running_tasks_keep_theirs(town: Town) -> None:
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna, town.enterprise, town.service_group, town.coordinator)
    await town.phone(ELSA).sends("handla mat, Gränna")
    await town.phone(ELSA).expects("letar")
    async with town.signed_in(name="Karin Lind") as karin:
        await karin.sees("/ladders", "Allt annat", "Från nätverksfilen", "3 åt gången med 10 minuter mellanrum, i 30 minuter")
        await karin.sees(EDIT, "Gränna", "Områdets grupp: 3 åt gången", 'name="seen" value="0"')
        await karin.sends(
            "/ladders/edit", "Tills en människa måste svara", "5 minuter", do="preview", seen="0", **GRANNA,
            **steps("area", "service", "coordinator", wait="5", every="5"),
        )  # fmt: skip
        assert in_force(town) == [], "nothing is stored by looking"
        await karin.sends(
            "/ladders/edit", "Sparad", "Karin Lind", "Gränna", do="save", seen="0", **GRANNA,
            **steps("area", "service", "coordinator", wait="5", every="5"),
        )  # fmt: skip
    assert in_force(town) == ["area", "service", "coordinator"]
    await town.phone(DORIS).sends("handla mat, Gränna")
    await town.phone(DORIS).expects("letar")
    ladders = [
        [(step["ask"], step["wait"]) for step in row["ladder"]]
        for row in await rows(town, "SELECT ladder FROM task ORDER BY created_at, id")
    ]
    before, after = sorted(ladders, key=len, reverse=True)
    assert [ask for ask, _ in before] == ["fixed-contact", "area", "neighbours", "emergency", "service", "coordinator"]
    assert after == [("area", 300), ("service", 300), ("coordinator", 300)]
    await town.forward(minutes=6)
    states = {row["n"]: row["step"] for row in await rows(town, "SELECT jsonb_array_length(ladder) AS n, step FROM task")}
    assert states == {6: 1, 3: 1}, "Elsa's is still with the area's group, Doris's has gone to the service groups"


async def rows(town: Town, statement: str) -> list[dict[str, Any]]:
    found = [dict(row) for row in await town.runtime.pool.fetch(statement)]
    for row in found:
        if isinstance(row.get("ladder"), str):
            row["ladder"] = orjson.loads(row["ladder"])
    return found


async def test_two_editors(town: Town) -> None:
    """The second is told who was faster, keeps what was typed, and may replace it with open eyes."""
    async with town.signed_in(name="Karin Lind") as karin, town.signed_in(name="Per Alm") as per:
        await karin.sends("/ladders/edit", "Sparad", do="save", seen="0", **GRANNA, **steps("area", "coordinator"))
        text = await per.sends(
            "/ladders/edit", "Karin Lind har ändrat den här stegen under tiden", 'value="neighbours" selected', status=409,
            do="save", seen="0", **GRANNA, **steps("neighbours", "coordinator"),
        )  # fmt: skip
        assert 'name="seen" value="1"' in text
        assert in_force(town) == ["area", "coordinator"]
        await per.sends("/ladders/edit", "Sparad", do="save", seen="1", **GRANNA, **steps("neighbours", "coordinator"))
        assert in_force(town) == ["neighbours", "coordinator"]
        # As it was before, and then not at all any more.
        await karin.sends("/ladders/edit", 'value="area" selected', do="restore-1", seen="2", **GRANNA)
        await karin.sends("/ladders/edit", "Borttagen", do="back", seen="2", **GRANNA)
        assert in_force(town) == []
        await karin.sees(EDIT, "Per Alm", "borttagen", "Tidigare versioner")
    kinds = await town.runtime.pool.fetch("SELECT kind, data::text FROM events WHERE kind = 'ladder.changed' ORDER BY id")
    assert [row["data"] for row in kinds] == ['{"version": 1}', '{"version": 2}', '{"version": 3}']


async def test_back_to_the_network_files(town: Town) -> None:
    async with town.signed_in() as karin:
        await karin.sends("/ladders/edit", "Nätverksfilen har en annan", do="save", seen="0", **ALL, **steps("coordinator"))
        assert in_force(town, LadderKey()) == ["coordinator"]
        await karin.sends("/ladders/edit", "är nätverksfilens igen", do="back", seen="1", **ALL)
    assert in_force(town, LadderKey())[0] == "fixed-contact"


async def test_steps_are_added_moved_and_taken_away_by_buttons(town: Town) -> None:
    async with town.signed_in() as karin:
        form = {"seen": "0", **GRANNA, **steps("area", "service", "coordinator")}
        added = await karin.sends("/ladders/edit", 'id="ask-4"', do="add", **form)
        assert chosen(added) == ["area", "service", "area", "coordinator"]
        assert chosen(await karin.sends("/ladders/edit", do="up-2", **form)) == ["service", "area", "coordinator"]
        assert chosen(await karin.sends("/ladders/edit", do="down-2", **form)) == ["area", "coordinator", "service"]
        assert chosen(await karin.sends("/ladders/edit", do="remove-1", **form)) == ["service", "coordinator"]
        assert chosen(await karin.sends("/ladders/edit", do="remove-99", **form)) == ["area", "service", "coordinator"]
        one = {"seen": "0", **GRANNA, **steps("coordinator")}
        assert chosen(await karin.sends("/ladders/edit", do="remove-1", **one)) == ["coordinator"]


def chosen(text: str) -> list[str]:
    return [line.partition('value="')[2].partition('"')[0] for line in text.replace("<option", "\n<option").splitlines()
            if line.startswith("<option") and " selected" in line]  # fmt: skip


async def test_what_cannot_be_saved_is_told(town: Town) -> None:
    """An emergency is never the volunteers'; a number is a number; and what works but is odd is only said."""
    danger = {**ALL, "urgency": "emergency"}
    async with town.signed_in() as karin:
        await karin.sends(
            "/ladders/edit", "går inte att spara än", "Ett nödläge måste börja", status=422, do="save", seen="0", **danger,
            **steps("area", "coordinator"),
        )  # fmt: skip
        wrong = {**steps("area", "coordinator"), "wait-1": "soon", "wave-1": "0"}
        await karin.sends(
            "/ladders/edit", "Skriv ett antal minuter", "Skriv hur många personer", 'value="soon"', status=422, do="save",
            seen="0", **GRANNA, **wrong,
        )  # fmt: skip
        await karin.sends(
            "/ladders/edit", "Den slutar inte hos samordnaren", "tillagd av programmet", do="preview", seen="0", **GRANNA,
            **steps("area"),
        )  # fmt: skip
        assert in_force(town) == []
        await karin.sees("/ladders/edit?area=mars", status=404)
        await karin.sends("/ladders/edit", do="restore-7", seen="0", **GRANNA, status=404)


async def test_another_process_follows(town: Town) -> None:
    async with town.runtime.pool.acquire() as elsewhere:
        await save_ladder(elsewhere, LadderKey(area="granna"), (Step(Ask.SERVICE, 60, 60),), 0, None, town.clock.now())
    for _ in range(60):
        if in_force(town):
            break
        await asyncio.sleep(0.1)
    assert in_force(town) == ["service"]


async def test_an_operator_reads_and_does_not_change(town: Town) -> None:
    async with town.signed_in("operator") as olle:
        await olle.sees("/ladders", "Allt annat", without=("/ladders/edit",))
        await olle.sees(EDIT, status=403)
        await olle.sends("/ladders/edit", status=403, do="save", seen="0", **GRANNA, **steps("coordinator"))
    assert in_force(town) == []


async def test_it_is_tried_on_the_page(town: Town) -> None:
    """Christmas Eve at three: the resident waits for the morning, and staff see who would be asked."""
    await town.volunteer("Anna Berg", "granna")
    async with town.signed_in("operator") as olle:
        await olle.sees("/ladders/try", "Vad händer om ingen svarar?")
        about = "category=groceries&area=granna&urgency=normal&language=sv"
        await olle.sees(f"/ladders/try?{about}&time=christmas", "24 december 03:00", "Det är natt", "efter 4 timmar",
                        "Frågade: Anna Berg",
                        "Ingen har jour där", "Och så vidare, tills någon svarar")  # fmt: skip
        await olle.sees(
            f"/ladders/try?{about}&time=other&at=2020-06-19T12:00", "Anna Berg", "efter 30 minuter", "efter 1 timme 15 minuter"
        )
        await olle.sees(f"/ladders/try?{about}&time=other&at=igår", "Skriv en dag och en tid", status=422)
        await olle.sees("/ladders/try?category=magic&area=granna&urgency=normal&time=now", status=404)
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM task") == 0


async def test_export_and_dry_run_by_commands(database: dict[str, Any], tmp_path: Path) -> None:
    """For whoever keeps the network file: what is in force comes out, and a night is tried, without names."""
    office = Office(tmp_path, database)
    connection = await asyncpg.connect(**database, server_settings={"search_path": f"{SCHEMA}, public"})
    try:
        await save_ladder(connection, LadderKey(area="granna"), (Step(Ask.SERVICE, 60, 60),), 0, None, NOW)
    finally:
        await connection.close()
    exported = await office.said("ladders", "export")
    assert 'area = "granna"\n[[ladder.step]]\nask = "service"\nacknowledge = "1m"' in exported
    about = ("ladders", "try", "--category", "groceries", "--area", "granna", "--at", "2020-12-24T03:00")
    tried = await office.said(*about)
    assert tried.startswith("2020-12-24 03:00  ladder: Gränna")
    assert "It is night" in tried
    assert "there is no area" in await office.said("ladders", "try", "--category", "groceries", "--area", "mars", status=1)
    assert "is no time" in await office.said(*about[:-1], "igår", status=1)


class Office(AreasOffice):
    """Commands on the test's database."""

    async def said(self, *words: str, status: int = 0) -> str:
        """What the command says."""
        done = await asyncio.to_thread(CliRunner().invoke, main, list(words), env=self.environment)
        assert done.exit_code == status, done.output
        return done.output


async def test_the_export_is_read_as_the_same_ladders(town: Town) -> None:
    async with town.signed_in() as karin:
        special = {"category": "pharmacy", "area": "granna", "urgency": "high", "hours": "night"}
        typed = {**steps("fixed-contact", "area", "service"), "every-3": "7.5", "wave-2": "8"}
        await karin.sends("/ladders/edit", "Sparad", do="save", seen="0", **special, **typed)
    ladders = town.runtime.network.ladders
    raw = deepcopy(raw_network()) | tomllib.loads(as_toml(ladders.rules))
    assert build_network(raw, "export").ladders.rules == ladders.rules
