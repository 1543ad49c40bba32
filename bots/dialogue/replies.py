"""Reply words, decided: what JA 47, KLAR or a bare NEJ means for this sender now."""

from dataclasses import replace

from bots.dialogue.turn import Turn
from bots.dialogue.words import Reply, Verb, parse
from dispatch.changes import message
from dispatch.errors import UnknownNumber, WhichNumber, YesOrNo
from dispatch.events import Event, Kind
from dispatch.model import Case, Offer, OfferKind, OfferState, TaskState
from dispatch.offers import decide_confirm, decide_done, decide_no, decide_start, decide_yes
from geo.fold import fold

OWN_CONFIRMATION = 1  # "JA 1" means the person's own request; offers are numbered from 10
REPLY_NUMBERS_SHOWN = 4
LONGEST_LOOSE = 300  # characters; a longer message is a letter for a human


# What somebody says who gives back, is ready, is coming, or takes it, in a message that is no clean reply word.
_GIVES_BACK = (
    "hinner inte", "hinner tyvärr inte", "hinner ej", "blivit sjuk", "är sjuk", "avboka", "avsäga", "förhindrad", "får förhinder",
    "fått förhinder", "kan inte komma", "kan tyvärr inte komma", "måste avstå", "kan inte hjälpa", "am sick", "cant come",
    "cannot come", "cancel",
)  # fmt: skip
_SAYS_NO = ("nej", "no", "kan inte", "kan tyvärr inte", "kan ej", "cannot", "cant")
_SAYS: tuple[tuple[Verb, tuple[str, ...]], ...] = (
    (Verb.CANNOT, (*_GIVES_BACK, *_SAYS_NO)),
    (Verb.DONE, ("klar", "klart", "färdig", "färdigt", "gjort", "done", "finished")),
    (Verb.ON_WAY, ("på väg", "åker nu", "on my way")),
    (Verb.YES, ("ja", "jo", "yes", "ok", "okej", "tar", "gärna", "kan")),
)
_CLOCK = frozenset(("kl", "klockan", "klock", "at"))


def loose_reply(turn: Turn) -> Reply | None:
    """A reply hidden in free words: "Klar med 10", "God morgon! Ja 10", and, from somebody who holds one task, "jag har
    blivit sjuk". None when nothing of the kind is said: "jag hittar inte adressen" is for a human.

    Raises WhichNumber when it is clear what is meant but not about which task, YesOrNo the other way round.
    """
    if not turn.context.asked:
        return None
    words = fold(turn.inbound.text[:LONGEST_LOOSE]).split()
    meant = {int(w) for before, w in zip(["", *words], words, strict=False) if w.isdecimal() and before not in _CLOCK}
    meant &= {o.number for _, o in turn.offers() if o.live}
    text = f" {' '.join(words)} "
    if len(meant) == 1:
        (number,) = meant
        verb = next((verb for verb, signs in _SAYS if _any_in(signs, text)), None)
        if verb is None:
            raise YesOrNo("the number alone says neither yes nor no", number=number)
        return Reply(verb, number, "")
    held = turn.held()
    if held and (_any_in(_GIVES_BACK, text) or text == " nej "):
        if len(held) > 1 or text == " nej ":
            raise WhichNumber("several tasks can be meant", word=_WORD[Verb.CANNOT], numbers=_numbers(held))
        return Reply(Verb.CANNOT, held[0][1].number, "")
    return None


def _any_in(phrases: tuple[str, ...], text: str) -> bool:
    return any(f" {fold(phrase)} " in text for phrase in phrases)


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
            more = parse(reply.rest) if reply.rest else None  # "JA 10 NEJ 11"
            more = more if more and more.number not in (None, reply.number) else None
            case, offer = max(meant, key=lambda pair: (pair[1].live, pair[1].sent_at))
            _act(turn, replace(reply, rest="") if more else reply, case, offer)
            return answer_reply(turn, more) if more else True
        if not turn.context.live_numbers and "volunteer" not in turn.person.roles:
            return False
        numbers = list(turn.context.live_numbers)[:REPLY_NUMBERS_SHOWN]
        raise UnknownNumber("no offer has this number", number=reply.number, numbers=numbers)
    fitting = [(c, o) for c, o in offers if o.live and _can_mean(reply.verb, c, o)]
    confirms = own is not None and reply.verb in (Verb.YES, Verb.NO, Verb.OK)
    if len(fitting) + confirms > 1:
        numbers = _numbers(fitting) + ([OWN_CONFIRMATION] if confirms else [])
        raise WhichNumber("several tasks can be meant", word=_WORD[reply.verb], numbers=numbers)
    if reply.verb is Verb.OK and not fitting and not confirms:
        _ask_what_ok_means(offers)
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


def _ask_what_ok_means(offers: list[tuple[Case, Offer]]) -> None:
    """ "Ok tack" to an offer of help may be a promise or a politeness. Raises YesOrNo, WhichNumber."""
    standing = [(c, o) for c, o in offers if o.live and o.state is OfferState.SENT]
    if len(standing) == 1:
        raise YesOrNo("is it a yes?", number=standing[0][1].number)
    if standing:
        raise WhichNumber("several tasks can be meant", word=_WORD[Verb.YES], numbers=_numbers(standing))


def _numbers(offers: list[tuple[Case, Offer]]) -> list[int]:
    return sorted(o.number for _, o in offers if o.live)[:REPLY_NUMBERS_SHOWN]


def _can_mean(verb: Verb, case: Case, offer: Offer) -> bool:
    """Could the bare word be about this live offer?"""
    held = offer.state is OfferState.ACCEPTED
    match verb:
        case Verb.YES | Verb.NO:
            return offer.state is OfferState.SENT
        case Verb.OK:  # "ok tack" from a volunteer is no promise
            return offer.state is OfferState.SENT and offer.kind is OfferKind.ACKNOWLEDGE
        case Verb.ON_WAY:
            return (held or offer.state is OfferState.WITHDRAWN) and case.task.state is not TaskState.DONE
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
        turn.change_person(replace(turn.person, helped_total=turn.person.helped_total + 1))
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
