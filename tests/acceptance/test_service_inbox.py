"""The service groups: what volunteers cannot or may not do, by a page of their own or by the link in an SMS or an e-mail."""

import html
import re
from datetime import timedelta

import aiohttp
import pytest

from bots.limits import Limiter
from tests.acceptance.conftest import MORNING, Town

ELSA = "+46701000001"
NAMED = {
    "name": "Elsa <b>Ek</b>", "phone": ELSA, "area": "tenhult", "category": "groceries", "address": "Storgatan 1",
    "text": "Mjölk & bröd,\nring på baksidan",
}  # fmt: skip


async def asked(town: Town, **fields: str) -> str:
    """A request that nobody near can take, so that both service groups are asked. Returns its code."""
    need = await town.api("POST", "needs", {**NAMED, **fields}, status=201)
    await town.settle()
    return str(need["code"])


async def link_of(town: Town, phone: str = "+46701110002") -> str:
    """The path of the link in the newest text to a service group."""
    text = [t.text for t in town.carrier.texts if t.to == phone][-1]
    found = re.search(rf"{re.escape(town.base)}(/s/[\w-]+)$", text)
    assert found, text
    return found[1]


async def history(town: Town, code: str) -> list[tuple[str, str, str | None]]:
    """Kind, actor and reason or text of what has happened to a task."""
    told = (await town.api("GET", f"tasks/{code}"))["history"]
    return [(e["kind"], e["actor"], e["data"].get("reason") or e["data"].get("text")) for e in told]


