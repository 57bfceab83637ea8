"""How near texts are to each other, by an embedding."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Embed = Callable[[Sequence[str]], Floats]
"""Texts to unit vectors, one row each."""


def hashed(texts: Sequence[str], *, width: int = 1024) -> Floats:
    """Embed texts as unit vectors of hashed counts of character trigrams; needs no model."""
    vectors = np.zeros((len(texts), width))
    for row, text in zip(vectors, texts, strict=True):
        padded = f"  {' '.join(text.lower().split())} "
        for start in range(len(padded) - 2):
            row[zlib.crc32(padded[start : start + 3].encode()) % width] += 1
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths, lengths, 1.0)


def nearest(text: str, others: Sequence[str], embed: Embed = hashed) -> float:
    """Return the highest cosine of `text` to one of `others`, 0 without any."""
    if not others:
        return 0.0
    vectors = embed([text, *others])
    return float((vectors[1:] @ vectors[0]).max())
