"""What staff do with a task on the board: ask by name, give it to somebody, put it off, answer, take and give back."""

import asyncio
from datetime import timedelta

import pytest

from dispatch.errors import (
    AlreadyAsked,
    AlreadyYours,
    BadRequest,
    ChangedSince,
    HeldByOther,
    IllegalMove,
    NotFit,
    NotYours,
    OfferGone,
    Outcome,
    TaskEnded,
    UnknownPerson,
)
from tests.acceptance.conftest import Phone, Town
from tests.acceptance.desk import Colleague, calls, colleague, event, kinds, last_event

ELSA = "+46701000001"
STRANGER = "+46701000009"


async def groceries(town: Town, place: str = "Tenhult") -> str:
    """Elsa needs groceries where no volunteer lives: the service groups are asked. Returns the code."""
    town.ignore(town.service_group, town.enterprise)
    await town.phone(ELSA).sends(f"handla mat, {place}")
    await town.phone(ELSA).expects("letar")
    return str((await town.task())["code"])


async def question(town: Town) -> str:
    """Elsa has a question that only a human can answer. Returns the code."""
    town.ignore(town.coordinator)
    await town.phone(ELSA).sends("Vad kostar det?")
    await town.phone(ELSA).expects("En person hos oss läser")
    return str((await town.task())["code"])


async def taken_by(town: Town, helper: Phone, karin: Colleague) -> str:
    """Elsa's groceries, given to a helper who has said yes by phone. Returns the code."""
    code = await groceries(town)
    await karin.does("assign", code, phone=helper.number)
    await helper.expects(ELSA)
    await town.phone(ELSA).expects("kommer och hjälper")
    return code


async def test_somebody_is_asked_by_name_besides_the_ladder(town: Town) -> None:
    """The ladder's clock goes on; a NEJ changes nothing for it, and a JA takes the task."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "bankeryd")
    code = await groceries(town)
    before = (await town.task())["deadline_at"]
    await karin.does("offer", code, phone=anna.number)
    number = await anna.offer("handla mat", "Tenhult")
    assert (await town.task())["deadline_at"] == before
    assert (await event(town, code, "offers.sent"))["actor"] == "Karin Ek"
    await anna.sends(f"nej {number}")
    await anna.expects("Tack för svaret")
    await karin.does("offer", code, phone=anna.number)  # she has thought better of it, and is asked once more
    number = await anna.offer("handla mat")
    await anna.sends(f"ja {number}")
    await anna.expects(ELSA)
    await town.phone(ELSA).expects("Anna kommer")
    with pytest.raises(IllegalMove):
        await karin.does("offer", code, phone=town.coordinator.number)


async def test_a_colleague_is_asked_by_name(town: Town) -> None:
    """As staff always are: to answer for it. When the ladder reaches the same person, there is no second question."""
    karin = await colleague(town, "Karin Ek")
    code = await groceries(town)
    await karin.does("offer", code, phone=town.coordinator.number)
    number = await town.coordinator.offer("handla mat", "Tenhult", ELSA)
    await town.forward(minutes=31)
    assert await town.coordinator.offer("Ingen har svarat än") == number
    await town.coordinator.sends(f"ok {number}")
    await town.coordinator.expects("är ditt")
    await town.phone(ELSA).expects("tar hand om")
    assert (await town.task())["state"] == "with_service"


async def test_who_cannot_be_asked(town: Town) -> None:
    """Asked already, paused, unknown, without what the task takes, the resident: each has its name, and nobody is texted."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "bankeryd")
    nils = await colleague(town, "Nils Ny", role="volunteer")
    code = await groceries(town)
    await karin.does("offer", code, phone=anna.number)
    await anna.offer("Tenhult")
    with pytest.raises(AlreadyAsked):
        await karin.does("offer", code, phone=anna.number)
    with pytest.raises(UnknownPerson):
        await karin.does("offer", code, person=nils.id)  # has no number
    with pytest.raises(UnknownPerson):
        await karin.does("offer", code, phone=STRANGER)
    with pytest.raises(UnknownPerson):
        await karin.does("offer", code, person=1)
    with pytest.raises(UnknownPerson):
        await Colleague(town, 1).does("offer", code, phone=anna.number)
    with pytest.raises(BadRequest, match="resident"):
        await karin.does("offer", code, phone=ELSA)
    with pytest.raises(BadRequest, match="whom"):
        await karin.does("offer", code)
    await karin.does("cancel", code)
    await town.phone(ELSA).expects("avbokat")
    await anna.expects("behövs inte längre")
    with pytest.raises(TaskEnded):
        await karin.does("offer", code, phone=anna.number)


