"""Volunteers who have no chat with us: the link in their SMS or e-mail leads to all that the chat has. And how one signs up."""

import re
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from tests.acceptance.conftest import Phone, Town

ELSA = "+46701000001"
NAMED = {
    "name": "Elsa <b>Ek</b>", "phone": ELSA, "area": "granna", "place": "Gränna", "category": "groceries",
    "address": "Storgatan 1", "text": "Mjölk & bröd,\nring på baksidan",
}  # fmt: skip
PRIVATE = ("Elsa", "Storgatan", ELSA, "Mjölk", "070-100 00 01")
PNG = b"\x89PNG\r\n\x1a\n" + b"a receipt" * 40


@pytest.fixture
async def anna(town: Town) -> Phone:
    """A volunteer of Gränna. What is texted around her is another story's."""
    anna = await town.volunteer("Anna Berg", "granna", organisation="Scouterna")
    town.ignore(anna, town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    return anna


async def asked(town: Town, **fields: Any) -> str:
    """Somebody in Gränna needs something. Returns the task's code."""
    need = await town.api("POST", "needs", {**NAMED, **fields}, status=201)
    await town.settle()
    return str(need["code"])


async def link_of(town: Town, phone: Phone, kind: str = "help") -> str:
    """The path of the person's link for the newest offer."""
    offer = await town.runtime.pool.fetchval(
        "SELECT o.id FROM offer o JOIN person p ON p.id = o.person_id WHERE p.phone = $1 AND o.kind = $2"
        " ORDER BY o.id DESC LIMIT 1",
        phone.number, kind,
    )  # fmt: skip
    return str(town.runtime.links.task(offer)).removeprefix(town.base)


async def events(town: Town, code: str) -> list[tuple[str, Any]]:
    """Kind, and reason or text, of what has happened to a task."""
    told = (await town.api("GET", f"tasks/{code}"))["history"]
    return [(e["kind"], e["data"].get("reason") or e["data"].get("text")) for e in told]


async def test_from_the_question_to_the_thanks(town: Town) -> None:
    """The link stands in the SMS; before the yes the page says what and where; after it, who; after the end, nothing."""
    anna, elsa = await town.volunteer("Anna Berg", "granna", organisation="Scouterna"), town.phone(ELSA)
    code = await asked(town)
    await elsa.expects("letar")
    text = await anna.expects("Kan du hjälpa en granne?", "Svara JA")
    found = re.search(rf" {re.escape(town.base)}(/t/[\w-]+) Svara JA (\d+) eller NEJ \2$", text)
    assert found, text
    link = found[1]
    async with town.at_a_browser() as browser:
        for _ in range(2):
            await browser.sees(
                link, "Handla mat", "Gränna", "Tar ungefär", "km från dig", "Ja, jag hjälper till", without=PRIVATE
            )
        assert (await town.task())["state"] == "open"
        page = await browser.sends(
            link, "Uppdraget är ditt", "Elsa <b>Ek</b>", "Mjölk & bröd", action="accept", text="kl 15", csrf=""
        )
        assert f'href="tel:{ELSA}"' in page
        assert 'href="https://www.openstreetmap.org/search?query=Storgatan%201%2C%20Gr%C3%A4nna" rel="noreferrer"' in page
        word = await town.runtime.pool.fetchval("SELECT code_word FROM task")
        assert word in page
        assert "Ta aldrig emot kort eller PIN" in page
        await anna.expects("Du hjälper Elsa", "eller öppna", link)
        await elsa.expects("Anna från Scouterna kommer", "kl 15", word)
        page = await browser.sends(link, "fått veta att du är på väg", action="start", csrf="")
        assert "Jag är på väg" not in page
        await anna.expects("på väg")
        await elsa.expects("Anna", "på väg till dig")
        await browser.sends(link, "Tack för hjälpen!", "Samma tid nästa vecka", action="done", csrf="", without=PRIVATE)
        await anna.expects("Tack för hjälpen")
        await elsa.expects("Fick du hjälp")
        await browser.sends(link, "Det var allt", action="finished", csrf="", without=(*PRIVATE, "Samma tid"))
        await elsa.sends("ja")
        await elsa.expects("Tack")
        await browser.sees(link, "Tack för hjälpen!", without=PRIVATE)  # the receipt may turn up later
        await town.forward(days=8)
        await browser.sees(link, "Uppdraget är klart", status=410, without=PRIVATE)
    assert ("task.closed", None) in await events(town, code)


@pytest.mark.parametrize("reason", ["later", "far", "thing"])
async def test_a_no_with_its_reason(town: Town, anna: Phone, reason: str) -> None:
    """The next one is asked at once; whoever changes their mind is welcome while nobody has it."""
    code = await asked(town)
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sends(link, "Tack för att du sa till", action=reason, csrf="", without=(*PRIVATE, "Inte min grej"))
        assert ("offer.declined", reason) in await events(town, code)
        await browser.sees(link, "Ingen har tagit det än", without=PRIVATE)
        await browser.sends(link, "Uppdraget är ditt", "Elsa", action="accept", csrf="")
    assert [t["name"] for t in (await town.task())["takers"]] == ["Anna Berg"]


async def test_who_is_late_says_so(town: Town, anna: Phone) -> None:
    await asked(town)
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sends(link, action="accept", csrf="")
        await browser.sends(link, "att du blir sen", action="late", minutes="30", csrf="")
        assert "30" in town.unread(ELSA)[-1]
        for minutes in ("", "31", "1e1", "-15"):
            await browser.sends(link, action="late", minutes=minutes, csrf="", status=400)


async def test_giving_the_task_back(town: Town, anna: Phone) -> None:
    """With a reason or without; nothing of the resident is left."""
    code = await asked(town)
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sends(link, action="accept", csrf="")
        await browser.sends(link, "Högst 2 000 tecken", "x" * 2001, text="x" * 2001, action="hand-back", csrf="", status=422)
        await browser.sends(link, "Andra tillfrågas nu", action="hand-back", text="Bilen startar inte", csrf="", without=PRIVATE)
        await browser.sees(link, "Du har sagt att du inte kan", status=410, without=PRIVATE)
        await browser.sends(link, "att du inte kan", action="done", csrf="", status=409, without=PRIVATE)
    assert ("task.withdrawn", "Bilen startar inte") in await events(town, code)


async def test_what_is_nothing_for_volunteers_goes_to_the_service_group(town: Town, anna: Phone) -> None:
    await asked(town)
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sends(link, action="accept", csrf="")
        await browser.sends(
            link, "Servicegruppen har fått frågan", action="need-service", text="Hon ramlar", csrf="", without=PRIVATE
        )
        await browser.sees(link, status=410, without=PRIVATE)
    assert "Svara OK" in town.unread(town.service_group.number)[-1]


async def test_a_worry_is_a_coordinators(town: Town, anna: Phone) -> None:
    """Nothing without words; the words are in no text to the resident."""
    await asked(town)
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sends(link, action="accept", csrf="")
        await browser.sends(link, "Skriv vad som gör dig orolig", action="concern", text=" ", csrf="", status=422)
        await browser.sends(link, "Tack för att du berättar", "Elsa", action="concern", text="Kylskåpet är tomt", csrf="")
    row = await town.runtime.pool.fetchrow("SELECT text, urgency FROM need WHERE source = 'concern'")
    assert "Kylskåpet är tomt" in row["text"]
    assert row["urgency"] == "high"
    assert not any("Kylskåpet" in text for text in town.unread(ELSA))
    assert any("Kylskåpet" in text for text in town.unread(town.coordinator.number))


async def test_a_worry_about_danger_is_an_emergency(town: Town, anna: Phone) -> None:
    await asked(town)
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sends(link, action="accept", csrf="")
        await browser.sends(link, action="concern", text="Hon har ont i bröstet och kan inte andas", csrf="")
    assert await town.runtime.pool.fetchval("SELECT urgency FROM need WHERE source = 'concern'") == "emergency"


async def sends_receipt(town: Town, link: str, amount: str, photo: bytes = b"", name: str = "kvitto.jpg") -> tuple[int, str]:
    """The form for what was paid, with a photograph."""
    form = aiohttp.FormData()
    form.add_field("action", "expense")
    form.add_field("text", amount)
    form.add_field("photo", BytesIO(photo), filename=name, content_type="image/jpeg")
    headers = {"Accept-Language": "sv"}
    async with aiohttp.ClientSession() as web, web.post(town.base + link, data=form, headers=headers) as response:
        page = await response.text()
    await town.settle()
    return response.status, page


async def test_a_receipt_with_a_photo(town: Town, anna: Phone) -> None:
    """What it is, is told by its first bytes; sent twice, it is kept once."""
    await asked(town)
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sends(link, action="accept", csrf="")
        for _ in range(2):
            status, page = await sends_receipt(town, link, "245,50 kr", PNG)
            assert (status, "är noterat" in page) == (200, True), page
        await browser.sends(link, "är noterat", action="expense", text="30", csrf="")
        status, _page = await sends_receipt(town, link, "12")  # no file was chosen
        assert status == 200
    pool = town.runtime.pool
    paid = await pool.fetch("SELECT amount_ore, receipt IS NULL AS without FROM expense ORDER BY amount_ore DESC")
    assert [tuple(row) for row in paid] == [(24_550, False), (3_000, True), (1_200, True)]
    photo = await pool.fetchrow("SELECT mime, content, size, due_at FROM attachment")
    assert tuple(photo) == ("image/png", PNG, len(PNG), None)


@pytest.mark.parametrize(
    ("amount", "photo", "status", "words"),
    [
        ("femtio eller så", PNG, 422, "Skriv bara beloppet"),
        ("", PNG, 422, "Skriv bara beloppet"),
        ("0", PNG, 422, "Skriv bara beloppet"),
        ("9999999", PNG, 422, "mer än vad som kan noteras"),
        ("4111 1111 1111 1111", PNG, 422, "kortnummer"),
        ("45", b"<svg onload=x>", 422, "ingen bild"),
        ("45", b"%PDF-1.7", 422, "ingen bild"),
        ("45", PNG + b"x" * 8 * 1024 * 1024, 422, "större än 8 MB"),
        ("45", PNG + b"x" * 13_000_000, 413, "större än 8 MB"),
    ],
    ids=["words", "nothing", "zero", "too much", "a card", "svg", "pdf", "big", "very big"],
)
async def test_receipts_that_are_none(town: Town, anna: Phone, amount: str, photo: bytes, status: int, words: str) -> None:
    """It is said what is wrong, the form stands open, and nothing is kept."""
    await asked(town)
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sends(link, action="accept", csrf="")
    got, page = await sends_receipt(town, link, amount, photo)
    assert (got, words in page, "4111" in page) == (status, True, False), page
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM attachment") == 0
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM expense") == 0


async def test_a_photo_is_taken_also_from_somebody_who_is_signed_in(town: Town, anna: Phone) -> None:
    """Their form carries the session's token, so that it is read before the page's own code is reached."""
    await asked(town)
    link = await link_of(town, anna)
    async with town.signed_in("operator") as karin:
        await karin.sends(link, action="accept")
        form = aiohttp.FormData({"action": "expense", "text": "45", "csrf": await karin.csrf()})
        form.add_field("photo", BytesIO(PNG + b"x" * 3_000_000), filename="k.png", content_type="image/png")
        async with karin.web.post(town.base + link, data=form) as response:
            assert "är noterat" in await response.text()
    assert await town.runtime.pool.fetchval("SELECT size FROM attachment") > 3_000_000


async def test_staying_with_the_same_person(town: Town, anna: Phone) -> None:
    """Asked first from now on, and again next week."""
    await asked(town)
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sends(link, action="accept", csrf="")
        await browser.sends(link, action="done", csrf="")
        page = await browser.sends(link, "Du frågas först nästa gång", action="keep", csrf="", without=PRIVATE)
        assert "Ja, fråga mig först" not in page
        await browser.sends(link, "planerad till nästa vecka", action="again", csrf="", without=PRIVATE)
    pool = town.runtime.pool
    assert await pool.fetchval("SELECT p.name FROM person r JOIN person p ON p.id = r.fixed_contact") == "Anna Berg"
    assert await pool.fetchval("SELECT count(*) FROM task") == 2


async def test_somebody_else_was_faster(town: Town, anna: Phone) -> None:
    """The page says so kindly, and nothing of the resident; also to whoever presses what an old page still shows."""
    bo = await town.volunteer("Bo Ek", "granna")
    town.ignore(bo)
    code = await asked(town)
    link, theirs = await link_of(town, anna), await link_of(town, bo)
    async with town.at_a_browser() as browser:
        await browser.sends(theirs, action="accept", csrf="")
        await browser.sees(link, "Någon annan hjälper till", status=410, without=(*PRIVATE, "Bo Ek"))
        await browser.sends(link, "Någon annan hjälper till", action="accept", csrf="", status=409, without=PRIVATE)
        await town.api("POST", f"tasks/{code}/cancel", {"reason": "löst"})
        for old in (link, theirs):
            await browser.sees(old, "avbokat", status=410, without=PRIVATE)


async def test_a_protected_identity_is_told_to_no_volunteer(town: Town, anna: Phone) -> None:
    """Not even to the one who has the task when it becomes known: staff must be asked."""
    await asked(town)
    link = await link_of(town, anna)
    pool = town.runtime.pool
    async with town.at_a_browser() as browser:
        await pool.execute("UPDATE person SET protected = true WHERE phone = $1", ELSA)
        await browser.sees(link, status=410, without=PRIVATE)
        await pool.execute("UPDATE person SET protected = false WHERE phone = $1", ELSA)
        await browser.sends(link, "Elsa", action="accept", csrf="")
        await pool.execute("UPDATE person SET protected = true WHERE phone = $1", ELSA)
        await browser.sees(link, "innan du går", without=PRIVATE)
        await pool.execute("UPDATE person SET protected = false WHERE phone = $1", ELSA)


async def test_whoever_was_silent_for_long_may_still_say_how_it_went(town: Town, anna: Phone) -> None:
    await asked(town)
    link = await link_of(town, anna)
    async with town.at_a_browser() as browser:
        await browser.sends(link, action="accept", csrf="")
        await town.forward(hours=9)
        await browser.sees(link, "Vi har inte hört av dig", "Det är klart", without=PRIVATE)
        await browser.sends(link, "Det är noterat som klart", action="done", csrf="", without=PRIVATE)
    assert (await town.task())["state"] == "done"


async def test_each_kind_of_link_leads_to_its_own_page(town: Town, anna: Phone) -> None:
    """A volunteer's signature opens nothing of staff's, and an address of before leads to where it belongs."""
    await asked(town)
    link = await link_of(town, anna)
    offer = town.runtime.links.read_task(link.removeprefix("/t/"))
    assert offer is not None
    async with town.at_a_browser() as browser:
        await browser.sees(link.replace("/t/", "/s/"), "Länken fungerar inte", status=404)
        await browser.sees(f"/t/{town.runtime.links.token(offer)}", "Länken fungerar inte", status=404)
        old = f"/s/{town.runtime.links.token(offer)}"
        await browser.sees(old, "Ja, jag hjälper till")
        await browser.sends(old, "Ja, jag hjälper till", action="accept", csrf="")
        assert (await town.task())["state"] == "open"
        await town.forward(hours=3)
        asked_to_answer = await link_of(town, town.service_group, "acknowledge")
        await browser.sees(asked_to_answer, "Vi tar det", "Elsa")


async def test_links_that_are_none(town: Town, anna: Phone) -> None:
    """One letter wrong, nothing at all, what no form says: kindly, and not for ever."""
    await asked(town)
    link = await link_of(town, anna)
    other = town.runtime.links.task_token(12345)  # signed, but there is no such offer
    async with town.at_a_browser() as browser:
        for wrong in (link[:-1], link + "A", f"/t/{other}", "/t/%C3%A5"):
            await browser.sees(wrong, "Länken fungerar inte", status=404)
            await browser.sends(wrong, action="accept", csrf="", status=404)
        await browser.sends(link, action="explode", csrf="", status=400)
        await browser.sends(link, action="done", csrf="", status=409, without=PRIVATE)
        for _ in range(22):
            await browser.sees("/t/nonsense", status=404)
        await browser.sees("/t/nonsense", "För ofta", status=429)
        async with browser.web.get(town.base + link) as response:
            assert response.status == 200
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert "noindex" in response.headers["X-Robots-Tag"]
        for _ in range(38):
            await browser.sends(link, action="explode", csrf="", status=400)
        await browser.sends(link, "För ofta", action="accept", csrf="", status=429)
        async with browser.web.post(
            town.base + link, data={"action": "accept"}, headers={"Sec-Fetch-Site": "cross-site"}
        ) as response:
            assert response.status == 403


async def test_the_pages_read_english_too(town: Town, anna: Phone) -> None:
    await asked(town)
    async with aiohttp.ClientSession(headers={"Accept-Language": "en"}) as web:
        async with web.get(town.base + await link_of(town, anna)) as response:
            assert "Yes, I will help" in await response.text()
        async with web.get(f"{town.base}/volunteer") as response:
            assert "Do you want to help?" in await response.text()


async def test_how_one_becomes_a_volunteer(town: Town) -> None:
    """From the front page; in the chat when the network has a bot, by SMS always."""
    async with town.at_a_browser() as browser:
        await browser.sees("/", "Vill du hjälpa till?", 'href="/volunteer"')
        page = await browser.sees("/volunteer", "+46766860000", "Du kan alltid säga nej", "Handla mat", without=("t.me",))
        assert "Vård och omsorg" not in page  # never a volunteer's
        await browser.sees("/volunteer/qr.svg", status=404)
        town.runtime.bot_name = "budkavle_bot"
        await browser.sees("/volunteer", 'href="https://t.me/budkavle_bot?start=volontar"', 'src="/volunteer/qr.svg"')
        await browser.sees(
            "/volunteer?area=granna", "Gränna och Örserum", 'href="https://t.me/budkavle_bot?start=volontar-granna"',
            "/volunteer/qr.svg?area=granna", "Jag bor i Gränna",
        )  # fmt: skip
        await browser.sees("/volunteer?area=<script>", '?start=volontar"', without=("<script>x", "volontar-"))
        async with browser.web.get(f"{town.base}/volunteer/qr.svg?area=granna") as response:
            assert response.content_type == "image/svg+xml"
            assert "<svg" in await response.text()
            assert "style" not in await response.text()


async def test_the_sms_of_the_page_is_understood(town: Town) -> None:
    """The registration begins, and where is known already (tests/acceptance/test_sms_registration.py)."""
    bo = town.phone("+46701000002")
    await bo.sends("Jag vill hjälpa till. Jag bor i Gränna")
    await bo.expects("Vad roligt", "Vad heter du?")
    assert await town.runtime.pool.fetchval("SELECT data ->> 'area' FROM conversation") == "granna"
