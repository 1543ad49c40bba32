"""The municipality's own case system is asked to answer for what goes to its service group, by Open311 GeoReport v2."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dispatch.network import CaseSystem
from service.open311.callers import digest
from service.open311.check import look_at_systems
from service.open311.client import Endpoint
from service.open311.courier import Courier, require_keys
from service.people import sync_network
from service.settings import SettingsError
from tests.acceptance.conftest import NetworkChange, Town
from tests.fake_open311 import KEY, FakeOpen311, fake_open311
from tests.ports import free_port

ELSA = "+46704444441"
GROUP = "service-municipal"
NAMES = ("Elsa", "4444441", "Storgatan", "blöjor")
PORT = free_port()


@pytest.fixture
def config() -> dict[str, Any]:
    """What the network file says of the case system besides."""
    return {}


@pytest.fixture
def change_network(config: dict[str, Any]) -> NetworkChange:
    def with_system(raw: dict[str, Any]) -> None:
        raw["network"]["quiet_hours"] = ""
        for group in raw["group"]:
            if group["key"] == GROUP:
                group.pop("contacts")
                services = {"care": "017", "*": "099"}
                group["open311"] = {
                    "url": f"http://127.0.0.1:{PORT}",
                    "services": services,
                    "jurisdiction_id": "jkpg.se",
                } | config
            elif group["kind"] == "service":
                group.pop("contacts")

    return with_system


@pytest.fixture
async def there(town: Town) -> AsyncIterator[FakeOpen311]:
    """The case system of the municipal group, and a courier who knows the way to it."""
    async with fake_open311(town.clock.now) as fake:

        def endpoint(system: CaseSystem) -> Endpoint:
            return Endpoint(replace(system, url=fake.url), KEY, town.web, timeout=0.3)

        runtime = town.runtime
        runtime.courier = Courier(runtime.office, endpoint, runtime.links.service, town.clock.now)
        town.ignore(town.phone(ELSA))
        yield fake


async def asked(town: Town, protected: bool = False) -> str:
    """Elsa needs what only the service group may do. Returns the task's code."""
    body = {
        "text": "Behöver hjälp med blöjor", "category": "care", "address": "Storgatan 4, Gränna", "area": "granna",
        "name": "Elsa Ek", "phone": ELSA, "wanted": "imorgon kl 10",
    }  # fmt: skip
    if protected:
        await town.import_people(f"name,phone,role\nElsa Ek,{ELSA},resident\n")
        await town.runtime.pool.execute("UPDATE person SET protected = true WHERE phone = $1", ELSA)
    made = await town.api("POST", "needs", body, status=201)
    await town.settle()
    return str(made["code"])


async def kinds(town: Town, code: str) -> list[str]:
    return [e["kind"] for e in (await town.api("GET", f"tasks/{code}"))["history"]]


async def test_it_is_told_what_and_where_and_never_who(town: Town, there: FakeOpen311) -> None:
    """And nobody is phoned because the contact has no telephone."""
    code = await asked(town)
    (filed,) = there.filed
    assert (filed["service_code"], filed["jurisdiction_id"]) == ("017", "jkpg.se")
    assert "Gränna" in filed["description"] and "/s/" in filed["description"] and f"jonkoping/{code}/" in filed["description"]
    assert not [name for name in NAMES if name in str(filed)]
    assert abs(float(filed["lat"]) - 58.02) < 0.05
    task = await town.api("GET", f"tasks/{code}")
    assert (task["state"], "system.received" in await kinds(town, code)) == ("open", True)
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM outbox WHERE channel = 'call'") == 0
    async with town.signed_in("coordinator") as karin:
        await karin.sees(f"/board/{code}", "Servicegrupp kommunen", "JKPG-1")
    # Whoever opens the link in the case system finds who it is, and can answer there.
    link = filed["description"].partition("/s/")[2].split()[0]
    async with town.at_a_browser() as somebody:
        await somebody.sees(f"/s/{link}", "Elsa Ek", "Storgatan 4")


