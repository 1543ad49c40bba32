"""A task's post in a group chat, as the task stands now. Pure. Never with anything that says who the resident is."""

from typing import Any

from bots.telegram.buttons import Button, Rows, data
from bots.telegram.cards import Card, when_of
from dispatch.model import ENDED, HELD, Case, TaskState, Urgency
from dispatch.network import Network
from dispatch.routines import is_for_staff

AREA, DUTY = "area", "duty"


def may_join(case: Case, network: Network) -> bool:
    """May somebody in the group take it? Not what a human must see to, nor what is not a volunteer's."""
    category = network.category(case.need.category)
    return (
        case.task.state is TaskState.OPEN
        and case.task.human is None
        and category is not None
        and not is_for_staff(case, category)
        and case.need.urgency is not Urgency.EMERGENCY
        and not case.resident.protected
    )


def post(case: Case, purpose: str, network: Network, board: str | None) -> Card:
    """How the post should be now. board: the address of the task's page for staff."""
    task = case.task
    params: dict[str, Any] = {
        "code": task.code,
        "category": case.need.category,
        **network.told_places(case.need),
        **when_of(case),
        "urgency": case.need.urgency.value,
        "human": task.human,
        "protected": case.resident.protected,
        "helper": case.people[case.takers[-1].person_id].first_name if case.takers else "",
    }
    over = task.state in ENDED
    if purpose == DUTY:
        return _for_duty(case, params, board, over)
    if may_join(case, network):
        return Card("post_open", params, ((Button("b_yes", data("join", task.id)),),))
    if task.state in HELD | {TaskState.OPEN}:
        return Card("post_taken" if params["helper"] else "post_with_others", params)
    if task.state is TaskState.CANCELLED:
        return Card("post_cancelled", params, over=True)
    return Card("post_done", params, over=over)


def _for_duty(case: Case, params: dict[str, Any], board: str | None, over: bool) -> Card:
    look: tuple[Button, ...] = (Button("b_board", url=f"{board}/board/{case.task.code}"),) if board else ()
    rows: Rows = (look,) if look else ()
    if case.task.state is TaskState.OPEN:
        return Card("duty_open", params, ((Button("b_acknowledge", data("answer", case.task.id)), *look),))
    if case.task.state in HELD:
        return Card("duty_taken", params, rows)
    return Card("duty_cancelled" if case.task.state is TaskState.CANCELLED else "duty_done", params, rows, over=over)
