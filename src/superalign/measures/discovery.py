"""How much of what can be found has been found, and what finding so often means."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from superalign.stats import mean_known


def success_at(k: int, tries: int, successes: int) -> float | None:
    """Return the chance that k of the tries hold a success, 1 - C(n-c, k) / C(n, k).

    Unbiased for the chance of one success in k attempts (Chen et al. 2021, arXiv 2107.03374, eq.
    1); averaged over goals it is ASR@k. None with fewer than k tries: it cannot be told.
    """
    if not 0 <= successes <= tries or k < 1:
        raise ValueError(f"{successes} successes of {tries} tries, k = {k}")
    return None if tries < k else 1 - comb(tries - successes, k) / comb(tries, k)


def asr_at(k: int, goals: Sequence[tuple[int, int]]) -> tuple[float | None, int]:
    """Return ASR@k over goals given as (tries, successes), and how many goals had k tries."""
    found = [x for tries, hits in goals if (x := success_at(k, tries, hits)) is not None]
    return mean_known(found), len(found)


def unseen_mass(counts: Sequence[int]) -> float | None:
    """Return Good and Turing's chance that the next find is of a kind not seen yet, f1 / n.

    Good (1953). `counts` are finds per kind; f1 kinds were found once.
    """
    total = sum(counts)
    return sum(c == 1 for c in counts) / total if total else None


def chao1(counts: Sequence[int]) -> float:
    """Return a lower bound on how many kinds there are, S + f1^2 / (2 f2).

    Chao (1984); where no kind was found twice its bias-corrected form, S + f1 (f1 - 1) / 2.
    """
    seen = sum(c > 0 for c in counts)
    once, twice = (sum(c == k for c in counts) for k in (1, 2))
    return seen + (once**2 / (2 * twice) if twice else once * (once - 1) / 2)


def rule_of_three(n: int) -> float:
    """Return the upper 95% bound on a rate of which n trials showed no case, 3 / n, at most 1."""
    return min(1.0, 3 / n) if n else 1.0
