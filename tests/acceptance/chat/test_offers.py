"""Offers in the chat: asked with buttons, taken with one tap, and always showing how it stands."""

from tests.acceptance.chat.conftest import ANNA, BO, CIA, Telegram, labels
from tests.acceptance.conftest import Town

ELSA = "+46701000001"


async def test_a_volunteer_takes_a_task_with_one_tap(town: Town, telegram: Telegram) -> None:
    """Before: what, where, how long, nothing of the resident. After: everything, in the same message. At the end: nothing."""
    anna = await telegram.volunteer(ANNA, organisation="Equmeniakyrkan Gränna")
    elsa = town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor på Brahegatan 20 i Gränna. Elsa")
    await elsa.expects("letar", "handla mat", "Gränna")
    offer = await anna.expects("Handla mat", "Gränna", "nej")
    assert labels(offer) == ["Ja, jag kan", "Inte nu", "För långt", "Inte min grej"]
    for secret in ("Elsa", ELSA, "Brahegatan"):
        assert secret not in offer.text

    assert "Tack" in await anna.taps("Ja, jag kan")
    coming = await elsa.expects("Anna från Equmeniakyrkan Gränna", "kodordet")
    word = coming.split("Kodordet är ")[1].split(":")[0]
    held = anna.shows(ELSA, "Brahegatan", word, "Ring först", "kort eller PIN", "+4636105000")
    assert held.message_id == offer.message_id
    assert held.protected
    assert {"På väg", "Klar", "Blir sen", "Kan inte ändå", "Kvitto", "Behöver servicegruppen"} <= set(labels(held))

    await anna.taps("På väg")
    await elsa.expects("Anna", "på väg", word)
    anna.shows("Du är på väg")
    await anna.taps("Klar")
    await elsa.expects("Fick du hjälp?")
    anna.shows("Tack för hjälpen", without=(ELSA, "Brahegatan", word))
    await elsa.sends("JA")
    await elsa.expects("Tack")
    later = labels(anna.shows("klart", without=(ELSA, "Brahegatan", word)))
    assert later == ["Fråga mig först nästa gång", "Samma tid nästa vecka", "Kvitto", "Orolig för personen"]
    anna.hears_nothing()
    assert (await town.task())["state"] == "closed"
    said = await town.runtime.pool.fetch("SELECT text FROM inbox WHERE carrier = 'telegram' ORDER BY id")
    assert [row["text"] for row in said] == ["[Ja, jag kan]", "[På väg]", "[Klar]"]


async def test_two_tap_at_once_and_one_has_it(town: Town, telegram: Telegram) -> None:
    """The database decides; the other hears kindly that somebody was faster, and both messages are true afterwards."""
    anna, bo = await telegram.volunteer(ANNA), await telegram.volunteer(BO)
    cia = await telegram.volunteer(CIA)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    offers = [await p.expects("Handla mat") for p in (anna, bo, cia)]
    taps = [await telegram.api.taps(p.user, o, "Ja, jag kan") for p, o in zip((anna, bo), offers, strict=False)]
    await town.settle()
    await elsa.expects("kommer och hjälper dig")
    said = sorted(telegram.api.toasts[tap] for tap in taps)
    assert any("hann före" in text for text in said)
    assert any("Allt du behöver" in text for text in said)
    texts = sorted(p.shows().text for p in (anna, bo))
    assert sum(ELSA in text for text in texts) == 1
    assert sum("Någon annan hjälper" in text for text in texts) == 1
    cia.shows("Någon annan hjälper", without=(ELSA,))
    assert labels(cia.shows()) == []


async def test_a_stale_button_changes_nothing(town: Town, telegram: Telegram) -> None:
    """An old message's button, somebody else's button, and made-up data: each is answered, and nothing happens."""
    anna, bo = await telegram.volunteer(ANNA), await telegram.volunteer(BO, "bankeryd")
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    offer = await anna.expects("Handla mat")
    yes = offer.buttons[0][0][1]
    assert "inte ditt" in await bo.forges(yes)
    assert "gäller inte" in await bo.forges("x" * 64)
    assert "gäller inte" in await bo.forges("yes:zzzzzzzzzzzzzzzzzzzzzzz")
    assert "inte ditt" in await bo.forges("yes:1")
    assert (await town.task())["state"] == "open"
    await elsa.sends("avboka")
    await elsa.expects("avbokat")
    anna.shows("Avbokat")
    assert "avslutat" in await anna.forges(yes, offer)
    assert (await town.task())["state"] == "cancelled"


