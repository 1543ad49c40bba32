"""The life of a phone chat: a resident and a volunteer who talk once a week, the network phoning both. Pure decisions.

    asked ──both say yes──► active ◄──► paused        any of these ──► ended
                              │ remind (the same morning) ─► call ─► calling ─► next week
                              └ nobody answers: again, and then a human is told

An old person who does not answer may need somebody to look: that is never only a line in a list (the missed-call rule). Whatever
goes on has a next time, and the database refuses a pair without one. dispatch/phone_chat_desk.py loads, and stores what is
decided here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from dispatch.changes import Message, message
from dispatch.companions import EARLIEST, LATEST, may_talk
from dispatch.dialling import Ended
from dispatch.errors import BadRequest, PhoneChatEnded
from dispatch.events import Event, Kind
from dispatch.model import Person
from dispatch.network import Network

NUMBER = 2  # "JA 2", as the texts have it, answers the question whether somebody wants this; offers are numbered from 10
ANSWER_WITHIN = timedelta(days=4)  # then the question is over, and the resident waits on the page again
MORNING = time(8)  # local; the reminder
BEFORE = timedelta(minutes=30)  # of a call early in the day
AGAIN_AFTER = timedelta(minutes=15)
RESIDENT_TRIES, VOLUNTEER_TRIES = 3, 2  # of one week's call
MISSED_IN_ROW = 2  # weeks; whoever is away for so long may have stopped for good
LONGEST_TALK = timedelta(hours=4)  # then the carrier's word that it is over has been lost
LEAST_TALK = timedelta(seconds=45)  # from the first ring; what is shorter was an answering machine, or "not now"
LONGEST_PAUSE = timedelta(days=190)
# Why a human must act.
SILENT = "phone_chat_silent"  # the resident did not answer, again and again
NO_VOLUNTEER = "phone_chat_volunteer"  # the volunteer did not answer this week
GONE = "phone_chat_gone"  # nor the week before: somebody else may be needed
NO_LINE = "phone_chat_line"


class ChatState(StrEnum):
    """Where a pair is. See CHAT_TRANSITIONS."""

    ASKED = "asked"  # whether both want to
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


_S = ChatState
CHAT_TRANSITIONS: dict[ChatState, frozenset[ChatState]] = {
    _S.ASKED: frozenset({_S.ACTIVE, _S.ENDED}),
    _S.ACTIVE: frozenset({_S.PAUSED, _S.ENDED}),
    _S.PAUSED: frozenset({_S.ACTIVE, _S.ENDED}),
    _S.ENDED: frozenset(),
}


class Stage(StrEnum):
    """What happens at a pair's next time."""

    ANSWER = "answer"  # the question has not been answered
    REMIND = "remind"
    CALL = "call"
    CALLING = "calling"  # a call is under way; the time is when it cannot be any more
    RESUME = "resume"


class Side(StrEnum):
    """One of the two."""

    RESIDENT = "resident"
    VOLUNTEER = "volunteer"

    @property
    def other(self) -> "Side":
        """The other one."""
        return Side.VOLUNTEER if self is Side.RESIDENT else Side.RESIDENT


@dataclass(frozen=True, slots=True)
class PhoneChat:
    """A pair. Field names are the columns of the table; `version` grows by one with every stored change.

    weekday: ISO. at: the network's time. call_at: this week's call as agreed; next_at: when `stage` comes, which is later than
    call_at when somebody did not answer. last_outcome: how the last week's call went, one of Ended.
    """

    id: int
    resident_id: int
    volunteer_id: int
    state: ChatState
    weekday: int
    at: time
    created_at: datetime
    resident_yes: datetime | None = None
    volunteer_yes: datetime | None = None
    stage: Stage | None = None
    next_at: datetime | None = None
    call_at: datetime | None = None
    resident_misses: int = 0
    volunteer_misses: int = 0
    missed_in_row: int = 0
    talks: int = 0
    minutes: int = 0
    last_at: datetime | None = None
    last_outcome: str | None = None
    ended_at: datetime | None = None
    ended_how: str | None = None
    version: int = 1

    def to(self, state: ChatState, **changes: Any) -> "PhoneChat":
        """Move to `state`, or stay there. Raises PhoneChatEnded when CHAT_TRANSITIONS has no such move."""
        if state is not self.state and state not in CHAT_TRANSITIONS[self.state]:
            raise PhoneChatEnded("this pair has ended, or is not where that can be done")
        return replace(self, state=state, **changes)

    def side_of(self, person_id: int) -> Side | None:
        """Which of the two somebody is."""
        return {self.resident_id: Side.RESIDENT, self.volunteer_id: Side.VOLUNTEER}.get(person_id)

    def yes_of(self, side: Side) -> datetime | None:
        """When this one said yes."""
        return self.resident_yes if side is Side.RESIDENT else self.volunteer_yes


