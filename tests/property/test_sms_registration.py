"""In the middle of a registration by SMS whatever is written is answered, and what is about something else is left alone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.dialogue.conversation import decide_inbound
from bots.dialogue.registration import FLOW, STEPS
from bots.dialogue.understand import Understander
from bots.dialogue.words import parse
from bots.inbound_message import Inbound
from bots.wording import Wording
from dispatch import sms
from dispatch.changes import Changes, Conversation
from dispatch.mint import Mint
from dispatch.model import Person
from dispatch.store import Context
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
UNDERSTANDER = Understander(list(NETWORK.areas.values()), list(NETWORK.categories))
WORDING = Wording(NETWORK)
NOW = datetime(2020, 4, 8, 7, 0, tzinfo=UTC)
ASKED = STEPS[1:]  # by SMS the number is known
CORPUS = [json.loads(line) for line in (Path(__file__).parents[1] / "corpus" / "dev.jsonl").read_text("utf-8").splitlines()]
SAID: dict[str, Any] = {"name": "Anna Berg", "organisation": "", "area": "granna", "skills": [], "available": ["evenings"]}
TAKEN = {"register", "registered", "refused"}  # outcomes of what was an answer


def written(step: str, text: str) -> Changes:
    """What becomes of a text from somebody who has just been asked this."""
    before = ASKED[: ASKED.index(step)]
    said = {k: v for k, v in SAID.items() if k in before} | {"languages": ["sv"], "place": "Gränna"}
    anna = Person(id=5, phone="+46701234599", created_at=NOW, turn=1)
    talk = Conversation(None, FLOW, step, said, NOW, anna.id)
    mint = Mint(seed=1)
    mint.stock(range(1, 9))
    inbound = Inbound("46elks", "1", str(anna.phone), anna.phone, text)
    context = Context(False, anna, (), (), talk=talk)
    return decide_inbound(inbound, context, UNDERSTANDER.understand(text), parse(text), NETWORK, NOW + timedelta(minutes=1), mint)


@pytest.mark.parametrize("step", ASKED)
@settings(max_examples=40, deadline=None)
@given(text=st.text(max_size=200) | st.sampled_from([line["text"] for line in CORPUS]))
def test_whatever_is_written_is_answered(step: str, text: str) -> None:
    changes = written(step, text)
    told = [m for m in changes.messages if m.person_id == 5]
    assert told
    assert len(changes.received) == 1
    for m in told:
        assert sms.parts(sms.plain(WORDING(m.kind, m.params, "sv"))) <= 2


@pytest.mark.parametrize("step", ASKED)
def test_a_request_or_a_question_is_no_answer(step: str) -> None:
    """Messages of the development corpus, in the middle of every question."""
    others = {"request", "question", "callback", "status", "emergency", "thanks"}
    taken = [
        line["text"] for line in CORPUS if line["intent"] in others and written(step, line["text"]).received[0].outcome in TAKEN
    ]
    assert taken == []
