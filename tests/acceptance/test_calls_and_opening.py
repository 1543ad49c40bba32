"""The operator's telephone: several requests in one call, help that comes every week, protected identities, and who phones."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from dispatch import store
from dispatch.calls import end_call, release_call, take_call
from dispatch.errors import AlreadyHandled, BadRequest, TakenByOther, UnknownCall, UnknownPerson
from dispatch.intake import Request
from dispatch.model import Case, Deadline, Person, TaskState, Urgency
from dispatch.opening import OpenCall, OpenNeed, open_call, open_need
from sql import query
from tests.acceptance.conftest import Town

ELSA = "+46701000001"
LANDLINE = "+4636100200"
MAT = Request("mjölk och bröd", "desk", "groceries")
MEDICIN = Request("hjärtmedicin", "desk", "pharmacy")
HOME = {"area": "granna", "place": "Gränna", "address": "Storgatan 1"}


async def operator(town: Town, name: str = "Ola Svensson") -> int:
    """Somebody at the hotline, by person id."""
    phone = await town.volunteer(name, role="operator")
    return (await person(town, phone.number)).id


async def person(town: Town, phone: str) -> Person:
    async with town.runtime.pool.acquire() as connection:
        found = await store.person_by_phone(connection, phone)
        assert found
        return found


async def opened(town: Town, **said: Any) -> list[Case]:
    """An operator saves a call."""
    if "by" not in said:
        said["by"] = await operator(town)
    cases = await open_call(town.runtime.office, OpenCall(**said), town.clock.now())
    await town.settle()
    return cases


async def calls(town: Town) -> list[Any]:
    """The calls list as an operator sees it."""
    return list(await town.runtime.pool.fetch(query("calls"), town.clock.now(), 50))


async def history(town: Town, code: str) -> list[Any]:
    return list((await town.api("GET", f"tasks/{code}"))["history"])


async def test_several_requests_in_one_call(town: Town) -> None:
    """One form, one commit; a mobile gets one confirmation for each."""
    anna = await town.volunteer("Anna Berg", "granna")
    cases = await opened(town, requests=(MAT, MEDICIN), phone=ELSA, name="Elsa Ek", language="sv", **HOME)
    assert [c.need.category for c in cases] == ["groceries", "pharmacy"]
    assert {c.resident.id for c in cases} == {(await person(town, ELSA)).id}
    assert all((c.need.area, c.need.address, c.need.source) == ("granna", "Storgatan 1", "desk") for c in cases)
    elsa = town.phone(ELSA)
    await elsa.expects("handla mat", "Gränna", cases[0].task.code)
    await elsa.expects("apotek", cases[1].task.code)
    await anna.offer("handla mat")
    await anna.offer("apotek")


async def test_what_the_operator_did_stands_with_the_operator(town: Town) -> None:
    by = await operator(town)
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    (case,) = await opened(
        town, requests=(MAT,), phone=ELSA, by=by, consent_how="phone", consent_given_by="Karin Ek (dotter)", **HOME
    )
    rows = await town.runtime.pool.fetch(query("task_history"), case.task.id)
    assert {row["actor_name"] for row in rows if row["kind"] in ("request.received", "task.opened")} == {"Ola Svensson"}
    consent = await town.runtime.pool.fetchrow("SELECT * FROM consent")
    assert (consent["person_id"], consent["how"], consent["given_by"], consent["recorded_by"], consent["at"]) == (
        case.resident.id, "phone", "Karin Ek (dotter)", by, town.clock.now(),
    )  # fmt: skip


async def test_an_emergency_in_the_call_comes_first(town: Town) -> None:
    town.ignore(town.service_group, town.enterprise)
    danger = Request("ramlat, kommer inte upp", "desk", urgency=Urgency.EMERGENCY)
    cases = await opened(town, requests=(MAT, danger), phone=ELSA, **HOME)
    assert [c.need.urgency for c in cases] == [Urgency.EMERGENCY, Urgency.NORMAL]
    await town.phone(ELSA).expects("RING 112")
    await town.phone(ELSA).expects("handla mat")
    await town.coordinator.offer("Ring upp nu", "ramlat")


async def test_a_landline_has_heard_it_on_the_telephone(town: Town) -> None:
    """No call to say what has just been said; but somebody phones to say who comes."""
    anna = await town.volunteer("Anna Berg", "granna")
    await opened(town, requests=(MAT,), phone=LANDLINE, name="Elsa Ek", **HOME)
    assert await calls(town) == []
    number = await anna.offer("handla mat")
    await anna.sends(f"JA {number}")
    await anna.expects("Elsa Ek", "Storgatan 1", LANDLINE)
    (call,) = await calls(town)
    assert (call["kind"], call["phone"], call["name"], call["call_tries"]) == ("coming", LANDLINE, "Elsa Ek", 0)


@pytest.mark.parametrize("phone", [LANDLINE, None])
async def test_a_landline_is_not_asked_by_sms(town: Town, phone: str | None) -> None:
    """What is incomplete goes to a human, who phones."""
    vague = Request("behöver hjälp", "desk")
    (case,) = await opened(town, requests=(vague,), phone=phone, name="Elsa Ek")
    assert (case.task.state, case.task.human) == (TaskState.OPEN, "incomplete")
    assert await calls(town) == []
    await town.coordinator.offer("Det saknas uppgifter", "Elsa Ek", "behöver hjälp")


async def test_a_mobile_is_asked_what_is_missing(town: Town) -> None:
    (case,) = await opened(town, requests=(MAT,), phone=ELSA, name="Elsa Ek")
    assert case.task.state is TaskState.ASKING
    await town.phone(ELSA).expects("Var bor du?")


async def test_a_call_that_only_a_human_can_take(town: Town) -> None:
    (case,) = await opened(town, requests=(Request("undrar om bidrag", "desk"),), phone=ELSA, reason="question", **HOME)
    assert (case.task.human, case.need.area) == ("question", "granna")
    await town.phone(ELSA).expects("En person hos oss")
    await town.coordinator.offer("Har en fråga", "undrar om bidrag")


async def test_a_relative_asks_for_somebody_without_a_number(town: Town) -> None:
    """Whoever goes there gets the relative's number; the relative gets no messages."""
    anna = await town.volunteer("Anna Berg", "granna")
    karin = "+46708000001"
    await opened(town, requests=(MAT,), name="Elsa Ek", told_by_name="Karin Ek", told_by_phone=karin, **HOME)
    number = await anna.offer("handla mat")
    await anna.sends(f"JA {number}")
    await anna.expects("Elsa Ek", karin, "Karin Ek")
    town.phone(karin).hears_nothing()
    (call,) = await calls(town)
    assert (call["kind"], call["phone"], call["told_by_name"], call["told_by_phone"]) == ("coming", None, "Karin Ek", karin)


