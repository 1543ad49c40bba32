"""A municipality's case system that speaks Open311 GeoReport v2, on this machine. https://wiki.open311.org/GeoReport_v2/."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

KEY = "the-municipality-gave-us-this"
FIELDS = {"api_key", "jurisdiction_id", "service_code", "address_string", "lat", "long", "description"}


@dataclass
class FakeOpen311:
    """Files what it is sent and shows it. The attributes below say on which bad day it is.

    filed: the fields of each request, without the key, oldest first; cases: what it says of each, by identifier.
    """

    now: Callable[[], datetime]
    url: str = ""
    filed: list[dict[str, str]] = field(default_factory=list)
    cases: dict[str, dict[str, Any]] = field(default_factory=dict)
    codes: tuple[str, ...] = ("017", "099")
    status: int = 200  # of every answer
    refuses: tuple[int, str] | None = None  # a POST, with this status and description
    hangs: float = 0.0  # seconds before each answer: what was sent is filed all the same
    tokens: dict[str, str | None] | None = None  # it answers with tokens; what has become of each
    shows_descriptions: bool = True
    batches: bool = True  # it can be asked about many at once
    body: str | None = None  # of every answer
    asked: list[str] = field(default_factory=list)

    def says(self, identifier: str, **fields: Any) -> None:
        """Somebody at the municipality writes this in the case."""
        self.cases[identifier] |= {"updated_datetime": self.now().isoformat(), **fields}

    async def answer(self, request: web.Request) -> web.Response:
        """Any request."""
        path, _, form = request.path.removeprefix("/v2/").rpartition(".")
        self.asked.append(f"{request.method} {path}")
        if self.status not in (200, 500):
            return web.Response(status=self.status, text="down", headers={"Location": "https://elsewhere.example/"})
        data, name = await self._data(request, path)
        if self.hangs:
            await asyncio.sleep(self.hangs)
        if self.status == 500:  # after it has filed it
            return web.Response(status=500, text="oops")
        if self.body is not None:
            return web.Response(text=self.body, content_type="application/json")
        status = int(data[0]["code"]) if name == "errors" else 201 if request.method == "POST" else 200
        if form == "json":
            return web.Response(status=status, body=orjson.dumps(data), content_type="application/json")
        return web.Response(status=status, text=_xml(name, data), content_type="text/xml")

    async def _data(self, request: web.Request, path: str) -> tuple[list[dict[str, Any]], str]:
        if request.method == "POST":
            return self._file(dict(await request.post()))
        if path == "services":
            return [
                {"service_code": c, "service_name": c, "metadata": "false", "type": "realtime"} for c in self.codes
            ], "services"
        if path.startswith("tokens/"):
            token = path.removeprefix("tokens/")
            return [{"token": token, "service_request_id": (self.tokens or {}).get(token) or ""}], "service_requests"
        if path.startswith("requests/"):
            found = self.cases.get(path.removeprefix("requests/"))
            return ([self._shown(found)], "service_requests") if found else _error(404, "service_request_id not found")
        ids = request.query.get("service_request_id")
        if ids is not None and not self.batches:
            return _error(400, "one at a time")
        return [self._shown(c) for i, c in self.cases.items() if ids is None or i in ids.split(",")], "service_requests"

    def _file(self, fields: dict[str, Any]) -> tuple[list[dict[str, Any]], str]:
        assert set(fields) <= FIELDS, fields
        assert fields.get("address_string") or fields.get("lat")
        if fields.pop("api_key", None) != KEY:
            return _error(403, "api_key is missing or wrong")
        if self.refuses:
            return _error(*self.refuses)
        self.filed.append(fields)
        identifier = f"JKPG-{len(self.filed)}"
        at = self.now().isoformat()
        self.cases[identifier] = {
            "service_request_id": identifier, "status": "open", "status_notes": "", "service_code": fields["service_code"],
            "description": fields["description"], "requested_datetime": at, "updated_datetime": at, "expected_datetime": "",
        }  # fmt: skip
        if self.tokens is not None:
            self.tokens[f"token-{len(self.filed)}"] = None
            return [{"token": f"token-{len(self.filed)}"}], "service_requests"
        return [{"service_request_id": identifier, "service_notice": "", "account_id": None}], "service_requests"

    def _shown(self, case: dict[str, Any]) -> dict[str, Any]:
        return case if self.shows_descriptions else {k: v for k, v in case.items() if k != "description"}


def _error(code: int, description: str) -> tuple[list[dict[str, Any]], str]:
    return [{"code": code, "description": description}], "errors"


def _xml(name: str, data: list[dict[str, Any]]) -> str:
    entry = {"services": "service", "service_requests": "request", "errors": "error"}[name]
    rows = ("".join(f"<{k}>{escape(str(v or ''))}</{k}>" for k, v in row.items()) for row in data)
    inside = "".join(f"<{entry}>{row}</{entry}>" for row in rows)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<{name}>{inside}</{name}>'


@contextlib.asynccontextmanager
async def fake_open311(now: Callable[[], datetime]) -> AsyncIterator[FakeOpen311]:
    """The case system, running. now: its clock."""
    fake = FakeOpen311(now)
    app = web.Application()
    app.router.add_route("*", "/v2/{tail:.*}", fake.answer)
    server = TestServer(app)
    await server.start_server()
    fake.url = str(server.make_url("/v2"))
    yield fake
    await server.close()