async def test_what_the_task_takes(town: Town) -> None:
    """A lift asks for a car and a background check. A coordinator who knows better may give it to somebody without the one, but
    not without the other; what is no task for volunteers goes to staff only, whatever anybody says."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "bankeryd", skills="car")
    await town.volunteer("Sofia Sund", group="service-municipal", role="service")
    sofia = town.phone("+46701234502")
    town.ignore(town.service_group, town.enterprise, sofia)
    await town.phone(ELSA).sends("Jag behöver skjuts, bor i Tenhult")
    await town.phone(ELSA).expects("skjuts")
    code = (await town.task())["code"]
    for action in ("offer", "assign"):
        with pytest.raises(NotFit, match="vetted") as refused:
            await karin.does(action, code, phone=anna.number)
        assert refused.value.params["missing"] == ("vetted",)
    with pytest.raises(NotFit):
        await karin.does("offer", code, phone=anna.number, anyway=True)
    anna.hears_nothing()
    await karin.does("change", code, category="care")
    with pytest.raises(NotFit, match="staff"):
        await karin.does("assign", code, phone=anna.number, anyway=True)
    case = await karin.does("assign", code, phone=sofia.number)
    assert case.task.state == "with_service"  # she answers for it, as the group does
    await town.phone(ELSA).expects("Vård och omsorg gör kommunens personal")
    await town.phone(ELSA).expects("Sofia tar hand om")


async def test_a_warning_may_be_overruled(town: Town) -> None:
    """The coordinator knows that Anna borrows a car. What is about safety is overruled by nobody: a check that somebody has
    seen is written down on the person's page first."""
    karin = await colleague(town, "Karin Ek")
    anna, bo = await town.volunteer("Anna Berg", "bankeryd", skills="vetted"), await town.volunteer("Bo Ek", "bankeryd")
    town.ignore(town.service_group, town.enterprise, town.phone(ELSA))
    await town.phone(ELSA).sends("Jag behöver skjuts, bor i Tenhult")
    with pytest.raises(NotFit, match="vetted"):
        await karin.does("assign", (await town.task())["code"], phone=bo.number, anyway=True)
    case = await karin.does("assign", (await town.task())["code"], phone=anna.number, anyway=True)
    assert case.task.state == "taken"
    await anna.expects(ELSA)


async def test_what_one_has_goes_to_another_when_somebody_has_looked(town: Town) -> None:
    """Programs are told that it is taken; a coordinator who sees who has it may decide otherwise, and both hear of it."""
    karin = await colleague(town, "Karin Ek")
    anna, bo = await town.volunteer("Anna Berg", "bankeryd"), await town.volunteer("Bo Ek", "bankeryd")
    code = await taken_by(town, anna, karin)
    assert (await event(town, code, "task.assigned"))["data"]["staff"] == karin.id
    with pytest.raises(OfferGone):
        await karin.does("assign", code, phone=bo.number)
    await karin.does("start", code, phone=anna.number)
    await anna.expects("på väg")
    await town.phone(ELSA).expects("på väg")
    with pytest.raises(AlreadyYours):
        await karin.does("assign", code, phone=anna.number, seen=await last_event(town, code))
    case = await karin.does("assign", code, phone=bo.number, seen=await last_event(town, code))
    assert case.task.state == "taken"
    await bo.expects(ELSA)
    await town.phone(ELSA).expects("Bo kommer")
    await anna.expects("Tack för att du ville", "någon annan gör det nu")
    await anna.sends("klar")
    town.ignore(anna, town.coordinator)  # whatever she writes, she has nothing to report on any more
    assert (await town.api("GET", f"tasks/{code}"))["takers"][0]["name"] == "Bo Ek"


