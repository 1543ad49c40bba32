"""Whatever rules there are: every ladder ends with a coordinator, and somebody must answer for the task."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from dispatch.ladder import choose, human_only
from dispatch.ladder_rules import ANY, LadderKey, Ladders, When, rule_for
from dispatch.model import Ask, Step, Task, TaskState, Urgency
from dispatch.silence import first_acknowledging
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
MINUTES = st.floats(1, 1e6)
STEPS = st.lists(st.builds(Step, st.sampled_from(Ask), MINUTES, MINUTES, st.integers(1, 100)), min_size=1, max_size=8).map(tuple)
KEYS = st.builds(
    LadderKey,
    st.sampled_from([ANY, "groceries", "care"]),
    st.sampled_from([ANY, "granna", "tenhult"]),
    st.sampled_from([ANY, *Urgency]),
    st.sampled_from([ANY, *When]),
)


@given(
    rules=st.dictionaries(KEYS, STEPS, max_size=12),
    category=st.sampled_from([None, "groceries", "care", "magic"]),
    area=st.sampled_from([None, "granna", "tenhult", "mars"]),
    urgency=st.sampled_from(Urgency),
    protected=st.booleans(),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_every_ladder_ends_with_a_coordinator(
    rules: dict[LadderKey, tuple[Step, ...]],
    category: str | None,
    area: str | None,
    urgency: Urgency,
    protected: bool,
    now: datetime,
) -> None:
    network = replace(NETWORK, ladders=Ladders(rule_for(*rule) for rule in rules.items()))
    steps = choose(network, category, urgency, protected, area=area, now=now)
    assert steps[-1].ask is Ask.COORDINATOR
    assert steps[first_acknowledging(Task(1, 1, "", TaskState.OPEN, "", now, now, ladder=steps))].ask.acknowledges
    kind = network.category(category)
    if protected or ((kind is None or not kind.volunteers) and urgency is not Urgency.EMERGENCY):
        assert all(step.ask.acknowledges for step in steps)
    if urgency is Urgency.EMERGENCY:
        assert steps[0].ask.acknowledges
    for step in human_only(urgency):
        assert step.ask.acknowledges
