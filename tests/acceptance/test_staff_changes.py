"""What staff change in a request: what, where, when, how urgent; one that is two, two that are one. And the same by program."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from dispatch.errors import BadRequest, IllegalMove, TaskEnded
from tests.acceptance.conftest import Phone, Town
from tests.acceptance.desk import calls, colleague, event, kinds

ELSA, SVEN = "+46701000001", "+46701000002"


async def asked_in_granna(town: Town, anna: Phone) -> tuple[str, int]:
    """Elsa needs groceries, and Anna is asked. Returns the code and Anna's number."""
    town.ignore(town.service_group, town.enterprise)
    await town.phone(ELSA).sends("handla mat, Gränna")
    await town.phone(ELSA).expects("letar")
    return str((await town.task())["code"]), await anna.offer("handla mat", "Gränna")


async def taken_in_granna(town: Town, anna: Phone) -> str:
    """Elsa needs groceries, and Anna has taken it. Returns the code."""
    code, number = await asked_in_granna(town, anna)
    await anna.sends(f"ja {number}")
    await anna.expects(ELSA)
    await town.phone(ELSA).expects("Anna kommer")
    return code


async def test_another_area_is_asked_instead(town: Town) -> None:
    """The operator misheard: those who were asked hear that it is over, in the words they were asked in, and may not come
    back to it; the right area is asked at once. The resident need not know."""
    karin = await colleague(town, "Karin Ek")
    anna, bo = await town.volunteer("Anna Berg", "granna"), await town.volunteer("Bo Ek", "bankeryd")
    code, number = await asked_in_granna(town, anna)
    case = await karin.does("change", code, area="bankeryd", category="pharmacy")
    assert (case.task.state, case.task.step) == ("open", 0)
    await anna.expects("Handla mat, Gränna", "behövs inte längre")
    await bo.offer("apotek", "Bankeryd")
    changed = await event(town, code, "task.changed")
    assert changed["actor"] == "Karin Ek"
    assert changed["data"]["changed"]["area"] == ["granna", "bankeryd"]
    assert changed["data"]["changed"]["category"] == ["groceries", "pharmacy"]
    await anna.sends(f"ja {number}")  # she is as good as anybody, as long as she may do it
    await anna.expects(ELSA)
    await town.phone(ELSA).expects("Anna kommer")
    town.ignore(bo)


async def test_what_is_no_task_for_volunteers_any_more(town: Town) -> None:
    """Groceries turn out to be care: the service group is asked, and a late JA is too late."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    code, number = await asked_in_granna(town, anna)
    await karin.does("change", code, category="care")
    await anna.expects("behövs inte längre")
    await anna.sends(f"ja {number}")
    await anna.expects("Någon hann före")
    assert (await town.task())["step"] == "service"
    await town.phone(ELSA).expects("Vård och omsorg gör kommunens personal, inte volontärer")


async def test_it_is_taken_back_from_whoever_may_not_do_it(town: Town) -> None:
    """The helper is thanked, the service group gets it, and the resident hears who comes now."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    code = await taken_in_granna(town, anna)
    case = await karin.does("change", code, category="care")
    assert case.task.state == "open"
    await anna.expects("Tack för att du ville", "Handla mat", "har ändrats")
    await town.phone(ELSA).expects("servicegrupp")
    assert (await town.task())["step"] == "service"


async def test_a_helper_hears_what_is_different(town: Town) -> None:
    """Time, address and kind: she keeps it, and hears it; the address itself stands in nobody's history."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    code = await taken_in_granna(town, anna)
    await karin.does(
        "change", code, address="Storgatan 3", wanted="på fredag", urgency="high", category="pharmacy", area="granna"
    )
    await anna.expects("BRÅTTOM", "Ändrat", "apotek", "på fredag", "Storgatan 3", "KAN INTE")
    changed = (await event(town, code, "task.changed"))["data"]["changed"]
    assert changed == {
        "category": ["groceries", "pharmacy"], "wanted": [None, "på fredag"], "urgency": ["normal", "high"], "address": True,
    }  # fmt: skip
    assert (await town.task())["state"] == "taken"
    await karin.does("change", code, wanted="på fredag")
    assert (await kinds(town, code)).count("task.changed") == 1
    await karin.does("done", code)
    town.ignore(anna, town.phone(ELSA))
    with pytest.raises(TaskEnded):
        await karin.does("change", code, wanted="på lördag")


async def test_whoever_is_asked_hears_of_another_time(town: Town) -> None:
    """Nobody says yes to Thursday when it is Friday; whoever only has to answer for it is not told."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    code, number = await asked_in_granna(town, anna)
    await karin.does("change", code, wanted="på fredag")
    assert await anna.offer("Ändrat", "handla mat", "på fredag") == number
    await karin.does("change", code, address="Storgatan 3")
    anna.hears_nothing()


