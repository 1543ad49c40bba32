"""From what a helper has paid to the money back: approved, paid, rejected, receipts asked for, the month as a file."""

import asyncio
import re
from datetime import UTC, datetime

from tests.acceptance.conftest import Phone, Town, Visitor
from tests.acceptance.test_helping import done, say
from tests.acceptance.test_task_link import PNG, sends_receipt


async def paid(town: Town, *amounts: int) -> tuple[Phone, str]:
    """A done task for which Anna has told these expenses, in öre."""
    anna, elsa, code = await done(town)
    town.ignore(elsa, town.coordinator, town.service_group, town.enterprise)
    for amount in amounts:
        await say(town, code, "expense", anna, amount_ore=amount)
        await anna.expects("kr", code)
    return anna, code


async def ids(town: Town) -> list[int]:
    rows = await town.runtime.pool.fetch("SELECT id FROM expense ORDER BY created_at, amount_ore")
    return [row["id"] for row in rows]


async def does(staff: Visitor, action: str, *expenses: int, status: int = 200, **fields: str) -> str:
    """The button `action` on these expenses."""
    ticked = {f"e-{expense}": "1" for expense in expenses}
    return await staff.sends("/settlement", status=status, do=action, **ticked, **fields)


async def test_from_a_receipt_to_the_money_back(town: Town) -> None:
    """Approved by one, paid by another; the helper hears of the payment once, with the sum; the history tells who did what."""
    anna, code = await paid(town, 10_000, 24_550)
    both = await ids(town)
    async with town.signed_in(name="Karin Ek") as karin, town.signed_in(name="Bo Ek") as bo:
        await karin.sees(
            "/settlement", "Utlägg, april 2020", "Anna Berg", code, "245,50", "inget kvitto", "att betala: 345,50 kr"
        )
        await does(karin, "approve", *both)
        anna.hears_nothing()
        page = await does(bo, "swish", *both)
        assert "Hjälparen får veta det" in page
        assert "inget kvar att betala" in page
        await anna.expects("betalat tillbaka 345,50 kr", "Swish", code)
        await bo.sees(f"/board/{code}", "Karin Ek godkände 100 kr.", "Bo Ek noterade att 245,50 kr är tillbakabetalda.")
    rows = await town.runtime.pool.fetch("SELECT state, paid_how, settled_at IS NOT NULL AS at FROM expense")
    assert [tuple(row) for row in rows] == [("paid", "swish", True)] * 2


async def test_nothing_is_paid_twice(town: Town) -> None:
    """Two coordinators press the same button: one payment, one message, and a kind answer to the other."""
    anna, _ = await paid(town, 10_000)
    (expense,) = await ids(town)
    async with town.signed_in() as karin, town.signed_in() as bo:
        await does(karin, "swish", expense, status=409)  # not approved yet
        await does(karin, "approve", expense)
        pages = await asyncio.gather(*(_pressed(one, expense) for one in (karin, bo)))
        assert sorted(status for status, _ in pages) == [200, 409]
        assert any("En kollega har redan varit här" in text for _, text in pages)
        await does(karin, "reject", expense, reason="Fel", status=409)
    await town.settle()
    await anna.expects("betalat tillbaka 100 kr")
    anna.hears_nothing()


async def _pressed(staff: Visitor, expense: int) -> tuple[int, str]:
    data = {"do": "invoice", f"e-{expense}": "1", "csrf": await staff.csrf()}
    async with staff.web.post(staff.town.base + "/settlement", data=data) as response:
        return response.status, await response.text()


async def test_no_without_a_reason(town: Town) -> None:
    """A refusal is explained to the helper, and can be mended."""
    anna, code = await paid(town, 10_000)
    (expense,) = await ids(town)
    async with town.signed_in() as karin:
        await does(karin, "reject", expense, status=422)
        await does(karin, "reject", status=422, reason="Ingen vald")
        await does(karin, "reject", expense, reason="Kvittot är från en annan dag.")
        await anna.expects("kan tyvärr inte betala tillbaka 100 kr", code, "Kvittot är från en annan dag.")
        await karin.sees("/settlement", "avslaget", "Kvittot är från en annan dag.")
        await does(karin, "approve", expense)
        await karin.sees("/settlement", "godkänt", without=("annan dag",))


