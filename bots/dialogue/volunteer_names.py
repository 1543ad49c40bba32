"""Who it is that offers help by SMS: a name, an association, or somebody whom no questionnaire does justice to. Pure.

Single words are in `lexicon/volunteers.toml`.
"""

from __future__ import annotations

import re

from bots.dialogue.registration import LONGEST
from bots.dialogue.volunteer_words import find, listed, yes_or_no
from geo.fold import fold

# A name is said so anywhere in a message …
_CALLED = re.compile(
    r"(?:\b(?:jag heter|heter|mitt namn är|namnet är|my name is|my names|nimeni on|mvh|vänliga hälsningar|hälsningar)"
    r"|\b(?:اسمي|мене звати|моє ім['’]я))\s*:?,?\s*(?P<name>[^\W\d_][^,.;:!?\n()/0-9]*)",
    re.IGNORECASE,
)
# … and so when it is what was asked for.
_BEFORE_NAME = re.compile(
    r"^(?:(?:hej|hejsan|hello|hi|ja|ok|okej|yes|jo|moi|hei|вітаю|привіт|مرحبا)[,.! ]+)*"
    r"(?:(?:jag är|det är|namn:?|name:?|i am|i['’]m|im|this is|olen|nimi:?|أنا|я)\s+)?",
    re.IGNORECASE,
)
_NAME_ENDS = re.compile(r"[,;:!?\n()/]| - |(?<!\b[^\W\d_])\.(?!\w)")
_LIVES = r"bor|från|live|lives|from|asun|живу|أسكن"
_THEN = re.compile(rf"\s(?:(?:och|and|ja|та|і|و)\s)?(?:jag\s|i\s)?(?:{_LIVES}|har)\s", re.IGNORECASE)
_THEN_MORE = re.compile(rf"\s(?:och|and|ja|та|і|jag|i|vill|kan|är|am|can|want|har|have|här|{_LIVES})\s", re.IGNORECASE)
_PART_OF_NAME = re.compile(r"[^\W\d_]+(?:['’ʼ´.-][^\W\d_]*)*")
_MOST_NAMES = 5  # words


def name_in(text: str) -> str | None:
    """The name that somebody says to have: "jag heter Anna Berg". None: no name is said."""
    found = _CALLED.search(text)
    return _as_name(_THEN_MORE.split(f"{found['name']} ", maxsplit=1)[0]) if found else None


def read_name(text: str) -> str | None:
    """The answer to "what is your name?". None: it is no name."""
    if said := name_in(text):
        return said
    written = _NAME_ENDS.split(_BEFORE_NAME.sub("", text.strip()), maxsplit=1)[0]
    return None if "?" in text else _as_name(_THEN.split(f"{written} ", maxsplit=1)[0])


def _as_name(written: str) -> str | None:
    words = written.split()
    if not 0 < len(words) <= _MOST_NAMES or not all(_PART_OF_NAME.fullmatch(word) for word in words):
        return None
    folded = set(fold(" ".join(words)).split())
    if not folded or not folded.isdisjoint(listed("no_name")):
        return None
    name = " ".join(words)[:LONGEST]
    return name.title() if name.islower() or (name.isupper() and len(name) > 2) else name


_BELONGS = re.compile(
    r"^(?:(?:ja|jo|jadå|yes|kyllä|так|نعم)[,.! ]+)?"
    r"(?:jag är (?:med|medlem|aktiv) i|är med i|medlem i|med i|i am (?:in|a member of)|i['’]m in|member of)?\s*",
    re.IGNORECASE,
)


def read_organisation(text: str) -> str | None:
    """The answer to "do you belong to a club?": empty for none. None: it is no answer."""
    if find("organisation", text).answer == []:
        return ""
    if yes_or_no(text)[0] == "yes":
        return None  # and which?
    said = " ".join(_BELONGS.sub("", " ".join(text.split())).strip(" .!").split())
    words = set(fold(said).split()) - listed("in_organisations")
    is_one = bool(words) and words.isdisjoint(listed("no_name")) and not said.isdecimal()
    return said[:LONGEST] if is_one else None


