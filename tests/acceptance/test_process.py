"""The program as an operator runs it: a process with an embedded server, killed and started again, stopped cleanly."""

import asyncio
import contextlib
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.test_utils
import psutil
import pytest

from service.demo.carrier import KEY, PASSWORD, USERNAME, FakeElks
from service.demo.telephone import ElksCall
from tests.acceptance.conftest import TOKEN
from tests.conftest import scratch_directory
from tests.mail_server import Mailbox, mail_server
from tests.ports import free_port

BUDKAVLE = Path(sys.executable).parent / "budkavle"
ELSA = "+46701000001"
ANNA = "+46701234567"
NETWORK = """
[network]
key = "jonkoping"
name = "Testnätverket"
phone = "+46366800000"
sms_number = "+46766860000"
coordinators = ["+46701110001"]
[[area]]
key = "granna"
name = "Gränna"
places = [{ name = "Gränna", lat = 58.0167, lon = 14.4667 }]
[[area]]
key = "kaxholmen"
name = "Kaxholmen"
places = [{ name = "Kaxholmen", lat = 57.8535, lon = 14.3046 }]
[[group]]
key = "service-municipal"
kind = "service"
name = "Servicegrupp kommunen"
contacts = ["+46701110002"]
[[category]]
key = "groceries"
names = { sv = "Handla mat" }
[[ladder]]
category = "*"
urgency = "*"
[[ladder.step]]
ask = "area"
wait = "2s"
[[ladder.step]]
ask = "neighbours"
wait = "2s"
[[ladder.step]]
ask = "service"
acknowledge = "2s"
"""
PEOPLE = f"""name,phone,area
Anna Berg,{ANNA},granna
Bo Ek,+46701234568,kaxholmen
"""