@pytest.mark.parametrize("config", [{"format": "json"}, {"format": "xml"}], ids=["json", "xml"])
async def test_a_plan_there_is_an_answer_and_closed_is_done(town: Town, there: FakeOpen311) -> None:
    code = await asked(town)
    await town.forward(minutes=6)  # looked at: nobody has touched it, so that it is nobody's still
    assert (await town.task())["state"] == "open"
    tomorrow = town.clock.now() + timedelta(hours=20)
    there.says("JKPG-1", status_notes="Hemtjänsten kommer", expected_datetime=tomorrow.isoformat())
    await town.forward(minutes=11)
    task = await town.task()
    assert task["state"] == "with_service"
    assert [h["data"]["text"] for h in task["history"] if h["kind"] == "task.noted"] == ["Hemtjänsten kommer"]
    assert task["planned_at"].startswith(tomorrow.astimezone(town.runtime.network.zone).isoformat()[:16])
    assert any("Servicegrupp kommunen" in text for text in town.unread(ELSA))
    before = len(there.asked)
    await town.forward(hours=3)
    assert len(there.asked) - before <= 8  # later and later
    there.says("JKPG-1", status="closed", status_notes="Klart")
    await town.forward(hours=1)
    assert (await town.task())["state"] == "done"
    before = len(there.asked)
    await town.forward(hours=12)
    assert len(there.asked) == before
    assert code in [t["code"] for t in (await town.api("GET", "tasks"))["tasks"]]


@pytest.mark.parametrize("config", [{"acknowledges": "received"}])
async def test_having_it_counts_where_the_network_says_so(town: Town, there: FakeOpen311) -> None:
    await asked(town)
    assert (await town.task())["state"] == "with_service"


async def test_nobody_answers_there_and_the_ladder_goes_on(town: Town, there: FakeOpen311) -> None:
    """A case system that has filed it is no human. When it lapses after an answer, only news counts as one more."""
    await asked(town)
    await town.forward(hours=2)
    await town.coordinator.offer("Elsa")
    town.ignore(town.coordinator)
    assert len(there.filed) == 1
    there.says("JKPG-1", status_notes="Tas om hand")
    await town.forward(hours=1)
    assert (await town.task())["state"] == "with_service"
    await town.forward(hours=50)  # and nothing more is heard
    assert (await town.task())["state"] == "open"
    there.says("JKPG-1", status_notes="Förlåt, nu")
    await town.forward(hours=1)
    assert ((await town.task())["state"], len(there.filed)) == ("with_service", 1)


async def test_what_is_protected_never_leaves(town: Town, there: FakeOpen311) -> None:
    await asked(town, protected=True)
    (filed,) = there.filed
    assert "lat" not in filed
    assert not [w for w in (*NAMES, "Gränna", "granna", "imorgon") if w in str(filed)]
    assert "Skyddad identitet" in filed["description"]


@pytest.mark.parametrize("config", [{"send_address": True}])
async def test_the_address_where_the_network_has_decided_so(town: Town, there: FakeOpen311) -> None:
    await asked(town)
    assert there.filed[0]["address_string"].startswith("Storgatan 4")
    await town.forward(minutes=1)
    await town.api("POST", f"tasks/{(await town.task())['code']}/cancel", {})
    assert "Elsa" not in str(there.filed)


async def test_a_refusal_is_told_at_once(town: Town, there: FakeOpen311) -> None:
    """Nobody at the group knows of the task: the coordinators hear it, and the next on the ladder is asked."""
    there.refuses = (400, "service_code 017 is closed")
    code = await asked(town)
    await town.coordinator.expects("Servicegrupp kommunen", code, "Ring gruppen")
    await town.coordinator.offer("Elsa")
    assert {"system.refused", "offer.declined"} <= set(await kinds(town, code))
    async with town.signed_in("coordinator") as karin:
        await karin.sees(f"/board/{code}", "400 service_code 017 is closed")
    town.ignore(town.coordinator)
    assert there.asked == ["POST requests"]