@dataclass(frozen=True, slots=True)
class Two:
    """A pair with its people, in its network: what a decision sees."""

    chat: PhoneChat
    resident: Person
    volunteer: Person
    network: Network

    def person(self, side: Side) -> Person:
        """One of the two."""
        return self.resident if side is Side.RESIDENT else self.volunteer


@dataclass(frozen=True, slots=True)
class Decided:
    """What comes of it. human: why a coordinator must act, about the resident; dial: the call is to be made now; hang_up: one
    that has not begun is not made."""

    chat: PhoneChat
    events: tuple[Event, ...] = ()
    messages: tuple[Message, ...] = ()
    human: str | None = None
    dial: bool = False
    hang_up: bool = False


@dataclass(slots=True)
class _Making:
    """A decision while it is made."""

    two: Two
    now: datetime
    by: int | None = None  # who did it; None: the program
    events: list[Event] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def happened(self, kind: Kind, **data: Any) -> None:
        chat = self.two.chat
        self.events.append(Event(self.now, kind, None, self.by, {"phone_chat": chat.id, **data}))

    def say(self, side: Side, kind: str, chat: PhoneChat, written: bool = False, **params: Any) -> None:
        """Tell one of the two. written: only where it is read at once; nobody phones around to say this."""
        two, to = self.two, self.two.person(side)
        if to.phone is None and not to.can_be_written_to:
            return
        other = two.person(side.other)
        about: dict[str, Any] = {
            "weekday": chat.weekday,
            "at": f"{chat.at:%H:%M}",
            "call_at": chat.call_at,
            "helper": other.first_name,
        }
        if side is Side.RESIDENT:
            about["organisation"] = other.organisation
        told = message(to, kind, {**about, **params}, None, self.now)
        if not (written and told.channel == "call"):
            self.messages.append(told)

    def both(self, kind: str, chat: PhoneChat, written: bool = False, **params: Any) -> None:
        for side in Side:
            self.say(side, kind, chat, written, **params)

    def end(self, chat: PhoneChat, human: str | None = None, dial: bool = False, hang_up: bool = False) -> Decided:
        return Decided(chat, tuple(self.events), tuple(self.messages), human, dial, hang_up)


def weekly_call(weekday: int, at: time, network: Network, after: datetime) -> datetime:
    """The first moment after `after` at which it is this weekday and time in the network, in UTC: right over clock changes."""
    today = after.astimezone(network.zone).date()
    days = (today + timedelta(days=n) for n in range(9))
    moments = (datetime.combine(d, at, network.zone).astimezone(UTC) for d in days if d.isoweekday() == weekday)
    return next(moment for moment in moments if moment > after)


def _planned(chat: PhoneChat, network: Network, after: datetime, now: datetime) -> PhoneChat:
    """The pair with its next call after `after`; reminded that morning, or not at all when the morning is over."""
    call_at = weekly_call(chat.weekday, chat.at, network, after)
    day = call_at.astimezone(network.zone).date()
    remind_at = min(datetime.combine(day, MORNING, network.zone).astimezone(UTC), call_at - BEFORE)
    stage, next_at = (Stage.REMIND, remind_at) if remind_at > now else (Stage.CALL, call_at)
    return replace(chat, call_at=call_at, stage=stage, next_at=next_at, resident_misses=0, volunteer_misses=0)


