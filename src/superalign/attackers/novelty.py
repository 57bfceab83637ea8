"""How alike texts are, and how diverse a set of them: small pure functions on numpy.

Diversity is told of successful attacks only, and only beside other sets of equal size: self-BLEU
and the number of clusters depend on how many texts there are.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from superalign.measures.diversity import evenness

Floats: TypeAlias = NDArray[np.float64]
Embed = Callable[[Sequence[str]], Floats]
"""Texts to unit vectors, one row each."""

_WORD = re.compile(r"\w+|[^\w\s]")


def bleu(text: str, references: Sequence[str], *, order: int = 4) -> float:
    """Return sentence BLEU in [0, 1] of `text` against all `references` at once.

    Papineni et al. 2002; exponential smoothing and effective order as in sacrebleu (Post 2018,
    arXiv 1804.08771). Words and signs are tokens, case is ignored.
    """
    said, others = _ngrams(text, order), [_ngrams(r, order) for r in references]
    length = said[0].total()
    if not length or not others:
        return 0.0
    logs, smooth = [], 1.0
    for n in range(min(order, length)):
        most: Counter[tuple[str, ...]] = Counter()
        for other in others:
            most |= other[n]
        hits, total = (said[n] & most).total(), said[n].total()
        if not hits:
            if not n:
                return 0.0
            smooth *= 2
        logs.append(math.log((hits or 1 / smooth) / total))
    lengths = (o[0].total() for o in others)
    closest = min(lengths, key=lambda m: (abs(m - length), m))
    return math.exp(sum(logs) / len(logs) + min(0.0, 1 - closest / length))


@lru_cache(maxsize=4096)
def _ngrams(text: str, order: int) -> tuple[Counter[tuple[str, ...]], ...]:
    """Return the counts of words, pairs and so on up to `order`; nobody may change them."""
    words = _WORD.findall(text.lower())
    return tuple(
        Counter(zip(*(words[i:] for i in range(n)), strict=False)) for n in range(1, order + 1)
    )


def self_bleu(texts: Sequence[str]) -> float | None:
    """Return the mean BLEU of each text against the others (Zhu et al. 2018); null below two.

    It grows with the number of texts: compare groups of one size.
    """
    if len(texts) < 2:
        return None
    return float(np.mean([bleu(t, [*texts[:i], *texts[i + 1 :]]) for i, t in enumerate(texts)]))


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


def sei(counts: Iterable[int]) -> float | None:
    """Return Shannon's evenness over the classes that were hit; null below two."""
    return evenness([c for c in counts if c])


def clusters(texts: Sequence[str], *, cut: float = 0.5) -> list[int]:
    """Return the cluster of each text: average linkage on 1 - BLEU, merged below `cut`.

    The duplicate measure of R-Zero (Huang et al. 2025, arXiv 2508.05004).
    """
    alike = np.array([[bleu(a, [b]) for b in texts] for a in texts])
    apart = 1 - (alike + alike.T) / 2
    label, sizes = np.arange(len(texts)), np.ones(len(texts))
    if len(texts):
        np.fill_diagonal(apart, np.inf)
    while len(texts) and apart.min() < cut:
        i, j = sorted(np.unravel_index(int(apart.argmin()), apart.shape))
        merged = (sizes[i] * apart[i] + sizes[j] * apart[j]) / (sizes[i] + sizes[j])
        apart[i], apart[:, i] = merged, merged
        apart[j], apart[:, j], apart[i, i] = np.inf, np.inf, np.inf
        sizes[i] += sizes[j]
        label[label == j] = i
    return [int(i) for i in label]
