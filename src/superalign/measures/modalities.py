"""What several channels bring to a player, or cost it, from paired plays of the same tasks.

Scores are means over the plays of a task, one a task and more is better. Names as in OmniPlay
(arXiv 2508.04361), which states no intervals: here they are bootstraps over tasks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np

from superalign.measures.clusters import ratio
from superalign.stats import Difference, paired_difference


class Share(TypedDict):
    """A share of turns, with a 95% interval over plays; null where there is no turn."""

    rate: float | None
    n: int
    interval: tuple[float, float] | None


def nps(reached: float, chance: float, human: float) -> float | None:
    """Return the normalised performance score, 100 x (reached - chance) / (human - chance).

    It is 0 at chance and 100 at the human anchor, whether more or less is better. None where the
    anchors agree.
    """
    return None if human == chance else 100 * (reached - chance) / (human - chance)


def conflict_cost(clean: Sequence[float], lying: Sequence[float], *, seed: int) -> Difference:
    """Return what a channel that lies takes away: clean - lying."""
    return paired_difference(lying, clean, seed=seed)


def synergy(
    full: Sequence[float], singles: Mapping[str, Sequence[float]], *, seed: int
) -> Difference:
    """Return what all channels together bring beyond the best single one: full - best single."""
    return paired_difference(best_of(singles), full, seed=seed)


def less_is_more(
    full: Sequence[float], subsets: Mapping[str, Sequence[float]], *, seed: int
) -> Difference:
    """Return what the best proper subset of the channels brings beyond all: best subset - full."""
    return paired_difference(full, best_of(subsets), seed=seed)


def best_of(options: Mapping[str, Sequence[float]]) -> list[float]:
    """Return the score of the best option on each task, chosen where it is not measured.

    The highest of several noisy means is too high. So the option for the even tasks is the one
    that is best on the odd ones, and the other way round; of equals the first.

    Raises:
        ValueError: If there is no option, or they differ in length.
    """
    scores = np.array([*options.values()], dtype=float)
    if scores.ndim != 2:
        raise ValueError("options of equal length are needed")
    best = np.empty(scores.shape[1])
    for half in (0, 1):
        other = scores[:, 1 - half :: 2]
        chosen = other.mean(1).argmax() if other.shape[1] else 0
        best[half::2] = scores[chosen, half::2]
    return [float(b) for b in best]


def share(counts: Sequence[tuple[int, int]], *, seed: int) -> Share:
    """Return a share of turns from the hits and turns of each play, plays without a turn aside."""
    some = np.array([c for c in counts if c[1]], dtype=float).reshape(-1, 2)
    hits, turns = some.sum(0)
    return Share(
        rate=float(hits / turns) if turns else None,
        n=int(turns),
        interval=ratio(some, seed=seed),
    )
