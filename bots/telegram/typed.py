"""A button's own words, typed instead of tapped: they mean the button, whatever they might sound like."""

from functools import cache
from typing import TYPE_CHECKING, Any

from bots.dialogue.replies import answer_reply
from bots.dialogue.words import Reply, Verb
from bots.telegram import tasks
from bots.telegram.buttons import Tap
from bots.telegram.turn import ChatTurn
from bots.wording import languages, texts
from dispatch.changes import message
from dispatch.errors import Outcome
from dispatch.model import Case, Offer, OfferKind, OfferState

if TYPE_CHECKING:
    from bots.telegram.answers import Answers

# By label: the reply word that says the same; None: it begins a question, or the task is shown anew with its buttons.
ASKED = {"b_yes": Verb.YES, "b_later": Verb.NO, "b_far": Verb.NO, "b_thing": Verb.NO, "b_acknowledge": Verb.OK}
HELD = {
    "b_start": Verb.ON_WAY, "b_done": Verb.DONE, "b_cannot": Verb.CANNOT, "b_keep": Verb.KEEP, "b_receipt": None,
    "b_concern": None, "b_late": None, "b_service": None,
}  # fmt: skip
QUESTIONS = {"b_receipt": "receipt", "b_concern": "concern"}


@cache
def _labels() -> dict[str, str]:
    """What the buttons say, in every language, by their spelling in small letters."""
    keys = (*ASKED, *HELD)
    return {texts(language, "telegram")[key].casefold(): key for language in sorted(languages("telegram")) for key in keys}


def label_of(text: str) -> str | None:
    """The button whose words these are."""
    return _labels().get(" ".join(text.split()).strip(" .!").casefold())


def answer(a: "Answers", t: ChatTurn) -> str | None:
    """Do what the button would do, when only one task can be meant. None: it is ordinary talk."""
    label = label_of(t.update.text)
    if label is None:
        return None
    state = OfferState.SENT if label in ASKED else OfferState.ACCEPTED
    meant = [(c, o) for c, o in t.turn.offers() if o.live and o.state is state]
    if len(meant) != 1:
        return None
    case, offer = meant[0]
    verb = ASKED.get(label) or HELD.get(label)
    t.done_asking()
    if verb is not None:
        _reply(t, Reply(verb, offer.number, ""))
    elif label in QUESTIONS:
        tasks.begin_flow(t, Tap("flow", offer.id, QUESTIONS[label]), case)
    else:
        show_again(t, case, offer)
    return f"typed_{label.removeprefix('b_')}"


def _reply(t: ChatTurn, reply: Reply) -> None:
    try:
        answer_reply(t.turn, reply)
    except Outcome as outcome:
        t.turn.say(outcome.kind, **outcome.params)


def show_again(t: ChatTurn, case: Case, offer: Offer) -> None:
    """The task with its buttons, once more, at the bottom of the chat."""
    kind = "taken_details" if offer.kind is OfferKind.HELP else "assigned"
    params: dict[str, Any] = {"offer": offer.id, "number": offer.number, "code": case.task.code}
    t.turn.changes.messages.append(message(t.turn.person, kind, params, case.task.id, t.turn.now))
