"""What a helper does while a task is under way: late, too much for a volunteer, staying on, coming again, worrying, paying."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from dispatch.actions import Act
from dispatch.changes import Received
from dispatch.handlers import act
from dispatch.model import Attachment
from tests.acceptance.conftest import Phone, Town

ELSA = "+46701000001"
WORDS = "Hon verkar förvirrad och har inte ätit"


async def say(town: Town, code: str, action: str, who: Phone, status: int = 200, **body: Any) -> Any:
    """The helper does something through the API, and what follows at once happens."""
    told = await town.api("POST", f"tasks/{code}/{action}", {"person": who.number, **body}, status=status)
    await town.settle()
    return told


async def taken(town: Town, words: str = "Kan någon handla mat? Bor i Gränna") -> tuple[Phone, Phone, str]:
    """Anna has Elsa's task. Everything that was said until then has been read."""
    anna = await town.volunteer("Anna Berg", "granna", organisation="Scouterna")
    elsa = town.phone(ELSA)
    await elsa.sends(words)
    await elsa.expects("letar")
    await anna.sends(f"JA {await anna.offer()}")
    await anna.expects("Du hjälper")
    await elsa.expects("Anna")
    return anna, elsa, (await town.task())["code"]


async def done(town: Town) -> tuple[Phone, Phone, str]:
    anna, elsa, code = await taken(town)
    await anna.sends("KLAR")
    await anna.expects("Tack för hjälpen")
    await elsa.expects("Fick du hjälp")
    return anna, elsa, code


def kinds(task: Any) -> list[str]:
    return [e["kind"] for e in task["history"]]


# Late


async def test_a_helper_who_is_late_is_awaited_that_much_longer(town: Town) -> None:
    anna, elsa, code = await taken(town)
    await town.forward(hours=3)
    await say(town, code, "late", anna, minutes=60)
    await elsa.expects("Anna från Scouterna", "cirka 60 minuter sen", "kodordet")
    await anna.expects("60 minuter", "KLAR", "KAN INTE")
    await say(town, code, "late", anna, minutes=60)  # tapped twice
    await town.forward(hours=4, minutes=50)
    anna.hears_nothing()
    await town.forward(minutes=15)
    await anna.expects("Hur går det")
    assert kinds(await town.task()).count("task.delayed") == 1


async def test_two_taps_at_once_are_one(town: Town) -> None:
    anna, elsa, code = await taken(town)
    await asyncio.gather(*[town.api("POST", f"tasks/{code}/late", {"person": anna.number, "minutes": 20}) for _ in range(4)])
    await town.settle()
    await elsa.expects("20 minuter")
    await anna.expects("20 minuter")


@pytest.mark.parametrize("minutes", [None, 0, 4, 241, -5, "många", True])
async def test_how_late_must_be_said(town: Town, minutes: Any) -> None:
    anna, _, code = await taken(town)
    await say(town, code, "late", anna, status=422, minutes=minutes)


async def test_only_whoever_has_the_task_is_late(town: Town) -> None:
    bo = await town.volunteer("Bo Ek", "bankeryd")
    anna, elsa, code = await taken(town)
    for action, body in (("late", {"minutes": 20}), ("need_service", {}), ("keep", {}), ("again", {}), ("concern", {"text": "x"}),
                         ("expense", {"amount_ore": 100})):  # fmt: skip
        await say(town, code, action, bo, status=409, **body)
        await town.api("POST", f"tasks/{code}/{action}", body, status=422)
    await anna.sends("KLAR")
    await elsa.sends("ja")
    town.ignore(anna, elsa)
    await say(town, code, "late", anna, status=409, minutes=20)
    await say(town, code, "need_service", anna, status=409)


async def test_a_silent_helper_who_is_only_late_has_the_task_again(town: Town) -> None:
    anna, elsa, code = await taken(town)
    await town.forward(hours=8, minutes=5)
    await anna.expects("Hur går det")
    await town.coordinator.expects("Volontären hör inte av sig")
    await say(town, code, "late", anna, minutes=30)
    await anna.expects("Du hjälper")
    await anna.expects("30 minuter")
    await elsa.expects("Anna", "kodordet")
    await elsa.expects("30 minuter sen")
    await town.coordinator.expects("omhändertaget")
    assert (await town.task())["state"] == "taken"


# Too much for a volunteer


