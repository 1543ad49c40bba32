"""A network with a modem: the program beside the real gammu-smsd with its dummy driver, and on a machine with no network.

Without gammu-smsd these are skipped, and the summary says how to get it; where CI=true they fail.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.modem_program import ANNA, BO, ELSA, ModemProgram, nothing_twice, whole_request
from tests.conftest import scratch_directory
from tests.gammu import need_gammu, skip, wait_for


@pytest.fixture
async def program() -> AsyncIterator[ModemProgram]:
    need_gammu()
    with scratch_directory() as directory:
        own = Path(directory) / "a town with åäö"
        own.mkdir()
        started = ModemProgram(own)
        await started.set_up()
        yield started
        assert not started.servers(), "PostgreSQL was left behind"


async def test_a_request_from_a_text_to_a_closed_task(program: ModemProgram) -> None:
    """In two parts and with an emoji; everything by the modem; and the doctor is content."""
    async with program.serving(), program.smsd.running():
        await whole_request(program)
        status, said = await program.run("doctor")
        assert status == 0, said
        assert "ok    gammu: the modem dummy1 answers, signal 42 %, battery 100 %" in said
    assert program.complaints() == []


async def test_both_are_stopped_and_killed_in_the_middle(program: ModemProgram) -> None:
    """Nothing is lost and nothing leaves twice, whoever was away when a text came."""
    async with program.serving() as service, program.smsd.running() as daemon:
        program.smsd.brings(ELSA, "Kan någon handla mat? Bor i Gränna")
        await program.hears(ANNA, "Svara JA 10")
        daemon.terminate()
        await daemon.wait()
        program.smsd.brings(ANNA, "JA 10")  # the modem keeps it
        service.kill()
        await service.wait()
    async with program.serving() as service, program.smsd.running():
        await program.hears(ANNA, "Du hjälper")
        await program.hears(ELSA, "Anna")
        service.kill()
        await service.wait()
        program.smsd.brings(ANNA, "KAN INTE 10")  # its database lives on without the service

        async def stored() -> bool:
            async with program.tables() as gammu:
                return bool(await gammu.fetchval('SELECT count(*) FROM inbox WHERE NOT "Processed"'))

        await wait_for(stored)
    async with program.serving(), program.smsd.running():
        await program.hears(BO, "Svara JA")
        await program.hears(ELSA, "Anna kan tyvärr inte komma")
        await asyncio.sleep(3)
        await nothing_twice(program)


def _namespace() -> list[str]:
    """The command that gives another one a network of its own; skips where that is not allowed."""
    as_root = ["unshare", "--net"]
    as_user = ["unshare", "--user", "--map-current-user", "--keep-caps", "--net"]
    command = as_root if os.geteuid() == 0 else as_user
    if shutil.which("unshare") is None:
        skip("No program 'unshare' (Debian's package util-linux), so nothing can be shown about a machine without a network")
    tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        skip(f"No network namespace may be made here, so nothing can be shown about a machine without a network: {tried.stderr}")
    return command


async def test_without_any_network() -> None:
    """On a laptop in a parish hall: a whole request with outside connections refused, and nobody has tried to make one."""
    need_gammu()
    told = await asyncio.create_subprocess_exec(
        *_namespace(), sys.executable, "-m", "tests.acceptance.offline", cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, complaint = await asyncio.wait_for(told.communicate(), 240)
    assert told.returncode == 0, complaint.decode()
    report = json.loads(out)
    assert report["tried"] == 0
    assert report["counted"] >= 2, "the kernel counts attempts, so that none counted means none made"
    assert report["complaints"] == []
