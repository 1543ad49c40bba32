"""What the stream of an inbox sends: that something in it has changed. The page reads itself again."""

from dataclasses import dataclass

from service.live import Batch, frame
from service.runtime import Runtime
from sql import query


@dataclass(frozen=True, slots=True, eq=False)
class InboxView:
    """The inbox of one service group, or of all of them (None)."""

    runtime: Runtime
    group: str | None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InboxView) and self.group == other.group

    def __hash__(self) -> int:
        return hash(("service inbox", self.group))

    async def render(self, batch: Batch) -> bytes | None:
        """The event "changed" when one of the tasks is the group's business."""
        if not batch.tasks:
            return None
        concerned = await self.runtime.pool.fetch(query("service_concern"), self.group, sorted(batch.tasks))
        return frame("changed", str(len(concerned)), batch.position) if concerned else None
