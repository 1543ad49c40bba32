"""What the stories of people who are forgotten share: somebody who helps, and a walk through the whole schema (deploy/adr/0004).

Every column that can hold a person's words gets a marker. A new table, or a new column, fails there until it is said what erasure
does with it.
"""

from typing import Any

from dispatch.erasure import erase
from tests.acceptance.conftest import Phone, Town
from tests.conftest import SCHEMA

ELSA = "+46704444441"
MARKER = "Zebrafinken"  # stands nowhere else
CHAT = 7_700_123_456


async def id_of(town: Town, number: str) -> int:
    found = await town.runtime.pool.fetchval("SELECT id FROM person WHERE phone = $1", number)
    assert found is not None
    return int(found)


async def forget(town: Town, person: int) -> None:
    await erase(town.runtime.office, person, town.clock.now())
    await town.settle()


async def row_of(town: Town, person: int) -> Any:
    return await town.runtime.pool.fetchrow("SELECT * FROM person WHERE id = $1", person)


async def taken(town: Town, name: str = MARKER) -> tuple[Phone, Phone, int]:
    """Elsa has asked for food, and Zara, the only volunteer, comes. Returns both with the offer's number. name: Zara's."""
    zara, elsa = await town.volunteer(f"{name} Berg", "granna"), town.phone(ELSA)
    await elsa.sends("Kan någon handla mat? Bor i Gränna")
    number = await zara.offer("handla mat")
    await elsa.expects("Gränna")
    await zara.sends(f"JA {number}")
    await zara.expects(ELSA)
    await elsa.expects(name)
    return zara, elsa, number


# Columns that hold no words of a person: keys of ours, states, codes, the program's own texts.
NO_WORDS = {
    "account": {"role", "area", "group_key", "language"},
    "attachment": {"kind", "carrier", "mime"},
    "contact_attempt": {"how"},
    "conversation": {"flow", "step"},
    "checklist_tick": {"items"},
    "consent": {"how"},
    "events": {"kind"},
    "expense": {"state", "paid_how"},
    "group_chat": {"purpose", "area"},
    "group_member": {"group_key", "source"},
    "inbox": {"carrier", "carrier_id", "outcome"},
    "need": {"category", "area", "urgency", "source", "located", "from_area", "holidays"},
    "offer": {"kind", "state", "group_key"},
    "open311_request": {"group_key", "state"},
    "outbox": {"kind", "channel", "state", "carrier", "handled_how"},
    "outgoing_call": {"purpose", "state", "carrier", "carrier_id", "outcome", "messages"},
    "phone_chat": {"state", "stage", "last_outcome", "ended_how"},
    "phone_chat_wish": {"side", "times"},
    "person": {"language", "vetting", "avatar", "travels", "system"},
    "session": {"csrf", "agent", "token_hash"},
    "shift": {"group_key", "stage", "source"},
    "sign_in_link": {"token_hash"},
    "phone_call": set("carrier carrier_id called language state step pressed outcome rung ringing choices".split()),
    "task": {"code", "state", "code_word", "ladder", "human", "asks", "deadline", "choices", "planned_as", "routine"},
    "vetting_entry": {"state"},
}
# Tables with nothing of a person's own.
NOT_PEOPLES = {"groups", "migrations", "board_task", "case_doc", "service_person", "sign_in_failure", "carrier_health"}
# What the map and the gazetteer are made of is public.
NOT_PEOPLES |= {"area_outline", "area_version", "gazetteer_source", "gazetteer_name", "gazetteer_address", "gazetteer_spelling"}
# Ladders say who is asked in which order, and never name anybody; who saved one is a reference that erasure empties of words.
NOT_PEOPLES |= {"ladder_edit"}
# Rotas and holes are of groups; who has a turn, and who stands in for whom, are ids.
NOT_PEOPLES |= {"rota", "rota_member", "stand_in", "shift_override", "shift_hole", "rota_watch"}
# A calendar address has ids only, and goes when its person is forgotten.
NOT_PEOPLES |= {"calendar_feed"}
# What an online geocoder has answered says what stands on the public map, and neither who lives there nor who asked, nor when.
NOT_PEOPLES |= {"geocoder_answer", "geocoder_turn"}
# A thing that is out stays out, whoever has it: a loan holds days and states, and no words.
NOT_PEOPLES |= {"equipment", "loan"}
OWN_TASKS = "(SELECT t.id FROM task t JOIN need n ON n.id = t.need_id WHERE n.resident_id = $1)"
# Which rows are the person's. $1: the person, $2: the account in the chat.
WHOSE = {
    "account": "person_id = $1",
    "attachment": f"person_id = $1 OR task_id IN {OWN_TASKS}",
    "chat_message": "chat_id = $2",
    "consent": "person_id = $1",
    "conversation": "chat_id = $2 OR person_id = $1",
    "events": f"person_id = $1 OR task_id IN {OWN_TASKS}",
    "checklist_tick": "person_id = $1",
    "expense": "person_id = $1",
    "inbox": "person_id = $1 OR chat_id = $2",
    "need": "resident_id = $1",
    "offer": "person_id = $1",
    "open311_request": f"task_id IN {OWN_TASKS}",
    "outbox": "person_id = $1",
    "person": "id = $1",
    "phone_call": "person_id = $1",
    "phone_chat_wish": "person_id = $1",
    "vetting_entry": "person_id = $1",
    "session": "account_id IN (SELECT id FROM account WHERE person_id = $1)",
}
# What a marker {m} is in a column of each type.
SAID = '{{"text": "{m}", "note": "{m}", "reason": "{m}", "names": ["{m}"], "was": {{"wanted": "{m}"}}, "{m}": "x"}}'
TEXTS = {"text": "'{m}'", "ARRAY": "ARRAY['{m}']", "bytea": "convert_to('{m}', 'UTF8')", "jsonb": f"'{SAID}'"}


