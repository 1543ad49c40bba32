"""Visits that come back: the same helper first, holidays as the resident wants them, a fixed contact after the second time."""

from typing import Any

from tests.acceptance.conftest import Phone, Town

ELSA = "+46701000001"
FRIDAYS = {"phone": ELSA, "category": "groceries", "area": "granna", "text": "Handla mat", "repeats": "FREQ=WEEKLY;BYDAY=FR"}


async def opened(town: Town, **more: Any) -> tuple[Phone, Phone, str]:
    """Elsa's Friday groceries (the story begins on Wednesday 8 April 2020; Good Friday is the 10th). Anna has been asked."""
    anna, elsa = await town.volunteer("Anna Berg", "granna", organisation="Scouterna"), town.phone(ELSA)
    code = (await town.api("POST", "needs", {**FRIDAYS, **more}, status=201))["code"]
    await town.settle()
    await elsa.expects("letar")
    return anna, elsa, str(code)


async def helped(anna: Phone, elsa: Phone) -> None:
    """Anna takes what she is asked, and does it; Elsa says that it is so."""
    await anna.sends(f"JA {await anna.offer()}")
    await anna.expects("Du hjälper")
    await elsa.expects("Anna")
    await anna.sends("KLAR")
    await anna.expects("Tack för hjälpen")
    await elsa.expects("Fick du hjälp")
    await elsa.sends("ja")
    await elsa.expects("Tack")


async def coming(town: Town) -> Any:
    return await town.task(state="open")


async def test_the_helper_of_the_last_time_is_asked_first(town: Town) -> None:
    anna, elsa, _ = await opened(town, holidays="skip")
    bo = await town.volunteer("Bo Ek", "granna")
    await helped(anna, elsa)
    await town.forward(days=15)  # Good Friday was left out: the first time was meant for the 17th, this one is for the 24th
    await anna.offer("Handla mat", "fredag 24/4")
    bo.hears_nothing()
    await town.forward(minutes=16)
    await bo.offer("Handla mat")
    town.ignore(anna, bo, elsa)


async def test_holidays_as_the_resident_wants_them(town: Town) -> None:
    """Friday 1 May is a holiday of which nothing has been said: Elsa may leave it out, or move it."""
    anna, elsa, _ = await opened(town)
    await helped(anna, elsa)
    await town.forward(days=8)
    await helped(anna, elsa)
    town.read[anna.number] = len([t for t in town.carrier.texts if t.to == anna.number])
    town.read[ELSA] = len([t for t in town.carrier.texts if t.to == ELSA])
    await town.forward(days=7)
    await helped(anna, elsa)
    await elsa.expects("fredag 1/5 är Första maj", "HOPPA", "FLYTTA")
    await elsa.sends("FLYTTA")
    await elsa.expects("måndag 4/5", "inte fredag 1/5", "HOPPA")
    task = await coming(town)
    assert (task["state"], task["deadline_at"][:10]) == ("open", "2020-05-03")
    await elsa.sends("Hoppa över, tack")
    await elsa.expects("fredag 1/5 kommer ingen", "Nästa gång är fredag 8/5", "AVBOKA")
    assert await town.runtime.pool.fetchval("SELECT holidays FROM need") == "after"
    await elsa.sends("AVBOKA")
    await elsa.expects("avbokat")
    await town.forward(days=30)
    anna.hears_nothing()


async def test_staff_leave_a_visit_out_and_choose_for_holidays(town: Town) -> None:
    anna, elsa, _ = await opened(town, holidays="after")
    await helped(anna, elsa)
    code = (await coming(town))["code"]
    async with town.signed_in() as karin:
        await karin.sees(f"/board/{code}", "vardagen efter", "Hoppa över det här besöket")
        await karin.sends(f"/board/{code}/skip", "Det besöket hoppas över")
        await elsa.expects("kommer ingen")
        await karin.sends(f"/board/{code}/holidays", "Antecknat vad som gäller", holidays="before")
        await karin.sends(f"/board/{code}/holidays", status=422, holidays="ibland")
    assert await town.runtime.pool.fetchval("SELECT holidays FROM need") == "before"


async def test_what_does_not_come_back_has_nothing_to_leave_out(town: Town) -> None:
    _, _, code = await opened(town, repeats=None)
    await town.api("POST", f"tasks/{code}/skip", {}, status=409)
    await town.api("POST", f"tasks/{code}/holidays", {"holidays": "skip"}, status=409)
    await town.api("POST", "needs", {**FRIDAYS, "repeats": "FREQ=SECONDLY"}, status=422)
    await town.api("POST", "needs", {**FRIDAYS, "holidays": "ibland"}, status=422)
    town.ignore(town.phone("+46701234501"))


# A fixed contact


async def twice(town: Town) -> tuple[Phone, Phone]:
    """Anna has helped Elsa twice, and both are asked whether that is to go on."""
    anna, elsa, _ = await opened(town)
    await helped(anna, elsa)
    town.read[ELSA] = len([t for t in town.carrier.texts if t.to == ELSA])
    await town.forward(days=8)
    await helped(anna, elsa)
    await anna.expects("hjälpt", "två gånger", "FAST 11")
    text = town.unread(ELSA)
    await elsa.expects("två gånger" if "två gånger" in text[0] else "1/5")
    if town.unread(ELSA):
        await elsa.expects("")
    return anna, elsa


async def fixed(town: Town) -> int | None:
    found: int | None = await town.runtime.pool.fetchval("SELECT fixed_contact FROM person WHERE phone = $1", ELSA)
    return found


async def test_the_resident_wants_the_same_helper(town: Town) -> None:
    anna, elsa = await twice(town)
    assert await fixed(town) is None
    await elsa.sends("FAST")
    await elsa.expects("fasta kontakt")
    await anna.expects("först")
    assert await fixed(town) is not None
    await elsa.sends("FAST")
    await elsa.expects("noterat")
    await elsa.sends("Inte fast")
    await elsa.expects("inte längre", "inte säga varför")
    await anna.expects("inte längre fast kontakt")
    assert await fixed(town) is None


async def test_the_helper_ends_it_without_a_reason(town: Town) -> None:
    anna, elsa = await twice(town)
    await anna.sends("FAST 11")
    await anna.expects("först")
    await elsa.expects("fasta kontakt")
    await anna.sends("INTE FAST")
    await anna.expects("inte säga varför")
    text = await elsa.expects("inte längre din fasta kontakt")
    assert "Anna" in text
    assert await fixed(town) is None


async def test_staff_end_it_for_whoever_phones(town: Town) -> None:
    anna, elsa = await twice(town)
    await elsa.sends("FAST")
    town.read[ELSA] = len([t for t in town.carrier.texts if t.to == ELSA])
    await anna.expects("först")
    person = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", ELSA)
    async with town.signed_in("operator") as olle, town.signed_in("area-lead", area="granna") as lead:
        await olle.sees(f"/people/{person}", "Avsluta; båda får veta det")
        await lead.sends(f"/people/{person}/end-contact", status=403)
        await olle.sends(f"/people/{person}/end-contact")
        await olle.sends(f"/people/{person}/end-contact")  # pressed twice
    await elsa.expects("inte längre din fasta kontakt")
    await anna.expects("inte längre fast kontakt")
    assert await fixed(town) is None


async def test_whoever_is_nobodys_fixed_contact_just_writes(town: Town) -> None:
    elsa = town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    await elsa.expects("letar")
    await elsa.sends("inte fast")
    town.ignore(elsa, town.service_group, town.enterprise, town.coordinator)
    assert await fixed(town) is None
