"""A modem on a pseudo-terminal: answers the AT commands that Gammu asks of a USB stick, and keeps what it was given to send.

Commands: 3GPP TS 27.005 and 27.007. What is sent is read from its protocol data units, as a receiving phone would (TS 23.040).
"""

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

_GSM7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_AFTER_ESCAPE = dict(zip("\nΛ()/<=>¡e", "\f^{}\\[~]|€", strict=True))
_ANSWERS = {
    "AT+CGMI": "HUAWEI", "AT+CGMM": "E173", "AT+CGMR": "1.0", "AT+CGSN": "123456789012345", "AT+CIMI": "240010000000001",
    "AT+CPIN?": "+CPIN: READY", "AT+CSCS=?": '+CSCS: ("IRA","GSM","UCS2")', "AT+CSCS?": '+CSCS: "UCS2"',
    "AT+CPMS=?": '+CPMS: ("SM","ME"),("SM","ME"),("SM","ME")', "AT+CPMS?": '+CPMS: "SM",0,50,"SM",0,50,"SM",0,50',
    "AT+CMGF=?": "+CMGF: (0,1)", "AT+CSCA?": '+CSCA: "+46700000000",145', "AT+CSQ": "+CSQ: 20,99", "AT+CBC": "+CBC: 0,90",
    "AT+CNMI=?": "+CNMI: (0,1,2),(0,1,2,3),(0,2),(0,1,2),(0,1)", "AT+CREG?": '+CREG: 2,1,"0001","0002"',
    "AT+COPS?": '+COPS: 0,0,"Telia",0',
}  # fmt: skip
_PLAIN_OK = ("AT+CSCS=", "AT+CNMI=", "AT+CSMS", "AT+CMGL", "AT+CREG=", "AT+CMEE=", "AT+CMGF=", "ATE", "ATZ")


@dataclass(frozen=True)
class OnAir:
    """One part as it left. header: of the user data, in hex; reports: was a delivery report asked for?"""

    number: str
    text: str
    header: str
    reports: bool


@dataclass
class FakeModem:
    """What was sent, and whether it refuses to send."""

    device: Path
    sent: list[OnAir] = field(default_factory=list)
    refuses: bool = False
    _master: int = -1
    _waiting: bytes = b""
    _takes_pdu: bool = False

    @contextlib.asynccontextmanager
    async def plugged_in(self) -> AsyncIterator[None]:
        """The modem answers at `device`."""
        self._master, slave = os.openpty()
        tty.setraw(self._master)
        tty.setraw(slave)
        self.device.symlink_to(os.ttyname(slave))
        loop = asyncio.get_running_loop()
        loop.add_reader(self._master, self._read)
        try:
            yield
        finally:
            loop.remove_reader(self._master)
            os.close(self._master)
            os.close(slave)
            self.device.unlink()

    def _read(self) -> None:
        data = os.read(self._master, 4096)
        if not self._takes_pdu:
            os.write(self._master, data)  # the echo
        self._waiting += data
        while (end := self._end()) >= 0:
            said, self._waiting = self._waiting[:end].decode("ascii", "replace").strip(), self._waiting[end + 1 :]
            answer = self._send(said) if self._takes_pdu else self._obey(said)
            os.write(self._master, answer.encode())

    def _end(self) -> int:
        return self._waiting.find(b"\x1a" if self._takes_pdu else b"\r")

    def _obey(self, command: str) -> str:
        if command.startswith("AT+CMGS="):
            self._takes_pdu = True
            return "\r\n> "
        if command in _ANSWERS:
            return f"\r\n{_ANSWERS[command]}\r\n\r\nOK\r\n"
        if command.startswith("AT+CPMS="):
            return "\r\n+CPMS: 0,50,0,50,0,50\r\n\r\nOK\r\n"
        if command == "AT" or command.startswith(_PLAIN_OK):
            return "\r\nOK\r\n"
        return "\r\n+CME ERROR: 4\r\n" if command else ""

    def _send(self, pdu: str) -> str:
        self._takes_pdu = False
        if self.refuses:
            return "\r\n+CMS ERROR: 38\r\n"  # network out of order
        self.sent.append(read_submit(bytes.fromhex(pdu)))
        return f"\r\n+CMGS: {len(self.sent)}\r\n\r\nOK\r\n"


def read_submit(octets: bytes) -> OnAir:
    """An SMS-SUBMIT (TS 23.040, 9.2.2.2), after the service centre's address."""
    at = 1 + octets[0]
    first, digits = octets[at], octets[at + 2]
    at += 4 + (digits + 1) // 2
    swapped = "".join(f"{o & 15:x}{o >> 4:x}" for o in octets[at - (digits + 1) // 2 : at])
    coding = octets[at + 1]
    at += 2 + {0: 0, 2: 1, 1: 7, 3: 7}[first >> 3 & 3]  # the validity period
    length, data = octets[at], octets[at + 1 :]
    header = data[: data[0] + 1] if first & 0x40 else b""
    text = data[len(header) :].decode("utf-16-be") if coding == 8 else _unpack(data, len(header), length)
    return OnAir("+" + swapped[:digits], text, header.hex().upper(), bool(first & 0x20))


def _unpack(data: bytes, header: int, septets: int) -> str:
    """Seven bits a character, which begin at a boundary of seven bits after the header."""
    bits = int.from_bytes(data, "little")
    letters = iter(_GSM7[bits >> 7 * n & 127] for n in range((header * 8 + 6) // 7, septets))
    return "".join(_AFTER_ESCAPE[next(letters)] if letter == "\x1b" else letter for letter in letters)