@pytest.fixture
def quiet(town: Town) -> Town:
    """A town whose texts are not what the story is about."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    return town


async def test_the_group_sees_what_it_is_asked_and_takes_it(quiet: Town) -> None:
    """Everything that is needed, on one card; then it is theirs, and the resident is told."""
    code = await asked(quiet)
    async with quiet.signed_in("service", "Karin", group="service-municipal") as karin:
        page = await karin.sees(
            "/service", "Servicegrupp kommunen", "Väntar på ert svar", code, "Handla mat", "Elsa <b>Ek</b>", "Storgatan 1",
            "Mjölk & bröd,\nring på baksidan", f'href="tel:{ELSA}"', "Kodord vid dörren", "Ingen volontär kunde ta det",
        )  # fmt: skip
        assert 'class="until"' in page, "a countdown to what happens next"
        await karin.sends(f"/service/{code}/acknowledge", f"{code} är ert", "Ni har", "Har det:")
        assert (await quiet.task())["state"] == "with_service"
        word = await quiet.runtime.pool.fetchval("SELECT code_word FROM task")
        told = quiet.unread(ELSA)[-1]  # the word that stands on the group's card too
        assert word in page and told.endswith(f"Den som kommer säger kodordet {word} vid dörren.")
        assert "Karin från Servicegrupp kommunen tar hand om" in told
        await karin.sends(f"/service/{code}/start", "på väg", status=200)
        await karin.sends(f"/service/{code}/done", f"{code} är rapporterat som klart", "väntar på den boendes ja")
        assert (await quiet.task())["state"] == "done"
        await karin.sees("/service", code, "Handla mat", without=("Elsa", "Storgatan", ELSA, "Mjölk"))


async def test_markup_in_a_name_is_text(quiet: Town) -> None:
    code = await asked(quiet, name="<script>x</script>" + "å" * 150, text="</textarea><img src=x onerror=y>" + "z" * 9_000)
    async with quiet.signed_in("service") as karin, karin.web.get(f"{quiet.base}/service") as response:
        raw = await response.text()
    assert code in raw
    assert "<script>x" not in raw
    assert "<img src=x" not in raw
    offer = await quiet.runtime.pool.fetchval("SELECT id FROM offer LIMIT 1")  # a name so long left no room for the link
    async with quiet.at_a_browser() as somebody, somebody.web.get(str(quiet.runtime.links.service(offer))) as response:
        raw = await response.text()
    assert code in raw
    assert "<script>x" not in raw
    assert "<img src=x" not in raw


async def test_the_second_to_take_it_is_told_who_was_faster(quiet: Town) -> None:
    """No silent overwriting: it is said, nothing is changed, and taking over is a step of its own."""
    code = await asked(quiet)
    async with (
        quiet.signed_in("service", "Karin", group="service-municipal") as karin,
        quiet.signed_in("service", "Olle", group="service-municipal") as olle,
    ):
        page = await olle.sees("/service", code)
        await karin.sends(f"/service/{code}/acknowledge")
        await olle.sends(f"/service/{code}/acknowledge", "Karin har tagit det här", status=409)
        assert [t["name"] for t in (await quiet.task())["takers"]] == ["Karin"]
        await karin.sends(f"/service/{code}/acknowledge", "Ni har det redan", status=409)
        page = await olle.sees("/service", "Karin", "Jag tar över det")
        seen = re.search(r'name="seen" value="(\d+)"', page)
        assert seen
        await karin.sends(f"/service/{code}/note", "Anteckningen", text="Ringer henne kl 10")
        await olle.sends(f"/service/{code}/take-over", "sedan du öppnade sidan", seen=seen[1], status=409)
        page = await olle.sees("/service", "Ringer henne kl 10")
        seen = re.search(r'name="seen" value="(\d+)"', page)
        assert seen
        await olle.sends(f"/service/{code}/take-over", f"{code} är ditt nu", seen=seen[1])
        assert [t["name"] for t in (await quiet.task())["takers"]] == ["Olle"]


async def test_handing_back_needs_a_reason_and_others_are_asked_at_once(quiet: Town) -> None:
    """The reason stands in the history; the coordinator is asked in the same moment."""
    code = await asked(quiet)
    async with quiet.signed_in("service", "Karin", group="service-municipal") as karin:
        await karin.sends(f"/service/{code}/acknowledge")
        page = await karin.sends(f"/service/{code}/hand-back", "Skriv varför", text="   ", status=422)
        assert 'aria-invalid="true"' in page
        await karin.sends(f"/service/{code}/hand-back", "Högst 2 000 tecken", "x" * 2001, text="x" * 2001, status=422)
        assert (await quiet.task())["state"] == "with_service"
        await karin.sends(f"/service/{code}/hand-back", "lämnat tillbaka", text="Vi har ingen bil\nidag")
    assert ("task.withdrawn", "Karin", "Vi har ingen bil\nidag") in await history(quiet, code)
    assert (await quiet.task())["state"] == "open"
    assert "Svara OK" in quiet.unread(quiet.coordinator.number)[-1]


async def test_what_was_written_is_not_lost_when_the_task_is_gone(quiet: Town) -> None:
    """A reason that somebody has typed while a colleague reported it done is shown again."""
    code = await asked(quiet)
    async with quiet.signed_in("service", "Karin") as karin, quiet.signed_in("service", "Olle") as olle:
        await karin.sends(f"/service/{code}/acknowledge")
        await karin.sends(f"/service/{code}/done")
        await olle.sends(
            f"/service/{code}/hand-back", "redan klart", "Du skrev:", "vi hinner inte", text="vi hinner inte", status=409
        )


async def test_one_group_does_not_see_the_others_tasks(quiet: Town) -> None:
    """What the enterprise has taken is no longer the municipality's business; coordinators see all."""
    code = await asked(quiet)
    async with (
        quiet.signed_in("service", "Karin", group="service-municipal") as karin,
        quiet.signed_in("service", "Sam", group="service-enterprise") as sam,
        quiet.signed_in("coordinator", "Siv") as siv,
    ):
        await sam.sends(f"/service/{code}/acknowledge", f"{code} är ert")
        await karin.sees("/service", without=("Elsa", "Storgatan"))
        await karin.sends(f"/service/{code}/acknowledge", "Sam har tagit", status=409, without=("Elsa", "Storgatan"))
        for action in ("take-over", "hand-back", "start", "done"):
            await karin.sends(f"/service/{code}/{action}", "Ingen av er har det", text="x", status=409, without=("Elsa",))
        await karin.sends(f"/service/{code}/decline", "Någon annan hann före", status=409)
        await siv.sees("/service", "Alla servicegrupper", "Sam", code)
        page = await siv.sees("/service")
        seen = re.search(r'name="seen" value="(\d+)"', page)
        assert seen
        await siv.sends(f"/service/{code}/done", "rapporterat som klart", seen=seen[1])
    other = await quiet.api("POST", "needs", {"phone": "+46701000009", "text": "handla mat gränna", "name": "Bo"}, status=201)
    async with quiet.signed_in("service", group="service-municipal") as karin:
        await karin.sends("/service/XXXX/acknowledge", status=404)
        await karin.sends(f"/service/{code}/explode", status=404)
        assert other["code"]
    quiet.ignore(quiet.phone("+46701000009"))