def require_time(weekday: int, at: time, network: Network, now: datetime) -> None:
    """Raises BadRequest for what is no time for a weekly call: at night nobody is rung."""
    if weekday not in range(1, 8) or not EARLIEST <= at <= LATEST:
        raise BadRequest(f"at: a weekday, and a time from {EARLIEST:%H:%M} to {LATEST:%H:%M}")
    if network.hours.quiet_until(weekly_call(weekday, at, network, now)):
        raise BadRequest("at: in the network's quiet hours")


def decide_ask(two: Two, now: datetime, by: int | None) -> Decided:
    """Both are asked whether they want to. two.chat: as it is to be stored. The volunteer hears no name before a yes."""
    require_time(two.chat.weekday, two.chat.at, two.network, now)
    making = _Making(two, now, by)
    chat = replace(two.chat, stage=Stage.ANSWER, next_at=now + ANSWER_WITHIN)
    making.happened(Kind.PHONE_CHAT_ASKED, resident=chat.resident_id, volunteer=chat.volunteer_id)
    making.say(Side.RESIDENT, "talk_asked_resident", chat)
    place = two.network.area_name(two.resident.area)
    making.say(Side.VOLUNTEER, "talk_asked_volunteer", chat, place=place, helper="")
    return making.end(chat)


def decide_yes(two: Two, side: Side, now: datetime, by: int | None) -> Decided:
    """One of the two wants to; when both do, it begins. A yes that is said twice is one. by: who says it, or the operator who has
    heard it on the telephone. Raises PhoneChatEnded."""
    making, chat = _Making(two, now, by), two.chat
    if chat.state is not ChatState.ASKED or chat.yes_of(side) is not None:
        if chat.state is ChatState.ENDED:
            raise PhoneChatEnded("the question is over")
        return making.end(chat)
    chat = replace(chat, resident_yes=now) if side is Side.RESIDENT else replace(chat, volunteer_yes=now)
    making.happened(Kind.PHONE_CHAT_AGREED, person=two.person(side).id)
    if chat.yes_of(side.other) is None:
        making.say(side, "talk_yes_noted", chat, written=True)
        return making.end(chat)
    chat = _planned(chat.to(ChatState.ACTIVE), two.network, now, now)
    making.happened(Kind.PHONE_CHAT_BEGUN)
    making.both("talk_begins", chat)
    return making.end(chat)


def decide_end(two: Two, side: Side | None, now: datetime, by: int | None, gone: bool = False) -> Decided:
    """It ends, without a reason. side: who wants that, None: staff. The other one is told kindly. gone: whoever it is hears
    nothing any more (STOPP, forgotten). Raises PhoneChatEnded when it has ended already."""
    making, chat = _Making(two, now, by), two.chat
    asked = chat.state is ChatState.ASKED
    how = str(side) if side else "staff"
    if chat.state is ChatState.ENDED:
        raise PhoneChatEnded("this pair has ended already")
    chat = chat.to(ChatState.ENDED, stage=None, next_at=None, call_at=None, ended_at=now, ended_how=how)
    making.happened(Kind.PHONE_CHAT_DECLINED if asked else Kind.PHONE_CHAT_ENDED, how=how)
    for told in Side:
        if told is side:
            if not gone:
                making.say(told, "talk_no_noted" if asked else "talk_end_noted", two.chat, written=True)
        else:
            making.say(told, "talk_not_now" if asked else "talk_ended", two.chat)
    return making.end(chat, hang_up=True)


def decide_skip(two: Two, side: Side | None, now: datetime, by: int | None) -> Decided:
    """This week's call is left out. side: who wants that, None: staff. Raises PhoneChatEnded when none is planned."""
    making, chat = _Making(two, now, by), two.chat
    if chat.state is not ChatState.ACTIVE or chat.call_at is None or chat.stage is Stage.CALLING:
        raise PhoneChatEnded("no call is planned that could be left out")
    chat = _planned(chat, two.network, max(chat.call_at, now), now)
    making.happened(Kind.PHONE_CHAT_SKIPPED, how=str(side) if side else "staff")
    for told in Side:
        making.say(told, "talk_skip_noted" if told is side else "talk_skipped", chat, written=told is side)
    return making.end(chat, hang_up=True)