async def test_a_known_person_is_what_the_operator_has_typed(town: Town) -> None:
    """Whoever has moved, has moved; what was not typed stays."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    by = await operator(town)
    (first,) = await opened(town, by=by, requests=(MAT,), phone=ELSA, name="Elsa", language="sv", **HOME)
    await opened(town, by=by, requests=(MAT,), person=first.resident.id, name="Elsa Ek", area="bankeryd", language="en")
    now = await person(town, ELSA)
    assert (now.id, now.name, now.area, now.address, now.language) == (first.resident.id, "Elsa Ek", "bankeryd", "", "en")
    await opened(town, by=by, requests=(MAT,), phone=ELSA, address="Kyrkgatan 2")
    now = await person(town, ELSA)
    assert (now.name, now.area, now.address) == ("Elsa Ek", "bankeryd", "Kyrkgatan 2")


async def test_a_resident_without_a_number_gets_one(town: Town) -> None:
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    by = await operator(town)
    (first,) = await opened(town, by=by, requests=(MAT,), name="Elsa Ek", phone_raw="anknytning 12", **HOME)
    await opened(town, by=by, requests=(MAT,), person=first.resident.id, phone=ELSA)
    assert (await person(town, ELSA)).id == first.resident.id
    # From a neighbour's telephone: whose number it is stays as it is.
    (third,) = await opened(town, by=by, requests=(MAT,), person=first.resident.id, phone="+46701000002")
    assert third.resident.phone == ELSA


async def test_two_operators_save_a_call_from_the_same_new_number(town: Town) -> None:
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    by = await operator(town)
    both = await asyncio.gather(*(opened(town, by=by, requests=(MAT,), phone=ELSA, **HOME) for _ in range(2)))
    assert len({cases[0].resident.id for cases in both}) == 1


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ({"requests": ()}, BadRequest),
        ({"requests": (Request(" ", "desk"),)}, BadRequest),
        ({"requests": (Request("mat", "desk", "no-such"),)}, BadRequest),
        ({"requests": (Request("mat", "desk", area="no-such"),)}, BadRequest),
        ({"requests": (MAT,), "area": "no-such"}, BadRequest),
        ({"requests": (MAT,), "consent_how": "telepathy"}, BadRequest),
        ({"requests": (Request("mat", "desk", "groceries", repeats="FREQ=SECONDLY"),)}, BadRequest),
        ({"requests": (MAT,), "person": 1}, UnknownPerson),
    ],
)
async def test_a_call_that_cannot_be_saved_changes_nothing(town: Town, said: dict[str, Any], outcome: type[Exception]) -> None:
    with pytest.raises(outcome):
        await opened(town, phone=ELSA, **said)
    assert (await town.api("GET", "tasks"))["tasks"] == []


async def test_help_that_comes_every_friday(town: Town) -> None:
    """Asked for once; every week the fixed contact is asked first, and nothing is texted about what is still far away."""
    anna = await town.volunteer("Anna Berg", "granna")
    elsa = town.phone(ELSA)
    weekly = Request("mjölk och bröd", "desk", "groceries", repeats="FREQ=WEEKLY;BYDAY=FR")
    (first,) = await opened(town, requests=(weekly,), phone=ELSA, name="Elsa Ek", **HOME)
    assert first.task.occasion == date(2020, 4, 10)
    await elsa.expects("handla mat", "fredag 10/4")
    number = await anna.offer("handla mat", "fredag 10/4")
    await anna.sends(f"JA {number}")
    await anna.expects("Elsa Ek")
    await elsa.expects("Anna")
    await town.forward(days=1, hours=6)  # Thursday: nobody is nudged before the day has come
    anna.hears_nothing()
    await town.forward(hours=20)
    await anna.sends(f"KLAR {number}")
    await anna.expects("Tack")
    await elsa.expects("Fick du hjälp?")
    await elsa.sends("ja tack")
    await elsa.expects("Tack")

    held = await town.task(state="open")
    assert held["code"] != first.task.code
    assert held["deadline_at"].startswith("2020-04-16T09:00")
    await town.forward(days=5)
    anna.hears_nothing()
    await elsa.sends("hur går det?")
    await elsa.expects("handla mat", "fredag 17/4", "dagen före")
    await town.forward(hours=22)  # nine o'clock on the day before
    again = await anna.offer("handla mat", "fredag 17/4")
    elsa.hears_nothing()

    await anna.sends(f"JA {again}")
    await anna.expects("Elsa Ek")
    await elsa.expects("Anna")


async def test_no_more_said_once_is_enough(town: Town) -> None:
    """Cancelling a coming occasion ends the repetition."""
    anna = await town.volunteer("Anna Berg", "granna")
    elsa = town.phone(ELSA)
    town.ignore(anna, elsa)
    daily = Request("mjölk och bröd", "desk", "groceries", repeats="FREQ=DAILY")
    (first,) = await opened(town, requests=(daily,), phone=ELSA, **HOME)
    await town.api("POST", f"tasks/{first.task.code}/accept", {"person": anna.number})
    await town.api("POST", f"tasks/{first.task.code}/done", {"person": anna.number})
    await elsa.sends("ja")
    await town.task(state="open")
    await elsa.sends("avboka")
    await town.forward(days=7)
    states = sorted(t["state"] for t in (await town.api("GET", "tasks"))["tasks"])
    assert states == ["cancelled", "closed"]


async def test_silence_too_opens_the_next_occasion(town: Town) -> None:
    """Closed by its deadline: the due loop makes the next one as a word of the resident does."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna, town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    daily = Request("mjölk och bröd", "desk", "groceries", repeats="FREQ=DAILY")
    (first,) = await opened(town, requests=(daily,), phone=ELSA, **HOME)
    await town.api("POST", f"tasks/{first.task.code}/accept", {"person": anna.number})
    await town.api("POST", f"tasks/{first.task.code}/done", {"person": anna.number})
    await town.forward(hours=3)
    tasks = (await town.api("GET", "tasks"))["tasks"]
    assert [t["state"] for t in tasks] == ["closed", "open"]
    row = await town.runtime.pool.fetchrow("SELECT * FROM task WHERE code = $1", tasks[1]["code"])
    assert (row["occasion"], row["deadline"]) == (date(2020, 4, 9), Deadline.ADVANCE)  # tomorrow: asked about at once


