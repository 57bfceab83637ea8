"""Pairs that a policy makes of its own judgements, held by an anchor from outside.

Yuan et al. 2024, arXiv 2401.10020: several answers, judged by the model that gave them, best
against worst. Left alone such a loop prefers what is long and drifts with its own taste; hence the
shortest of the near best, an independent critic that may object, and a share of anchored pairs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from superalign.learners.pairs import Pair, extremes, score
from superalign.records import Episode, seed_of


def self_rewarded(
    judged: Sequence[Episode], own: str, *, anchor: str | None, gap: float = 0.2, near: float = 0.05
) -> list[Pair]:
    """Return at most one pair per problem: the best of its answers by `own` against the worst.

    Answers within `near` of the best count as best, and the shortest of them is chosen. Scores
    that differ by less than `gap`, ties included, make no pair, and neither does a pair of which
    the critic `anchor` does not score the chosen answer higher; one it left unscored makes none.
    """
    groups: dict[str, list[Episode]] = {}
    for episode in judged:
        groups.setdefault(episode.problem.id, []).append(episode)
    pairs = [_pair(group, own, anchor, gap, near) for _, group in sorted(groups.items())]
    return [p for p in pairs if p is not None]


def _pair(
    group: Sequence[Episode], own: str, anchor: str | None, gap: float, near: float
) -> Pair | None:
    found = extremes(group, own, gap=gap, near=near)
    if found is None or not _holds(*found[:2], anchor):
        return None
    best, worst, apart = found
    return Pair.of(best.problem.id, best.moves[-1], worst.moves[-1], apart, "self_reward")


def _holds(best: Episode, worst: Episode, anchor: str | None) -> bool:
    if anchor is None:
        return True
    good, bad = score(best, anchor), score(worst, anchor)
    return good is not None and bad is not None and good > bad


def anchored(
    pairs: Sequence[Pair], anchors: Sequence[Pair], *, share: float = 0.2, seed: int = 0
) -> list[Pair]:
    """Return all anchors, and as many pairs that they are at least `share` of the whole.

    Anchors are pairs that people or gold decided (R-Few: a small share of them keeps self-play
    from collapse). Without anchors nothing is left: a loop that only believes itself is not run.

    Raises:
        ValueError: Unless 0 < share <= 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share of {share}; it must be above 0 and at most 1")
    room = math.floor(len(anchors) * (1 - share) / share + 1e-9)
    drawn = sorted(pairs, key=lambda p: seed_of(seed, p.problem, p.chosen, p.rejected))[:room]
    outside = [p.model_copy(update={"source": "anchor"}) for p in anchors]
    return [*outside, *drawn]
