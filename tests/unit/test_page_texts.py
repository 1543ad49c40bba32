"""Every text of the pages has a translation, and no translation is left over."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from service.web.texts import LOCALE, SOURCE, page_languages, texts

SERVICE = LOCALE.parent
METHODS = [("**/templates/demo/**", "ignore"), ("**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
KEYWORDS = {"_": None, "N_": None, "gettext": None, "ngettext": (1, 2)}


def used() -> dict[str, str]:
    """Every text of templates and code, with where it stands."""
    found: dict[str, str] = {}
    options = {"**.html": {"trim_blocks": "true", "silent": "false", "newstyle_gettext": "true"}}
    for name, line, message, *_ in extract_from_dir(str(SERVICE), METHODS, options, keywords=KEYWORDS):
        found.setdefault(message if isinstance(message, str) else message[0], f"{name}:{line}")
    return {text: where for text, where in found.items() if text}


def translated(language: str) -> Iterator[tuple[Path, str, str]]:
    for path in sorted((LOCALE / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id:
                    key, *_ = (message.id,) if isinstance(message.id, str) else message.id
                    forms = (message.string,) if isinstance(message.string, str) else message.string
                    yield path, key, "\n".join(forms)


OTHERS = [language for language in page_languages() if language != SOURCE]


def test_there_is_swedish() -> None:
    assert OTHERS == ["sv"]
    assert texts("sv").gettext("Sign in") == "Logga in"
    assert texts("en").gettext("Sign in") == "Sign in"


@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated(language: str) -> None:
    done = {key for _, key, words in translated(language) if words.strip()}
    missing = {text: where for text, where in used().items() if text not in done}
    assert not missing


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_left_over_or_made_twice(language: str) -> None:
    known, seen = used(), set()
    for path, key, _ in translated(language):
        assert key in known, f"{path.name}: {key!r} is used nowhere"
        assert key not in seen, f"{path.name}: {key!r} is translated elsewhere too"
        seen.add(key)


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders_are_kept(language: str) -> None:
    for path, key, words in translated(language):
        for form in words.split("\n") if "\n" not in key else [words]:
            assert set(re.findall(r"%\(\w+\)s", form)) <= set(re.findall(r"%\(\w+\)s", key)) | {"%(num)s"}, (path.name, key)
