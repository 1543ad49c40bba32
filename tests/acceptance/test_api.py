"""The JSON API as scripts meet it."""

import re
from typing import Any

import pytest

from service.web.app import build_app
from tests.acceptance.conftest import Town

ELSA = "+46701000001"
NEED: dict[str, Any] = {
    "phone": ELSA,
    "name": "Elsa Lind",
    "text": "Kan någon handla mat?",
    "area": "granna",
    "category": "groceries",
}


async def test_a_need_by_program_walks_the_same_way(town: Town) -> None:
    """Opened, offered, taken, started, done, closed: each action by the acting person's number."""
    anna = await town.volunteer("Anna Berg", "granna")
    elsa = town.phone(ELSA)
    task = await town.api("POST", "needs", NEED, status=201)
    code = task["code"]
    assert (task["state"], task["category"], task["area"]) == ("open", "groceries", "granna")
    assert task["resident"] == {"name": "Elsa Lind", "phone": ELSA}
    await town.settle()
    await elsa.expects("letar")
    await anna.offer("Gränna")
    for action, state in (("accept", "taken"), ("start", "underway"), ("done", "done")):
        assert (await town.api("POST", f"tasks/{code}/{action}", {"person": anna.number}))["state"] == state
    await town.settle()
    await town.api("POST", f"tasks/{code}/done", {"person": anna.number}, status=409)
    for words in ("Anna", "på väg", "Fick du hjälp"):
        await elsa.expects(words)
    for words in ("Elsa Lind", "KLAR", "Tack"):
        await anna.expects(words)
    shown = await town.api("GET", f"tasks/{code.lower()}")
    assert shown["takers"][0]["name"] == "Anna Berg"
    assert shown["history"][0]["kind"] == "request.received"
    assert [d["kind"] for d in shown["deadlines"]] == ["confirm"]
    assert {m["state"] for m in shown["messages"]} == {"delivered"}


