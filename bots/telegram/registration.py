"""Becoming a volunteer in the chat: the questions of bots/dialogue/registration.py with buttons under them. Pure.

The telephone number is shared by a button, so that it is the sender's own.
"""

from typing import Any

from bots.dialogue import registration
from bots.dialogue.registration import FLOW, LONGEST
from bots.telegram.buttons import Button, Rows, data, in_rows
from bots.telegram.turn import ChatTurn, Effect
from bots.wording import languages as text_languages
from dispatch.model import AVAILABLE
from geo.fold import fold
from geo.model import Spot
from geo.travel import rounded

CHOICES = {"skills": registration.SKILLS, "languages": registration.LANGUAGES, "available": AVAILABLE}
TYPED = {fold(w): "yes" for w in ("ja", "ja tack", "okej", "ok", "yes", "kyllä", "так", "نعم")}
TYPED |= {fold(w): "no" for w in ("nej", "nej tack", "no", "ei", "ні", "لا")}
DONE = frozenset(fold(w) for w in ("klar", "klart", "färdig", "nästa", "done", "next", "valmis", "далі", "تم"))


def begin(t: ChatTurn, area: str | None = None) -> None:
    """The first question that has no answer yet. area: from the link that the person came by."""
    person, network = t.turn.person, t.turn.network
    if (already := registration.volunteers_in(person, network)) is not None:
        t.say("reg_already", place=network.area_name(already))
        return
    t.say("reg_begin")
    _next(t, registration.what_is_known(person, network, area))


def answer(t: ChatTurn, place: tuple[str, str | None] | None, is_needed: bool) -> None:
    """An answer to the question that stands. place: area and place that were understood in it, or shared; is_needed: does the
    area that has been chosen need volunteers?"""
    step, said, words = t.asked.step, dict(t.asked.data), " ".join(t.update.text.split())
    tapped = words if t.update.tap else ""
    if step in CHOICES and tapped.startswith(f"{step}:"):
        _toggled(t, step, tapped.partition(":")[2], said)
    elif step in CHOICES and tapped == "next":
        _next(t, {**said, step: said.get(step, [])})
    elif step == "consent" and not tapped and (typed := TYPED.get(fold(words))):
        _agreed(t, said, is_needed) if typed == "yes" else _refused(t)
    elif step in CHOICES and not tapped and fold(words) in DONE:
        _next(t, {**said, step: said.get(step, [])})
    elif step == "consent" and tapped in ("yes", "no"):
        _agreed(t, said, is_needed) if tapped == "yes" else _refused(t)
    elif step == "area" and (found := _area_of(t, tapped) or place):
        _next(t, {**said, "area": found[0], "place": found[1], "spot": _spot_of(t)})
    elif step == "name" and tapped == "same" and t.update.writer:
        _next(t, {**said, "name": t.update.writer.name[:LONGEST]})
    elif step == "organisation" and tapped == "none":
        _next(t, {**said, "organisation": ""})
    elif step in ("name", "organisation") and words and not t.update.tap:
        _next(t, {**said, step: words[:LONGEST]})
    elif not t.update.tap or step == "phone":
        _ask(t, step, said, again=True)


def phone_shared(t: ChatTurn) -> None:
    """The telephone number is known now: on to the next question, or just thanks."""
    if t.asked.flow == FLOW:
        _next(t, {**t.asked.data, **({"name": t.turn.person.name} if t.turn.person.name else {})})
    else:
        t.say("phone_noted", shares="nothing")


def _area_of(t: ChatTurn, tapped: str) -> tuple[str, str | None] | None:
    key = tapped.removeprefix("area:")
    return (key, None) if tapped.startswith("area:") and key in t.turn.network.areas else None


def _spot_of(t: ChatTurn) -> Spot | None:
    """Roughly where a position was shared; where exactly is kept nowhere."""
    return rounded(*t.update.position) if t.update.position is not None else None


def _next(t: ChatTurn, said: dict[str, Any]) -> None:
    step = registration.next_question(t.turn.person, said)
    _ask(t, step, {**said, "languages_asked": True} if step == "languages" else said)


def _ask(t: ChatTurn, step: str, said: dict[str, Any], again: bool = False) -> None:
    t.ask(FLOW, step, said)
    if step in CHOICES:
        t.say(f"reg_{step}", [[(b.label, b.data) for b in row] for row in choices(step, said.get(step, []))])
        return
    match step:
        case "phone":
            t.say("reg_phone_again" if again else "reg_phone", shares="contact")
        case "name":
            name = t.update.writer.name if t.update.writer else ""
            t.say("reg_name", [[(f"={name}", _data("same"))]] if name else None)
        case "organisation":
            t.say("reg_organisation", [[("b_none", _data("none"))]])
        case "area":
            areas = [[(f"={a.name}", _data(f"area:{a.key}"))] for a in t.turn.network.areas.values()]
            t.say("reg_area_again", areas) if again else t.say("reg_area", shares="position")
        case "consent":
            place = said.get("place") or t.turn.network.area_name(said.get("area"))
            t.say(
                "reg_consent",
                place=place,
                name=said.get("name"),
                buttons=[[("b_agree", _data("yes")), ("b_disagree", _data("no"))]],
            )


def choices(step: str, chosen: list[str]) -> Rows:
    """The buttons of a question with several answers; those that are chosen have a tick."""
    labels = [Button(f"{step}_{key}{'_on' if key in chosen else ''}", _data(f"{step}:{key}")) for key in CHOICES[step]]
    return (*in_rows(labels, 2), (Button("b_next", _data("next")),))


def _data(more: str) -> str:
    return data("reg", 0, more)


def _toggled(t: ChatTurn, step: str, key: str, said: dict[str, Any]) -> None:
    if key not in CHOICES[step]:
        return
    chosen = [k for k in said.get(step, []) if k != key] if key in said.get(step, []) else [*said.get(step, []), key]
    t.ask(FLOW, step, {**said, step: chosen})
    t.effect = Effect(rows=choices(step, chosen))


def _refused(t: ChatTurn) -> None:
    t.done_asking()
    registration.forget(t.turn)
    t.say("reg_refused", shares="nothing")


def _agreed(t: ChatTurn, said: dict[str, Any], is_needed: bool) -> None:
    spoken = [key for key in said["languages"] if key in CHOICES["languages"]]
    kind = registration.agreed(t.turn, {**said, "languages": spoken}, is_needed, "chat")
    if kind is None:  # the network file has changed meanwhile
        _ask(t, "area", said)
        return
    t.done_asking()
    t.say(kind, place=t.turn.network.area_name(said["area"]))


def known_language(code: str, otherwise: str) -> str:
    """The language that the person's program is set to, where there are texts for it."""
    return code if code in text_languages() else otherwise