async def test_two_coordinators_at_once(town: Town) -> None:
    """Both looked at the same page: one acts, and the other hears who did what."""
    karin, olle = await colleague(town, "Karin Ek"), await colleague(town, "Olle Holm", "coordinator")
    anna, bo = await town.volunteer("Anna Berg", "bankeryd"), await town.volunteer("Bo Ek", "bankeryd")
    town.ignore(anna, bo, town.phone(ELSA))
    code = await groceries(town)
    seen = await last_event(town, code)
    outcomes = await asyncio.gather(
        karin.does("assign", code, phone=anna.number, seen=seen),
        olle.does("assign", code, phone=bo.number, seen=seen),
        return_exceptions=True,
    )
    (refused,) = [o for o in outcomes if isinstance(o, BaseException)]
    assert isinstance(refused, ChangedSince)
    assert refused.status == 409
    assert refused.params["code"] == code
    (change,) = refused.params["changes"]
    winner = (await town.task())["takers"][0]["name"]
    assert (change["kind"], change["actor"]) == ("task.assigned", "Karin Ek" if winner == "Anna Berg" else "Olle Holm")
    assert set(change) == {"id", "at", "kind", "actor"}
    await olle.does("cancel", code, "dubbelt", seen=await last_event(town, code))


async def test_what_the_ladder_does_by_itself_stands_in_nobodys_way(town: Town) -> None:
    """Steps, offers and reminders since the page was read are no reason to refuse; a note by a colleague is. Adding to the
    history is always possible."""
    karin, olle = await colleague(town, "Karin Ek"), await colleague(town, "Olle Holm")
    town.ignore(town.coordinator, town.phone(ELSA))
    code = await groceries(town)
    seen = await last_event(town, code)
    await town.forward(minutes=70)
    assert "acknowledgement.asked_again" in await kinds(town, code)
    await karin.does("escalate", code, seen=seen)
    seen = await last_event(town, code)
    await olle.does("note", code, "dottern ringer i kväll")
    with pytest.raises(ChangedSince, match="Olle Holm"):
        await karin.does("escalate", code, seen=seen)
    for action in ("note", "add", "call_back"):
        await karin.does(action, code, "hon vill ha kaffe", seen=seen)


