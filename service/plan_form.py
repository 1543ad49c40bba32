"""When something will be done, as pages show it and ask for it: the board, the service groups' inbox, a signed link."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bots.wording import planned_words
from dispatch.model import ON_WAY, Case, OfferKind, OfferState, TaskState
from dispatch.network import Network
from dispatch.plans import LONGEST_PLAN, TIME
from dispatch.service_groups import opening
from service.web.texts import Texts


@dataclass(frozen=True, slots=True)
class PlanShown:
    """told: the planned time in words. opens: when the service groups open that it waits for. group: which of them has it. day,
    time: what the form begins with; first, last: the days that may be chosen."""

    told: str
    opens: str
    group: str
    day: str
    time: str
    first: str
    last: str


def plan_shown(case: Case, network: Network, words: Texts, now: datetime) -> PlanShown:
    """What is planned for a task, and what it waits for."""
    task, zone, language = case.task, network.zone, words.language
    planned = task.planned_at if task.is_promised else None
    local = planned.astimezone(zone) if planned else None
    opens = opening(case, network, now)
    return PlanShown(
        told=planned_words(planned, task.planned_as, language, zone) if planned else "",
        opens=planned_words(opens, TIME, language, zone) if opens else "",
        group=group_of(case, network),
        day=local.date().isoformat() if local else "",
        time=f"{local:%H:%M}" if local and task.planned_as == TIME else "",
        first=network.local_date(now).isoformat(),
        last=network.local_date(now + LONGEST_PLAN - timedelta(days=1)).isoformat(),
    )


def is_on_the_way(case: Case) -> bool:
    """Has somebody set out?"""
    task = case.task
    return task.state is TaskState.UNDERWAY or (task.state is TaskState.WITH_SERVICE and task.planned_as == ON_WAY)


def group_of(case: Case, network: Network) -> str:
    """The name of the service group that has the task, or that alone is asked; empty when it is none's."""
    held = [o for o in case.takers if o.kind is OfferKind.ACKNOWLEDGE]
    asked = [o for o in case.offers if o.kind is OfferKind.ACKNOWLEDGE and o.state is OfferState.SENT]
    keys = {o.group_key for o in held or asked}
    key = keys.pop() if len(keys) == 1 else None
    return network.group_name(key) if key else ""


def planned_in(form: Mapping[str, str], zone: ZoneInfo) -> datetime | date | None:
    """The day that a form's fields "day" and "time" say, with the time when there is one; None when no day can be read."""
    try:
        day = date.fromisoformat(form.get("day", "").strip())
        if not (clock := form.get("time", "").strip()):
            return day
        return datetime.combine(day, time.fromisoformat(clock).replace(tzinfo=None), zone)
    except ValueError:
        return None


def plan_typed(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed into the form, to be shown again."""
    return {name: form.get(name, "")[:40] for name in ("day", "time")}
