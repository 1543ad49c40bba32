"""What passed between the network and one person, in words: messages both ways, questions with answers, requests, changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from dispatch.events import Kind
from dispatch.model import OfferState, TaskState
from service.directory.person import FIELDS as FORM_FIELDS
from service.runtime import Runtime
from service.web.texts import N_, Texts
from sql import query

PAGE = 40

FIELDS: Mapping[str, str] = {**FORM_FIELDS, "apart": N_("whom the person is not to meet")}
MESSAGE_STATES: Mapping[str, str] = {
    "queued": N_("waiting to be sent"),
    "sending": N_("being sent"),
    "sent": N_("sent"),
    "delivered": N_("has arrived"),
    "failed": N_("did not go through, tried again"),
    "dead": N_("did not arrive"),
    "to_call": N_("to be said by phone"),
    "stopped": N_("not sent: STOPP"),
    "called": N_("said by phone"),
}
OFFER_STATES: Mapping[str, str] = {
    OfferState.SENT: N_("has not answered"),
    OfferState.ACCEPTED: N_("said yes"),
    OfferState.DECLINED: N_("said no"),
    OfferState.EXPIRED: N_("did not answer in time"),
    OfferState.WITHDRAWN: N_("said yes, and gave it back"),
    OfferState.SUPERSEDED: N_("was not needed any more"),
}
TASK_STATES: Mapping[str, str] = {
    TaskState.ASKING: N_("we have asked what is missing"),
    TaskState.OPEN: N_("help is looked for"),
    TaskState.TAKEN: N_("somebody has taken it"),
    TaskState.UNDERWAY: N_("somebody is on the way"),
    TaskState.WITH_SERVICE: N_("staff answer for it"),
    TaskState.DONE: N_("said to be done"),
    TaskState.CLOSED: N_("ended"),
    TaskState.CANCELLED: N_("cancelled"),
}
CHANGES: Mapping[str, str] = {
    Kind.PERSON_ADDED: N_("%(who)s added this person."),
    Kind.PERSON_CHANGED: N_("%(who)s changed: %(fields)s."),
    Kind.PERSON_PAUSED: N_("%(who)s paused this person."),
    Kind.PERSON_TALKED_WITH: N_("%(who)s has talked with this person about how it goes."),
    Kind.PERSON_RESUMED: N_("%(who)s ended the pause."),
    Kind.PERSON_MERGED: N_("%(who)s merged a duplicate into this person."),
    Kind.PERSON_RESTARTED: N_("%(who)s ended STOPP: %(text)s"),
    Kind.PERSON_REGISTERED: N_("%(who)s signed up as a volunteer in the chat."),
    Kind.CHAT_LINKED: N_("%(who)s has shown that the chat and the number belong together."),
    Kind.CHAT_BLOCKED: N_("%(who)s has closed the chat with us, and is not asked any more."),
}
CHANNELS: Mapping[str, str] = {"sms": N_("SMS"), "email": N_("E-mail"), "call": N_("Call"), "telegram": N_("Chat")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that passed. what: in, out, offer, need or event. title and state: in the reader's words."""

    what: str
    at: datetime
    title: str
    text: str
    state: str
    then: datetime | None
    code: str | None


async def history(
    connection: Any,
    runtime: Runtime,
    person: int,
    before: datetime,
    only_area: str | None,
    language: str,
    words: Texts,
    confides: bool,
) -> tuple[list[Entry], datetime | None]:
    """The newest entries before a time, and the time to go on from when there may be more. language: the person's.

    only_area: an area lead sees what the person was asked in this area, and nothing else. confides: the reader is one of those to
    whom helpers tell what worries them.
    """
    rows = await connection.fetch(query("directory_history"), person, before, PAGE, only_area, confides)
    entries = [_ENTRIES[row["what"]](row, runtime, language, words) for row in rows]
    entries.sort(key=lambda e: (e.at, _LATER.index(e.what)), reverse=True)
    return entries, entries[-1].at if len(entries) >= PAGE else None


def _came(row: Any, runtime: Runtime, language: str, words: Texts) -> Entry:
    return Entry("in", row["at"], words.gettext("Wrote to us"), row["text"], "", None, row["code"])


def _told(row: Any, runtime: Runtime, language: str, words: Texts) -> Entry:
    text = row["text"]
    if text is None:  # not sent yet, or said by phone: the words that it has, or would have
        params = {name: value for name, value in orjson.loads(row["params"]).items() if name != "offer"}
        text = runtime.wording(row["kind"], params, language)
    channel, state = CHANNELS[row["actor"]], MESSAGE_STATES[row["state"]]
    title = words.gettext("We wrote (%(channel)s)") % {"channel": words.gettext(channel)}
    return Entry("out", row["at"], title, text, words.gettext(state), row["then"], row["code"])


def _category(row: Any, runtime: Runtime, words: Texts) -> str:
    category = runtime.network.category(row["kind"])
    return category.name(words.language) if category else words.gettext("not clear yet")


def _asked(row: Any, runtime: Runtime, language: str, words: Texts) -> Entry:
    title = words.gettext("Asked: %(what)s") % {"what": _category(row, runtime, words)}
    state = OFFER_STATES[row["state"]]
    return Entry("offer", row["at"], title, row["text"], words.gettext(state), row["then"], row["code"])


def _needed(row: Any, runtime: Runtime, language: str, words: Texts) -> Entry:
    title = words.gettext("Own request: %(what)s") % {"what": _category(row, runtime, words)}
    if row["actor"]:
        title += " (" + words.gettext("told by %(name)s") % {"name": row["actor"]} + ")"
    state = TASK_STATES[row["state"]]
    return Entry("need", row["at"], title, row["text"], words.gettext(state), row["then"], row["code"])


def _changed(row: Any, runtime: Runtime, language: str, words: Texts) -> Entry:
    data = orjson.loads(row["params"])
    fields = [words.gettext(FIELDS[name]) for name in data.get("fields", ()) if name in FIELDS]
    who, text = row["actor"] or words.gettext("A program"), CHANGES[row["kind"]]
    said = words.gettext(text) % {"who": who, "fields": ", ".join(fields), "text": data.get("text", "")}
    return Entry("event", row["at"], said, "", "", None, None)


_LATER = ("need", "offer", "in", "event", "out")  # of the same moment: what was answered stands below the answer
_ENTRIES = {"in": _came, "out": _told, "offer": _asked, "need": _needed, "event": _changed}
