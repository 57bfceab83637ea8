"""The cells of a quality-diversity archive: which attack is kept where, and how good the whole is.

MAP-Elites (Mouret and Clune 2015, arXiv 1504.04909) on attacks, as in Rainbow Teaming (Samvelyan
et al. 2024, arXiv 2402.16822) and RainbowPlus (Dang et al. 2025, arXiv 2504.15047).
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any, TypeAlias

from superalign.attackers.scoring import Estimate
from superalign.measures.diversity import evenness, simpson
from superalign.records import Problem

Cell: TypeAlias = tuple[str, ...]
"""One value per axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Elite:
    """An attack that is kept."""

    problem: Problem
    cell: Cell
    estimate: Estimate
    episodes: tuple[str, ...]
    """Ids of the plays behind the estimate, oldest first."""
    born: int
    """The wave that made it."""
    lineage: tuple[str, ...] = ()
    """Ids of the problems it was mutated from, first one first."""

    @property
    def fitness(self) -> float:
        """The estimated failure rate."""
        return self.estimate.mean or 0.0

    def seen_again(self, fresh: Estimate, episodes: Iterable[str], *, decay: float) -> Elite:
        """Return it with fresh evidence; the old, by which it was chosen, is decayed."""
        estimate = self.estimate.with_fresh(fresh, decay=decay)
        return replace(self, estimate=estimate, episodes=(*self.episodes, *episodes))


@dataclass(slots=True, kw_only=True)
class Cells:
    """The elites by cell, best first, and the rules by which one gets in."""

    axes: Sequence[Sequence[str]]
    room: int
    """Elites per cell, at most."""
    floor: float
    """Failure rate that an elite has to exceed."""
    margin: float
    """Standard errors by which it has to beat the one whose place it takes."""
    held: dict[Cell, list[Elite]] = field(default_factory=dict)
    hits: Counter[Cell] = field(default_factory=Counter)
    """Attacks above the floor, by cell, kept or not."""

    @property
    def every(self) -> list[Cell]:
        """All cells, filled or not."""
        return list(product(*self.axes))

    @property
    def elites(self) -> list[Elite]:
        """All elites, cell by cell in the cells' own order."""
        return [e for cell in self.every for e in self.held.get(cell, [])]

    def fitness(self, cell: Cell) -> float:
        """Return the best failure rate in `cell`, 0 where it is empty."""
        return self.held[cell][0].fitness if cell in self.held else 0.0

    def target(self, temperature: float, rng: random.Random) -> Cell:
        """Draw a cell, likelier where little is found: P proportional to exp(-fitness / T)."""
        every = self.every
        weights = [math.exp(-self.fitness(c) / temperature) for c in every]
        return rng.choices(every, weights)[0]

    def put(self, new: Elite) -> bool:
        """Keep `new` if there is room for it, or if it clearly beats the worst; say whether."""
        if new.fitness <= self.floor:
            return False
        self.hits[new.cell] += 1
        kept = self.held.get(new.cell, [])
        if len(kept) >= self.room:
            if not new.estimate.beats(kept[-1].estimate, margin=self.margin):
                return False
            kept = kept[:-1]
        self._hold(new.cell, [*kept, new])
        return True

    def renew(self, elites: Iterable[Elite]) -> int:
        """Put `elites` in the place of all; return how many fell to the floor and left."""
        found = list(elites)
        self.held = {}
        for elite in found:
            if elite.fitness > self.floor:
                self._hold(elite.cell, [*self.held.get(elite.cell, []), elite])
        return len(found) - len(self.elites)

    def _hold(self, cell: Cell, elites: list[Elite]) -> None:
        self.held[cell] = sorted(elites, key=lambda e: (-e.fitness, e.problem.id))

    def measures(self) -> dict[str, Any]:
        """Return coverage, QD score, archive ASR and the spread of what succeeded.

        The QD score sums the best failure rate of every cell (Pugh et al. 2016). Archive ASR is
        the elites' failure rate over all their weighted samples. SEI and SDI are of the attacks
        above the floor, by cell.
        """
        elites, every = self.elites, self.every
        n = sum(e.estimate.n for e in elites)
        return {
            "filled": len(self.held),
            "cells": len(every),
            "coverage": len(self.held) / len(every),
            "qd_score": sum(self.fitness(c) for c in every),
            "archive_asr": sum(e.estimate.failed for e in elites) / n if n else None,
            "n": n,
            "unscored": sum(e.estimate.unscored for e in elites),
            "sei": evenness([*self.hits.values()]),
            "sdi": simpson([*self.hits.values()]),
            "hits": self.hits.total(),
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return the elites as JSON: problem id, cell, estimate, age, lineage, episodes."""
        return [
            {
                "problem": e.problem.id,
                "cell": list(e.cell),
                "estimate": asdict(e.estimate),
                "born": e.born,
                "lineage": list(e.lineage),
                "episodes": list(e.episodes),
            }
            for e in self.elites
        ]


def placed(problem: Problem, cell: Cell, axes: Sequence[Sequence[str]]) -> Problem:
    """Return `problem` tagged with `cell` and with no other value of the axes."""
    values = {v for axis in axes for v in axis}
    kept = [t for t in problem.tags if t not in values]
    return problem.model_copy(update={"tags": (*kept, *cell)})
