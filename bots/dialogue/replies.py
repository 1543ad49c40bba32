"""Reply words, decided: what JA 47, KLAR or a bare NEJ means for this sender now."""

from dataclasses import replace

from bots.dialogue.turn import Turn
from bots.dialogue.words import Reply, Verb
from dispatch.changes import message
from dispatch.errors import UnknownNumber, WhichNumber
from dispatch.events import Event, Kind
from dispatch.model import Case, Offer, OfferKind, OfferState, TaskState
from dispatch.offers import decide_confirm, decide_done, decide_no, decide_start, decide_yes

OWN_CONFIRMATION = 1  # "JA 1" means the person's own request; offers are numbered from 10
REPLY_NUMBERS_SHOWN = 4


def answer_reply(turn: Turn, reply: Reply) -> bool:
    """A word such as JA 47. False when it cannot be meant as one: then it is ordinary talk.

    Raises Outcome for everything that can be said no to.
    """
    own = turn.unconfirmed()
    if reply.number == OWN_CONFIRMATION and own and reply.verb in (Verb.YES, Verb.NO):
        turn.apply(own, decide_confirm(own, reply.verb is Verb.YES, turn.now))
        return True
    offers = turn.offers()
    if reply.number is not None:
        meant = [(c, o) for c, o in offers if o.number == reply.number]
        if meant:
            _act(turn, reply, *max(meant, key=lambda pair: (pair[1].live, pair[1].sent_at)))
            return True
        if not offers and "volunteer" not in turn.person.roles:
            return False
        raise UnknownNumber("no offer has this number", number=reply.number, numbers=_numbers(offers))
    fitting = [(c, o) for c, o in offers if o.live and _can_mean(reply.verb, c, o)]
    confirms = own is not None and reply.verb in (Verb.YES, Verb.NO, Verb.OK)
    if len(fitting) + confirms > 1:
        numbers = _numbers(fitting) + ([OWN_CONFIRMATION] if confirms else [])
        raise WhichNumber("several tasks can be meant", word=_WORD[reply.verb], numbers=numbers)
    if fitting:
        _act(turn, reply, *fitting[0])
        return True
    if own is not None and confirms:
        turn.apply(own, decide_confirm(own, reply.verb is not Verb.NO, turn.now))
        return True
    return False


_WORD = {
    Verb.YES: "JA",
    Verb.NO: "NEJ",
    Verb.OK: "OK",
    Verb.ON_WAY: "PÅ VÄG",
    Verb.DONE: "KLAR",
    Verb.CANNOT: "KAN INTE",
    Verb.KEEP: "FAST",
}


def _numbers(offers: list[tuple[Case, Offer]]) -> list[int]:
    return sorted(o.number for _, o in offers if o.live)[:REPLY_NUMBERS_SHOWN]


def _can_mean(verb: Verb, case: Case, offer: Offer) -> bool:
    """Could the bare word be about this live offer?"""
    held = offer.state is OfferState.ACCEPTED
    match verb:
        case Verb.YES | Verb.NO | Verb.OK:
            return offer.state is OfferState.SENT
        case Verb.ON_WAY:
            return held and case.task.state is not TaskState.DONE
        case Verb.DONE:
            return (held or offer.state is OfferState.WITHDRAWN) and case.task.state is not TaskState.DONE
        case Verb.CANNOT:
            return offer.state is OfferState.SENT or (held and case.task.state is not TaskState.DONE)
        case Verb.KEEP:
            return held and offer.kind is OfferKind.HELP
        case _:
            return False


def _act(turn: Turn, reply: Reply, case: Case, offer: Offer) -> None:
    network, now = turn.network, turn.now
    turn.task_id = case.task.id
    if reply.verb is Verb.KEEP:
        _keep(turn, case, offer)
        return
    before = case
    if reply.verb in (Verb.YES, Verb.OK):
        decision = decide_yes(case, offer, reply.rest[:60], network, now)
    elif reply.verb is Verb.ON_WAY:
        decision = decide_start(case, offer, network, now)
    elif reply.verb is Verb.DONE:
        decision = decide_done(case, offer, network, now)
        turn.changes.helped.append(turn.person.id)
    else:
        decision = decide_no(case, offer, network, now)
    turn.apply(before, decision)
    if not decision[1]:
        turn.say("noted")


def _keep(turn: Turn, case: Case, offer: Offer) -> None:
    """FAST 47: the volunteer is asked first the next time this resident needs something."""
    if offer.state is not OfferState.ACCEPTED or offer.kind is not OfferKind.HELP:
        raise UnknownNumber("not a task that this person has done", number=offer.number, numbers=[])
    resident = replace(case.resident, fixed_contact=turn.person.id)
    turn.changes.people[resident.id] = resident
    turn.changes.events.append(Event(turn.now, Kind.FIXED_CONTACT_SET, case.task.id, turn.person.id))
    turn.say("fixed_contact_noted")
    told = {"helper": turn.person.first_name, "organisation": turn.person.organisation}
    turn.changes.messages.append(message(resident, "fixed_contact", told, case.task.id, turn.now))
