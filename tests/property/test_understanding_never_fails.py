"""Whatever arrives, understanding answers, soon, and from the network's own keys."""

from hypothesis import given
from hypothesis import strategies as st

from bots.dialogue.understand import Understander
from bots.dialogue.words import Reply, parse
from dispatch.sms import parts, plain
from geo.fold import fold
from tests.jonkoping import CATEGORIES, areas, messages

UNDERSTANDER = Understander(areas(), CATEGORIES)
INTENTS = set("request offer status cancel correction yes no stop callback question thanks other emergency".split(" "))
AREAS = {area.key for area in areas()} | {None}

# Any code points, words of the real messages in any order, and very long runs of either.
anything = st.text(st.characters(exclude_categories=()), max_size=400)
shuffled = st.lists(st.sampled_from([word for row in messages("unseen") for word in row["text"].split()]), max_size=60).map(
    " ".join
)
endless = st.builds(lambda text, times: text * times, anything | shuffled, st.integers(1, 500))


@given(anything | shuffled | endless)
def test_understanding_never_fails(text: str) -> None:
    understood = UNDERSTANDER.understand(text)
    assert understood.intent in INTENTS
    assert understood.area in AREAS
    assert understood.category is None or understood.category in CATEGORIES
    assert (understood.intent == "emergency") == (understood.urgency == "emergency")
    assert understood.wanted is None or understood.wanted in text


@given(anything | shuffled)
def test_replies_never_fail(text: str) -> None:
    reply = parse(text)
    assert reply is None or (isinstance(reply, Reply) and reply.rest in text and (reply.number or 0) <= 9_999)


@given(anything)
def test_folding_and_plain_text_settle(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert plain(plain(text)) == plain(text)
    assert parts(text) >= 1


def test_a_hundred_thousand_characters() -> None:
    for text in ("", "a" * 100_000, "a " * 50_000, "😀" * 100_000, "\x00" * 100_000, "1" * 100_000, "på " * 33_000):
        assert UNDERSTANDER.understand(text).intent in INTENTS
