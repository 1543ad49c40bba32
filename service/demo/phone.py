"""`/demo/phone`: a visitor plays a resident, a volunteer or staff by SMS, against the real program. The chat has pages of its own
(service/demo/chat_pages.py).

Only the demo has these pages. They need no sign-in: nobody behind them is real.
"""

from typing import Any
from urllib.parse import quote

from aiohttp import web

from dispatch.network import Network
from dispatch.phones import read_phone
from service.demo.chat_pages import LONGEST_START, SUGGESTED_NAME
from service.demo.crowd import Crowd
from service.demo.threads import Threads
from service.demo.town import Townsperson
from service.sign_in.guard import EXTRA_ROUTES
from service.sign_in.permissions import Access
from service.web.context import read_form
from service.web.render import render

SUGGESTED_NUMBER = "070-174 06 05"  # one of the numbers that are kept free for fiction
SUGGESTED_TEXT = "Kan någon handla mat? Bor i Gränna"
ROLES = {"service": "Servicegrupper", "coordinator": "Samordnare"}


class PhonePages:
    """The pages of one running demo."""

    def __init__(self, network: Network, crowd: Crowd, threads: Threads) -> None:
        self._network = network
        self._crowd = crowd
        self._threads = threads

    def add_to(self, app: web.Application) -> None:
        """Add the routes; before the application starts."""
        handlers = {
            ("GET", "/demo/phone"): self.show,
            ("POST", "/demo/phone/choose"): self.choose,
            ("POST", "/demo/phone/send"): self.send,
            ("POST", "/demo/phone/leave"): self.leave,
        }
        app[EXTRA_ROUTES] = dict.fromkeys(handlers, Access.PUBLIC)
        for (method, path), handler in handlers.items():
            app.router.add_route(method, path, handler)

    async def show(self, request: web.Request) -> web.Response:
        """Whom to play; with ?number=, that phone's thread; with &part=thread, the thread alone."""
        phone = read_phone(request.query.get("number", ""))
        if phone is None:
            return self._choices(request)
        if request.query.get("part") == "thread":
            return render(request, "demo/thread.html", **self._thread(phone))
        context = self._thread(phone) | {
            "where": self._where(phone),
            "suggestion": SUGGESTED_TEXT,
            "unsent": "unsent" in request.query,
        }
        return render(request, "demo/phone.html", **context)

    async def choose(self, request: web.Request) -> web.Response:
        """Take a phone: a free number when one is typed, else the one that is picked."""
        form = await read_form(request)
        written = form.get("number", "").strip()
        phone = read_phone(written or form.get("person", ""))
        if phone is None:
            return self._choices(request, wrong=written or "inget")
        self._crowd.play(phone)
        return _to(phone)

    async def send(self, request: web.Request) -> web.Response:
        """Text the network from the phone, as the carrier would hand it over."""
        form = await read_form(request)
        phone = read_phone(form.get("number", ""))
        if phone is None:
            return self._choices(request, wrong=form.get("number", ""))
        self._crowd.play(phone)
        text = form.get("text", "").strip()
        taken = await self._threads.write(phone, text) if text else True
        return _to(phone, "" if taken else "&unsent")

    async def leave(self, request: web.Request) -> web.Response:
        """Give the phone back to its owner."""
        phone = read_phone((await read_form(request)).get("number", ""))
        if phone:
            self._crowd.leave(phone)
        raise web.HTTPSeeOther("/demo/phone")

    def _thread(self, phone: str) -> dict[str, Any]:
        return {
            "zone": self._network.zone,
            "number": phone,
            "who": self._crowd.town.get(phone),
            "lines": self._threads.of(phone),
        }

    def _choices(self, request: web.Request, wrong: str = "") -> web.Response:
        context = {
            "people": self._people(in_chat=False),
            "chatters": self._people(in_chat=True),
            "start": request.query.get("start", "")[:LONGEST_START],
            "suggested": SUGGESTED_NUMBER,
            "suggested_name": SUGGESTED_NAME,
            "suggestion": SUGGESTED_TEXT,
            "wrong": wrong,
        }
        return render(request, "demo/choose.html", 400 if wrong else 200, **context)

    def _people(self, in_chat: bool) -> list[tuple[str, list[Townsperson]]]:
        """Everybody but the residents, by heading, staff first. in_chat: those who have the chat, or the others."""
        headings: dict[str, list[Townsperson]] = {}
        staff_first = sorted(
            self._crowd.town.values(), key=lambda p: list(ROLES).index(p.role) if p.role in ROLES else len(ROLES)
        )
        for person in staff_first:
            if bool(person.chat) is not in_chat:
                continue
            if person.role in ROLES:
                headings.setdefault(ROLES[person.role], []).append(person)
            elif person.role == "volunteer":
                headings.setdefault(f"Volontärer i {self._network.area_name(person.area)}", []).append(person)
        return list(headings.items())

    def _where(self, phone: str) -> str:
        person = self._crowd.town.get(phone)
        return ", ".join(filter(None, (person.organisation, person.place))) if person else ""


def _to(phone: str, more: str = "") -> web.Response:
    return web.Response(status=303, headers={"Location": f"/demo/phone?number={quote(phone)}{more}"})
