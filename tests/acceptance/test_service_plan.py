"""Whoever answers for a task says when it will be done, does it, or hands it back: by SMS, link, page, board and API."""

import pytest

from tests.acceptance.conftest import MORNING, Town
from tests.acceptance.test_service_inbox import asked, history, link_of

ELSA = "+46701000001"


@pytest.fixture
def quiet(town: Town) -> Town:
    """A town in which only what the service group and the resident hear is the story."""
    town.ignore(town.enterprise, town.coordinator)
    return town


async def taken(town: Town, answer: str = "OK {}") -> int:
    """A request that the municipal service group answers. Returns its number."""
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    number = await town.service_group.offer("Tenhult")
    await town.service_group.sends(answer.format(number))
    return number


async def test_ok_with_a_day_is_told_to_the_resident_and_nobody_is_nagged_before(quiet: Town) -> None:
    """One text each, with the day; the reminder comes after it, and then the others are asked anew."""
    number = await taken(quiet, "OK {} fredag 10")
    await quiet.service_group.expects("fredag 10 april kl 10", f"KLAR {number}")
    told = await quiet.phone(ELSA).expects("Servicegrupp kommunen", "fredag 10 april kl 10", "kodordet")
    assert "hör av sig" not in told
    task = await quiet.task()
    assert (task["state"], task["planned_at"], task["planned_as"]) == ("with_service", "2020-04-10T10:00:00+02:00", "time")
    await quiet.phone(ELSA).sends("hur går det?")
    await quiet.phone(ELSA).expects("fredag 10 april kl 10")
    await quiet.forward(days=2, hours=4, minutes=59)  # Friday, a minute before the time and four hours
    quiet.service_group.hears_nothing()
    await quiet.forward(minutes=2)
    await quiet.service_group.expects("Hur går det", f"KLAR {number}")
    await quiet.forward(hours=4, minutes=1)
    await quiet.service_group.offer("Tenhult")  # as after any silence
    task = await quiet.task()
    assert (task["state"], task["planned_at"]) == ("open", None)
    quiet.ignore(quiet.service_group)


async def test_another_day_is_told_and_the_same_day_is_not(quiet: Town) -> None:
    number = await taken(quiet, "OK {}")
    await quiet.service_group.expects("är ditt")
    await quiet.phone(ELSA).expects("hör av sig")
    await quiet.service_group.sends(f"PLAN {number} torsdag eftermiddag")
    await quiet.service_group.expects("torsdag 9 april på eftermiddagen")
    await quiet.phone(ELSA).expects("torsdag 9 april på eftermiddagen")
    await quiet.service_group.sends(f"plan {number} imorgon eftermiddag")
    await quiet.service_group.expects("noterat")
    quiet.phone(ELSA).hears_nothing()
    await quiet.service_group.sends(f"Plan {number}: 14 april")
    await quiet.service_group.expects("tisdag 14 april")
    await quiet.phone(ELSA).expects("Ny tid", "tisdag 14 april")
    await quiet.service_group.sends(f"KLAR {number}")
    await quiet.service_group.expects("Tack")
    await quiet.phone(ELSA).expects("Fick du hjälp")


async def test_a_time_that_cannot_be_is_said_and_the_ok_counts(quiet: Town) -> None:
    number = await taken(quiet, "OK {} 24 december")
    await quiet.service_group.expects("högst 30 dagar", f"PLAN {number}")
    await quiet.service_group.expects("är ditt")
    await quiet.phone(ELSA).expects("hör av sig")
    assert (await quiet.task())["state"] == "with_service"
    await quiet.service_group.sends(f"PLAN {number} så snart vi kan")
    await quiet.service_group.expects("När blir det gjort", f"PLAN {number} fredag 10")
    code = (await quiet.task())["code"]
    for body in ({"at": "2020-04-08T08:59:00+02:00"}, {"day": "2020-04-07"}, {"at": "2020-05-20"}, {}):
        await quiet.api("POST", f"tasks/{code}/plan", body, status=422)
    await quiet.api("POST", f"tasks/{code}/plan", {"at": "2020-04-09", "person": quiet.enterprise.number}, status=409)
    assert (await quiet.task())["planned_at"] is None


async def test_a_program_plans_by_day_or_by_time(quiet: Town) -> None:
    """Also before an OK, which it then is; not what a volunteer has, nor an emergency."""
    quiet.ignore(quiet.service_group, quiet.phone(ELSA))
    code = await asked(quiet)
    planned = await quiet.api("POST", f"tasks/{code}/plan", {"day": "2020-04-09", "person": quiet.service_group.number})
    assert (planned["state"], planned["planned_as"]) == ("with_service", "day")
    planned = await quiet.api("POST", f"tasks/{code}/plan", {"at": "2020-04-09T13:00:00+02:00"})
    assert planned["planned_at"] == "2020-04-09T13:00:00+02:00"
    assert [e[0] for e in await history(quiet, code)].count("task.planned") == 2
    alarm = await quiet.api("POST", "needs", {"phone": "+46701000002", "text": "jag har ont i bröstet, tenhult"}, status=201)
    quiet.ignore(quiet.phone("+46701000002"))
    await quiet.settle()
    await quiet.api("POST", f"tasks/{alarm['code']}/plan", {"day": "2020-04-09", "person": quiet.coordinator.number}, status=409)


