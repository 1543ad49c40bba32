"""A household where somebody is infected (domain.md, Hygiene): whether the resident's words say so, and for how long it counts.

Nobody who helps is told what it is: "leave at the door" says all that they must know.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dispatch.errors import BadRequest
from dispatch.model import Case, Need, Person
from dispatch.network import INFECTION, Network

LASTS = timedelta(days=14)  # so long after the words a household counts as infected, when staff have said no day

_ILL = r"(?:covid\w*|corona\w*|korona\w*|magsjuk\w*|vinterkräk\w*|kräksjuk\w*|influensa\w*|calici\w*|noro\w*)"
_SAYS = re.compile(
    rf"\b(?:har|fått|drabba\w+ av|ligger i|ligger sjuk i|sjuk i)\s+(?:nog\s+|troligen\s+|fått\s+|tyvärr\s+)*{_ILL}"
    rf"|\b(?:är|blivit|blev|känner mig)\s+(?:nog\s+|tyvärr\s+|troligen\s+|visst\s+)*(?:smittad|smittade|smittsam\w*|{_ILL})"
    r"|\b(?:sitter|är|satt|ligger|lever)\s+i\s+(?:hem)?karantän"
    r"|\btesta\w*\s+(?:\w+\s+)?positiv\w*|\bpositivt\s+(?:test|provsvar|prov)"
    r"|\b(?:have|has|got|caught)\s+(?:the\s+)?(?:covid\S*|corona\w*|flu|stomach flu|norovirus)"
    r"|\b(?:am|is|are|i'm)\s+(?:infected|contagious)|\btested\s+positive|\bin\s+quarantine"
    r"|\bon\s+(?:korona|influenssa|vatsatauti|noro\w*)|\bolen\s+(?:karanteenissa|tartuttava)"
    r"|(?:عندي|لدي|مصاب\w*\s+ب)\s*(?:ال)?(?:كورونا|كوفيد|إنفلونزا)|في الحجر الصحي"
    r"|(?:хворі\w+|захворі\w+)\s+на\s+(?:ковід|корону|коронавірус|грип)|(?:у\s+мене|маю)\s+(?:ковід|коронавірус|грип)",
    re.IGNORECASE,
)


def says_infected(text: str) -> bool:
    """Do the words say that somebody in the household is infected now? Fear of it, or that nobody is, says nothing."""
    return bool(_SAYS.search(text))


def is_infected(need: Need, resident: Person, today: date, now: datetime) -> bool:
    """Does the household count as infected? today: the network's day."""
    until = resident.infected_until
    if until is not None and today <= until:
        return True
    return need.infection and now - need.created_at < LASTS


@dataclass(frozen=True, slots=True)
class Tick:
    """What somebody has ticked of a task's checklist, all of it: keys of items."""

    task_id: int
    person_id: int
    items: tuple[str, ...]


def checklist(case: Case, network: Network, language: str) -> list[tuple[str, str]]:
    """What whoever helps with this task should have done, each as its key and its words in the language."""
    found: list[tuple[str, str]] = []
    for one in network.checklists:
        if (one.when == INFECTION and case.task.infected) or (one.category and one.category == case.need.category):
            words = (item.get(language) or item.get("en") or next(iter(item.values())) for item in one.items)
            found += zip(one.keys(), words, strict=True)
    return found


def decide_tick(case: Case, person_id: int, items: Iterable[object], network: Network) -> Tick:
    """These items are done, and no others. Raises BadRequest for what the task's checklist does not have."""
    known, ticked = [key for key, _ in checklist(case, network, "en")], set(items)
    if not ticked <= set(known):
        raise BadRequest("items: not of this task's checklist")
    return Tick(case.task.id, person_id, tuple(key for key in known if key in ticked))
