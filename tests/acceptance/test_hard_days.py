"""Days when everything happens at once: many due tasks, people in two roles, free words, STOPP, silent carriers."""

import asyncio
import re
import time

import pytest

from dispatch.outbox import Sent, Text
from tests.acceptance.conftest import Town

ELSA = "+46701000001"


async def test_the_last_free_volunteer_is_used_up_in_the_middle_of_a_batch(town: Town) -> None:
    """At seven in the morning a whole night's tasks are due. Those for whom nobody is left go to the next step that has
    somebody, and not past it."""
    anna = await town.volunteer("Anna Berg", "granna")
    await town.forward(hours=13)  # night
    residents = [town.phone(f"+467010005{i:02d}") for i in range(9)]
    town.ignore(anna, town.enterprise, *residents)
    for resident in residents:
        await resident.sends("handla mat gränna")
    await town.forward(hours=9, minutes=1)
    steps = [t["step"] for t in (await town.api("GET", "tasks?state=open"))["tasks"]]
    assert sorted(steps) == ["area"] * 6 + ["service"] * 3
    for _ in range(3):
        await town.service_group.offer("Gränna")
    town.ignore(town.service_group, town.coordinator)


async def test_a_coordinator_who_is_a_volunteer_too_is_still_asked_as_coordinator(town: Town) -> None:
    """Not having answered as a neighbour is no answer as coordinator."""
    await town.import_people("name,phone,area\nSam Ordnare,+46701110001,granna\n")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    await town.phone(ELSA).sends("handla mat gränna")
    await town.coordinator.offer("Kan du hjälpa en granne")
    await town.forward(hours=2)
    await town.coordinator.expects("Svara OK", "Ingen volontär")
    town.ignore(town.coordinator)


async def test_stopp_from_somebody_asked_twice_about_the_same_task(town: Town) -> None:
    """As a neighbour and as coordinator: both end, and the message is stored."""
    await town.import_people("name,phone,area\nSam Ordnare,+46701110001,granna\n")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    await town.phone(ELSA).sends("handla mat gränna")
    await town.forward(hours=2)
    await town.coordinator.sends("STOPP")
    task = await town.task()
    assert {o["state"] for o in task["offers"] if o["person"]["phone"] == town.coordinator.number} == {"declined"}


async def test_an_emergency_reaches_the_service_groups_when_no_coordinator_can_be_reached(town: Town) -> None:
    """The only coordinator has said STOPP."""
    town.ignore(town.coordinator, town.phone(ELSA))
    await town.coordinator.sends("STOPP")
    await town.phone(ELSA).sends("hon andas inte")
    await town.service_group.offer("FARA")
    await town.enterprise.offer("FARA")


