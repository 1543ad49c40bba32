"""Skills that are common enough to have names in every language of the pages. In the database, in network files and in imports
they stand by their keys; what staff write besides is a skill too, and stays as it was written."""

from collections.abc import Mapping
from functools import cache

from dispatch.companions import SKILL
from dispatch.model import VETTED
from service.web.texts import N_, Texts, page_languages, texts

SKILLS: Mapping[str, str] = {
    "car": N_("car"),
    "van": N_("van"),
    "trailer": N_("trailer"),
    "tow-bar": N_("tow bar"),
    "bicycle": N_("bicycle"),
    "health-care": N_("health care"),
    "first-aid": N_("first aid"),
    "teaching": N_("teaching"),
    "cooking": N_("cooking"),
    "dogs": N_("dogs"),
    "tools": N_("tools"),
    "computers": N_("computers"),
    "interpreting": N_("interpreting"),
    SKILL: N_("phone chats"),
    VETTED: N_("valid background check"),
}


def skill_name(key: str, words: Texts) -> str:
    """The skill in the reader's language; what has no name there, as it was written."""
    return words.gettext(SKILLS[key]) if key in SKILLS else key


def skill_of(written: str) -> str:
    """The key of a skill by its name in any language of the pages; another skill stays as it is. written: in small letters."""
    return _by_name().get(written, written)


@cache
def _by_name() -> Mapping[str, str]:
    readers = [texts(language) for language in page_languages()]
    return {words.gettext(name).casefold(): key for words in readers for key, name in SKILLS.items()}