async def test_staff_assign_escalate_note_acknowledge_withdraw_and_cancel(town: Town) -> None:
    """The coordinator's means."""
    anna = await town.volunteer("Anna Berg", "tenhult")
    town.ignore(anna, town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    code = (await town.api("POST", "needs", NEED, status=201))["code"]
    await town.settle()
    assert (await town.task())["step"] == "service"
    await town.api("POST", f"tasks/{code}/escalate", {})
    await town.settle()
    assert (await town.task())["step"] == "coordinator"
    await town.api("POST", f"tasks/{code}/note", {"text": "ringde, inget svar"})
    assert (await town.api("POST", f"tasks/{code}/acknowledge", {"person": "+46701110001"}))["state"] == "with_service"
    assert (await town.api("POST", f"tasks/{code}/assign", {"person": anna.number}))["state"] == "taken"
    await town.api("POST", f"tasks/{code}/assign", {"person": "+46701110002"}, status=409)
    assert (await town.api("POST", f"tasks/{code}/withdraw", {"person": anna.number}))["state"] == "open"
    assert (await town.api("POST", f"tasks/{code}/cancel", {"text": "löste sig"}))["state"] == "cancelled"
    await town.api("POST", f"tasks/{code}/cancel", {}, status=409)
    kinds = [e["kind"] for e in (await town.task())["history"]]
    for kind in ("task.escalated", "task.noted", "task.acknowledged", "task.assigned", "task.withdrawn", "task.cancelled"):
        assert kind in kinds


async def test_a_landline_gets_a_call_in_place_of_a_text(town: Town) -> None:
    """What would have been texted waits for a human who phones."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna)
    await town.api("POST", "needs", NEED | {"phone": "036-10 50 00"}, status=201)
    await town.settle()
    async with town.signed_in("operator") as olle:
        page = await olle.sees("/desk/calls", "Vi letar nu")
        found = re.search(r'action="(/desk/calls/\d+/take)"', page)
        assert found
        await olle.sends(found[1], "036-10 50 00")


async def test_a_need_with_something_missing_is_asked_by_sms(town: Town) -> None:
    """The answer continues the same request."""
    task = await town.api("POST", "needs", {"resident": {"phone": ELSA, "name": "Elsa"}, "text": "behöver mat"}, status=201)
    assert (task["state"], task["asks"]) == ("asking", "place")
    await town.settle()
    await town.phone(ELSA).expects("Var bor du?")
    town.ignore(town.service_group, town.enterprise)
    await town.phone(ELSA).sends("Tenhult")
    await town.phone(ELSA).expects("letar")
    assert (await town.task())["code"] == task["code"]


async def test_an_emergency_by_program(town: Town) -> None:
    """Understood from the text, whatever the fields say."""
    await town.api("POST", "needs", NEED | {"text": "hon andas inte"}, status=201)
    await town.settle()
    await town.phone(ELSA).expects("RING 112")
    await town.coordinator.offer("FARA")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"text": "hej"}, 422),
        (NEED | {"area": "atlantis"}, 422),
        (NEED | {"category": "magic"}, 422),
        (NEED | {"urgency": "soon"}, 422),
        (NEED | {"phone": 7}, 422),
        (NEED | {"text": "x" * 30_000}, 422),
        ([], 422),
    ],
)
async def test_a_need_that_cannot_be_read(town: Town, body: Any, status: int) -> None:
    """A problem document that says what is wrong; nothing is stored."""
    problem = await town.api("POST", "needs", body, status=status)
    assert problem["detail"]
    assert (await town.api("GET", "tasks"))["tasks"] == []


async def test_only_with_the_token(town: Town) -> None:
    """Nothing for strangers."""
    for method, path in (("GET", "tasks"), ("POST", "needs"), ("GET", "events"), ("GET", "tasks/XXXX"), ("POST", "tasks/X/done")):
        await town.api(method, path, token="wrong", status=401)
        await town.api(method, path, token="", status=401)


async def test_problems_have_names(town: Town) -> None:
    """Unknown task, action, person, cursor."""
    await town.api("GET", "tasks/XXXX", status=404)
    await town.api("GET", "tasks?state=lost", status=422)
    await town.api("GET", "tasks?after=x", status=422)
    await town.api("GET", "events?after=x", status=422)
    await town.api("GET", "events?limit=0", status=422)
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    code = (await town.api("POST", "needs", NEED, status=201))["code"]
    await town.api("POST", f"tasks/{code}/fly", {}, status=404)
    await town.api("POST", f"tasks/{code}/accept", {"person": "+46709999999"}, status=422)
    await town.api("POST", f"tasks/{code}/accept", {"person": "nobody"}, status=422)
    await town.api("POST", f"tasks/{code}/accept", {}, status=422)
    await town.api("POST", f"tasks/{code}/done", {}, status=409)


async def test_lists_are_read_page_by_page(town: Town) -> None:
    """Cursors give everything once, in order."""
    phones = [f"+467010004{i:02d}" for i in range(5)]
    town.ignore(*(town.phone(p) for p in phones), town.service_group, town.enterprise)
    codes = [(await town.api("POST", "needs", NEED | {"phone": p}, status=201))["code"] for p in phones]
    seen: list[str] = []
    after = ""
    while True:
        page = await town.api("GET", f"tasks?limit=2&area=granna&after={after}")
        seen += [t["code"] for t in page["tasks"]]
        if page["next"] is None:
            break
        after = page["next"].replace("+", "%2B")
    assert sorted(seen) == sorted(codes)
    ids: list[int] = []
    while page := (await town.api("GET", f"events?limit=3&after={ids[-1] if ids else 0}"))["events"]:
        ids += [e["id"] for e in page]
        assert set(page[0]) == {"id", "at", "kind", "task", "actor", "data"}
    assert ids == sorted(set(ids))
    assert len(ids) >= 15


async def test_the_description_names_every_path_that_there_is(town: Town) -> None:
    """/api/v1/openapi.json and the routes say the same."""
    async with town.web.get(f"{town.base}/api/v1/openapi.json") as response:
        described = await response.json()
    there_are = {
        (route.method.lower(), route.resource.canonical)
        for route in build_app(town.runtime).router.routes()
        if route.resource and route.resource.canonical.startswith("/api/") and route.method != "HEAD"
    }
    told = {(method, path) for path, methods in described["paths"].items() for method in methods}
    assert told == there_are - {("get", "/api/v1/openapi.json")}


async def test_signs_of_life(town: Town) -> None:
    """For machines, without personal data."""
    for path in ("healthz", "readyz", "metrics"):
        async with town.web.get(f"{town.base}/{path}") as response:
            assert response.status == 200
