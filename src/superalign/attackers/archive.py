"""The quality-diversity attacker: it fills an archive of risk x style with attacks that work.

Rainbow Teaming (Samvelyan et al. 2024, arXiv 2402.16822) with the probabilistic fitness of
RainbowPlus (Dang et al. 2025, arXiv 2504.15047), and three repairs: a child is filed where a
classifier finds it, not where it was meant to go; a place is lost only to what is better by more
than noise; and elites, which won by luck as well, are played anew ("winner's curse").
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from superalign.attackers.cells import Cell, Cells, Elite
from superalign.attackers.mutations import Axis
from superalign.attackers.offspring import Child, Classify, Offspring, Plan
from superalign.attackers.protocol import Table
from superalign.attackers.scoring import Purse, Shot
from superalign.attackers.validity import Validity
from superalign.records import Episode, Problem, digest, seed_of

BARREN = 5
"""Waves in a row without one valid attack after which the attack ends."""


@dataclass(slots=True, kw_only=True)
class Archive:
    """An archive that goes on from round to round, and belongs to one learner at a time.

    When learner or critic is another than last time, every elite is played anew first, the best
    ones first; what the budget does not reach leaves. Everything paid for is a step of the ledger,
    so that the same calls on the same run, after a kill, give the same archive again.
    """

    seeds: Sequence[Problem]
    """Parents of the first attacks, in order; then elites are."""
    axes: Sequence[Axis]
    classify: Classify | None = None
    """Says where an attack belongs; without it, it is where it was meant to go."""
    valid: Validity = field(default_factory=Validity)
    temperature: float = 0.1
    """How much the choice of cells leans to those where little is found."""
    room: int = 1
    floor: float = 0.5
    margin: float = 1.0
    batch: int = 8
    """Attacks per wave."""
    refresh: int = 5
    """Waves between two new looks at all elites; 0 for none."""
    decay: float = 0.5
    """Weight of an elite's old samples at each new look."""
    hints: int = 3
    """Elites of the target cell shown to the attacker."""
    cells: Cells = field(init=False)
    tally: Counter[str] = field(init=False, default_factory=Counter)
    """Attacks asked for, replies that took, not played by reason, re-filed, evicted, unscored."""
    _owner: str | None = field(init=False, default=None)
    _planned: int = field(init=False, default=0)
    _waves: int = field(init=False, default=0)
    _tried: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        values = [axis.values for axis in self.axes]
        self.cells = Cells(axes=values, room=self.room, floor=self.floor, margin=self.margin)

    @property
    def id(self) -> str:
        """Names everything that decides how the archive grows."""
        numbers = [self.temperature, self.room, self.floor, self.margin, self.batch]
        numbers += [self.refresh, self.decay, self.hints]
        seeds = [p.id for p in self.seeds]
        return digest("archive", seeds, self._offspring.id, numbers)

    @property
    def _offspring(self) -> Offspring:
        return Offspring(self.axes, self.valid, self.classify)

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return everything played, elites played anew included."""
        purse = Purse(table, budget)
        await self._adopt(purse, seed_of(seed, "archive", "adopt"))
        barren = 0
        while purse.problems and barren < BARREN:
            at = seed_of(seed, "archive", self._waves)
            if self.refresh and self._waves % self.refresh == self.refresh - 1:
                await self._look_again(purse, at)
            barren = 0 if await self._wave(purse, at) else barren + 1
            self._waves += 1
        await table.ledger.once("archive", [self.id, seed, self._state()], self._snapshot)
        return purse.tried

    async def _adopt(self, purse: Purse, seed: int) -> None:
        """Play all elites against a new learner; what was known of the old one counts no more."""
        owner = digest(purse.table.learner.id, purse.table.critic.id)
        if self._owner not in (None, owner):
            best = sorted(self.cells.elites, key=lambda e: (-e.fitness, e.problem.id))
            shots = await purse.play([e.problem for e in best], seed=seed)
            self._renew(best, shots, decay=0.0)
            self.cells.hits = Counter(e.cell for e in self.cells.elites)
            self._tried = {e.problem.id for e in self.cells.elites}
        self._owner = owner

    async def _look_again(self, purse: Purse, seed: int) -> None:
        """Play elites again with fresh samples, all of them if the budget lasts for that."""
        elites = self.cells.elites
        shots = await purse.play([e.problem for e in elites], seed=seed_of(seed, "again"))
        self._renew(elites, shots, decay=self.decay, rest=elites[len(shots) :])

    def _renew(
        self,
        elites: Sequence[Elite],
        shots: Sequence[Shot],
        *,
        decay: float,
        rest: Sequence[Elite] = (),
    ) -> None:
        pairs = zip(elites, shots, strict=False)
        again = [
            e.seen_again(s.estimate, [p.id for p in s.episodes], decay=decay) for e, s in pairs
        ]
        self.tally["unscored"] += sum(s.estimate.mean is None for s in shots)
        stay = [*again, *rest]
        self.tally["evicted"] += len(elites) - len(stay) + self.cells.renew(stay)

    async def _wave(self, purse: Purse, seed: int) -> bool:
        """Make a batch of attacks, play and file them; say whether there was one to play."""
        rng = random.Random(seed_of(seed, "plan"))
        plans = [self._plan(rng) for _ in range(min(self.batch, purse.problems))]
        known = [e.problem.prompt for e in self.cells.elites]
        children = await self._offspring.make(purse.table.ledger, plans, known, seed=seed)
        playable = self._counted(children)
        shots = await purse.play([p for _, p, _ in playable], seed=seed)
        for (plan, _, cell), shot in zip(playable, shots, strict=True):
            self._file(plan, cell, shot)
        return bool(shots)

    def _plan(self, rng: random.Random) -> Plan:
        """Choose a parent, from the seeds while one is unused, and the cell to move it to."""
        elites = self.cells.elites
        lineage: tuple[str, ...] = ()
        if self._planned < len(self.seeds) or not elites:
            parent = self.seeds[self._planned % len(self.seeds)]
        else:
            elite = rng.choice(elites)
            parent, lineage = elite.problem, elite.lineage
        self._planned += 1
        cell = self.cells.target(self.temperature, rng)
        hints = [e.problem.prompt for e in self.cells.held.get(cell, [])[: self.hints]]
        return Plan(parent, cell, tuple(hints), (*lineage, parent.id))

    def _counted(self, children: Sequence[Child]) -> list[tuple[Plan, Problem, Cell]]:
        """Count what was asked, refused and moved; return what is valid and was never tried."""
        found: list[tuple[Plan, Problem, Cell]] = []
        for child in children:
            self.tally["asked"] += 1
            self.tally["replies"] += child.asked
            if child.problem is None or child.cell is None:
                self.tally[f"invalid: {child.invalid}"] += 1
            elif child.problem.id in self._tried:
                self.tally["invalid: tried"] += 1
            else:
                self.tally["refiled"] += child.cell != child.plan.cell
                self._tried.add(child.problem.id)
                found.append((child.plan, child.problem, child.cell))
        return found

    def _file(self, plan: Plan, cell: Cell, shot: Shot) -> None:
        self.tally["unscored"] += shot.estimate.mean is None
        elite = Elite(
            problem=shot.problem,
            cell=cell,
            estimate=shot.estimate,
            episodes=tuple(e.id for e in shot.episodes),
            born=self._waves,
            lineage=plan.lineage,
        )
        self.cells.put(elite)

    def _state(self) -> dict[str, Any]:
        return {"owner": self._owner, "waves": self._waves, "elites": self.cells.rows()}

    async def _snapshot(self) -> dict[str, Any]:
        """Return state, measures and tally as JSON, for the ledger."""
        return {**self._state(), **self.cells.measures(), "tally": dict(self.tally)}