async def test_it_turns_out_to_be_an_emergency(town: Town) -> None:
    """Ring 112 at once, once; the helper is thanked, humans are alarmed, and no hold stands in the way."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    code = await taken_in_granna(town, anna)
    await karin.does("hold", code, until=town.clock.now() + timedelta(days=1))
    case = await karin.does("change", code, urgency="emergency")
    assert (case.task.state, case.task.human) == ("open", "emergency")
    await town.phone(ELSA).expects("RING 112")
    await town.coordinator.offer("MÖJLIG FARA")
    await anna.expects("Tack för att du ville")
    assert "emergency.received" in await kinds(town, code)
    await karin.does("change", code, area="bankeryd")  # said more exactly: alarmed anew, but not frightened anew
    await town.coordinator.expects("redan omhändertaget")
    await town.coordinator.offer("MÖJLIG FARA", "Bankeryd")
    town.phone(ELSA).hears_nothing()


async def test_a_false_alarm(town: Town) -> None:
    """No danger after all: an ordinary request, and the resident hears that help is looked for."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.coordinator, anna)
    await town.phone(ELSA).sends("hon andas inte")
    await town.phone(ELSA).expects("RING 112")
    code = (await town.task())["code"]
    await karin.does("acknowledge", code)
    await town.phone(ELSA).expects("sett ditt meddelande")
    case = await karin.does("change", code, urgency="normal", category="groceries", area="granna")
    assert (case.task.state, case.task.human) == ("open", None)
    await town.phone(ELSA).expects("letar", "Gränna")
    assert (await town.task())["step"] == "area"


async def test_danger_while_the_service_group_has_it(town: Town) -> None:
    """A colleague's change reaches whoever has it; danger takes it to those who must answer at once."""
    karin = await colleague(town, "Karin Ek")
    town.ignore(town.enterprise)
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    code = (await town.task())["code"]
    number = await town.service_group.offer("Tenhult")
    await town.service_group.sends(f"OK {number}")
    await town.service_group.expects("är ditt")
    await town.phone(ELSA).expects("tar hand om")
    case = await karin.does("change", code, category="care")
    assert case.task.state == "with_service"
    await town.service_group.expects("Ändrat", "vård")
    case = await karin.does("change", code, urgency="emergency")
    assert case.task.state == "open"
    await town.service_group.expects("har ändrats")
    await town.phone(ELSA).expects("RING 112")
    await town.coordinator.offer("MÖJLIG FARA")
    town.ignore(town.service_group)


async def test_a_question_becomes_a_request(town: Town) -> None:
    """The operator who has taken it says what and where, and the ladder does the rest. A colleague who only knows better
    does not take it from her."""
    karin, olle = await colleague(town, "Karin Ek"), await colleague(town, "Olle Holm")
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.coordinator)
    await town.phone(ELSA).sends("Vad kostar det?")
    await town.phone(ELSA).expects("läser")
    code = (await town.task())["code"]
    await karin.does("acknowledge", code)
    await town.phone(ELSA).expects("Karin tar hand om")
    assert (await olle.does("change", code, area="granna")).task.state == "with_service"
    case = await karin.does("change", code, category="groceries", place="gränna")
    assert (case.task.state, case.task.human, case.takers) == ("open", None, ())
    await town.phone(ELSA).expects("letar", "handla mat, Gränna")
    await anna.offer("handla mat", "Gränna")
    assert await calls(town) == []


async def test_what_was_asked_about_is_known_now(town: Town) -> None:
    """She phones instead of answering: the next question is asked, or the request opens."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    elsa = town.phone(ELSA)
    await elsa.sends("hej")
    await elsa.expects("Vad behöver du hjälp med")
    code = (await town.task())["code"]
    await karin.does("change", code, category="groceries")
    await elsa.expects("Var bor du")
    case = await karin.does("change", code, area="granna")
    assert case.task.state == "open"
    await elsa.expects("letar")
    await anna.offer("Gränna")


async def test_a_hold_outlives_a_change(town: Town) -> None:
    """Put off until tomorrow is tomorrow, whatever it has become."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    code, _ = await asked_in_granna(town, anna)
    until = town.clock.now() + timedelta(hours=4)
    await karin.does("hold", code, until=until)
    case = await karin.does("change", code, category="care")
    assert (case.task.deadline, case.task.deadline_at) == ("held", until)
    await anna.expects("behövs inte längre")
    await town.settle()
    await town.phone(ELSA).expects("kommunens personal")


