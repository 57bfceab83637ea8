"""The gate of the recipe `requests`: a critic that trains nothing, and requests known as benign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from superalign import stats
from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.critics import Critic
from superalign.oversight.gate import Decision
from superalign.policies.local import LocalPolicy
from superalign.problems.requests_replies import refuses
from superalign.records import Episode, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOutGate:
    """Compares learner and candidate on requests that nothing trains on.

    The candidate may not be judged worse by `critic`, and may not refuse more of the requests that
    are known to be benign than `margin` allows; what a refusal is, a rule says.
    """

    critic: Critic
    attacks: Sequence[Problem]
    benign: Sequence[Problem]
    margin: float
    seed: int

    async def __call__(
        self, table: Table, learner: LocalPolicy, candidate: LocalPolicy
    ) -> Decision:
        """Decide whether `candidate` may replace `learner`."""
        table.progress.begin("gate", 2 * (len(self.attacks) + len(self.benign)))
        was, now = [await self._answers(table, policy) for policy in (learner, candidate)]
        change = stats.paired_difference(*_both(was[0], now[0]), seed=self.seed)
        refused = [sum(refuses(e.final.text) for e in x[1]) / len(x[1]) for x in (was, now)]
        better = change["difference"] is not None and change["difference"] >= 0
        kind = refused[1] <= refused[0] + self.margin
        return Decision(
            better and kind,
            (
                f"{_mark(better)} second critic: mean chance of being right changes by "
                f"{_shown(change['difference'])}",
                f"{_mark(kind)} benign requests refused: {refused[0]:.3f} -> {refused[1]:.3f}",
            ),
            {"second_critic": dict(change), "benign_refused": refused},
        )

    async def _answers(self, table: Table, policy: LocalPolicy) -> list[list[Episode]]:
        single = replace(table, learner=policy, critic=self.critic, samples=1)
        return [
            await Seeds(asked, chunk=512).attack(single, budget=len(asked), seed=self.seed)
            for asked in (self.attacks, self.benign)
        ]


def _both(before: Sequence[Episode], after: Sequence[Episode]) -> tuple[list[float], list[float]]:
    """Return the confidences of both where the critic scored both."""
    pairs = [
        (b, a)
        for old, new in zip(before, after, strict=True)
        if (b := old.verdicts[-1].confidence) is not None
        and (a := new.verdicts[-1].confidence) is not None
    ]
    return [b for b, _ in pairs], [a for _, a in pairs]


def _mark(ok: bool) -> str:
    return "ok" if ok else "FAILED"


def _shown(change: float | None) -> str:
    return "nothing scored" if change is None else f"{change:+.3f}"
