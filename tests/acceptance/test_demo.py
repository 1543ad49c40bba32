"""`budkavle demo` as a visitor meets it: it starts, lives, lets itself be played with, and ends."""

import asyncio
import contextlib
import html
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import psutil
import pytest

from tests.conftest import scratch_directory

BUDKAVLE = Path(sys.executable).with_name("budkavle")
STARTS_WITHIN = 15.0
ENDS_WITHIN = 10.0
# The carriers' and the service's own settings must not reach the demo.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("BUDKAVLE_")}


@dataclass
class Demo:
    """A running demo, and what it has printed at its start."""

    process: asyncio.subprocess.Process
    data_dir: Path
    login: str
    phone: str

    @property
    def address(self) -> str:
        return self.login.partition("/login")[0]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with scratch_directory() as directory:
        yield Path(directory)


def arguments(port: int = 0) -> list[str]:
    return [str(BUDKAVLE), "demo", "--port", str(port), "--speed", "300"]


def is_empty(directory: Path) -> bool:
    return not any(directory.iterdir())


@contextlib.asynccontextmanager
async def running(data_dir: Path) -> AsyncIterator[Demo]:
    """A demo that has printed where it is."""
    process = await asyncio.create_subprocess_exec(
        *arguments(), env=ENVIRONMENT | {"BUDKAVLE_DATA_DIR": str(data_dir)}, stdout=subprocess.PIPE
    )
    try:
        printed = ""
        async with asyncio.timeout(STARTS_WITHIN):
            while "Ctrl-C" not in printed:
                assert process.stdout
                line = (await process.stdout.readline()).decode()
                assert line, f"it ended: {printed}"
                printed += line
        (login,), (phone,) = re.findall(r"http://\S+/login\?link=\S+", printed), re.findall(r"http://\S+/demo/phone", printed)
        yield Demo(process, data_dir, login, phone)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def end(demo: Demo, by: signal.Signals) -> str:
    """End the demo as a visitor does; it leaves no server behind. Returns what it has told."""
    assert servers_of(demo.data_dir)
    demo.process.send_signal(by)
    async with asyncio.timeout(ENDS_WITHIN):
        told, _ = await demo.process.communicate()
    assert demo.process.returncode == 0
    assert not servers_of(demo.data_dir)
    return told.decode()


async def page(web: aiohttp.ClientSession, address: str, form: dict[str, str] | None = None) -> str:
    """The text of a page, after redirects; with a form, it is posted."""
    async with web.request("POST" if form else "GET", address, data=form) as response:
        assert response.status == 200, await response.text()
        assert "script-src" not in response.headers["Content-Security-Policy"]
        return html.unescape(await response.text())


async def until(web: aiohttp.ClientSession, address: str, *words: str) -> str:
    """Look at a page again and again until each of the words has been seen on it."""
    missing = set(words)
    async with asyncio.timeout(15):
        while True:
            shown = await page(web, address)
            missing = {word for word in missing if word not in shown}
            if not missing:
                return shown
            await asyncio.sleep(0.05)


def servers_of(data_dir: Path) -> list[int]:
    """The processes of a PostgreSQL in this directory."""
    return [p.pid for p in psutil.process_iter(["cmdline"]) if str(data_dir / "postgres") in (p.info["cmdline"] or [])]


async def test_a_visit(data_dir: Path) -> None:
    async with running(data_dir) as demo:
        await visit(demo)
        await chat_as_a_volunteer(demo)
        await chat_as_a_resident(demo)
        await asyncio.sleep(3)  # the terminal tells once a second, and the most interesting first
        told = await end(demo, signal.SIGINT)
    assert re.search(r"^\d\d:\d\d  \w{4}  .* takes it", told, re.MULTILINE)

    async with running(data_dir) as demo:  # again at once
        await end(demo, signal.SIGTERM)


async def visit(demo: Demo) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession() as web, aiohttp.ClientSession(cookie_jar=jar, headers={"Accept-Language": "sv"}) as board:
        assert "Karin" in await page(board, demo.login)

        # A visitor plays a resident: the real program answers, and somebody in the town takes it.
        chosen = await page(web, f"{demo.phone}/choose", {"number": "070-174 06 05"})
        assert "+46701740605" in chosen
        said = "Kan någon handla mat? Bor i <b>Bankeryd</b>"
        thread = await page(web, f"{demo.phone}/send", {"number": "+46701740605", "text": said})
        assert said in thread
        async with web.get(f"{demo.phone}?number=%2B46701740605") as response:
            assert "<b>" not in await response.text()
        await until(web, f"{demo.phone}?number=%2B46701740605&part=thread", "Tack! Vi letar nu efter", "Kodordet är")

        # The board lives by itself: people take tasks, and what volunteers may not do goes to the municipality.
        await page(web, f"{demo.phone}/send", {"number": "+46701740606", "text": "Behöver hjälp att duscha. Bor i Taberg"})
        await until(board, f"{demo.address}/board", "Har det:", "Vård och omsorg", "servicegrupperna")

        # A visitor plays the coordinator, whom an emergency reaches at once; nobody else answers on that phone.
        await page(web, f"{demo.phone}/choose", {"person": "+46701110001"})
        await page(web, f"{demo.phone}/send", {"number": "+46701740607", "text": "Min man har ont i bröstet"})
        staff = await until(web, f"{demo.phone}?number=%2B46701110001", "MÖJLIG FARA FÖR LIV", "+46701740607")
        number = re.findall(r"\+46701740607.*Svara OK (\d+)", staff)[-1]
        await page(web, f"{demo.phone}/send", {"number": "+46701110001", "text": f"OK {number}"})
        await until(web, f"{demo.phone}?number=%2B46701740607&part=thread", "RING 112", "har sett ditt meddelande")
        await page(web, f"{demo.phone}/leave", {"number": "+46701110001"})

        async with web.post(f"{demo.phone}/choose", data={"number": "<i>"}) as response:
            assert response.status == 400
            assert "&lt;i&gt; är inget telefonnummer" in await response.text()