async def test_put_off_until_later(town: Town) -> None:
    """Nobody new is asked before the time, whoever was asked may still say yes, and then it goes on where it was."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(ELSA), town.enterprise)
    await town.phone(ELSA).sends("handla mat, Gränna")
    code = (await town.task())["code"]
    first = await anna.offer("Gränna")
    until = town.clock.now() + timedelta(hours=5)
    case = await karin.does("hold", code, "hon är hos dottern", until=until)
    assert (case.task.deadline, case.task.deadline_at) == ("held", until)
    assert (await event(town, code, "task.held"))["data"]["reason"] == "hon är hos dottern"
    await anna.sends(f"nej {first}")
    await anna.expects("Tack för svaret")
    await town.forward(hours=4, minutes=59)
    town.service_group.hears_nothing()
    await town.forward(minutes=1)
    assert (await kinds(town, code)).count("task.resumed") == 1
    await town.service_group.offer("Gränna")
    later = town.clock.now() + timedelta(hours=1)
    await karin.does("hold", code, until=later)
    await anna.sends(f"ja {first}")
    await anna.expects(ELSA)
    await town.service_group.expects("redan omhändertaget")
    assert [d["kind"] for d in (await town.task())["deadlines"]] == ["check_in"]


async def test_a_steps_time_stands_still_while_it_is_put_off(town: Town) -> None:
    """Half an hour is half an hour, also with two days in between, or when somebody ends the hold before its time."""
    karin = await colleague(town, "Karin Ek")
    town.ignore(town.phone(ELSA), town.coordinator)
    code = await groceries(town)
    await town.forward(minutes=10)
    await karin.does("hold", code, until=town.clock.now() + timedelta(days=2))
    await karin.does("hold", code, until=town.clock.now() + timedelta(days=3))
    await town.forward(hours=1)
    assert (await town.task())["step"] == "service"
    case = await karin.does("resume", code)
    assert case.task.deadline == "advance"
    await town.forward(minutes=19)
    assert (await town.task())["step"] == "service"
    await town.forward(minutes=2)
    assert (await town.task())["step"] == "coordinator"
    with pytest.raises(IllegalMove, match="not put off"):
        await karin.does("resume", code)


async def test_holds_of_what_somebody_has_and_of_what_is_asked(town: Town) -> None:
    """A helper is not reminded before the time, and then once; a resident has as long to answer."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "bankeryd")
    code = await taken_by(town, anna, karin)
    await karin.does("hold", code, until=town.clock.now() + timedelta(days=2))
    await town.forward(days=2, minutes=-1)
    anna.hears_nothing()
    await town.forward(minutes=1)
    await anna.expects("Hur går det")
    case = await karin.does("hold", code, until=town.clock.now() + timedelta(days=1))
    assert case.task.nudges == 0
    case = await karin.does("resume", code)
    assert case.task.deadline == "check_in"
    await karin.does("cancel", code)
    town.ignore(anna)
    await town.phone(ELSA).expects("avbokat")
    await town.phone(STRANGER).sends("behöver mat")
    await town.phone(STRANGER).expects("Var bor du")
    asked = (await town.task(state="asking"))["code"]
    await karin.does("hold", asked, until=town.clock.now() + timedelta(hours=3))
    await town.forward(hours=2)
    assert (await town.task(state="asking"))["code"] == asked
    town.ignore(town.coordinator, town.phone(STRANGER))
    await town.forward(hours=1)
    assert (await town.task(state="open"))["human"] == "no_answer"


async def test_what_cannot_be_put_off(town: Town) -> None:
    """The past, next month, no time at all, an emergency, what has ended."""
    karin = await colleague(town, "Karin Ek")
    town.ignore(town.phone(ELSA), town.coordinator)
    code = await groceries(town)
    now = town.clock.now()
    for until in (now, now - timedelta(days=1), now + timedelta(days=14, minutes=1), None, "imorgon", now.replace(tzinfo=None)):
        with pytest.raises(BadRequest, match="until:"):
            await karin.does("hold", code, until=until)
    await karin.does("cancel", code)
    with pytest.raises(TaskEnded):
        await karin.does("hold", code, until=now + timedelta(days=1))
    town.ignore(town.phone(STRANGER))
    await town.phone(STRANGER).sends("hon andas inte")
    with pytest.raises(IllegalMove, match="emergency"):
        await karin.does("hold", (await town.task(state="open"))["code"], until=now + timedelta(days=1))


async def test_a_question_is_answered(town: Town) -> None:
    """In the operator's own words, as one text; then it is over, and nobody asks whether help came."""
    karin = await colleague(town, "Karin Ek")
    code = await question(town)
    for text in ("", "  ", "x" * 307, "ж" * 135):
        with pytest.raises(BadRequest, match="text:"):
            await karin.does("answer", code, text)
    case = await karin.does("answer", code, "Hej Elsa!\nDet kostar ingenting.  Hälsningar Karin")
    assert case.task.state == "closed"
    assert await town.phone(ELSA).expects() == "Hej Elsa! Det kostar ingenting. Hälsningar Karin"
    assert "task.answered" in await kinds(town, code)
    with pytest.raises(TaskEnded):
        await karin.does("answer", code, "en gång till")