@pytest.mark.parametrize(
    "text",
    ["KAN INTE", "jag har blivit sjuk och kan inte hämta medicinen", "hinner inte idag", "Nej, jag kan inte {n}", "måste avboka"],
)
async def test_a_volunteer_gives_a_task_back_in_own_words(town: Town, text: str) -> None:
    """And does not become a resident by it."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    await town.phone(ELSA).sends("behöver hämta medicin från apoteket, gränna")
    number = await anna.offer("Apotek")
    await anna.sends(f"JA {number}")
    await anna.expects("Du hjälper")
    await anna.sends(text.format(n=number))
    await anna.expects("Tack för att du sa till")
    task = await town.task()
    assert (task["state"], task["resident"]["phone"]) == ("open", ELSA)


@pytest.mark.parametrize(
    "text",
    [
        "jag hittar inte adressen",
        "behöver hon handla mat också?",
        "Ringer på hos Elsa men ingen öppnar, jag kan inte komma in",
        "jag hinner inte förrän kl 15, går det bra?",
        "Elsa är sjuk, vad gör jag?",
        "Elsa vill avboka",
        "är inte klar med {n} än",
        "När ska {n} vara klar?",
        "kan inte hitta till {n}",
    ],
)
async def test_other_words_from_somebody_who_holds_a_task_are_for_a_human(town: Town, text: str) -> None:
    """They neither give the task back nor open a request."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(ELSA))
    await town.phone(ELSA).sends("handla mat gränna")
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.expects("Du hjälper")
    await anna.sends(text.format(n=number))
    await anna.expects("En person hos oss", f"KAN INTE {number}")
    await town.coordinator.offer(anna.number, text.format(n=number))
    assert (await town.task(area="granna"))["state"] == "taken"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("God morgon! Ja {n}", "Du hjälper"),
        ("{n}", "Menar du nr {n}?"),
        ("jag tar {n}:an", "Du hjälper"),
        ("ok tack", "Menar du nr {n}?"),
        ("nej", "Tack för svaret"),
        ("kan efter {n}", "Menar du nr {n}?"),
        ("nej det är ingen fara, jag tar {n}", "Menar du nr {n}?"),
        ("Klar med {n}", "Du har inte det uppdraget"),
        ("Kan någon handla mat åt mig också? Bor på Storgatan {n} i Gränna", "letar"),
        ("Behöver {n} ägg och mjölk, kan någon handla? Gränna", "letar"),
        ("Vad är {n} för något, kan jag få veta mer?", "En person hos oss"),
    ],
)
async def test_answers_that_are_no_clean_words(town: Town, text: str, answer: str) -> None:
    """Understood where it is safe, asked about where it is not."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(ELSA), town.coordinator, town.service_group, town.enterprise)
    await town.phone(ELSA).sends("handla mat gränna")
    number = await anna.offer()
    await anna.sends(text.format(n=number))
    await anna.expects(answer.format(n=number))


async def test_two_answers_about_the_same_task(town: Town) -> None:
    """Asked as a neighbour and as a coordinator: no to the one, yes to the other."""
    await town.import_people("name,phone,area\nSam Ordnare,+46701110001,granna\n")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    await town.phone(ELSA).sends("handla mat gränna")
    first = await town.coordinator.offer("Kan du hjälpa en granne")
    await town.forward(hours=2)
    second = await town.coordinator.offer("Ingen volontär")
    town.ignore(town.coordinator)
    await town.coordinator.sends(f"NEJ {first} OK {second}")
    assert (await town.task())["state"] == "with_service"


async def test_offers_that_run_out_at_night_do_not_stop_the_ladder(town: Town) -> None:
    """Twelve hours pass on the wall, the ladder's clock stands still: in the morning the next step is asked."""
    from dataclasses import replace
    from datetime import timedelta

    anna = await town.volunteer("Anna Berg", "granna")
    office = town.runtime.office
    network = replace(office.network, patience=replace(office.network.patience, offer=timedelta(hours=10)))
    town.runtime.office = replace(office, network=network)
    town.ignore(anna, town.enterprise, town.phone(ELSA))
    await town.forward(hours=11, minutes=45)  # a quarter before nine in the evening
    await town.phone(ELSA).sends("handla mat gränna")
    await town.forward(hours=12)
    await town.service_group.offer("Gränna")
    town.ignore(town.service_group, town.coordinator)


async def test_texts_to_one_person_arrive_in_order(town: Town) -> None:
    """The first is refused for a moment; the second waits for it."""
    town.carrier.answers = [503]
    elsa = town.phone(ELSA)
    town.ignore(town.service_group, town.enterprise)
    assert await town.carrier.receive(ELSA, "handla mat gränna") == 204
    await town.runtime.send_due()
    await elsa.sends("avboka")
    elsa.hears_nothing()
    await town.forward(minutes=1)
    await elsa.expects("letar")
    await elsa.expects("avbokat")


async def test_nobody_at_all_can_be_reached(town: Town) -> None:
    """Everybody who could answer has said STOPP: it stands on the page and in the log as an error, again and again."""
    everybody = (town.coordinator, town.service_group, town.enterprise)
    town.ignore(*everybody, town.phone(ELSA))
    for phone in everybody:
        await phone.sends("STOPP")
    await town.phone(ELSA).sends("hon andas inte")
    await town.forward(minutes=11)
    errors = [entry for entry in town.log if entry["log_level"] == "error"]
    assert len(errors) == 3
    assert {entry["event"] for entry in errors} == {"nobody.to_ask"}
    town.log.clear()
    assert (await town.task())["state"] == "open"