def decide_pause(two: Two, until: datetime, now: datetime, by: int | None) -> Decided:
    """No calls until then. Raises BadRequest, PhoneChatEnded."""
    if not now < until <= now + LONGEST_PAUSE:
        raise BadRequest("until: a day to come, at most half a year ahead")
    making = _Making(two, now, by)
    chat = two.chat.to(ChatState.PAUSED, stage=Stage.RESUME, next_at=until, call_at=None)
    making.happened(Kind.PHONE_CHAT_PAUSED, until=until)
    making.both("talk_paused", chat)
    return making.end(chat, hang_up=True)


def decide_resume(two: Two, now: datetime, by: int | None) -> Decided:
    """The calls go on. Raises PhoneChatEnded when they have not been paused."""
    if two.chat.state is not ChatState.PAUSED:
        raise PhoneChatEnded("this pair is not paused")
    making = _Making(two, now, by)
    chat = _planned(two.chat.to(ChatState.ACTIVE), two.network, now, now)
    making.happened(Kind.PHONE_CHAT_RESUMED)
    making.both("talk_resumed", chat)
    return making.end(chat)


def decide_move(two: Two, weekday: int, at: time, now: datetime, by: int | None) -> Decided:
    """Another weekday or time from now on. Raises BadRequest, PhoneChatEnded."""
    require_time(weekday, at, two.network, now)
    if two.chat.state is not ChatState.ACTIVE:
        raise PhoneChatEnded("only a pair that goes on has a time")
    making = _Making(two, now, by)
    chat = _planned(replace(two.chat, weekday=weekday, at=at), two.network, now, now)
    making.happened(Kind.PHONE_CHAT_MOVED)
    making.both("talk_moved", chat)
    return making.end(chat, hang_up=True)


def decide_due(two: Two, now: datetime) -> Decided:
    """The pair's time has come. Late is fine: a call that should have been made hours ago (the service was down) is left for the
    next week, and a coordinator hears of it."""
    chat = two.chat
    if chat.state is not ChatState.ENDED and (left := _who_left(two)):
        return decide_end(two, left, now, None, gone=True)
    handle = _DUE[chat.stage or Stage.ANSWER]
    return handle(two, now)


def _who_left(two: Two) -> Side | None:
    """Who can no longer take part at all: STOPP, no number any more, a protected identity."""
    return next((s for s in Side if not may_talk(replace(two.person(s), paused_until=None), two.chat.created_at)), None)


def _unanswered(two: Two, now: datetime) -> Decided:
    making = _Making(two, now)
    chat = two.chat.to(ChatState.ENDED, stage=None, next_at=None, ended_at=now, ended_how="unanswered")
    making.happened(Kind.PHONE_CHAT_DECLINED, how="unanswered")
    for side in Side:
        if two.chat.yes_of(side) is not None:
            making.say(side, "talk_not_now", two.chat)
    return making.end(chat)


def _remind(two: Two, now: datetime) -> Decided:
    making, chat = _Making(two, now), two.chat
    call_at = chat.call_at or now
    if now < call_at:
        making.both("talk_reminder", chat, written=True, hour=_clock(call_at, two.network))
    return making.end(replace(chat, stage=Stage.CALL, next_at=call_at))


def _call(two: Two, now: datetime) -> Decided:
    making, chat = _Making(two, now), two.chat
    late = chat.next_at is not None and now > chat.next_at + timedelta(hours=2)
    if late or two.network.hours.quiet_until(now):
        return _lost(two, now)
    away = two.volunteer.paused_until is not None and two.volunteer.paused_until > now
    if away:  # has said so already, to whoever paused them
        chat = _planned(chat, two.network, max(chat.call_at or now, now), now)
        making.happened(Kind.PHONE_CHAT_SKIPPED, how="away")
        making.say(Side.RESIDENT, "talk_skipped", chat)
        return making.end(chat)
    return making.end(replace(chat, stage=Stage.CALLING, next_at=now + LONGEST_TALK), dial=True)


def _lost(two: Two, now: datetime) -> Decided:
    """The call could not be made, or nobody knows what came of it."""
    return decide_called(two, Ended.LINE_DOWN, None, now)


def _resume(two: Two, now: datetime) -> Decided:
    return decide_resume(two, now, None)


