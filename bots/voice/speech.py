"""Words into sound by espeak-ng, without a network and without installing anything: the PyPI package espeakng-loader brings
its library and its voices.

The library is one for the whole process and takes one text at a time: a lock holds the others back. All of this blocks; it is
called in a thread. https://github.com/espeak-ng/espeak-ng/blob/master/src/include/espeak-ng/speak_lib.h
"""

import array
import ctypes
import io
import sys
import threading
import wave
from functools import cache
from typing import Any

import espeakng_loader
import numpy

RATE = 16_000  # samples a second of what is played: a telephone has no more
WORDS_A_MINUTE = 140  # slower than espeak's own 175: it is old people who listen
VERSION = "1"  # of what this module makes of a text; whatever is kept from before a change is made anew
_SYNCHRONOUS, _UTF8, _RATE_PARAMETER = 2, 1, 1
_MILLISECONDS = 200
_LOCK = threading.Lock()
_Heard = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class SpeechUnavailable(Exception):
    """espeak-ng cannot be loaded or does not know the language; str() says why."""


@cache
def _library() -> tuple[Any, int]:
    """The library with the rate that it speaks at, in samples a second. Raises SpeechUnavailable."""
    try:
        library = ctypes.CDLL(espeakng_loader.get_library_path())
    except OSError as error:
        raise SpeechUnavailable(f"espeak-ng cannot be loaded: {error}") from error
    rate = library.espeak_Initialize(_SYNCHRONOUS, _MILLISECONDS, str(espeakng_loader.get_data_path()).encode(), 0)
    if rate <= 0:
        raise SpeechUnavailable("espeak-ng does not find its voices")
    library.espeak_SetParameter(_RATE_PARAMETER, WORDS_A_MINUTE, 0)
    return library, rate


def speak(text: str, language: str) -> bytes:
    """The text spoken, as a WAV file: mono, 16 bits, RATE. language: ISO 639. Raises SpeechUnavailable."""
    with _LOCK:
        library, rate = _library()
        if library.espeak_SetVoiceByName(language.encode()) != 0:
            raise SpeechUnavailable(f"espeak-ng does not speak '{language}'")
        samples = bytearray()

        def hear(sound: Any, count: int, _events: Any) -> int:
            if sound and count > 0:
                samples.extend(ctypes.string_at(sound, 2 * count))
            return 0

        heard = _Heard(hear)  # kept until the library is done with it
        library.espeak_SetSynthCallback(heard)
        written = text.encode()
        library.espeak_Synth(written, ctypes.c_size_t(len(written) + 1), 0, 0, 0, _UTF8, None, None)
        library.espeak_Synchronize()
    if not samples:
        raise SpeechUnavailable("espeak-ng said nothing")
    return as_wav(at_rate(bytes(samples), rate))


def at_rate(samples: bytes, rate: int) -> bytes:
    """Mono samples of 16 bits in the machine's order, at RATE instead of `rate`."""
    if rate == RATE:
        return samples
    before = numpy.frombuffer(samples, dtype=numpy.int16).astype(numpy.float64)
    count = max(round(len(before) * RATE / rate), 1)
    if rate > RATE:  # what is too high to be kept would come back as noise: neighbours are taken together first
        before = numpy.convolve(before, numpy.array([0.25, 0.5, 0.25]), mode="same")
    after = numpy.interp(numpy.linspace(0, len(before) - 1, count), numpy.arange(len(before)), before)
    return after.round().astype(numpy.int16).tobytes()


def as_wav(samples: bytes) -> bytes:
    """Samples at RATE as a WAV file."""
    if sys.byteorder == "big":
        swapped = array.array("h", samples)
        swapped.byteswap()
        samples = swapped.tobytes()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples)
    return file.getvalue()


def read_wav(content: bytes) -> bytes:
    """The samples of a WAV file, mono at RATE. Raises ValueError for what is none of 16 bits with one or two channels."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"no WAV file: {error}") from error
    if width != 2 or channels not in (1, 2) or not 4_000 <= rate <= 192_000:
        raise ValueError("a WAV file must have 16 bits, one or two channels and at least 4,000 samples a second")
    sound = numpy.frombuffer(frames[: len(frames) // (2 * channels) * 2 * channels], dtype="<i2").reshape(-1, channels)
    return at_rate(sound.mean(axis=1).round().astype(numpy.int16).tobytes(), rate)