async def test_what_volunteers_are_asked_is_not_the_groups_business(quiet: Town) -> None:
    await quiet.volunteer("Anna Berg", "tenhult")
    quiet.ignore(quiet.phone("+46701234501"))
    code = await asked(quiet)
    async with quiet.signed_in("service", group="service-municipal") as karin:
        await karin.sees("/service", "Inget väntar på er", without=(code, "Elsa"))
        await karin.sends(f"/service/{code}/acknowledge", status=404)


async def test_a_group_that_cannot_says_so_for_everybody_in_it(quiet: Town) -> None:
    """With a reason or without; when both groups have, the coordinator is asked at once."""
    code = await asked(quiet)
    async with (
        quiet.signed_in("service", "Karin", group="service-municipal") as karin,
        quiet.signed_in("service", "Sam", group="service-enterprise") as sam,
    ):
        await karin.sends(f"/service/{code}/decline", "Noterat", text="Ingen bil", without=("Storgatan",))
        assert quiet.unread(quiet.coordinator.number) == []
        await sam.sends(f"/service/{code}/decline", "Noterat")
    assert "Svara OK" in quiet.unread(quiet.coordinator.number)[-1]
    told = await history(quiet, code)
    assert ("offer.declined", "Ingen bil") in [(kind, text) for kind, _, text in told]


async def test_an_emergency_stands_first(quiet: Town) -> None:
    """Whatever came before it."""
    quiet.ignore(quiet.phone("+46701000002"))
    first = await asked(quiet)
    alarm = await quiet.api("POST", "needs", {"phone": "+46701000002", "text": "jag har ont i bröstet, tenhult"}, status=201)
    await quiet.settle()
    await quiet.forward(minutes=6)
    async with quiet.signed_in("service", group="service-municipal") as karin:
        page = await karin.sees("/service", "KAN VARA FARA FÖR LIV")
        assert page.index(f"task-{alarm['code']}") < page.index(f"task-{first}")


async def test_by_link_without_an_account(town: Town) -> None:
    """Looking changes nothing; one press acknowledges; reported done, it says nothing of the resident any more."""
    town.ignore(town.enterprise)
    code = await asked(town)
    await town.phone(ELSA).expects("letar")
    await town.service_group.offer("Tenhult")
    link = await link_of(town)
    async with town.at_a_browser() as somebody:
        for _ in range(3):
            page = await somebody.sees(link, code, "Elsa <b>Ek</b>", "Storgatan 1", "Mjölk & bröd", "Vi tar det")
        assert "Logga ut" not in page
        assert (await town.task())["state"] == "open"
        await somebody.sends(link, "är ert", "Det är klart", action="acknowledge", csrf="")
        await town.service_group.expects("är ditt")
        await town.phone(ELSA).expects("Servicegrupp kommunen tar hand om")
        await somebody.sends(link, "på väg", action="start", csrf="")
        await town.service_group.expects("på väg")
        await town.phone(ELSA).expects("på väg till dig", "Kodordet")
        await somebody.sends(link, "Anteckningen", action="note", text="Nyckel under mattan", csrf="")
        await somebody.sends(link, "rapporterat som klart", action="done", csrf="", without=("Elsa", "Storgatan", ELSA))
        await town.service_group.expects("Tack för hjälpen")
        await town.phone(ELSA).expects("Fick du hjälp")
        await somebody.sees(link, f"{code} är klart. Tack!", status=410, without=("Elsa", "Storgatan", ELSA, "Mjölk"))
        await somebody.sends(link, "är klart", action="note", text="x", csrf="", status=409, without=("Elsa",))
    assert ("task.noted", "Servicegrupp kommunen", "Nyckel under mattan") in [
        (kind, actor if actor != "service" else "Servicegrupp kommunen", text) for kind, actor, text in await history(town, code)
    ]


async def test_a_link_says_kindly_that_somebody_else_has_it(quiet: Town) -> None:
    """And shows nothing of the resident; the loser of a race hears the same."""
    code = await asked(quiet)
    mine, theirs = await link_of(quiet), await link_of(quiet, quiet.enterprise.number)
    assert mine != theirs
    async with quiet.at_a_browser() as somebody:
        await somebody.sends(theirs, action="acknowledge", csrf="")
        await somebody.sees(
            mine, f"Servicegrupp socialt företag tar hand om {code}", status=410, without=("Elsa", "Storgatan", ELSA)
        )
        await somebody.sends(mine, "tar hand om", action="acknowledge", csrf="", status=409, without=("Elsa", "Storgatan"))
        await somebody.sends(theirs, "lämnat tillbaka", action="hand-back", text="Fel kommun", csrf="")
        await somebody.sees(theirs, "Andra tillfrågas", status=410, without=("Elsa",))
    assert ("task.withdrawn", "Fel kommun") in [(kind, text) for kind, _, text in await history(quiet, code)]