async def test_a_missing_receipt_is_asked_for_and_comes(town: Town) -> None:
    """Two weeks after the task; with the same amount again it is put to what was told, and is no second expense."""
    anna, code = await paid(town, 24_550)
    await town.forward(days=14)
    link = await link_of_last_offer(town)
    (expense,) = await ids(town)
    async with town.at_a_browser() as browser:
        await browser.sees(link, status=410)
    async with town.signed_in() as karin:
        await karin.sends("/settlement", "får frågan om kvittot", ask=str(expense), month="2020-04")
        text = await anna.expects("saknar kvittot på 245,50 kr", code, "/t/")
        await karin.sends("/settlement", "frågade ni om det i dag", status=409, ask=str(expense))
        found = re.search(r"(/t/\S+)", text)
        assert found
        async with town.at_a_browser() as browser:
            await browser.sees(found[1], "Vi saknar kvittot", without=("Elsa",))
        status, page = await sends_receipt(town, found[1], "245,50", PNG)
        assert (status, "är noterat" in page) == (200, True), page
        await anna.expects("Kvittot på 245,50 kr", "har kommit fram")
        await karin.sees("/settlement?month=2020-04", "/attachments/", without=("inget kvitto",))
    row = await town.runtime.pool.fetchrow("SELECT count(*), count(receipt) FROM expense")
    assert tuple(row) == (1, 1)


async def link_of_last_offer(town: Town) -> str:
    offer = await town.runtime.pool.fetchval("SELECT id FROM offer WHERE kind = 'help' ORDER BY id DESC LIMIT 1")
    return f"/t/{town.runtime.links.task_token(offer)}"


async def test_the_month_as_a_file(town: Town) -> None:
    """As a Swedish spreadsheet expects it; what looks like a formula is none; an organisation may have its own."""
    anna, code = await paid(town, 24_550)
    pool = town.runtime.pool
    await pool.execute("UPDATE person SET name = '=1+1', organisation = '@SUM(A1)' WHERE phone = $1", anna.number)
    await pool.execute("UPDATE expense SET created_at = $1", datetime(2020, 3, 31, 22, 30, tzinfo=UTC))  # in April by the clocks
    async with town.signed_in() as karin, town.signed_in("operator") as olle:
        async with karin.web.get(town.base + "/settlement.csv?month=2020-04") as response:
            body, said = await response.read(), response.headers["Content-Disposition"]
            assert response.content_type == "text/csv"
        assert said == 'attachment; filename="jonkoping-2020-04.csv"'
        text = body.decode("utf-8-sig")
        assert body.startswith(b"\xef\xbb\xbf")
        head, line, _ = text.split("\r\n")
        assert head.startswith("Dag;Ärende;Organisation;Hjälpare;")
        assert line.startswith(f"2020-04-01;{code};'@SUM(A1);'=1+1;")
        assert ";245,50;nej;nej;nytt;" in line
        async with karin.web.get(town.base + "/settlement.csv?month=2020-03") as response:
            assert (await response.text()).count("\n") == 1
        async with karin.web.get(town.base + "/settlement.csv?month=2020-04&organisation=Kyrkan") as response:
            assert (await response.text()).count("\n") == 1
        await karin.sees("/settlement?month=2020-13")
        await karin.sees("/settlement?month=%00&organisation=%00")
        await olle.sees("/settlement", status=403)
        await olle.sees("/settlement.csv", status=403)


async def test_a_pin_is_never_kept(town: Town) -> None:
    """Whoever sends one is warned kindly, the request lives on, and the number stands nowhere; a door's code stays."""
    town.ignore(town.service_group, town.enterprise, town.coordinator)
    elsa = town.phone("+46701000001")
    await elsa.sends("Kan någon handla mat? Bor i Gränna. Mitt kort har pin 1234. Portkod 5678")
    await elsa.expects("Gränna")
    await elsa.expects("Skicka aldrig PIN-kod", "tagit bort det", "portkod")
    task = await town.task()
    assert task["text"] == "Kan någon handla mat? Bor i Gränna. Mitt kort har [***]. Portkod 5678"
    for table, column in (
        ("need", "text"),
        ("inbox", "text"),
        ("inbox", "raw::text"),
        ("outbox", "params::text"),
        ("events", "data::text"),
    ):
        assert await town.runtime.pool.fetchval(f"SELECT count(*) FROM {table} WHERE {column} LIKE '%1234.%'") == 0
    await town.api("POST", f"tasks/{task['code']}/note", {"text": "Hennes kod är 1234 till kortet"}, status=422)
    async with town.signed_in() as karin:
        await karin.sends(f"/board/{task['code']}/note", "kortnummer eller en PIN-kod", text="Pinkod 1234", status=422)


async def test_a_card_number_by_other_ways(town: Town) -> None:
    """A program's request is opened without it; an operator is asked to leave it out."""
    town.ignore(town.service_group, town.enterprise, town.coordinator)
    elsa = town.phone("+46701000001")
    card = "4111 1111 1111 1111"
    need = {"phone": elsa.number, "text": f"Handla mat, kort {card}", "category": "groceries", "area": "granna"}
    made = await town.api("POST", "needs", need, status=201)
    assert made["text"] == "Handla mat, kort [***]"
    await town.settle()
    await elsa.expects("Gränna")
    await elsa.expects("Skicka aldrig PIN-kod")
