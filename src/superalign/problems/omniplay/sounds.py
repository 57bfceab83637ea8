"""A bank of words for the ear: every word is a chord of two tones, every note itself.

A word takes 150 ms: 125 ms of sound and a rest. Notes are those of the octave from do (C5, 523.25
Hz, equal temperament), each with its octave above. What is heard is the word whose weaker tone is
the strongest, so a recording is read back from its samples alone.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np

from superalign.stats import Floats

RATE = 8000
"""Samples a second; 16 bits each, one channel."""
SOUND, REST = 1000, 200
"""Samples of a word, and of the silence behind it."""
TONES = tuple(range(400, 1840, 120))
"""Hz; each is a whole number of waves in a word."""

NOTES = ("do", "re", "mi", "fa", "sol", "la", "si")
NUMBERS = (*map(str, range(16)), *map(str, range(20, 105, 5)))
TURNS = ("ahead", "right", "back", "left")
NAMES = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot")
ICONS = (
    *("sun", "moon", "star", "tree", "fish", "bird", "house", "key"),
    *("boat", "bell", "crown", "cloud", "flame", "leaf", "drum"),
)
_CODED = (*NUMBERS, *TURNS, *NAMES, *ICONS, "target", "taken", "bomb", "move")
_STEPS = (0, 2, 4, 5, 7, 9, 11)
"""Semitones of the notes above do."""

BANK: dict[str, tuple[float, float]] = {
    **dict(zip(_CODED, combinations(TONES, 2), strict=False)),
    **{
        n: (523.25 * 2 ** (s / 12), 1046.5 * 2 ** (s / 12))
        for n, s in zip(NOTES, _STEPS, strict=True)
    },
}
"""The two tones of each word, in Hz."""


def wav(words: Sequence[str], *, noise: float = 0.0, seed: int = 0) -> bytes:
    """Return a WAV file in which the words are said one after the other.

    Args:
        words: Of the bank.
        noise: Standard deviation of white noise; 1 is full scale, and a word has .3.
        seed: Of the noise.
    """
    samples = np.concatenate([_word(w) for w in words])
    if noise:
        samples = samples + np.random.default_rng(seed).normal(0, noise, samples.size)
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((32767 * samples.clip(-1, 1)).astype("<i2").tobytes())
    return kept.getvalue()


def heard(sound: bytes) -> tuple[str, ...]:
    """Return the words that a recording of `wav` holds, as far as they can be made out."""
    slots = spoken(sound)
    strength = np.abs(slots @ _waves()) ** 2
    weaker = strength.reshape(len(slots), len(BANK), 2).min(2)
    return tuple(list(BANK)[i] for i in weaker.argmax(1))


def spoken(sound: bytes) -> Floats:
    """Return the samples of a recording, one word a row, in [-1, 1]."""
    with wave.open(io.BytesIO(sound)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    return np.asarray(samples.reshape(-1, SOUND + REST)[:, :SOUND])


def legend(words: Sequence[str]) -> str:
    """Return what each word sounds like, for those who listen."""
    return "; ".join(f"{w} = {BANK[w][0]:.0f} + {BANK[w][1]:.0f} Hz" for w in words)


@lru_cache(maxsize=128)
def _word(word: str) -> Floats:
    at = np.arange(SOUND) / RATE
    chord = sum(np.sin(2 * np.pi * tone * at) for tone in BANK[word])
    fade = np.minimum(1, np.minimum(np.arange(SOUND), np.arange(SOUND)[::-1]) / 80)
    return np.concatenate([0.3 * fade * chord, np.zeros(REST)])


@lru_cache(maxsize=1)
def _waves() -> np.ndarray:
    """Return the waves that words are matched with, [samples, 2 x words]."""
    at = np.arange(SOUND) / RATE
    tones = np.array([tone for pair in BANK.values() for tone in pair])
    return np.asarray(np.hanning(SOUND)[:, None] * np.exp(-2j * np.pi * at[:, None] * tones))
