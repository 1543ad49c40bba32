"""Reply words, decided: what JA 47, KLAR or a bare NEJ means for this sender now."""

import re
from dataclasses import replace

from bots.dialogue import service_words
from bots.dialogue.turn import Turn
from bots.dialogue.words import Reply, Verb, parse
from dispatch.errors import UnknownNumber, WhichNumber, YesOrNo
from dispatch.helping import decide_concern, decide_keep
from dispatch.model import HELD, Case, Offer, OfferKind, OfferState, TaskState
from dispatch.offers import decide_add, decide_confirm, decide_done, decide_no, decide_start, decide_yes
from dispatch.plans import decide_plan
from dispatch.wellbeing import Attempt, How, decide_nobody_home, thread_of
from geo.fold import fold

OWN_CONFIRMATION = 1  # "JA 1" means the person's own request; offers are numbered from 10
REPLY_NUMBERS_SHOWN = 4
LONGEST_LOOSE = 300  # characters; a longer message is a letter for a human


# Said around an answer without changing it: "God morgon! Ja jag tar 10:an".
_AROUND = frozenset(
    fold(
        "hej hejsan god morgon dag kväll förmiddag eftermiddag jag med nr nummer uppdrag uppdraget an en det den tack nu är"
    ).split()
)
_SIGNS = {
    Verb.YES: frozenset(fold("ja jo yes tar gärna okej ok").split()),
    Verb.DONE: frozenset(fold("klar klart färdig färdigt done").split()),
    Verb.ON_WAY: frozenset(fold("på väg").split()),
    Verb.NO: frozenset(fold("nej no").split()),
    Verb.CANNOT: frozenset(fold("nej no kan hinner tyvärr inte ej cannot").split()),
}
# First person, from the first word on: whoever says this gives back what he or she holds. "Elsa är sjuk" is something else.
_GIVES_BACK = re.compile(
    r"(jag )?("
    r"(har |är |ar )?(tyvarr )?(blivit|blev|ar) sjuk( .*)?"
    r"|(tyvarr )?(hinner|kan|orkar) (tyvarr )?(inte|ej)( (idag|i dag|langre|tyvarr|hjalpa|till|komma|ta|det|den|uppdraget))*"
    r"|(maste|far) (tyvarr )?(avboka|avsta|hoppa av|backa ur)( (det|den|uppdraget|idag|i dag))*"
    r"|(har )?(fatt|far) forhinder( .*)?"
    r"|i am sick|i cant come|i cannot come)"
)
# A short refusal from somebody who is only asked: "hinner inte hämta medicinen" is no wish for medicine.
_REFUSES = re.compile(r"(nej )?(jag )?(tyvarr )?(hinner|kan|orkar) (tyvarr )?(inte|ej)\b.*")
LONGEST_REFUSAL = 6  # words
LONGEST_QUESTIONED = 8  # words; a longer message with a number in it is about something else


def loose_reply(turn: Turn) -> Reply | None:
    """A reply in nearly clean words: "Klar med 10", "God morgon! Ja 10", and, from somebody who holds one task, "jag har
    blivit sjuk". Nothing is done on a guess: what is not clean is asked about, or is for a human.

    Raises WhichNumber when it is clear what is meant but not about which task, YesOrNo when a number stands in a few words
    that say neither yes nor no.
    """
    if not turn.context.asked or "?" in turn.inbound.text:
        return None
    words = fold(turn.inbound.text[:LONGEST_LOOSE]).split()
    live = {o.number for _, o in turn.offers() if o.live}
    numbers = {int(w) for w in words if w.isdecimal()}
    core = {w for w in words if not w.isdecimal() and w not in _AROUND}
    if len(numbers) == 1 and numbers <= live:
        (number,) = numbers
        verb = next((verb for verb, signs in _SIGNS.items() if core and core <= signs), None)
        if verb is not None and (verb is not Verb.CANNOT or core & {"inte", "ej", "cannot"}):
            return Reply(verb, number, "")
        about_something = turn.understood.about or turn.understood.area
        if not about_something and len(words) <= LONGEST_QUESTIONED and not turn.held():
            raise YesOrNo("neither clearly yes nor clearly no", number=number)
        return None
    held, text = turn.held(), " ".join(words)
    if held and (text in ("nej", "no") or _GIVES_BACK.fullmatch(text)):
        if len(held) > 1 or text in ("nej", "no"):
            raise WhichNumber("several tasks can be meant", word=_WORD[Verb.CANNOT], numbers=_numbers(held))
        return Reply(Verb.CANNOT, held[0][1].number, "")
    if not held and len(words) <= LONGEST_REFUSAL and _REFUSES.fullmatch(text):
        _ask_which(turn, Verb.NO)
    return None


