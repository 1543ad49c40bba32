"""Whatever a request holds, a case system is told nothing that says who it is."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dispatch.case_systems import SystemRequest
from dispatch.model import Case, Need, Person, Task, TaskState, Urgency
from dispatch.network import CaseSystem
from service.network_file import BUILT_IN, read_network
from service.open311.mapping import posted
from service.web.texts import texts
from tests.unit.test_case_systems import GROUP, NOW

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
PLACES = [None, "Gränna", "Storgatan 4", "Hos Elsa"]
WORDS = st.text("abcåäö 1234", min_size=1, max_size=30).map(lambda said: f"Zebrafinken {said}")


@st.composite
def cases(draw: st.DrawFn, protected: bool) -> Case:
    resident = Person(1, "+46701234567", NOW, name=draw(WORDS), address=draw(WORDS), protected=protected)
    need = Need(
        1, 1, draw(WORDS), "sms", NOW, category=draw(st.sampled_from([None, "care", "groceries", "gone"])),
        area=draw(st.sampled_from([None, "granna", "gone"])), place=draw(st.sampled_from(PLACES)), address=draw(WORDS),
        wanted=draw(st.sampled_from([None, "imorgon kl 10"])), urgency=draw(st.sampled_from(list(Urgency))),
        told_by_name=draw(WORDS), told_by_phone="+46701234568", lat=58.021234, lon=14.465678, from_address=draw(WORDS),
    )  # fmt: skip
    human = draw(st.sampled_from([None, "service_wanted", "complaint", "unknown"]))
    return Case(Task(1, 1, "K7M2", TaskState.OPEN, "TULPAN", NOW, NOW, human=human), need, resident, (), {})


def told(case: Case, **system: bool) -> str:
    config = CaseSystem("https://kommun.example", {"*": "099"}, "K", **system)
    fields = posted(NETWORK, case, SystemRequest(1, GROUP, NOW, NOW, id=7), config, "https://x.example/s/abc", texts("sv"))
    assert fields.get("lat") or fields["address_string"]
    return str(fields)


@given(cases(protected=False))
def test_nobody_is_named(case: Case) -> None:
    said = told(case)
    assert not [w for w in ("Zebrafinken", "701234", "Storgatan", "Elsa", "TULPAN", "58.021234", "14.465678") if w in said]


@given(cases(protected=True), st.booleans())
def test_of_a_protected_identity_there_is_only_the_link(case: Case, send_address: bool) -> None:
    said = told(case, send_address=send_address)
    assert not [w for w in ("Zebrafinken", "701234", "Gränna", "imorgon", "'lat'", "TULPAN") if w in said]
    assert told(replace(case, need=replace(case.need, area="norr")), send_address=send_address) == said
