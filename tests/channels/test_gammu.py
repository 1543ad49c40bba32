"""Gammu: in, out, receipts and duplicates, as labelled tables, on real PostgreSQL with gammu's tables."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bots.carriers.gammu import headers
from bots.carriers.gammu_inbox import concatenation
from bots.inbound import DatabaseDown
from dispatch import sms
from dispatch.outbox import CarrierRefused, Text
from tests.channels.gammu_desk import BO, ELSA, Desk, open_desk
from tests.conftest import SCHEMA


@pytest.fixture
async def desk(database: dict[str, Any], empty_database: dict[str, Any], tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_desk(database, empty_database, tmp_path, alone=False) as one:
        yield one


# Incoming.
EMOJI = "😀".encode("utf-16-be")
IN: list[tuple[str, str, dict[str, Any], str, str | None, str]] = [
    ("plain", "Hej åäö €[]", {}, ELSA, ELSA, "Hej åäö €[]"),
    ("Arabic and emoji", "مرحبا 😀👍🏽", {}, ELSA, ELSA, "مرحبا 😀👍🏽"),
    ("quotes, a backslash and lines", 'it\'s \\ 100% "x"\nrad 2', {}, ELSA, ELSA, 'it\'s \\ 100% "x"\nrad 2'),
    ("a sender without country code", "Hej", {"SenderNumber": "0701000001"}, "0701000001", ELSA, "Hej"),
    ("a sender that is a name", "Saldo", {"SenderNumber": "Telia"}, "Telia", None, "Saldo"),
    ("no sender", "Hej", {"SenderNumber": ""}, "okänt nummer", None, "Hej"),
    ("an empty text", "", {}, ELSA, ELSA, ""),
    ("data for a program, such as a picture's address", "", {"Coding": "8bit", "Text": "0605"}, ELSA, ELSA, "(bild)"),
    ("Text in no hex, as other programs write it", "Hej", {"Text": "Hej"}, ELSA, ELSA, "Hej"),
    ("a header of something else", "Hej", {"UDH": "0605040B8423F0"}, ELSA, ELSA, "Hej"),
    ("a header that cannot be read", "Hej", {"UDH": "05000"}, ELSA, ELSA, "Hej"),
    ("a text of one part that says so", "Hej", {"UDH": "050003010101"}, ELSA, ELSA, "Hej"),
]


@pytest.mark.parametrize(("text", "columns", "sender", "phone", "read"), [r[1:] for r in IN], ids=[r[0] for r in IN])
async def test_an_incoming_sms(desk: Desk, text: str, columns: dict[str, Any], sender: str, phone: str | None, read: str) -> None:
    await desk.arrives(text, **columns)
    assert await desk.modem.work() == 1
    (inbound,) = desk.taken
    assert (inbound.carrier, inbound.sender, inbound.phone, inbound.text) == ("gammu", sender, phone, read)
    assert await desk.unread() == []


async def test_what_the_operators_menus_say_is_nobodys_text(desk: Desk) -> None:
    await desk.arrives("Ditt saldo är 100 kr", Class=127)
    await desk.modem.work()
    assert (desk.taken, await desk.unread()) == ([], [])


async def test_texts_keep_their_order(desk: Desk) -> None:
    for n in range(30):
        await desk.arrives(str(n), ELSA if n % 2 else BO)
    await desk.modem.work()
    assert [i.text for i in desk.taken] == [str(n) for n in range(30)]
    assert len({i.carrier_id for i in desk.taken}) == 30


# The parts of long texts: (text, header, sender, characters in hex when they are not the text's).
A, B, C = "050003A70301", "050003A70302", "050003A70303"
Part = tuple[str, str] | tuple[str, str, dict[str, Any]]
PARTS: list[tuple[str, list[Part], list[str]]] = [
    ("in order", [("ett ", A), ("två ", B), ("tre", C)], ["ett två tre"]),
    ("out of order", [("tre", C), ("ett ", A), ("två ", B)], ["ett två tre"]),
    ("a part twice", [("ett ", A), ("ett ", A), ("två ", B), ("tre", C)], ["ett två tre"]),
    ("as smsd 1.42 writes them: all in the first row",
     [("ett två ", "050003010201", {"Text": "ett ".encode("utf-16-be").hex()}),
      ("", "050003010202", {"Text": "två ".encode("utf-16-be").hex()})], ["ett två "]),
    ("one part late, after smsd has given the others",
     [("ett tre", A, {"Text": "ett ".encode("utf-16-be").hex()}), ("", C, {"Text": "tre".encode("utf-16-be").hex()}),
      ("två ", B)], ["ett två tre"]),
    ("an emoji cut in two",
     [("", "050003010201", {"Text": (b"\0a" + EMOJI[:2]).hex()}), ("", "050003010202", {"Text": (EMOJI[2:] + b"\0b").hex()})],
     ["a😀b"]),
    ("sixteen-bit references", [("två", "06080412340202"), ("ett ", "06080412340201")], ["ett två"]),
    ("a header with more in it", [("ett ", "0A2401010003A70201"), ("två", "0A2401010003A70202")], ["ett två"]),
    ("no hex", [("ett ", "050003010201", {"Text": ""}), ("två", "050003010202", {"Text": ""})], ["ett två"]),
    ("two texts of one sender", [("a", "050003010201"), ("c", "050003020201"), ("d", "050003020202"), ("b", "050003010202")],
     ["cd", "ab"]),
    ("a reference that has come round",
     [("a", "050003010201"), ("b", "050003010202"), ("c", "050003010201"), ("d", "050003010202")], ["ab", "cd"]),
    ("two senders with one reference",
     [("a", "050003010201"), ("c", "050003010201", {"SenderNumber": BO}), ("b", "050003010202"),
      ("d", "050003010202", {"SenderNumber": BO})], ["ab", "cd"]),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "texts"), [row[1:] for row in PARTS], ids=[row[0] for row in PARTS])
async def test_a_long_text_is_joined(desk: Desk, parts: list[Part], texts: list[str]) -> None:
    """A row at a time, with a look after each: nothing is read before it is whole."""
    for text, header, *columns in parts:
        await desk.arrives(text, header=header, **(columns[0] if columns else {}))  # type: ignore[arg-type]
        await desk.modem.work()
    assert [i.text for i in desk.taken] == texts
    assert await desk.unread() == []


async def test_a_part_that_never_comes(desk: Desk) -> None:
    """Somebody may need help: after ten minutes what has come is read as it is, and what comes then is read too."""
    await desk.arrives("ont i bröstet ", header=B)
    await desk.arrives("Hej")
    await desk.modem.work()
    assert [i.text for i in desk.taken] == ["Hej"]
    await desk.passes(minutes=9)
    await desk.modem.work()
    assert len(desk.taken) == 1
    await desk.passes(minutes=1, seconds=2)
    await desk.modem.work()
    assert [i.text for i in desk.taken] == ["Hej", "ont i bröstet "]
    await desk.arrives("sent", header=C)
    await desk.passes(minutes=11)
    await desk.modem.work()
    assert [i.text for i in desk.taken][2:] == ["sent"]


HEADERS = [
    ("none", "", None),
    ("a lone octet", "05", None),
    ("no hex", "xyz", None),
    ("cut short", "050003A703", None),
    ("a part beyond all parts", "050003A70304", None),
    ("part zero", "050003A70300", None),
    ("eight bits", "050003A70302", ("a7", 3, 2)),
    ("sixteen bits", "0608041234FF01", ("1234", 255, 1)),
]


@pytest.mark.parametrize(("header", "expected"), [row[1:] for row in HEADERS], ids=[row[0] for row in HEADERS])
def test_a_header_of_parts(header: str, expected: tuple[str, int, int] | None) -> None:
    assert concatenation(header) == expected


# Duplicates and crashes.
async def test_a_row_is_read_only_when_its_text_is_stored(desk: Desk) -> None:
    """Neither the database nor the disk takes it: it stays, and what comes behind it waits too."""
    await desk.arrives("ett")
    await desk.arrives("två")
    desk.broken = DatabaseDown()
    (desk.modem.reception.spool._directory).write_text("no directory")
    assert await desk.modem.work() == 0
    assert len(await desk.unread()) == 2
    desk.broken = None
    desk.modem.reception.spool._directory.unlink()
    desk.modem.reception.spool.look()
    await desk.modem.work()
    assert [i.text for i in desk.taken] == ["ett", "två"]


async def test_a_process_that_died_after_storing(desk: Desk) -> None:
    """The row comes again with the same id, and is known by it."""
    await desk.arrives("ett ", header="050003010201")
    await desk.arrives("två", header="050003010202")
    await desk.modem.work()
    ids = [i.carrier_id for i in desk.taken]
    await desk.gammu.execute('ALTER TABLE inbox DISABLE TRIGGER update_timestamp; UPDATE inbox SET "Processed" = false')
    await desk.modem.work()
    assert [i.carrier_id for i in desk.taken] == ids
    assert await desk.unread() == []


async def test_a_database_of_gammus_that_is_made_anew(desk: Desk) -> None:
    """Its IDs begin at 1 again: the same words from the same sender are another text."""
    for _ in range(2):
        await desk.gammu.execute("TRUNCATE inbox RESTART IDENTITY")
        assert await desk.arrives("Hej") == 1
        await desk.modem.work()
        await asyncio.sleep(1.1)
    assert len(desk.taken) == 2


# Outgoing.
LONG = "".join(f"{n:03d} ord åäö. " for n in range(25))
OUT: list[tuple[str, str, str, int]] = [
    ("plain", "Hej åäö", "Default_No_Compression", 1),
    ("signs of the second table", "€[]{}|^~\\ 'x' \"y\"", "Default_No_Compression", 1),
    ("exactly one", "x" * 160, "Default_No_Compression", 1),
    ("one too many", "x" * 161, "Default_No_Compression", 2),
    ("a sign of two at the edge", "x" * 152 + "€" + "y" * 10, "Default_No_Compression", 2),
    ("three parts", LONG, "Default_No_Compression", 3),
    ("Arabic", "مرحبا", "Unicode_No_Compression", 1),
    ("long Arabic", "مرحبا " * 20, "Unicode_No_Compression", 2),
    ("an emoji at the edge", "م" * 66 + "😀" + "م" * 5, "Unicode_No_Compression", 2),
    ("Ukrainian", "Привіт", "Unicode_No_Compression", 1),
]


@pytest.mark.parametrize(("body", "coding", "count"), [row[1:] for row in OUT], ids=[row[0] for row in OUT])
async def test_sending(desk: Desk, body: str, coding: str, count: int) -> None:
    sent = await desk.modem.carrier.send(Text(0xA7, ELSA, body))
    (first,) = await desk.gammu.fetch("SELECT * FROM outbox")
    rest = await desk.gammu.fetch('SELECT * FROM outbox_multipart ORDER BY "SequencePosition"')
    parts = [first, *rest]
    assert len(parts) == count == sms.parts(body)
    assert "".join(p["TextDecoded"] for p in parts) == body
    assert {p["Coding"] for p in parts} == {coding}
    assert [p["UDH"] for p in parts] == ([f"050003A7{count:02X}{n:02X}" for n in range(1, count + 1)] if count > 1 else [None])
    assert (first["DestinationNumber"], first["MultiPart"], first["Priority"]) == (ELSA, count > 1, 0)
    assert [r["SequencePosition"] for r in rest] == list(range(2, count + 1))
    assert sent.carrier == "gammu"
    assert first["CreatorID"] == sent.carrier_id
    assert sent.carrier_id.startswith(f"budkavle/{SCHEMA}/167/")


def test_headers() -> None:
    assert headers(0x1FF, 2) == ["050003FF0201", "050003FF0202"]


async def test_what_is_about_danger_goes_first(desk: Desk) -> None:
    await desk.modem.carrier.send(Text(1, ELSA, "Ring 112", urgent=True))
    assert await desk.gammu.fetchval('SELECT "Priority" FROM outbox') == 100


async def test_a_number_too_long_is_refused(desk: Desk) -> None:
    with pytest.raises(CarrierRefused):
        await desk.modem.carrier.send(Text(1, "+" + "4" * 20, "Hej"))


async def test_a_sender_that_died_before_it_could_note_it(desk: Desk) -> None:
    """It is given once more, and is there already: waiting, or sent. Another text, or another number, is another one."""
    first = await desk.modem.carrier.send(Text(1, ELSA, "Hej"))
    assert await desk.modem.carrier.send(Text(1, ELSA, "Hej")) == first
    await desk.smsd_sends("SendingOK")
    assert await desk.modem.carrier.send(Text(1, ELSA, "Hej")) == first
    assert await desk.gammu.fetchval("SELECT count(*) FROM outbox") == 0
    for text in (Text(1, ELSA, "Hej då"), Text(1, BO, "Hej"), Text(11, ELSA, "Hej"), Text(0, ELSA, "Hej"), Text(0, ELSA, "Hej")):
        assert await desk.modem.carrier.send(text) != first
    assert await desk.gammu.fetchval("SELECT count(*) FROM outbox") == 5


@pytest.mark.parametrize("status", ["SendingError", "Error", "DeliveryFailed"])
async def test_one_that_failed_is_given_again(desk: Desk, status: str) -> None:
    first = await desk.modem.carrier.send(Text(1, ELSA, "Hej"))
    await desk.smsd_sends(status)
    assert await desk.modem.carrier.send(Text(1, ELSA, "Hej")) != first


# What became of them.
ENDS: list[tuple[str, list[str], str]] = [
    ("sent", ["SendingOK"], "sent"),
    ("sent, no report asked for", ["SendingOKNoReport"], "sent"),
    ("not sent", ["SendingError"], "failed"),
    ("a fault of smsd's", ["Error"], "failed"),
    ("arrived", ["DeliveryOK"], "delivered"),
    ("not arrived", ["DeliveryFailed"], "failed"),
    ("on its way", ["DeliveryPending"], "sent"),
    ("nobody knows", ["DeliveryUnknown"], "sent"),
    ("all parts arrived", ["DeliveryOK", "DeliveryOK"], "delivered"),
    ("one part arrived", ["DeliveryOK", "SendingOK"], "sent"),
    ("one part did not", ["DeliveryOK", "DeliveryFailed"], "failed"),
    ("one part was not sent", ["SendingOK", "SendingError"], "failed"),
]


@pytest.mark.parametrize(("statuses", "state"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
async def test_what_became_of_a_text(desk: Desk, statuses: list[str], state: str) -> None:
    message, _ = await desk.sent_message("x" * 161 if len(statuses) > 1 else "Hej")
    await desk.smsd_sends(*statuses)
    noted = await desk.modem.work()
    assert await desk.state(message) == state
    assert (noted, len(desk.changed)) == ((0, 0) if state == "sent" else (1, 1))
    assert await desk.modem.work() == 0, "an end is noted once"


async def test_a_report_that_comes_later(desk: Desk) -> None:
    message, _ = await desk.sent_message()
    await desk.smsd_sends("SendingOK")
    await desk.modem.work()
    await desk.gammu.execute("UPDATE sentitems SET \"Status\" = 'DeliveryOK'")
    await desk.modem.work()
    assert await desk.state(message) == "delivered"


async def test_parts_that_are_still_being_sent(desk: Desk) -> None:
    """The first has arrived before the second has left: that is no end yet."""
    message, mark = await desk.sent_message("x" * 161)
    await desk.smsd_sends("DeliveryOK")
    await desk.gammu.execute('INSERT INTO outbox ("CreatorID", "TextDecoded") VALUES ($1, \'x\')', mark)
    await desk.modem.work()
    assert await desk.state(message) == "sent"


async def test_what_others_send_is_left_alone(desk: Desk) -> None:
    """Another program, and another network at the same modem."""
    message, _ = await desk.sent_message()
    await desk.smsd_sends("SendingError")
    await desk.gammu.execute(
        "UPDATE sentitems SET \"CreatorID\" = 'budkavle/granna/' || split_part(\"CreatorID\", '/', 3) || '/x'"
    )
    assert await desk.modem.work() == 0
    assert await desk.state(message) == "sent"
    await desk.gammu.execute("UPDATE sentitems SET \"CreatorID\" = ''")
    assert await desk.modem.work() == 0


async def test_a_message_that_is_no_more(desk: Desk) -> None:
    """Our database was made anew, or the person was forgotten."""
    message, _ = await desk.sent_message()
    await desk.ours.execute("DELETE FROM outbox WHERE id = $1", message)
    await desk.smsd_sends("SendingError")
    assert (await desk.modem.work(), await desk.modem.work()) == (1, 0)
