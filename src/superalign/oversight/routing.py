"""Who is labelled: the budget split by purpose, with the chance each item had.

New clusters of failures and the severest items are picked outright, chance 1. The labels for value
and for the audit are one draw over all the others: the audit's part of the chance is the same for
every item, the value's part is in proportion to its value. The draw is systematic (Madow 1949), so
that it has exactly as many items as labels and every item exactly the chance that is stored, which
`estimates.prediction_powered` divides by. Labels are worth most where the critic errs most; that
chances in proportion to its standard error are best is Neyman's allocation (1934), for models Zrnic
and Candes 2024 (arXiv 2403.03208). Items stand in the order of their stratum, so that neighbours,
such as replies to one problem, are seldom drawn together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
    """U: how unsure the critic is; its standard error makes the estimate sharpest."""
    severity: float = 1.0
    novelty: float = 0.0
    influence: float = 1.0
    """What hangs on it, for instance the chance that a label turns a pair round."""
    cluster: str | None = None
    """Id of the new failure cluster it belongs to, if to any."""
    stratum: str = ""
    """What its neighbours share, for instance the problem it answers."""

    @property
    def value(self) -> float:
        """The value v = U * severity * (1 + novelty) * influence."""
        return self.uncertainty * self.severity * (1 + self.novelty) * self.influence


@dataclass(frozen=True, slots=True)
class Routed:
    """An item to label, what for, and the chance it had of being labelled."""

    id: str
    purpose: str
    """Of a drawn item, the purpose that gave it the larger part of its chance."""
    inclusion: float


def route(
    candidates: Sequence[Candidate],
    budget: int,
    *,
    seed: int,
    shares: Mapping[str, float] = SHARES,
) -> list[Routed]:
    """Choose whom to ask about what: `budget` labels, or all, whatever the candidates' order.

    Args:
        candidates: Items without a label.
        budget: Labels that may be spent.
        seed: Of the draw.
        shares: By purpose; one left out is 0, and a share to re-label is `again`'s to spend. What
            a purpose cannot use goes to the draw.
    """
    pool = sorted({c.id: c for c in candidates}.values(), key=lambda c: c.id)
    firsts = {k: v for k, v in shares.items() if k != RELABEL}
    quota = allot(budget, {**dict.fromkeys(SHARES, 0.0), **firsts})
    left = min(budget, len(pool))
    picked = _picked(pool, left, quota)
    rest = [c for c in pool if c.id not in picked]
    found = [Routed(name, why, 1.0) for name, why in picked.items()]
    return found + _sample(rest, left - len(picked), quota, seed)


def again(labelled: Sequence[Candidate], n: int, *, seed: int) -> list[Routed]:
    """Choose `n` labelled items (all, if fewer) for a second look, which measures people's noise.

    Half of an item's chance is the same for all, half is in proportion to its value; here its
    uncertainty is how far the critic is from the label.
    """
    found = _sample(labelled, min(n, len(labelled)), {VALUE: 1, AUDIT: 1}, seed_of(seed, RELABEL))
    return [replace(r, purpose=RELABEL) for r in found]


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


def _picked(pool: Sequence[Candidate], n: int, quota: Mapping[str, int]) -> dict[str, str]:
    """Return {id: purpose} of what is labelled outright: new clusters, then the severest.

    Where clusters have a share at all, every new one has an item if `n` allows, at the expense of
    the drawn ones.
    """
    clusters = _spread_over_clusters(pool) if quota[CLUSTER] else []
    fresh = len({c.cluster for c in clusters})
    room = min(n, max(quota[CLUSTER], min(fresh, quota[CLUSTER] + quota[VALUE])))
    found = {c.id: CLUSTER for c in clusters[:room]}
    rest = [c for c in pool if c.id not in found]
    severest = sorted(rest, key=lambda c: (-c.severity, -c.value))[: n - len(found)]
    return found | {c.id: SEVERITY for c in severest[: quota[SEVERITY]]}


def _sample(pool: Sequence[Candidate], n: int, quota: Mapping[str, int], seed: int) -> list[Routed]:
    """Draw `n` items, audit and value together."""
    if n <= 0 or not pool:
        return []
    ordered = sorted(pool, key=lambda c: (seed_of(seed, "stratum", c.stratum), c.stratum, c.id))
    value = np.array([c.value for c in ordered], dtype=float)
    worth = value / value.sum() if value.sum() > 0 else np.full(len(ordered), 1 / len(ordered))
    audit = quota[AUDIT] / max(1, quota[AUDIT] + quota[VALUE])
    size = audit / len(ordered) + (1 - audit) * worth
    chances = inclusion(size, n)
    chosen = systematic(chances, seed_of(seed, "start") / 2**63)
    targeted = (1 - audit) * worth > audit / len(ordered)
    return [
        Routed(ordered[i].id, VALUE if targeted[i] else AUDIT, float(chances[i])) for i in chosen
    ]


def inclusion(size: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return chances in proportion to `size`, at most 1, that sum to `n` (to all, if fewer)."""
    if n >= len(size):
        return np.ones(len(size))
    sure = np.zeros(len(size), dtype=bool)
    while True:
        free = ~sure
        scaled = np.where(sure, 1.0, size * (n - sure.sum()) / max(size[free].sum(), 1e-300))
        over = free & (scaled >= 1)
        if not over.any():
            return np.asarray(scaled, dtype=np.float64)
        sure |= over


def systematic(chances: NDArray[np.float64], start: float) -> list[int]:
    """Return the items in which the points start, start + 1, ... of the running sum fall.

    `start` is uniform in [0, 1); each item is drawn with exactly its chance.
    """
    upto = np.cumsum(chances)
    points = np.arange(start, upto[-1] - 1e-9, 1.0)
    return [int(i) for i in np.minimum(np.searchsorted(upto, points, "right"), len(chances) - 1)]


def _spread_over_clusters(pool: Sequence[Candidate]) -> list[Candidate]:
    """Return the items of new clusters: every cluster's best first, then every second best."""
    seen: dict[str, int] = {}
    ranked = []
    for item in sorted(pool, key=lambda c: -c.value):
        if item.cluster is not None:
            seen[item.cluster] = seen.get(item.cluster, -1) + 1
            ranked.append((seen[item.cluster], -item.value, item.id, item))
    return [item for *_, item in sorted(ranked, key=lambda row: row[:3])]