async def test_what_is_too_much_for_a_volunteer_goes_to_the_service_group(town: Town) -> None:
    """Jönköping's rule: what cannot be done by the routines, for whatever reason, goes to the service groups."""
    anna, elsa, code = await taken(town)
    await say(town, code, "need_service", anna, text="sängen är för tung")
    await anna.expects("servicegrupp tar över", "Du är klar")
    await elsa.expects("Anna från Scouterna kan inte", "servicegrupp tar över", code, "hör av sig")
    for group in (town.service_group, town.enterprise):
        await group.expects(code, "En volontär ber er ta över: ", "sängen är för tung", ELSA, "Kan någon handla mat?")
    await say(town, code, "need_service", anna, text="sängen är för tung")  # tapped twice
    task = await town.task()
    assert (task["state"], task["step"], task["takers"]) == ("open", "service", [])
    told = next(e for e in task["history"] if e["kind"] == "service.wanted")
    assert told["data"]["reason"] == "sängen är för tung"
    await town.service_group.sends("OK")
    await town.service_group.expects(f"{code} är ditt", "kodordet")
    await town.enterprise.expects("omhändertaget")
    await elsa.expects("tar hand om ditt ärende", "kodordet")
    async with town.signed_in() as karin:
        await karin.sees(f"/board/{code}", "Anna Berg säger att det är för servicegruppen. “sängen är för tung”")


async def test_at_night_the_service_group_is_asked_in_the_morning(town: Town) -> None:
    anna, elsa, code = await taken(town)
    await anna.sends("PÅ VÄG")
    town.ignore(anna)
    await elsa.expects("på väg")
    await town.forward(hours=3)  # noon
    await anna.sends("PÅ VÄG")
    await town.runtime.pool.execute("UPDATE task SET deadline_at = $1", town.clock.now() + timedelta(days=2))
    await town.forward(hours=10)  # ten in the evening
    await say(town, code, "need_service", anna)
    await elsa.expects("servicegrupp tar över")
    town.service_group.hears_nothing()
    await town.forward(hours=8, minutes=50)
    town.service_group.hears_nothing()
    await town.forward(minutes=15)
    await town.service_group.expects(code, "En volontär ber er ta över.")
    await town.enterprise.expects(code)


async def test_when_the_service_group_gives_it_back_the_ladder_goes_on(town: Town) -> None:
    anna, elsa, code = await taken(town)
    town.ignore(anna, elsa, town.enterprise)
    await say(town, code, "need_service", anna)
    number = await town.service_group.offer()
    await town.service_group.sends(f"NEJ {number}")
    await town.service_group.expects("Tack för svaret")
    await town.forward(minutes=35)
    await town.coordinator.expects(code, "En volontär ber er ta över")


# Staying on


async def test_a_helper_stays_on_by_a_tap_as_by_a_word(town: Town) -> None:
    anna, elsa, code = await done(town)
    await say(town, code, "keep", anna)
    await anna.expects("frågar dig först")
    await elsa.expects("Anna från Scouterna är nu din fasta kontakt")
    await say(town, code, "keep", anna)  # nothing new: nobody hears it twice
    await anna.sends("FAST")
    await anna.expects("noterat")
    await elsa.sends("ja")
    await elsa.expects("Tack")
    await town.forward(days=10)
    await say(town, code, "keep", anna)
    assert kinds(await town.task()).count("fixed_contact.set") == 1


async def test_a_protected_residents_contact_is_always_staff(town: Town) -> None:
    anna, elsa, code = await done(town)
    town.ignore(elsa)
    await town.runtime.pool.execute("UPDATE person SET protected = true WHERE phone = $1", ELSA)
    for action in ("keep", "again"):
        await say(town, code, action, anna, status=409)
    assert await town.runtime.pool.fetchval("SELECT fixed_contact FROM person WHERE phone = $1", ELSA) is None


# Coming again


async def test_the_same_help_next_week(town: Town) -> None:
    """Anna is asked first, the day before; Elsa knows which day, and how to say no."""
    bo = await town.volunteer("Bo Ek", "granna")
    anna, elsa, code = await taken(town, "Kan någon handla mat i dag kl 15? Bor i Gränna")
    await bo.offer()
    await bo.expects("behövs inte längre")
    await anna.sends("KLAR")
    await anna.expects("Tack för hjälpen")
    await elsa.expects("Fick du hjälp")
    await asyncio.gather(*[town.api("POST", f"tasks/{code}/again", {"person": anna.number}) for _ in range(3)])
    await town.settle()
    await anna.expects("Handla mat", "onsdag 15/4", "frågar vi dig först")
    text = await elsa.expects("Anna från Scouterna", "igen onsdag 15/4", "handla mat", "AVBOKA")
    visit = text.split("AVBOKA ")[1].strip()
    assert visit != code
    await elsa.sends("ja")
    await elsa.expects("Tack")
    await say(town, code, "again", anna)  # once more, when it is closed
    task = await town.task(state="open")
    assert task["code"] == visit
    planned = await town.api("GET", f"tasks/{code}")
    assert [e["data"]["code"] for e in planned["history"] if e["kind"] == "next_visit.planned"] == [visit]
    await town.forward(days=5, hours=22)
    anna.hears_nothing()
    await town.forward(hours=2)
    await anna.offer("Handla mat", "Gränna", "onsdag 15/4 kl 15")
    bo.hears_nothing()