def answer_reply(turn: Turn, reply: Reply) -> bool:
    """A word such as JA 47. False when it cannot be meant as one: then it is ordinary talk.

    Raises Outcome for everything that can be said no to.
    """
    own = turn.unconfirmed()
    if reply.verb is Verb.SHIFTS:
        return _answer_shifts(turn, reply)
    if reply.verb is Verb.WORRY and reply.number is None and (thread := thread_of(turn.context.own, None)) and reply.rest:
        turn.apply(thread, decide_add(thread, reply.rest, turn.person.id, turn.now))
        return True
    if reply.number == OWN_CONFIRMATION and own and reply.verb in (Verb.YES, Verb.NO):
        turn.apply(own, decide_confirm(own, reply.verb is Verb.YES, turn.now))
        return True
    offers = turn.offers()
    if reply.number is not None:
        return _answer_numbered(turn, reply, reply.number, offers)
    fitting = [(c, o) for c, o in offers if o.live and _can_mean(reply.verb, c, o)]
    confirms = own is not None and reply.verb in (Verb.YES, Verb.NO, Verb.OK)
    if len(fitting) + confirms > 1:
        numbers = _numbers(fitting) + ([OWN_CONFIRMATION] if confirms else [])
        raise WhichNumber("several tasks can be meant", word=_WORD[reply.verb], numbers=numbers)
    if reply.verb is Verb.OK and not fitting and not confirms:
        _ask_which(turn, Verb.YES)  # "ok tack" may be a promise or a politeness
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
    Verb.NOBODY_HOME: "INGEN HEMMA",
    Verb.WORRY: "ORO",
    Verb.PART: "INTE FAST",
    Verb.PLAN: "PLAN",
}


def _answer_numbered(turn: Turn, reply: Reply, number: int, offers: list[tuple[Case, Offer]]) -> bool:
    """See answer_reply: the number says which offer is meant."""
    meant = [(c, o) for c, o in offers if o.number == number]
    if meant:
        more = parse(reply.rest) if reply.rest else None  # "JA 10 NEJ 11"
        more = more if more and more.number not in (None, number) else None
        case, offer = max(meant, key=lambda pair: (pair[1].live, pair[1].sent_at))
        _act(turn, replace(reply, rest="") if more else reply, case, offer)
        return answer_reply(turn, more) if more else True
    if not turn.context.live_numbers and "volunteer" not in turn.person.roles:
        return False
    numbers = list(turn.context.live_numbers)[:REPLY_NUMBERS_SHOWN]
    raise UnknownNumber("no offer has this number", number=number, numbers=numbers)


def _answer_shifts(turn: Turn, reply: Reply) -> bool:
    """PASS alone, from a volunteer: where the own shifts are seen and changed."""
    if reply.rest or reply.number is not None or "volunteer" not in turn.person.roles:
        return False
    turn.say("my_shifts", rota=turn.person.id)
    return True


def _ask_which(turn: Turn, verb: Verb) -> None:
    """The words are about an offer that stands, but a guess is not enough. Raises YesOrNo, or WhichNumber for several."""
    standing = [(c, o) for c, o in turn.offers() if o.live and o.state is OfferState.SENT]
    if len(standing) == 1:
        raise YesOrNo("a guess is not enough", number=standing[0][1].number)
    if standing:
        raise WhichNumber("several tasks can be meant", word=_WORD[verb], numbers=_numbers(standing))


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
        case Verb.NOBODY_HOME:
            return held and offer.kind is OfferKind.HELP and case.task.state in HELD
        case Verb.PLAN:
            return offer.kind is OfferKind.ACKNOWLEDGE and (held or offer.state is OfferState.SENT)
        case Verb.WORRY | Verb.KEEP:
            return held and offer.kind is OfferKind.HELP
        case _:
            return False


def _act(turn: Turn, reply: Reply, case: Case, offer: Offer) -> None:
    network, now = turn.network, turn.now
    turn.task_id = case.task.id
    before = case
    if reply.verb is Verb.WORRY:
        _worry(turn, reply.rest, case, offer)
        return
    if reply.verb is Verb.PLAN:
        decision = decide_plan(case, offer, service_words.plan_of(reply.rest, offer, network, now), network, now)
    elif reply.verb in (Verb.YES, Verb.OK) and offer.kind is OfferKind.ACKNOWLEDGE:
        decision, refused = service_words.decide_ok(case, offer, reply.rest, network, now)
        if refused is not None:
            turn.say(refused.kind, **refused.params)
    elif reply.verb in (Verb.YES, Verb.OK):
        decision = decide_yes(case, offer, reply.rest[:60], network, now)
    elif reply.verb is Verb.ON_WAY:
        decision = decide_start(case, offer, network, now)
    elif reply.verb is Verb.KEEP:
        kept = decide_keep(case, offer, now)
        decision = kept.decision
        if kept.resident is not None:
            turn.changes.people[kept.resident.id] = kept.resident
    elif reply.verb is Verb.NOBODY_HOME:
        decision = decide_nobody_home(case, offer, How.DOOR, network, now)
        turn.changes.attempts.append(Attempt(case.resident.id, now, How.DOOR, False, turn.person.id, case.task.id))
    elif reply.verb is Verb.DONE:
        decision = decide_done(case, offer, network, now)
        turn.change_person(turn.person.having_helped())
        others = [case.people[o.person_id] for o in decision[0].helpers if o.person_id != turn.person.id]
        turn.changes.people |= {p.id: p.having_helped() for p in others}
    else:
        why = reply.rest if offer.kind is OfferKind.ACKNOWLEDGE else ""
        decision = decide_no(case, offer, network, now, why)
    turn.apply(before, decision)
    if not decision[1]:
        turn.say("noted")


def _worry(turn: Turn, words: str, case: Case, offer: Offer) -> None:
    """What worries a helper is for coordinators alone: a confidential thread of its own, or more of the one that there is."""
    if not words:
        turn.say("concern_what", number=offer.number)
        return
    if thread := thread_of(turn.context.own, case.task.code):
        turn.apply(thread, decide_add(thread, words, turn.person.id, turn.now))
        return
    mine, new = decide_concern(case, turn.person, words, False, turn.network, turn.now, turn.mint)
    turn.apply(case, mine)
    turn.apply(None, new)
