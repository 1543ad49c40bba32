"""E-mail: what is sent, what is refused for good, what is tried again, as labelled tables against a real SMTP conversation."""

import re
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Any

import pytest

from bots.carriers import email_smtp
from bots.carriers.email_smtp import EmailSmtp, MailServer
from dispatch.outbox import CarrierRefused, CarrierUnavailable, Text
from tests.mail_server import Mailbox, mail_server, talking_server

SERVICE = "servicegrupp@kommun.example"
NOW = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
SENDER = Address("Jönköpings hjälpnätverk", addr_spec="svara-inte@kommun.example")


def sender(server: MailServer) -> EmailSmtp:
    return EmailSmtp(server, SENDER, "jonkoping", lambda: NOW)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("login", [False, True], ids=["no login", "login"])
async def test_a_letter_arrives(security: str, login: bool) -> None:
    """In whichever way the municipality's server wants it."""
    box = Mailbox()
    async with mail_server(box, security, login) as server:
        sent = await sender(server).send(Text(42, SERVICE, "Handla mat, Gränna.\nTel +46701000001 – tack!", "Ärende K7M2"))
    (letter,) = box.letters
    assert box.recipients == [[SERVICE]]
    assert letter["Subject"] == "Ärende K7M2"
    assert str(letter["From"]) == "Jönköpings hjälpnätverk <svara-inte@kommun.example>"
    assert letter["To"] == SERVICE
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Date"] == "Wed, 08 Apr 2020 07:00:00 +0000"
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().splitlines() == ["Handla mat, Gränna.", "Tel +46701000001 – tack!"]
    assert letter["Message-ID"] == sent.carrier_id
    assert re.fullmatch(r"<42\.[0-9a-f]{12}\.jonkoping@kommun\.example>", sent.carrier_id)


async def test_every_try_of_one_message_is_the_same_letter() -> None:
    """So that a letter that was sent twice is shown once; another message is another letter."""
    mail = sender(MailServer("localhost", 1))
    ids = [mail.letter(SERVICE, text, number, "")["Message-ID"] for text, number in [("a", 1), ("a", 1), ("b", 1), ("a", 2)]]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


REFUSALS = [
    ("the recipient is unknown", {"RCPT": ["550 5.1.1 no such user"]}, CarrierRefused, "550"),
    ("the mailbox is full", {"RCPT": ["552 5.2.2 over quota"]}, CarrierRefused, "552"),
    ("the letter is taken for spam", {"DATA": ["554 5.7.1 looks like spam"]}, CarrierRefused, "554"),
    ("greylisted", {"RCPT": ["451 4.7.1 try again later"]}, CarrierUnavailable, "451"),
    ("too many letters", {"DATA": ["452 4.3.1 too busy"]}, CarrierUnavailable, "452"),
    ("the sender is not allowed", {"MAIL": ["553 5.7.1 not your address"]}, CarrierUnavailable, "553"),
]