async def columns(town: Town) -> list[tuple[str, str, str]]:
    """Every column of every table that holds text or JSON or bytes: table, column, type."""
    rows = await town.runtime.pool.fetch(
        """SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c
           JOIN information_schema.tables t USING (table_schema, table_name)
           WHERE c.table_schema = $1 AND t.table_type = 'BASE TABLE'
             AND (c.data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY')) ORDER BY 1, 2""",
        SCHEMA,
    )
    return [tuple(row) for row in rows]


async def found_in_the_schema(town: Town, *words: str) -> list[str]:
    """Where one of the words stands: in any column of any table, whatever its type."""
    found = []
    for table, column, kind in await columns(town):
        shown = f"convert_from({column}, 'LATIN1')" if kind == "bytea" else f"{column}::text"
        for word in words:
            if await town.runtime.pool.fetchval(f"SELECT count(*) FROM {table} WHERE {shown} ILIKE '%{word}%'"):
                found.append(f"{table}.{column}: {word}")
    return found


async def numbers_in_the_schema(town: Town, number: int) -> list[str]:
    """Where a number stands, such as an account in a chat."""
    rows = await town.runtime.pool.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = $1 AND data_type = 'bigint'", SCHEMA
    )
    pool = town.runtime.pool
    return [f"{t}.{c}" for t, c in rows if await pool.fetchval(f"SELECT count(*) FROM {t} WHERE {c} = $1", number)]


async def plant(town: Town, person: int) -> set[str]:
    """A marker in every column of the person's rows that can hold words. Returns where."""
    planted = set()
    for table, column, kind in await columns(town):
        if table in NOT_PEOPLES or column in NO_WORDS.get(table, ()):
            continue
        assert table in WHOSE, f"{table} is new: say whose its rows are, or that they are nobody's"
        value = TEXTS.get(kind, TEXTS["text"]).format(m=f"{MARKER} {table}.{column}")
        if (table, column) == ("person", "phone"):
            continue  # the number itself is searched for
        if (table, column) == ("inbox", "alias"):
            value += " || id"  # no two alike
        where = WHOSE[table].replace("$1", str(person)).replace("$2", str(CHAT))
        status = await town.runtime.pool.execute(f"UPDATE {table} SET {column} = {value} WHERE {where}")
        assert status != "UPDATE 0", f"the story has no row of {table} to plant something in"
        planted.add(f"{table}.{column}")
    return planted


async def fill_everything(town: Town, person: int, task: int, account: bool) -> None:
    """Rows of the person's in the tables that a conversation by SMS does not reach."""
    now, pool = town.clock.now(), town.runtime.pool
    await pool.execute("UPDATE person SET telegram_id = $2 WHERE id = $1", person, CHAT)
    await pool.execute("INSERT INTO conversation VALUES ($2, 'register', 'name', '{}', $1)", now, CHAT)
    await pool.execute("INSERT INTO conversation VALUES (NULL, 'register', 'name', '{}', $1, $2)", now, person)
    await pool.execute(
        "INSERT INTO chat_message (chat_id, message_id, task_id, offer_id, version, due_at) "
        "VALUES ($2, 5, $3, NULL, 1, $1), ($2, 6, $3, 9, 1, $1)",
        now, CHAT, task,
    )  # fmt: skip
    await pool.execute(
        """INSERT INTO attachment (id, task_id, person_id, kind, carrier, file_id, mime, created_at, due_at)
           VALUES (1, $2, $3, 'photo', 'telegram', 'f', 'image/jpeg', $1, $1)""", now, task, person,
    )  # fmt: skip
    await pool.execute("INSERT INTO expense VALUES (1, $2, $3, 9900, false, 1, $1)", now, task, person)
    await pool.execute("INSERT INTO consent (person_id, at, how) VALUES ($2, $1, 'phone')", now, person)
    await pool.execute("INSERT INTO vetting_entry (person_id, at, state) VALUES ($2, $1, 'valid')", now, person)
    await pool.execute("INSERT INTO phone_chat_wish (person_id, side, created_at) VALUES ($2, 'resident', $1)", now, person)
    await pool.execute("INSERT INTO group_chat VALUES (-5, 0, 'duty', NULL, $1, $2, NULL)", now, CHAT)
    await pool.execute(
        "INSERT INTO inbox (carrier, carrier_id, sender, text, outcome, raw, chat_id, received_at) "
        "VALUES ('telegram', 'u1', '', '', 'waiting', '{}', $2, $1)", now, CHAT,
    )  # fmt: skip
    await pool.execute("INSERT INTO events (at, kind, data) VALUES ($1, 'person.restarted', '{}')", now)
    await pool.execute(
        "INSERT INTO open311_request (task_id, group_key, state, due_at, created_at) VALUES ($2, 'service', 'open', $1, $1)",
        now, task,
    )  # fmt: skip
    await pool.execute(
        "INSERT INTO phone_call (id, carrier, carrier_id, person_id, called, language, state, step, turn, received_at,"
        " changed_at, ended_at) VALUES (1, '46elks', 'c1', $2, '+4636', 'sv', 'ended', '', 1, $1, $1, $1)", now, person,
    )  # fmt: skip
    if not account:
        return
    made = await pool.fetchval(
        "INSERT INTO account (name, person_id, role, created_at, disabled_at) VALUES ($1, $2, 'operator', $3, $3) RETURNING id",
        f"{MARKER} account", person, now,
    )  # fmt: skip
    await pool.execute("INSERT INTO session VALUES (sha256('1'), $1, 'c', 'agent', $2, $2, $2)", made, now)
