"""What somebody says of what is on its way already: how it goes, never mind, something is different, it went well or not."""

from dataclasses import replace
from typing import Any

from bots.dialogue import said
from bots.dialogue.replies import REPLY_NUMBERS_SHOWN
from bots.dialogue.turn import Turn
from bots.dialogue.where import placed
from dispatch.amend import amended, decide_change
from dispatch.errors import Outcome
from dispatch.model import Case, Deadline, Need, OfferKind, TaskState, Urgency
from dispatch.offers import decide_add, decide_cancel, decide_confirm, decide_thank
from dispatch.recurring import when
from dispatch.whereabouts import ADDRESSES, OUTSIDE, choice_words, located, place_spot
from geo.fold import fold

SHORT_WORD = 2  # words of an answer that says nothing but yes or no
_CAME = frozenset(fold("kom kommit kommer dök hjälp hjälpt hjälpte varit").split())
_NOT = frozenset(fold("inte ej not").split())
PARTLY = "partly"  # why a human must act


def says_helped(turn: Turn) -> bool | None:
    """The answer to "did you get help?" in the resident's own words; None when the message is about something else.

    "When do you come?" is a no too: nobody has been there. What begins with a yes is one, whatever follows.
    """
    intent, words = turn.understood.intent, fold(turn.inbound.text).split()
    nobody_came = "ingen" in words and not _CAME.isdisjoint(words)
    if words[:1] in (["ja"], ["jo"], ["yes"], ["jajamen"]) or (
        words[:1] in (["hon"], ["han"]) and said.somebody_came(turn.inbound.text)
    ):
        return True
    if intent == "no" or words[:1] in (["nej"], ["na"], ["no"]) or nobody_came:
        return False
    if intent == "status":
        return None if turn.active() else False
    return True if intent in ("yes", "thanks") else None


def confirm(turn: Turn, case: Case, helped: bool) -> None:
    """The resident's answer to "did you get help?"; thanks said with it reach whoever came."""
    turn.apply(case, decide_confirm(case, helped, turn.now))
    if helped and turn.understood.intent == "thanks":
        _pass_on_thanks(turn, case.task.id)


def thanks(turn: Turn) -> str:
    """Thanks are passed on to whoever helped last, once."""
    turn.say("welcome")
    own = max((c for c in turn.context.own if _helped(c)), key=lambda c: c.task.changed_at, default=None)
    if own is not None:
        _pass_on_thanks(turn, own.task.id)
    return "thanks"


def _helped(case: Case) -> bool:
    return case.task.state in (TaskState.DONE, TaskState.CLOSED) and any(o.kind is OfferKind.HELP for o in case.takers)


def _pass_on_thanks(turn: Turn, task_id: int) -> None:
    case = turn.as_decided(task_id)
    if case is not None and (decision := decide_thank(case, turn.now))[1]:
        turn.apply(case, decision)


def cancel(turn: Turn) -> str:
    """Never mind. Which one, when there are several: by its code, or by the kind of help."""
    if said.takes_back_cancelling(turn.inbound.text):
        return status(turn)
    if turn.active() and said.wants_less(turn.inbound.text):
        return correction(turn)
    cases = [*turn.active(), *turn.all_asking()]
    words = fold(turn.inbound.text).upper().split()
    named = [c for c in cases if c.task.code in words] or _of_the_kind(turn, cases)
    if len(cases) > 1 and len(named) != 1:
        turn.say("cancel_which", codes=[c.task.code for c in (named or cases)[:REPLY_NUMBERS_SHOWN]])
        return "cancel_which"
    if not cases:
        turn.say("nothing_open")
        return "nothing_open"
    case = (named or cases)[0]
    turn.apply(case, decide_cancel(case, turn.person.id, "resident", turn.now))
    return "cancel"


def _of_the_kind(turn: Turn, cases: list[Case]) -> list[Case]:
    kind = turn.understood.category or turn.understood.about
    return [c for c in cases if kind is not None and c.need.category == kind]


def status(turn: Turn) -> str:
    """How it goes with what is open."""
    cases = turn.active() or turn.all_asking()
    if not cases:
        turn.say("nothing_open")
    for case in cases[:2]:
        turn.task_id = case.task.id
        say_status(turn, case)
    return "status"


