"""From judged episodes to weighted examples. Pure functions.

What a held-out attacker found is refused, whatever its verdict: it measures and never trains.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from superalign.attackers.protocol import HELD_OUT
from superalign.records import Episode, Example, Outcome, seed_of


def trainable(episodes: Iterable[Episode]) -> list[Episode]:
    """Return the episodes, all of which may train.

    Raises:
        ValueError: If one is on a problem of a held-out attacker; the message names it.
    """
    kept = list(episodes)
    for episode in kept:
        if HELD_OUT in episode.problem.tags:
            raise ValueError(f"episode {episode.id} is held out: it measures and never trains")
    return kept


def accepted(episodes: Iterable[Episode], critic: str) -> list[Example]:
    """Return the final moves that `critic` passed, weight 1 each; the unscored are left out."""
    return [_example(e) for e in trainable(episodes) if _outcome(e, critic) == Outcome.PASS]


def distinct(examples: Iterable[Example]) -> list[Example]:
    """Return the examples without repeats of the same reply to the same problem, first one kept."""
    return list({(e.problem, e.move.reply.text): e for e in examples}.values())


def at_most(examples: Iterable[Example], n: int) -> list[Example]:
    """Return the first `n` examples per problem, so that easy problems do not crowd."""
    kept: dict[str, list[Example]] = {}
    for example in examples:
        kept.setdefault(example.problem, []).append(example)
    return [e for group in kept.values() for e in group[:n]]


def replayed(examples: Sequence[Example], n: int, *, seed: int) -> list[Example]:
    """Return `n` of the examples (all, if fewer) by a hash of each, whatever their order."""
    return sorted(examples, key=lambda e: seed_of(seed, e.problem, e.move.reply.text))[:n]


def ranked(episodes: Iterable[Episode], critic: str, *, gap: float, n: int = 1) -> list[Example]:
    """Return preference pairs per problem: best against worst by `critic`'s confidence.

    Pairs come as a positive example followed by a negative one that shares what was seen. Up to
    `n` pairs a problem: best with worst, second best with second worst, while their confidences
    differ by more than `gap`. Unscored episodes are left out.
    """
    examples: list[Example] = []
    by_problem = sorted(trainable(episodes), key=lambda e: e.problem.id)
    for _, group in groupby(by_problem, key=lambda e: e.problem.id):
        order = sorted(_confident(group, critic), key=lambda pair: -pair[0])
        for (high, best), (low, worst) in list(zip(order, reversed(order), strict=True))[:n]:
            if high - low > gap:
                examples += [_example(best), _example(worst, -1.0)]
    return examples


def _confident(episodes: Iterable[Episode], critic: str) -> list[tuple[float, Episode]]:
    found = ((e.verdict(critic), e) for e in episodes)
    return [(v.confidence, e) for v, e in found if v is not None and v.confidence is not None]


def _outcome(episode: Episode, critic: str) -> Outcome:
    verdict = episode.verdict(critic)
    return Outcome.UNSCORED if verdict is None else verdict.outcome


def _example(episode: Episode, weight: float = 1.0) -> Example:
    return Example(move=episode.moves[-1], weight=weight, problem=episode.problem.id)
