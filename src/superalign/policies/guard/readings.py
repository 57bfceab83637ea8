"""Ways of reading a prompt that a guard may take up, each blind to how any wrapper is made.

- `letters` reads what the eye reads: look-alike signs, digits for letters, letters apart.
- `decoded` reads what a machine would decode: common byte encodings and letter ciphers; whether
  a decoding says something is left to a model of letter pairs learned from plain prompts.
- `windows` reads short stretches one by one, so that much harmless talk hides nothing.

A guard is as suspicious of a prompt as of its most suspicious reading.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import numpy as np
from numpy.typing import NDArray

READINGS = ("windows", "letters", "decoded")
WINDOW = 14
"""Words in a window; about the length of a plain request."""
LONGEST = 4000
"""Signs of a prompt that are read beyond its plain form; bounds the work on hostile input."""

_CYRILLIC_GREEK = (
    "\u0430\u0441\u0435\u0456\u043e\u0440\u0445\u0443\u0455\u0458\u04bb\u043a\u043c\u0442\u043d\u0432"
    "\u0501\u051b\u051d\u0261\u03b1\u03b5\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7"
)
_LOOKALIKES = str.maketrans(_CYRILLIC_GREEK, "aceiopxysjhkmtnbdqwgaeiknoptux")
_LEET = str.maketrans("0134578@$!+|(9#", "oieastbasitlcgh")
_SPACED = re.compile(r"(?<![^\W_])(?:[^\W_][\W_]{1,2}){3,}[^\W_](?![^\W_])")
_INSIDE = re.compile(r"(?<=[a-z])[-._*~\u00b7'^]+(?=[a-z])")
_QUOTED = re.compile(r"\"([^\"\n]{1,40})\"")
_CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BYTES = re.compile(
    r"[A-Za-z0-9+/=_-]{12,}|(?:[0-9a-fA-F]{2}[ -]){5,}[0-9a-fA-F]{2}|(?:[01]{8} ?){4,}"
)


@dataclass(frozen=True, slots=True, eq=False)
class LetterPairs:
    """How likely one letter follows another in plain prompts: log-probabilities, 27 x 27."""

    table: NDArray[np.float32]

    @classmethod
    def unknown(cls) -> LetterPairs:
        """Return the model that finds every pair equally likely."""
        return cls(np.zeros((27, 27), np.float32))

    @property
    def fitted(self) -> bool:
        """Whether any pair is likelier than another."""
        return bool(self.table.any())

    @classmethod
    def fit(cls, texts: Sequence[str]) -> LetterPairs:
        """Count the pairs of `texts`; the 27th sign stands for everything that is no letter."""
        counts = np.full((27, 27), 0.5)
        for text in texts:
            signs = _signs(text)
            np.add.at(counts, (signs[:-1], signs[1:]), 1)
        return cls(np.log(counts / counts.sum(axis=1, keepdims=True)).astype(np.float32))

    def likelihood(self, text: str) -> float:
        """Return the mean log-probability of a letter pair in `text`, in nats."""
        signs = _signs(text)
        return float(self.table[signs[:-1], signs[1:]].mean()) if len(signs) > 1 else -9.0

    def unshifted(self, text: str, *, gain: float = 0.7, stretch: int = 24) -> str | None:
        """Return `text` under the letter cipher that makes some stretch of it most like prompts.

        None where no cipher makes any `stretch` letters more likely by `gain` nats a pair.
        """
        signs = _signs(text)
        if len(signs) <= stretch:
            return None
        every = _CIPHERS[:, signs]
        pairs = np.cumsum(self.table[every[:, :-1], every[:, 1:]], axis=1)
        means = (pairs[:, stretch - 1 :] - np.pad(pairs, ((0, 0), (1, 0)))[:, :-stretch]) / stretch
        gains = (means - means[0]).max(axis=1)
        best = int(gains.argmax())
        if gains[best] < gain:
            return None
        return "".join(_ALPHABET[s] for s in _CIPHERS[best][signs])


_ALPHABET = ascii_lowercase + " "
_SIGN = np.full(128, 26)
_SIGN[97:123] = np.arange(26)


def _signs(text: str) -> NDArray[np.int64]:
    codes = np.frombuffer(text.lower().encode("utf-32-le"), dtype=np.uint32)
    return _SIGN[np.where(codes < 128, codes, 32)]


def _ciphers() -> NDArray[np.int64]:
    """Return the alphabet under the 26 shifts and their mirror images, one a row; row 0 as is."""
    shifts = [(np.arange(26) + k) % 26 for k in range(26)]
    rows = [*shifts, *(25 - s for s in shifts)]
    return np.stack([np.append(row, 26) for row in rows])


_CIPHERS = _ciphers()


def read(text: str, names: Sequence[str], pairs: LetterPairs) -> list[str]:
    """Return the distinct readings of `text`, the plain one first.

    `letters` and `decoded` are applied in both orders, since wrappers nest; `windows` then cuts
    every reading so far.
    """
    found = [text]
    text = text[:LONGEST]
    letters = "letters" in names
    if letters:
        found += spelled(text)
    if "decoded" in names:
        for inner in [d for t in found[:2] for d in decoded(t, pairs)]:
            found += [inner, *(spelled(inner) if letters else [])]
            found += decoded(inner, pairs)
    if "windows" in names:
        found += [w for t in dict.fromkeys(found) for w in windows(t)]
    return list(dict.fromkeys(t for t in found if t.strip()))


def spelled(text: str) -> list[str]:
    """Return `text` in plain lower-case letters, and again with quoted pieces joined."""
    joined = "".join(_QUOTED.findall(text))
    texts = [text, joined] if len(joined) > 12 else [text]
    return [_plain(t) for t in texts]


def _plain(text: str) -> str:
    marked = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in marked if unicodedata.category(c) not in {"Mn", "Cf"})
    split = _CAPITALS.sub(" ", kept) if kept.count(" ") * 12 < len(kept) else kept
    folded = split.lower().translate(_LOOKALIKES)
    words = [_unleet(word) for word in re.split(r"(\s+)", folded)]
    closed = _SPACED.sub(_close, "".join(words))
    tight = _INSIDE.sub("", closed)
    return re.sub(r"([a-z])\1{2,}", r"\1", tight)


def _unleet(word: str) -> str:
    return word.translate(_LEET) if re.search(r"[a-z]", word) or len(word) > 3 else word


def _close(spaced: re.Match[str]) -> str:
    return re.sub(r"(?<=[^\W_])[\W_](?=[^\W_])", "", spaced[0])


def decoded(text: str, pairs: LetterPairs) -> list[str]:
    """Return what the encoded stretches of `text` say, and `text` backwards or deciphered."""
    found = [said for run in _BYTES.findall(text) if (said := _unpacked(run))]
    if text.count("%") > 5 and (plain := urllib.parse.unquote(text)) != text:
        found.append(plain)
    backwards = text[::-1]
    if pairs.likelihood(backwards) > pairs.likelihood(text):
        found.append(backwards)
    if shifted := pairs.unshifted(text):
        found.append(shifted)
    return found


def _unpacked(run: str) -> str | None:
    """Return what `run` says under the first byte encoding that gives printable text."""
    bare = re.sub(r"[ -]", "", run)
    for unpack in _UNPACKERS:
        try:
            said = unpack(bare).decode()
        except (ValueError, binascii.Error):
            continue
        if len(said) > 6 and said.isprintable():
            return said
    return None


def _binary(run: str) -> bytes:
    if set(run) - {"0", "1"}:
        raise ValueError("not binary digits")
    return bytes(int(run[i : i + 8], 2) for i in range(0, len(run), 8))


def _base32(run: str) -> bytes:
    return base64.b32decode(run)


def _base64(run: str) -> bytes:
    return base64.b64decode(run + "=" * (-len(run) % 4), validate=True)


_UNPACKERS: tuple[Callable[[str], bytes], ...] = (_binary, bytes.fromhex, _base32, _base64)


def windows(text: str) -> list[str]:
    """Return stretches of `WINDOW` words, each half over the one before; none for short text."""
    words = text.split()
    if len(words) <= WINDOW:
        return []
    starts = range(0, len(words) - WINDOW // 2, WINDOW // 2)
    return [" ".join(words[i : i + WINDOW]) for i in starts]