@dataclass
class Chat:
    """A visitor who has come to the demo's chat as somebody new."""

    web: aiohttp.ClientSession
    entrance: str
    user: str = ""

    @property
    def address(self) -> str:
        return f"{self.entrance}?user={self.user}&part=thread"

    async def begin(self, name: str) -> None:
        shown = await page(self.web, f"{self.entrance}/choose", {"name": name})
        assert name in shown
        self.user = re.findall(r'name="user" value="(\d+)"', shown)[0]

    async def does(self, what: str, **form: str) -> str:
        """Send one of the page's forms; returns the page that follows."""
        return await page(self.web, f"{self.entrance}/{what}", {"user": self.user, **form})

    async def taps(self, label: str) -> str:
        """Press the newest button that says this, once it is there."""
        shown = await until(self.web, self.address, f">{label}</button>")
        return await self.does("tap", data=re.findall(rf'name="data" value="([^"]+)">{re.escape(label)}</button>', shown)[-1])

    async def sees(self, *words: str) -> str:
        return await until(self.web, self.address, *words)


async def chat_as_a_volunteer(demo: Demo) -> None:
    """A visitor registers in the chat, by the link on the page for volunteers, and does a task there."""
    async with aiohttp.ClientSession(headers={"Accept-Language": "sv"}) as web:
        assert f'href="{demo.phone}?start=volontar"' in await page(web, f"{demo.address}/volunteer")
        assert 'name="start" value="volontar"' in await page(web, f"{demo.phone}?start=volontar")
        robin = Chat(web, f"{demo.phone}/chat")
        await robin.begin("Robin <b>Ek")
        await robin.does("say", text="/start volontar")
        await robin.sees("Dela mitt telefonnummer")
        await robin.does("share")
        await robin.taps("Robin <b>Ek")
        await robin.taps("Nej, ingen")
        await robin.sees("Dela min plats")
        await robin.does("share", place="Lekeryd")
        await robin.taps("Bil")
        await robin.sees("✓ Bil")
        for question in ("Vilka språk", "När kan du", "Är det okej"):
            await robin.taps("Klar, nästa fråga")
            await robin.sees(question)
        await robin.taps("Ja, det är okej")
        await robin.sees("Nu är du volontär i")

        await page(web, f"{demo.phone}/send", {"number": "+46701740608", "text": "Kan någon handla mat? Bor i Lekeryd"})
        await robin.taps("Ja, jag kan")
        held = await robin.sees('class="toast"', "Kodord vid dörren")
        resident = re.findall(r"Tel \+(\d+)", held)[0]  # somebody of the town may have asked there before the visitor
        await robin.taps("På väg")
        await until(web, f"{demo.phone}?number=%2B{resident}&part=thread", "Robin är på väg")
        await robin.taps("Klar")
        await robin.taps("Kvitto")
        await robin.sees("Skicka en bild av kvittot")
        await robin.does("photo", caption="245 kr")
        await robin.sees("245 kr för ärende", "/demo/phone/receipt.jpg")
        async with web.get(f"{demo.phone}/receipt.jpg") as picture:
            assert (await picture.read()).startswith(b"\xff\xd8")
        assert "Den knappen finns inte längre" in await robin.does("tap", data="yes:0")
        await robin.does("leave")
        assert "Prova med en telefon" in await page(web, f"{robin.entrance}?user=1")


async def chat_as_a_resident(demo: Demo) -> None:
    """A visitor asks for help in the chat, and somebody of the town comes. The town's own volunteers have chats too."""
    async with aiohttp.ClientSession(headers={"Accept-Language": "sv"}) as web:
        vera = Chat(web, f"{demo.phone}/chat")
        await vera.begin("Vera Lind")
        await vera.does("say", text="Kan någon handla mat åt mig?")
        await vera.sees("Var bor du", "Dela min plats")
        await vera.does("share", place="Huskvarna")
        await vera.sees("Position: Huskvarna", "Vi letar", "Avboka", "Kodordet är")
        chosen = re.findall(r'<option value="(500\d+)">([^<,]+)', await page(web, demo.phone))
        taken = [await page(web, f"{vera.entrance}/choose", {"person": number}) for number, _name in chosen]
        assert all(name in shown for (_number, name), shown in zip(chosen, taken, strict=True))
        assert sum("Kan du hjälpa en granne" in shown or "ändrat" in shown for shown in taken) > 3
        assert any("Till gruppen Gränna hjälper" in shown for shown in taken)


async def test_a_port_that_is_taken_is_said_in_one_line(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = await asyncio.create_subprocess_exec(
            *arguments(taken.getsockname()[1]),
            env=ENVIRONMENT | {"BUDKAVLE_DATA_DIR": str(data_dir)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await process.communicate()
    assert process.returncode == 1
    assert len(said.decode().strip().splitlines()) == 1
    assert "--port" in said.decode()
    assert is_empty(data_dir)