async def test_the_resident_says_no_to_the_next_visit(town: Town) -> None:
    anna, elsa, code = await done(town)
    await say(town, code, "again", anna)
    await anna.expects("igen onsdag 15/4")
    visit = (await elsa.expects("AVBOKA")).split("AVBOKA ")[1].strip()
    await elsa.sends("ja")
    await elsa.expects("Tack")
    await elsa.sends(f"AVBOKA {visit}")
    await elsa.expects(f"{visit} är avbokat")
    await say(town, code, "again", anna)  # what the resident has said no to does not come back
    await town.forward(days=8)
    anna.hears_nothing()


async def test_what_repeats_anyway_is_not_opened_twice(town: Town) -> None:
    anna, elsa, code = await taken(town)
    await town.runtime.pool.execute("UPDATE need SET repeats = 'FREQ=WEEKLY;BYDAY=WE'")
    await say(town, code, "done", anna)
    await anna.expects("Tack för hjälpen")
    await elsa.expects("Fick du hjälp")
    await say(town, code, "again", anna)
    await anna.expects("kommer tillbaka av sig självt", "dig först")
    await elsa.expects("fasta kontakt")
    assert len((await town.api("GET", "tasks"))["tasks"]) == 1


async def test_again_is_for_what_is_done_and_not_long_ago(town: Town) -> None:
    anna, elsa, code = await taken(town)
    await say(town, code, "again", anna, status=409)
    await anna.sends("KLAR")
    await elsa.sends("ja")
    town.ignore(anna, elsa)
    await town.forward(days=8)
    await say(town, code, "again", anna, status=409)


# Worrying


async def test_a_concern_is_a_coordinators_and_nobody_elses(town: Town) -> None:
    """The resident never hears of it; the area's lead does not read it."""
    anna, elsa, code = await done(town)
    await elsa.sends("ja")
    await elsa.expects("Tack")
    await say(town, code, "concern", anna, text=WORDS)
    await anna.expects("En samordnare hos oss läser det nu", "112")
    await say(town, code, "concern", anna, text=WORDS)  # tapped twice
    text = await town.coordinator.expects("BRÅTTOM", "Oro för någon", "Anna Berg", anna.number, f"{code}: {WORDS}")
    assert ELSA not in text
    own = (await town.api("GET", "tasks?state=open"))["tasks"][0]
    assert (own["human"], own["urgency"], own["area"], own["resident"]["phone"]) == ("concern", "high", None, anna.number)
    original = await town.api("GET", f"tasks/{code}")
    reported = [e for e in original["history"] if e["kind"] == "concern.reported"]
    assert [e["data"] for e in reported] == [{"code": own["code"]}]
    anna_id = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", anna.number)
    async with town.signed_in() as karin, town.signed_in("area-lead", area="granna") as lead, town.signed_in("operator") as olle:
        await karin.sees("/board", own["code"], WORDS)
        await karin.sees(f"/board/{own['code']}", WORDS, "En hjälpare är orolig för någon")
        await karin.sees(f"/board/{code}", "är orolig")
        await olle.sees("/board", own["code"], "Bara för samordnare", without=("förvirrad",))
        await olle.sees("/board?q=förvirrad", without=(own["code"],))
        await olle.sees(f"/board/{own['code']}", status=403)
        await olle.sees(f"/board/{code}", without=("är orolig",))
        await olle.sees(f"/people/{anna_id}", without=("förvirrad", own["code"]))
        await lead.sees("/board", without=(own["code"], "förvirrad"))
        await lead.sees(f"/board/{own['code']}", status=404)
        await lead.sees(f"/board/{code}", without=("förvirrad",))
        await lead.sees(f"/people/{anna_id}", without=("förvirrad", own["code"]))
        await lead.sees("/attachments/1", status=403)
    await town.forward(minutes=65)  # no service group either
    await town.coordinator.expects("Ingen har svarat", "Oro för någon")
    for _ in range(3):
        await town.coordinator.expects("Oro för någon")
    town.service_group.hears_nothing()
    await town.coordinator.sends("OK")
    await town.coordinator.expects(f"{own['code']} är ditt")
    await anna.expects("En person hos oss har sett ditt meddelande")
    elsa.hears_nothing()