async def test_a_plan_on_the_page_and_behind_the_link(quiet: Town) -> None:
    """The form takes a day and perhaps a time; what is wrong is said beside it, with what was typed."""
    quiet.ignore(quiet.service_group, quiet.phone(ELSA))
    code = await asked(quiet)
    async with quiet.signed_in("service", "Karin", group="service-municipal") as karin:
        await karin.sends(f"/service/{code}/acknowledge", "Säg när det blir gjort")
        await karin.sends(f"/service/{code}/plan", "Säg när: en dag", day="", time="", status=422)
        page = await karin.sends(f"/service/{code}/plan", "Den tiden har redan varit", day="2020-04-07", time="10:00", status=422)
        assert 'value="2020-04-07"' in page
        await karin.sends(f"/service/{code}/plan", "Högst 30 dagar", day="2020-06-07", time="", status=422)
        await karin.sends(
            f"/service/{code}/plan", f"har fått veta när {code} blir gjort", "fredag 10 april kl 10", "Servicegrupp kommunen",
            "Vi frågar hur det går", day="2020-04-10", time="10:00",
        )  # fmt: skip
        await karin.sends(f"/service/{code}/start", "på väg")
    async with quiet.signed_in("coordinator") as siv:
        await siv.sees("/board", code, "Karin, Servicegrupp kommunen")
        await siv.sends(f"/board/{code}/plan", "Den boende får veta", "lördag 11 april", day="2020-04-11")
        await siv.sends(f"/board/{code}/plan", "Den tiden har redan varit", day="2020-04-01", status=422)
        await siv.sees(f"/board/{code}", "säger när det blir gjort: lördag 11 april", "Blir gjort")
    assert "Ny tid" in quiet.unread(ELSA)[-1]


async def test_the_link_plans_reports_and_hands_back(quiet: Town) -> None:
    """Without an account, as by e-mail: all of it, and the resident hears of a promise that is not kept."""
    quiet.ignore(quiet.service_group, quiet.phone(ELSA))
    await asked(quiet)
    link = await link_of(quiet)
    async with quiet.at_a_browser() as somebody:
        await somebody.sends(link, "är ert", action="acknowledge", csrf="")
        await somebody.sends(link, "Säg när: en dag", action="plan", day="fredag", csrf="", status=422)
        await somebody.sends(link, "fredag 10 april", action="plan", day="2020-04-10", csrf="")
        await somebody.sends(link, "lämnat tillbaka", action="hand-back", text="Bilen är trasig", csrf="")
    assert "kan tyvärr inte komma" in quiet.unread(ELSA)[-1]
    assert (await quiet.task())["planned_at"] is None


async def test_handed_back_by_sms_it_goes_to_the_others_with_the_reason(town: Town) -> None:
    """The other group and the coordinator are asked in the same moment; the resident, to whom nothing was promised, hears
    nothing of it, and the group that cannot is left alone."""
    await town.phone(ELSA).sends("handla mat, Tenhult")
    await town.phone(ELSA).expects("letar")
    first = await town.service_group.offer("Tenhult")
    await town.enterprise.offer("Tenhult")
    await town.service_group.sends(f"OK {first}")
    await town.service_group.expects("är ditt")
    await town.enterprise.expects("redan omhändertaget")
    await town.phone(ELSA).expects("hör av sig")
    await town.service_group.sends(f"KAN INTE {first} vi har ingen bil")
    await town.service_group.expects("Tack för att du sa till")
    second = await town.enterprise.offer("lämnat tillbaka", "vi har ingen bil")
    await town.coordinator.offer("lämnat tillbaka", "vi har ingen bil")
    town.phone(ELSA).hears_nothing()
    await town.forward(minutes=16)
    await town.enterprise.offer("Ingen har svarat än")
    await town.coordinator.offer("Ingen har svarat än")
    town.service_group.hears_nothing()
    await town.enterprise.sends(f"OK {second} idag")
    await town.enterprise.expects("onsdag 8 april")
    await town.coordinator.expects("redan omhändertaget")
    await town.phone(ELSA).expects("onsdag 8 april")


async def test_a_colleague_of_the_group_that_handed_it_back_is_left_alone(quiet: Town) -> None:
    """Also when the one who had it works with an account, and belongs to the group by that alone."""
    await quiet.import_people(
        "name,phone,area,group,skills,languages,telegram_id,role,organisation\nPia,+46701110022,,service-municipal,,,,service,\n"
    )
    quiet.ignore(quiet.phone(ELSA), quiet.service_group, quiet.phone("+46701110022"))
    code = await asked(quiet)
    async with quiet.signed_in("service", "Karin", group="service-municipal") as karin:
        await karin.sends(f"/service/{code}/acknowledge", "är ert")
        before = len(quiet.unread("+46701110022"))
        await karin.sends(f"/service/{code}/hand-back", "lämnat tillbaka", text="Fel kommun")
    assert len(quiet.unread("+46701110022")) == before
    assert "Fel kommun" in quiet.unread(quiet.enterprise.number)[-1]


async def test_two_plans_at_once(quiet: Town) -> None:
    """The second looks at a page that is no longer true, and is told so."""
    quiet.ignore(quiet.service_group, quiet.phone(ELSA))
    code = await asked(quiet)
    await quiet.api("POST", f"tasks/{code}/acknowledge", {"person": quiet.service_group.number})
    seen = (await quiet.api("GET", f"tasks/{code}"))["history"][-1]["id"]
    async with quiet.signed_in("service", "Karin", group="service-municipal") as karin:
        await karin.sends(f"/service/{code}/plan", "blir gjort", day="2020-04-10", seen=str(seen))
        await karin.sends(f"/service/{code}/plan", "sedan du öppnade sidan", day="2020-04-11", seen=str(seen), status=409)
    assert (await quiet.task())["planned_at"].startswith("2020-04-10")
    assert quiet.clock.now() == MORNING
