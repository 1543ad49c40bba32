"""How the desk keeps up: what waits in the inbox and in the list of calls, told by the hub when it changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from aiohttp import web

from dispatch.calls import TAKEN_FOR
from service.live import Batch, frame
from service.runtime import Runtime
from service.sign_in.guard import current_viewer, viewer_of
from service.web.context import RUNTIME
from service.web.stream import stream
from sql import query

routes = web.RouteTableDef()

# Why a task is in the shared inbox: somebody's words must be read. What only a coordinator decides or reads stands on the board.
MATTERS = (
    "emergency", "question", "callback", "not_understood", "no_answer", "helper_wrote", "wants_to_help", "failed",
    "unreadable_number", "denied", "incomplete", "expense_over", "equipment_late", "voice", "photo", "complaint",
    "partly", "flood", "outside",
)  # fmt: skip


async def counts(runtime: Runtime) -> dict[str, Any]:
    """How much waits: inbox, calls; and marks that change when the lists do."""
    now: datetime = runtime.clock.now()
    row = await runtime.pool.fetchrow(query("desk_counts"), list(MATTERS), now, now - TAKEN_FOR)
    return dict(row)


@dataclass(frozen=True, slots=True, eq=False)
class DeskView:
    """The same for everybody at the desk."""

    runtime: Runtime

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeskView)

    def __hash__(self) -> int:
        return hash(DeskView)

    async def render(self, batch: Batch) -> bytes | None:
        """How much waits now. The browser reads a list again when its mark is another one."""
        return frame("desk", orjson.dumps(await counts(self.runtime)).decode(), batch.position)


@routes.get("/desk/live")
async def live(request: web.Request) -> web.StreamResponse:
    """What waits, as it changes (server-sent events)."""
    runtime, viewer = request.app[RUNTIME], viewer_of(request)

    async def still_allowed() -> bool:
        there = await current_viewer(request)
        return there is not None and there.role == viewer.role

    return await stream(request, runtime.live, DeskView(runtime), request.query.get("since"), still_allowed)
