"""What somebody writes about visits that come back (HOPPA, FLYTTA), and about a fixed contact (FAST by a resident, INTE FAST)."""

from bots.dialogue.phone_chats import says
from bots.dialogue.turn import Turn
from bots.dialogue.words import Reply, Verb
from dispatch.fixed_contacts import decide_part
from dispatch.helping import decide_keep
from dispatch.model import OfferKind, Person, TaskState
from dispatch.recurring import decide_holidays, decide_skip_occasion, is_to_come
from geo.fold import fold

SEVERAL = "question"  # why a human must act: whose fixed contact is meant, somebody asks
_SKIP = tuple(fold(words) for words in ("hoppa", "hoppa över", "hoppar över", "skip"))
_MOVE = tuple(fold(words) for words in ("flytta", "flytta fram", "move"))


def answer_repeating(turn: Turn, reply: Reply | None) -> str | None:
    """Answer what is about visits that come back, or about a fixed contact; None when the message is about something else."""
    if reply is not None and reply.verb is Verb.PART:
        return _part(turn, reply)
    if reply is not None and reply.verb is Verb.KEEP and reply.number is None:
        return _keep(turn)
    coming = sorted((c for c in turn.context.own if is_to_come(c)), key=lambda c: c.task.deadline_at or turn.now)
    if not coming:
        return None
    case = coming[0]
    if says(turn.inbound.text, _SKIP):
        turn.apply(case, decide_skip_occasion(case, turn.person.id, turn.network, turn.now))
        return "skip"
    day = case.task.by_rule or case.task.occasion
    if says(turn.inbound.text, _MOVE) and day is not None and turn.network.days.holiday(day) is not None:
        turn.apply(case, decide_holidays(case, "after", turn.person.id, turn.network, turn.now))
        return "move"
    return None


def _keep(turn: Turn) -> str | None:
    """FAST by a resident: whoever has helped last is asked first from now on. By a helper it is a reply to an offer."""
    if any(o.live for _, o in turn.offers()) or "?" in turn.inbound.text:
        return None
    for case in (c for c in turn.context.own if c.task.state in (TaskState.DONE, TaskState.CLOSED)):
        helped = next((o for o in reversed(case.takers) if o.kind is OfferKind.HELP), None)
        if helped is not None:
            kept = decide_keep(case, helped, turn.now)
            turn.apply(case, kept.decision)
            if kept.resident is None:
                turn.say("noted")
            else:
                turn.change_person(kept.resident)
            return "keep"
    return None


def _part(turn: Turn, reply: Reply) -> str | None:
    """INTE FAST: by the resident, or by a helper, of the one whom the number is about."""
    theirs = list(turn.context.contact_of)
    if reply.number is not None:
        theirs = [p for p in theirs if p.id in _residents(turn, reply.number)]
    if not theirs and turn.context.contact is not None:
        _end(turn, turn.person, turn.context.contact, "resident")
        return "part"
    if len(theirs) == 1:
        _end(turn, theirs[0], turn.person, "helper")
        return "part"
    if theirs:
        turn.for_human(SEVERAL)
        return SEVERAL
    return None


def _residents(turn: Turn, number: int) -> set[int]:
    return {case.resident.id for case, offer in turn.offers() if offer.number == number}


def _end(turn: Turn, resident: Person, helper: Person, by: str) -> None:
    parted = decide_part(resident, helper, by, turn.person.id, turn.now)
    if by == "resident":
        turn.change_person(parted.resident)
    else:
        turn.changes.people[resident.id] = parted.resident
    turn.changes.events.append(parted.event)
    turn.changes.messages += parted.messages