class Program:
    """`budkavle serve` in a directory of its own, and the carrier it speaks through."""

    def __init__(self, directory: Path, carrier: FakeElks) -> None:
        self.directory, self.carrier = directory, carrier
        self.base = f"http://127.0.0.1:{free_port()}"
        carrier.hooks = f"{self.base}/hooks/46elks/{KEY}"
        (directory / "network.toml").write_text(NETWORK, encoding="utf-8")
        (directory / "people.csv").write_text(PEOPLE, encoding="utf-8")
        self.environment = {
            **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
            "BUDKAVLE_DATA_DIR": str(directory / "data"),
            "BUDKAVLE_CONFIG": str(directory / "network.toml"),
            "BUDKAVLE_LISTEN": self.base.removeprefix("http://"),
            "BUDKAVLE_PUBLIC_URL": self.base,
            "BUDKAVLE_SECRET_KEY": "test-secret-key-of-some-length",
            "BUDKAVLE_API_TOKEN": TOKEN,
            "BUDKAVLE_ELKS_API": carrier.api,
            "BUDKAVLE_ELKS_USERNAME": USERNAME,
            "BUDKAVLE_ELKS_PASSWORD": PASSWORD,
            "BUDKAVLE_ELKS_KEY": KEY,
        }

    async def run(self, *words: str, **environment: str) -> tuple[int, str]:
        """Run one command to its end; its exit status and everything it said."""
        process = await asyncio.create_subprocess_exec(
            str(BUDKAVLE), *words, env=self.environment | environment, cwd=self.directory,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    @asynccontextmanager
    async def serving(self, role: str = "all", is_ready: bool = True) -> AsyncIterator[asyncio.subprocess.Process]:
        """The service runs; at the end it is terminated, if it has not been, and must end well within ten seconds.

        is_ready: wait until it is.
        """
        with (self.directory / "serve.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                str(BUDKAVLE), "serve", "--role", role, env=self.environment, cwd=self.directory, stderr=log,
            )  # fmt: skip
        try:
            if role != "worker" and is_ready:
                await self.ready(process)
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
                assert await asyncio.wait_for(process.wait(), 10) == 0

    async def ready(self, process: asyncio.subprocess.Process) -> None:
        async with aiohttp.ClientSession() as web:
            for _ in range(300):
                assert process.returncode is None, "the service ended"
                try:
                    async with web.get(f"{self.base}/readyz") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError("the service did not become ready")

    async def get(self, path: str) -> Any:
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as web,
            web.get(f"{self.base}{path}") as response,
        ):
            return await response.json()

    @contextlib.contextmanager
    def frozen_database(self) -> Iterator[None]:
        """The database answers nobody, and does not seem dead either."""
        self._signal_servers(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal_servers(signal.SIGCONT)

    def _signal_servers(self, number: signal.Signals) -> None:
        for server in map(psutil.Process, self.servers()):
            for process in (server, *server.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(number)

    def servers(self) -> list[int]:
        """PostgreSQL processes on this program's data."""
        found = []
        for process in psutil.process_iter(["name", "cmdline"]):
            if str(self.directory) in " ".join(process.info["cmdline"] or ()) and "postgres" in (process.info["name"] or ""):
                found.append(process.pid)
        return found

    async def hears(self, number: str, *words: str, seconds: float = 75) -> str:
        """Wait until a text with all these words has been sent to the number: at worst the lease of a sender that was killed."""
        for _ in range(int(seconds * 50)):
            for text in self.carrier.texts:
                if text.to == number and all(w in text.text for w in words):
                    return text.text
            await asyncio.sleep(0.02)
        raise AssertionError(f"{number} got no text with {words}: {[(t.to, t.text) for t in self.carrier.texts]}")


@pytest.fixture
async def program(carrier: FakeElks) -> AsyncIterator[Program]:
    with scratch_directory() as directory:
        own = Path(directory) / "a town with åäö"
        own.mkdir()
        started = Program(own, carrier)
        yield started
        assert not started.servers(), "PostgreSQL was left behind"


async def test_an_sms_walks_the_whole_ladder_in_seconds(program: Program) -> None:
    """Area, neighbours, service group, again, coordinator; then OK and KLAR and JA."""
    status, said = await program.run("people", "import", "people.csv")
    assert (status, said) == (0, "2 people taken (2 new, 2 new memberships), 0 rows not taken\n")
    async with program.serving():
        assert await program.carrier.receive(ELSA, "Kan någon handla mat? Bor i Gränna") == 204
        await program.hears(ELSA, "letar")
        await program.hears(ANNA, "Svara JA 10 eller NEJ 10")
        await program.hears("+46701234568", "Svara JA 10 eller NEJ 10")
        await program.hears("+46701110002", "Svara OK 10")
        await program.hears("+46701110002", "Ingen har svarat än")
        await program.hears("+46701110001", "Svara OK 10")
        await program.carrier.receive("+46701110002", "OK 10")
        await program.hears(ELSA, "Servicegrupp kommunen tar hand om")
        await program.hears(ANNA, "behövs inte längre")
        await program.carrier.receive("+46701110002", "KLAR 10")
        await program.hears(ELSA, "Fick du hjälp?")
        await program.carrier.receive(ELSA, "JA")
        await program.hears(ELSA, "är")
        (task,) = (await program.get("/api/v1/tasks"))["tasks"]
        assert task["state"] == "closed"


async def test_killed_at_any_moment_every_task_goes_on(program: Program) -> None:
    """SIGKILL after each step; what was acknowledged is there, and the ladder climbs on."""
    await program.run("people", "import", "people.csv")
    async with program.serving() as process:
        assert await program.carrier.receive(ELSA, "handla mat gränna") == 204
        process.kill()
        await process.wait()
    async with program.serving() as process:
        await program.hears(ELSA, "letar")
        await program.hears(ANNA, "Svara JA 10")
        process.kill()
        await process.wait()
    await asyncio.sleep(4.5)  # deadlines pass with nobody there
    async with program.serving() as process:
        await program.hears("+46701234568", "Svara JA 10")
        process.kill()
        await process.wait()
    async with program.serving():
        await program.hears("+46701110002", "Svara OK 10")
        await program.carrier.receive(ANNA, "ja")
        await program.hears(ANNA, "Du hjälper")
        (task,) = (await program.get("/api/v1/tasks"))["tasks"]
        assert task["state"] == "taken"
    offers = [t for t in program.carrier.texts if t.to == ANNA and re.search("JA 10 eller NEJ 10", t.text)]
    # One message; a sender killed between the carrier's yes and our writing it down sends that one again, at worst once.
    assert len({t.whendelivered for t in offers}) == 1
    assert len(offers) <= 2


async def test_texts_that_come_while_the_database_is_away(program: Program) -> None:
    """They are taken, wait on disk, and are dealt with once and in order when it is back; danger does not wait for that."""
    async with program.serving():
        program.carrier.reports = False
        with program.frozen_database():
            texts = [
                ("i1", ELSA, "handla mat"),
                ("i1", ELSA, "handla mat"),
                ("i2", ELSA, "gränna"),
                ("i3", "+46701000077", "min man andas inte"),
            ]
            for message_id, sender, text in texts:
                assert await program.carrier.receive(sender, text, message_id) == 204
            waiting = list((program.directory / "data" / "spool" / "jonkoping").glob("*.json"))
            assert len(waiting) == len(texts)
            assert {path.stat().st_mode & 0o077 for path in waiting} == {0}
            await program.hears("+46701000077", "RING 112 NU", "system är nere")
            await program.hears("+46701110001", "+46701000077 skriver", "andas inte")
        await program.hears(ELSA, "letar")
        await program.hears("+46701000077", "RING 112 NU", "Vi larmar")
        tasks = (await program.get("/api/v1/tasks"))["tasks"]
        assert sorted(t["text"] for t in tasks) == ["handla mat\ngränna", "min man andas inte"]
        assert not list((program.directory / "data" / "spool" / "jonkoping").glob("*.json"))


async def test_a_service_that_starts_while_its_outside_database_is_away(program: Program, empty_database: dict[str, Any]) -> None:
    """Texts are taken from the first moment; everything else waits until the database is there."""
    if "dsn" in empty_database:
        pytest.skip("an outside server given by its address cannot be made to vanish")
    user, name, port = (empty_database[key] for key in ("user", "database", "port"))
    there, away = Path(empty_database["host"]), program.directory / "db"
    program.environment["BUDKAVLE_DATABASE_URL"] = f"postgresql://{user}@/{name}?host={away}&port={port}"
    away.symlink_to(there)
    status, said = await program.run("migrate")
    assert status == 0, said
    away.unlink()
    async with program.serving(is_ready=False) as process:
        for _ in range(100):
            if await program.carrier.receive(ELSA, "handla mat gränna", "i1") == 204:
                break
            await asyncio.sleep(0.1)
        assert await program.carrier.receive("+46701000077", "det brinner", "i2") == 204
        await program.hears("+46701000077", "RING 112 NU", "system är nere")
        call = await ElksCall(ELSA, carrier=program.carrier).begins()  # and who phones reaches a coordinator
        assert (call.said(), call.rings) == (["fault"], ["+46701110001"])
        await call.nobody_answers()
        assert call.said() == ["fault_end"]
        async with aiohttp.ClientSession() as web, web.get(f"{program.base}/readyz") as answer:
            assert answer.status == 503
        away.symlink_to(there)
        await program.ready(process)
        await program.hears(ELSA, "letar")
        await program.hears("+46701000077", "RING 112 NU", "Vi larmar")
        assert len((await program.get("/api/v1/tasks"))["tasks"]) == 2


async def test_a_database_that_dies_is_started_again(program: Program) -> None:
    """The embedded server comes back by itself, and nothing that was acknowledged is lost."""
    async with program.serving():
        (postmaster,) = [pid for pid in program.servers() if psutil.Process(pid).parent().name() != "postgres"]
        os.kill(postmaster, signal.SIGKILL)
        program.carrier.reports = False
        assert await program.carrier.receive(ELSA, "handla mat gränna", "i1") == 204
        await program.hears(ELSA, "letar")
        assert len((await program.get("/api/v1/tasks"))["tasks"]) == 1


async def test_web_and_worker_may_be_two_processes(program: Program) -> None:
    """On one embedded database; the last to stop stops it."""
    await program.run("people", "import", "people.csv")
    async with program.serving("web"):
        await program.carrier.receive(ELSA, "handla mat gränna")
        async with program.serving("worker"):
            await program.hears(ANNA, "Svara JA 10")
        assert program.servers()


async def test_ctrl_c_ends_everything(program: Program) -> None:
    """No server is left behind (the fixture looks), and nothing is said about it."""
    async with program.serving() as process:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 10) == 0


@pytest.mark.parametrize("name", ["SECRET_KEY", "ELKS_USERNAME", "ELKS_PASSWORD", "ELKS_KEY"])
async def test_a_missing_secret_stops_the_start_with_one_line(program: Program, name: str) -> None:
    """Nothing has a built-in password."""
    status, said = await program.run("serve", **{f"BUDKAVLE_{name}": ""})
    assert status == 1
    assert said.count("\n") == 1
    assert f"BUDKAVLE_{name}" in said


async def test_what_cannot_be_configured_is_said_in_a_line(program: Program) -> None:
    """Not with a traceback."""
    taken = free_port()
    blocker = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", taken)
    for environment, words in (
        ({"BUDKAVLE_LISTEN": "nowhere"}, "BUDKAVLE_LISTEN must be host:port"),
        ({"BUDKAVLE_CONFIG": "missing.toml"}, "missing.toml: No such file"),
        ({"BUDKAVLE_PUBLIC_URL": "example.org"}, "BUDKAVLE_PUBLIC_URL must begin with http"),
        ({"BUDKAVLE_LISTEN": f"127.0.0.1:{taken}"}, "cannot listen"),
    ):
        status, said = await program.run("serve", **environment)
        assert status == 1, said
        assert words in said
        assert "Traceback" not in said
    blocker.close()


async def test_an_outside_database_that_is_behind_is_refused(program: Program, empty_database: dict[str, Any]) -> None:
    """Its owner decides when it changes: `budkavle migrate`, and then it serves."""
    if "dsn" in empty_database:
        url = empty_database["dsn"].rsplit("/", 1)[0] + "/" + empty_database["database"]
    else:
        args = empty_database
        url = f"postgresql://{args['user']}@/{args['database']}?host={args['host']}&port={args['port']}"
    program.environment["BUDKAVLE_DATABASE_URL"] = url
    status, said = await program.run("serve")
    assert status == 1
    assert "run 'budkavle migrate'" in said
    status, said = await program.run("migrate")
    assert (status, "0001_initial" in said) == (0, True)
    status, said = await program.run("migrate")
    assert said == "the schema is up to date\n"
    async with program.serving():
        await program.carrier.receive(ELSA, "hej")
        await program.hears(ELSA, "Vad behöver")


async def test_init_writes_a_network_that_starts(program: Program) -> None:
    """`budkavle init DIR`, then `serve --config DIR/network.toml`; nothing is overwritten."""
    status, said = await program.run("init", "mine")
    assert (status, "mine/network.toml" in said) == (0, True)
    assert (program.directory / "mine" / "budkavle.env").stat().st_mode & 0o077 == 0
    status, said = await program.run("init", "mine")
    assert (status, "nothing was written" in said) == (1, True)
    status, said = await program.run("people", "import", "mine/people.csv", "--config", "mine/network.toml")
    assert status == 0, said
    program.environment["BUDKAVLE_CONFIG"] = str(program.directory / "mine" / "network.toml")
    async with program.serving():
        await program.carrier.receive(ELSA, "handla mat kyrkbyn")
        await program.hears(ELSA, "Tack!", "Kyrkbyn")  # looking now, or in the morning: it may be night
    status, said = await program.run("doctor")
    assert "ok    network file" in said
    assert "WRONG" not in said.replace("WRONG 46elks", ""), said


async def test_prompts_are_spoken_by_a_command_and_doctor_looks_at_the_networks_own(program: Program) -> None:
    status, said = await program.run("prompts")
    assert status == 0 and "prompts are ready in" in said
    assert len(list((program.directory / "data" / "prompts").glob("*.wav"))) > 50
    recordings = program.directory / "inspelat"
    recordings.mkdir()
    (recordings / "gretting.wav").write_bytes(b"RIFF")
    text = NETWORK.replace("[network]", '[voice]\nrecordings = "inspelat"\n\n[network]', 1)
    (program.directory / "network.toml").write_text(text, encoding="utf-8")
    _, said = await program.run("doctor")
    assert "WRONG recordings: gretting.wav: there is no prompt 'gretting'" in said


async def test_doctor_says_what_is_wrong_and_how_to_mend_it(program: Program) -> None:
    """Every part, not only the first."""
    text = NETWORK.replace('kind = "service"', 'kind = "service"\ndutty = "x"').replace("+46701110001", "+4636105000")
    (program.directory / "network.toml").write_text(text, encoding="utf-8")
    status, said = await program.run("doctor", BUDKAVLE_SECRET_KEY="", BUDKAVLE_ELKS_API="http://127.0.0.1:9")
    assert status == 1
    for words in (
        "BUDKAVLE_SECRET_KEY",
        'nothing reads "group 1: dutty"',
        "is a landline",
        "cannot be reached",
        "schema up to date",
    ):
        assert words in said
    (program.directory / "network.toml").write_text(NETWORK.replace('wait = "2s"', 'wait = "soon"'), encoding="utf-8")
    status, said = await program.run("doctor")
    assert 'ladder 1 step 1 wait: "soon" is no duration' in said


async def test_a_network_that_writes_email_needs_a_mail_server(program: Program) -> None:
    """One line at the start says what is missing; doctor tries the server and its login, and says why somebody has no link."""
    text = NETWORK.replace('contacts = ["+46701110002"]', 'contacts = ["grupp@kommun.example"]')
    (program.directory / "network.toml").write_text(text, encoding="utf-8")
    status, said = await program.run("serve")
    assert status == 1
    assert "missing in the environment: BUDKAVLE_SMTP_HOST, BUDKAVLE_MAIL_FROM" in said
    assert said.count("\n") == 1
    async with mail_server(Mailbox(), "none", login=True) as server:
        mail = {
            "BUDKAVLE_SMTP_HOST": server.host, "BUDKAVLE_SMTP_PORT": str(server.port), "BUDKAVLE_SMTP_SECURITY": "none",
            "BUDKAVLE_MAIL_FROM": "svara-inte@kommun.example", "BUDKAVLE_SMTP_USERNAME": str(server.username),
        }  # fmt: skip
        _, said = await program.run("doctor", **mail, BUDKAVLE_SMTP_PASSWORD=str(server.password))
        assert f"ok    e-mail: {server.host}:{server.port} takes the login" in said
        status, said = await program.run("doctor", **mail, BUDKAVLE_SMTP_PASSWORD="wrong-one", BUDKAVLE_PUBLIC_URL="")
        assert "refuses the user name and password" in said
        assert "whoever is asked by e-mail has no link to answer by" in said
    assert status == 1
    assert "wrong-one" not in said


async def test_bad_rows_are_told_with_their_lines_and_good_ones_are_taken(program: Program) -> None:
    """An import twice changes nothing."""
    rows = [
        "name,phone,area,group,skills,languages,telegram_id,role,organisation",
        "Anna Berg,+46701234567,granna,,car;vetted,sv;en,,volunteer,Equmeniakyrkan Gränna",
        "Bad Number,12,granna,,,,,,",
        '"Quoted, Name",070-123 45 68,granna;kaxholmen,,,,,,',
        ",+46701234569,granna,,,,,,",
        "No Area,+46701234570,atlantis,,,,,,",
        "Same,+46701234567,granna,,,,,,",
        "",
        "No Role,+46701234571,,,,,,emperor,",
        "Service,+46701234572,,,,,,service,",
        "Telegram,+46701234573,granna,,,,abc,,",
    ]
    (program.directory / "rows.csv").write_text("\n".join(rows), encoding="utf-8-sig")
    status, said = await program.run("people", "import", "rows.csv")
    assert status == 1
    assert "3 people taken (3 new, 4 new memberships), 6 rows not taken" in said
    for line in (3, 5, 6, 7, 9, 11):
        assert f"rows.csv:{line}: " in said
    _, said = await program.run("people", "import", "rows.csv")
    assert "3 people taken (0 new, 0 new memberships)" in said
    (program.directory / "rows.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    status, said = await program.run("people", "import", "rows.csv")
    assert (status, "must name the columns" in said) == (1, True)
    (program.directory / "rows.csv").write_bytes(b"name,phone\nG\xf6ran,+46701234567\n")
    status, said = await program.run("people", "import", "rows.csv")
    assert (status, "UTF-8" in said) == (1, True)