async def test_an_answer_that_was_lost_is_looked_for(town: Town, there: FakeOpen311) -> None:
    there.hangs = 0.5
    await asked(town)
    assert len(there.filed) == 1
    there.hangs = 0.0
    await town.forward(minutes=1)
    assert len(there.filed) == 1
    assert (await request_of(town))["service_request_id"] == "JKPG-1"


async def test_what_a_process_had_in_hand_when_it_died_is_looked_for(town: Town, there: FakeOpen311) -> None:
    """It had posted, and could not write that down."""
    await asked(town)
    now = town.clock.now()
    await town.runtime.pool.execute(
        "UPDATE open311_request SET state = 'queued', service_request_id = NULL, heard = NULL, due_at = $1, leased_until = $2",
        now, now + timedelta(minutes=5),
    )  # fmt: skip
    await town.forward(minutes=4)
    assert (await request_of(town))["state"] == "queued"
    await town.forward(minutes=2)
    assert ((await request_of(town))["service_request_id"], len(there.filed)) == ("JKPG-1", 1)


async def test_where_nothing_can_be_looked_for_it_is_filed_twice_and_logged(town: Town, there: FakeOpen311) -> None:
    there.hangs, there.shows_descriptions = 0.5, False
    await asked(town)
    there.hangs = 0.0
    await town.forward(minutes=1)
    assert len(there.filed) == 2
    assert "open311.posted_again" in {entry["event"] for entry in town.log}


BAD_DAYS: dict[str, dict[str, Any]] = {
    "down": {"status": 503},
    "fault": {"status": 500},
    "slow down": {"status": 429},
    "a page": {"body": "<html>Login</html>"},
    "bombs": {"body": '<!DOCTYPE a [<!ENTITY b "c">]><service_requests/>'},
    "endless": {"body": "[" + " " * 1_200_000 + "]"},
    "empty": {"body": ""},
}


@pytest.mark.parametrize("day", BAD_DAYS)
async def test_on_a_bad_day_it_is_tried_again_and_nothing_waits_for_it(town: Town, there: FakeOpen311, day: str) -> None:
    town.ignore(town.coordinator)
    for name, value in BAD_DAYS[day].items():
        setattr(there, name, value)
    await asked(town)
    await town.forward(minutes=20)
    assert (await request_of(town))["state"] == "queued"
    there.status, there.body = 200, None
    await town.forward(minutes=20)
    assert ((await request_of(town))["state"], (await town.task())["state"]) == ("open", "open")
    assert "Elsa" not in str([e for e in town.log if e["event"].startswith("open311")])


async def test_it_is_given_up_in_the_end(town: Town, there: FakeOpen311) -> None:
    there.status = 503
    town.ignore(town.coordinator)
    await asked(town)
    await town.forward(hours=5)
    assert any("har inte tagit emot" in text for text in town.unread("+46701110001"))


async def test_a_token_becomes_an_identifier(town: Town, there: FakeOpen311) -> None:
    there.tokens = {}
    await asked(town)
    await town.forward(minutes=10)
    assert (await request_of(town))["state"] == "token"
    there.tokens["token-1"] = "JKPG-1"
    there.says("JKPG-1", status_notes="Vi tar det")
    await town.forward(minutes=30)
    assert (await town.task())["state"] == "with_service"


@pytest.mark.parametrize("batches", [True, False])
async def test_many_are_looked_at_together(town: Town, there: FakeOpen311, batches: bool) -> None:
    there.batches = batches
    for _ in range(3):
        await asked(town)
    there.asked.clear()
    await town.forward(minutes=6)
    assert len([a for a in there.asked if a.startswith("GET requests")]) == (1 if batches else 4)


async def test_one_that_has_vanished_there_is_given_up(town: Town, there: FakeOpen311) -> None:
    code = await asked(town)
    there.cases.clear()
    town.ignore(town.coordinator)
    await town.forward(hours=3)
    assert "system.refused" in await kinds(town, code)


async def test_what_others_have_taken_stays_theirs(town: Town, there: FakeOpen311) -> None:
    code = await asked(town)
    await town.forward(hours=2)
    number = await town.coordinator.offer("Elsa")
    await town.coordinator.sends(f"OK {number}")
    town.ignore(town.coordinator)
    there.says("JKPG-1", status="closed", status_notes="Dubblett")
    await town.forward(hours=1)
    assert (await town.task())["state"] == "with_service"
    assert "task.noted" in await kinds(town, code)


