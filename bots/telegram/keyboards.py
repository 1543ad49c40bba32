"""The buttons under ordinary messages in a chat, by the message's kind. Labels are text ids, those that begin with "=" words."""

from collections.abc import Mapping
from typing import Any

from bots.telegram.buttons import MOST_BYTES, Button, Rows, data, in_rows, read_tap
from bots.wording import texts
from dispatch.network import Network

LONGEST_SAID = MOST_BYTES - len("say:0:")  # bytes of what a button can say
LONGEST_LABEL = 60  # characters on a button
ASKED_AS_BUTTONS = 4  # nobody needs a menu with more choices than that (domain.md)


def rows_for(kind: str, params: Mapping[str, Any], task_id: int | None, network: Network, language: str) -> Rows:
    """The buttons of a message. What carries its own (`buttons`, a list of rows of [label, data]) has those."""
    if "buttons" in params:
        return tuple(tuple(Button(label, what) for label, what in row) for row in params["buttons"])
    if kind == "did_you_get_help" and task_id:
        return ((Button("b_helped", data("helped", task_id, "yes")), Button("b_not_helped", data("helped", task_id, "no"))),)
    if kind in ("ask_category", "ask_category_again"):
        kinds = [c for c in network.categories.values() if c.volunteers and c.key != "other"][:ASKED_AS_BUTTONS]
        return in_rows([Button(f"={c.name(language)}", data("kind", 0, c.key)) for c in kinds], 2)
    if "places" in params:
        return _which_place(params)
    if kind in ("received", "received_night", "status_open") and task_id:
        return ((Button("b_status", data("say", 0, "status")), Button("b_cancel", data("cancel", task_id))),)
    if kind == "receipt_wanted" and "offer" in params:
        return ((Button("b_receipt", data("receipt", params["offer"])),),)
    if kind == "helper_heard" and "offer" in params:
        return ((Button("b_cannot", data("cannot", params["offer"])),),)
    if kind == "which_number" and "about" in params:
        word = params["word"]
        asked = [(_task_name(a, network, language), f"{word} {a['number']}") for a in params["about"]]
        return tuple((Button(f"={name}", data("say", 0, words)),) for name, words in asked)
    if kind in ("coming", "with_service", "planned", "plan_changed", "on_the_way") and task_id:
        return ((Button("b_cancel", data("cancel", task_id)),),)
    return ()


def _which_place(params: Mapping[str, Any]) -> Rows:
    """The places that may be meant. A tap says the place's whole name, so that an old button means what it says."""
    about = params.get("asked_about")
    buttons = []
    for at, place in enumerate(params["places"], 1):
        said = f"{about}, {place}" if about and about != place else place
        fits = len(said.encode()) <= LONGEST_SAID
        buttons.append(Button(f"={place}"[:LONGEST_LABEL], data("say", 0, said if fits else str(at))))
    return in_rows(buttons, 2)


def asked_to_share(kind: str, params: Mapping[str, Any]) -> str:
    """ "contact" or "position" when the message comes with a button that shares it; "nothing" when such a button is to go."""
    if kind in ("ask_place", "ask_place_again"):
        return "position"
    return str(params.get("shares", ""))


def _task_name(about: Mapping[str, Any], network: Network, language: str) -> str:
    category = network.category(about["category"])
    said = (category.name(language) if category else about["code"], about["place"])
    return ", ".join(filter(None, said))[:LONGEST_LABEL]


# What a tap said, for staff who read it: by verb, or verb and what follows.
_LABELS = {
    "yes": "b_yes", "no:later": "b_later", "no:far": "b_far", "no:thing": "b_thing", "no": "b_no", "cannot": "b_cannot",
    "ok": "b_acknowledge", "start": "b_start", "done": "b_done", "when": "b_late", "late:15": "b_late_15", "late:30": "b_late_30",
    "late:60": "b_late_60", "back": "b_back", "service": "b_service", "keep": "b_keep", "again": "b_again",
    "finished": "b_finished", "receipt": "b_receipt", "concern": "b_concern", "helped:yes": "b_helped",
    "helped:no": "b_not_helped", "cancel": "b_cancel", "cancelled": "b_cancel_yes", "kept": "b_cancel_no", "join": "b_yes",
    "answer": "b_acknowledge", "shifton": "b_on", "shiftoff": "b_off", "swap": "b_swap", "swaptake": "b_take",
}  # fmt: skip


def said_by_tap(data: str, language: str) -> str:
    """The words of the button that carries this data, in brackets; those of a question's answers are not told apart."""
    tap, t = read_tap(data), texts(language, "telegram")
    key = (_LABELS.get(f"{tap.verb}:{tap.more}") or _LABELS.get(tap.verb)) if tap else None
    return f"[{t[key]}]" if key else f"[{t['b_any']}]"
