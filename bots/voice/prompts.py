"""What callers hear: prompts by key, in a language, as sound under an address that changes with the sound.

A prompt is a recording of the network's own (the network file, [voice] recordings) or a text of voice.po that espeak-ng has
spoken once; that is kept on disk. Several prompts that are played one after the other are one sound, unless one of them is a
recording that only the carrier can decode (MP3, OGG).

Carriers keep a sound by its address for good. Its name is a hash of what it is made of: of a recording's bytes, of a text with
the way in which it is spoken (not of the bytes that come of it: espeak-ng says the same words a little differently each time).
A carrier may ask another process for a sound than the one that named it: the address says beside the hash what the sound is made
of, any process can make it, and gives it away only under its right name.
"""

import asyncio
import contextlib
import hashlib
import os
import tempfile
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from bots.voice import speech
from bots.wording import language_of, languages, texts
from dispatch.network import Network

CATALOGUE = "voice"
NOTE = "note_"  # how the ids of texts begin that the desk reads and nobody hears
MIMES = {"wav": "audio/wav", "mp3": "audio/mpeg", "ogg": "audio/ogg"}
HASH = 32  # hexadecimal digits in the address
BIGGEST = 5_000_000  # bytes of a recording
KEPT = 400  # sounds in memory
MOST_PROMPTS = 24  # in one sound


class UnknownPrompt(Exception):
    """There is no such prompt; str() is its key."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Something that can be played. made_of: language and keys that it can be made of again."""

    content: bytes = field(repr=False)
    ending: str
    made_of: str
    name: str

    @property
    def mime(self) -> str:
        """Its MIME type."""
        return MIMES[self.ending]

    def address(self, base: str) -> str:
        """Where it is fetched. base: the public address of the service."""
        return f"{base}/voice/{self.name}?say={quote(self.made_of, safe=':,')}"


@dataclass(frozen=True, slots=True)
class _Part:
    """One prompt. identity: what changes when it must be heard anew."""

    key: str
    content: bytes
    ending: str
    identity: str


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:HASH]


def prompt_texts(network: Network, language: str) -> dict[str, str]:
    """Every prompt's text by key: those of voice.po, the kinds of help (what_groceries) and the areas (area_granna)."""
    said = {k: v.format(network=network.name) for k, v in texts(language, CATALOGUE).items() if not k.startswith(NOTE)}
    said |= {f"what_{key}": f"{category.name(language)}." for key, category in network.categories.items()}
    return said | {f"area_{key}": f"{area.name}." for key, area in network.areas.items()}


