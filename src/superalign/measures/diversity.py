"""How different a set of texts or items is. Compare sets of one size only: all of these grow."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from superalign.records import seed_of
from superalign.stats import mean_known


def evenness(counts: Sequence[int]) -> float | None:
    """Return Shannon's evenness index, H / ln K, over the K classes given, empty ones included.

    1 where all are hit alike, 0 where one has all; None with nothing counted or one class only.
    """
    total = sum(counts)
    if not total or len(counts) < 2:
        return None
    shares = [c / total for c in counts if c]
    return -sum(p * math.log(p) for p in shares) / math.log(len(counts))


def simpson(counts: Sequence[int]) -> float | None:
    """Return Simpson's diversity index, 1 - sum p_k^2: the chance that two draws differ."""
    total = sum(counts)
    return 1 - sum((c / total) ** 2 for c in counts) if total else None


def vendi(similarity: ArrayLike) -> float | None:
    """Return the effective number of different items, exp of the entropy of K/n's eigenvalues.

    Friedman and Dieng (2023), arXiv 2210.02410, eq. 1. `similarity` has shape (n, n), is symmetric
    and has ones on its diagonal; None of no item.

    Raises:
        ValueError: If it is not such a matrix.
    """
    kernel = np.asarray(similarity, dtype=np.float64)
    if kernel.size == 0:
        return None
    square = kernel.ndim == 2 and kernel.shape[0] == kernel.shape[1]
    if not square or not np.allclose(kernel, kernel.T) or not np.allclose(np.diag(kernel), 1.0):
        raise ValueError("a similarity matrix is square, symmetric and 1 on its diagonal")
    shares = np.linalg.eigvalsh(kernel / len(kernel))
    shares = shares[shares > 1e-12]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def words(text: str) -> list[str]:
    """Return words and punctuation marks, lower case."""
    return re.findall(r"\w+|[^\w\s]", text.lower())


def distinct_n(texts: Sequence[str], n: int = 2) -> float | None:
    """Return distinct n-grams over all n-grams (Li et al. 2016, arXiv 1510.03055)."""
    grams = Counter[tuple[str, ...]]()
    for text in texts:
        grams.update(_grams(text, n))
    return len(grams) / grams.total() if grams else None


def bleu(text: str, references: Sequence[str], order: int = 4) -> float:
    """Return sentence BLEU in [0, 1] of a text against all references at once.

    Papineni et al. (2002), as sacrebleu computes it by default for sentences (Post 2018, arXiv
    1804.08771): effective order (n-gram orders the text is too short for are left out) and
    exponential smoothing: the k-th order without a match counts 2^-k matches (Chen and Cherry
    2014, method 3). 0 where no word matches or there is nothing to match.
    """
    if not any(_grams(text, 1) & _grams(r, 1) for r in references):
        return 0.0
    logs, halvings, length = [], 0, _grams(text, 1).total()
    for n in range(1, min(order, length) + 1):
        counts = _grams(text, n)
        most: Counter[tuple[str, ...]] = Counter()
        for reference in references:
            most |= _grams(reference, n)
        hits = (counts & most).total()
        halvings += hits == 0
        logs.append(math.log((hits or 0.5**halvings) / counts.total()))
    lengths = (_grams(r, 1).total() for r in references)
    closest = min(lengths, key=lambda m: (abs(m - length), m))
    return math.exp(min(0.0, 1 - closest / length) + sum(logs) / len(logs))


def self_bleu(texts: Sequence[str], *, size: int, seed: int) -> float | None:
    """Return the mean BLEU of each text against the others of its group; lower is more diverse.

    Zhu et al. (2018), arXiv 1802.01886. The value rises with the number of texts compared, so
    groups hold exactly `size`: texts are shuffled by `seed` and the remainder is left out. None
    where they do not fill one group.
    """
    order = sorted(range(len(texts)), key=lambda i: (seed_of(seed, texts[i]), i))
    kept = [texts[i] for i in order[: len(order) - len(order) % size]]
    found = []
    for start in range(0, len(kept), size):
        group = kept[start : start + size]
        found += [bleu(t, group[:i] + group[i + 1 :]) for i, t in enumerate(group)]
    return mean_known(found)


def spread(vectors: ArrayLike) -> float | None:
    """Return 1 - mean pairwise cosine of row vectors (n, d); None below two rows."""
    rows = np.asarray(vectors, dtype=np.float64)
    if len(rows) < 2:
        return None
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    cosine = unit @ unit.T
    return float(1 - cosine[~np.eye(len(rows), dtype=bool)].mean())


@lru_cache(maxsize=4096)
def _grams(text: str, n: int) -> Counter[tuple[str, ...]]:
    """Return how often each run of `n` words stands in a text; nobody may change it."""
    said = words(text)
    return Counter(tuple(said[i : i + n]) for i in range(len(said) - n + 1))
