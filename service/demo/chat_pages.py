"""`/demo/phone/chat`: a visitor plays somebody with Telegram, a volunteer of the town or somebody new, against the real program.

The pages look like the phone's (service/demo/phone.py), and need no sign-in and no script either.
"""

from typing import Any

from aiohttp import web

from dispatch.network import Network
from geo.model import Place
from service.demo.bot_api import ChatUser, Group
from service.demo.chat_crowd import GROUP, ChatCrowd
from service.demo.chats import RECEIPT, Chats
from service.demo.crowd import Crowd
from service.sign_in.guard import EXTRA_ROUTES
from service.sign_in.permissions import Access
from service.web.context import read_form
from service.web.render import render

SUGGESTED_NAME = "Robin Ek"
SUGGESTED_TEXT = "Kan någon handla mat åt mig?"
LONGEST_NAME, LONGEST_START = 60, 64
MENU = ("/mina", "/pass", "/paus", "/hjalp")
ENTRANCE = "/demo/phone"


class ChatPages:
    """The pages of one running demo."""

    def __init__(self, network: Network, crowd: Crowd, chats: Chats, chat_crowd: ChatCrowd) -> None:
        self._network = network
        self._crowd = crowd
        self._chats = chats
        self._chat_crowd = chat_crowd
        self._places = {place.name: place for area in network.areas.values() for place in area.places}

    def add_to(self, app: web.Application) -> None:
        """Add the routes; before the application starts."""
        handlers = {
            ("GET", "/demo/phone/chat"): self.show,
            ("GET", "/demo/phone/receipt.jpg"): self.receipt,
            ("POST", "/demo/phone/chat/choose"): self.choose,
            ("POST", "/demo/phone/chat/say"): self.say,
            ("POST", "/demo/phone/chat/tap"): self.tap,
            ("POST", "/demo/phone/chat/share"): self.share,
            ("POST", "/demo/phone/chat/photo"): self.photo,
            ("POST", "/demo/phone/chat/leave"): self.leave,
        }
        app[EXTRA_ROUTES] = app[EXTRA_ROUTES] | dict.fromkeys(handlers, Access.PUBLIC)  # beside the phone's
        for (method, path), handler in handlers.items():
            app.router.add_route(method, path, handler)

    async def show(self, request: web.Request) -> web.Response:
        """The thread of ?user=, or with &group the group's as that person sees it; with &part=thread, it alone."""
        user, group = self._who(request.query.get("user", "")), self._group("group" in request.query)
        if request.query.get("part") == "thread":
            return render(request, "demo/chat_thread.html", **self._thread(user, group))
        person = self._chat_crowd.people.get(user.id)
        context = self._thread(user, group) | {
            "who": person,
            "where": ", ".join(filter(None, (person.organisation, person.place))) if person else "",
            "in_group": self._chat_crowd.is_in_group(user.id),
            "group_title": GROUP.title,
            "menu": MENU if person or user.id in self._chat_crowd.areas else (),
            "suggestion": SUGGESTED_TEXT,
        }
        return render(request, "demo/chat.html", **context)

    async def receipt(self, _request: web.Request) -> web.StreamResponse:
        """The picture that can be sent."""
        return web.FileResponse(RECEIPT, headers={"Cache-Control": "max-age=3600"})

    async def choose(self, request: web.Request) -> web.Response:
        """Take the chat of a volunteer, or come as somebody new; `start`: the link by which they have come."""
        form = await read_form(request)
        if form.get("person"):
            user = self._who(form["person"])
            self._crowd.play(self._chat_crowd.people[user.id].phone)
            return _to(user)
        first, _, last = " ".join(form.get("name", "").split())[:LONGEST_NAME].partition(" ")
        user = self._chats.newcomer(first or "Någon", last)
        if start := form.get("start", "")[:LONGEST_START]:
            await self._chats.write(user, f"/start {start}")
        return _to(user)

    async def say(self, request: web.Request) -> web.Response:
        """Write to the bot, or in the group."""
        form, user, group = await self._read(request)
        if text := form.get("text", "").strip():
            await self._chats.write(user, text, group)
        return _to(user, group)

    async def tap(self, request: web.Request) -> web.Response:
        """Press a button under a message."""
        form, user, group = await self._read(request)
        await self._chats.tap_and_see(user, group.id if group else user.id, form.get("data", ""))
        return _to(user, group)

    async def share(self, request: web.Request) -> web.Response:
        """Share the position of a place, or without one the own number."""
        form, user, _ = await self._read(request)
        if "place" not in form:
            await self._chats.share_number(user, self._number(user))
        elif form["place"] in self._places:
            await self._chats.share_place(user, self._places[form["place"]])
        return _to(user)

    async def photo(self, request: web.Request) -> web.Response:
        """Send the picture of a receipt, with a caption or without."""
        form, user, _ = await self._read(request)
        await self._chats.send_receipt(user, form.get("caption", "").strip())
        return _to(user)

    async def leave(self, request: web.Request) -> web.Response:
        """Give the chat back to its owner."""
        _, user, _ = await self._read(request)
        self._crowd.leave(self._key(user))
        raise web.HTTPSeeOther(ENTRANCE)

    async def _read(self, request: web.Request) -> tuple[dict[str, str], ChatUser, Group | None]:
        form = await read_form(request)
        user = self._who(form.get("user", ""))
        self._crowd.play(self._key(user))
        return form, user, self._group("group" in form)

    def _who(self, number: str) -> ChatUser:
        """Raises HTTPSeeOther for nobody: a page of an earlier demo leads to the entrance."""
        key = int(number) if number.isdecimal() and len(number) < 12 else 0
        if key in self._chats.visitors:
            return self._chats.visitors[key][0]
        if key in self._chat_crowd.users:
            return self._chat_crowd.users[key]
        raise web.HTTPSeeOther(ENTRANCE)

    def _group(self, is_wanted: bool) -> Group | None:
        return GROUP if is_wanted else None

    def _number(self, user: ChatUser) -> str:
        person = self._chat_crowd.people.get(user.id)
        return person.phone if person else self._chats.visitors[user.id][1]

    def _key(self, user: ChatUser) -> str:
        """What the crowd knows them by."""
        person = self._chat_crowd.people.get(user.id)
        return person.phone if person else str(user.id)

    def _thread(self, user: ChatUser, group: Group | None) -> dict[str, Any]:
        places: list[tuple[str, tuple[Place, ...]]] = [(area.name, area.places) for area in self._network.areas.values()]
        return {
            "zone": self._network.zone,
            "user": user,
            "number": self._number(user),
            "group": group,
            "bubbles": self._chats.of(group.id if group else user.id),
            "keyboard": [] if group else self._chats.keyboard(user.id),
            "toast": self._chats.toast(user.id),
            "places": places,
        }


def _to(user: ChatUser, group: Group | None = None) -> web.Response:
    more = "&group=1" if group else ""
    return web.Response(status=303, headers={"Location": f"{ENTRANCE}/chat?user={user.id}{more}#latest"})
