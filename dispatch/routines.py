"""The routines that a request may break, so that it is the municipality's and not a volunteer's (domain.md, "Routines that every
task obeys"): care, bank errands, more money than the limit, an infected household, a protected identity. Pure.

What is found is frozen on the task with the ladder, which then begins at the service group, and said to all in plain words.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch import ladder
from dispatch.amounts import marked_amounts
from dispatch.hygiene import is_infected
from dispatch.model import Case, Need, Person, Step, Urgency
from dispatch.network import Category, Network
from geo.fold import fold

# The money that a helper may lay out, whatever is bought.
BUYS = frozenset({"groceries", "pharmacy", "errand", "meals"})


class Routine(StrEnum):
    """Why it is no task for a volunteer. The texts know these keys."""

    CARE = "care"  # personal care, handling medicines, lifting people
    BANK = "bank"  # cards, PINs, bank errands
    STAFF = "staff"  # whatever else the network file keeps from volunteers
    PROTECTED = "protected"  # skyddad identitet
    MONEY = "money"  # more than the network's limit for one purchase
    GOODS = "goods"  # what the network file says that volunteers do not buy
    INFECTION = "infection"  # somebody must go in where somebody is infected


_BY_CATEGORY = {"care": Routine.CARE, "money": Routine.BANK}


@dataclass(frozen=True, slots=True)
class Way:
    """What is frozen on a task when it opens: whom to ask, the routine that it breaks, and whether the household is infected."""

    ladder: tuple[Step, ...]
    routine: str | None
    infected: bool


def way_of(need: Need, resident: Person, network: Network, now: datetime) -> Way:
    """The way that a task for this need goes. now: when it opens, or the occasion that it is for begins."""
    routine = broken(need, resident, network, now)
    steps = ladder.choose_for(need, resident.protected or routine is not None, network, now)
    return Way(steps, routine, is_infected(need, resident, network.local_date(now), now))


def broken(need: Need, resident: Person, network: Network, now: datetime) -> Routine | None:
    """The routine that a volunteer would break by doing this; None for what volunteers may do, for danger to life, and for what
    is not understood yet."""
    kind = network.category(need.category)
    if kind is None or need.urgency is Urgency.EMERGENCY:
        return None
    if not kind.volunteers:
        return _BY_CATEGORY.get(kind.key, Routine.STAFF)
    if resident.protected:
        return Routine.PROTECTED
    if (cost := expected_cost(need)) and cost > network.purchase_limit_ore:
        return Routine.MONEY
    if _names_goods(need.text, network):
        return Routine.GOODS
    if kind.enters and is_infected(need, resident, network.local_date(now), now):
        return Routine.INFECTION
    return None


def expected_cost(need: Need) -> int | None:
    """What a purchase is expected to cost, in öre: what staff have written, else the largest amount that the words name; None
    when nothing is bought or nobody has said."""
    if need.category not in BUYS:
        return None
    return need.expected_ore or max(marked_amounts(need.text), default=None)


def _names_goods(text: str, network: Network) -> bool:
    return bool(network.never_bought) and not network.never_bought.isdisjoint(fold(text).split())


def is_for_staff(case: Case, category: Category | None) -> bool:
    """Is the task as it stands kept from volunteers? A protected identity has words of its own (matching.require_may_know)."""
    return case.task.routine not in (None, Routine.PROTECTED) or (category is not None and not category.volunteers)
