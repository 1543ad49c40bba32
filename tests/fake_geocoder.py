"""Nominatim and Photon as they answer, on this machine. Whatever a request holds beside the address and what is public fails the
story. The formats: https://nominatim.org/release-docs/latest/api/Output/ (jsonv2) and
https://github.com/komoot/photon/blob/master/docs/api-v1.md."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

PUBLIC = {
    "nominatim": {
        "format": "jsonv2", "addressdetails": "1", "limit": "5", "countrycodes": "se", "bounded": "1", "accept-language": "sv",
    },
    "photon": {"limit": "5"},
}  # fmt: skip
BOX = {"nominatim": "viewbox", "photon": "bbox"}
PATH = {"nominatim": "/search", "photon": "/api"}


def nominatim_place(street: str, number: str, village: str, lat: float, lon: float, **more: Any) -> dict[str, Any]:
    """One place as jsonv2 has it."""
    address = {
        "road": street,
        "village": village,
        "municipality": "Jönköpings kommun",
        "country": "Sverige",
        "country_code": "se",
    }
    if number:
        address["house_number"] = number
    return {
        "place_id": 100149, "licence": "Data © OpenStreetMap contributors, ODbL 1.0. http://osm.org/copyright",
        "osm_type": "node", "osm_id": 107775, "lat": str(lat), "lon": str(lon), "category": "place" if number else "highway",
        "type": "house" if number else "residential", "place_rank": 30 if number else 26, "importance": 0.00001,
        "addresstype": "place" if number else "road", "name": "" if number else street,
        "display_name": f"{number}, {street}, {village}, Jönköpings kommun, Sverige", "address": address,
        "boundingbox": [str(lat), str(lat), str(lon), str(lon)],
    } | more  # fmt: skip


def photon_place(street: str, number: str, city: str, lat: float, lon: float, **more: Any) -> dict[str, Any]:
    """One feature as Photon has it."""
    named = {"street": street, "housenumber": number, "type": "house"} if number else {"name": street, "type": "street"}
    properties = {
        "osm_type": "N", "osm_id": 107775, "osm_key": "place" if number else "highway", "osm_value": "house",
        "country": "Sverige", "countrycode": "SE", "county": "Jönköpings län", "city": city, "postcode": "56331",
    } | named | more  # fmt: skip
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


@dataclass
class FakeGeocoder:
    """A geocoder that knows what a story tells it. asked: the addresses that came, each with its moment; wrong: what a request
    must not hold."""

    kind: str
    url: str = ""
    places: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    status: int = 200
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    takes: float = 0.0
    at_once: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """GET of the search."""
        self.at_once += 1
        try:
            return await self._answer(request)
        finally:
            self.at_once -= 1

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        self.asked.append(query.pop("q", ""))
        self.moments.append(asyncio.get_running_loop().time())
        box = query.pop(BOX[self.kind], "")
        if request.path != PATH[self.kind] or query != PUBLIC[self.kind] or box.count(",") != 3 or self.at_once > 1:
            self.wrong.append(f"{request.path_qs}, {self.at_once} at once")
        agent = request.headers.get("User-Agent", "")
        told = set(request.headers) - {"Host", "User-Agent", "Accept", "Accept-Encoding"}
        if not agent.startswith("Budkavle/") or told or await request.read():
            self.wrong.append(f"{agent}: {told}")
        await asyncio.sleep(self.takes)
        if self.body is not None or self.status != 200:
            return web.Response(status=self.status, text=self.body or "", content_type="text/html", headers=self.headers)
        found = self.places.get(self.asked[-1], [])
        return web.json_response(found if self.kind == "nominatim" else {"type": "FeatureCollection", "features": found})

    async def say_status(self, request: web.Request) -> web.Response:
        """GET /status."""
        return web.Response(status=self.status, text="OK")


@contextlib.asynccontextmanager
async def fake_geocoder(kind: str) -> AsyncIterator[FakeGeocoder]:
    """A geocoder at work. Fails at the end when something came to it that must not."""
    fake = FakeGeocoder(kind)
    app = web.Application()
    app.router.add_get("/status", fake.say_status)
    app.router.add_route("*", "/{path:.*}", fake.answer)
    server = TestServer(app)
    await server.start_server()
    fake.url = str(server.make_url("")).rstrip("/")
    yield fake
    await server.close()
    assert not fake.wrong, fake.wrong