async def test_a_concern_never_becomes_a_request(town: Town) -> None:
    """Its words would be read by volunteers, and by the one whom they are about."""
    bo = await town.volunteer("Bo Ek", "bankeryd")
    anna, _, code = await taken(town)
    town.ignore(anna, town.coordinator)
    await say(town, code, "concern", anna, text=WORDS)
    own = (await town.api("GET", "tasks?state=open"))["tasks"][0]["code"]
    for action, body in (
        ("change", {"category": "groceries", "area": "granna"}), ("merge", {"into": code}),
        ("split", {"text": "mat", "category": "groceries", "area": "granna"}),
        ("assign", {"person": bo.number, "anyway": True}), ("offer", {"person": bo.number}), ("accept", {"person": bo.number}),
    ):  # fmt: skip
        await town.api("POST", f"tasks/{own}/{action}", body, status=409)
    await town.api("POST", f"tasks/{code}/merge", {"into": own}, status=409)
    bo.hears_nothing()


async def test_a_concern_about_danger_to_life(town: Town) -> None:
    anna, elsa, code = await taken(town)
    await say(town, code, "concern", anna, text="Hon svarar inte", emergency=True)
    await anna.expects("RING 112 NU")
    await town.coordinator.expects("MÖJLIG FARA FÖR LIV", "Oro för någon", f"{code}: Hon svarar inte")
    elsa.hears_nothing()
    await town.coordinator.sends("OK")
    await town.coordinator.expects("är ditt")
    await anna.expects("har sett ditt meddelande")


async def test_whoever_gave_a_task_back_may_worry_too_for_a_week(town: Town) -> None:
    anna, elsa, code = await taken(town)
    town.ignore(elsa, anna, town.coordinator, town.service_group, town.enterprise)
    await say(town, code, "concern", anna, status=422, text=" ")
    await anna.sends("KAN INTE")
    await say(town, code, "concern", anna, text=WORDS)
    await town.api("POST", f"tasks/{code}/cancel", {})
    await town.forward(days=6)
    await say(town, code, "concern", anna, text="Jag tänker på henne")  # in the same thread
    (thread,) = (await town.api("GET", "tasks?state=open"))["tasks"]
    await town.api("POST", f"tasks/{thread['code']}/answer", {"text": "Tack, vi har talat med henne."})
    await town.forward(days=2)
    await say(town, code, "concern", anna, status=409, text="Jag tänker på henne ofta")


async def test_the_words_that_came_are_filed_with_the_concern(town: Town) -> None:
    """Not with the resident's task, whose page an area's lead reads."""
    anna, _, code = await taken(town)
    town.ignore(anna, town.coordinator)
    who, now = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", anna.number), town.clock.now()
    for nth in ("m1", "m2"):
        came = Received("telegram", nth, "anna", who, None, WORDS, "concern", now)
        await act(town.runtime.office, "concern", Act(code, person=who, text=WORDS, received=came), now)
    filed = "SELECT t.human FROM inbox i JOIN task t ON t.id = i.task_id WHERE i.carrier = 'telegram'"
    rows = await town.runtime.pool.fetch(filed)
    assert [row["human"] for row in rows] == ["concern", "concern"]
    async with town.signed_in("area-lead", area="granna") as lead:
        await lead.sees(f"/board/{code}", without=("förvirrad", "är orolig"))


# Paying


async def test_what_was_paid_is_recorded_once(town: Town) -> None:
    anna, elsa, code = await taken(town)
    paid = {"person": anna.number, "amount_ore": 24_550}
    await asyncio.gather(*[town.api("POST", f"tasks/{code}/expense", paid) for _ in range(3)])
    await town.settle()
    await anna.expects("245,50 kr", code, "Spara kvittot")
    town.coordinator.hears_nothing()
    row = await town.runtime.pool.fetchrow("SELECT amount_ore, over_limit, receipt FROM expense")
    assert tuple(row) == (24_550, False, None)
    recorded = [e["data"] for e in (await town.task())["history"] if e["kind"] == "expense.recorded"]
    assert [(d["amount_ore"], d["over_limit"]) for d in recorded] == [(24_550, False)]
    async with town.signed_in() as karin:
        await karin.sees(f"/board/{code}", "Anna Berg har betalat 245,50 kr.", "inget kvitto")
    elsa.hears_nothing()