_DUE: dict[Stage, Callable[[Two, datetime], Decided]] = {
    Stage.ANSWER: _unanswered,
    Stage.REMIND: _remind,
    Stage.CALL: _call,
    Stage.CALLING: _lost,
    Stage.RESUME: _resume,
}


def decide_called(two: Two, outcome: Ended, talked: timedelta | None, now: datetime) -> Decided:
    """A call is over. talked: since the resident's telephone rang first, None when it did not. This is the missed-call rule."""
    making, chat = _Making(two, now), two.chat
    if chat.state is not ChatState.ACTIVE or chat.stage not in (Stage.CALLING, Stage.CALL):
        return making.end(chat)  # ended, paused or moved on while they talked
    if outcome is Ended.TALKED and talked is not None and talked >= LEAST_TALK:
        minutes = max(1, round(talked.total_seconds() / 60))
        chat = _week_over(two, chat, outcome, now, missed_in_row=0, talks=chat.talks + 1, minutes=chat.minutes + minutes)
        making.happened(Kind.PHONE_CHAT_TALKED, minutes=minutes)
        return making.end(chat)
    if outcome is Ended.CANCELLED:
        return making.end(chat)
    if outcome is Ended.LINE_DOWN:
        chat = _week_over(two, chat, outcome, now)
        making.happened(Kind.PHONE_CHAT_MISSED, outcome=str(outcome))
        making.both("talk_line_down", chat)
        return making.end(chat, NO_LINE)
    if outcome in (Ended.FIRST_SILENT, Ended.FIRST_BUSY):
        return _volunteer_missed(making, two, outcome, now)
    return _resident_missed(making, two, Ended.SECOND_SILENT if outcome is Ended.TALKED else outcome, now)


def _resident_missed(making: _Making, two: Two, outcome: Ended, now: datetime) -> Decided:
    chat = replace(two.chat, resident_misses=two.chat.resident_misses + 1)
    making.happened(Kind.PHONE_CHAT_MISSED, outcome=str(outcome), tries=chat.resident_misses)
    if chat.resident_misses < RESIDENT_TRIES and not two.network.hours.quiet_until(now + AGAIN_AFTER):
        chat = replace(chat, stage=Stage.CALL, next_at=now + AGAIN_AFTER, last_outcome=str(outcome), last_at=now)
        making.say(Side.VOLUNTEER, "talk_again", chat, hour=_clock(now + AGAIN_AFTER, two.network))
        return making.end(chat)
    chat = _week_over(two, chat, outcome, now, missed_in_row=0)
    making.say(Side.VOLUNTEER, "talk_no_answer", chat)
    return making.end(chat, SILENT)


def _volunteer_missed(making: _Making, two: Two, outcome: Ended, now: datetime) -> Decided:
    chat = replace(two.chat, volunteer_misses=two.chat.volunteer_misses + 1)
    making.happened(Kind.PHONE_CHAT_MISSED, outcome=str(outcome), tries=chat.volunteer_misses)
    if chat.volunteer_misses < VOLUNTEER_TRIES and not two.network.hours.quiet_until(now + AGAIN_AFTER):
        chat = replace(chat, stage=Stage.CALL, next_at=now + AGAIN_AFTER, last_outcome=str(outcome), last_at=now)
        making.say(Side.VOLUNTEER, "talk_missed_you", chat, hour=_clock(now + AGAIN_AFTER, two.network))
        return making.end(chat)
    chat = _week_over(two, chat, outcome, now, missed_in_row=chat.missed_in_row + 1)
    making.say(Side.RESIDENT, "talk_another_time", chat)
    making.say(Side.VOLUNTEER, "talk_missed", chat)
    return making.end(chat, NO_VOLUNTEER if chat.missed_in_row < MISSED_IN_ROW else GONE)


def _week_over(two: Two, chat: PhoneChat, outcome: Ended, now: datetime, **changes: Any) -> PhoneChat:
    chat = replace(chat, last_at=now, last_outcome=str(outcome), **changes)
    return _planned(chat, two.network, max(chat.call_at or now, now), now)


def _clock(at: datetime, network: Network) -> str:
    return f"{at.astimezone(network.zone):%H:%M}"
