"""What a helper has paid for a resident (domain.md, Money): the record, amounts as people write them, and what must never be
written to us. Amounts in öre, hundredths of a krona. Pure.
"""

import re
from datetime import datetime
from typing import Any

from babel.numbers import format_decimal

from dispatch.amounts import MOST
from dispatch.errors import BadRequest
from dispatch.events import Event, Kind
from dispatch.expenses import Expense
from dispatch.helping import require_paying
from dispatch.intake import Request, decide_for_human
from dispatch.mint import Mint
from dispatch.model import Case, Offer
from dispatch.network import Network
from dispatch.offers import Decision

EXPENSE_OVER = "expense_over"  # why a human must act: more was paid than the network allows; the source of that need, too


def decide_expense(
    case: Case, offer: Offer, amount: Any, receipt: int | None, network: Network, now: datetime, mint: Mint
) -> tuple[Decision, Expense, Decision | None]:
    """What the helper has paid is recorded. More than the network's limit is recorded all the same, and becomes a human's
    matter as well: the last of what is returned.

    Raises BadRequest (no amount from 1 to MOST), NotYours, TaskEnded when it was more than a week ago.
    """
    if not isinstance(amount, int) or isinstance(amount, bool) or not 0 < amount <= MOST:
        raise BadRequest(f"amount_ore: from 1 to {MOST}")
    require_paying(case, offer, now)
    over = amount > network.purchase_limit_ore
    expense = Expense(mint.id(), case.task.id, offer.person_id, amount, over, now, receipt)
    data = {"expense": expense.id, "amount_ore": amount, "over_limit": over}
    event = Event(now, Kind.EXPENSE_RECORDED, case.task.id, offer.person_id, data)
    if not over:
        return (case, [event]), expense, None
    helper = case.people[offer.person_id]
    request = Request(f"{case.task.code}: {in_kronor(amount, 'sv')} kr", EXPENSE_OVER)
    return (case, [event]), expense, decide_for_human(helper, request, EXPENSE_OVER, network, now, mint)


def in_kronor(amount: int, language: str) -> str:
    """The amount in kronor as people write it: "245", "1 234,50"."""
    return format_decimal(amount / 100, "#,##0" if amount % 100 == 0 else "#,##0.00", locale=language)


_GROUPS = re.compile(r"\d+(?:[\s\u2010-\u2014-]?\d+)*")
_PIN_WORD, _IS = r"\b(?:pin|pinkod|pinkoden|kod)\b", r"\W*(?:(?:är|is|var|was|kod|koden|code|min|my)\W+){0,2}"
_PIN = re.compile(rf"{_PIN_WORD}{_IS}\d{{4}}(?!\d)|(?<!\d)\d{{4}}\b{_IS}{_PIN_WORD}", re.IGNORECASE)


REMOVED = "[***]"  # stands where a secret stood
# A code for a door is what a helper needs: "kod" beside these words is none of a card's.
_DOOR = re.compile(r"port|dörr|entr[ée]|grind|lås|trapp|ingång|uppgång|våning|lgh|gata|väg|door|gate|lock", re.IGNORECASE)
_PAYS = re.compile(r"\b(?:kort|bank|konto|swish|card)|pin", re.IGNORECASE)
_NEAR = 40  # characters


def has_card_number(text: str) -> bool:
    """Is there a payment card's number in the text, or a PIN? A card number has 13 to 19 digits, with blanks or dashes between,
    and the check digit of ISO/IEC 7812-1 (annex B); a PIN has four digits and stands near the word. A door's code is no PIN."""
    return without_card_numbers(text) != text


def without_card_numbers(text: str) -> str:
    """The text with REMOVED in the place of each card number and PIN: what is kept of what somebody sends us."""
    without = _PIN.sub(lambda m: m[0] if _is_for_a_door(text, m) else REMOVED, text)
    return _GROUPS.sub(lambda m: REMOVED if _has_card(re.findall(r"\d+", m[0])) else m[0], without)


def _is_for_a_door(text: str, found: re.Match[str]) -> bool:
    around = text[max(0, found.start() - _NEAR) : found.end() + _NEAR]
    return bool(_DOOR.search(around)) and not _PAYS.search(text)


def _has_card(groups: list[str]) -> bool:
    """Some of the groups beside each other: a date may stand before the number, and a security code after."""
    for first in range(len(groups)):
        digits = ""
        for group in groups[first:]:
            digits += group
            if len(digits) > 19:
                break
            if len(digits) >= 13 and _checks(digits):
                return True
    return False


def _checks(digits: str) -> bool:
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return len(set(digits)) > 1 and sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
