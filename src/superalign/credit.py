"""From judged episodes to weighted examples. Pure functions.

What a held-out attacker found is refused, whatever its verdict: it measures and never trains.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby

from superalign.attackers.protocol import HELD_OUT
from superalign.records import Episode, Example, Outcome, digest, seed_of


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
    return [_example(e) for e in trainable(episodes) if e.outcome(critic) == Outcome.PASS]


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


def problems_replayed(examples: Sequence[Example], n: int, *, seed: int) -> list[Example]:
    """Return all examples of `n` problems (of all, if fewer), so that pairs stay together."""
    names = sorted({e.problem for e in examples}, key=lambda name: seed_of(seed, name))
    kept = set(names[:n])
    return [e for e in examples if e.problem in kept]


def spread(
    examples: Sequence[Example], n: int, cluster: Mapping[str, str], *, seed: int
) -> list[Example]:
    """Return the examples of at most `n` problems of each cluster, `cluster` being by problem."""
    places: dict[str, list[str]] = {}
    for name in sorted({e.problem for e in examples}, key=lambda name: seed_of(seed, name)):
        places.setdefault(cluster[name], []).append(name)
    kept = {name for names in places.values() for name in names[:n]}
    return [e for e in examples if e.problem in kept]


def mixed(
    parts: Mapping[str, Sequence[Example]], shares: Mapping[str, float], *, seed: int
) -> dict[str, list[Example]]:
    """Return so much of each part that none has more than its share of the whole.

    The first part that is not empty, in the order of `shares`, is taken whole, and its share says
    how large the whole is. Of the others whole problems are left out, by a hash of each, so that
    pairs stay together; a part that is too small is taken as it is, and then weighs less.
    """
    lead = next((name for name in shares if parts[name]), None)
    whole = len(parts[lead]) / shares[lead] if lead else 0.0
    return {k: _up_to(parts[k], round(whole * share), seed) for k, share in shares.items()}


def _up_to(examples: Sequence[Example], n: int, seed: int) -> list[Example]:
    """Return the examples of as many problems as have no more than `n` together."""
    sizes = Counter(e.problem for e in examples)
    kept, left = set(), n
    for name in sorted(sizes, key=lambda name: seed_of(seed, name)):
        if sizes[name] <= left:
            kept.add(name)
            left -= sizes[name]
    return [e for e in examples if e.problem in kept]


def ranked(
    episodes: Iterable[Episode], critic: str, *, gap: float, n: int = 1, decided: bool = False
) -> list[Example]:
    """Return preference pairs per problem: best against worst by `critic`'s confidence.

    Pairs come as a positive example followed by a negative one that shares what was seen; replies
    that ended unlike conversations are not compared. Up to `n` pairs of what is: best with worst,
    second best with second worst, while their confidences differ by more than `gap` and their texts
    differ. Unscored episodes are left out. With `decided` a pair is a passed reply before a failed
    one: where verdicts of several judges stand side by side, the surer judge's right reply is no
    better than the other's.
    """
    examples: list[Example] = []
    for _, group in groupby(sorted(trainable(episodes), key=_asked), key=_asked):
        order = sorted(_confident(group, critic), key=lambda pair: -pair[0])
        for (high, best), (low, worst) in list(zip(order, reversed(order), strict=True))[:n]:
            apart = high - low > gap and best.final.text != worst.final.text
            if apart and (not decided or _decided(best, worst, critic)):
                examples += [_example(best), _example(worst, -1.0)]
    return examples


def doubted(examples: Iterable[Example], flipped: Mapping[str, float | None]) -> list[Example]:
    """Return the examples with the chance that their sign is wrong, by problem.

    None drops a problem: its labels are too poor to learn from (`oversight.noise`). The others
    weigh 1 - 2 * flipped of what they did, what a noisy label is worth against a clean one; so a
    loss that divides by it to be unbiased is not the louder the less it knows. Both halves of a
    pair belong to one problem and stay together.

    Raises:
        KeyError: If a problem has no entry; to trust it would be silent.
    """
    found = [(e, flipped[e.problem]) for e in examples]
    return [
        e.model_copy(update={"flipped": eps, "weight": e.weight * (1 - 2 * eps)})
        for e, eps in found
        if eps is not None
    ]


def advantaged(
    episodes: Iterable[Episode],
    critic: str,
    scheme: Callable[[Sequence[float | None]], list[float]],
) -> list[Example]:
    """Return the final moves weighted by their advantage within their problem's group.

    The reward is `critic`'s confidence; an unscored episode has none. Advantages of 0 teach
    nothing and are left out. `scheme` is one of `measures.advantages`.
    """
    examples: list[Example] = []
    by_problem = sorted(trainable(episodes), key=_problem)
    for _, members in groupby(by_problem, key=_problem):
        group = list(members)
        weights = scheme([_reward(e, critic) for e in group])
        examples += [_example(e, w) for e, w in zip(group, weights, strict=True) if w]
    return examples


def _problem(episode: Episode) -> str:
    return episode.problem.id


def _reward(episode: Episode, critic: str) -> float | None:
    verdict = episode.verdict(critic)
    return None if verdict is None else verdict.confidence


def _confident(episodes: Iterable[Episode], critic: str) -> list[tuple[float, Episode]]:
    found = ((e.verdict(critic), e) for e in episodes)
    return [(v.confidence, e) for v, e in found if v is not None and v.confidence is not None]


def _asked(episode: Episode) -> tuple[str, str]:
    """Return the problem, and the digest of what the last reply was an answer to."""
    return episode.problem.id, digest(list(episode.moves[-1].seen))


def _decided(best: Episode, worst: Episode, critic: str) -> bool:
    outcomes = (best.outcome(critic), worst.outcome(critic))
    return outcomes == (Outcome.PASS, Outcome.FAIL)


def _example(episode: Episode, weight: float = 1.0) -> Example:
    return Example(move=episode.moves[-1], weight=weight, problem=episode.problem.id)