async def test_the_coordinator_who_was_asked_hears_that_it_is_answered(town: Town) -> None:
    """Not that it was cancelled."""
    karin = await colleague(town, "Karin Ek")
    await town.phone(ELSA).sends("Vad kostar det?")
    await town.phone(ELSA).expects("läser")
    await town.coordinator.offer("fråga")
    await karin.does("answer", (await town.task())["code"], "Ingenting.")
    await town.coordinator.expects("redan omhändertaget")
    await town.phone(ELSA).expects("Ingenting")


async def test_an_answer_to_somebody_with_a_landline_is_said_by_phone(town: Town) -> None:
    """And to somebody with no number at all there is nothing to answer by."""
    karin = await colleague(town, "Karin Ek")
    town.ignore(town.coordinator, town.service_group, town.enterprise)
    body = {"phone": "kan ej läsas", "text": "Vad kostar det?", "name": "Elsa"}
    code = (await town.api("POST", "needs", body, status=201))["code"]
    with pytest.raises(BadRequest, match="neither a number"):
        await karin.does("answer", code, "Ingenting.")
    await karin.does("call_back", code, "fråga efter numret")  # what was written instead of a number may be readable
    assert await calls(town) == [("call_back", "kan ej läsas")]


async def test_only_questions_are_answered(town: Town) -> None:
    """A wish for groceries is not ended by words."""
    karin = await colleague(town, "Karin Ek")
    code = await groceries(town)
    with pytest.raises(IllegalMove, match="request for help"):
        await karin.does("answer", code, "Vi kommer.")
    town.phone(ELSA).hears_nothing()


async def test_one_operator_at_a_time(town: Town) -> None:
    """Taken without a telephone, seen by name, not answered by two; given back, it is asked about again at once."""
    karin, olle = await colleague(town, "Karin Ek"), await colleague(town, "Olle Holm")
    code = await question(town)
    case = await karin.does("acknowledge", code)
    assert case.task.state == "with_service"
    await town.phone(ELSA).expects("Karin tar hand om")
    with pytest.raises(AlreadyYours):
        await karin.does("acknowledge", code)
    for action in ("acknowledge", "answer", "release"):
        with pytest.raises(HeldByOther, match="Karin"):
            await olle.does(action, code, "svar")
    case = await karin.does("release", code)
    assert (case.task.state, case.task.step, case.task.human) == ("open", 0, "question")
    assert (await event(town, code, "task.released"))["actor"] == "Karin Ek"
    with pytest.raises(NotYours):
        await karin.does("release", code)
    await olle.does("acknowledge", code)
    await town.phone(ELSA).expects("Olle tar hand om")
    await karin.does("acknowledge", code, anyway=True)  # he has gone home
    await town.phone(ELSA).expects("Karin tar hand om")
    await olle.does("answer", code, "Ingenting.", anyway=True)
    await town.phone(ELSA).expects("Ingenting")
    assert await calls(town) == []  # nobody is to phone colleagues who have no number


async def test_staff_without_a_telephone_are_reminded_by_nobody(town: Town) -> None:
    """The shift is over, and the question is not answered: it comes back the same day, and nobody is to phone a colleague."""
    karin = await colleague(town, "Karin Ek")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    code = await question(town)
    await karin.does("acknowledge", code)
    await town.forward(hours=3, minutes=59)
    assert (await town.task())["state"] == "with_service"
    await town.forward(minutes=2)
    assert (await town.task())["state"] == "open"
    assert sum("Har en fråga" in t.text for t in town.carrier.texts if t.to == town.coordinator.number) == 2  # asked again
    assert "taker.nudged" not in await kinds(town, code)
    assert await calls(town) == []


