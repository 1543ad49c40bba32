"""Carries requests to the case systems of service groups, and back what they say: leased, spoken outside any transaction, tried
again with growing pauses, and given up where a coordinator hears of it. One system that hangs holds up no other.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NoReturn, Protocol

import aiohttp
import structlog

from dispatch import case_system_desk as desk
from dispatch import store
from dispatch.case_systems import FIRST_LOOK, LAST_LOOK, RequestState, SystemRequest, contact_of
from dispatch.model import ENDED, Case, OfferState, TaskState
from dispatch.network import CaseSystem
from dispatch.office import Office
from dispatch.outbox import again_at
from service.open311.client import Endpoint, Refused, Unavailable
from service.open311.formats import Record
from service.open311.mapping import mark, posted, report_of
from service.settings import SettingsError
from service.web.texts import texts

log = structlog.get_logger()

LEASE = timedelta(minutes=5)  # longer than one system may take for all that is leased at once
PAUSE = timedelta(minutes=1)  # until it is asked what has become of a token, and after a fault
GONE_AFTER = 3  # looks in a row that do not find a request: then it is gone
MOST_ATTEMPTS = 1_000  # counted; a system that is away for days is still asked about what it has
WAITING = frozenset({OfferState.SENT, OfferState.ACCEPTED})


class Posts(Protocol):
    """Makes the endpoint of a case system."""

    def __call__(self, system: CaseSystem) -> Endpoint:
        """The endpoint."""


def missing_keys(systems: Mapping[str, CaseSystem], environment: Mapping[str, str]) -> list[str]:
    """The names of keys that must be in the environment and are not."""
    return sorted({s.key_name for s in systems.values() if not environment.get(s.key_name)})


def require_keys(systems: Mapping[str, CaseSystem], environment: Mapping[str, str]) -> None:
    """Raises SettingsError when a key is missing."""
    if missing := missing_keys(systems, environment):
        raise SettingsError(f"missing in the environment: {', '.join(missing)} (the key that the case system has given you)")


def endpoints(environment: Mapping[str, str], session: aiohttp.ClientSession) -> Posts:
    """Endpoints with the keys of the environment."""
    return lambda system: Endpoint(system, environment.get(system.key_name), session)


class Courier:
    """Speaks for one network with the case systems of its groups. link: the page where whoever has an offer answers it."""

    def __init__(self, office: Office, endpoint: Posts, link: Callable[[int], str | None], now: Callable[[], datetime]) -> None:
        self._office, self._endpoint, self._link, self._now = office, endpoint, link, now
        self._words = texts(office.network.languages[0] if office.network.languages else "sv")

    async def work(self) -> int:
        """Post and look at what is due. Returns how many requests."""
        now = self._now()
        due = await desk.lease_due(self._office.pool, now, now + LEASE)
        by_group: dict[str, list[SystemRequest]] = {}
        for request in due:
            by_group.setdefault(request.group_key, []).append(request)
        await asyncio.gather(*(self._of_group(key, requests) for key, requests in by_group.items()))
        return len(due)

    async def _of_group(self, key: str, requests: Sequence[SystemRequest]) -> None:
        system = self._office.network.systems.get(key)
        if system is None:  # the network file has it no longer
            for request in requests:
                await desk.note(self._office, request.ended(error="the group has no case system any more"), self._now())
            return
        endpoint = self._endpoint(system)
        answers = True
        for request in (r for r in requests if r.state is not RequestState.OPEN):
            if answers:
                answers = await self._safely(request, self._file(endpoint, system, request))
            else:  # the others need not wait for it one by one
                await desk.note(self._office, replace(request, due_at=self._now() + PAUSE), self._now())
        if has_it := [r for r in requests if r.state is RequestState.OPEN]:
            await self._look(endpoint, system, has_it)

    async def _safely(self, request: SystemRequest, work: Any) -> bool:
        """One request that cannot be dealt with holds up no other. False when the system does not answer."""
        try:
            await work
        except Unavailable as error:
            await self._later(request, error)
            return False
        except Refused as error:
            await self._give_up(request, str(error))
        except Exception:
            log.exception("open311.failed", request=request.id)
            await desk.note(self._office, replace(request, due_at=self._now() + PAUSE, unsure=True), self._now())
        return True

    async def _file(self, endpoint: Endpoint, system: CaseSystem, request: SystemRequest) -> None:
        if request.state is RequestState.TOKEN:
            await self._redeem(endpoint, system, request)
            return
        async with self._office.pool.acquire() as connection:
            found = await store.cases_by_id(connection, [request.task_id])
        offer = contact_of(found[0], request.group_key) if found else None
        if offer is None or offer.state not in WAITING or found[0].task.state in ENDED | {TaskState.DONE}:
            await desk.note(self._office, request.ended(), self._now())  # nobody needs it any more
            return
        answer = await self._filed_already(endpoint, system, found[0], request)
        if answer is None:
            fields = posted(self._office.network, found[0], request, system, self._link(offer.id), self._words)
            answer = await endpoint.post(fields)
        if answer.get("service_request_id"):
            await self._hear(system, request, {"service_request_id": answer["service_request_id"]})
            return
        waits = replace(request, state=RequestState.TOKEN, token=answer["token"][:200], unsure=False, error=None, attempts=0)
        await desk.note(self._office, replace(waits, due_at=self._now() + PAUSE), self._now())

    async def _redeem(self, endpoint: Endpoint, system: CaseSystem, request: SystemRequest) -> None:
        """What has become of a token."""
        try:
            identifier = await endpoint.by_token(request.token or "")
        except Refused as error:
            if not error.missing:
                raise
            await self._missing(request)
        if identifier is None:
            await desk.note(self._office, request.looked_at(self._now(), request.heard), self._now())
        else:
            await self._hear(system, request, {"service_request_id": identifier})

    async def _filed_already(self, endpoint: Endpoint, system: CaseSystem, case: Case, request: SystemRequest) -> Record | None:
        """What was posted before, when the answer was lost. A system that shows no descriptions may get it twice."""
        if not request.unsure:
            return None
        try:
            code = system.service_code(case.need.category)
            found = await endpoint.find(code, mark(self._office.network, case, request), request.created_at)
        except Refused:
            found = None
        if found is None:
            log.warning("open311.posted_again", request=request.id, group=request.group_key)
        return found

    async def _look(self, endpoint: Endpoint, system: CaseSystem, requests: Sequence[SystemRequest]) -> None:
        try:
            found = await endpoint.look([r.service_request_id or "" for r in requests])
        except (Unavailable, Refused) as error:
            for request in requests:
                await self._later(request, error)
            return
        for request in requests:
            record = found.get(request.service_request_id or "")
            await self._safely(request, self._missing(request) if record is None else self._hear(system, request, record))

    async def _hear(self, system: CaseSystem, request: SystemRequest, record: Record) -> None:
        if report := report_of(record):
            await desk.hear(self._office, request, report, system.on_receipt, self._now())

    async def _missing(self, request: SystemRequest) -> NoReturn:
        if request.attempts + 1 >= GONE_AFTER:
            raise Refused("404")
        raise Unavailable("does not know the request")

    async def _later(self, request: SystemRequest, error: Exception) -> None:
        """Try again. What has been filed is asked about for as long as it takes; what has not is given up in the end."""
        now, attempts = self._now(), min(request.attempts + 1, MOST_ATTEMPTS)
        log.warning("open311.unavailable", request=request.id, group=request.group_key, why=str(error)[:80])
        again = again_at(attempts, now)
        if request.state is not RequestState.QUEUED:
            again = now + min(FIRST_LOOK * 2 ** min(attempts, 8), LAST_LOOK)
        if again is None:
            await self._give_up(request, str(error))
            return
        unsure = request.unsure or (isinstance(error, Unavailable) and error.unsure)
        failed = replace(request, attempts=attempts, unsure=unsure, due_at=again, error=str(error)[:200])
        await desk.note(self._office, failed, now)

    async def _give_up(self, request: SystemRequest, why: str) -> None:
        log.warning("open311.given_up", request=request.id, group=request.group_key)
        await desk.give_up(self._office, request, why[:200], self._now())
