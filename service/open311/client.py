"""Speaks to one case system by GeoReport v2: posts, looks up, and says what went wrong in a way that can be acted on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote

import aiohttp

from bots.bounded import read_at_most
from dispatch.network import CaseSystem
from service.open311.formats import BIGGEST, CONTENT_TYPES, Record, Unreadable, error_text, read

TIMEOUT = 10.0  # seconds for a whole answer
BUSY = (408, 425, 429)  # refusals that say nothing of the request
NOT_THERE = (404, 410)


class Refused(Exception):
    """The system will never take this. str(): its status, and what it says. missing: it does not know what was asked for."""

    def __init__(self, why: str, missing: bool = False) -> None:
        super().__init__(why)
        self.missing = missing


class Unavailable(Exception):
    """The system cannot answer now. unsure: what was sent may have arrived all the same."""

    def __init__(self, why: str, unsure: bool = False) -> None:
        super().__init__(why)
        self.unsure = unsure


class Endpoint:
    """One case system. key: what it has given us to post with; None: nothing."""

    def __init__(self, system: CaseSystem, key: str | None, session: aiohttp.ClientSession, timeout: float = TIMEOUT) -> None:
        self._system, self._key, self._session = system, key, session
        self._timeout = aiohttp.ClientTimeout(total=timeout)

    async def post(self, fields: Mapping[str, str]) -> Record:
        """File a request. The answer has a "service_request_id", or a "token". Raises Refused, Unavailable."""
        data = {**fields, **({"api_key": self._key} if self._key else {})}
        records = await self._ask("POST", "requests", data=data)
        found = next((r for r in records if r.get("service_request_id") or r.get("token")), None)
        if found is None:
            raise Unavailable("the answer has neither an identifier nor a token", unsure=True)
        return found

    async def by_token(self, token: str) -> str | None:
        """The identifier that a token has become; None when there is none yet. Raises Refused, Unavailable."""
        records = await self._ask("GET", f"tokens/{quote(token, safe='')}")
        return next((r["service_request_id"] for r in records if r.get("service_request_id")), None)

    async def look(self, ids: Sequence[str]) -> dict[str, Record]:
        """What it says of these requests, by identifier: of many at once, then of each that it has left out. One that it does
        not know is not among them. Raises Refused, Unavailable."""
        found = await self._look_together(ids) if len(ids) > 1 else {}
        for identifier in ids:
            if identifier not in found:
                try:
                    records = await self._ask("GET", f"requests/{quote(identifier, safe='')}")
                except Refused as error:
                    if error.missing:
                        continue
                    raise
                found |= _by_id(records, [identifier])
        return found

    async def _look_together(self, ids: Sequence[str]) -> dict[str, Record]:
        try:
            records = await self._ask("GET", "requests", params={"service_request_id": ",".join(ids)})
        except Refused:  # not every system can
            return {}
        return _by_id(records, ids)

    async def find(self, service_code: str, mark: str, since: datetime) -> Record | None:
        """A request that was filed with these words in its description. None when it is not seen: many systems show no
        descriptions. Raises Refused, Unavailable."""
        began = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        records = await self._ask("GET", "requests", params={"service_code": service_code, "start_date": began})
        return next((r for r in records if r.get("service_request_id") and mark in r.get("description", "")), None)

    async def services(self) -> list[Record]:
        """The kinds of requests that it takes. Raises Refused, Unavailable."""
        return await self._ask("GET", "services")

    async def _ask(
        self, method: str, path: str, params: Mapping[str, str] | None = None, data: Mapping[str, str] | None = None
    ) -> list[Record]:
        form, posts = self._system.format, method == "POST"
        asked = dict(params or {})
        if self._system.jurisdiction and not posts:
            asked["jurisdiction_id"] = self._system.jurisdiction
        url, headers = f"{self._system.url}/{path}.{form}", {"Accept": CONTENT_TYPES[form]}
        try:
            async with self._session.request(
                method, url, params=asked, data=data, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                body = await read_at_most(response, BIGGEST)
                return _understood(response.status, body, response.content_type, posts)
        except aiohttp.ClientConnectorError as error:
            raise Unavailable("cannot be reached") from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise Unavailable(f"no answer ({type(error).__name__})", unsure=posts) from error


def _by_id(records: Sequence[Record], ids: Sequence[str]) -> dict[str, Record]:
    return {i: r for r in records if (i := r.get("service_request_id", "")) in ids}


def _understood(status: int, body: bytes, content_type: str, posts: bool) -> list[Record]:
    if status >= 500 or status in BUSY:
        raise Unavailable(f"answers {status}", unsure=posts and status >= 500)
    try:
        records = read(body, content_type)
    except Unreadable as error:
        if status >= 300:
            raise Refused(str(status), status in NOT_THERE) from error
        raise Unavailable(f"its answer cannot be read: {error}", unsure=posts) from error
    if status >= 300:  # it has moved, too: the key is sent nowhere that the network file does not name
        raise Refused(error_text(records) or str(status), status in NOT_THERE)
    return records