async def test_two_answers_in_one_message(town: Town) -> None:
    """JA 10 NEJ 11."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.service_group, town.enterprise)
    elsa, ove = town.phone(ELSA), town.phone("+46701000002")
    await elsa.sends("handla mat gränna")
    await elsa.expects("letar")
    first = await anna.offer()
    await ove.sends("gå ut med hunden, gränna")
    await ove.expects("letar")
    second = await anna.offer()
    await anna.sends(f"JA {first} NEJ {second}")
    await anna.expects("Du hjälper", ELSA)
    await anna.expects("Tack för svaret")
    coming = await elsa.expects("Anna")
    assert "NEJ" not in coming


async def test_a_late_yes_is_welcome_while_nobody_has_it(town: Town) -> None:
    """After the offer's time, and after "no longer needed" when the task has come back."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise, town.coordinator)
    await town.phone(ELSA).sends("handla mat gränna")
    number = await anna.offer()
    await town.forward(days=2)
    assert (await town.task())["state"] == "open"
    await anna.sends(f"JA {number}")
    await anna.expects("Du hjälper")
    assert (await town.task())["state"] == "taken"


async def test_a_silent_volunteer_who_is_on_the_way_after_all(town: Town) -> None:
    """PÅ VÄG takes it anew, and the coordinator hears that it is taken."""
    anna = await town.volunteer("Anna Berg", "granna")
    elsa = town.phone(ELSA)
    town.ignore(elsa)
    await elsa.sends("handla mat gränna")
    number = await anna.offer()
    await anna.sends(f"JA {number}")
    await anna.expects("Du hjälper")
    await town.forward(hours=8, minutes=1)
    await anna.expects("Hur går det")
    await town.coordinator.offer("hör inte av sig")
    await anna.sends(f"PÅ VÄG {number}")
    await anna.expects("Du hjälper")
    await anna.expects("på väg")
    await town.coordinator.expects("redan omhändertaget")
    assert (await town.task())["state"] == "underway"


async def test_the_only_coordinator_who_cannot_is_not_asked_again_in_the_same_second(town: Town) -> None:
    """Asked again when the time has come."""
    await town.phone(ELSA).sends("är det gratis?")
    await town.phone(ELSA).expects("En person hos oss")
    number = await town.coordinator.offer("Har en fråga")
    await town.service_group.sends("hej")  # staff's own words go to a human too
    town.ignore(town.service_group, town.enterprise, town.coordinator)
    await town.coordinator.sends(f"KAN INTE {number}")
    before = len(town.unread(town.coordinator.number))
    await town.forward(minutes=5)
    assert len(town.unread(town.coordinator.number)) == before
    await town.forward(hours=3)
    assert len(town.unread(town.coordinator.number)) > before