@pytest.mark.parametrize(("answers", "outcome", "says"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
async def test_refused_for_good_or_for_now(answers: dict[str, list[str]], outcome: type[Exception], says: str) -> None:
    """About the recipient or the letter: never again. About the server, the sender or the hour: later."""
    box = Mailbox(answers=answers)
    async with mail_server(box) as server:
        with pytest.raises(outcome, match=says) as raised:
            await sender(server).send(Text(1, SERVICE, "hemlig text", "x"))
        assert "hemlig" not in str(raised.value)
        assert box.letters == []
        await sender(server).send(Text(1, SERVICE, "hemlig text", "x"))  # what was wrong has passed
        assert len(box.letters) == 1


SILENT: list[tuple[str, bytes, str]] = [
    ("the server is busy", b"421 4.3.2 closing\r\n", "421"),
    ("the server refuses this machine", b"554 5.7.1 no service for you\r\n", "554"),
    ("nonsense in greeting", b"HTTP/1.1 400 Bad Request\r\n\r\n", "mail server"),
    ("a server that says nothing", b"", "did not answer in time"),
]


@pytest.mark.parametrize(("greeting", "says"), [row[1:] for row in SILENT], ids=[row[0] for row in SILENT])
async def test_a_server_that_takes_nobody(greeting: bytes, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(email_smtp, "PATIENCE", 0.4)
    async with talking_server(greeting) as server:
        with pytest.raises(CarrierUnavailable, match=says):
            await sender(server).send(Text(1, SERVICE, "Hej"))


async def test_a_server_that_is_not_there() -> None:
    with pytest.raises(CarrierUnavailable, match="cannot be reached"):
        await sender(MailServer("localhost", 9, "none")).send(Text(1, SERVICE, "Hej"))
    with pytest.raises(CarrierUnavailable, match="cannot be reached"):
        await sender(MailServer("mail.invalid", 25, "none")).send(Text(1, SERVICE, "Hej"))


async def test_a_server_that_falls_silent_over_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given up before the outbox's lease runs out."""
    monkeypatch.setattr(email_smtp, "PATIENCE", 0.4)
    async with mail_server(Mailbox(answers={"DATA": ["silence"]})) as server:
        with pytest.raises(CarrierUnavailable, match="in time"):
            await sender(server).send(Text(1, SERVICE, "Hej"))


async def test_a_wrong_password_waits_for_somebody_to_mend_it() -> None:
    async with mail_server(Mailbox(), "starttls", login=True) as server:
        with pytest.raises(CarrierUnavailable, match="user name and password") as raised:
            await sender(replace(server, password="wrong-one")).send(Text(1, SERVICE, "Hej"))
        assert "wrong-one" not in str(raised.value)


UNSAFE: list[tuple[str, str, dict[str, Any]]] = [
    ("a server without STARTTLS", "none", {"security": "starttls"}),
    ("a certificate that nobody knows", "starttls", {"tls": ssl.create_default_context()}),
    ("a certificate for another name", "tls", {"host": "127.0.0.1"}),
]


@pytest.mark.parametrize(("offered", "wanted"), [row[1:] for row in UNSAFE], ids=[row[0] for row in UNSAFE])
async def test_no_letter_and_no_password_in_the_clear(offered: str, wanted: dict[str, Any]) -> None:
    """Encryption that was asked for is never done without."""
    box = Mailbox()
    async with mail_server(box, offered) as server:
        with pytest.raises(CarrierUnavailable):
            await sender(replace(server, **wanted)).send(Text(1, SERVICE, "Hej"))
    assert box.letters == []


HOSTILE = [
    ("CRLF in the subject", "K7M2\r\nBcc: alla@example.org", "Hej", {"Subject": "K7M2 Bcc: alla@example.org"}),
    ("a lone LF and NUL", "a\nX-Evil: 1\x00b", "Hej", {"Subject": "a X-Evil: 1 b"}),
    ("a line separator", "a\u2028Bcc: b@example.org", "Hej", {"Subject": "a Bcc: b@example.org"}),
    (
        "an encoded word",
        "=?utf-8?q?=0D=0ABcc=3A_x=40example.org?=",
        "Hej",
        {"Subject": "= ?utf-8?q?=0D=0ABcc=3A_x=40example.org?="},
    ),
    ("ten thousand characters", "å" * 10_000, "Hej", {"Subject": "å" * 120}),
    ("headers in the text", "x", "Bcc: alla@example.org\r\n\r\nHej", {}),
    ("a lone dot, which ends a letter", "x", "före\r\n.\r\nMAIL FROM:<a@example.org>\r\nefter", {}),
    ("a line of ten thousand characters", "x", "å" * 10_000, {}),
    ("markup", "<b>x</b>", "<script>alert(1)</script>", {"Subject": "<b>x</b>"}),
]


@pytest.mark.parametrize(("subject", "text", "headers"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
async def test_hostile_words_stay_words(subject: str, text: str, headers: dict[str, str]) -> None:
    """What somebody wrote in a name or a message is never a header, a recipient or a second letter."""
    box = Mailbox()
    async with mail_server(box) as server:
        await sender(server).send(Text(1, SERVICE, text, subject))
    (letter,) = box.letters
    assert box.recipients == [[SERVICE]]
    assert set(letter.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
    }  # fmt: skip
    assert {name: str(letter[name]) for name in headers} == headers
    assert letter.get_content().splitlines() == text.splitlines()
    assert max(len(line) for line in box.raw[0].split(b"\r\n")) <= 998


@pytest.mark.parametrize("address", ["a@b\r\nBcc: c@example.org", "ingen adress", "", "@", "a@", "två@ord sex"])
async def test_what_is_no_address_is_refused_before_anything_is_said(address: str) -> None:
    with pytest.raises(CarrierRefused):
        await sender(MailServer("localhost", 9, "none")).send(Text(1, address, "Hej"))
