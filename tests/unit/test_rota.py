"""The rota: slots from the network file's rules, who is on them, where the need is greatest, and what a shift's deadline says."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from dispatch.errors import AlreadyOnShift, NoSuchShift, NotAMember, NotOnShift, Outcome, OwnSwap, ShiftFull, SwapGone
from dispatch.network import ShiftRule
from dispatch.rota import (
    Rota,
    Shift,
    Stage,
    decide_ask_swap,
    decide_due,
    decide_sign_off,
    decide_sign_up,
    decide_take_swap,
    decide_tell,
    plan,
)
from dispatch.slots import AHEAD, Slot, coming_slots
from service.network_file import BUILT_IN, read_network
from service.network_shifts import read_days, read_shift_days

STOCKHOLM = ZoneInfo("Europe/Stockholm")
JONKOPING = read_network(BUILT_IN / "jonkoping.toml")
WEDNESDAY = datetime(2020, 4, 8, 7, tzinfo=UTC)  # nine in the morning
ME, KIM, BO = 1, 2, 3


def rule(begins: str, ends: str, days: str = "daily", needed: int = 2, group: str = "emergency") -> ShiftRule:
    return ShiftRule(
        group, read_shift_days(days).weekdays, time.fromisoformat(begins), time.fromisoformat(ends), needed,
        read_shift_days(days).holidays,
    )  # fmt: skip


def slots_of(*rules: ShiftRule, now: datetime = WEDNESDAY, ahead: timedelta = AHEAD) -> list[Slot]:
    return coming_slots(replace(JONKOPING, shifts=rules), {r.group for r in rules}, now, ahead)


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=STOCKHOLM)


def shift(person: int, slot: Slot, place: int | None = 1, number: int = 0, **more: object) -> Shift:
    made = Shift(number or person * 10, slot.group, person, slot.starts_at, slot.ends_at, place, WEDNESDAY)
    return replace(made, **more)


def rota(*shifts: Shift, rules: Iterable[ShiftRule] = (), groups: tuple[str, ...] = ("emergency",)) -> Rota:
    network = replace(JONKOPING, shifts=tuple(rules) or (rule("17:00", "21:00"),))
    return Rota(network, ME, groups, shifts, tuple(coming_slots(network, groups, WEDNESDAY)))


def test_slots_of_a_week() -> None:
    found = slots_of(rule("17:00", "21:00", "mon-fri"), ahead=timedelta(days=7))
    assert [s.starts_at.astimezone(STOCKHOLM).day for s in found] == [8, 9, 10, 13, 14]
    assert found[0] == Slot("emergency", local(2020, 4, 8, 17), local(2020, 4, 8, 21), 2)
    assert all(s.starts_at.tzinfo is UTC and s.ends_at.tzinfo is UTC for s in found)


def test_a_slot_that_goes_on_is_coming_and_one_that_has_ended_is_not() -> None:
    at = local(2020, 4, 8, 18).astimezone(UTC)
    assert slots_of(rule("17:00", "21:00"), now=at)[0].starts_at == local(2020, 4, 8, 17)
    at = local(2020, 4, 8, 21).astimezone(UTC)
    assert slots_of(rule("17:00", "21:00"), now=at)[0].starts_at == local(2020, 4, 9, 17)


def test_a_slot_may_pass_midnight_and_the_month() -> None:
    night = slots_of(rule("22:00", "06:00", "thu"), now=local(2020, 5, 1, 3).astimezone(UTC))[0]
    assert (night.starts_at, night.ends_at) == (local(2020, 4, 30, 22), local(2020, 5, 1, 6))
    assert slots_of(rule("21:00", "00:00"))[0].ends_at == local(2020, 4, 9, 0)
    whole_day = slots_of(rule("08:00", "08:00"), now=WEDNESDAY)[0]
    assert whole_day.ends_at - whole_day.starts_at == timedelta(hours=24)


@pytest.mark.parametrize(
    ("saturday", "hours"),
    [((2020, 3, 28), 7), ((2020, 10, 24), 9), ((2020, 4, 4), 8)],
    ids=["to summer time", "to winter time", "no change"],
)
def test_a_night_in_which_clocks_change_is_an_hour_longer_or_shorter(saturday: tuple[int, int, int], hours: int) -> None:
    before = local(*saturday, 12).astimezone(UTC)
    night, next_night = slots_of(rule("22:00", "06:00"), now=before)[:2]
    assert night.ends_at - night.starts_at == timedelta(hours=hours)
    assert [s.starts_at.astimezone(STOCKHOLM).hour for s in (night, next_night)] == [22, 22]
    assert night.ends_at.astimezone(STOCKHOLM).hour == 6


def test_an_hour_that_does_not_exist_is_no_slot() -> None:
    """On 29 March 2020 the clock went from two to three."""
    before = local(2020, 3, 28, 12).astimezone(UTC)
    assert slots_of(rule("02:00", "03:00"), now=before)[0].starts_at == local(2020, 3, 30, 2)
    found = slots_of(rule("02:15", "06:00"), rule("03:15", "06:00"), now=before, ahead=timedelta(days=1))
    assert len({s.key for s in found}) == len(found)


@pytest.mark.parametrize(
    ("text", "days"),
    [("daily", "1234567"), ("mon-fri", "12345"), ("sat,sun", "67"), ("mon,wed,fri", "135"), ("Fri-Mon", "1567"),
     (" tue - wed , sun ", "237"), ("mon", "1"), ("sun-sat", "1234567")],
)  # fmt: skip
def test_days(text: str, days: str) -> None:
    assert read_days(text) == frozenset(int(d) for d in days)


@pytest.mark.parametrize("text", ["", "weekdays", "mon-", "-fri", "mon-fri-sun", "mon,,tue", "måndag", 5, None])
def test_no_days(text: object) -> None:
    with pytest.raises(ValueError, match="is no days"):
        read_days(text)


def test_the_greatest_need_is_where_most_are_missing_and_then_the_soonest() -> None:
    rules = [rule("17:00", "21:00", needed=2), rule("08:00", "12:00", "fri,sat", needed=3)]
    first, *_ = rota(rules=rules).slots
    friday = next(s for s in rota(rules=rules).slots if s.needed == 3)
    seen = rota(shift(KIM, first), rules=rules).coming()
    assert [(c.signed, c.missing) for c in seen[:2]] == [(1, 1), (0, 2)]
    assert [c.slot for c in seen if c.neediest] == [friday]
    mine = rota(shift(ME, friday), rules=rules).coming()
    assert [c.slot.starts_at for c in mine if c.neediest] == [local(2020, 4, 11, 8)]
    assert [c.slot for c in mine if c.mine] == [friday]


def test_where_nobody_is_missing_there_is_no_greatest_need() -> None:
    slots = rota(rules=[rule("17:00", "21:00", "wed", needed=1)]).slots
    taken = [shift(KIM, s, number=n) for n, s in enumerate(slots, 1)]
    assert not any(c.neediest for c in rota(*taken, rules=[rule("17:00", "21:00", "wed", needed=1)]).coming())


def test_a_shift_that_is_no_slots_counts_where_it_overlaps() -> None:
    slot = rota().slots[0]
    imported = Shift(7, "emergency", KIM, slot.starts_at - timedelta(hours=1), slot.ends_at, None)
    other_group = Shift(8, "weekend", BO, slot.starts_at - timedelta(hours=1), slot.ends_at, None)
    seen = rota(imported, other_group).coming()
    assert (seen[0].slot, seen[0].signed) == (slot, 1)
    assert all(c.signed == 0 for c in seen[1:])
    mine = rota(replace(imported, person_id=ME)).coming()
    assert (mine[0].mine, mine[0].slot.needed) == (replace(imported, person_id=ME), 1)
    wanted = rota(replace(imported, swap_asked_at=WEDNESDAY)).coming()
    assert wanted[0].swaps == (replace(imported, swap_asked_at=WEDNESDAY),)


def test_signing_up_takes_the_lowest_place() -> None:
    slot = rota().slots[0]
    made, events = decide_sign_up(rota(shift(KIM, slot, place=2)), slot.key, 99, WEDNESDAY)
    assert (made.id, made.person_id, made.place, made.starts_at) == (99, ME, 1, slot.starts_at)
    assert events[0].data == {"shift": 99, "group": "emergency", "starts_at": slot.starts_at, "ends_at": slot.ends_at}


SLOT, NEXT = rota().slots[:2]
NO = [
    ("another group's", rota(groups=("weekend",)), SLOT.key, NotAMember),
    ("no such time", rota(), ("emergency", WEDNESDAY), NoSuchShift),
    ("full", rota(shift(KIM, SLOT), shift(BO, SLOT, 2)), SLOT.key, ShiftFull),
    ("full by an import", rota(shift(KIM, SLOT, None), shift(BO, SLOT, 1)), SLOT.key, ShiftFull),
    ("mine already, and full", rota(shift(ME, SLOT), shift(BO, SLOT, 2)), SLOT.key, AlreadyOnShift),
    ("on another group's", rota(shift(ME, replace(SLOT, group="weekend"))), SLOT.key, AlreadyOnShift),
]


@pytest.mark.parametrize(("seen", "key", "outcome"), [row[1:] for row in NO], ids=[row[0] for row in NO])
def test_signing_up_in_vain(seen: Rota, key: tuple[str, datetime], outcome: type[Outcome]) -> None:
    with pytest.raises(outcome):
        decide_sign_up(seen, key, 99, WEDNESDAY)


def test_a_place_under_other_hours_is_not_given_again() -> None:
    """The network file has changed: the slot ends later than when Kim signed up for it."""
    made, _ = decide_sign_up(rota(shift(KIM, replace(SLOT, ends_at=SLOT.ends_at - timedelta(hours=1)))), SLOT.key, 99, WEDNESDAY)
    assert made.place == 2


@pytest.mark.parametrize(
    ("others", "hours_before", "hole"), [((), 12, True), ((), 13, False), ((KIM,), 2, False), ((), -1, True)]
)
def test_leaving_makes_a_hole_when_it_begins_soon_and_nobody_else_is_on_it(
    others: tuple[int, ...], hours_before: int, hole: bool
) -> None:
    seen = rota(shift(ME, SLOT), *(shift(p, SLOT, 2) for p in others))
    left, events = decide_sign_off(seen, SLOT.key, SLOT.starts_at - timedelta(hours=hours_before))
    assert left.person_id == ME
    assert events[0].data["hole"] is hole


def test_swapping() -> None:
    asked, events = decide_ask_swap(rota(shift(ME, SLOT)), 10, WEDNESDAY)
    assert (asked.swap_asked_at, len(events)) == (WEDNESDAY, 1)
    assert decide_ask_swap(rota(asked), 10, WEDNESDAY) == (asked, [])
    kims = shift(KIM, SLOT, swap_asked_at=WEDNESDAY)
    mine, events = decide_take_swap(rota(kims), kims.id, WEDNESDAY)
    assert (mine.id, mine.person_id, mine.swap_asked_at, mine.place) == (kims.id, ME, None, kims.place)
    assert events[0].data["from"] == KIM
    with pytest.raises(NotOnShift):
        decide_ask_swap(rota(kims), kims.id, WEDNESDAY)
    with pytest.raises(NotOnShift):
        decide_sign_off(rota(kims), SLOT.key, WEDNESDAY)


WANTED = shift(KIM, SLOT, swap_asked_at=WEDNESDAY)
NO_SWAP = [
    ("left", rota(), SwapGone),
    ("taken", rota(replace(WANTED, swap_asked_at=None)), SwapGone),
    ("mine", rota(replace(WANTED, person_id=ME)), OwnSwap),
    ("another group's", rota(WANTED, groups=("weekend",)), NotAMember),
    ("on it already", rota(WANTED, shift(ME, SLOT, 2)), AlreadyOnShift),
]


@pytest.mark.parametrize(("seen", "outcome"), [row[1:] for row in NO_SWAP], ids=[row[0] for row in NO_SWAP])
def test_taking_a_swap_in_vain(seen: Rota, outcome: type[Outcome]) -> None:
    with pytest.raises(outcome):
        decide_take_swap(seen, WANTED.id, WEDNESDAY)


def test_what_is_said_before_a_shift_and_when() -> None:
    made, said = plan(shift(ME, NEXT), STOCKHOLM, WEDNESDAY), []
    while made.next_at is not None:
        at = made.next_at
        assert decide_due(made, STOCKHOLM, at - timedelta(seconds=1)) == (made, None)
        made, stage = decide_due(made, STOCKHOLM, at)
        said.append((stage, at.astimezone(STOCKHOLM).strftime("%d %H:%M")))
    assert said == [(Stage.EVENING, "08 18:00"), (Stage.HOUR, "09 16:00"), (Stage.START, "09 17:00")]


@pytest.mark.parametrize(
    ("hours_before", "first"), [(23.5, Stage.EVENING), (22.9, Stage.HOUR), (0.5, Stage.START), (-1, Stage.START)]
)
def test_what_is_too_late_to_be_said_is_not_said(hours_before: float, first: Stage) -> None:
    now = NEXT.starts_at - timedelta(hours=hours_before)
    made = plan(shift(ME, NEXT), STOCKHOLM, now)
    assert made.stage is first
    assert made.next_at is not None
    assert made.next_at >= now


@pytest.mark.parametrize(
    ("hours_before", "said", "then"),
    [(20, Stage.EVENING, Stage.HOUR), (0.5, Stage.HOUR, Stage.START), (-1, Stage.START, Stage.DONE), (-9, None, Stage.DONE)],
)
def test_a_deadline_that_is_late_says_what_is_true_now(hours_before: float, said: Stage | None, then: Stage) -> None:
    made = plan(shift(ME, NEXT), STOCKHOLM, WEDNESDAY)
    after, stage = decide_due(made, STOCKHOLM, NEXT.starts_at - timedelta(hours=hours_before))
    assert (stage, after.stage) == (said, then)
    assert (after.next_at is None) == (then is Stage.DONE)


def test_an_imported_shift_is_planned_first_and_an_old_one_says_nothing() -> None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    row = shift(ME, NEXT, None, signed_up_at=None, next_at=epoch)
    after, said = decide_due(row, STOCKHOLM, WEDNESDAY)
    assert (after.stage, said) == (Stage.EVENING, None)
    after, said = decide_due(row, STOCKHOLM, NEXT.starts_at)
    assert (after.stage, after.next_at, said) == (Stage.DONE, None, None)


def test_a_swap_is_not_told_in_quiet_hours() -> None:
    """Quiet from nine to seven."""
    asked = shift(ME, NEXT, swap_asked_at=WEDNESDAY, tell_at=WEDNESDAY)
    assert decide_tell(asked, JONKOPING, WEDNESDAY) == (replace(asked, tell_at=None), True)
    assert decide_tell(replace(asked, tell_at=None), JONKOPING, WEDNESDAY) == (replace(asked, tell_at=None), False)
    night = local(2020, 4, 8, 22)
    later = replace(asked, tell_at=local(2020, 4, 9, 7))
    assert decide_tell(asked, JONKOPING, night) == (later, False)
    assert decide_tell(later, JONKOPING, night) == (later, False)
    over = replace(asked, starts_at=local(2020, 4, 8, 22), ends_at=local(2020, 4, 9, 6))
    assert decide_tell(over, JONKOPING, night) == (replace(over, tell_at=None), False)
    assert decide_tell(replace(asked, swap_asked_at=None), JONKOPING, WEDNESDAY)[1] is False
