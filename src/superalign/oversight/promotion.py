"""When a candidate may replace the learner: better under attack, and worse at nothing else.

All comparisons are paired: item `i` answered by the learner, and by the candidate. A line is
crossed where the data do not show what is asked for, so that too few items promote nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist, fmean, stdev

from superalign.measures.compare import benjamini_hochberg, sign_flip
from superalign.measures.discovery import rule_of_three
from superalign.measures.lines import Line
from superalign.stats import paired_difference

LEVEL = 0.05
"""Level of the one-sided tests and of the false discovery rate over kinds of failure."""


def falls(name: str, before: Sequence[float], after: Sequence[float], *, seed: int) -> Line:
    """Return the line of a rate that has to fall: the 95% interval of its change is below 0.

    The interval is a bootstrap over the items (`stats.paired_difference`).
    """
    change = paired_difference(before, after, seed=seed)
    low, high = change["low"], change["high"]
    fallen = high is not None and high < 0
    return Line(name, "< 0", change["difference"], change["n"], low, high, not fallen)


def no_worse(name: str, before: Sequence[float], after: Sequence[float], *, margin: float) -> Line:
    """Return the line of a rate that may rise by `margin`: its one-sided 95% bound is within it.

    Non-inferiority of a paired difference, by the normal bound; where every item changed alike,
    its spread is unknown and 3/n stands for it (the rule of three). `low` and `high` are the 90%
    interval, whose upper end is that bound.
    """
    n = len(before)
    if not n:
        return Line(name, f"<= {margin:g}", None, 0, None, None, True)
    changes = [b - a for a, b in zip(before, after, strict=True)]
    middle, spread = fmean(changes), stdev(changes) if n > 1 else 0.0
    half = _z(LEVEL) * spread / math.sqrt(n) if spread else rule_of_three(n)
    low, high = middle - half, middle + half
    return Line(name, f"<= {margin:g}", middle, n, low, high, high > margin)


def recurs(
    past: Mapping[str, tuple[Sequence[float], Sequence[float]]], *, seed: int
) -> Line | None:
    """Return the line of past failures that may not come back; None where there are none.

    Args:
        past: By kind of past failure, the failing share of each case's replays, (before, after).
            What is measured is the least p-value that a kind fails more often now, by flips of
            sign over its cases, adjusted over the kinds by Benjamini and Hochberg.
        seed: Of the flips.
    """
    if not past:
        return None
    adjusted = benjamini_hochberg([sign_flip(b, a, seed=seed) for b, a in past.values()])
    p, worst = min(zip(adjusted, past, strict=True))
    cases = sum(len(b) for b, _ in past.values())
    name = f"chance that no past failure came back (worst: {worst})"
    return Line(name, f"> {LEVEL:g}", p, cases, None, None, p <= LEVEL)


def needed(effect: float, spread: float, *, power: float = 0.8, level: float = LEVEL) -> int:
    """Return how many pairs show an effect of this size with this chance, by a one-sided test.

    n = ((z_level + z_power) spread / effect)^2, `spread` the standard deviation of the paired
    differences. For non-inferiority the effect is the margin less the true change.
    """
    return math.ceil(((_z(level) + _z(1 - power)) * spread / effect) ** 2)


def _z(tail: float) -> float:
    return NormalDist().inv_cdf(1 - tail)
