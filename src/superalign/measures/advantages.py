"""Advantages: what a sample is worth against the others of its group."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, stdev

Rewards = Sequence[float | None]
"""Rewards of one group of samples; None or NaN is unscored, which gets advantage 0 and is in no
mean."""

FLOOR = 1e-6
"""Added to a standard deviation that divides."""


def grpo(rewards: Rewards) -> list[float]:
    """Return (r - mean) / standard deviation (n - 1), all 0 where the rewards are one.

    Shao et al. (2024), "DeepSeekMath", arXiv 2402.03300, section 4.1.
    """
    scored = _scored(rewards)
    if len(set(scored)) < 2:
        return [0.0] * len(rewards)
    mean, spread = fmean(scored), stdev(scored)
    return [(_known(r, mean) - mean) / (spread + FLOOR) for r in rewards]


def dr_grpo(rewards: Rewards) -> list[float]:
    """Return r - mean, so that easy and hard problems weigh by their spread.

    Liu et al. (2025), arXiv 2503.20783; its loss divides by a fixed length besides.
    """
    scored = _scored(rewards)
    if len(set(scored)) < 2:
        return [0.0] * len(rewards)
    mean = fmean(scored)
    return [_known(r, mean) - mean for r in rewards]


def rloo(rewards: Rewards) -> list[float]:
    """Return r - mean of the others (Ahmadian et al. 2024, arXiv 2402.14740, eq. 8)."""
    n = len(_scored(rewards))
    return [a * n / (n - 1) if n > 1 else 0.0 for a in dr_grpo(rewards)]


def gdpo(rewards: Sequence[Rewards]) -> list[float]:
    """Return the sum over dimensions of advantages, each dimension normalised by itself.

    GDPO (arXiv 2601.05242): rows are samples, columns dimensions. Summing rewards first would give
    (1, 0) and (0, 1) one advantage whatever their spreads. A dimension in which a sample is
    unscored adds 0 to it. `batch_normalised` over all groups follows.
    """
    columns = [grpo(column) for column in zip(*rewards, strict=True)]
    return [math.fsum(row) for row in zip(*columns, strict=True)]


def batch_normalised(advantages: Sequence[float]) -> list[float]:
    """Return advantages over their standard deviation, those of 0 (unscored, flat) left at 0.

    The mean is not taken off: every group has mean 0 already, and 0 must stay what it is.
    """
    alive = [a for a in advantages if a]
    if len(alive) < 2 or (spread := stdev(alive)) == 0:
        return list(advantages)
    return [a / (spread + FLOOR) for a in advantages]


def _scored(rewards: Rewards) -> list[float]:
    return [r for r in rewards if r is not None and not math.isnan(r)]


def _known(reward: float | None, mean: float) -> float:
    """Return the reward, or the mean for what is unscored, whose advantage is then 0."""
    return mean if reward is None or math.isnan(reward) else reward
