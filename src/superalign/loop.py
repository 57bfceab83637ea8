"""The loop: attack, answer, judge, route, recalibrate, credit, learn, gate, promote or roll back.

One round is `Loop.round`, read top to bottom. Every step that costs anything is recorded by
content, so a killed loop run again goes on where it stopped and ends with the same result.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from superalign import credit
from superalign.attackers.protocol import Attacker, Table
from superalign.attackers.seeds import Seeds
from superalign.critics import Calibratable, Critic
from superalign.games import Game
from superalign.learners.protocol import Learner
from superalign.ledger import Ledger
from superalign.oversight.gate import Decision, Gate
from superalign.oversight.overseer import Overseer
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import Episode, Example, Outcome, Problem, seed_of

Measure = Callable[[LocalPolicy, int], Awaitable[Any]]
"""Measures a policy after a round against gold. Nothing in the loop reads what it returns."""


@dataclass(slots=True)
class State:
    """What a round hands to the next."""

    learner: LocalPolicy
    critic: Critic
    accepted: list[Example] = field(default_factory=list)
    """Everything accepted in promoted and rolled-back rounds alike, oldest first."""


@dataclass(frozen=True, slots=True)
class Round:
    """What happened in a round."""

    number: int
    learner: LocalPolicy
    tried: list[Episode]
    examples: int
    decision: Decision
    labels: dict[str, int]
    """Labels spent so far, by level."""
    measured: Any

    @property
    def unscored(self) -> int:
        """Episodes the critic could not judge."""
        return sum(e.verdicts[-1].outcome == Outcome.UNSCORED for e in self.tried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """Everything a round needs that does not change from round to round."""

    ledger: Ledger
    game: Game
    attacker: Attacker
    learner: Learner[LocalPolicy]
    overseer: Overseer
    gate: Gate
    checks: tuple[Sequence[Problem], Sequence[Problem]]
    """Problems for the gate: within people's reach, and beyond it."""
    anchor: Sequence[Example]
    """Solutions that people approved; every round learns from them too."""
    measure: Measure
    progress: Progress
    budget: int
    """Samples of the learner per round."""
    samples: int
    """Answers per problem."""
    audits: int
    """Labels per round for auditing the critic."""
    per_problem: int
    """Accepted answers to learn from, per problem."""
    seed: int

    async def round(self, state: State, number: int) -> tuple[State, Round]:
        """Run one round."""
        seed = seed_of(self.seed, "round", number)
        table = Table(
            learner=state.learner,
            game=self.game,
            critic=state.critic,
            ledger=self.ledger,
            samples=self.samples,
            progress=self.progress,
        )
        with self.progress.stage(f"round {number}: attack, answer, judge", self.budget):
            tried = await self.attacker.attack(table, budget=self.budget, seed=seed)
        critic, tried = self._oversee(state.critic, tried)
        fresh = credit.at_most(credit.distinct(credit.accepted(tried, critic.id)), self.per_problem)
        old = credit.replayed(state.accepted, len(fresh) // 2, seed=seed)
        examples = [*fresh, *old, *self.anchor]
        with self.progress.stage(f"round {number}: learn", getattr(self.learner, "steps", None)):
            candidate = self.learner.improve(state.learner, examples, seed=seed)
        decision = await self._gate(replace(table, critic=critic), (state.learner, candidate))
        learner = candidate if decision.promoted else state.learner
        self.progress.begin(f"round {number}: measure")
        measured = await self.measure(learner, number)
        done = Round(
            number, learner, tried, len(fresh), decision, self.overseer.people.spent(), measured
        )
        return State(learner, critic, [*state.accepted, *fresh]), done

    def _oversee(self, critic: Critic, tried: list[Episode]) -> tuple[Critic, list[Episode]]:
        """Have people audit the critic, and recalibrate it on all they have said."""
        self.overseer.audit(self.overseer.route(tried, budget=self.audits))
        if not isinstance(critic, Calibratable):
            return critic, tried
        critic = critic.calibrated(self.overseer.calibrate())
        return critic, critic.rejudge(tried)

    async def _gate(self, table: Table, pair: tuple[LocalPolicy, LocalPolicy]) -> Decision:
        """Compare learner and candidate, both at temperature 0, on the gate's problems."""
        easy, hard = [], []
        self.progress.begin("gate", 2 * sum(map(len, self.checks)))
        for policy in pair:
            single = replace(table, learner=policy.sampled(temperature=0.0), samples=1)
            seen, unseen = [
                await Seeds(check).attack(single, budget=len(check), seed=self.seed)
                for check in self.checks
            ]
            easy.append(self.overseer.people.label(seen))
            hard.append(unseen)
        audited = self.overseer.audits
        calibration = self.overseer.calibrate()
        sure = calibration([a.score for a in audited]) if audited else []
        return self.gate.decide((easy[0], easy[1]), (hard[0], hard[1]), audited, sure)
