"""A task as a card of the board: what one glance must tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.model import Case, Deadline, OfferState, TaskState, Urgency
from dispatch.phones import as_written
from dispatch.rows import case_of
from dispatch.whereabouts import OUTSIDE, outside_of
from service.board.discretion import for_lead, in_confidence, is_confidential
from service.board.filters import Filters, today_began
from service.board.lanes import LANES, OTHER_REASON, REASONS, STATES, STEPS
from service.plan_form import PlanShown, plan_shown
from service.runtime import Runtime
from service.web.texts import Texts
from sql import query

A_LANE = 25  # cards of each column at first; with 2,000 open tasks the page stays light
A_WHOLE_LANE = 400  # cards when one column is looked at
WORDS_SHOWN = 110  # characters
NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Card:
    """What a card shows. at: the column's order. tag: state, when the column does not say it."""

    id: int
    code: str
    lane: str
    at: float
    urgency: str
    category: str
    place: str
    who: str
    words: str
    reason: str
    tag: str
    step: str
    asked: tuple[str, ...]
    asked_more: int
    takers: tuple[str, ...]
    created_at: datetime
    deadline_at: datetime | None
    held: bool
    waits: bool  # for an answer, not for an escalation
    plan: PlanShown


def card_of(row: Any, filters: Filters, runtime: Runtime, words: Texts) -> Card:
    """The card of a row of board_cards, for somebody who has these filters."""
    case = case_of(row["doc"])
    if filters.public_only:
        case = for_lead(case, filters.area, words)
    if is_confidential(case) and not filters.confides:
        case = in_confidence(case, words)
    task, need = case.task, case.need
    asked = [_short_name(case, o.person_id) for o in case.offers if o.state is OfferState.SENT]
    looking = task.state is TaskState.OPEN
    return Card(
        id=task.id,
        code=task.code,
        lane=row["lane"],
        at=row["position"],
        urgency=need.urgency,
        category=title_of(case, runtime, words),
        place=where_of(case, runtime, words),
        who=case.resident.name or as_written(case.resident.phone or case.resident.phone_raw),
        words=_shortened(need.text),
        reason=reason_of(case, runtime, words) if row["lane"] == "human" and need.category else "",
        tag=words.gettext(STATES[task.state]) if row["lane"] == "done" or task.state is TaskState.ASKING else "",
        step=words.gettext(STEPS[task.current.ask]) if task.current and looking else "",
        asked=tuple(asked[:NAMES_SHOWN]),
        asked_more=max(len(asked) - NAMES_SHOWN, 0),
        takers=tuple(_full_name(case, o.person_id) for o in case.takers),
        created_at=task.created_at,
        deadline_at=task.deadline_at,
        held=task.deadline is Deadline.HELD,
        waits=not looking,
        plan=plan_shown(case, runtime.network, words, runtime.clock.now()),
    )


def where_of(case: Case, runtime: Runtime, words: Texts) -> str:
    """The place; of what is fetched elsewhere both places. Never an address."""
    told = runtime.network.told_places(case.need)
    place = told["place"] or words.gettext("place unknown")
    if "from_place" not in told:
        return place
    start = told["from_place"] or words.gettext("another place")
    return words.gettext("from %(start)s to %(end)s") % {"start": start, "end": place}


def reason_of(case: Case, runtime: Runtime, words: Texts) -> str:
    """Why a human must act, in words; of what lies outside also what is near."""
    human = case.task.human or ("emergency" if case.need.urgency is Urgency.EMERGENCY else "")
    said = words.gettext(REASONS.get(human, OTHER_REASON))
    return ". ".join([said, *_near(case, runtime, words)]) if human == OUTSIDE else said


def _near(case: Case, runtime: Runtime, words: Texts) -> list[str]:
    there, near = outside_of(case.need, runtime.network), []
    if there.nearest is not None and there.km is not None:
        area, km = runtime.network.area_name(there.nearest), max(1, round(there.km))
        near.append(words.gettext("Nearest: %(area)s, %(km)s km") % {"area": area, "km": km})
    if there.network:
        phone = as_written(there.phone) if there.phone else ""
        near.append(words.gettext("Who helps there: %(network)s %(phone)s") % {"network": there.network, "phone": phone})
    return [part.strip() for part in near]


def title_of(case: Case, runtime: Runtime, words: Texts) -> str:
    """What a task is called: its category, or why a human must look when it has none."""
    told = case.task.human is not None or case.need.urgency is Urgency.EMERGENCY
    if case.need.category is None and told:
        return reason_of(case, runtime, words)
    return category_name(runtime, case.need.category, words)


def category_name(runtime: Runtime, key: str | None, words: Texts) -> str:
    """The category in the reader's language."""
    category = runtime.network.category(key)
    return category.name(words.language) if category else words.gettext("Not clear yet")


def _short_name(case: Case, person: int) -> str:
    someone = case.people[person]
    return someone.first_name or someone.organisation or as_written(someone.phone or "?")


def _full_name(case: Case, person: int) -> str:
    someone = case.people[person]
    return ", ".join(filter(None, (someone.name or as_written(someone.phone or ""), someone.organisation)))


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WORDS_SHOWN else f"{line[: WORDS_SHOWN - 1].rstrip()}…"


def limit_of(filters: Filters) -> int:
    """How many cards of a column a page has at first."""
    return A_WHOLE_LANE if filters.lane else A_LANE


async def load_cards(
    runtime: Runtime, filters: Filters, words: Texts, now: datetime, tasks: Sequence[int] | None = None
) -> dict[str, list[Card]]:
    """The columns with their cards in order. tasks: only these, in whatever column they stand."""
    limit = limit_of(filters) if tasks is None else len(tasks)
    values = filters.values(today_began(runtime.network, now))
    rows = await runtime.pool.fetch(query("board_cards"), *values, filters.lane, limit, tasks)
    lanes: dict[str, list[Card]] = {lane: [] for lane in LANES if filters.lane in (None, lane)}
    for row in rows:
        lanes[row["lane"]].append(card_of(row, filters, runtime, words))
    return lanes


async def load_counts(runtime: Runtime, filters: Filters, now: datetime) -> dict[str, int]:
    """How many tasks stand in each column."""
    rows = await runtime.pool.fetch(query("board_counts"), *filters.values(today_began(runtime.network, now)))
    return dict.fromkeys(LANES, 0) | {row["lane"]: row["n"] for row in rows}