_GROUP = (
    r"\w*(?:scoutkar\w*|forening|foreningen|klubb|klubben|forsamling|forsamlingen|forbund|forbundet|bolag|bolaget|foretag|foretaget"
    r"|gymnasiet|studentkar\w*)|scouterna|rotary|lions|equmenia|\w*lag|\w*laget|\w*kyrkan|kyrkokoren|klassen"
)
_PEOPLE = (
    r"(?:personer|pers|stycken|st|ungdomar|medlemmar|scouter|elever|studenter|anstallda|volontarer|people|members|students"
    r"|volunteers)"
)
_NUMBER = (
    r"(?:\d+|tre|fyra|fem|sex|sju|atta|nio|tio|elva|tolv|tretton|fjorton|femton|tjugo|trettio|three|four|five|six|ten|twelve"
    r"|twenty)"
)
# Many people offer: a group, with a leader, whom a human must speak with.
_MANY = re.compile(
    rf"\b(vi ar (ett gang|en grupp|en liten|en klass|ett lag|en forening|flera|nagra|{_NUMBER})|{_NUMBER} {_PEOPLE}"
    rf"|we are (a (group|team|club)|{_NUMBER})|vi ungdomar|vi studenter|vi scouter|vi fran \w+"
    rf"|(vart|var|vara|min|our|my) (?:\S+ )?(?:{_GROUP}|medlemmar|ungdomar|team|club|church|company|organisation|class))\b"
)
_GROUP_SPEAKS = re.compile(rf"^(?:hej )?(?:vi i |vi fran |vi pa |har ar )?(?:{_GROUP})\b")
_ALONE = re.compile(r"\b(jag|mig|min|mina|i (am|can|have|would|want)|im|ive)\b")
# Things to give or to lend are no volunteer, and whoever speaks for somebody else is not the one to be asked.
_GIVES = re.compile(r"\b(skank\w*|doner\w*|lanar ut|lana ut|ge bort|skanka bort|give away|donat\w*|lend my)\b")
_KIN = r"son|dotter|man|fru|sambo|maka|make|mamma|pappa|bror|syster|kompis|van|barnbarn|elev|daughter|husband|wife|friend"
_FOR_ANOTHER = re.compile(rf"(?<!\boch )(?<!\band )\b(min|mitt|my) ({_KIN}) (vill|kan|skulle|undrar|ar|har|wants|would|can|is)\b")


def is_for_a_human(text: str) -> bool:
    """An offer that no questionnaire does justice to: an organisation's, a gift, one on somebody else's behalf."""
    said = fold(text)
    group = _MANY.search(said) or (_GROUP_SPEAKS.search(said) and not _ALONE.search(said))
    return bool(group or _GIVES.search(said) or _FOR_ANOTHER.search(said))


_NEEDS_HELP = re.compile(
    r"\b(jag (som )?(sjalv )?behover (sjalv )?hjalp|behover sjalv hjalp|(vill|ville|skulle vilja) ha hjalp|som behover hjalp"
    r"|i (am the one who )?needs? help|tarvitsen (itse )?apua|أحتاج|потрібна допомога)\b"
)
_WANTS_A_CALL = re.compile(
    r"\b(ring (mig|upp|istallet|i stallet|hellre)|ringa (mig|upp)|(kan|kunde) (ni|du|nagon) ringa|(pa|per|i) telefon"
    r"|call me|phone me|soittakaa|soita minulle|подзвоніть|اتصلوا)\b"
)


def wish_in(text: str) -> str | None:
    """The intent of whoever needs help after all, or would rather speak with somebody. None: neither is said."""
    said = fold(text)
    if _NEEDS_HELP.search(said):
        return "request"
    return "callback" if _WANTS_A_CALL.search(said) else None
