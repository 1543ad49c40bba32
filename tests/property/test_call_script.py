"""Whatever keys are pressed and whoever answers: a call always goes on to something that can be said, and always ends.

What must never happen: a menu with more than four choices, a prompt that nobody has, a person rung twice, a caller who reached
nobody and is not called back, a number that is shown to whom it must not be.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bots.voice import elks, twiml
from bots.voice.actions import Action, Connect, Gather, Hangup, Play, Record
from bots.voice.heard import KEYS, Heard
from bots.voice.prompts import prompt_texts
from bots.voice.script import EXPECTS, MOST_CHOICES, Answer, Knows, Line, decide_hung_up, decide_start, decide_step
from bots.voice.way import Way
from dispatch.intake import Request, decide_for_human, decide_request
from dispatch.mint import Mint
from dispatch.model import Case, Person, TaskState, Urgency
from dispatch.phone_calls import CallState, PhoneCall
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
NOW = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
NIGHT = datetime(2020, 4, 8, 1, 0, tzinfo=UTC)
ELSA, HOTLINE = "+46701000001", "+46366800000"
PROMPTS = prompt_texts(NETWORK, "sv").keys()
MINT = Mint(seed=1)
MINT.stock(range(1, 100))
PERSON = Person(1, ELSA, NOW, area="granna")
LONGEST_CALL = 60  # steps


def _case(category: str | None, state: TaskState, human: bool) -> Case:
    request = Request("Mat", "sms", category, "granna")
    if human:
        case, _ = decide_for_human(PERSON, request, "question", NETWORK, NOW, MINT)
    else:
        case, _ = decide_request(PERSON, request, NETWORK, NOW, MINT)
    return replace(case, task=replace(case.task, state=state))


KINDS = [("groceries", False), ("groceries", True), ("care", False), (None, False), (None, True), ("gone", False)]
CASES = [_case(category, state, human) for category, human in KINDS for state in TaskState]
cases = st.sampled_from(CASES)
lines = st.builds(
    Line, st.integers(1, 6), st.sampled_from(["groceries", "pet", "gone", None]), st.sampled_from(["granna", "gone", None]),
    st.booleans(), st.from_regex(r"\+4670200000[0-9]", fullmatch=True),
)  # fmt: skip
people = st.tuples(st.integers(100, 140), st.from_regex(r"\+4670300000[0-9]", fullmatch=True))
known = st.builds(
    Knows, st.just(PERSON), st.lists(cases, max_size=4).map(tuple), st.none() | cases, st.lists(lines, max_size=6).map(tuple),
    st.lists(st.lists(people, max_size=15, unique_by=lambda one: one[0]).map(tuple), max_size=4).map(tuple),
)  # fmt: skip
unknown = st.builds(Knows, groups=st.lists(st.lists(people, max_size=3).map(tuple), max_size=3).map(tuple))
keys = st.sampled_from(["", *sorted(KEYS)])
outcomes = st.sampled_from(["answered", "busy", "failed"])


def _begin(caller: str | None, now: datetime) -> PhoneCall:
    return PhoneCall(
        1, "46elks", "c1", caller, HOTLINE, "sv", CallState.GREETING, "start", 0, now, now,
        person_id=1 if caller else None, due_at=now,
    )  # fmt: skip


def _check(answer: Answer, before: PhoneCall, knows: Knows) -> None:
    action, call = answer.action, answer.call
    prompts = getattr(action, "prompts", ())
    assert set(prompts) <= PROMPTS, prompts
    assert sum(p.startswith(("key_", "choose_")) for p in prompts) <= MOST_CHOICES
    assert call.turn == before.turn + 1 and call.due_at is not None
    if isinstance(action, Connect):
        assert 1 <= len(action.numbers) <= 10 and len(set(action.numbers)) == len(action.numbers)
        assert action.caller_id == HOTLINE
        if call.state is CallState.RINGING:
            assert not set(before.rung) & set(call.ringing)
        else:
            assert call.state is CallState.BRIDGED and action.numbers[0] in {line.phone for line in knows.lines}
    then = getattr(action, "then", "")
    assert not then or then == call.step
    sounds = [f"https://x/{p}" for p in prompts]
    for part in range(len(sounds) + 1):
        assert elks.render(action, sounds, Way("https://x", 1), min(part, max(len(sounds) - 1, 0)))
    assert twiml.render(action, sounds, Way("https://x", 1)).startswith("<?xml")


def _next(data: st.DataObject, action: Action, step: str) -> Heard:
    expects = EXPECTS.get(step, "")
    if expects == "key":
        return Heard(key=data.draw(keys))
    if expects == "outcome":
        return Heard(outcome=data.draw(outcomes))
    return Heard(recording=data.draw(st.sampled_from(["", "https://e/r.wav"]))) if isinstance(action, Record) else Heard()


@given(st.data(), known | unknown, st.sampled_from([NOW, NIGHT]))
def test_every_call_ends_and_nobody_is_left_without(data: st.DataObject, knows: Knows, now: datetime) -> None:
    call = _begin(ELSA if knows.person else data.draw(st.sampled_from([ELSA, None])), now)
    answer = decide_start(call, knows, NETWORK, now)
    _check(answer, call, knows)
    wishes = []
    for _ in range(LONGEST_CALL):
        call, action = answer.call, answer.action
        wishes += answer.wishes
        if isinstance(action, Hangup) or (isinstance(action, Play) and not action.then):
            break
        assert isinstance(action, Play | Gather | Connect | Record)
        if data.draw(st.integers(0, 9)) == 0:
            break  # hangs up
        now += timedelta(seconds=data.draw(st.integers(0, 40)))
        answer = decide_step(call, call.step, _next(data, action, call.step), knows, NETWORK, now)
        _check(answer, call, knows)
    over, more = decide_hung_up(call, now)
    wishes += more
    assert over.has_ended and over.due_at is None and over.said is None
    assert decide_hung_up(over, now) == (over, ())  # told twice
    assert over.outcome is not None
    if over.outcome == "dropped" and over.caller:
        assert any(wish.kind == "callback" for wish in wishes)
    assert (sum(wish.kind == "emergency" for wish in wishes) == 1) == over.urgent
    assert not over.urgent or set(over.pressed) & set("0*")


def test_the_menu_at_its_longest() -> None:
    """A resident whose task is held, who was helped before: talking to whom it is about goes before the same help again."""
    held = _case("groceries", TaskState.TAKEN, False)
    knows = Knows(PERSON, (held,), held, (Line(1, "groceries", "granna", False, "+46702000001"),))
    action = decide_start(_begin(ELSA, NOW), knows, NETWORK, NOW).action
    assert isinstance(action, Gather)
    assert action.prompts == ("greeting", "key_1", "key_3", "key_4_helped", "key_9")
    assert held.need.urgency is Urgency.NORMAL