async def test_a_protected_identity_stays_with_staff(town: Town) -> None:
    """No volunteer hears of it, not even one who was asked before it was known; and a coordinator cannot by mistake."""
    anna = await town.volunteer("Anna Berg", "granna")
    by = await operator(town)
    town.ignore(town.phone(ELSA))
    (before,) = await opened(town, by=by, requests=(MAT,), phone=ELSA, name="Elsa Ek", **HOME)
    number = await anna.offer("handla mat")
    (after,) = await opened(town, by=by, requests=(MEDICIN,), phone=ELSA, protected=True)
    await town.service_group.offer("apotek", "Elsa Ek", "Storgatan 1")
    await town.enterprise.offer("apotek")
    await anna.sends(f"JA {number}")
    text = await anna.expects("hann före")
    assert "Elsa" not in text
    assert "Storgatan" not in text
    for code in (before.task.code, after.task.code):
        await town.api("POST", f"tasks/{code}/assign", {"person": anna.number}, status=409)
    # No address for anybody who types it away again: only the people's page takes protection back.
    await opened(town, by=by, requests=(MEDICIN,), phone=ELSA)
    assert (await person(town, ELSA)).protected
    town.ignore(town.service_group, town.enterprise)


async def with_a_call(town: Town) -> tuple[int, str]:
    """Anna comes to Elsa, who has a landline: somebody must phone. Returns the message and the task's code."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(anna)
    (case,) = await opened(town, requests=(MAT,), phone=LANDLINE, name="Elsa Ek", **HOME)
    await town.api("POST", f"tasks/{case.task.code}/accept", {"person": anna.number})
    (call,) = await calls(town)
    return call["id"], case.task.code


async def test_one_operator_at_a_time_phones(town: Town) -> None:
    message, code = await with_a_call(town)
    office, ola, eva = town.runtime.office, await operator(town), await operator(town, "Eva Lind")
    results = await asyncio.gather(
        *(take_call(office, message, by, town.clock.now()) for by in (ola, eva)), return_exceptions=True
    )
    (refused,) = [r for r in results if r is not None]
    assert isinstance(refused, TakenByOther)
    winner, loser = (ola, eva) if results[0] is None else (eva, ola)
    assert refused.params["helper"] == {ola: "Ola", eva: "Eva"}[winner]
    (call,) = await calls(town)
    assert (call["taken_by"], call["taken_by_name"].split()[0]) == (winner, refused.params["helper"])
    for again in (take_call, release_call):
        with pytest.raises(TakenByOther, match=refused.params["helper"]):
            await again(office, message, loser, town.clock.now())
    with pytest.raises(TakenByOther):
        await end_call(office, message, "reached", loser, town.clock.now())

    await release_call(office, message, winner, town.clock.now())
    await take_call(office, message, loser, town.clock.now())
    assert await end_call(office, message, "reached", loser, town.clock.now(), "glad") is None
    assert await calls(town) == []
    for how in ("reached", "no_answer", "handed_on"):
        with pytest.raises(AlreadyHandled):
            await end_call(office, message, how, loser, town.clock.now())
    with pytest.raises(AlreadyHandled):
        await take_call(office, message, winner, town.clock.now())
    kinds = [e["kind"] for e in await history(town, code) if e["kind"].startswith(("call.", "message."))]
    assert kinds == ["call.taken", "call.released", "call.taken", "message.handled"]


async def test_a_call_that_was_forgotten_may_be_taken_by_another(town: Town) -> None:
    message, _ = await with_a_call(town)
    office, ola, eva = town.runtime.office, await operator(town), await operator(town, "Eva Lind")
    await take_call(office, message, ola, town.clock.now())
    with pytest.raises(TakenByOther):
        await take_call(office, message, eva, town.clock.now() + timedelta(minutes=19))
    await take_call(office, message, eva, town.clock.now() + timedelta(minutes=20))
    with pytest.raises(TakenByOther, match="Eva"):
        await end_call(office, message, "reached", ola, town.clock.now() + timedelta(minutes=21))


async def test_nobody_answers_three_times(town: Town) -> None:
    """It comes back after half an hour, and then a coordinator finds out how Elsa is, who is not put on the list once more."""
    message, code = await with_a_call(town)
    office, ola = town.runtime.office, await operator(town)
    for tries in (1, 2):
        await take_call(office, message, ola, town.clock.now())
        await end_call(office, message, "no_answer", ola, town.clock.now())
        (call,) = await calls(town)
        assert (call["call_tries"], call["taken_by"]) == (tries, None)
        assert call["call_at"] == town.clock.now() + timedelta(minutes=30)
        await town.forward(minutes=30)
    case = await end_call(office, message, "no_answer", ola, town.clock.now(), "ingen svarar")
    assert case is not None
    await town.settle()
    assert await calls(town) == []
    await town.coordinator.offer("BRÅTTOM", "Svarar inte: titta till", "Elsa Ek", LANDLINE, f"{code}: ingen svarar")
    kinds = [e["kind"] for e in await history(town, code) if e["kind"].startswith("call.")]
    assert kinds == ["call.taken", "call.not_answered"] * 2 + ["call.not_answered", "call.handed_on"]


async def test_a_call_is_handed_on(town: Town) -> None:
    """Also when the task has ended meanwhile."""
    message, code = await with_a_call(town)
    office, ola = town.runtime.office, await operator(town)
    await town.api("POST", f"tasks/{code}/cancel", {"text": "inställt"})
    case = await end_call(office, message, "handed_on", ola, town.clock.now(), "låter förvirrad")
    assert case is not None
    assert (case.task.human, case.need.area, case.resident.phone) == ("call_failed", "granna", LANDLINE)
    row = await town.runtime.pool.fetchrow("SELECT * FROM outbox WHERE id = $1", message)
    assert (row["handled_by"], row["handled_how"], row["handled_at"]) == (ola, "handed_on", town.clock.now())
    await town.settle()
    await town.coordinator.offer("låter förvirrad")


async def test_coordinators_who_have_been_asked_already_are_not_asked_twice(town: Town) -> None:
    """A call about what waits for a human anyway: the note stands in its history."""
    office = town.runtime.office
    need = OpenNeed(LANDLINE, Request("vill veta mer", "api"), reason="question")
    case = await open_need(office, need, town.clock.now())
    await town.settle()
    await town.coordinator.offer("Har en fråga", "vill veta mer")
    (call,) = await calls(town)
    assert await end_call(office, call["id"], "handed_on", await operator(town), town.clock.now(), "prata") is None
    assert "call.handed_on" in [e["kind"] for e in await history(town, case.task.code)]
    assert len((await town.api("GET", "tasks"))["tasks"]) == 1


async def test_those_who_did_not_answer_come_last(town: Town) -> None:
    """Longest waiting first, but for whoever is not to be phoned yet."""
    message, _ = await with_a_call(town)
    office, ola = town.runtime.office, await operator(town)
    karin = "+4636100201"
    (case,) = await opened(town, by=ola, requests=(MAT,), phone=karin, **HOME)
    await town.api("POST", f"tasks/{case.task.code}/cancel", {"text": "inställt"})
    assert [c["phone"] for c in await calls(town)] == [LANDLINE, karin]
    await end_call(office, message, "no_answer", ola, town.clock.now())
    assert [c["phone"] for c in await calls(town)] == [karin, LANDLINE]
    await town.forward(minutes=31)
    assert [c["phone"] for c in await calls(town)] == [LANDLINE, karin]


async def test_what_is_no_call_and_no_way_to_end_one(town: Town) -> None:
    message, _ = await with_a_call(town)
    ola = await operator(town)
    with pytest.raises(UnknownCall):
        await take_call(town.runtime.office, 999_999, ola, town.clock.now())
    with pytest.raises(BadRequest):
        await end_call(town.runtime.office, message, "maybe", ola, town.clock.now())
    assert [c["id"] for c in await calls(town)] == [message]
