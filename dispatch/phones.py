"""Phone numbers: read as people and carriers write them, stored as E.164."""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

# Swedish mobile numbers, the overwhelming case, without the library's long way (PTS numbering plan: 070, 072, 073, 076, 079).
_SWEDISH_MOBILE = re.compile(r"\+467[02369]\d{7}")


@lru_cache(maxsize=20_000)
def read_phone(written: str, region: str = "SE") -> str | None:
    """The number as E.164, or None when it cannot be one: letters, too short, hidden.

    region: the country that a number without + is in. Short codes such as 112 or 71777 are nobody who can be answered.
    """
    written = written.strip()
    if _SWEDISH_MOBILE.fullmatch(written):
        return written
    try:
        number = phonenumbers.parse(written, region)
    except NumberParseException:
        return None
    if re.search(r"[^\W\d_]", written) or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=20_000)
def is_landline(phone: str) -> bool:
    """True for a number that gets no SMS. Unknown kinds count as mobile: a failed SMS is seen, a missing one is not."""
    if _SWEDISH_MOBILE.fullmatch(phone):
        return False
    try:
        return phonenumbers.number_type(phonenumbers.parse(phone)) == PhoneNumberType.FIXED_LINE
    except NumberParseException:
        return False


@lru_cache(maxsize=20_000)
def as_written(phone: str) -> str:
    """The number as people write it: 070-123 45 67 at home, +45 32 12 34 56 from abroad. What is no number stays as it is."""
    try:
        number = phonenumbers.parse(phone)
    except NumberParseException:
        return phone
    home = number.country_code == 46
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


# Numbers that cost whoever calls or texts them: https://www.itu.int/rec/T-REC-E.164 leaves them to each country's plan.
_DEAR = frozenset({PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST})


@lru_cache(maxsize=20_000)
def region_of(phone: str) -> str | None:
    """The country (ISO 3166, two letters) that a number in E.164 is in; None when it is in none."""
    if _SWEDISH_MOBILE.fullmatch(phone):
        return "SE"
    try:
        return phonenumbers.region_code_for_country_code(phonenumbers.parse(phone).country_code or 0)
    except NumberParseException:
        return None


@lru_cache(maxsize=20_000)
def is_dear(phone: str) -> bool:
    """Is it a number that costs extra to call or text?"""
    if _SWEDISH_MOBILE.fullmatch(phone):
        return False
    try:
        return phonenumbers.number_type(phonenumbers.parse(phone)) in _DEAR
    except NumberParseException:
        return False


# Why a number is neither called nor texted by the program itself.
DEAR = "the number is one that costs extra"
ABROAD = "the number is in a country that the network file does not allow (countries)"


@dataclass(frozen=True, slots=True)
class Numbers:
    """Which numbers a network calls and texts by itself. countries: ISO 3166 codes; empty: every country.

    Whoever texts from a number that is costly to answer could make the network pay, for nothing or to the number's owner.
    """

    countries: frozenset[str]

    def refusal(self, phone: str, urgent: bool = False) -> str | None:
        """Why the number is neither called nor texted; None when it is. phone: E.164. urgent: about danger, which is answered
        abroad too."""
        if is_dear(phone):
            return DEAR
        if urgent or not self.countries or region_of(phone) in self.countries:
            return None
        return ABROAD


ANY_NUMBER = Numbers(frozenset())
