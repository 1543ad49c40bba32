"""What one action looks up before it is decided, about how somebody is: nobody opens, a helper worries, a coordinator answers."""

from dispatch import sms, store
from dispatch.actions import LONGEST_REPLY, Scene
from dispatch.errors import BadRequest
from dispatch.helper_actions import TWICE, acting, help_offer
from dispatch.helping import decide_concern
from dispatch.model import Urgency
from dispatch.offers import Decision, decide_add
from dispatch.wellbeing import Attempt, How, decide_concern_reply, decide_nobody_home, thread_of
from sql import query

__all__ = ["concern", "nobody_home", "reply"]


async def nobody_home(s: Scene) -> Decision:
    """The helper has come, and nobody opens; details "how": "door" (or "phone": nobody answers)."""
    how = s.command.details.get("how")
    how = How.DOOR if how is None else how
    if how not in list(How):
        raise BadRequest('how: "door" or "phone"')
    offer = help_offer(s)
    decision = decide_nobody_home(s.case, offer, How(how), s.office.network, s.now)
    s.changes.attempts.append(Attempt(s.case.resident.id, s.now, How(how), False, offer.person_id, s.case.task.id))
    return decision


async def concern(s: Scene) -> Decision:
    """Words about how somebody is, for coordinators only; details "emergency": it may be danger to life. What is told again about
    the same task goes on in the same confidential thread; danger is an alarm of its own."""
    who, words = acting(s), s.text("say what worries you")
    emergency = bool(s.command.details.get("emergency"))
    urgency, said = Urgency.EMERGENCY if emergency else Urgency.HIGH, f"{s.case.task.code}: {words}"
    before = await s.connection.fetchval(query("concern_just_told"), who.id, said, urgency, s.now - TWICE)
    if before is not None:
        s.files_under = before
        return s.case, []
    ids = [row["id"] for row in await s.connection.fetch(query("concern_threads"), who.id)]
    thread = thread_of(await store.cases_by_id(s.connection, ids), s.case.task.code)
    s.changes.people.setdefault(who.id, who)
    if thread is not None and not emergency:
        s.take_over(thread, decide_add(thread, words, who.id, s.now))
        s.files_under = thread.task.id
        return s.case, []
    await store.fill(s.connection, s.office.mint, 2)
    mine, new = decide_concern(s.case, who, words, emergency, s.office.network, s.now, s.office.mint)
    s.take_over(None, new)
    s.files_under = new[0].task.id  # the words that came are no part of the resident's own task
    return mine


async def reply(s: Scene) -> Decision:
    """A coordinator writes to the helper who worries, and the thread stays open."""
    text = " ".join(s.text("write what you want to say").split())
    if sms.parts(sms.plain(text)) > LONGEST_REPLY:
        raise BadRequest(f"text: too long for {LONGEST_REPLY} SMS, shorten it")
    return decide_concern_reply(s.case, text, s.actor, s.now)
