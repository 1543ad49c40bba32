"""Whatever happens to a pair, and whoever is paired: nobody without a language in common, and nobody who goes on without a next
call."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.companions import SLOTS, Wisher, propose
from dispatch.dialling import Ended
from dispatch.errors import Outcome
from dispatch.model import Person
from dispatch.phone_chats import (
    CHAT_TRANSITIONS,
    ChatState,
    PhoneChat,
    Side,
    Two,
    decide_ask,
    decide_called,
    decide_due,
    decide_end,
    decide_move,
    decide_pause,
    decide_resume,
    decide_skip,
    decide_yes,
)
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
START = datetime(2020, 1, 6, 7, 0, tzinfo=UTC)
LANGUAGES = ("sv", "en", "fi", "ar", "uk")
wishers = st.builds(
    lambda n, languages, times, pairs, avoids: Wisher(
        Person(n, f"+467010{n:05d}", START, languages=tuple(languages), avoids=tuple(f"person:{a}" for a in avoids)),
        START, frozenset(times), frozenset(), 2, pairs,
    ),
    st.integers(1, 40), st.sets(st.sampled_from(LANGUAGES), max_size=2), st.sets(st.sampled_from(SLOTS), max_size=4),
    st.integers(0, 2), st.sets(st.integers(1, 40), max_size=2),
)  # fmt: skip


@given(st.lists(wishers, max_size=8), st.lists(wishers, max_size=12))
def test_whoever_is_proposed_can_talk_with_each_other(residents: list[Wisher], volunteers: list[Wisher]) -> None:
    for waiting in propose(residents, volunteers, NETWORK, (), START):
        assert bool(waiting.matches) != bool(waiting.alone)
        for found in waiting.matches:
            assert found.languages
            assert set(found.languages) <= found.resident.languages & found.volunteer.languages
            assert found.slots
            assert set(found.slots) <= found.resident.slots & found.volunteer.slots
            assert found.resident.person.id != found.volunteer.person.id
            assert f"person:{found.volunteer.person.id}" not in found.resident.person.avoids
            assert found.volunteer.pairs < found.volunteer.most


MOVES = st.one_of(
    st.tuples(st.just("due"), st.just(None)),
    st.tuples(st.just("called"), st.tuples(st.sampled_from(list(Ended)), st.integers(0, 90))),
    st.tuples(st.just("wait"), st.integers(1, 60 * 24 * 8)),
    st.tuples(st.sampled_from(["yes", "skip", "end"]), st.sampled_from(list(Side))),
    st.tuples(st.just("pause"), st.integers(1, 100)),
    st.tuples(st.just("resume"), st.just(None)),
    st.tuples(st.just("move"), st.tuples(st.integers(1, 7), st.integers(8, 20))),
)


@given(st.integers(1, 7), st.integers(8, 20), st.integers(0, 365), st.lists(MOVES, max_size=40))
def test_a_pair_that_goes_on_has_a_next_call(weekday: int, hour: int, day: int, moves: list[tuple[str, object]]) -> None:
    """Over a year with both changes of clocks: the next time is always there, never in the past when it was just decided, and a
    call is at the time that was agreed on."""
    now = START + timedelta(days=day)
    elsa, anna = Person(1, "+46701000001", now, name="Elsa"), Person(2, "+46701000002", now, name="Anna")
    two = Two(PhoneChat(9, 1, 2, ChatState.ASKED, weekday, time(hour), now), elsa, anna, NETWORK)
    two = replace(two, chat=decide_ask(two, now, None).chat)
    for name, with_what in moves:
        before = two.chat
        if name == "wait":
            now += timedelta(minutes=int(str(with_what)))
            continue
        try:
            decided = _decide(name, with_what, two, now)
        except Outcome:
            continue
        if name == "due" and before.next_at is not None:
            now = max(now, before.next_at)
        chat = decided.chat
        assert chat.state is before.state or chat.state in CHAT_TRANSITIONS[before.state]
        assert (chat.state is ChatState.ENDED) == (chat.next_at is None) == (chat.stage is None)
        if chat.state is ChatState.ACTIVE:
            assert chat.call_at is not None
            local = chat.call_at.astimezone(NETWORK.zone)
            assert (local.isoweekday(), local.time()) == (chat.weekday, chat.at)
            if chat is not before and chat.next_at is not None:
                assert chat.next_at >= now
        assert (before.state is ChatState.ENDED) <= (chat.state is ChatState.ENDED)
        two = replace(two, chat=chat)


def _decide(name: str, w: object, two: Two, now: datetime):  # type: ignore[no-untyped-def]
    match name, w:
        case "due", _:
            return decide_due(two, max(now, two.chat.next_at)) if two.chat.next_at else decide_end(two, None, now, None)
        case "called", (Ended() as outcome, int() as minutes):
            return decide_called(two, outcome, timedelta(minutes=minutes), now)
        case "yes", Side() as side:
            return decide_yes(two, side, now, None)
        case "skip", Side() as side:
            return decide_skip(two, side, now, None)
        case "pause", int() as days:
            return decide_pause(two, now + timedelta(days=days), now, None)
        case "move", (int() as weekday, int() as hour):
            return decide_move(two, weekday, time(hour), now, None)
        case "resume", _:
            return decide_resume(two, now, None)
    return decide_end(two, w if isinstance(w, Side) else None, now, None)