async def test_care_said_second_is_still_not_for_volunteers(town: Town) -> None:
    """Nor is another wish lost in the answer to a question."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.enterprise)
    elsa = town.phone(ELSA)
    await elsa.sends("behöver handla mat")
    await elsa.expects("Var bor du?")
    await elsa.sends("gränna, och så behöver jag hjälp att duscha")
    await elsa.expects("handla mat (", "vård och omsorg (")
    await town.service_group.offer("vård och omsorg")
    assert "vård" not in await anna.expects("handla mat")


async def test_two_wishes_while_being_asked_are_two_requests(town: Town) -> None:
    """The answer completes the first."""
    town.ignore(town.service_group, town.enterprise)
    elsa = town.phone(ELSA)
    await elsa.sends("behöver handla mat")
    await elsa.expects("Var bor du?")
    await elsa.sends("i gränna och jag behöver medicin från apoteket")
    await elsa.expects("handla mat (", "apotek (", "Gränna")
    listed = await town.api("GET", "tasks")
    assert sorted(t["category"] for t in listed["tasks"]) == ["groceries", "pharmacy"]


async def test_what_programs_say_does_not_outweigh_danger_nor_leak_an_address(town: Town) -> None:
    """`urgency` cannot make an emergency ordinary, and a typed place is an address until somebody has accepted."""
    anna = await town.volunteer("Anna Berg", "granna")
    body = {"phone": ELSA, "text": "hon andas inte", "category": "groceries", "area": "granna", "urgency": "normal"}
    await town.api("POST", "needs", body, status=201)
    await town.settle()
    await town.phone(ELSA).expects("RING 112")
    await town.coordinator.offer("FARA")
    anna.hears_nothing()
    body = {
        "phone": "+46701000002",
        "text": "handla mat",
        "area": "granna",
        "place": "Storgatan 4 B, hos Lind",
        "wanted": "Elsa Linds födelsedag",
    }
    await town.api("POST", "needs", body, status=201)
    await town.settle()
    await town.phone("+46701000002").expects("letar")
    text = await anna.expects("Gränna")
    assert "Storgatan" not in text
    assert "Lind" not in text
    await anna.sends("ja")
    await anna.expects("Storgatan 4 B", "födelsedag")
    await town.phone("+46701000002").expects("Anna")


async def test_a_number_that_a_program_got_wrong_is_kept(town: Town) -> None:
    """The coordinator sees what was written."""
    await town.api("POST", "needs", {"phone": "036-abc", "text": "handla mat gränna"}, status=201)
    await town.settle()
    await town.coordinator.offer("Numret går inte att läsa", "036-abc")


async def test_a_very_long_letter_is_worded_at_once(town: Town) -> None:
    """Whoever must act gets its beginning, in two parts, without the program standing still meanwhile."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    await town.phone(ELSA).sends("handla mat gränna " + "och så vidare " * 1500)
    text = next(t.text for t in town.carrier.texts if t.to == town.service_group.number)
    assert "..." in text
    began = time.perf_counter()
    for _ in range(20):
        town.runtime.wording("acknowledge", {"text": "ö" * 20_000, "number": 10, "code": "X"}, "sv")
    assert time.perf_counter() - began < 1


async def test_a_number_that_hangs_holds_up_nobody_else(town: Town) -> None:
    """Somebody else's "ring 112" leaves while one person's message waits for the carrier."""
    held = asyncio.Event()
    sent = town.runtime.outbox.carriers["sms"].send

    class Hanging:
        async def send(self, text: Text) -> Sent:
            if text.to == ELSA:
                await held.wait()
            return await sent(text)

    town.runtime.outbox.carriers = {"sms": Hanging()}
    town.ignore(town.phone(ELSA))
    await town.carrier.receive(ELSA, "hej")
    await town.runtime.send_due()
    await town.carrier.receive("+46701000002", "hon andas inte")
    await town.runtime.dispatch_due()
    await town.runtime.send_due()
    await town.phone("+46701000002").expects("RING 112")
    await town.coordinator.offer("FARA")
    held.set()
    await town.settle()


async def test_a_carrier_that_repeats_an_id_makes_no_message_go_twice(town: Town) -> None:
    """Their mistake stays theirs."""
    town.carrier.reports = False
    town.ignore(*(town.phone(f"+467010006{i:02d}") for i in range(3)))
    town.carrier._numbers = iter([1, 1, 1, 1, 1, 1])  # type: ignore[assignment]
    for i in range(3):
        await town.carrier.receive(f"+467010006{i:02d}", "hej", message_id=f"own-{i}")
    await town.settle()
    await town.forward(minutes=10)
    assert len(town.carrier.texts) == 3


async def test_an_offer_on_its_way_does_not_follow_a_stopp(town: Town) -> None:
    """It failed, and by then the volunteer had said STOPP: it is not tried again."""
    anna = await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    await town.carrier.receive(ELSA, "handla mat gränna")
    await town.runtime.dispatch_due()
    town.carrier.answers = [500, 500, 500]
    await town.runtime.send_due()
    town.carrier.answers = []
    await town.carrier.receive(anna.number, "STOPP")
    await town.forward(minutes=10)
    await anna.expects("inga fler SMS")


async def test_people_to_phone_are_ticked_off(town: Town) -> None:
    """Whom no SMS reaches stands on the board until somebody has phoned."""
    await town.volunteer("Anna Berg", "granna")
    town.ignore(town.phone("+46701234501"))
    await town.api("POST", "needs", {"phone": "036-10 50 00", "text": "handla mat gränna"}, status=201)
    await town.settle()
    async with town.signed_in("operator") as olle:
        page = await olle.sees("/desk/calls", "Vi letar nu")
        found = re.search(r'action="(/desk/calls/\d+)/take"', page)
        assert found
        await olle.sends(f"{found[1]}/take", "036-10 50 00")
        await olle.sends(f"{found[1]}/reached", without=("036-10 50 00",))
        await olle.sends(f"{found[1]}/reached", "redan", status=409)
        await olle.sends("/desk/calls/x/reached", status=404)
    kinds = [e["kind"] for e in (await town.task())["history"]]
    assert kinds.count("message.handled") == 1


