"""What checkpoints of `requests` are asked and marked on by gold; no round reads the marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.critics.oracle import RequestsOracle
from superalign.games import Solo
from superalign.ledger import Ledger
from superalign.policies.local import LocalPolicy
from superalign.problems.cultures import Culture
from superalign.problems.requests.wrappers import split
from superalign.progress import Progress
from superalign.recipes.requests.attackers import Attackers
from superalign.recipes.requests.config import RequestsConfig
from superalign.recipes.requests.dimensions import (
    ITEMS,
    Dimensions,
    compared,
    mixtures,
    unlike,
)
from superalign.recipes.requests.measures import (
    SEARCHED,
    SEARCHED_BEYOND,
    broken,
    counted,
    test_problems,
)
from superalign.records import Problem, seed_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """Asks every checkpoint the same."""

    config: RequestsConfig
    attackers: Attackers
    cultures: Sequence[Culture]
    ledger: Ledger
    progress: Progress
    seed: int

    async def measure(self, policy: LocalPolicy) -> dict[str, Any]:
        """Return the kinds of replies by side and intent, sampled at temperature 1."""
        test = self._problems(self.config.test, "test")
        self.progress.begin("measure", sum(map(len, test.values())))
        found: dict[str, Any] = {}
        for side, problems in test.items():
            played = await Seeds(problems, chunk=512).attack(
                self._table(policy), budget=len(problems), seed=seed_of(self.seed, "measure", side)
            )
            found[side] = counted(played)
        if self.config.search:
            for key, families in zip((SEARCHED, SEARCHED_BEYOND), split(self.seed), strict=True):
                found[key] = await self._under_held_out(policy, families)
        return found

    async def _under_held_out(
        self, policy: LocalPolicy, families: tuple[str, ...]
    ) -> dict[str, Any]:
        """Return what comes of an attacker that never trains, at one budget for every policy."""
        seat = replace(self.attackers.seat, families=families)
        n = max(1, self.config.test // 2)
        name, attacker, budget = replace(self.attackers, seat=seat).held_out(self.config.attack, n)
        played = await attacker.attack(self._table(policy), budget=budget, seed=self.seed)
        return {"attacker": name, "budget": budget, **broken(played)}

    async def dimensions(self, learners: Sequence[LocalPolicy]) -> dict[str, Any]:
        """Return the learners of all rounds, and soups of the ends, as vectors compared."""
        first, last = learners[0], learners[-1]
        checkpoints = {**unlike(learners), **mixtures(first, last, self.ledger.checkpoints)}
        self.progress.begin("dimensions", len(checkpoints))
        sides = self._problems(min(ITEMS, self.config.test), "dimensions").values()
        seed = seed_of(self.seed, "dimensions")
        asked = Dimensions([p for side in sides for p in side], self.cultures, seed)
        scored = [
            await asked.measure(self._table(policy), policy, name)
            for name, policy in checkpoints.items()
        ]
        return compared(scored, seed=seed % 2**31)

    def _problems(self, n: int, purpose: str) -> dict[str, list[Problem]]:
        sides = dict(zip(("seen", "held_out"), split(self.seed), strict=True))
        return test_problems(sides, n, seed=seed_of(self.seed, purpose))

    def _table(self, policy: LocalPolicy) -> Table:
        return Table(
            learner=policy,
            game=Solo(),
            critic=RequestsOracle(),
            ledger=self.ledger,
            samples=1,
            progress=self.progress,
        )