def say_status(turn: Turn, case: Case) -> None:
    """How it goes with one request, and what happens next."""
    waits = case.task.state is TaskState.OPEN
    if waits and (case.need.urgency is Urgency.EMERGENCY or (case.task.human and case.need.category is None)):
        # Nobody is looking for a helper: a human has been told.
        turn.say("emergency" if case.need.urgency is Urgency.EMERGENCY else "human_will_answer", code=case.task.code)
        return
    if case.task.asks == "place" and len(choices := case.task.choices) > 1:
        turn.say("status_asking_which", code=case.task.code, **choice_words(choices, turn.network))
        return
    taker = case.people[case.takers[-1].person_id] if case.takers else None
    task = case.task
    if task.is_promised and task.planned_at is not None and taker:
        told: dict[str, Any] = {"helper": taker.first_name, "organisation": taker.organisation, "category": case.need.category}
        told |= {"planned_at": task.planned_at.isoformat(), "planned_as": task.planned_as}
        turn.say("planned", code=task.code, **told)
        return
    to_come = case.task.occasion is not None and case.task.deadline is Deadline.HELD
    turn.say(
        "status_to_come" if to_come else f"status_{case.task.state}" + (f"_{case.task.asks}" if case.task.asks else ""),
        code=case.task.code,
        category=case.need.category,
        **turn.network.told_places(case.need),
        helper=taker.first_name if taker else "",
        organisation=taker.organisation if taker else "",
        word=case.task.code_word,
        **when(case.task, case.need),
    )


def correction(turn: Turn) -> str:
    """Something is different: another address, another time, or one thing more. Whoever has it hears. What lies outside the
    network is for a human to sort out."""
    case = next(iter(turn.wishes()), None) or next(iter(turn.active()), None)
    if case is None:
        return "nothing_to_correct"
    if turn.understood.where.is_outside and turn.understood.intent != "request":
        turn.for_human(OUTSIDE, about=case)
        return "correction"
    if _change(turn, case):
        return "correction"
    turn.apply(case, decide_add(case, turn.inbound.text.strip(), turn.person.id, turn.now))
    return "correction"


def _change(turn: Turn, case: Case) -> bool:
    """Another address, area or time, where the words say so; False when there is nothing but words to add."""
    understood, text = turn.understood, turn.inbound.text
    details = _another_place(turn, case)
    another_time = understood.wanted and understood.wanted != case.need.wanted
    if another_time and understood.wanted and _NOT.isdisjoint(fold(text).split()):  # "inte idag, imorgon" is for a human to read
        details["wanted"] = understood.wanted
    if not details or case.need.category is None:
        return False
    try:
        need = amended(case.need, details, turn.network)
        need = replace(need, text=f"{need.text}\n{text.strip()}")
        if "area" in details:
            need = _where_it_is(need, turn)
        decision = decide_change(case, need, turn.person.id, turn.network, turn.now)
    except Outcome:
        return False
    if not decision[1]:
        return False
    turn.apply(case, decision)
    turn.say(
        "change_noted",
        code=case.task.code,
        category=need.category,
        place=turn.network.place_name(need.area, need.place),
        wanted=need.wanted,
        address=need.address if turn.inbound.position is None else "",
    )
    return True


def _another_place(turn: Turn, case: Case) -> dict[str, str]:
    """Another area, place or address, as details of a change, where the message says one."""
    understood, text, asked = turn.understood, turn.inbound.text, turn.request()
    near = [c for c in asked.choices if c.area == case.need.area]
    if len(near) == 1:  # of several streets of this name it is the one that is there
        turn.understood = understood = placed(understood, near[0])
        asked = turn.request()
    says_address = understood.intent == "correction" and asked.located in ADDRESSES
    moved = said.corrects_address(text) or says_address or turn.inbound.position is not None
    if not moved and (understood.area is None or understood.area == case.need.area):
        return {}
    details: dict[str, str] = {}
    if address := asked.address or said.address_in(text):
        details["address"] = address
    if understood.area is not None:
        details |= {"area": understood.area, "place": _known_place(turn)}
        details.setdefault("address", "")  # the old one is not there
    return details


def _known_place(turn: Turn) -> str:
    """The place that was named, if the network file has it in its area: what else it is called is added afterwards."""
    understood = turn.understood
    return understood.place or "" if place_spot(turn.network, understood.area, understood.place) else ""


def _where_it_is(need: Need, turn: Turn) -> Need:
    """The need, in the area that was understood, with the place and the position that were found."""
    asked = turn.request()
    return located(replace(need, place=asked.place or need.place), asked.spot, asked.located)


def complete_late(turn: Turn) -> bool:
    """The answer to our question, hours after a human was told that none had come: the request goes its ordinary way."""
    understood = turn.understood
    for case in turn.active():
        if case.task.human not in ("no_answer", "not_understood") or case.task.state is not TaskState.OPEN or case.takers:
            continue
        details: dict[str, str] = {}
        if case.need.category is None and (category := understood.category or understood.about):
            details["category"] = category
        if case.need.area is None and understood.area is not None:
            details |= {"area": understood.area, "place": _known_place(turn)}
        if not details or (case.need.category is None and "category" not in details):
            continue
        need = amended(case.need, details, turn.network)
        need = replace(need, text=f"{need.text}\n{turn.inbound.text.strip()}")
        if need.area is None:
            continue
        if "area" in details:
            need = _where_it_is(replace(need, address=turn.request().address or need.address), turn)
        turn.apply(case, decide_change(case, need, turn.person.id, turn.network, turn.now, as_request=True))
        return True
    return False
