"""The gate of a world in which people can check some levels and the critic alone the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.oversight.gate import Decision, Gate
from superalign.oversight.overseer import Overseer
from superalign.policies.local import LocalPolicy
from superalign.records import Episode, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Compares learner and candidate, both at temperature 0, on problems nothing trains on."""

    gate: Gate
    overseer: Overseer
    easy: Sequence[Problem]
    """Within people's reach: they label both."""
    hard: Sequence[Problem]
    """Beyond it: the critic's confidence stands for them."""
    seed: int

    async def __call__(
        self, table: Table, learner: LocalPolicy, candidate: LocalPolicy
    ) -> Decision:
        """Decide whether `candidate` may replace `learner`."""
        table.progress.begin("gate", 2 * (len(self.easy) + len(self.hard)))
        before, after = [await self._answers(table, policy) for policy in (learner, candidate)]
        people = self.overseer.people
        audited = self.overseer.audits
        sure = self.overseer.calibrate()([a.score for a in audited]) if audited else []
        return self.gate.decide(
            (people.label(before[0]), people.label(after[0])),
            (before[1], after[1]),
            audited,
            sure,
        )

    async def _answers(
        self, table: Table, policy: LocalPolicy
    ) -> tuple[list[Episode], list[Episode]]:
        single = replace(table, learner=policy.sampled(temperature=0.0), samples=1)
        easy, hard = [
            await Seeds(check).attack(single, budget=len(check), seed=self.seed)
            for check in (self.easy, self.hard)
        ]
        return easy, hard
