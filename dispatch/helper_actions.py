"""What the actions of helpers look up before they are decided (helping.py, money.py), one function each, as in actions.py.

A second tap on the same button is not told twice: what has just been said in the same words changes nothing.
"""

from datetime import timedelta

from dispatch import store
from dispatch.actions import Scene
from dispatch.dialling import OutgoingCall, Purpose
from dispatch.errors import BadRequest, NotYours
from dispatch.helping import (
    Staying,
    decide_again,
    decide_connect,
    decide_keep,
    decide_late,
    decide_need_service,
    require_paying,
)
from dispatch.model import Attachment, Offer, OfferKind, OfferState, Person
from dispatch.money import decide_expense
from dispatch.offers import Decision
from sql import query

TWICE = timedelta(minutes=2)  # the same words from the same person within this time are one saying


async def late(s: Scene) -> Decision:
    """The helper comes later: details "minutes"."""
    offer, minutes = help_offer(s), s.command.details.get("minutes")
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        raise BadRequest("minutes: say how many")
    if await s.connection.fetchval(query("late_just_said"), s.case.task.id, offer.person_id, minutes, s.now - TWICE):
        return s.case, []
    return decide_late(s.case, offer, minutes, s.office.network, s.now)


async def connect(s: Scene) -> Decision:
    """We phone the helper, and then the resident. Two taps are one call."""
    decision = decide_connect(s.case, help_offer(s), s.office.network, s.now)
    helper, resident = help_offer(s).person_id, s.case.resident.id
    if await s.connection.fetchval(query("dial_bridge"), s.case.task.id, helper) is not None:
        return s.case, []
    call = OutgoingCall(s.office.mint.id(), Purpose.BRIDGE, helper, resident, s.now, s.now, task_id=s.case.task.id)
    s.changes.dials_new.append(call)
    return decision


async def need_service(s: Scene) -> Decision:
    """It is nothing for volunteers; text: why."""
    return decide_need_service(s.case, help_offer(s), " ".join(s.command.text.split()), s.now)


async def keep(s: Scene) -> Decision:
    """The helper is asked first from now on."""
    return _stay(s, decide_keep(s.case, help_offer(s), s.now))


async def again(s: Scene) -> Decision:
    """The same help a week later."""
    offer = help_offer(s)
    row = await s.connection.fetchrow(query("next_visits"), s.case.task.id, s.case.need.id)
    done_at = row["done_at"] or offer.answered_at or s.now
    await store.fill(s.connection, s.office.mint, 2)
    network = s.office.network
    done_on, planned = network.local_date(done_at), frozenset(row["days"])
    return _stay(s, decide_again(s.case, offer, done_on, planned, network, s.now, s.office.mint))


def _stay(s: Scene, staying: Staying) -> Decision:
    if staying.resident is not None:  # always when something is new: two taps are decided one after the other
        s.changes.people[staying.resident.id] = staying.resident
    if staying.visit is not None:
        s.changes.occasion(*staying.visit)
    return staying.decision


async def expense(s: Scene) -> Decision:
    """What was paid: details "amount_ore" and "receipt", the id of a photograph of this task, or one that is new (Attachment)."""
    who, offer, amount = acting(s), help_offer(s), s.command.details.get("amount_ore")
    receipt = await _receipt(s, s.command.details.get("receipt"))
    await store.fill(s.connection, s.office.mint, 2)
    mine, paid, over = decide_expense(s.case, offer, amount, receipt, s.office.network, s.now, s.office.mint)
    if await s.connection.fetchval(query("expense_just_told"), s.case.task.id, who.id, amount, receipt, s.now - TWICE):
        return s.case, []
    s.changes.expenses.append(paid)
    s.changes.people.setdefault(who.id, who)
    if over is not None:
        s.take_over(None, over)
    return mine


async def _receipt(s: Scene, given: object) -> int | None:
    if given is None:
        return None
    if isinstance(given, Attachment) and given.task_id == s.case.task.id:
        require_paying(s.case, help_offer(s), s.now)
        s.changes.attachments.append(given)
        return given.id
    # One that is not stored yet comes along in the same commit.
    if not isinstance(given, int) or await s.connection.fetchval(query("is_of_another_task"), given, s.case.task.id):
        raise BadRequest("receipt: this task has no such attachment")
    return given


def acting(s: Scene) -> Person:
    """Who acts. Raises BadRequest when nobody is named."""
    if s.who is None:
        raise BadRequest('say who acts: {"person": "+46…"}')
    return s.who


def help_offer(s: Scene) -> Offer:
    """The acting person's offer of help: the one by which the person has it, or had it, else the newest. Raises BadRequest,
    NotYours."""
    who = acting(s)
    mine = [o for o in s.case.offers if o.person_id == who.id and o.kind is OfferKind.HELP]
    if not mine:
        raise NotYours(s.case.task.code)
    return next((o for o in reversed(mine) if o.state is OfferState.ACCEPTED), mine[-1])
