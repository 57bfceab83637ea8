"""Who is labelled: the budget split by purpose, with the chance each item had.

The targeted labels are picked first, by the records alone; the audit is then drawn uniformly over
*everything*, without looking at them. So a targeted item has inclusion probability 1 and any other
the audit's, both exact, and `estimates.prediction_powered` stays unbiased over all labels, while
the audit alone is a uniform sample, as `trust.trusted` needs. An item that is both costs one label
and leaves the other unspent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from superalign.records import seed_of

VALUE, AUDIT, CLUSTER, SEVERITY, RELABEL = "value", "audit", "cluster", "severity", "relabel"
SHARES: Mapping[str, float] = MappingProxyType(
    {VALUE: 0.40, AUDIT: 0.20, CLUSTER: 0.15, SEVERITY: 0.15, RELABEL: 0.10}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One item that people could label, as records say it. All figures are at least 0."""

    id: str
    uncertainty: float
    """U: how unsure the critics are for want of knowledge."""
    severity: float = 1.0
    novelty: float = 0.0
    influence: float = 1.0
    """What hangs on it, for instance the chance that a label turns a pair round."""
    cluster: str | None = None
    """Id of the new failure cluster it belongs to, if to any."""
    vector: tuple[float, ...] = ()
    """Where it lies; neighbours of what was picked lose value. Empty: it has no neighbours."""

    @property
    def value(self) -> float:
        """The value v = U * severity * (1 + novelty) * influence."""
        return self.uncertainty * self.severity * (1 + self.novelty) * self.influence


@dataclass(frozen=True, slots=True)
class Routed:
    """An item to label, what for, and the chance it had of being labelled for an estimate."""

    id: str
    purposes: tuple[str, ...]
    inclusion: float


def route(
    candidates: Sequence[Candidate],
    budget: int,
    *,
    seed: int,
    labelled: Sequence[str] = (),
    shares: Mapping[str, float] = SHARES,
) -> list[Routed]:
    """Choose whom to ask about what, at most `budget` labels, whatever the order of candidates.

    Args:
        candidates: Items without a label.
        budget: Labels that may be spent.
        seed: Of the audit and of the choice to re-label.
        labelled: Ids that have a label already; a share of them is labelled again, which measures
            people's own noise. Their inclusion is the chance within these ids.
        shares: By purpose. What a purpose cannot use goes to the highest value.
    """
    pool = sorted({c.id: c for c in candidates}.values(), key=lambda c: c.id)
    again = sorted(set(labelled) - {c.id for c in pool})
    quota = allot(budget, shares)
    repeats = _drawn(again, quota[RELABEL], seed, RELABEL)
    left = min(budget - len(repeats), len(pool))
    audit = _drawn([c.id for c in pool], min(quota[AUDIT], left), seed, AUDIT)
    targeted = _targeted(pool, left - len(audit) if left < len(pool) else left, quota)
    uniform = len(audit) / len(pool) if pool else 0.0
    purposes: dict[str, list[str]] = {name: [why] for name, why in targeted.items()}
    for name in audit:
        purposes.setdefault(name, []).append(AUDIT)
    found = [
        Routed(i, tuple(why), 1.0 if i in targeted else uniform) for i, why in purposes.items()
    ]
    return found + [Routed(i, (RELABEL,), len(repeats) / len(again)) for i in repeats]


def allot(budget: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Split a budget by largest remainder; the audit has at least one label of any budget."""
    total = sum(shares.values())
    exact = {k: budget * v / total for k, v in shares.items()}
    found = {k: int(v) for k, v in exact.items()}
    short = budget - sum(found.values())
    for key in sorted(exact, key=lambda k: found[k] - exact[k])[:short]:
        found[key] += 1
    if budget and not found[AUDIT]:
        found[max(found, key=lambda k: found[k])] -= 1
        found[AUDIT] = 1
    return found


def _targeted(pool: Sequence[Candidate], n: int, quota: Mapping[str, int]) -> dict[str, str]:
    """Return {id: purpose} of `n` items: new clusters, then the severest, then by value.

    Every new cluster has an item where `n` allows, at the expense of the value picks.
    """
    clusters = _spread_over_clusters(pool)
    fresh = len({c.cluster for c in clusters})
    room = min(n, max(quota[CLUSTER], min(fresh, quota[CLUSTER] + quota[VALUE])))
    picked = clusters[:room]
    found = {c.id: CLUSTER for c in picked}
    rest = [c for c in pool if c.id not in found]
    severest = sorted(rest, key=lambda c: (-c.severity, -c.value))[: n - len(found)]
    picked += severest[: quota[SEVERITY]]
    found |= {c.id: SEVERITY for c in severest[: quota[SEVERITY]]}
    rest = [c for c in rest if c.id not in found]
    return found | {c.id: VALUE for c in greedy(rest, n - len(found), beside=picked)}


def _spread_over_clusters(pool: Sequence[Candidate]) -> list[Candidate]:
    """Return the items of new clusters: every cluster's best first, then every second best."""
    seen: dict[str, int] = {}
    ranked = []
    for item in sorted(pool, key=lambda c: -c.value):
        if item.cluster is not None:
            seen[item.cluster] = seen.get(item.cluster, -1) + 1
            ranked.append((seen[item.cluster], -item.value, item.id, item))
    return [item for *_, item in sorted(ranked, key=lambda row: row[:3])]


def greedy(
    pool: Sequence[Candidate], n: int, *, beside: Sequence[Candidate] = ()
) -> list[Candidate]:
    """Return `n` items by value, each pick discounting the others' by 1 - cosine to it.

    What is picked already, `beside`, discounts too. Items that point away from a pick lose
    nothing. Cost: the pool times the picks.
    """
    value = np.array([c.value for c in pool], dtype=float)
    unit = _units([*pool, *beside])
    for other in unit[len(pool) :]:
        value *= 1 - np.clip(unit[: len(pool)] @ other, 0.0, 1.0)
    found: list[int] = []
    for _ in range(min(n, len(pool))):
        found.append(int(value.argmax()))
        value *= 1 - np.clip(unit[: len(pool)] @ unit[found[-1]], 0.0, 1.0)
        value[found] = -1.0
    return [pool[i] for i in found]


def _units(pool: Sequence[Candidate]) -> NDArray[np.float64]:
    width = max((len(c.vector) for c in pool), default=0)
    rows = np.zeros((len(pool), width))
    for row, item in zip(rows, pool, strict=True):
        if item.vector:
            row[:] = item.vector
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12))


def _drawn(names: Sequence[str], n: int, seed: int, why: str) -> list[str]:
    """Draw `n` names uniformly, by a hash of each."""
    return sorted(names, key=lambda name: seed_of(seed, why, name))[:n]
