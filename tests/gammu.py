"""gammu-smsd for tests: its tables, and the daemon itself with the driver that it brings for a phone that is not there.

As a program this ends with 0 when the daemon and its table definitions are on the machine, and otherwise says what is missing.
"""

import asyncio
import contextlib
import os
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from service.carriers.gammu_database import read_schema
from service.settings import SettingsError

OWN_TABLES = Path(__file__).parent / "data" / "gammu_tables.sql"
MISSING = (
    "No gammu-smsd, so the tests with a modem's daemon cannot run: sudo apt-get install "
    "-o DPkg::Options::=--path-include='/usr/share/doc/gammu-smsd/*' gammu gammu-smsd"
)


def has_gammu() -> bool:
    """Are the programs and the table definitions here?"""
    try:
        read_schema()
    except SettingsError:
        return False
    return bool(shutil.which("gammu") and shutil.which("gammu-smsd"))


def need_gammu() -> None:
    """Skip a test without the daemon; where CI=true it fails."""
    if not has_gammu():
        skip(MISSING)


def skip(why: str) -> None:
    """Skip a test; where CI=true it fails."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(why)


def table_definitions() -> str:
    """Gammu's own definitions where they are, else ours."""
    return read_schema() if has_gammu() else OWN_TABLES.read_text(encoding="utf-8")


class Smsd:
    """The daemon with its dummy driver. A text that comes in is a file moved to `DIR/dummy/sms/1`."""

    def __init__(self, directory: Path, smsdrc: Path) -> None:
        self.directory = directory / "modem"
        self.phone = self.directory / "dummy"
        self.phone.mkdir(parents=True)
        self.settings = self.directory / "smsdrc"
        self.settings.write_text(self._with_dummy(smsdrc.read_text(encoding="utf-8")), encoding="utf-8")
        self._texts = 0

    def _with_dummy(self, text: str) -> str:
        """The settings that `budkavle gammu` has written, with no modem, and in more of a hurry."""
        changes = {
            "device": f"model = dummy\nport = {self.phone}\ngammuloc = /dev/null", "connection": "connection = none",
            "receivefrequency": "receivefrequency = 1\ncommtimeout = 1\nphoneid = dummy1",
            "statusfrequency": "statusfrequency = 2", "multiparttimeout": "multiparttimeout = 2",
        }  # fmt: skip
        lines = [changes.pop(line.partition(" =")[0], line) for line in text.splitlines()]
        assert not changes, f"not in the settings: {changes}"
        return "\n".join(lines) + "\n"

    @contextlib.asynccontextmanager
    async def running(self, *wrapper: str) -> AsyncIterator[asyncio.subprocess.Process]:
        """The daemon runs; terminated at the end, if it has not been."""
        with (self.directory / "smsd.log").open("ab") as log:
            first = await asyncio.create_subprocess_exec(
                *wrapper, "gammu", "-c", self.settings, "identify", stdout=log, stderr=log
            )
            assert await first.wait() == 0, self.said
            process = await asyncio.create_subprocess_exec(*wrapper, "gammu-smsd", "-c", self.settings, stdout=log, stderr=log)
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
                await asyncio.wait_for(process.wait(), 15)

    @property
    def said(self) -> str:
        """What the daemon has said."""
        return (self.directory / "smsd.log").read_text(errors="replace")

    def brings(self, sender: str, text: str, header: str = "") -> None:
        """A text, or a part with its header in hex, comes in from somebody."""
        self._texts += 1
        written = _hex(text)
        lines = ["[SMSBackup000]", "PDU = Deliver", *([f"UDH = {header}"] if header else [])]
        lines += [
            'SMSC = "+46700000000"',
            f"SMSCUnicode = {_hex('+46700000000')}",
            "DateTime = 20261122T040812",
            "State = UnRead",
        ]
        lines += [f'Number = "{sender}"', f"NumberUnicode = {_hex(sender)}"]
        lines += [f"Text{at // 800:02d} = {written[at : at + 800]}" for at in range(0, len(written), 800)]
        lines += ["Coding = Unicode", "Folder = 1", f"Length = {len(written) // 4}", "Class = -1"]
        draft = self.directory / "draft"
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
        draft.rename(self.phone / "sms" / "1" / str(self._texts))


def _hex(text: str) -> str:
    return text.encode("utf-16-be", "surrogatepass").hex().upper()


async def wait_for(what: Any, seconds: float = 30) -> Any:
    """What the coroutine function returns, as soon as that is something."""
    for _ in range(int(seconds * 20)):
        if found := await what():
            return found
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen in time")


if __name__ == "__main__":
    sys.exit(None if has_gammu() else MISSING)