async def test_more_than_the_limit_is_a_humans_matter_too(town: Town) -> None:
    anna, _, code = await done(town)
    town.ignore(town.phone(ELSA))
    await say(town, code, "expense", anna, amount_ore=50_000)
    await anna.expects("500 kr", "Spara kvittot")
    await say(town, code, "expense", anna, amount_ore=50_001)
    await anna.expects("500,01 kr", "mer än gränsen 500 kr", "hör av sig")
    await town.coordinator.expects("Utlägg över gränsen", "Anna Berg", f"{code}: 500,01 kr")
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM expense") == 2
    async with town.signed_in() as karin:
        await karin.sees(f"/board/{code}", "Det är mer än gränsen.", "mer än gränsen")


@pytest.mark.parametrize("amount", [None, 0, -100, 2_000_001, True])
async def test_an_amount_must_be_one(town: Town, amount: Any) -> None:
    anna, _, code = await taken(town)
    await say(town, code, "expense", anna, status=422, amount_ore=amount)


async def test_expenses_are_told_within_a_week(town: Town) -> None:
    anna, elsa, code = await done(town)
    town.ignore(elsa)
    await town.forward(days=2)
    await say(town, code, "expense", anna, amount_ore=10_000)
    await anna.expects("100 kr")
    await town.forward(days=8)
    await say(town, code, "expense", anna, status=409, amount_ore=10_000)


async def test_a_receipt_is_seen_by_the_office_when_it_has_come(town: Town) -> None:
    anna, _, code = await taken(town)
    town.ignore(anna)
    pool, now = town.runtime.pool, town.clock.now()
    await pool.execute(
        """INSERT INTO attachment (id, task_id, person_id, kind, carrier, file_id, mime, created_at)
           VALUES (1, 4711, 4711, 'photo', 'telegram', 'x', 'image/jpeg', $1)""",
        now,
    )
    await say(town, code, "expense", anna, status=422, amount_ore=100, receipt=1)  # another task's
    task, who = await pool.fetchrow("SELECT task_id, person_id FROM offer WHERE state = 'accepted'")
    photo = Attachment(77, task, who, "photo", "telegram", "file", "image/jpeg", now, 3)
    await act(town.runtime.office, "expense", Act(code, person=who, details={"amount_ore": 9_900, "receipt": photo}), now)
    await say(town, code, "expense", anna, amount_ore=100, receipt=77)
    assert await pool.fetchval("SELECT count(*) FROM expense WHERE receipt = 77") == 2
    async with town.signed_in("operator") as olle, town.signed_in("area-lead", area="granna") as lead:
        await olle.sees(f"/board/{code}", "99 kr", "kvittot hämtas")
        await olle.sees("/attachments/77", status=404)
        await olle.sees(f"/attachments/{10**30}", status=404)
        await pool.execute("UPDATE attachment SET content = 'abc'::bytea WHERE id = 77")
        await olle.sees(f"/board/{code}", 'href="/attachments/77"')
        await lead.sees(f"/board/{code}", "99 kr", without=("/attachments/77",))
        await lead.sees("/attachments/77", status=403)
        for mime, served, way in (
            ("image/jpeg", "image/jpeg", "inline"), ("audio/ogg; codecs=opus", "audio/ogg", "inline"),
            ("text/html", "application/octet-stream", "attachment"), ("image/svg+xml", "application/octet-stream", "attachment"),
        ):  # fmt: skip
            await pool.execute("UPDATE attachment SET mime = $1", mime)
            async with olle.web.get(f"{town.base}/attachments/77") as response:
                assert await response.read() == b"abc"
                assert response.headers["Content-Type"] == served
                assert response.headers["Content-Disposition"].startswith(way)
                assert response.headers["X-Content-Type-Options"] == "nosniff"
                assert response.headers["Cache-Control"] == "no-store"


# On the board


async def test_an_operator_hears_it_on_the_telephone(town: Town) -> None:
    anna, elsa, code = await taken(town)
    async with town.signed_in("operator") as olle:
        await olle.sends(f"/board/{code}/late", "från 5 till 240", minutes="snart", status=422)
        await olle.sends(f"/board/{code}/late", "hjälparen kommer senare", minutes="45")
        await elsa.expects("45 minuter sen")
        await anna.expects("45 minuter")
        await olle.sees(f"/board/{code}", "Anna Berg kommer cirka 45 minuter senare")
        await olle.sends(f"/board/{code}/need_service", "Servicegrupperna frågas nu", text="behöver lyftas")
    await anna.expects("Du är klar")
    await elsa.expects("servicegrupp tar över")
    for group in (town.service_group, town.enterprise):
        await group.expects("behöver lyftas")
