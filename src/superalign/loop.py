"""The loop: attack, answer, judge, route, recalibrate, credit, learn, gate, promote or roll back.

One round is `Loop.round`, read top to bottom; every recipe runs this one, by `Loop.run`. Every step
that costs anything is recorded by content, so a killed loop run again goes on where it stopped and
ends with the same result.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from superalign.attackers.protocol import Attacker, Table
from superalign.critics import Calibratable, Critic
from superalign.games import Game
from superalign.learners.protocol import Learner
from superalign.ledger import Ledger
from superalign.oversight.gate import Decision
from superalign.oversight.overseer import Overseer
from superalign.progress import Progress
from superalign.records import Episode, Example, Outcome, Policy, seed_of

P = TypeVar("P", bound=Policy)
P_contra = TypeVar("P_contra", bound=Policy, contravariant=True)
M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Lesson(Generic[M]):
    """What a candidate is trained on."""

    examples: Sequence[Example]
    fresh: int
    """How many of them this round found."""
    memory: M
    """What later rounds shall know of this one, whether its candidate is promoted or not."""
    parts: Mapping[str, int] = field(default_factory=dict)
    """How many of the examples are of which kind, where the rule of credit mixes several."""


class Teach(Protocol[M]):
    """Credit: turns what was tried and judged, and what is remembered, into a lesson."""

    async def __call__(
        self, table: Table, tried: Sequence[Episode], memory: M, *, seed: int
    ) -> Lesson[M]: ...


class Gatekeeper(Protocol[P_contra]):
    """Decides whether `candidate` may replace `learner`."""

    async def __call__(self, table: Table, learner: P_contra, candidate: P_contra) -> Decision: ...


@dataclass(frozen=True, slots=True)
class State(Generic[P, M]):
    """What a round hands to the next."""

    learner: P
    critic: Critic
    memory: M


@dataclass(frozen=True, slots=True)
class Round(Generic[P]):
    """What happened in a round."""

    number: int
    learner: P
    tried: list[Episode]
    examples: int
    """Examples that this round found."""
    decision: Decision
    labels: dict[str, int]
    """Labels spent so far, by level."""
    measured: Any
    parts: Mapping[str, int] = field(default_factory=dict)
    """Of the lesson."""
    stopped: str | None = None
    """Why the loop ends here, before its last round."""

    @property
    def unscored(self) -> int:
        """Episodes the critic could not judge."""
        return sum(e.verdicts[-1].outcome == Outcome.UNSCORED for e in self.tried)


async def endless(done: Round[Any]) -> None:
    """Give no reason to end."""


async def unmeasured(policy: Policy, number: int) -> None:
    """Measure nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop(Generic[P, M]):
    """Everything a round needs that does not change from round to round."""

    ledger: Ledger
    game: Game
    attacker: Attacker
    teach: Teach[M]
    learner: Learner[P]
    overseer: Overseer
    gate: Gatekeeper[P]
    milder: Callable[[P, P], P] | None = None
    """Returns a policy between the learner and a candidate that the gate refused, to try instead;
    a lesson can be right and yet too much of it."""
    measure: Callable[[P, int], Awaitable[Any]] = unmeasured
    """Measures a policy after a round against gold. Nothing in the loop reads what it returns."""
    stop: Callable[[Round[P]], Awaitable[str | None]] = endless
    """Says after a round why no other should follow, if so. It may depend on what is recorded
    alone, so that a killed loop run again ends where it would have ended."""
    progress: Progress
    budget: int
    """Samples of the learner per round."""
    samples: int
    """Answers per problem."""
    audits: int = 0
    """Labels per round for auditing the critic."""
    seed: int

    async def run(
        self, state: State[P, M], rounds: int
    ) -> AsyncIterator[tuple[State[P, M], Round[P]]]:
        """Yield each of at most `rounds` rounds with the state after it; `stop` ends them early."""
        for number in range(1, rounds + 1):
            state, done = await self.round(state, number)
            reason = await self.stop(done)
            if number == rounds or not reason:
                yield state, done
                continue
            yield state, replace(done, stopped=reason)
            self.progress.say(f"ended after round {number} of {rounds}: {reason}")
            return

    async def round(self, state: State[P, M], number: int) -> tuple[State[P, M], Round[P]]:
        """Run one round."""
        seed = seed_of(self.seed, "round", number)
        table = self.table(state.learner, state.critic)
        with self.progress.stage(f"round {number}: attack, answer, judge", self.budget):
            tried = await self.attacker.attack(table, budget=self.budget, seed=seed)
        critic, tried = self._oversee(state.critic, tried)
        table = replace(table, critic=critic)
        lesson = await self.teach(table, tried, state.memory, seed=seed)
        with self.progress.stage(f"round {number}: learn", getattr(self.learner, "steps", None)):
            candidate = self.learner.improve(state.learner, lesson.examples, seed=seed)
        decision = await self.gate(table, state.learner, candidate)
        if self.milder and not decision.promoted and candidate is not state.learner:
            candidate = self.milder(state.learner, candidate)
            decision = await self.gate(table, state.learner, candidate)
        learner = candidate if decision.promoted else state.learner
        self.progress.begin(f"round {number}: measure")
        done = Round(
            number=number,
            learner=learner,
            tried=tried,
            examples=lesson.fresh,
            parts=lesson.parts,
            decision=decision,
            labels=self.overseer.people.spent(),
            measured=await self.measure(learner, number),
        )
        return State(learner, critic, lesson.memory), done

    def table(self, learner: P, critic: Critic) -> Table:
        """Return where `learner` is asked and `critic` judges."""
        return Table(
            learner=learner,
            game=self.game,
            critic=critic,
            ledger=self.ledger,
            samples=self.samples,
            progress=self.progress,
        )

    def _oversee(self, critic: Critic, tried: list[Episode]) -> tuple[Critic, list[Episode]]:
        """Have people audit the critic, and recalibrate it on all they have said."""
        self.overseer.ask(tried, budget=self.audits)
        if not isinstance(critic, Calibratable):
            return critic, tried
        critic = critic.calibrated(self.overseer.calibrate())
        return critic, critic.rejudge(tried)
