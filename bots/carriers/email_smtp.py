"""E-mail by SMTP: one text, one plain message, handed to the mail server of the settings. Nothing is decided here.

Sources: RFC 5321 (reply codes), RFC 5322 (message format), RFC 3834 (automatic messages say so). Reports of what bounces
later come to the sender's own mailbox, as mail does; there are no delivery receipts.
"""

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE_FORMAT
from email.utils import format_datetime
from typing import Literal

import aiosmtplib

from dispatch.email_addresses import read_email
from dispatch.outbox import CarrierRefused, CarrierUnavailable, Sent, Text

NAME = "email"
PATIENCE = 40.0  # seconds for the whole conversation; shorter than the outbox's lease
LONGEST_SUBJECT = 120
Security = Literal["starttls", "tls", "none"]
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """The mail server that letters are handed to. username None: it asks for no login."""

    host: str
    port: int
    security: Security = "starttls"
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None  # None: certificates are checked against the machine's own list

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A conversation with the server, encrypted and logged in as the settings say.

        Raises aiosmtplib.SMTPException, OSError or TimeoutError: see `what_is_wrong`.
        """
        client = aiosmtplib.SMTP(
            hostname=self.host,
            port=self.port,
            username=self.username,
            password=self.password,
            use_tls=self.security == "tls",
            start_tls=self.security == "starttls",
            tls_context=self.tls,
            timeout=PATIENCE / 2,
        )
        async with asyncio.timeout(PATIENCE), client:
            yield client


class EmailSmtp:
    """Sends by SMTP. sender: the address in From, and where mail servers report what they could not deliver."""

    def __init__(self, server: MailServer, sender: Address, network: str, now: Callable[[], datetime]) -> None:
        self._server = server
        self._sender = sender
        self._network = network
        self._now = now

    async def send(self, text: Text) -> Sent:
        """Send one letter. Raises CarrierRefused when the server will never take it for this recipient, CarrierUnavailable
        when it cannot now, or when what is wrong is the login or the sender: somebody mends that, and then letters go out.
        """
        letter = self.letter(text.to, text.body, text.id, text.subject)
        handed_over = False
        try:
            async with self._server.session() as session:
                await session.send_message(letter, sender=self._sender.addr_spec, recipients=[text.to])
                handed_over = True
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            if not handed_over:  # a goodbye that goes wrong must not send the letter twice
                raise _outcome(error) from error
        return Sent(NAME, str(letter["Message-ID"]))

    def letter(self, to: str, text: str, message_id: int, subject: str) -> EmailMessage:
        """The letter as it is sent. Raises CarrierRefused when `to` is no address.

        Nothing that a person wrote can become a header: see `one_line`.
        """
        letter = EmailMessage(policy=WIRE_FORMAT)
        address = read_email(to)
        if address is None:
            raise CarrierRefused("the person's e-mail address is none")
        letter["From"] = self._sender
        letter["To"] = address
        letter["Subject"] = one_line(subject)[:LONGEST_SUBJECT]
        letter["Date"] = format_datetime(self._now())
        # The same at every try of the same message, so that mail programs show one letter; never that of another network
        # or of an earlier database.
        mark = hashlib.sha256(f"{to}\n{text}".encode()).hexdigest()[:12]
        letter["Message-ID"] = f"<{message_id}.{mark}.{self._network}@{self._sender.domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text, charset="utf-8", cte="quoted-printable")
        return letter


def one_line(text: str) -> str:
    """The text as one line for a header: no control characters, and no "=?", which the email package would decode into
    whatever somebody has hidden behind it, line breaks too."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).replace("=?", "= ?").split())


def _outcome(error: BaseException) -> CarrierRefused | CarrierUnavailable:
    """What a failure means for the message: 5xx about the recipient or the letter is for good, all else may pass."""
    about = error.recipients[0] if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else error
    said = what_is_wrong(about)
    if isinstance(about, (aiosmtplib.SMTPRecipientRefused, aiosmtplib.SMTPDataError)) and about.code >= 500:
        return CarrierRefused(said)
    return CarrierUnavailable(said)


def what_is_wrong(error: BaseException) -> str:
    """A failed conversation in one line, without what was sent."""
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return f"the mail server refuses the user name and password ({error.code})"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"the mail server answered {error.code}: {one_line(error.message)[:120]}"
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    if isinstance(error, aiosmtplib.SMTPException) and not isinstance(error, OSError):
        return f"the mail server cannot be used: {one_line(error.message)[:120]}"
    return f"the mail server cannot be reached: {type(error).__name__}"