async def test_a_contact_who_leaves_the_network_file_leaves_the_group(town: Town) -> None:
    """And an imported one stays."""
    from dataclasses import replace

    from service.people import sync_network

    await town.import_people("name,phone,role\nKo Ordinator,+46701110009,coordinator\n")
    groups = tuple(replace(g, contacts=()) if g.key == "coordinators" else g for g in town.runtime.network.groups)
    async with town.runtime.pool.acquire() as connection:
        network = replace(town.runtime.network, groups=groups)
        await sync_network(connection, network, town.runtime.office.mint, town.clock.now())
    await town.phone(ELSA).sends("hon andas inte")
    await town.phone(ELSA).expects("RING 112")
    await town.phone("+46701110009").offer("FARA")
    town.coordinator.hears_nothing()


async def test_the_same_words_twice_at_once_are_one_request(town: Town) -> None:
    """From somebody known, over two processes: the second is decided on what the first has stored."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    await town.phone(ELSA).sends("handla mat gränna")
    await town.phone(ELSA).sends("avboka")
    from bots.inbound import Gate

    r = town.runtime
    gates = [Gate(r.pool, r.network, r.understander, r.clock, r.office.mint, r.committed) for _ in range(2)]
    from bots.inbound_message import Inbound

    await asyncio.gather(
        *(g.receive(Inbound("46elks", f"twin-{i}", ELSA, ELSA, "skjuts till doktorn, gränna")) for i, g in enumerate(gates))
    )
    await town.settle()
    assert len((await town.api("GET", "tasks?state=open"))["tasks"]) == 1


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("tasks?area=%00", {}, 200),
        ("tasks?after=9999-12-31T23:59:59-14:00~1", {}, 422),
        ("tasks?after=2020-01-01T00:00:00%2B00:00~" + "9" * 400, {}, 422),
        ("tasks?limit=" + "9" * 5000, {}, 422),
        ("events?after=" + "9" * 300, {}, 200),
        ("tasks/%00", {}, 404),
        ("tasks", {"Authorization": "Bearer \udcff"}, 401),
    ],
)
async def test_strange_values_are_never_a_fault_of_ours(town: Town, path: str, headers: dict[str, str], status: int) -> None:
    """Cursors beyond all times, numbers beyond all numbers, NUL, broken letters."""
    from yarl import URL

    own = {"Authorization": "Bearer test-token"} | headers
    if headers:
        own = {k: v.encode("utf-8", "surrogateescape").decode("latin-1") for k, v in own.items()}
    async with town.web.get(URL(f"{town.base}/api/v1/{path}", encoded=True), headers=own) as response:
        assert response.status == status, await response.text()


async def test_nul_in_json_is_left_out(town: Town) -> None:
    """An escape may hide it."""
    town.ignore(town.phone(ELSA), town.service_group, town.enterprise)
    body = {"phone": ELSA, "text": "handla\u0000 mat", "area": "granna", "name": "El\u0000sa"}
    task = await town.api("POST", "needs", body, status=201)
    assert task["resident"]["name"] == "Elsa"


async def test_how_it_goes_with_what_a_human_has(town: Town) -> None:
    """An alarm or a question is not being looked for by volunteers, and the answer does not say so."""
    elsa, gun = town.phone("+46701000001"), town.phone("+46701000002")
    town.ignore(town.coordinator, town.service_group, town.enterprise)
    await elsa.sends("Min man har svimmat och andas inte")
    await elsa.expects("RING 112 NU")
    await elsa.sends("STATUS")
    await elsa.expects("RING 112 NU")
    await gun.sends("Jag vill att någon ringer upp mig")
    await gun.expects("En person hos oss")
    await gun.sends("STATUS")
    await gun.expects("En person hos oss")