@dataclass(slots=True)
class Prompts:
    """One network's prompts. folder: where what espeak-ng has spoken is kept. recordings: the network's own, or None."""

    network: Network
    folder: Path
    recordings: Path | None = None
    _sounds: "OrderedDict[str, Sound]" = field(default_factory=OrderedDict)
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    def language(self, wanted: str | None) -> str:
        """The language that somebody is spoken to in: the wanted one, else the network's first that there are texts for."""
        if wanted and wanted in languages(CATALOGUE):
            return wanted
        return next((known for known in self.network.languages if known in languages(CATALOGUE)), "sv")

    async def say(self, keys: Sequence[str], language: str) -> tuple[Sound, ...]:
        """The prompts one after the other, as few sounds as possible.

        Raises UnknownPrompt; SpeechUnavailable when something must be spoken and cannot be.
        """
        language = language_of(language, CATALOGUE)
        async with self._busy:  # one at a time: they would wait for the same library
            found = self._kept(f"{language}:{','.join(keys)}")
            return (found,) if found else await asyncio.to_thread(self._say, tuple(keys), language)

    async def find(self, name: str, made_of: str) -> Sound | None:
        """The sound with this name, made again when this process does not have it; None for one that is none of ours."""
        if found := self._kept(name):
            return found
        language, _, keys = made_of.partition(":")
        wanted = keys.split(",")
        known = self._texts(language) if language in languages(CATALOGUE) else {}
        if not 1 <= len(wanted) <= MOST_PROMPTS or not all(key in known for key in wanted):
            return None
        with contextlib.suppress(UnknownPrompt, speech.SpeechUnavailable):
            return next((made for made in await self.say(wanted, language) if made.name == name), None)
        return None

    async def prepare(self) -> int:
        """Let everything be spoken that has not been yet. Returns how many prompts there are. Raises SpeechUnavailable.

        One at a time: whoever phones meanwhile, or stops the process, waits for no more than one.
        """
        wanted = [(language, key) for language in self._spoken() for key in self._texts(language)]
        for language, key in wanted:
            await asyncio.to_thread(self._one, key, language)
        return len(wanted)

    def _spoken(self) -> list[str]:
        return [language for language in sorted(languages(CATALOGUE)) if language in (*self.network.languages, "sv")]

    def _texts(self, language: str) -> dict[str, str]:
        return prompt_texts(self.network, language)

    def _kept(self, name: str) -> Sound | None:
        found = self._sounds.get(name)
        if found:
            self._sounds.move_to_end(name)
        return found

    def _keep(self, made: Sound) -> Sound:
        for name in (made.name, made.made_of):
            self._sounds[name] = made
        while len(self._sounds) > KEPT:
            self._sounds.popitem(last=False)
        return made

    def _say(self, keys: tuple[str, ...], language: str) -> tuple[Sound, ...]:
        parts = [self._one(key, language) for key in keys]
        return tuple(self._keep(made) for made in _joined(parts, language))

    def _one(self, key: str, language: str) -> _Part:
        if recorded := self._recorded(key, language):
            return recorded
        text = self._texts(language).get(key)
        if text is None:
            raise UnknownPrompt(key)
        return self._spoken_once(key, text, language)

    def _recorded(self, key: str, language: str) -> _Part | None:
        """The network's own recording: greeting.wav in its first language, greeting.en.wav in another."""
        if self.recordings is None:
            return None
        first = language == self.language(None)
        for stem in (f"{key}.{language}", *((key,) if first else ())):
            for ending in MIMES:
                path = self.recordings / f"{stem}.{ending}"
                if path.is_file() and path.stat().st_size <= BIGGEST:
                    content = path.read_bytes()
                    playable = speech.as_wav(speech.read_wav(content)) if ending == "wav" else content
                    return _Part(key, playable, ending, _hash(content))
        return None

    def _spoken_once(self, key: str, text: str, language: str) -> _Part:
        identity = _hash(f"{speech.VERSION}/{speech.RATE}/{speech.WORDS_A_MINUTE}/{language}/{text}".encode())
        path = self.folder / f"{identity}.wav"
        with contextlib.suppress(FileNotFoundError, ValueError):
            content = path.read_bytes()
            speech.read_wav(content)
            return _Part(key, content, "wav", identity)
        content = speech.speak(text, language)
        self.folder.mkdir(parents=True, exist_ok=True)
        _write(path, content)
        return _Part(key, content, "wav", identity)


def _write(path: Path, content: bytes) -> None:
    """All of it or nothing, whoever else writes the same at the same time."""
    handle, unfinished = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise


def _joined(parts: Sequence[_Part], language: str) -> Iterator[Sound]:
    """The parts as sounds, those in a row that are WAV as one."""
    for ending, group in groupby(parts, lambda part: part.ending):
        found = list(group)
        for row in [found] if ending == "wav" else [[part] for part in found]:
            made_of = f"{language}:{','.join(part.key for part in row)}"
            content = speech.as_wav(b"".join(speech.read_wav(p.content) for p in row)) if ending == "wav" else row[0].content
            yield Sound(content, ending, made_of, f"{_hash('/'.join(p.identity for p in row).encode())}.{ending}")


def wrong_recordings(network: Network, folder: Path) -> Iterator[str]:
    """What is wrong with a network's recordings, one line for each file, for `budkavle doctor`."""
    if not folder.is_dir():
        yield f"{folder} is no directory"
        return
    for path in sorted(folder.iterdir()):
        key, _, rest = path.name.partition(".")
        language, _, ending = rest.rpartition(".")
        if ending not in MIMES or language not in ("", *languages(CATALOGUE)):
            yield f"{path.name}: name it as greeting.wav, greeting.en.wav, greeting.mp3 or greeting.ogg"
        elif key not in prompt_texts(network, "sv"):
            yield f"{path.name}: there is no prompt '{key}'"
        elif path.stat().st_size > BIGGEST:
            yield f"{path.name}: more than {BIGGEST // 1_000_000} MB"
        elif ending == "wav":
            try:
                speech.read_wav(path.read_bytes())
            except ValueError as error:
                yield f"{path.name}: {error}"
