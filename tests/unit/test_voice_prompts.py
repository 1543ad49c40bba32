"""What callers hear: every prompt is spoken, in Swedish and English, and a sound's address changes with the sound."""

import io
import math
import re
import struct
import wave
from dataclasses import replace
from pathlib import Path

import pytest

from bots.voice import speech
from bots.voice.prompts import NOTE, Prompts, UnknownPrompt, prompt_texts, wrong_recordings
from bots.wording import languages, texts
from service.network_file import BUILT_IN, read_network

NETWORK = read_network(BUILT_IN / "jonkoping.toml")
MENU = ("greeting", "key_1", "key_2", "key_3", "key_9")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What has been spoken is spoken once for all tests."""
    return tmp_path_factory.mktemp("prompts")


def seconds(content: bytes) -> float:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, speech.RATE)
        return file.getnframes() / file.getframerate()


def files(folder: Path) -> dict[Path, int]:
    """What lies there, with when it was written."""
    return {path: path.stat().st_mtime_ns for path in folder.iterdir()}


def loudness(content: bytes) -> int:
    samples = speech.read_wav(content)
    return max(abs(n) for (n,) in struct.iter_unpack("<h", samples))


def tone(rate: int = 8_000, channels: int = 1, width: int = 2, hertz: int = 440) -> bytes:
    """A second of a tone, as somebody's own recording."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        values = [int(8_000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(rate)]
        out.writeframes(b"".join(struct.pack("<h", v)[:width] * channels for v in values))
    return file.getvalue()


def test_swedish_and_english_have_the_same_prompts() -> None:
    assert languages("voice") == {"sv", "en"}
    assert texts("sv", "voice").keys() == texts("en", "voice").keys()
    for language in ("sv", "en"):
        for key, text in prompt_texts(NETWORK, language).items():
            assert text.strip() and not re.search(r"[{}]", text), key
            assert not key.startswith(NOTE)
    assert "hjälpnätverk" in prompt_texts(NETWORK, "sv")["greeting"]
    assert prompt_texts(NETWORK, "sv")["what_groceries"] == "Handla mat."


async def test_each_prompt_is_spoken_once_and_kept(folder: Path) -> None:
    prompts = Prompts(NETWORK, folder)
    count = await prompts.prepare()
    assert count == 2 * len(prompt_texts(NETWORK, "sv"))
    made = files(folder)
    assert len(made) <= count  # a name that is the same in both languages may be one
    assert all(0.3 < seconds(path.read_bytes()) < 20 and loudness(path.read_bytes()) > 3_000 for path in made)
    assert await Prompts(NETWORK, folder).prepare() == count
    assert files(folder) == made


async def test_a_file_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    prompts = Prompts(NETWORK, tmp_path)
    (whole,) = await prompts.say(("key_1",), "sv")
    (file,) = files(tmp_path)
    file.write_bytes(b"RIFF")
    (again,) = await Prompts(NETWORK, tmp_path).say(("key_1",), "sv")
    assert again.name == whole.name and seconds(again.content) == pytest.approx(seconds(whole.content), abs=0.05)


async def test_prompts_in_a_row_are_one_sound_under_the_hash_of_what_it_is(folder: Path) -> None:
    prompts = Prompts(NETWORK, folder)
    parts = [await prompts.say((key,), "sv") for key in MENU]
    (menu,) = await prompts.say(MENU, "sv")
    assert seconds(menu.content) == pytest.approx(sum(seconds(part.content) for (part,) in parts))
    assert re.fullmatch(r"[0-9a-f]{32}\.wav", menu.name)
    assert menu.address("https://x") == f"https://x/voice/{menu.name}?say=sv:{','.join(MENU)}"
    (english,) = await prompts.say(MENU, "en")
    assert english.name != menu.name


