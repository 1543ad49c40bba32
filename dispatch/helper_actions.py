"""What the actions of helpers look up before they are decided (helping.py, money.py), one function each, as in actions.py.

A second tap on the same button is not told twice: what has just been said in the same words changes nothing.
"""

from datetime import timedelta

from dispatch import store
from dispatch.actions import Scene
from dispatch.amounts import MOST
from dispatch.dialling import OutgoingCall, Purpose
from dispatch.errors import BadRequest, NotYours
from dispatch.expenses import Expense
from dispatch.helping import (
    Staying,
    decide_again,
    decide_connect,
    decide_keep,
    decide_late,
    decide_need_service,
    decide_not_again,
    require_paying,
)
from dispatch.hygiene import decide_tick
from dispatch.model import Attachment, Offer, OfferKind, OfferState, Person
from dispatch.money import decide_expense
from dispatch.offers import Decision
from dispatch.rows import expense_of
from dispatch.settlement import decide_receipt, waits_for_receipt
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


async def not_again(s: Scene) -> Decision:
    """The helper would rather not meet this resident again."""
    staying, apart = decide_not_again(s.case, help_offer(s), s.now)
    if apart is not None:
        s.changes.apart.append(apart)
    return _stay(s, staying)


def _stay(s: Scene, staying: Staying) -> Decision:
    if staying.resident is not None:  # always when something is new: two taps are decided one after the other
        s.changes.people[staying.resident.id] = staying.resident
    if staying.visit is not None:
        s.changes.occasion(*staying.visit)
    return staying.decision


async def expense(s: Scene) -> Decision:
    """What was paid: details "amount_ore" and "receipt", the id of a photograph of this task, or one that is new (Attachment)."""
    who, offer, amount = acting(s), help_offer(s), s.command.details.get("amount_ore")
    given = s.command.details.get("receipt")
    told = await _told_without_receipt(s, amount) if given is not None else None
    if told is None or not waits_for_receipt(told, s.now):
        require_paying(s.case, offer, s.now)
    receipt = await _receipt(s, given)
    if told is not None and receipt is not None:
        added, event = decide_receipt(told, receipt, s.now)
        s.changes.settled.append(added)
        return s.case, [event]
    await store.fill(s.connection, s.office.mint, 2)
    mine, paid, over = decide_expense(s.case, offer, amount, receipt, s.office.network, s.now, s.office.mint)
    if await s.connection.fetchval(query("expense_just_told"), s.case.task.id, who.id, amount, receipt, s.now - TWICE):
        return s.case, []
    s.changes.expenses.append(paid)
    s.changes.people.setdefault(who.id, who)
    if over is not None:
        s.take_over(None, over)
    return mine


async def tick(s: Scene) -> Decision:
    """What is done of the task's checklist: details "items", the keys of all that is."""
    offer = help_offer(s)
    if offer.state is not OfferState.ACCEPTED:
        raise NotYours(s.case.task.code)
    given = s.command.details.get("items") or ()
    s.changes.ticks.append(decide_tick(s.case, offer.person_id, given, s.office.network))
    return s.case, []


async def _told_without_receipt(s: Scene, amount: object) -> Expense | None:
    """What the helper has told of already: the same amount for this task, without a receipt."""
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount <= MOST:
        return None
    row = await s.connection.fetchrow(query("expense_without_receipt"), s.case.task.id, acting(s).id, amount)
    return expense_of(row) if row else None


async def _receipt(s: Scene, given: object) -> int | None:
    if given is None:
        return None
    if isinstance(given, Attachment) and given.task_id == s.case.task.id:
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
