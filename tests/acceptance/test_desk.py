"""The operator's desk: calls taken down, a shared inbox, and people who must be phoned."""

import asyncio
import re
from typing import Any

import pytest

from tests.acceptance.conftest import Phone, Town, Visitor

GRETA = "+46701112233"
LANDLINE = "036-12 34 56"


def call(**fields: str) -> dict[str, str]:
    """A form as the browser sends it: groceries for Greta in Gränna unless said otherwise. `text_1` stands for text-1."""
    typed = {
        "form": "form-of-one-call-0001", "danger": "no", "phone": "070-111 22 33", "name": "Greta Ek",
        "address": "Storgatan 4, Gränna", "text_1": "Handla mjölk och bröd", "consent": "1",
    } | fields  # fmt: skip
    return {re.sub(r"_(\d)$", r"-\1", name): value for name, value in typed.items()}


async def said(operator: Visitor, *words: str, **fields: str) -> str:
    """A call is saved; what is read aloud has these words."""
    return await operator.sends("/desk", "Läs upp", *words, **call(**fields))


async def rows(town: Town, statement: str, *values: Any) -> list[Any]:
    return [dict(row) for row in await town.runtime.pool.fetch(statement, *values)]


async def greta_has_phoned(town: Town, operator: Visitor) -> str:
    """Greta's groceries are open, and Anna has been asked. Returns the task's code."""
    await said(operator)
    await town.phone(GRETA).expects("Tack", "handla mat")
    return str((await town.task())["code"])


@pytest.fixture
async def anna(town: Town) -> Phone:
    return await town.volunteer("Anna Berg", "granna")


async def test_a_call_from_a_new_number(town: Town, anna: Phone) -> None:
    """Everything in one form: what is wanted becomes an open task, and the caller hears what happens next."""
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sees("/desk", "Är någon i fara?", "Nytt samtal", "autofocus")
        page = await said(
            olle, "Vi letar nu efter någon som kan hjälpa dig", "Du får ett SMS", "Kodordet är", wanted_1="på torsdag"
        )
        assert page.index("handla mat, Gränna, på torsdag") < page.index("Nästa samtal")
    await anna.offer("handla mat", "Gränna", "torsdag")
    await town.phone(GRETA).expects("handla mat", "Gränna")
    task = await town.task()
    assert (task["state"], task["area"], task["category"]) == ("open", "granna", "groceries")
    assert task["resident"]["name"] == "Greta Ek"
    consents = await rows(town, "SELECT c.how, c.given_by, p.name FROM consent c JOIN person p ON p.id = c.recorded_by")
    assert consents == [{"how": "phone", "given_by": "", "name": "Olle"}]


