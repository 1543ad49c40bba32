"""Somebody asks to be forgotten: what they had is given back, others are told, and nothing says any more who it was.

Some tests walk the whole schema (deploy/adr/0004): every column that can hold a person's words gets a marker, and after the
erasure no column of any table has one. A new table, or a new column, fails here until it is said what erasure does with it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch.erasure import erase
from dispatch.errors import StaffAccount, UnknownPerson
from dispatch.handlers import Act, act
from service import cli
from tests.acceptance.conftest import Phone, Town
from tests.acceptance.forgetting import (
    CHAT,
    ELSA,
    MARKER,
    fill_everything,
    forget,
    found_in_the_schema,
    id_of,
    numbers_in_the_schema,
    plant,
    row_of,
    taken,
)


async def test_a_helper_who_leaves_gives_everything_back(town: Town) -> None:
    zara, elsa, _ = await taken(town)
    other = await town.volunteer("Olle Ek", "granna")
    await town.phone("+46704444442").sends("Kan någon gå ut med hunden? Bor i Gränna")
    await town.phone("+46704444442").expects()
    await other.offer("husdjur")
    await zara.offer("husdjur")
    person = await id_of(town, zara.number)
    await forget(town, person)
    said = await elsa.expects("En hjälpare kan tyvärr inte")  # nobody is named
    assert MARKER not in said
    await other.offer("handla mat")  # asked at once
    zara.hears_nothing()
    offers = await town.runtime.pool.fetch("SELECT state, live FROM offer WHERE person_id = $1 ORDER BY id", person)
    assert [tuple(o) for o in offers] == [("withdrawn", False), ("declined", False)]
    row = await row_of(town, person)
    assert row["erased_at"] == town.clock.now()
    assert (row["name"], row["phone"], row["roles"], row["area"]) == ("", None, [], None)
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM group_member WHERE person_id = $1", person) == 0
    event = await town.runtime.pool.fetchrow("SELECT * FROM events WHERE kind = 'person.erased'")
    assert (event["data"], event["person_id"]) == (f'{{"person": {person}}}', None)


async def test_a_resident_who_leaves_needs_nobody(town: Town) -> None:
    zara, elsa, _ = await taken(town)
    asked = await town.volunteer("Olle Ek", "granna")
    await elsa.sends("Kan någon gå ut med hunden också? Bor i Gränna")
    await elsa.expects()
    await asked.offer("husdjur")
    await zara.offer("husdjur")
    await forget(town, await id_of(town, ELSA))
    for told in (zara, asked):
        assert ELSA not in await told.expects("avbokat")
    await zara.expects("avbokat")
    elsa.hears_nothing()
    tasks = (await town.api("GET", "tasks"))["tasks"]
    assert [t["state"] for t in tasks] == ["cancelled", "cancelled"]
    needs = await town.runtime.pool.fetch("SELECT category, area, text, address FROM need ORDER BY id")
    assert [tuple(n) for n in needs] == [("groceries", "granna", "", ""), ("pet", "granna", "", "")]
    async with town.signed_in("coordinator", "Karin") as karin:  # pages with what is left can be read
        for task in tasks:
            await karin.sees(f"/board/{task['code']}", without=(ELSA, "hunden"))
        await karin.sees(f"/people/{await id_of(town, zara.number)}", without=(ELSA,))


async def test_who_writes_again_is_somebody_new(town: Town) -> None:
    _, elsa, _ = await taken(town)
    town.ignore(*[town.phone(f"+467012345{n:02d}") for n in range(9)])
    old = await id_of(town, ELSA)
    await forget(town, old)
    await elsa.sends("Kan någon handla mat?")
    await elsa.expects("var")  # asked where: nothing is known
    assert await id_of(town, ELSA) != old


async def test_what_is_said_to_be_done_is_closed_and_comes_back_no_more(town: Town) -> None:
    zara, elsa, number = await taken(town)
    await town.runtime.pool.execute("UPDATE need SET repeats = 'FREQ=DAILY'")
    await zara.sends(f"KLAR {number}")
    await zara.expects("Tack för hjälpen")
    await elsa.expects(MARKER)
    await forget(town, await id_of(town, ELSA))
    assert (await town.task())["state"] == "closed"
    await town.forward(days=3)
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM task") == 1


async def test_messages_that_wait_are_stopped_and_nobody_phones(town: Town) -> None:
    zara, elsa, _ = await taken(town)
    person = await id_of(town, ELSA)
    await town.runtime.pool.execute(
        """INSERT INTO outbox (person_id, kind, channel, state, due_at, created_at)
           SELECT $1, 'received', c.channel, c.state, $2::timestamptz + interval '1 day', $2
           FROM (VALUES ('sms', 'queued'), ('sms', 'failed'), ('call', 'to_call'), ('sms', 'dead'), ('sms', 'sending'))
                c(channel, state)""",
        person, town.clock.now(),
    )  # fmt: skip
    async with town.signed_in("operator", "Olle") as olle:
        await olle.sees("/desk/calls", "Utan namn")
        await forget(town, person)
        await zara.expects("avbokat")
        await olle.sees("/desk/calls", without=("Utan namn",))
    left = await town.runtime.pool.fetchval(
        """SELECT count(*) FROM outbox WHERE person_id = $1 AND (state IN ('queued', 'failed', 'sending', 'to_call')
           OR (state = 'dead' AND handled_at IS NULL))""", person,
    )  # fmt: skip
    assert left == 0
    await town.forward(days=2)
    elsa.hears_nothing()


async def test_once_more_is_fine_and_nobody_else_is(town: Town) -> None:
    zara, elsa, _ = await taken(town)
    person = await id_of(town, zara.number)
    await forget(town, person)
    first = await row_of(town, person)
    town.ignore(elsa, town.coordinator, town.service_group, town.enterprise)
    await town.forward(minutes=1)
    await forget(town, person)
    assert (await row_of(town, person))["erased_at"] == first["erased_at"]
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM events WHERE kind = 'person.erased'") == 1
    with pytest.raises(UnknownPerson):
        await erase(town.runtime.office, 1, town.clock.now())


async def test_whoever_signs_in_here_is_not_erased(town: Town) -> None:
    async with town.signed_in("coordinator", f"Karin {MARKER}"):
        person = await town.runtime.pool.fetchval("SELECT person_id FROM account")
        with pytest.raises(StaffAccount):
            await erase(town.runtime.office, person, town.clock.now())
        assert (await row_of(town, person))["name"] == f"Karin {MARKER}"
        assert await town.runtime.pool.fetchval("SELECT count(*) FROM events WHERE kind = 'person.erased'") == 0
        await town.runtime.pool.execute("UPDATE account SET disabled_at = $1", town.clock.now())
        await forget(town, person)
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM session") == 0
    assert await found_in_the_schema(town, MARKER) == []


@pytest.mark.parametrize("first", ["JA", "forgotten"])
async def test_an_answer_at_the_same_moment(town: Town, first: str) -> None:
    """Whoever comes first: nobody holds a task afterwards who is not there any more."""
    zara, elsa = await town.volunteer(f"{MARKER} Berg", "granna"), town.phone(ELSA)
    town.ignore(zara, elsa, town.coordinator, town.service_group, town.enterprise)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    number, person = await zara.offer("handla mat"), await id_of(town, zara.number)
    answers = [zara.sends(f"JA {number}"), zara.sends(f"NEJ {number}")]
    forgotten = [erase(town.runtime.office, person, town.clock.now()) for _ in range(2)]
    await asyncio.gather(*(answers + forgotten if first == "JA" else forgotten + answers))
    await town.settle()
    live = await town.runtime.pool.fetch("SELECT state FROM offer WHERE person_id = $1 AND (live OR state = 'accepted')", person)
    assert live == []
    assert (await row_of(town, person))["phone"] is None
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM events WHERE kind = 'person.erased'") == 1
    assert await found_in_the_schema(town, MARKER) == []


async def test_erased_people_are_shown_nowhere(town: Town) -> None:
    zara, elsa, _ = await taken(town)
    town.ignore(elsa, town.coordinator, town.service_group, town.enterprise)
    person, kept = await id_of(town, zara.number), await id_of(town, ELSA)
    async with town.signed_in("coordinator", "Karin") as karin:
        before = await karin.sees("/people")
        assert f'/people/{person}"' in before
        await forget(town, person)
        await karin.sees("/people", without=(f'/people/{person}"',))
        await karin.sees("/people?standing=stopped", without=(f'/people/{person}"',))
        for path in ("", "/edit", "/merge"):
            await karin.sees(f"/people/{person}{path}", status=404)
        await karin.sends(f"/people/{person}/pause", status=404, length="week")
        await karin.sees(f"/people/{kept}/merge?other={person}", "bli glömd", status=409)
        await karin.sees(f"/people/{kept}")


async def test_the_duplicates_go_along(town: Town) -> None:
    """A merged duplicate keeps a number: it must not lead to somebody who is forgotten."""
    zara, elsa, _ = await taken(town)
    town.ignore(elsa, town.coordinator, town.service_group, town.enterprise)
    person, duplicate = await id_of(town, zara.number), 77
    await town.runtime.pool.execute(
        "INSERT INTO person (id, phone, name, merged_into, created_at) VALUES ($1, '+46709999999', $2, $3, $4)",
        duplicate, MARKER, person, town.clock.now(),
    )  # fmt: skip
    await forget(town, duplicate)  # whichever row is known
    assert [(await row_of(town, key))["phone"] for key in (person, duplicate)] == [None, None]
    assert await found_in_the_schema(town, "709999999", MARKER) == []


async def test_no_table_knows_the_resident_any_more(town: Town) -> None:
    zara, elsa, number = await taken(town, "Zara")
    await zara.sends(f"PÅ VÄG {number}")
    await zara.expects()
    await elsa.expects()
    await elsa.sends("lägg till smör")
    await elsa.expects()
    await zara.expects("smör")
    person = await id_of(town, ELSA)
    task = await town.runtime.pool.fetchval("SELECT id FROM task")
    await fill_everything(town, person, task, account=True)
    offer = "INSERT INTO offer VALUES (9, $1, $2, 'help', 0, 99, 'declined', false, $3, $3, $3, '')"
    await town.runtime.pool.execute(offer, task, person, town.clock.now())
    planted = await plant(town, person)
    await town.runtime.pool.execute(
        "INSERT INTO sign_in_failure SELECT 'name:' || lower(name), $1 FROM account", town.clock.now()
    )
    assert {"need.text", "outbox.params", "outbox.body", "inbox.raw", "events.data", "attachment.content"} <= planted
    # What others were told of the resident, as it was said and as it would be worded again.
    told = '{"name": "%s", "phone": "%s", "address": "%s", "text": "%s", "word": "%s", "wanted": "%s", "number": 10}'
    await town.runtime.pool.execute(
        "UPDATE outbox SET params = $1::jsonb, body = $2, error = $2 WHERE person_id <> $3",
        told % (MARKER, ELSA, MARKER, MARKER, MARKER, MARKER), f"{MARKER} {ELSA}", person,
    )  # fmt: skip
    # Somebody else's request that the resident has told of.
    await town.runtime.pool.execute(
        "INSERT INTO need (id, resident_id, text, urgency, source, created_at, told_by_name, told_by_phone) "
        "SELECT 8, id, 'mat', 'normal', 'desk', created_at, $2, $3 FROM person WHERE phone = $1",
        zara.number, MARKER, ELSA,
    )  # fmt: skip
    assert await found_in_the_schema(town, MARKER)
    await forget(town, person)
    await zara.expects("avbokat")
    assert await found_in_the_schema(town, MARKER.casefold(), ELSA[3:]) == []
    # The message of the offer that stands in the chat: about to be made anew, then it goes (bots/telegram/keeper.py).
    assert await numbers_in_the_schema(town, CHAT) == ["chat_message.chat_id"]
    left = await town.runtime.pool.fetch("SELECT offer_id, version, shows, due_at <= $1 FROM chat_message", town.clock.now())
    assert [tuple(row) for row in left] == [(9, -1, "", True)]
    assert await town.runtime.pool.fetchval("SELECT outcome FROM inbox WHERE carrier_id = 'u1'") == "erased"
    # What counts has stayed.
    kinds = await town.runtime.pool.fetch("SELECT DISTINCT kind FROM events WHERE task_id = $1", task)
    assert {"task.taken", "task.started", "request.added_to", "task.cancelled"} <= {k["kind"] for k in kinds}
    need = await town.runtime.pool.fetchrow("SELECT category, area FROM need WHERE resident_id = $1", person)
    assert tuple(need) == ("groceries", "granna")
    assert await town.runtime.pool.fetchval("SELECT amount_ore FROM expense") == 9900
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sees(f"/people/{await id_of(town, zara.number)}")
        await karin.sees("/board")


async def test_no_table_knows_the_helper_any_more(town: Town) -> None:
    zara, elsa, _ = await taken(town)
    town.ignore(town.coordinator, town.service_group, town.enterprise)
    await elsa.sends("FAST?")
    await elsa.expects()
    await zara.expects("FAST?")
    person, resident = await id_of(town, zara.number), await id_of(town, ELSA)
    task = await town.runtime.pool.fetchval("SELECT id FROM task ORDER BY id LIMIT 1")
    code = await town.runtime.pool.fetchval("SELECT code FROM task WHERE id = $1", task)
    await town.api("POST", f"tasks/{code}/note", {"text": f"{MARKER} ringde, kommer senare"})
    await town.api("POST", f"tasks/{code}/note", {"text": "Elsa hör dåligt"})
    await town.runtime.pool.execute("UPDATE person SET fixed_contact = $1 WHERE id = $2", person, resident)
    await town.runtime.pool.execute(
        "INSERT INTO shift (group_key, person_id, starts_at, ends_at) "
        "VALUES ('area:granna', $1, $2, $3), ('area:granna', $1, $4, $2)",
        person, town.clock.now(), town.clock.now() + timedelta(days=1), town.clock.now() - timedelta(days=1),
    )  # fmt: skip
    await forget(town, person)
    await elsa.expects("En hjälpare kan tyvärr inte")
    assert await found_in_the_schema(town, MARKER, zara.number[3:]) == []
    assert await town.runtime.pool.fetchval("SELECT fixed_contact FROM person WHERE id = $1", resident) is None
    assert await town.runtime.pool.fetchval("SELECT count(*) FROM shift") == 1  # the one that is over counts
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sees(f"/board/{code}", "Elsa hör dåligt", "Kan någon handla mat?", without=(MARKER,))
        await karin.sees(f"/people/{resident}", without=(MARKER,))
    # The resident's own words are the resident's.
    assert await town.runtime.pool.fetchval("SELECT text FROM need WHERE resident_id = $1 ORDER BY id LIMIT 1", resident)


async def test_what_names_them_besides_their_tasks(town: Town) -> None:
    """Colleagues on a shift, and coordinators, are told of people without a task."""
    zara, elsa, _ = await taken(town)
    town.ignore(elsa, town.coordinator, town.service_group, town.enterprise)
    person, other = await id_of(town, zara.number), await id_of(town, ELSA)
    told = (f'{{"name": "{MARKER} Berg", "hour": "07:00"}}', f'{{"phone": "{zara.number}", "name": "Z"}}', '{"name": "Olle Ek"}')
    for params in told:
        await town.runtime.pool.execute(
            "INSERT INTO outbox (person_id, kind, params, body, channel, state, due_at, created_at) "
            "VALUES ($1, 'chat_blocked', $2::jsonb, $3, 'sms', 'delivered', $4, $4)",
            other, params, params, town.clock.now(),
        )  # fmt: skip
    await forget(town, person)
    assert await found_in_the_schema(town, MARKER, zara.number[3:]) == []
    rows = await town.runtime.pool.fetch("SELECT params::text, body FROM outbox WHERE kind = 'chat_blocked' ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ('{"hour": "07:00", "name": ""}', None), ('{"name": "", "phone": ""}', None), (told[2], told[2]),
    ]  # fmt: skip


async def worried(town: Town) -> tuple[Phone, Phone, str]:
    """Zara worries about Elsa, and has told the coordinators so. Returns both with the code of that task."""
    zara, elsa, _ = await taken(town)
    town.ignore(elsa, town.coordinator, town.service_group, town.enterprise)
    code = await town.runtime.pool.fetchval("SELECT code FROM task")
    await act(town.runtime.office, "concern", Act(code, zara.number, "hon verkar förvirrad"), town.clock.now())
    await town.settle()
    await zara.expects("samordnare")
    task = next(t for t in (await town.api("GET", "tasks"))["tasks"] if t["code"] != code)
    return zara, elsa, str(task["code"])


async def test_a_worry_about_somebody_outlives_who_told_of_it(town: Town) -> None:
    zara, _, code = await worried(town)
    await forget(town, await id_of(town, zara.number))
    assert await found_in_the_schema(town, MARKER, zara.number[3:]) == []
    assert (await town.api("GET", f"tasks/{code}"))["state"] == "open"
    async with town.signed_in("coordinator", "Karin") as karin:
        await karin.sees(f"/board/{code}", "hon verkar förvirrad", without=(MARKER,))


async def test_a_worry_about_somebody_who_is_forgotten_has_no_words(town: Town) -> None:
    zara, _, code = await worried(town)
    town.ignore(zara)
    await forget(town, await id_of(town, ELSA))
    assert await found_in_the_schema(town, "förvirrad", ELSA[3:]) == []
    assert (await town.api("GET", f"tasks/{code}"))["state"] == "open"  # a coordinator has heard of it, and ends it


async def test_a_message_that_is_about_to_leave_stores_no_words_afterwards(town: Town) -> None:
    zara, _, _ = await taken(town)
    person = await id_of(town, ELSA)
    leased = await town.runtime.pool.fetchval(
        "UPDATE outbox SET state = 'sending' WHERE kind = 'taken_details' RETURNING id",
    )
    await forget(town, person)
    await zara.expects("avbokat")
    assert await town.runtime.pool.fetchval("SELECT state FROM outbox WHERE id = $1", leased) == "stopped"
    assert await found_in_the_schema(town, ELSA[3:]) == []


async def test_by_a_command(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """`budkavle people erase` asks first, unless it is told not to."""
    zara, _, _ = await taken(town)
    loop = asyncio.get_running_loop()

    def with_pool(_settings: Any, _network: Any, work: Callable[[Any], Coroutine[Any, Any, Any]]) -> Any:
        return asyncio.run_coroutine_threadsafe(work(town.runtime.pool), loop).result(30)

    monkeypatch.setattr(cli, "with_pool", with_pool)

    async def run(*words: str, says: str = "") -> tuple[int, str]:
        done = await asyncio.to_thread(CliRunner().invoke, cli.main, ["people", "erase", *words], says)
        await town.settle()
        return done.exit_code, done.output

    assert await run("kanske") == (1, 'Error: "kanske" is no phone number\n')
    assert await run("070-000 00 00", "--yes") == (1, "Error: nobody has this number\n")
    status, said = await run(zara.number, says="n\n")
    assert status == 1
    assert MARKER in said
    person = await id_of(town, zara.number)
    assert await run("070-123 45 01", says="y\n") == (0, said.replace(": n", ": y").replace("Aborted!", "erased"))
    assert (await row_of(town, person))["phone"] is None
    # It is done by the real time, which this town's clock has not reached: Elsa hears of it in some years.
    assert (
        await town.runtime.pool.fetchval("SELECT count(*) FROM outbox WHERE kind = 'helper_withdrew' AND state = 'queued'") == 1
    )
    async with town.signed_in("coordinator", "Karin"):
        await town.runtime.pool.execute("UPDATE person SET phone = '+46700000009' WHERE id = (SELECT person_id FROM account)")
        status, said = await run("+46700000009", "--yes")
        assert status == 1
        assert "staff account" in said
