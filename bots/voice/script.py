"""The call script: what a caller hears next, and what becomes of it. Pure: `decide_step(call, step, heard, …) -> Answer`.

    start ─► menu ─1, nothing─► ring ─► rang ─ nobody ─► ring (the next group) … ─► recorded: a call-back with what was said
               ├─0, *─► an emergency stands on the desk at once; ring (everybody)
               ├─2─► the same help as last time        ┐
               ├─3─► how it goes                       ├─► after: 1 for a human, or the end
               ├─4─► (choose) ─► bridged               ┘
               └─9─► a call-back, and the end
    hung up before anybody has answered: a call-back

0 and * mean danger wherever a key may be pressed, and no key is 1: whoever has a dial, or is confused, talks to a human.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bots.voice.actions import Action, Connect, Gather, Hangup, Play, Record
from bots.voice.heard import Heard
from dispatch.model import ENDED, HELD, Case, Offer, OfferKind, Person, TaskState
from dispatch.network import Network
from dispatch.phone_calls import LONGEST_TALK, PATIENCE, CallState, PhoneCall
from dispatch.phones import Numbers

MOST_RUNG = 10  # telephones at a time; more is refused by Twilio: https://www.twilio.com/docs/voice/twiml/dial
RING = timedelta(seconds=25)
BRIDGE_RING = 30  # seconds
MOST_CHOICES = 4  # domain.md: never a menu with more
MOST_TOLD = 3  # requests that somebody hears about
DANGER = frozenset("0*")
# A caller who has hung up so soon after the telephones began to ring cannot have been answered and done.
SOONEST_ANSWER = RING + timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody whom the caller may be connected to because of a task. helps: is it the caller who helps? phone: E.164."""

    task_id: int
    category: str | None
    area: str | None
    helps: bool
    phone: str