async def test_what_nobody_needs_any_more_is_not_filed(town: Town, there: FakeOpen311) -> None:
    there.status = 503
    code = await asked(town)
    await town.api("POST", f"tasks/{code}/cancel", {})
    there.status = 200
    await town.forward(minutes=10)
    assert (there.filed, (await request_of(town))["state"]) == ([], "ended")


async def request_of(town: Town) -> Any:
    (row,) = await town.runtime.pool.fetch("SELECT * FROM open311_request")
    return row


CALLER = "the-case-system's-own-key"


@pytest.mark.parametrize("config", [{"caller_key": digest(CALLER)}])
async def test_the_case_system_may_answer_by_our_api_too(town: Town, there: FakeOpen311) -> None:
    """For what it was asked, and nothing else."""
    code = await asked(town)
    other = (await town.api("POST", "needs", {"category": "groceries", "area": "granna", "phone": ELSA}, status=201))["code"]
    town.ignore(town.coordinator)
    await town.api("POST", f"tasks/{code}/acknowledge", {}, token=CALLER)
    assert (await town.api("GET", f"tasks/{code}"))["state"] == "with_service"
    await town.api("POST", f"tasks/{code}/cancel", {}, token=CALLER, status=403)
    await town.api("GET", f"tasks/{code}", token=CALLER, status=401)
    await town.api("POST", f"tasks/{other}/note", {"text": "x"}, token=CALLER, status=409)
    await town.api("POST", f"tasks/{code}/done", {"person": ELSA}, token=CALLER)
    assert (await town.api("GET", f"tasks/{code}"))["state"] == "done"


async def test_the_doctor_asks_whether_it_has_the_codes(town: Town, there: FakeOpen311) -> None:
    runtime, environment = town.runtime, {f"BUDKAVLE_OPEN311_KEY_{GROUP.upper().replace('-', '_')}": KEY}

    async def looked(url: str = there.url) -> list[tuple[str, bool, str]]:
        groups = tuple(replace(g, system=g.system and replace(g.system, url=url)) for g in runtime.network.groups)
        return await look_at_systems(replace(runtime.network, groups=groups), runtime.settings, environment)

    assert [(ok, "every code" in say) for _, ok, say in await looked()] == [(True, True)]
    there.codes = ("017",)
    ((_, ok, say),) = await looked()
    assert (ok, "no service_code 099" in say) == (False, True)
    ((_, ok, say),) = await looked(f"http://127.0.0.1:{PORT}")
    assert (ok, "cannot be reached" in say) == (False, True)
    environment.clear()
    assert "BUDKAVLE_OPEN311_KEY_SERVICE_MUNICIPAL is missing" in str(await looked())
    with pytest.raises(SettingsError, match="BUDKAVLE_OPEN311_KEY_SERVICE_MUNICIPAL"):
        require_keys(runtime.network.systems, environment)
    assert there.filed == []


async def test_it_is_no_person_among_people(town: Town, there: FakeOpen311) -> None:
    """Nobody merges it into somebody, and the network file may let it go."""
    system = await town.runtime.pool.fetchval("SELECT id FROM person WHERE system = $1", GROUP)
    async with town.signed_in("coordinator") as karin:
        await karin.sees("/people", without=("Servicegrupp kommunen",))
    pool, now = town.runtime.pool, town.clock.now()
    groups = tuple(replace(g, system=None) for g in town.runtime.network.groups)
    async with pool.acquire() as connection:
        await sync_network(connection, town.runtime.network, town.runtime.office.mint, now)  # starting again changes nothing
        assert await pool.fetchval("SELECT count(*) FROM group_member WHERE person_id = $1", system) == 1
        await sync_network(connection, replace(town.runtime.network, groups=groups), town.runtime.office.mint, now)
    assert await pool.fetchval("SELECT count(*) FROM group_member WHERE person_id = $1", system) == 0