async def test_what_the_network_knows_is_not_asked_again(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        code = await greta_has_phoned(town, olle)
        await town.runtime.pool.execute("UPDATE person SET notes = 'Hör dåligt' WHERE phone = $1", GRETA)
        seen = await olle.sends(
            "/desk/look",
            "Greta Ek",
            "Hör dåligt",
            "Storgatan 4, Gränna",
            code,
            "samma nummer",
            "svenska",
            phone="0046 70 111 22 33",
        )
        assert 'data-name="Greta Ek"' in seen
        number = await anna.offer("handla mat")
        await anna.sends(f"JA {number}")
        await anna.expects("Greta")
        await town.phone(GRETA).expects("Anna")
        await olle.sends("/desk/look", "Anna Berg", "Har tagit", code, phone=anna.number)
        await olle.sends("/desk/look", "Ett nytt nummer", "Fast telefon", without=("Greta",), phone=LANDLINE)
        await olle.sends("/desk/look", "inget helt nummer", phone="070-11")
        await olle.sends("/desk/look", "Inget nummer", phone="dolt nummer")
        # Without scripts the same stands on the page itself, with what is known filled in.
        page = await olle.sends("/desk", 'value="Greta Ek"', "Hör dåligt", look="1", phone="0701112233")
        assert 'value="0701112233"' in page
        await olle.sees("/desk?phone=%2B46701112233", "Greta Ek", "Hör dåligt")


async def test_somebody_is_recognised_by_name(town: Town, anna: Phone) -> None:
    """Greta phones from her neighbour's: nothing that is known is asked again, and her mobile gets the SMS."""
    async with town.signed_in("operator", "Olle") as olle:
        code = await greta_has_phoned(town, olle)
        await anna.offer("handla mat")
        page = await olle.sends("/desk/look", "Är det en av de här?", "Storgatan 4, Gränna", name="greta e", phone="dolt")
        await olle.sends("/desk/look", without=("Är det en",), name="%", phone="dolt")
        greta = re.search(r'name="person" value="(\d+)"', page)
        assert greta
        await olle.sends("/desk/look", "Igenkänd på namnet", 'data-name="Greta Ek"', code, person=greta[1], phone=LANDLINE)
        again = {"form": "form-of-one-call-0006", "person": greta[1], "address": "", "name": "greta e", "text_1": "hämta medicin"}
        await said(olle, "apotek, Gränna", "Du får ett SMS", phone=LANDLINE, **again)
        await olle.sends("/desk/look", "Inget nummer", person="9" * 30)
    await anna.offer("apotek", "Gränna")
    await town.phone(GRETA).expects("apotek")
    assert len(await rows(town, "SELECT id FROM person WHERE name = 'Greta Ek'")) == 1


async def test_at_night_the_caller_hears_when_somebody_is_asked(town: Town, anna: Phone) -> None:
    await town.forward(hours=13)
    async with town.signed_in("operator", "Olle") as olle:
        await said(olle, "Nu är det natt. Klockan 07:00 börjar vi leta")
        await said(olle, "It is night now. At 07:00", form="form-of-one-call-0005", phone="0702223344", language="en")
        anna.hears_nothing()
        urgent = {"form": "form-of-one-call-0006", "phone": "0702223355", "urgent_1": "1"}
        await said(olle, "Vi letar nu efter", **urgent)
        await anna.offer("BRÅTTOM")
        await olle.sees("/desk/said/form-of-one-call-0006", "Vi letar nu efter", without=("natt",))  # nor when it is read again
    town.ignore(town.phone(GRETA), town.phone("+46702223344"), town.phone("+46702223355"))


async def test_a_landline_is_phoned_back(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        await said(olle, "Vi ringer upp dig när någon har tagit det", phone=LANDLINE)
        number = await anna.offer("handla mat")
        await anna.sends(f"JA {number}")
        await anna.expects("Greta Ek", "Storgatan 4")
        page = await olle.sees("/desk/calls", "Greta Ek", "Kodordet är")
        message = re.search(r"/desk/calls/(\d+)/take", page)
        assert message
        async with town.signed_in("operator", "Karin") as karin:
            await olle.sends(f"/desk/calls/{message[1]}/take", "036-12 34 56", "tel:+4636123456", "Anna kommer")
            await karin.sees("/desk/calls", "Olle ringer")
            await karin.sends(f"/desk/calls/{message[1]}/take", "Olle ringer redan", status=409)
            await karin.sends(f"/desk/calls/{message[1]}/reached", "Olle ringer redan", status=409)
            await olle.sends(f"/desk/calls/{message[1]}/no-answer", "försökt 1 gång", "igen")
            await karin.sends(f"/desk/calls/{message[1]}/take", "036-12 34 56")
            await karin.sends(f"/desk/calls/{message[1]}/release", without=("tel:",))
            await karin.sends(f"/desk/calls/{message[1]}/take")
            await karin.sends(f"/desk/calls/{message[1]}/reached", "Ingen väntar på ett samtal", note="Glad")
            await olle.sends(f"/desk/calls/{message[1]}/take", "redan", status=409)
        await olle.sends("/desk/calls/123456/take", status=404)
        await olle.sends(f"/desk/calls/{message[1]}/dance", status=404)


async def test_one_call_says_all_of_it_and_brings_the_answer_back(town: Town, anna: Phone) -> None:
    """Whoever has no mobile is phoned once about everything, and "nobody came" counts as much as an SMS."""
    town.ignore(town.coordinator, town.service_group, town.enterprise)
    async with town.signed_in("operator", "Olle") as olle:
        await said(olle, phone=LANDLINE)
        code = (await town.task())["code"]
        await olle.sends(
            f"/desk/add/{code}", "Tillagt", **call(text_1="och smör")
        )  # said on the telephone: nobody phones about it
        number = await anna.offer("handla mat")
        for word in ("JA", "PÅ VÄG", "KLAR"):
            await anna.sends(f"{word} {number}")
        town.ignore(anna)
        page = await olle.sees("/desk/calls", "Fick du hjälp?", without=("lagt till", "Anna kommer", "är på väg"))
        assert page.count('id="take-') == 1 and '"calls-count">1<' in page
        first = re.search(r"/desk/calls/(\d+)/take", page)
        assert first
        page = await olle.sends(
            f"/desk/calls/{first[1]}/take", "Nej, ingen kom", "036-12 34 56", "Behöver inte sägas längre: Anna"
        )
        question = re.search(r"/desk/calls/(\d+)/not-helped", page)
        others = re.search(r'name="others" value="([\d ]+)"', page)
        assert question and others
        kept = {"others": others[1]}
        await olle.sends(f"/desk/calls/{question[1]}/not-helped", code=code, **kept)
        assert (await town.task())["state"] == "open"
        assert "task.denied" in [e["kind"] for e in (await town.task())["history"]]
        await olle.sees("/desk/inbox", code, "Greta Ek")  # a human sees to it
        await olle.sends(f"/desk/calls/{question[1]}/helped", status=409, code=code)  # it waits for no answer any more
        await olle.sends(f"/desk/calls/{first[1]}/reached", "Ingen väntar på ett samtal", **kept)
    assert await rows(town, "SELECT count(*) AS n FROM outbox WHERE channel = 'call' AND handled_at IS NULL") == [{"n": 0}]


async def test_a_call_nobody_can_make_is_handed_on(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        await said(olle, phone=LANDLINE)
        number = await anna.offer()
        await anna.sends(f"JA {number}")
        await anna.expects("Greta")
        found = re.search(r"/desk/calls/(\d+)/take", await olle.sees("/desk/calls"))
        assert found
        await olle.sends(f"/desk/calls/{found[1]}/take")
        await olle.sends(f"/desk/calls/{found[1]}/hand-on", "Ingen väntar", note="Telefonen är avstängd")
    await town.coordinator.offer("Gick inte att nå", "Telefonen är avstängd")


async def test_a_daughter_phones_for_her_mother(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        await said(
            olle, "hjälpa Greta Ek", "Vi ringer upp dig när", phone="dolt", other="1", told_by_name="Lisa, dotter",
            told_by_phone="08-123 456 78",
        )  # fmt: skip
        await anna.offer("handla mat")
        need = (await rows(town, "SELECT told_by_name, told_by_phone FROM need"))[0]
        assert need == {"told_by_name": "Lisa, dotter", "told_by_phone": "+46812345678"}
        assert (await rows(town, "SELECT given_by FROM consent")) == [{"given_by": "Lisa, dotter"}]
        await olle.sends("/desk/look", "samma nummer", "Handla mjölk", other="1", told_by_phone="0812345678")
        unclear = {"form": "form-of-one-call-0002", "address": "Kyrkogatan 1", "name": "Maja", "phone": "0701112244"}
        await said(olle, "Maja får nu ett SMS med frågan", other="1", told_by_name="Lisa", **unclear)
    town.ignore(town.phone("+46701112244"))


async def test_several_things_in_one_call(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        page = await said(
            olle, "handla mat", "apotek", "sällskap och samtal", text_2="Hämta medicin", urgent_2="1",
            text_3="Någon att prata med", repeats_3="two-weeks", weekday_3="FR",
        )  # fmt: skip
        assert "varannan fredag" in page
        assert page.count("Kodordet är") == 3
        company = next(t["code"] for t in (await town.api("GET", "tasks"))["tasks"] if t["category"] == "company")
        await olle.sees(
            f"/board/{company}", "Återkommer", "varannan fredag", "Den här gången", "fredag 10 april", without=("FREQ=",)
        )
        await olle.sends("/desk/look", company, "fredag 10 april", phone="0701112233")
    found = await rows(town, "SELECT category, urgency, repeats FROM need ORDER BY text")
    assert [(r["category"], r["urgency"], r["repeats"]) for r in found] == [
        ("groceries", "normal", None),
        ("pharmacy", "high", None),
        ("company", "normal", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
    ]
    town.ignore(anna, town.phone(GRETA))


async def test_an_emergency_comes_before_everything(town: Town) -> None:
    """Nothing is asked that is not known; the caller is told to ring 112, a human is told at once."""
    async with town.signed_in("operator", "Olle") as olle:
        page = await olle.sends(
            "/desk", "ring 112 nu", form="form-of-one-call-0002", danger="yes", **{"text-1": "Mamma har ramlat"}
        )
        assert page.index("ring 112 nu") < page.index("Nästa samtal")
        await town.coordinator.offer("MÖJLIG FARA FÖR LIV", "Mamma har ramlat")
        # With not one word known, that there is danger is what there is to say.
        await olle.sends("/desk", "ring 112 nu", form="form-of-one-call-0003", danger="yes")
        await town.coordinator.offer("MÖJLIG FARA FÖR LIV", "Fara för liv, sagt i telefon")
    assert [r["urgency"] for r in await rows(town, "SELECT urgency FROM need")] == ["emergency", "emergency"]


async def test_words_that_sound_like_danger_are_asked_about_once_more(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        words = {"text_1": "Min man andas inte", "category_1": "other"}
        await olle.sends("/desk/look", "Låter som fara", **call(**words))
        page = await olle.sends("/desk", "Fråga en gång till", status=422, **call(**words))
        sure = re.search(r'name="sure" value="([^"]*)"', page)
        assert sure
        assert "Min man andas inte" in page
        await said(olle, **words, sure=sure[1])
    assert (await town.task())["urgency"] == "normal"
    town.ignore(town.phone(GRETA), town.service_group, town.enterprise, town.coordinator)


async def test_a_duplicate_is_seen_and_added_to(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        code = await greta_has_phoned(town, olle)
        number = await anna.offer("handla mat")
        await anna.sends(f"JA {number}")
        await anna.expects("Greta")
        await town.phone(GRETA).expects("Anna")
        await olle.sends("/desk/look", code, "samma nummer", "Anna Berg", phone=GRETA)
        await olle.sends("/desk/look", code, "samma adress", phone="dolt", address="storgatan 4 gränna")
        await olle.sends("/desk/look", code, "samma adress", address="STORGATAN 4")
        await olle.sends("/desk/look", code, "samma område", address="Gränna", **{"text-1": "handla ost"})
        await olle.sends("/desk/look", "Inget liknande", address="Storgatan 44, Gränna")
        again = call(text_1="Och en liter grädde", form="form-of-one-call-0009")
        told = "Anna har redan tagit det"
        await olle.sends(f"/desk/add/{code}", "Jag har lagt till det i ärende", told, without=("Kodordet",), **again)
        await olle.sends(f"/desk/add/{code}", "Jag har lagt till det", **again)  # an impatient second click
        await anna.expects("Tillägg", "grädde")
        await town.phone(GRETA).expects("lagt till")
        await olle.sends(f"/desk/add/{code}", "Fara läggs aldrig till", status=422, **(again | {"danger": "yes"}))
        await olle.sends(f"/desk/add/{code}", "Skriv vad som ska läggas till", status=422, **(again | {"text-1": " "}))
        await olle.sends("/desk/add/XXXX", status=404, **again)
    texts = await rows(town, "SELECT text FROM need")
    assert texts == [{"text": "Handla mjölk och bröd\nOch en liter grädde"}]


async def test_a_form_that_is_sent_twice_opens_nothing_twice(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        csrf = await olle.csrf()
        await asyncio.gather(*(said(olle, "Kodordet är", csrf=csrf) for _ in range(3)))
        await said(olle, "Kodordet är", "skickades två gånger", name="Greta Eek")
    assert len(await rows(town, "SELECT id FROM task")) == 1
    await anna.offer("handla mat")
    await town.phone(GRETA).expects("handla mat")


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"text_1": ""}, "Skriv vad som behövs"),
        ({"text_1": "hallå där"}, "Orden säger inte"),
        ({"name": "x" * 10_000}, "Högst 100 tecken, det här är 10000"),
        ({"phone": "0701"}, "inget helt telefonnummer"),
        ({"repeats_1": "week"}, "Välj dag"),
        ({"name": "<script>alert(1)</script>", "text_1": ""}, "Skriv vad som behövs"),
    ],
)
async def test_what_is_wrong_stands_beside_its_field(town: Town, fields: dict[str, str], problem: str) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        async with olle.web.post(f"{town.base}/desk", data={**call(**fields), "csrf": await olle.csrf()}) as response:
            page = await response.text()
        assert response.status == 422
        assert problem in page
        assert 'value="Storgatan 4, Gränna"' in page
        assert "<script>alert" not in page
    assert await rows(town, "SELECT id FROM task") == []


async def test_a_name_that_is_html_is_a_name(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        await said(olle, name="<b>Greta</b>", text_1="Handla <i>mjölk</i> \x00 & bröd")
        async with olle.web.post(f"{town.base}/desk/look", data={"phone": GRETA, "csrf": await olle.csrf()}) as response:
            assert "&lt;b&gt;Greta&lt;/b&gt;" in await response.text()
    await anna.offer("handla mat")
    await town.phone(GRETA).expects("handla mat")


async def test_a_number_as_it_was_heard_is_kept(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        await said(olle, "Vi ringer upp dig", phone="0701", sure="phone")
    await anna.offer("handla mat")
    assert await rows(town, "SELECT phone, phone_raw FROM person WHERE name = 'Greta Ek'") == [
        {"phone": None, "phone_raw": "0701"}
    ]


async def test_an_unclear_place_without_sms_is_a_humans(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sends("/desk/look", "Platsen känner vi inte", address="Okända vägen 3")
        await said(olle, "En person hos oss tar hand om det", phone=LANDLINE, address="Okända vägen 3")
        await town.coordinator.offer("saknas uppgifter")
        await olle.sees("/desk/inbox", "Greta Ek")


async def test_a_protected_identity_stays_with_staff(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        page = await said(olle, "kommunens servicegrupp", protected="1", note="Ring aldrig på kvällen")
    anna.hears_nothing()
    word = re.search(r"Kodordet är (\w+)\.", page)
    text = await town.service_group.expects("Greta Ek", "Skyddad identitet")
    await town.service_group.sends("OK " + str(re.findall(r"OK (\d+)", text)[0]))
    assert word and word[1] in await town.service_group.expects("är ditt")  # whoever comes says what she has heard
    town.ignore(town.service_group, town.enterprise, town.phone(GRETA))
    task = await town.task()
    assert [e["kind"] for e in task["history"]].count("task.noted") == 1


# ---- The shared inbox


async def a_question(town: Town, text: str = "Hej, har ni öppet på påskdagen?") -> str:
    """Greta asks something. Returns the code of what stands in the inbox."""
    await town.phone(GRETA).sends(text)
    await town.phone(GRETA).expects("En person hos oss")
    town.ignore(town.coordinator)
    return str((await rows(town, "SELECT code FROM task ORDER BY id DESC LIMIT 1"))[0]["code"])


async def test_one_takes_it_and_answers(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle, town.signed_in("operator", "Karin") as karin:
        code = await a_question(town)
        await olle.sees("/desk", "Inkorg", 'id="inbox-count">1<')
        await olle.sees("/desk/inbox", "Har en fråga", "påskdagen", code)
        await olle.sends(f"/desk/inbox/{code}/take", "Svara med SMS", "påskdagen", "En person hos oss läser")
        await town.phone(GRETA).expects("Olle", "tar hand om")
        await karin.sends(f"/desk/inbox/{code}/take", "Olle har", status=409)
        await karin.sees("/desk/inbox", "Olle har det")
        await karin.sends(f"/desk/inbox/{code}/answer", "Olle har", status=409, text="Nej")
        await olle.sends(f"/desk/inbox/{code}/answer", "Skriv vad svaret är", status=422, text=" ")
        await olle.sends(f"/desk/inbox/{code}/answer", "två SMS", "långt ", status=422, text="långt " * 100)
        await olle.sends(f"/desk/inbox/{code}/answer", "besvarat och avslutat", "Allt är läst", text="Ja, kl 10 till 14.")
        await town.phone(GRETA).expects("Ja, kl 10 till 14.")
        await karin.sends(f"/desk/inbox/{code}/take", "ligger inte längre i inkorgen", status=409)
        await olle.sees(f"/desk/inbox/{code}", status=404)


async def test_two_who_take_it_at_once(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle, town.signed_in("operator", "Karin") as karin:
        code = await a_question(town)
        tokens = [await olle.csrf(), await karin.csrf()]

        async def take(visitor: Visitor, token: str) -> int:
            data = {"csrf": token}
            async with visitor.web.post(f"{town.base}/desk/inbox/{code}/take", data=data) as response:
                return response.status

        assert sorted(await asyncio.gather(take(olle, tokens[0]), take(karin, tokens[1]))) == [200, 409]
        await town.settle()
        await town.phone(GRETA).expects("tar hand om")


async def test_answered_on_the_telephone_nothing_is_sent(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        code = await a_question(town)
        await olle.sends(f"/desk/inbox/{code}/take")
        await town.phone(GRETA).expects("Olle")
        await olle.sends(f"/desk/inbox/{code}/said", "besvarat och avslutat", text="Ja, kl 10")
    town.phone(GRETA).hears_nothing()


async def test_it_becomes_a_request(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        code = await a_question(town)
        await olle.sends(f"/desk/inbox/{code}/take")
        await town.phone(GRETA).expects("Olle")
        await olle.sends(f"/desk/inbox/{code}/request", "Välj området", status=422, category="groceries")
        await olle.sends(
            f"/desk/inbox/{code}/request", "är ett ärende nu", category="groceries", area="granna", address="Storgatan 4"
        )
        await anna.offer("handla mat", "Gränna")
        await town.phone(GRETA).expects("Vi letar nu")
        await olle.sees("/desk/inbox", "Allt är läst")


async def test_what_says_all_already_becomes_a_request_too(town: Town, anna: Phone) -> None:
    """Nobody answered where; a colleague has phoned, and nothing else than that was missing."""
    async with town.signed_in("operator", "Olle") as olle:
        await said(olle, phone=LANDLINE, address="Okända vägen 3")
        await town.coordinator.offer("saknas uppgifter")
        code = (await town.task())["code"]
        await town.runtime.pool.execute("UPDATE need SET area = 'granna'")
        await olle.sends(f"/desk/inbox/{code}/take")
        await town.coordinator.expects("redan omhändertaget")
        await olle.sends(f"/desk/inbox/{code}/request", "är ett ärende nu", category="groceries", area="granna")
        await anna.offer("handla mat")


async def test_it_belongs_to_what_goes_on(town: Town, anna: Phone) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        first = await greta_has_phoned(town, olle)
        await anna.offer("handla mat")
        code = await a_question(town)
        await olle.sends(f"/desk/inbox/{code}/take", first, "Det hör till ett ärende som pågår")
        await town.phone(GRETA).expects("Olle")
        await olle.sends(f"/desk/inbox/{code}/merge", "Välj ärende", status=422)
        await olle.sends(f"/desk/inbox/{code}/merge", "hör till det andra ärendet", into=first)
        await town.phone(GRETA).expects(first)


async def test_it_is_handed_on_or_given_back(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        code = await a_question(town)
        await olle.sends(f"/desk/inbox/{code}/take")
        await town.phone(GRETA).expects("Olle")
        await olle.sends(f"/desk/inbox/{code}/release", "ligger i inkorgen igen", code, "Har en fråga")
        await olle.sends(f"/desk/inbox/{code}/take")
        await town.phone(GRETA).expects("Olle")
        await olle.sends(f"/desk/inbox/{code}/hand-on", "Skriv vad samordnaren", status=422)
        await olle.sends(f"/desk/inbox/{code}/hand-on", "lämnat till samordnaren", "Allt är läst", note="Vill tala med chefen")
        task = await town.api("GET", f"tasks/{code}")
        assert (task["state"], task["human"]) == ("open", "escalated")
        noted = [e for e in task["history"] if e["kind"] == "task.noted"]
        assert noted[0]["data"]["text"] == "Vill tala med chefen"
        await olle.sends(f"/desk/inbox/{code}/dance", status=404)


async def test_a_colleague_takes_over(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle, town.signed_in("operator", "Karin") as karin:
        code = await a_question(town)
        await olle.sends(f"/desk/inbox/{code}/take")
        await town.phone(GRETA).expects("Olle")
        await karin.sees(f"/desk/inbox/{code}", "Olle har det", "Ta över")
        await karin.sends(f"/desk/inbox/{code}/take", "Svara med SMS", anyway="1")
        await town.phone(GRETA).expects("Karin")
        await olle.sends(f"/desk/inbox/{code}/answer", "Karin har", status=409, text="Ja")


async def test_danger_stands_first(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        await a_question(town)
        await town.forward(minutes=5)
        town.ignore(town.coordinator, town.phone("+46702223344"))
        await town.phone("+46702223344").sends("Hjälp, min man andas inte")
        page = await olle.sees("/desk/inbox", "AKUT")
        assert page.index("andas inte") < page.index("påskdagen")


async def test_the_stream_tells_what_waits(town: Town) -> None:
    async with town.signed_in("operator", "Olle") as olle:
        page = await olle.sees("/desk/inbox")
        source = re.search(r'data-live="([^"]*)"', page)
        assert source
        async with olle.web.get(town.base + source[1]) as stream:
            assert stream.status == 200
            await a_question(town)
            async with asyncio.timeout(5):
                async for line in stream.content:
                    if line.startswith(b"data:") and b'"inbox":1' in line:
                        break
            stream.close()