async def test_staff_with_a_telephone_are_not_texted_what_they_have_just_done(town: Town) -> None:
    """The page shows it. What they take as a helper goes with them, with address and code word."""
    karin = await colleague(town, "Karin Ek", phone="+46709999001")
    phone = town.phone("+46709999001")
    code = await question(town)
    await karin.does("acknowledge", code)
    await karin.does("done", code)
    town.ignore(town.phone(ELSA))
    phone.hears_nothing()
    await town.phone(STRANGER).sends("handla mat, Tenhult")
    town.ignore(town.phone(STRANGER), town.service_group, town.enterprise)
    await karin.does("assign", (await town.task(state="open"))["code"], person=karin.id)
    await phone.expects("Säg kodordet")


async def test_the_service_group_hands_back_with_a_reason(town: Town) -> None:
    """The next step of the ladder is asked, and the reason stands in the history, with who entered it."""
    karin = await colleague(town, "Karin Ek", "service")
    town.ignore(town.coordinator, town.phone(ELSA))
    code = await groceries(town)
    await karin.does("acknowledge", code)
    case = await karin.does("withdraw", code, "ingen bil i dag", person=karin.id)
    assert case.task.state == "open"
    assert (await event(town, code, "task.withdrawn"))["data"]["reason"] == "ingen bil i dag"
    await town.forward(minutes=1)
    assert (await town.task())["step"] == "coordinator"


async def test_staff_report_for_a_helper(town: Town) -> None:
    """She phones in: on the way, done; it counts for her, and both names are kept."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "bankeryd")
    code = await taken_by(town, anna, karin)
    await karin.does("start", code, phone=anna.number)
    case = await karin.does("done", code)
    assert case.task.state == "done"
    done = await event(town, code, "task.done")
    assert (done["actor"], done["data"]["staff"]) == ("Anna Berg", karin.id)
    town.ignore(anna, town.phone(ELSA))


async def test_words_are_added_and_calls_are_ordered(town: Town) -> None:
    """What the resident says on the phone reaches the helper; a call back stands in the list, whatever the number is."""
    karin = await colleague(town, "Karin Ek")
    anna = await town.volunteer("Anna Berg", "bankeryd")
    code = await taken_by(town, anna, karin)
    await karin.does("add", code, "och en liter mjölk")
    await anna.expects("Tillägg", "mjölk")
    await town.phone(ELSA).expects("lagt till")
    await karin.does("call_back", code, "undrar vilken sort")
    assert await calls(town) == [("call_back", ELSA)]
    assert (await event(town, code, "callback.wanted"))["actor"] == "Karin Ek"
    for action in ("add", "call_back", "note"):
        with pytest.raises(BadRequest, match="text"):
            await karin.does(action, code, " ")


async def test_a_request_that_is_asked_about_is_sent_on_by_name(town: Town) -> None:
    """The history says which colleague did not want to wait for the answer."""
    karin = await colleague(town, "Karin Ek")
    town.ignore(town.coordinator)
    await town.phone(ELSA).sends("behöver mat")
    await town.phone(ELSA).expects("Var bor du")
    code = (await town.task())["code"]
    await karin.does("escalate", code)
    assert (await event(town, code, "human.needed"))["actor"] == "Karin Ek"
    await town.phone(ELSA).expects("läser")


async def test_every_outcome_is_an_outcome(town: Town) -> None:
    """An action without what it needs says what is missing, for every action there is."""
    karin = await colleague(town, "Karin Ek")
    code = await groceries(town)
    for action in (
        "withdraw",
        "start",
        "done",
        "release",
        "hold",
        "resume",
        "merge",
        "split",
        "change",
        "answer",
        "offer",
        "assign",
    ):
        with pytest.raises(Outcome) as refused:
            await karin.does(action, code)
        assert str(refused.value)