async def test_no_has_its_reasons(town: Town, telegram: Telegram) -> None:
    """Too far, and not my thing, are remembered; whoever said no may still change their mind."""
    anna, bo = await telegram.volunteer(ANNA), await telegram.volunteer(BO)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await anna.expects("Handla mat")
    await bo.expects("Handla mat")
    await anna.taps("Inte min grej")
    assert labels(anna.shows("svarat nej")) == ["Jag kan ändå"]
    task = await town.task()
    declined = next(e for e in task["history"] if e["kind"] == "offer.declined")
    assert declined["data"]["reason"] == "thing"
    avoids = await town.runtime.pool.fetchval("SELECT avoids FROM person WHERE telegram_id = $1", ANNA.id)
    assert avoids == ["category:groceries"]
    await anna.taps("Jag kan ändå")
    await elsa.expects("Anna")
    await anna.expects(ELSA)
    bo.shows("Någon annan hjälper")


async def test_what_is_taken_by_sms_shows_in_the_chat(town: Town, telegram: Telegram) -> None:
    """Whoever texts is answered by SMS; the message in the chat is true all the same."""
    anna = await telegram.volunteer(ANNA)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await anna.expects("Handla mat")
    phone = town.phone("+46701234501")
    await phone.sends("JA 10")
    await phone.expects("Du hjälper", ELSA)
    await elsa.expects("Anna")
    anna.shows(ELSA, "Ring först")
    await anna.writes("KLAR 10")
    await anna.expects("Tack för hjälpen")
    await elsa.expects("Fick du hjälp")
    assert ELSA not in telegram.api.chats[ANNA.id][0].text


async def test_a_helper_who_cannot_gives_it_back(town: Town, telegram: Telegram) -> None:
    """The task goes on; nothing of the resident is left in the chat."""
    anna = await telegram.volunteer(ANNA)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    await anna.expects("Handla mat")
    await anna.taps("Ja, jag kan")
    await elsa.expects("Anna")
    await anna.taps("Kan inte ändå")
    await elsa.expects("kan tyvärr inte")
    anna.shows("lämnat tillbaka", without=(ELSA,))
    await town.service_group.offer("Gränna")
    await town.enterprise.offer("Gränna")


async def test_a_nudge_has_buttons(town: Town, telegram: Telegram) -> None:
    """Whoever is not heard of is asked in a new message, with everything in it; the one above points to it."""
    anna = await telegram.volunteer(ANNA)
    elsa = town.phone(ELSA)
    await elsa.sends("handla mat i Gränna")
    await elsa.expects("letar")
    first = await anna.expects("Handla mat")
    await anna.taps("Ja, jag kan")
    await elsa.expects("Anna")
    await town.forward(hours=4, minutes=1)
    nudge = await anna.expects("Hur går det", ELSA)
    assert "Klar" in labels(nudge)
    assert first.deleted
    await anna.taps("Klar")
    await elsa.expects("Fick du hjälp")
    anna.shows("Tack för hjälpen", without=(ELSA,))


async def test_what_is_fetched_here_and_delivered_there(town: Town, telegram: Telegram) -> None:
    """Both places and the whole way before the yes; both addresses and a map of each after it; neither at the end."""
    anna = await telegram.volunteer(ANNA, skills="car")
    town.ignore(town.phone(ELSA))
    origin = {"address": "Storgatan 4", "place": "Huskvarna"}
    need = {"phone": ELSA, "area": "granna", "place": "Gränna", "address": "Brahegatan 20", "category": "errand"}
    await town.api("POST", "needs", {**need, "from": origin}, status=201)
    await town.settle()
    offer = await anna.expects("från Huskvarna till Gränna", "54 km allt som allt, 1 tim 5 min med bil")
    assert "Storgatan" not in offer.text
    assert "ca 54 km" not in offer.text  # once is enough
    await anna.taps("Ja, jag kan")
    held = anna.shows("hämta: Storgatan 4, Huskvarna, lämna: Brahegatan 20, Gränna")
    assert labels(held)[:2] == ["Karta: hämta här", "Karta: lämna här"]
    await anna.taps("Klar")
    anna.shows("Tack", without=("Storgatan", "Brahegatan"))
