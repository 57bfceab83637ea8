"""How far apart two texts are, so that a pair differs by the defect and by little else.

Pairs that differ in more than what was wrong teach style (SPaR, Cheng et al. 2024, arXiv
2412.11605).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from superalign.learners.pairs import Pair

LONGEST = 1000
"""Words up to which two texts are compared word by word; longer ones are, line by line."""


def distance(one: str, other: str) -> float:
    """Return the normalised edit distance of two texts: 0 equal, 1 nothing in common.

    Levenshtein's distance over words and signs, divided by the length of the longer text.
    """
    left, right = (re.findall(r"\w+|[^\w\s]", text) for text in (one, other))
    if max(len(left), len(right)) > LONGEST:
        left, right = one.splitlines(), other.splitlines()
    longest = max(len(left), len(right))
    return _levenshtein(left, right) / longest if longest else float(one != other)


def _levenshtein(left: Sequence[str], right: Sequence[str]) -> int:
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        above, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (a != b))
    return row[-1]


def minimal_edits(pairs: Sequence[Pair], *, least: float = 0.0, most: float = 0.5) -> list[Pair]:
    """Return the pairs whose replies are more than `least` and at most `most` apart."""
    return [p for p in pairs if least < distance(p.chosen, p.rejected) <= most]
