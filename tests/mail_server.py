"""A mail server for tests: takes letters, or answers what a test tells it to."""

import asyncio
import email
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from bots.carriers.email_smtp import MailServer

USERNAME, PASSWORD = "budkavle@kommun.example", "mail-password"


@dataclass
class Mailbox:
    """What the server has taken, and what it says instead of 250 for the next commands of a kind: "MAIL", "RCPT", "DATA"."""

    letters: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)

    def _answer(self, command: str) -> str | None:
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else None

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        if answer := self._answer("MAIL"):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:
        if answer := self._answer("RCPT"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if answer := self._answer("DATA"):
            if answer == "silence":
                await asyncio.sleep(3600)
            return answer
        self.raw.append(envelope.content)
        letter = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.recipients.append(envelope.rcpt_tos)
        return "250 OK"


def _check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (USERNAME.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right)


@asynccontextmanager
async def mail_server(box: Mailbox, security: str = "none", login: bool = False) -> AsyncIterator[MailServer]:
    """A server on a free port; yields how it is reached. login: it takes letters only from USERNAME with PASSWORD."""
    ca = trustme.CA()
    server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("localhost").configure_cert(server_tls)
    client_tls = ssl.create_default_context()
    ca.configure_trust(client_tls)

    talks: list[SMTP] = []

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Requiring AUTH")  # it does not see that the connection began with TLS
            talk = SMTP(
                box,
                hostname="localhost",
                tls_context=server_tls if security == "starttls" else None,
                require_starttls=security == "starttls",
                authenticator=_check if login else None,
                auth_required=login,
                auth_require_tls=False,
                loop=asyncio.get_running_loop(),
            )
        talks.append(talk)
        return talk

    server = await asyncio.get_running_loop().create_server(
        protocol, "localhost", 0, ssl=server_tls if security == "tls" else None
    )
    port = server.sockets[0].getsockname()[1]
    user, password = (USERNAME, PASSWORD) if login else (None, None)
    try:
        yield MailServer("localhost", port, security, user, password, client_tls)  # type: ignore[arg-type]
    finally:
        server.close()
        await _hang_up([talk.transport for talk in talks if talk.transport])


async def _hang_up(transports: list[asyncio.Transport]) -> None:
    for transport in transports:
        with suppress(AttributeError):  # older Pythons 3.11: an encrypted connection that is gone has nothing left to abort
            transport.abort()
    for _ in range(5):  # what they close is closed by the loop's next turns
        await asyncio.sleep(0)


@asynccontextmanager
async def talking_server(says: bytes) -> AsyncIterator[MailServer]:
    """A server that says this in greeting and nothing more."""

    writers: list[asyncio.StreamWriter] = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(says)
        await reader.read()

    server = await asyncio.start_server(greet, "localhost", 0)
    try:
        yield MailServer("localhost", server.sockets[0].getsockname()[1], "none")
    finally:
        server.close()
        await _hang_up([writer.transport for writer in writers])  # type: ignore[misc]
