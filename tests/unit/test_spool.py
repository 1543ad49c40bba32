"""The spool: what it takes is on disk, comes back in order, and is removed only when somebody has it."""

import asyncio
from pathlib import Path

import pytest

from bots.inbound_message import Inbound
from service.carriers.spool import MOST_TRIES, Spool


def text(number: int) -> Inbound:
    return Inbound("twilio", f"SM{number}", "+46701000001", "+46701000001", f"text {number} åäö", position=(57.5, 14.25))


async def test_texts_come_back_whole_and_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    assert spool.is_empty
    for number in range(20):
        await spool.add(text(number))
    got: list[Inbound] = []

    async def store(inbound: Inbound) -> bool:
        got.append(inbound)
        return True

    assert not spool.is_empty
    assert await Spool(tmp_path / "spool").replay(store) == 20  # another process, after a restart
    assert got == [text(number) for number in range(20)]
    assert not spool.look()


async def test_what_is_not_stored_stays_first_in_line(tmp_path: Path) -> None:
    """The database goes away again in the middle."""
    spool = Spool(tmp_path)
    for number in range(3):
        await spool.add(text(number))
    got: list[str] = []

    async def store(inbound: Inbound) -> bool:
        if len(got) == 1:
            raise ConnectionError
        got.append(inbound.text)
        return True

    with pytest.raises(ConnectionError):
        await spool.replay(store)
    assert spool.look()
    got.clear()

    async def works(inbound: Inbound) -> bool:
        got.append(inbound.text)
        return True

    await spool.replay(works)
    assert got == ["text 1 åäö", "text 2 åäö"]


async def test_one_that_can_never_be_stored_does_not_hold_up_the_others(tmp_path: Path) -> None:
    """It is tried again and again, and at last put aside for a human."""
    spool = Spool(tmp_path)
    await spool.add(text(1))
    await spool.add(text(2))
    got: list[str] = []

    async def store(inbound: Inbound) -> bool:
        if inbound.text.startswith("text 1"):
            return False
        got.append(inbound.text)
        return True

    for _ in range(MOST_TRIES):
        assert spool.put_aside == 0
        await spool.replay(store)
    assert got == ["text 2 åäö"]
    assert spool.put_aside == 1
    assert not spool.look()


async def test_a_file_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "00000000000000000001-1-000000.json").write_text("{half", encoding="utf-8")
    spool = Spool(tmp_path)
    await spool.add(text(2))

    async def store(_inbound: Inbound) -> bool:
        return True

    assert await spool.replay(store) == 1
    assert spool.put_aside == 1


async def test_two_processes_hand_over_each_text_once(tmp_path: Path) -> None:
    first, second = Spool(tmp_path), Spool(tmp_path)
    for number in range(5):
        await first.add(text(number))
    got: list[str] = []

    async def store(inbound: Inbound) -> bool:
        await asyncio.sleep(0)
        got.append(inbound.text)
        return True

    assert sorted(await asyncio.gather(first.replay(store), second.replay(store))) == [0, 5]
    assert len(got) == 5


async def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    """The carrier must hear that the text is not taken."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match=r"Not a directory|File exists"):
        await Spool(tmp_path / "file" / "spool").add(text(1))
