"""What the operator reads aloud at the end of a call: what happens next, in the resident's language (bots/locale, spoken.po)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bots.wording import texts, told_where
from dispatch import ladder
from dispatch.changes import texts_reach
from dispatch.model import HELD, Case, TaskState, Urgency
from dispatch.network import Network
from dispatch.phones import as_written
from dispatch.recurring import in_words
from service.web.times import day


@dataclass(frozen=True, slots=True)
class Aloud:
    """What is read aloud. parts: sentences that belong together; the first of an emergency's stands before all others."""

    language: str
    emergency: str
    parts: tuple[tuple[str, ...], ...]


def after_call(cases: Sequence[Case], network: Network, now: datetime) -> Aloud:
    """The words after a call that has opened these requests, all of one resident."""
    speaker = _Speaker(cases[0], network, now)
    parts = [part for case in cases if case.need.urgency is not Urgency.EMERGENCY and (part := _about(speaker, case))]
    danger = any(case.need.urgency is Urgency.EMERGENCY for case in cases)
    end = [speaker.say("money")] if "word" in speaker.used else []
    if not danger or parts:
        end.append(speaker.say("end"))
    return Aloud(speaker.language, speaker.say("emergency") if danger else "", (*parts, *((tuple(end),) if end else ())))


def after_adding(case: Case, network: Network, now: datetime) -> Aloud:
    """The words after something was added to a request that goes on."""
    speaker = _Speaker(case, network, now)
    part = [speaker.say("added", **speaker.about(case))]
    if case.takers and case.task.state in HELD:
        helper = case.people[case.takers[0].person_id]
        part.append(speaker.say("taken", helper=helper.first_name or helper.organisation or "?"))
    else:
        part += _next(speaker, case)  # and no code word: whoever adds to a request may not be its resident
    return Aloud(speaker.language, "", (tuple(part), (speaker.say("end"),)))


class _Speaker:
    """Says texts of spoken.po to whoever has called about this case's resident."""

    def __init__(self, case: Case, network: Network, now: datetime) -> None:
        self.case, self.network, self.now = case, network, now
        self.language = "sv" if case.resident.language == "sv" else "en"
        self.texts = texts(self.language, "spoken")
        self.used: set[str] = set()
        need = case.need
        by_other = bool(need.told_by_name or need.told_by_phone)
        other = case.resident.name or self.texts["the_other"]
        self.whom = other if by_other else self.texts["you"]
        self.You = other[:1].upper() + other[1:] if by_other else self.texts["You"]
        # Where the resident has no number, whoever has called is phoned.
        self.them = self.texts["you"] if by_other and case.resident.phone is None else self.whom

    def say(self, kind: str, **words: Any) -> str:
        """One text, filled."""
        self.used.add(kind)
        common: Mapping[str, Any] = {
            "whom": self.whom, "You": self.You, "them": self.them, "hotline": as_written(self.network.phone),
            "code": self.case.task.code,
        }  # fmt: skip
        return self.texts[kind].format_map({**common, **words})

    def about(self, case: Case) -> dict[str, str]:
        """What a request is about, and where."""
        need, words = case.need, texts(self.language)
        category = self.network.category(need.category)
        what = category.name(self.language) if category else words["what_unknown"]
        return {
            "what": what[:1].lower() + what[1:],
            "where": told_where(self.network.told_places(need), words),
            "wanted": f", {need.wanted}" if need.wanted else "",
            "code": case.task.code,
        }


def _about(s: _Speaker, case: Case) -> tuple[str, ...]:
    said = [s.say("noted", **s.about(case))]
    if case.need.repeats and case.task.occasion:
        first = day(case.task.occasion, s.language)
        said.append(s.say("repeats", often=in_words(case.need.repeats, s.language), day=first))
    said += _next(s, case)
    if case.task.human is None and case.task.state is not TaskState.ASKING:
        said.append(s.say("word_again" if "word" in s.used else "word", word=case.task.code_word))
    said.append(s.say("code", code=case.task.code))
    return tuple(said)


def _next(s: _Speaker, case: Case) -> list[str]:
    """What happens next with a request that nobody has taken yet."""
    task = case.task
    if task.state is TaskState.ASKING:
        return [s.say("place_missing")]
    if task.human or task.ladder == ladder.human_only(case.need.urgency):
        return [s.say("human")]
    if all(step.ask.acknowledges for step in task.ladder):
        return [s.say("service")]
    morning = s.network.hours.quiet_until(s.now) if s.network.waits_for_morning(case.need.urgency) else None
    begins = s.say("night", hour=morning.astimezone(s.network.zone).strftime("%H:%M")) if morning else s.say("looking")
    return [begins, s.say(_told_by(case), code=task.code)]


def _told_by(case: Case) -> str:
    """How the resident hears that somebody has taken it."""
    resident = case.resident
    if texts_reach(resident):
        return "tells_sms"
    if resident.phone or resident.phone_raw or case.need.told_by_phone:
        return "tells_call"
    return "tells_email" if resident.email else "tells_nobody"
