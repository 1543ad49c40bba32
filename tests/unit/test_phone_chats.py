"""The life of a weekly talk, decided: the right time over clock changes, the missed-call rule, always a next time."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from dispatch.dialling import Ended
from dispatch.errors import BadRequest, PhoneChatEnded
from dispatch.model import FURTHER_NOTICE, Person
from dispatch.phone_chats import (
    GONE,
    NO_LINE,
    NO_VOLUNTEER,
    SILENT,
    ChatState,
    PhoneChat,
    Side,
    Stage,
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
    weekly_call,
)
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
NOW = datetime(2020, 4, 6, 7, 0, tzinfo=UTC)  # a Monday at nine
FIRST = datetime(2020, 4, 8, 12, 0, tzinfo=UTC)  # Wednesday at 14
ELSA = Person(1, "+46361050001", NOW, name="Elsa Dahl", area="granna")
ANNA = Person(2, "+46701234501", NOW, name="Anna Berg", organisation="Kyrkan")
TALK = timedelta(minutes=22)


def asked(**changes: Any) -> Two:
    chat = PhoneChat(9, 1, 2, ChatState.ASKED, 3, time(14), NOW, **changes)
    return Two(decide_ask(Two(chat, ELSA, ANNA, NETWORK), NOW, 7).chat, ELSA, ANNA, NETWORK)


def active() -> Two:
    two = asked()
    two = replace(two, chat=decide_yes(two, Side.RESIDENT, NOW, 1).chat)
    return replace(two, chat=decide_yes(two, Side.VOLUNTEER, NOW, 2).chat)


def calling(**changes: Any) -> Two:
    two = active()
    return replace(two, chat=replace(two.chat, stage=Stage.CALLING, next_at=FIRST + timedelta(hours=4), **changes))


CHANGES_OF_CLOCKS = [
    ("spring, the week of the change", date(2020, 3, 26), datetime(2020, 3, 29, 12, 0, tzinfo=UTC)),
    ("the Sunday before", date(2020, 3, 19), datetime(2020, 3, 22, 13, 0, tzinfo=UTC)),
    ("autumn, the week of the change", date(2020, 10, 22), datetime(2020, 10, 25, 13, 0, tzinfo=UTC)),
    ("the Sunday before it", date(2020, 10, 15), datetime(2020, 10, 18, 12, 0, tzinfo=UTC)),
]


@pytest.mark.parametrize(("day", "expected"), [r[1:] for r in CHANGES_OF_CLOCKS], ids=[r[0] for r in CHANGES_OF_CLOCKS])
def test_it_is_two_o_clock_in_the_afternoon_whatever_the_clocks_do(day: date, expected: datetime) -> None:
    after = datetime.combine(day, time(6), UTC)
    assert weekly_call(7, time(14), NETWORK, after) == expected
    assert weekly_call(7, time(14), NETWORK, expected) > expected + timedelta(days=6)


def test_it_begins_when_both_have_said_yes() -> None:
    two = asked()
    decided = decide_yes(two, Side.RESIDENT, NOW, 1)
    assert (decided.chat.state, [m.kind for m in decided.messages]) == (ChatState.ASKED, [])  # a landline: nobody phones thanks
    decided = decide_yes(replace(two, chat=decided.chat), Side.VOLUNTEER, NOW, 2)
    assert (decided.chat.state, decided.chat.call_at, decided.chat.stage) == (ChatState.ACTIVE, FIRST, Stage.REMIND)
    assert [m.kind for m in decided.messages] == ["talk_begins", "talk_begins"]
    assert decided.chat.next_at == datetime(2020, 4, 8, 6, 0, tzinfo=UTC)


def test_the_volunteer_hears_no_name_before_a_yes() -> None:
    decided = decide_ask(Two(asked().chat, ELSA, ANNA, NETWORK), NOW, 7)
    (to_anna,) = [m for m in decided.messages if m.person_id == ANNA.id]
    assert "Elsa" not in str(to_anna.params)
    assert to_anna.params["place"] == NETWORK.area_name("granna")


def test_said_twice_is_said_once() -> None:
    two = replace(asked(), chat=replace(asked().chat, resident_yes=NOW))
    decided = decide_yes(two, Side.RESIDENT, NOW, 1)
    assert decided.chat is two.chat
    assert decided.events == ()


def test_a_no_is_told_to_the_other() -> None:
    decided = decide_end(asked(), Side.VOLUNTEER, NOW, 2)
    assert [(m.kind, m.person_id) for m in decided.messages] == [("talk_not_now", 1), ("talk_no_noted", 2)]
    assert decided.chat.next_at is None


def test_a_question_that_nobody_answers_is_over() -> None:
    two = asked()
    decided = decide_due(two, NOW + timedelta(days=4))
    assert (decided.chat.state, decided.messages) == (ChatState.ENDED, ())
    decided = decide_due(replace(two, chat=replace(two.chat, volunteer_yes=NOW)), NOW + timedelta(days=4))
    assert [(m.kind, m.person_id) for m in decided.messages] == [("talk_not_now", 2)]


def test_the_week_of_a_talk() -> None:
    two = active()
    morning = decide_due(two, FIRST - timedelta(hours=6))
    assert [(m.kind, m.person_id) for m in morning.messages] == [("talk_reminder", 2)]  # Elsa's telephone takes no SMS
    two = replace(two, chat=morning.chat)
    call = decide_due(two, FIRST)
    assert (call.dial, call.chat.stage) == (True, Stage.CALLING)
    over = decide_called(replace(two, chat=call.chat), Ended.TALKED, TALK, FIRST + TALK)
    assert (over.chat.minutes, over.chat.talks, over.human) == (22, 1, None)
    assert over.chat.call_at == FIRST + timedelta(days=7)


def test_a_short_talk_was_an_answering_machine() -> None:
    decided = decide_called(calling(), Ended.TALKED, timedelta(seconds=30), FIRST)
    assert (decided.chat.resident_misses, decided.chat.next_at) == (1, FIRST + timedelta(minutes=15))


@pytest.mark.parametrize("outcome", [Ended.SECOND_SILENT, Ended.SECOND_BUSY])
def test_an_old_person_who_does_not_answer_three_times_may_need_somebody_to_look(outcome: Ended) -> None:
    two, now = calling(), FIRST
    for expected in ("talk_again", "talk_again", "talk_no_answer"):
        decided = decide_called(two, outcome, timedelta(seconds=25), now)
        assert [(m.kind, m.person_id) for m in decided.messages] == [(expected, 2)]
        assert decided.human == (SILENT if expected == "talk_no_answer" else None)
        assert decided.chat.next_at is not None
        now += timedelta(minutes=15)
        two = replace(two, chat=replace(decided.chat, stage=Stage.CALLING))
    assert decided.chat.call_at == FIRST + timedelta(days=7)
    assert decided.chat.resident_misses == 0


@pytest.mark.parametrize("outcome", [Ended.FIRST_SILENT, Ended.FIRST_BUSY])
def test_a_volunteer_who_does_not_answer(outcome: Ended) -> None:
    decided = decide_called(calling(), outcome, None, FIRST)
    assert [(m.kind, m.person_id) for m in decided.messages] == [("talk_missed_you", 2)]
    two = replace(calling(), chat=replace(decided.chat, stage=Stage.CALLING))
    decided = decide_called(two, outcome, None, FIRST + timedelta(minutes=15))
    assert [(m.kind, m.person_id) for m in decided.messages] == [("talk_another_time", 1), ("talk_missed", 2)]
    assert (decided.human, decided.chat.missed_in_row) == (NO_VOLUNTEER, 1)
    again = decide_called(calling(missed_in_row=1, volunteer_misses=1), outcome, None, FIRST)
    assert (again.human, again.chat.missed_in_row) == (GONE, 2)


def test_a_talk_forgets_that_the_volunteer_was_away_before() -> None:
    assert decide_called(calling(missed_in_row=1), Ended.TALKED, TALK, FIRST).chat.missed_in_row == 0


def test_a_line_that_is_down_is_told_to_both_and_a_coordinator() -> None:
    decided = decide_called(calling(), Ended.LINE_DOWN, None, FIRST)
    assert ([m.person_id for m in decided.messages], decided.human) == ([1, 2], NO_LINE)


def test_what_the_carrier_says_too_late_changes_nothing() -> None:
    for two in (replace(calling(), chat=decide_end(calling(), None, FIRST, 7).chat), active()):
        decided = decide_called(two, Ended.TALKED, TALK, FIRST)
        assert (decided.chat, decided.events, decided.human) == (two.chat, (), None)


def test_a_call_that_nobody_hears_of_any_more_is_a_coordinators() -> None:
    assert decide_due(calling(), FIRST + timedelta(hours=4)).human == NO_LINE


def test_hours_late_is_another_time_and_at_night_nobody_is_rung() -> None:
    two = active()
    two = replace(two, chat=replace(two.chat, stage=Stage.CALL, next_at=FIRST))
    assert decide_due(two, FIRST + timedelta(hours=3)).human == NO_LINE
    late = replace(two, chat=replace(two.chat, next_at=datetime(2020, 4, 8, 19, 5, tzinfo=UTC)))
    assert not decide_due(late, datetime(2020, 4, 8, 19, 10, tzinfo=UTC)).dial


def test_a_volunteer_who_is_paused_is_not_rung() -> None:
    two = active()
    two = replace(
        two, volunteer=replace(ANNA, paused_until=FURTHER_NOTICE), chat=replace(two.chat, stage=Stage.CALL, next_at=FIRST)
    )
    decided = decide_due(two, FIRST)
    assert (decided.dial, [(m.kind, m.person_id) for m in decided.messages]) == (False, [("talk_skipped", 1)])


@pytest.mark.parametrize("gone", [{"stopped_at": NOW}, {"phone": None}, {"protected": True}])
def test_who_can_no_longer_take_part_ends_it(gone: dict[str, Any]) -> None:
    two = replace(active(), resident=replace(ELSA, **gone))
    decided = decide_due(two, FIRST)
    assert decided.chat.state is ChatState.ENDED
    assert [(m.kind, m.person_id) for m in decided.messages] == [("talk_ended", 2)]


def test_nobody_is_rung_in_the_networks_quiet_hours() -> None:
    early = replace(NETWORK, hours=replace(NETWORK.hours, begin=time(19)))
    with pytest.raises(BadRequest, match="quiet"):
        decide_move(replace(active(), network=early), 3, time(19, 30), NOW, 7)
    assert decide_move(active(), 3, time(19, 30), NOW, 7).chat.at == time(19, 30)


def test_skipped_paused_moved_and_begun_again() -> None:
    two = active()
    skipped = decide_skip(two, Side.VOLUNTEER, NOW, 2)
    assert skipped.chat.call_at == FIRST + timedelta(days=7)
    assert [(m.kind, m.person_id) for m in skipped.messages] == [("talk_skipped", 1), ("talk_skip_noted", 2)]
    paused = decide_pause(two, NOW + timedelta(days=30), NOW, 7)
    assert (paused.chat.next_at, paused.hang_up) == (NOW + timedelta(days=30), True)
    begun = decide_due(replace(two, chat=paused.chat), NOW + timedelta(days=30))
    assert (begun.chat.state, begun.chat.call_at) == (ChatState.ACTIVE, FIRST + timedelta(days=28))
    moved = decide_move(two, 5, time(18), NOW, 7)
    assert moved.chat.call_at == datetime(2020, 4, 10, 16, 0, tzinfo=UTC)


def test_what_cannot_be_done() -> None:
    ended = replace(active(), chat=decide_end(active(), None, NOW, 7).chat)
    for late in (
        lambda: decide_end(ended, None, NOW, 7),
        lambda: decide_skip(ended, None, NOW, 7),
        lambda: decide_skip(calling(), None, NOW, 7),
        lambda: decide_pause(ended, NOW + timedelta(days=1), NOW, 7),
        lambda: decide_resume(active(), NOW, 7),
        lambda: decide_yes(ended, Side.RESIDENT, NOW, 1),
        lambda: decide_move(asked(), 3, time(14), NOW, 7),
    ):
        with pytest.raises(PhoneChatEnded):
            late()
    for wrong in (
        lambda: decide_pause(active(), NOW, NOW, 7),
        lambda: decide_pause(active(), NOW + timedelta(days=400), NOW, 7),
        lambda: decide_move(active(), 3, time(23), NOW, 7),
        lambda: decide_move(active(), 8, time(14), NOW, 7),
    ):
        with pytest.raises(BadRequest):
            wrong()
