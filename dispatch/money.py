"""What a helper has paid for a resident (domain.md, Money): the record, amounts in people's own words, and what must never be
written to us. Amounts in öre, hundredths of a krona. Pure.
"""

import re
from datetime import datetime
from typing import Any

from babel.numbers import format_decimal

from dispatch.errors import BadRequest
from dispatch.events import Event, Kind
from dispatch.helping import require_paying
from dispatch.intake import Request, decide_for_human
from dispatch.mint import Mint
from dispatch.model import Case, Expense, Offer
from dispatch.network import Network
from dispatch.offers import Decision

EXPENSE_OVER = "expense_over"  # why a human must act: more was paid than the network allows; the source of that need, too
MOST = 2_000_000  # öre; more than that is a slip of the finger


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


_BLANK = "[ \u00a0\u202f]"
# 245; 1 234; 245,50; 245.5; 1.234,50. Not a part of a date, a telephone number, a time or a longer number.
_NUMBER = (
    rf"(?<![\w.,:/+-])(?P<whole>\d{{1,3}}(?:{_BLANK}\d{{3}})+|\d{{1,3}}(?:\.\d{{3}})+(?=,\d)|\d+)"
    rf"(?:[.,](?P<part>\d{{1,2}}))?(?P<dash>:-|,-)?(?![.,:/-]?\d)"
)
_KRONOR = r"(?:kr|kronor|sek|crowns)\b\.?"
_AMOUNT = re.compile(rf"(?P<before>\b{_KRONOR}:?{_BLANK}*)?{_NUMBER}(?P<after>{_BLANK}*{_KRONOR})?", re.IGNORECASE)
# With these around it, a number alone is an amount: "det blev 245".
_AROUND = frozenset(
    "det blev kostade kosta summan summa totalt total totalen kvitto kvittot betalade betalt utlägg utlägget jag för på "
    "is it was the i paid cost costs receipt sum in all".split()
)


def read_amount(text: str) -> int | None:
    """The one amount that the text names, in öre: "245", "245,50 kr", "kr 245:-", "1 234,50", "SEK 99.90".

    None when there is none, or no single clear one: then whoever asked asks again. What stands with "kr" counts before bare
    numbers ("245 kr, var där kl 15").
    """
    found = list(_AMOUNT.finditer(text))
    marked = [m for m in found if m["before"] or m["after"] or m["dash"]]
    if not marked and (len(found) != 1 or not _is_alone(text, found[0])):
        return None
    amounts = {_ore(m) for m in marked or found}
    return amounts.pop() or None if len(amounts) == 1 else None


def _is_alone(text: str, found: re.Match[str]) -> bool:
    around = f"{text[: found.start()]} {text[found.end() :]}".casefold()
    return set(re.findall(r"\w+", around)) <= _AROUND and not re.search(r"[^\w\s.,!:()]", around)


def _ore(found: re.Match[str]) -> int:
    whole = re.sub(r"\D", "", found["whole"])
    return int(whole) * 100 + int((found["part"] or "0").ljust(2, "0"))


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
