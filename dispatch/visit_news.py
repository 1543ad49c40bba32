"""What residents read of the visits that come back: on a holiday, moved, left out. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from dispatch.changes import Message, message
from dispatch.model import Need, Person, Task
from dispatch.network import Network


def visit_news(
    resident: Person, task: Task, need: Need, data: Mapping[str, Any], network: Network, now: datetime, moved: bool = False
) -> list[Message]:
    """What a resident reads of the next visit of a need that repeats when it is not on its usual day, or on a holiday of which
    nothing has been said. data: of the event that opened or moved it. moved: it was another day until now."""
    if task.occasion is None:
        return []
    skipped, holiday = data.get("skipped"), network.days.holiday(task.occasion)
    away = skipped[0] if skipped else task.by_rule.isoformat() if task.by_rule else None
    if away is None and not moved and (holiday is None or need.holidays is not None):
        return []
    kind = "visit_skipped" if skipped else "visit_moved" if away or moved else "visit_on_holiday"
    about = {"code": task.code, "category": need.category, "occasion": task.occasion, "away": away}
    said = message(resident, kind, about, task.id, now)
    return [replace(said, due_at=network.hours.awake_from(now))] if said.channel != "call" else []