async def test_handing_back_by_link_needs_a_reason_too(quiet: Town) -> None:
    code = await asked(quiet)
    link = await link_of(quiet)
    async with quiet.at_a_browser() as somebody:
        await somebody.sends(link, action="acknowledge", csrf="")
        await somebody.sends(link, "Skriv varför", "Elsa", action="hand-back", csrf="", status=422)
        await somebody.sends(link, action="explode", csrf="", status=400)
        assert (await quiet.task())["state"] == "with_service"
        await somebody.sends(link, "lämnat tillbaka", action="hand-back", csrf="", text="ingen bil")
        await somebody.sees(link, f"inte kan ta {code}", status=410)


async def test_a_cancelled_task_leaves_nothing_behind_its_link(quiet: Town) -> None:
    code = await asked(quiet)
    link = await link_of(quiet)
    await quiet.api("POST", f"tasks/{code}/cancel", {"reason": "löst"})
    async with quiet.at_a_browser() as somebody:
        await somebody.sees(link, f"{code} är avbokat", status=410, without=("Elsa", "Storgatan", ELSA, "Mjölk"))


async def test_links_that_are_none(quiet: Town) -> None:
    """One letter wrong, somebody else's signature, nothing at all: not found, and soon too many tries."""
    await asked(quiet)
    link = await link_of(quiet)
    other = quiet.runtime.links.token(12345)  # signed, but there is no such offer
    async with quiet.at_a_browser() as somebody:
        for wrong in (link[:-1], link + "A", link[:5] + ("A" if link[5] != "A" else "B") + link[6:], f"/s/{other}", "/s/%C3%A5"):
            await somebody.sees(wrong, "Länken fungerar inte", status=404)
            await somebody.sends(wrong, action="acknowledge", csrf="", status=404)
        for _ in range(20):
            await somebody.sees("/s/nonsense", status=404)
        await somebody.sees("/s/nonsense", "För ofta", status=429)
        await somebody.sees(link, "Elsa")  # a good link works all the same


async def test_a_link_stays_private(quiet: Town) -> None:
    """Into no cache, no index, no other site's log; another site's form is refused."""
    await asked(quiet)
    link = await link_of(quiet)
    async with quiet.at_a_browser() as somebody:
        async with somebody.web.get(quiet.base + link) as response:
            assert response.headers["Cache-Control"] == "no-store"
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert "noindex" in response.headers["X-Robots-Tag"]
        async with somebody.web.head(quiet.base + link) as response:
            assert response.status == 200
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
            data = {"action": "acknowledge"}
            async with somebody.web.post(quiet.base + link, data=data, headers=headers) as response:
                assert response.status == 403
        async with somebody.web.post(quiet.base + link, data={"action": "acknowledge"}, allow_redirects=False) as response:
            assert response.headers["Referrer-Policy"] == "no-referrer"
    assert (await quiet.task())["state"] == "with_service"


async def test_the_page_reads_english_too(quiet: Town) -> None:
    await asked(quiet)
    link = await link_of(quiet)
    async with aiohttp.ClientSession(headers={"Accept-Language": "en"}) as web, web.get(quiet.base + link) as response:
        text = html.unescape(await response.text())
    assert "We take it" in text
    assert "Code word at the door" in text


async def test_an_open_inbox_is_told_of_what_changes(quiet: Town) -> None:
    """Of what concerns the group, within a second; not of what volunteers do among themselves."""
    async with (
        quiet.signed_in("service", group="service-municipal") as karin,
        karin.web.get(f"{quiet.base}/service/live") as stream,
    ):
        await asked(quiet)
        heard = b""
        while b"event: changed" not in heard:
            heard += await stream.content.readany()


def test_limits_forget() -> None:
    limiter = Limiter(2, timedelta(minutes=1))
    assert [limiter.allows("a", MORNING) for _ in range(3)] == [True, True, False]
    assert limiter.allows("b", MORNING)
    assert limiter.allows("a", MORNING + timedelta(minutes=1))