async def test_another_process_makes_the_same_sound_by_its_address(folder: Path, tmp_path: Path) -> None:
    (menu,) = await Prompts(NETWORK, folder).say(MENU, "sv")
    other = Prompts(NETWORK, folder)
    found = await other.find(menu.name, menu.made_of)
    assert found is not None and found.content == menu.content
    elsewhere = await Prompts(NETWORK, tmp_path).find(menu.name, menu.made_of)
    assert elsewhere is not None and seconds(elsewhere.content) == pytest.approx(seconds(menu.content), abs=0.1)


@pytest.mark.parametrize(
    "made_of", ["", "sv:", "sv:key_1", "sv:../../etc/passwd", "xx:key_1", "sv:" + ",".join(["key_1"] * 25), "sv:note_dropped"]
)
async def test_what_is_not_the_sound_of_that_name_is_nothing(folder: Path, made_of: str) -> None:
    assert await Prompts(NETWORK, folder).find("0" * 32 + ".wav", made_of) is None


async def test_a_prompt_that_nobody_has_is_an_error_with_a_name(folder: Path) -> None:
    with pytest.raises(UnknownPrompt, match="message"):
        await Prompts(NETWORK, folder).say(("greeting", "message"), "sv")


async def test_the_networks_own_recording_takes_a_prompts_place(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "greeting.wav").write_bytes(tone(44_100, channels=2))
    own, spoken = Prompts(NETWORK, folder, tmp_path), Prompts(NETWORK, folder)
    (greeting,) = await own.say(("greeting",), "sv")
    assert seconds(greeting.content) == pytest.approx(1, abs=0.01)
    ((menu,), (first,)) = await own.say(MENU, "sv"), await own.say(MENU[1:], "sv")
    assert seconds(menu.content) == pytest.approx(1 + seconds(first.content), abs=0.01)
    assert (await own.say(("greeting",), "en"))[0].name == (await spoken.say(("greeting",), "en"))[0].name


async def test_a_recording_that_only_the_carrier_can_decode_is_played_by_itself(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "greeting.mp3").write_bytes(b"ID3 music")
    (tmp_path / "key_2.en.ogg").write_bytes(b"OggS music")
    own = Prompts(NETWORK, folder, tmp_path)
    assert [sound.ending for sound in await own.say(MENU, "sv")] == ["mp3", "wav"]
    in_english = await own.say(MENU, "en")
    assert [(sound.ending, sound.mime) for sound in in_english] == [
        ("wav", "audio/wav"), ("ogg", "audio/ogg"), ("wav", "audio/wav"),
    ]  # fmt: skip
    assert in_english[0].made_of == "en:greeting,key_1" and in_english[1].made_of == "en:key_2"


def test_doctor_says_what_is_wrong_with_recordings(tmp_path: Path) -> None:
    (tmp_path / "greeting.wav").write_bytes(tone())
    (tmp_path / "key_1.wav").write_bytes(b"no sound")
    (tmp_path / "key_9.wav").write_bytes(tone(width=1))
    (tmp_path / "gretting.mp3").write_bytes(b"ID3")
    (tmp_path / "thanks.aiff").write_bytes(b"FORM")
    found = "\n".join(wrong_recordings(NETWORK, tmp_path))
    assert "gretting.mp3: there is no prompt 'gretting'" in found and "thanks.aiff: name it as" in found
    assert "key_1.wav: no WAV file" in found and "key_9.wav: a WAV file must have 16 bits" in found
    assert "greeting.wav" not in found.replace("name it as greeting.wav", "")
    assert list(wrong_recordings(NETWORK, tmp_path / "nowhere")) == [f"{tmp_path / 'nowhere'} is no directory"]


def test_a_language_that_nobody_can_speak_is_an_error_with_a_name() -> None:
    with pytest.raises(speech.SpeechUnavailable, match="xx-none"):
        speech.speak("Hej", "xx-none")


async def test_a_network_without_swedish_is_spoken_to_in_its_own_language(folder: Path) -> None:
    prompts = Prompts(replace(NETWORK, languages=("fi", "en")), folder)
    assert [prompts.language(x) for x in (None, "sv", "en", "ar")] == ["en", "sv", "en", "en"]