@pytest.mark.parametrize(
    ("details", "said"),
    [
        ({}, "what to change"),
        ({"category": "magic"}, "category: there is no 'magic'"),
        ({"category": ""}, "category: cannot be empty"),
        ({"area": "atlantis"}, "area: there is no 'atlantis'"),
        ({"place": "Paris"}, "place: there is no 'Paris' in Gränna"),
        ({"urgency": "soon"}, "urgency: there is no 'soon'"),
        ({"wanted": "x" * 201}, "wanted: at most 200"),
        ({"address": "x" * 501}, "address: at most 500"),
    ],
)
async def test_what_cannot_be_changed_to(town: Town, details: dict[str, Any], said: str) -> None:
    """The field, and what is wrong with it. Nothing has changed."""
    karin = await colleague(town, "Karin Ek")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    await town.phone(ELSA).sends("handla mat, Gränna")
    code = (await town.task())["code"]
    with pytest.raises(BadRequest, match=said):
        await karin.does("change", code, **details)
    assert "task.changed" not in await kinds(town, code)


async def test_two_requests_that_are_one(town: Town) -> None:
    """The duplicate ends, its helper is thanked, its words reach the other one's helper, and the resident hears one thing."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    first = await taken_in_granna(town, anna)
    await town.phone(ELSA).sends("kan någon hämta medicin")
    town.ignore(town.service_group, town.enterprise)
    await town.phone(ELSA).expects("letar")
    second = (await town.task(state="open"))["code"]
    await anna.offer("apotek")
    case = await karin.does("merge", second, into=first.lower())
    assert case.task.state == "cancelled"
    await anna.expects("Tillägg", "medicin")
    await anna.expects("Apotek", "behövs inte längre")
    assert second in await town.phone(ELSA).expects("tillsammans", first)
    assert (await event(town, second, "task.merged"))["data"]["into"] == first
    assert (await event(town, first, "task.merged"))["data"]["from"] == second
    assert "medicin" in (await town.api("GET", f"tasks/{first}"))["text"]
    with pytest.raises(TaskEnded):
        await karin.does("merge", second, into=first)


async def test_two_residents_with_one_request(town: Town) -> None:
    """A neighbour asked for the same: only the neighbour is told, and not about whom. Words said twice are said once."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    first = await taken_in_granna(town, anna)
    town.ignore(town.service_group, town.enterprise)
    await town.phone(SVEN).sends("Handla  mat, Gränna")
    await town.phone(SVEN).expects("letar")
    second = (await town.task(state="open"))["code"]
    bo = await town.volunteer("Bo Ek", "bankeryd")
    await karin.does("assign", second, phone=bo.number)
    await bo.expects(SVEN)
    await town.phone(SVEN).expects("Bo kommer")
    await karin.does("merge", second, into=first)
    await town.phone(SVEN).expects("tillsammans med ett annat ärende", first)
    await bo.expects("en del av ett annat ärende")
    town.phone(ELSA).hears_nothing()
    assert "request.added_to" not in await kinds(town, first)
    town.ignore(anna)


