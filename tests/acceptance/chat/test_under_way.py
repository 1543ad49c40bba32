"""While a task is under way: late, too much, a receipt, a worry; and afterwards: the same person again."""

from typing import Any

from tests.acceptance.chat.conftest import ANNA, BO, Member, Telegram, labels
from tests.acceptance.conftest import Phone, Town

ELSA = "+46701000001"


async def taken(town: Town, telegram: Telegram) -> tuple[Member, Phone]:
    """Anna has Elsa's shopping."""
    anna, elsa = await telegram.volunteer(ANNA), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor på Brahegatan 20 i Gränna")
    await elsa.expects("letar")
    await anna.expects("Handla mat")
    await anna.taps("Ja, jag kan")
    await elsa.expects("Anna")
    return anna, elsa


async def expenses(town: Town) -> list[Any]:
    return [dict(row) for row in await town.runtime.pool.fetch("SELECT amount_ore, over_limit, receipt FROM expense")]


async def test_late_is_told(town: Town, telegram: Telegram) -> None:
    """Three buttons for how late; the resident hears it."""
    anna, elsa = await taken(town, telegram)
    await anna.taps("Blir sen")
    assert labels(anna.shows()) == ["15 minuter", "30 minuter", "En timme", "Tillbaka"]
    await anna.taps("Tillbaka")
    assert "Blir sen" in labels(anna.shows())
    await anna.taps("Blir sen")
    assert "säger till" in await anna.taps("30 minuter")
    await elsa.expects("30 minuter sen")
    assert "Klar" in labels(anna.shows(ELSA))


async def test_too_much_for_a_volunteer_goes_to_the_service_group(town: Town, telegram: Telegram) -> None:
    """Jönköping's rule: what cannot be done by the routines, for whatever reason, is the service group's."""
    anna, elsa = await taken(town, telegram)
    await anna.taps("Behöver servicegruppen")
    await elsa.expects("servicegrupp")
    anna.shows(without=(ELSA,))
    await town.service_group.offer("Gränna")
    await town.enterprise.offer("Gränna")


async def test_a_receipt_is_photographed_with_its_amount(town: Town, telegram: Telegram) -> None:
    """Photograph and amount in one, or one after the other; never a card's number."""
    anna, _ = await taken(town, telegram)
    await anna.taps("Kvitto")
    await anna.expects("bild av kvittot", "500 kr")
    await anna.writes("4539 1488 0343 6467")
    await anna.expects("kortnummer")
    assert not await town.runtime.pool.fetch("SELECT FROM inbox WHERE text LIKE '%4539%'")
    await anna.photographs("245,50 kr", content=b"\xff\xd8\xff receipt")
    await anna.expects("245,50")
    (expense,) = await expenses(town)
    assert (expense["amount_ore"], expense["over_limit"]) == (24550, False)
    photo = await town.runtime.pool.fetchrow("SELECT content, mime FROM attachment WHERE id = $1", expense["receipt"])
    assert (photo["content"], photo["mime"]) == (b"\xff\xd8\xff receipt", "image/jpeg")


async def test_a_photograph_alone_is_asked_for_its_amount(town: Town, telegram: Telegram) -> None:
    """Whoever has one task need not say which it is for. More than the limit is kept, and a human is told."""
    anna, _ = await taken(town, telegram)
    await anna.photographs()
    await anna.expects("Hur många kronor")
    await anna.writes("det blev dyrt")
    await anna.expects("Hur många kronor")
    await anna.writes("1 250:-")
    await anna.expects("1\xa0250 kr", "gränsen 500 kr")
    (expense,) = await expenses(town)
    assert (expense["amount_ore"], expense["over_limit"]) == (125000, True)
    await town.coordinator.offer()


async def test_a_picture_that_is_too_big_is_not_fetched(town: Town, telegram: Telegram) -> None:
    """20 MB: said kindly, nothing stored, nothing fetched."""
    anna, _ = await taken(town, telegram)
    await anna.taps("Kvitto")
    await anna.expects("bild av kvittot")
    await anna.photographs("245 kr", size=20_000_000)
    await anna.expects("för stor")
    assert await expenses(town) == []
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM attachment") == 0


async def test_a_worry_is_the_coordinators_alone(town: Town, telegram: Telegram) -> None:
    """Reported privately: the resident hears nothing, and the area's lead sees nothing."""
    anna, elsa = await taken(town, telegram)
    await anna.taps("Orolig för personen")
    await anna.expects("Bara våra samordnare")
    await anna.writes("Hon har gått ner mycket i vikt och kylen är tom")
    await anna.expects("112")
    await town.coordinator.expects("Oro för någon", "kylen är tom")
    elsa.hears_nothing()
    async with town.signed_in("area-lead", area="granna") as lead:
        await lead.sees("/board", without=("kylen är tom",))


async def test_never_mind(town: Town, telegram: Telegram) -> None:
    """A button that was tapped by mistake can be left again, and talk is talk after that."""
    anna, _ = await taken(town, telegram)
    await anna.taps("Kvitto")
    await anna.expects("bild av kvittot")
    assert "Okej" in await anna.taps("Nej, det var inget")
    await anna.writes("Jag har fått förhinder")
    telegram.ignored.add(ANNA.id)
    await town.phone(ELSA).expects("kan tyvärr inte")
    town.ignore(town.service_group, town.enterprise)


async def test_the_same_person_again(town: Town, telegram: Telegram) -> None:
    """Afterwards: asked first next time, or the same time next week. Two taps make one visit."""
    anna, elsa = await taken(town, telegram)
    bo = await telegram.volunteer(BO)
    await anna.taps("Klar")
    await elsa.expects("Fick du hjälp?")
    assert "Samma tid nästa vecka" in labels(anna.shows())
    message = anna.shows()
    data = next(what for row in message.buttons for label, what in row if label == "Samma tid nästa vecka")
    await anna.taps("Samma tid nästa vecka")
    await elsa.expects("AVBOKA")
    await anna.forges(data, message)
    tasks = await town.runtime.pool.fetch("SELECT state, occasion FROM task ORDER BY created_at, id")
    assert sorted(r["state"] for r in tasks) == ["done", "open"]
    telegram.ignored.add(ANNA.id)
    await elsa.sends("JA")
    await elsa.expects("Tack")
    town.ignore(elsa)
    await town.forward(days=6, minutes=5)
    assert "Handla mat" in anna.shows().text
    bo.hears_nothing()


async def test_fixed_contact_by_a_button(town: Town, telegram: Telegram) -> None:
    """Asked first next time, and the resident knows."""
    anna, elsa = await taken(town, telegram)
    await anna.taps("Klar")
    await elsa.expects("Fick du hjälp?")
    assert "frågar dig först" in await anna.taps("Fråga mig först nästa gång")
    await elsa.expects("fasta kontakt")
    telegram.ignored.add(ANNA.id)
    assert "Fråga mig först nästa gång" not in labels(anna.shows())
