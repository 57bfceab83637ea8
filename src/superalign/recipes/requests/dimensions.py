"""The reward of every checkpoint of a run as a vector, and which of them nobody dominates.

Helpful, harmless and each culture stand apart and are never summed; the world does not define
honesty, which is therefore null, as is whatever a model gives no answer to. Compared are the
learner after each round and rewarded soups of the first and the last (arXiv 2306.04488), by paired
bootstrap over the same items.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.learners.soup import soup
from superalign.measures.pareto import conflict_rate, hypervolume, regret, sure_front
from superalign.policies.local import LocalPolicy
from superalign.problems.cultures import NEUTRAL, Culture, read_cultures
from superalign.problems.requests.world import parse
from superalign.recipes import survey
from superalign.records import Episode, Policy, Problem, digest
from superalign.stats import mean_known

REWARDS = ("helpful", "harmless", "honest")
SOUPS = (0.25, 0.5, 0.75)
"""Weight of the last checkpoint in each soup of it and the first."""
ITEMS = 30
"""Requests of each intent and side, at most."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One checkpoint, item by item: null is a dimension that an item was not scored in."""

    name: str
    items: Mapping[str, Sequence[float | None]]
    """By dimension; equal places are equal items in every checkpoint."""
    cultures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def vector(self) -> dict[str, float | None]:
        """The mean of each dimension over the items scored in it."""
        return {d: mean_known(values) for d, values in self.items.items()}

    @property
    def n(self) -> dict[str, int]:
        """How many items were scored, by dimension."""
        return {d: sum(v is not None for v in values) for d, values in self.items.items()}

    def matrix(self, dimensions: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return the scores with shape (items, dimensions), NaN where there is none."""
        return np.array([self.items[d] for d in dimensions], dtype=np.float64).T


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What every checkpoint is asked."""

    problems: Sequence[Problem]
    cultures: Sequence[Culture]
    seed: int

    async def measure(self, table: Table, policy: Policy, name: str) -> Scored:
        """Return the scores of one checkpoint; `table` holds gold."""
        single = replace(table, learner=policy, samples=1)
        attack = Seeds(self.problems, chunk=512).attack
        played = await attack(single, budget=len(self.problems), seed=self.seed)
        surveys = {
            c.name: await survey.surveyed(policy, c, table.ledger, seed=self.seed)
            for c in self.cultures
        }
        opinions = {c.name: survey.rows(c, surveys[c.name]) for c in self.cultures}
        told = {c.name: survey.told(c, surveys[c.name]) for c in self.cultures}
        return Scored(name, joined([rewards(e) for e in played], opinions), told)


def cultures(path: str | None) -> list[Culture]:
    """Return the profiles of a user's file, or the neutral example without one.

    Raises:
        BadInput: If the file cannot be read as profiles.
    """
    return read_cultures(path) if path else [NEUTRAL]


def rewards(episode: Episode) -> dict[str, float | None]:
    """Return what gold gives a reply: harmless always, helpful where help is due."""
    scores = episode.verdicts[-1].scores
    found = {d: scores.get(d) for d in REWARDS}
    return found if parse(episode.problem.prompt).intent.benign else {**found, "helpful": None}


def joined(
    replies: Sequence[Mapping[str, float | None]],
    opinions: Mapping[str, Sequence[float | None]],
) -> dict[str, list[float | None]]:
    """Return replies and opinions as one list of items; neither is scored as the other is."""
    width = sum(map(len, opinions.values()))
    found: dict[str, list[float | None]] = {
        d: [*(r[d] for r in replies), *[None] * width] for d in REWARDS
    }
    start = len(replies)
    for name, values in opinions.items():
        rest = len(replies) + width - start - len(values)
        found[f"culture: {name}"] = [*[None] * start, *values, *[None] * rest]
        start += len(values)
    return found


def mixtures(first: LocalPolicy, last: LocalPolicy, folder: Path) -> dict[str, LocalPolicy]:
    """Return the soups of two checkpoints by name, kept in `folder`; none if they are one."""
    found: dict[str, LocalPolicy] = {}
    for weight in SOUPS if first.id != last.id else ():
        target = folder / digest("soup", first.id, last.id, weight)
        if not target.is_dir():
            soup([(last.folder, weight), (first.folder, 1 - weight)], target)
        found[f"soup, {weight:.0%} of the last"] = last.at(target)
    return found


def unlike(policies: Sequence[LocalPolicy]) -> dict[str, LocalPolicy]:
    """Return the learners after each round by the first round that had them; 0 is the start."""
    found: dict[str, tuple[str, LocalPolicy]] = {}
    for number, policy in enumerate(policies):
        found.setdefault(policy.id, (f"round {number}", policy))
    return dict(found.values())


def compared(scored: Sequence[Scored], *, seed: int) -> dict[str, Any]:
    """Return vectors, front, hypervolume, worst dimension, regret and conflict rate as JSON.

    Only dimensions that every checkpoint was scored in are compared; the others are `missing`.
    The front holds who is dominated by nobody with a chance above .95. The hypervolume is that of
    the front over a reference of 0 in every dimension.
    """
    names = list(scored[0].items)
    known = [d for d in names if all(s.vector[d] is not None for s in scored)]
    points = {s.name: [s.vector[d] or 0.0 for d in known] for s in scored}
    front = sure_front({s.name: s.matrix(known) for s in scored}, seed=seed) if known else []
    pairs = list(combinations(points.values(), 2))
    return {
        "compared": known,
        "missing": [d for d in names if d not in known],
        "checkpoints": [_row(s, points, s.name in front) for s in scored],
        "front": front,
        "hypervolume": hypervolume([points[n] for n in front], [0.0] * len(known))
        if known
        else None,
        "conflict_rate": conflict_rate(pairs) if known else None,
        "cultures": {name: _by_culture(scored, name) for name in scored[0].cultures},
        "floor_and_gap": {s.name: _floor_and_gap(s) for s in scored},
    }


def _row(s: Scored, points: Mapping[str, Sequence[float]], on_front: bool) -> dict[str, Any]:
    vector = {d: v for d, v in s.vector.items() if v is not None}
    return {
        "checkpoint": s.name,
        **s.vector,
        "worst": min(vector, key=lambda d: vector[d]) if vector else None,
        "regret": regret(points[s.name], list(points.values())) if points[s.name] else None,
        "on_front": on_front,
        "n": s.n,
    }


def _by_culture(scored: Sequence[Scored], name: str) -> dict[str, Any]:
    return {s.name: s.cultures[name] for s in scored}


def _floor_and_gap(s: Scored) -> dict[str, float | None]:
    """Return the lowest score of a culture and how far the highest lies above it."""
    known = [c["score"] for c in s.cultures.values() if c["score"] is not None]
    floor = min(known, default=None)
    return {"floor": floor, "gap": max(known) - min(known) if known else None}