async def test_what_cannot_be_merged(town: Town) -> None:
    """Into itself, into nothing, into what has ended, danger into what is none."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(SVEN), town.coordinator, anna)
    code = await taken_in_granna(town, anna)
    await town.phone(SVEN).sends("hon andas inte")
    emergency = (await town.task(state="open"))["code"]
    for into, said in ((code, "same request"), ("XXXX", "no request"), ("", "into:")):
        with pytest.raises(BadRequest, match=said):
            await karin.does("merge", code, into=into)
    with pytest.raises(IllegalMove, match="emergency"):
        await karin.does("merge", emergency, into=code)
    await karin.does("done", code)
    await town.phone(ELSA).expects("Fick du hjälp")
    with pytest.raises(BadRequest, match="has ended"):
        await karin.does("merge", emergency, into=code)


async def test_two_merge_at_once_and_one_request_is_left(town: Town) -> None:
    """Each the other way round: both end in neither order."""
    karin, olle = await colleague(town, "Karin Ek"), await colleague(town, "Olle Holm")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    codes = []
    for text in ("handla mat, Tenhult", "hämta medicin, Tenhult"):
        await town.phone(ELSA).sends(text)
        codes.append((await town.api("GET", "tasks"))["tasks"][-1]["code"])
    first, second = codes
    outcomes = await asyncio.gather(
        karin.does("merge", first, into=second), olle.does("merge", second, into=first), return_exceptions=True
    )
    assert [type(o) for o in outcomes if isinstance(o, BaseException)] in ([TaskEnded], [BadRequest])
    states = sorted(t["state"] for t in (await town.api("GET", "tasks"))["tasks"])
    assert states == ["cancelled", "open"]


async def test_one_request_that_is_two(town: Town) -> None:
    """The part gets a code, a ladder and a helper of its own; the resident hears the new code once."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.service_group, town.enterprise)
    code = await taken_in_granna(town, anna)
    await karin.does("split", code, "Hämta medicin på Kronan", category="pharmacy")
    part = await town.task(state="open")
    assert part["code"] in await town.phone(ELSA).expects("letar", "apotek, Gränna")
    assert (part["category"], part["area"], part["text"]) == ("pharmacy", "granna", "Hämta medicin på Kronan")
    assert (await event(town, code, "task.split"))["data"]["into"] == part["code"]
    assert part["history"][0]["data"]["from"] == code
    assert (await town.task(state="taken"))["code"] == code
    town.ignore(anna)
    for text, details, said in (
        ("", {"category": "pharmacy"}, "text:"),
        ("mer", {}, "category: say"),
        ("mer", {"category": "magic"}, "category: there is no"),
        ("mer", {"category": "pharmacy", "area": "atlantis"}, "area:"),
    ):
        with pytest.raises(BadRequest, match=said):
            await karin.does("split", code, text, **details)
    await karin.does("split", code, "Hunden är hos dottern", category="pet", area="bankeryd")
    await town.phone(ELSA).expects("letar", "Bankeryd")
    await karin.does("cancel", code)
    await town.phone(ELSA).expects("avbokat")
    with pytest.raises(TaskEnded):
        await karin.does("split", code, "mer", category="pharmacy")


async def test_the_same_by_program(town: Town) -> None:
    """Every action takes its fields by the API, and says what is wrong with one."""
    anna = await town.volunteer("Anna Berg", "granna", skills="vetted")  # and has no car
    town.ignore(anna, town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    need = {"phone": ELSA, "text": "Kan någon handla mat?", "area": "tenhult", "category": "groceries"}
    code = (await town.api("POST", "needs", need, status=201))["code"]
    await town.settle()

    async def does(action: str, body: dict[str, Any], status: int = 200, code: str = code) -> Any:
        return await town.api("POST", f"tasks/{code}/{action}", body, status=status)

    until = (town.clock.now() + timedelta(hours=3)).isoformat()
    assert (await does("hold", {"until": until, "reason": "sover"}))["deadlines"][0]["kind"] == "held"
    assert (await does("hold", {"until": "imorgon"}, 422))["detail"].startswith("until:")
    assert (await does("hold", {"until": "2020-04-09T10:00:00"}, 422))["detail"].startswith("until:")  # in which zone?
    assert (await does("resume", {}))["deadlines"][0]["kind"] == "advance"
    assert (await does("offer", {"person": anna.number}))["offers"][-1]["state"] == "sent"
    assert (await does("offer", {"person": anna.number}, 409))["type"] == "urn:budkavle:already_asked"
    changed = await does(
        "change", {"category": "transport", "area": "granna", "place": "Gränna", "wanted": "kl 10", "address": "Ån 1"}
    )
    assert [changed[k] for k in ("category", "area", "place", "wanted", "address")] == [
        "transport",
        "granna",
        "Gränna",
        "kl 10",
        "Ån 1",
    ]
    assert (await does("change", {"urgency": "soon"}, 422))["detail"].startswith("urgency:")
    assert (await does("assign", {"person": anna.number}, 409))["type"] == "urn:budkavle:not_fit"
    assert (await does("assign", {"person": anna.number, "anyway": True}))["state"] == "taken"
    assert (await does("escalate", {"seen": 1}, 409))["type"] == "urn:budkavle:changed_since"
    await does("add", {"text": "och kaffe"})
    await does("call_back", {"text": "vilken tid"})
    await does("split", {"text": "och medicin", "category": "pharmacy"})
    part = (await town.task(state="open"))["code"]
    assert (await does("merge", {"into": code}, code=part))["state"] == "cancelled"
    asked = await town.api("POST", "needs", {"phone": SVEN, "text": "hej"}, status=201)
    town.ignore(town.phone(SVEN))
    await does("escalate", {}, code=asked["code"])
    assert (await does("answer", {"text": "Hej!"}, code=asked["code"]))["state"] == "closed"
    assert (await does("release", {"person": anna.number}, 409))["type"] == "urn:budkavle:not_yours"