@dataclass(frozen=True, slots=True)
class Knows:
    """What is known about the caller, and who can be rung.

    own: the caller's requests that have not ended, newest first. last: the last request for help, or None. lines: see Line,
    newest first. groups: people (id, number) who are rung at the same time, one group after the other; everybody: all of them.
    """

    person: Person | None = None
    own: tuple[Case, ...] = ()
    last: Case | None = None
    lines: tuple[Line, ...] = ()
    groups: tuple[tuple[tuple[int, str], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to stand on the desk, or to be looked for, because of the call. kind: again, callback, emergency. note: the key
    of the words that the desk reads."""

    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The call as it is from now on, what the carrier does next, and what is to be stored beside it."""

    call: PhoneCall
    action: Action
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True, slots=True)
class _Scene:
    call: PhoneCall
    heard: Heard
    knows: Knows
    network: Network
    now: datetime

    def moved(self, state: CallState, step: str, patience: timedelta = PATIENCE, **changes: Any) -> PhoneCall:
        """The call in its next state, awaiting `step`."""
        due = self.now + patience
        return replace(self.call, state=state, step=step, turn=self.call.turn + 1, due_at=due, **changes)

    def says(self, prompts: Sequence[str], then: str = "", wishes: tuple[Wish, ...] = (), **changes: Any) -> Answer:
        """Prompts, and then the next step, or the end."""
        return Answer(self.moved(CallState.GREETING, then or "end", **changes), Play(tuple(prompts), then), wishes)

    def asks(self, prompts: Sequence[str], then: str, wishes: tuple[Wish, ...] = (), **changes: Any) -> Answer:
        """Prompts, and then a key."""
        return Answer(self.moved(CallState.GREETING, then, **changes), Gather(tuple(prompts), then), wishes)

    @property
    def caller_id(self) -> str:
        """What everybody sees whom this call rings: a number of the network's, never the caller's."""
        return self.call.called or self.network.phone


def decide_start(call: PhoneCall, knows: Knows, network: Network, now: datetime) -> Answer:
    """The greeting, and what this caller can choose from."""
    scene = _Scene(call, Heard(), knows, network, now)
    return scene.asks(("greeting", *_menu_prompts(call, knows)), "menu")


def decide_step(call: PhoneCall, step: str, heard: Heard, knows: Knows, network: Network, now: datetime) -> Answer:
    """What follows when a step has ended. The call must await it (`call.step`)."""
    return STEPS[step](_Scene(call, heard, knows, network, now))


def decide_recorded(call: PhoneCall, recording: str) -> PhoneCall:
    """A recording whose address came late, or after the caller has hung up."""
    return replace(call, recording=recording)


def decide_told(call: PhoneCall, answered_by: int | None, now: datetime) -> PhoneCall:
    """The carrier tells that somebody has answered; known: who. Whoever has taken the call at the desk keeps it."""
    if call.state is not CallState.RINGING:
        return call
    call = replace(call, answered_at=call.answered_at or now, due_at=now + LONGEST_TALK)
    return call.taken_by(answered_by, now) if answered_by is not None and call.operator_id is None else call


def decide_hung_up(call: PhoneCall, now: datetime) -> tuple[PhoneCall, tuple[Wish, ...]]:
    """The call is over. Whoever has reached nobody and got nothing is called back, where the number is known."""
    if call.has_ended:
        return call, ()
    if call.outcome is None and _was_answered(call, now):
        call = replace(call, outcome="talked")
    if call.outcome is not None or call.task_id is not None:
        return call.over(now), ()
    call = replace(call, outcome="dropped").over(now)
    return call, (Wish("callback", "note_dropped"),) if call.caller else ()


def _was_answered(call: PhoneCall, now: datetime) -> bool:
    """Has an operator talked with the caller? Not every carrier tells; when the telephones could not have rung for so long,
    somebody had answered."""
    if call.state is CallState.BRIDGED:
        return True
    if call.state is not CallState.RINGING or call.step != "rang":
        return False
    said_so = call.answered_at is not None or call.operator_id is not None
    return said_so or now - call.changed_at > SOONEST_ANSWER


def lines_of(person: Person, own: Sequence[Case], asked: Sequence[Case], numbers: Numbers) -> tuple[Line, ...]:
    """Whom a person may be connected to: the resident of each task that the person has taken, and whoever has taken one of the
    person's own. Nobody when nothing is held."""
    found: list[tuple[datetime, Line]] = []
    for case in asked:
        for offer in _helping(case):
            if offer.person_id == person.id and case.resident.id != person.id:
                found.append((offer.answered_at or offer.sent_at, _line(case, True, case.resident.phone)))
    for case in own:
        for offer in _helping(case):
            if offer.person_id != person.id:
                found.append((offer.answered_at or offer.sent_at, _line(case, False, case.people[offer.person_id].phone)))
    found.sort(key=lambda pair: pair[0], reverse=True)
    lines: dict[int, Line] = {}
    for _, line in found:
        if line.phone and line.phone != person.phone and numbers.refusal(line.phone) is None:
            lines.setdefault(line.task_id, line)
    return tuple(lines.values())


def _helping(case: Case) -> list[Offer]:
    held = case.task.state in (TaskState.TAKEN, TaskState.UNDERWAY)
    return [o for o in case.takers if held and o.kind is OfferKind.HELP]


def _line(case: Case, helps: bool, phone: str | None) -> Line:
    return Line(case.task.id, case.need.category, case.need.area, helps, phone or "")


def _menu_prompts(call: PhoneCall, knows: Knows) -> list[str]:
    """What this caller can choose from; at most MOST_CHOICES, and the keys that are not said work too."""
    if call.caller is None:
        return ["hidden", "key_1", "key_9_hidden"]
    found = ["key_1"]
    if knows.last is not None:
        found.append("key_2")
    if _going_on(knows):
        found.append("key_3")
    if knows.lines and knows.lines[0].helps:
        found.insert(0, "key_4_helps")  # whoever has a task most likely phones about it
    elif knows.lines:
        found.append("key_4_helped")
    if len(found) == MOST_CHOICES:
        found.remove("key_2")  # something of theirs goes on: less likely than the others
    return [*found, "key_9"]


def _going_on(knows: Knows) -> list[Case]:
    return [case for case in knows.own if case.task.state not in ENDED]


def _menu(s: _Scene) -> Answer:
    s = replace(s, call=replace(s.call, pressed=s.call.pressed + s.heard.key))
    if s.heard.key in DANGER and s.heard.key:
        return _danger(s)
    return _CHOICES.get(s.heard.key, _talk)(s)


def _danger(s: _Scene) -> Answer:
    wish = () if s.call.urgent else (Wish("emergency", "note_urgent"),)
    return s.says(("urgent",), "ring", wish, urgent=True, rung=())


def _talk(s: _Scene) -> Answer:
    return s.says(("connecting",), "ring")


def _again(s: _Scene) -> Answer:
    last = s.knows.last
    if last is None or s.network.category(last.need.category) is None or last.need.area not in s.network.areas:
        return _talk(s)
    what = _what(last, s.network)
    for case in _going_on(s.knows):
        if case.need.category == last.need.category and case.task.state in (TaskState.ASKING, TaskState.OPEN, *HELD):
            return s.asks(("again_already", *what, f"status_{_status(case)}", "after"), "after", outcome="told")
    return s.asks(("again", *what, _next(s, last), "after"), "after", (Wish("again"),), outcome="again")


def _next(s: _Scene, last: Case) -> str:
    category = s.network.category(last.need.category)
    if last.resident.protected or category is None or not category.volunteers:
        return "service"
    return "night" if s.network.hours.quiet_until(s.now) else "looking"


def _status_told(s: _Scene) -> Answer:
    told = [p for case in _going_on(s.knows)[:MOST_TOLD] for p in (*_what(case, s.network), f"status_{_status(case)}")]
    return s.asks((*(told or ["status_none"]), "after"), "after", outcome="told")


def _what(case: Case, network: Network) -> tuple[str, ...]:
    return (f"what_{case.need.category}" if network.category(case.need.category) else "what_none",)


def _status(case: Case) -> str:
    return "human" if case.task.human and case.task.state is TaskState.OPEN else case.task.state.value


def _call_back(s: _Scene) -> Answer:
    if s.call.caller is None:
        return _record(s, "speak_hidden")
    return s.says(("callback",), "", (Wish("callback", "note_callback"),), outcome="callback")


def _after(s: _Scene) -> Answer:
    """The caller has got what was wanted, and may want more."""
    s = replace(s, call=replace(s.call, pressed=s.call.pressed + s.heard.key))
    if s.heard.key in DANGER and s.heard.key:
        return _danger(s)
    if s.heard.key in ("1", "9"):
        return _CHOICES[s.heard.key](replace(s, call=replace(s.call, outcome=None)))
    return s.says(("goodbye",))


def _bridge(s: _Scene) -> Answer:
    lines = s.knows.lines[:MOST_CHOICES]
    if not lines:
        return s.asks(("nobody_to_bridge", "after"), "after", outcome="told")
    if len(lines) == 1:
        return _connect_to(s, lines[0])
    prompts: list[str] = []
    for n, line in enumerate(lines, 1):
        kind = f"what_{line.category}" if s.network.category(line.category) else "what_none"
        prompts += [f"choose_{n}", kind, *([f"area_{line.area}"] if line.area in s.network.areas else [])]
    return s.asks(prompts, "choose", choices=tuple(line.task_id for line in lines))


def _choose(s: _Scene) -> Answer:
    s = replace(s, call=replace(s.call, pressed=s.call.pressed + s.heard.key))
    if s.heard.key in DANGER and s.heard.key:
        return _danger(s)
    at = int(s.heard.key) - 1 if s.heard.key.isdecimal() else -1
    task = s.call.choices[at] if 0 <= at < len(s.call.choices) else None
    line = next((line for line in s.knows.lines if line.task_id == task), None)  # held still?
    return _connect_to(s, line) if line else _talk(s)


def _connect_to(s: _Scene, line: Line) -> Answer:
    """Say so first; whether the task is held is looked at once more when the other telephone is about to ring."""
    prompt = "bridge_helps" if line.helps else "bridge_helped"
    return s.says((prompt,), "bridge", choices=(line.task_id,))


def _bridge_now(s: _Scene) -> Answer:
    line = next((line for line in s.knows.lines if line.task_id in s.call.choices), None)
    if line is None:
        return s.asks(("nobody_to_bridge", "after"), "after", outcome="told")
    call = s.moved(CallState.BRIDGED, "bridged", LONGEST_TALK)
    return Answer(call, Connect((line.phone,), s.caller_id, "bridged", BRIDGE_RING))


def _bridged(s: _Scene) -> Answer:
    if s.heard.outcome == "answered":
        return Answer(s.moved(CallState.GREETING, "end", outcome="bridged"), Hangup())
    return s.asks(("not_answering", "after"), "after", outcome="told")


def _ring(s: _Scene) -> Answer:
    """The next people who have not been rung: those of one group, or, in danger, of all."""
    groups = [tuple(one for one in group if one[0] not in s.call.rung) for group in s.knows.groups]
    if s.call.urgent:
        groups = [tuple(dict.fromkeys(one for group in groups for one in group))]
    group = next((group for group in groups if group), ())[:MOST_RUNG]
    if not group:
        return _record(s, "nobody" if s.call.caller else "nobody_hidden")
    ids = tuple(person for person, _ in group)
    numbers = tuple(dict.fromkeys(number for _, number in group))
    call = s.moved(CallState.RINGING, "rang", LONGEST_TALK, rung=(*s.call.rung, *ids), ringing=ids)
    return Answer(call, Connect(numbers, s.caller_id, "rang", int(RING.total_seconds()), "told"))


def _rang(s: _Scene) -> Answer:
    if s.heard.outcome == "answered":
        call = s.moved(CallState.GREETING, "end", outcome="talked")
        alone = len(call.ringing) == 1 and call.operator_id is None  # it can have been nobody else
        return Answer(call.taken_by(call.ringing[0], s.now) if alone else call, Hangup())
    return _ring(replace(s, call=replace(s.call.free(), ringing=())))


def _record(s: _Scene, prompt: str) -> Answer:
    return Answer(s.moved(CallState.RECORDING, "recorded"), Record((prompt,), "recorded"))


def _recorded(s: _Scene) -> Answer:
    """With a recording or without one: somebody who reached nobody is called back."""
    note = "note_message" if s.heard.recording else "note_nobody"
    wishes = (Wish("callback", note),) if s.call.caller or s.heard.recording else ()
    recording = s.heard.recording or s.call.recording
    return s.says(("thanks" if s.call.caller else "thanks_hidden",), "", wishes, outcome="message", recording=recording)


_CHOICES: Mapping[str, Callable[[_Scene], Answer]] = {
    "1": _talk, "2": _again, "3": _status_told, "4": _bridge, "9": _call_back,
}  # fmt: skip
STEPS: Mapping[str, Callable[[_Scene], Answer]] = {
    "menu": _menu, "after": _after, "choose": _choose, "ring": _ring, "rang": _rang, "bridge": _bridge_now,
    "bridged": _bridged, "recorded": _recorded,
}  # fmt: skip
# What a webhook for a step tells (see bots/voice/elks.parse_step).
EXPECTS: Mapping[str, str] = {
    "menu": "key", "after": "key", "choose": "key", "rang": "outcome", "bridged": "outcome", "recorded": "recording",
    "told": "told",
}  # fmt: skip
