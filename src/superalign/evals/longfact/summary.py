"""What rated answers come to: F1@K with intervals, counts of facts, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from superalign.critics.factuality import IRRELEVANT, NOT_SUPPORTED, SUPPORTED, UNRATED, Rated
from superalign.critics.factuality.rated import cost, distinct
from superalign.measures import clusters
from superalign.measures.factual import f1_at_k
from superalign.records import Problem
from superalign.stats import mean_known

COUNTED = {
    "supported": SUPPORTED,
    "not_supported": NOT_SUPPORTED,
    "irrelevant": IRRELEVANT,
    "unrated": UNRATED,
}
"""Names of counts, and what they count."""


def summarise(
    rated: Sequence[tuple[Problem, Rated | None]], *, k: Sequence[int], seed: int
) -> dict[str, Any]:
    """Return the summary over all answers; null stands for an answer that never came.

    Intervals are over prompts, since the answers to one are not independent. The bounds of an
    F1@K are where it would lie if every unrated fact were not supported, and if every one were.
    Of `f1_K_distinct`, facts of an answer that say the same count once.
    """
    scored = _scored(rated)
    answers = [r for _, r in scored]
    everything = [r for _, r in rated if r is not None]
    facts = {name: sum(r.count(a) for r in everything) for name, a in COUNTED.items()}
    known = facts["supported"] + facts["not_supported"]
    topics = sorted({t for p, _ in rated for t in p.tags})
    return {
        "n": len(scored),
        "prompts": len({p.id for p, _ in scored}),
        "unscored": len(rated) - len(scored),
        "facts": {**facts, "assumed": sum(f.assumed for r in everything for f in r.facts)},
        "unsplit_sentences": sum(len(r.unsplit) for r in everything),
        "precision": facts["supported"] / known if known else None,
        "supported": mean_known(float(r.count(SUPPORTED)) for r in answers),
        **{name: v for n in k for name, v in _f1(scored, n, seed).items()},
        "topics": {t: _topic([r for r in rated if t in r[0].tags], k[0], seed) for t in topics},
        "cost": cost(everything),
        "unrated": facts["unrated"],
        "columns": ["n", "unscored", *(f"f1_{n}" for n in k), "precision", "supported", "unrated"],
    }


def _scored(rated: Sequence[tuple[Problem, Rated | None]]) -> list[tuple[Problem, Rated]]:
    return [(p, r) for p, r in rated if r is not None and r.scorable]


def _topic(rated: Sequence[tuple[Problem, Rated | None]], k: int, seed: int) -> dict[str, Any]:
    scored = _scored(rated)
    return {"n": len(scored), "unscored": len(rated) - len(scored), **_f1(scored, k, seed)}


def _f1(scored: Sequence[tuple[Problem, Rated]], k: int, seed: int) -> dict[str, Any]:
    scores, names = _scores(scored, k), [p.id for p, _ in scored]
    once: list[list[str]] = [[f.annotation for f in distinct(r.facts)] for _, r in scored]
    repeats = [f1_at_k(o.count(SUPPORTED), o.count(NOT_SUPPORTED), k) for o in once]
    low = [f1_at_k(s, n + u, k) for s, n, u in map(_counts, scored)]
    high = [f1_at_k(s + u, n, k) for s, n, u in map(_counts, scored)]
    return {
        f"f1_{k}": _mean(scores),
        f"f1_{k}_interval": clusters.mean(scores, names, seed=seed),
        f"f1_{k}_bounds": (_mean(low), _mean(high)),
        f"f1_{k}_distinct": _mean(repeats),
    }


def _scores(scored: Sequence[tuple[Problem, Rated]], k: int) -> list[float]:
    return [f1_at_k(s, n, k) for s, n, _ in map(_counts, scored)]


def _counts(scored: tuple[Problem, Rated]) -> tuple[int, int, int]:
    rated = scored[1]
    return rated.count(SUPPORTED), rated.count(NOT_SUPPORTED), rated.count(UNRATED)


def _mean(values: Sequence[float]) -> float | None:
    return mean_known(values)
