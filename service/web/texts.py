"""The words of pages: English in the code, other languages in service/locale/LANGUAGE/*.po (gettext, one file a part).

Messages to residents and volunteers have their own catalogue, bots/locale: they are named by situation, not by their English.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po

LOCALE = Path(__file__).parent.parent / "locale"
SOURCE = "en"


def N_(text: str) -> str:
    """Marks a text that is kept in a table and translated when it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Texts:
    """One language. A text without a translation is shown in English."""

    language: str
    words: dict[str, str | tuple[str, ...]]

    def gettext(self, text: str) -> str:
        """The text in this language."""
        found = self.words.get(text)
        return found if isinstance(found, str) and found else text

    def ngettext(self, one: str, many: str, n: int) -> str:
        """The singular or the plural; both languages so far have these two forms and the same rule."""
        found = self.words.get(one)
        forms = found if isinstance(found, tuple) and all(found) else (one, many)
        return forms[0] if n == 1 else forms[-1]


@cache
def texts(language: str) -> Texts:
    """The texts of a language; English for one that there are none for."""
    words: dict[str, str | tuple[str, ...]] = {}
    for path in sorted((LOCALE / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    found = message.string or ""
                    words[key] = found if isinstance(found, str) else tuple(found)
    return Texts(language, words)


@cache
def language_name(code: str, reader: str) -> str:
    """A language that somebody speaks, in the reader's; the code when it has no name."""
    return str(Locale.parse(reader).languages.get(code, code))


@cache
def page_languages() -> tuple[str, ...]:
    """The languages that pages can be read in, Swedish first."""
    return (*sorted(p.name for p in LOCALE.iterdir() if p.is_dir()), SOURCE)
