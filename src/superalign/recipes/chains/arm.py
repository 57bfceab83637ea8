"""One arm of the recipe `chains`: the loop with one critic."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from superalign import credit, stats
from superalign.attackers.escalate import PLAIN, Escalate
from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.critics import Critic
from superalign.critics.majority import Majority, Trusting
from superalign.critics.oracle import Oracle
from superalign.critics.process_reward import ProcessReward
from superalign.games import Solo
from superalign.ledger import Ledger
from superalign.loop import Lesson, Loop, Round, State
from superalign.oversight.calibration import fit_platt
from superalign.oversight.checked import Checked
from superalign.oversight.gate import Gate
from superalign.oversight.overseer import ANYWHERE, Overseer
from superalign.oversight.people import PEOPLE, People
from superalign.policies.local import LocalPolicy
from superalign.problems import chains
from superalign.progress import Progress
from superalign.recipes.chains.config import SAMPLES_TO_LABEL, Arm, ChainsConfig
from superalign.recipes.chains.critic import trained_critic
from superalign.recipes.chains.measures import (
    critic_measures,
    round_measures,
    surviving_failures,
    table_row,
)
from superalign.records import Episode, Example, Problem, seed_of

if TYPE_CHECKING:
    from superalign.learners.sft import Sft

AXES = {
    PLAIN: lambda rng: chains.Axes(),
    "distractors": lambda rng: chains.Axes(distractors=rng.randint(1, 3)),
    "shuffled": lambda rng: chains.Axes(shuffled=True),
    "back_references": lambda rng: chains.Axes(back_reference=0.6),
}


@dataclass(frozen=True, slots=True)
class ArmTask:
    """An arm to run, as it travels to another process."""

    arm: Arm
    config: ChainsConfig
    folder: Path
    seed: int


def run_arm(task: ArmTask, progress: Progress) -> dict[str, Any]:
    """Run one arm to its end and return what it measured, as JSON."""
    config = {**task.config.model_dump(mode="json"), "arm": task.arm}
    with Ledger.open(task.folder, config, seed=task.seed) as ledger:
        return asyncio.run(_Arm(task, ledger, progress).run())


def draw(level: int, axis: str, rng: Random) -> Problem:
    """Draw a problem of a level, made harder along an axis."""
    return chains.draw(level, rng, AXES[axis](rng))


def approved(labelled: Sequence[Episode]) -> list[Example]:
    """Return the distinct solutions that people approved."""
    return credit.distinct(credit.accepted(labelled, PEOPLE))


def problems(levels: Sequence[int], n: int, *, seed: int) -> list[Problem]:
    """Return `n` plain problems per level."""
    rng = Random(seed)
    return [draw(level, PLAIN, rng) for level in levels for _ in range(n)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Teaches what the critic accepted, some of what it accepted before, and an anchor.

    The anchor are solutions that people approved; every round learns from them too. Where people
    can check, the critic's word is not needed, and nothing is learnt on it.
    """

    checkable: Sequence[int]
    """Levels that people can check."""
    per_problem: int
    anchor: Sequence[Example]

    async def __call__(
        self, table: Table, tried: Sequence[Episode], memory: list[Example], *, seed: int
    ) -> Lesson[list[Example]]:
        """Return the lesson; the memory is everything accepted so far, oldest first."""
        beyond = [e for e in tried if e.problem.level not in self.checkable]
        passed = credit.distinct(credit.accepted(beyond, table.critic.id))
        fresh = credit.at_most(passed, self.per_problem)
        old = credit.replayed(memory, len(fresh) // 2, seed=seed)
        return Lesson([*fresh, *old, *self.anchor], len(fresh), [*memory, *fresh])


class _Arm:
    def __init__(self, task: ArmTask, ledger: Ledger, progress: Progress) -> None:
        self.task, self.config, self.ledger, self.progress = task, task.config, ledger, progress
        self.base = LocalPolicy(task.config.organism, max_new_tokens=220)
        people = People(
            Oracle(), self.config.easy, self.config.labels, self.config.noise, task.seed
        )
        self.overseer = Overseer(people=people, seed=task.seed, fit=fit_platt, shares=ANYWHERE)
        self.levels = (*self.config.easy, *self.config.hard)

    async def run(self) -> dict[str, Any]:
        """Measure, label, make the critic, run the rounds."""
        rows = [await self.measure(self.base, 0)]
        self.progress.row(table_row(0, rows[0], None, None, self.overseer.people.spent()))
        labelled = await self._label()
        if self.task.arm == "labels":
            return await self._labels_alone(labelled, rows[0])
        critic = await self._critic(labelled)
        first_labels = self.overseer.people.spent()
        loop = self._loop(labelled)
        start, rounds = State(self.base, critic, memory=list[Example]()), list[Round[LocalPolicy]]()
        async for state, done in loop.run(start, self.config.rounds):
            rounds.append(done)
            rows.append(done.measured)
            measured = critic_measures(done.tried, self.config.easy)
            self.progress.row(table_row(done.number, done.measured, measured, done, done.labels))
            last = state
        return {
            "arm": self.task.arm,
            "learner": self._kept(last.learner.folder),
            "change": await self._change(last.learner),
            "accuracy_by_round": rows,
            "rounds": [round_measures(r, self.config.samples) for r in rounds],
            "labels": [first_labels, *(r.labels for r in rounds)],
            "critic": {
                **critic_measures([e for r in rounds for e in r.tried], self.config.easy),
                "checkpoint": self._kept(critic.folder)
                if isinstance(critic, ProcessReward)
                else None,
            },
            "failures": await self._failures(rounds[-1], last),
            "seconds_by_stage": self._seconds(),
        }

    async def _labels_alone(
        self, labelled: Sequence[Episode], before: dict[str, list[int]]
    ) -> dict[str, Any]:
        """Finetune on what people approved and nothing else, as many steps as all rounds take."""
        steps = self.config.rounds * self.config.learner_steps
        with self.progress.stage("learn", steps):
            learner = self._sft(steps).improve(self.base, approved(labelled), seed=self.task.seed)
        after = await self.measure(learner, self.config.rounds)
        return {
            "arm": self.task.arm,
            "learner": self._kept(learner.folder),
            "accuracy_by_round": [before, after],
            "rounds": [],
            "labels": [self.overseer.people.spent()],
            "critic": {"accepted": {}},
        }

    def _sft(self, steps: int) -> Sft:
        from superalign.learners.sft import Sft

        return Sft(
            folder=self.ledger.checkpoints,
            steps=steps,
            lr=self.config.learner_lr,
            progress=self.progress,
        )

    async def measure(self, policy: LocalPolicy, number: int) -> dict[str, list[int]]:
        """Return [right, problems] by level, fully right at temperature 0, against gold."""
        last = number in (0, self.config.rounds)
        n = self.config.test if last else self.config.test_between
        played = await self._test(policy, n)
        found: dict[str, list[int]] = {str(level): [0, 0] for level in self.levels}
        for episode in played:
            count = found[str(episode.problem.level)]
            count[0] += round(episode.verdicts[-1].confidence or 0)
            count[1] += 1
        return found

    async def _test(self, policy: LocalPolicy, n: int) -> list[Episode]:
        """Play the test problems, which depend on the seed alone and which nothing trains on."""
        test = problems(self.levels, n, seed=seed_of(self.task.seed, "test"))
        table = self._table(policy.sampled(temperature=0.0), Oracle(), samples=1)
        with self.progress.stage("measure", len(test)):
            return await Seeds(test, chunk=512).attack(table, budget=len(test), seed=0)

    async def _change(self, learner: LocalPolicy) -> dict[str, stats.Difference]:
        """Return by level how much more often `learner` is right than the base, by problem."""
        found: dict[str, list[list[float]]] = {str(level): [[], []] for level in self.levels}
        for end, policy in enumerate((self.base, learner)):
            for episode in await self._test(policy, self.config.test):
                right = episode.verdicts[-1].confidence or 0.0
                found[str(episode.problem.level)][end].append(right)
        return {
            level: stats.paired_difference(before, after, seed=self.task.seed)
            for level, (before, after) in found.items()
        }

    def _table(self, policy: LocalPolicy, critic: Critic, *, samples: int) -> Table:
        return Table(
            learner=policy,
            game=Solo(),
            critic=critic,
            ledger=self.ledger,
            samples=samples,
            progress=self.progress,
        )

    async def _label(self) -> list[Episode]:
        """Have people label solutions of easy problems."""
        rng = Random(seed_of(self.task.seed, "label"))
        n = self.config.first_labels // SAMPLES_TO_LABEL
        cells = [(rng.choice(self.config.easy), rng.choice(list(AXES))) for _ in range(n)]
        drawn = [draw(level, axis, rng) for level, axis in cells]
        table = self._table(self.base, Trusting(), samples=SAMPLES_TO_LABEL)
        budget = n * SAMPLES_TO_LABEL
        with self.progress.stage("people label easy solutions", budget):
            played = await Seeds(drawn).attack(table, budget=budget, seed=self.task.seed)
        unlike = list({e.id: e for e in played if e.final.stop == "end"}.values())
        labels = self.overseer.people.label(unlike)
        labelled = [e.bare().judged(v) for e, v in zip(unlike, labels, strict=True)]
        self.ledger.write(labelled)
        return labelled

    async def _critic(self, labelled: Sequence[Episode]) -> Critic:
        """Return the arm's critic; only `critic` is trained, and on people's labels alone."""
        match self.task.arm:
            case "self_training":
                return Trusting()
            case "majority":
                return Majority(chains.answer_of)
            case "critic":
                return await trained_critic(
                    self.config,
                    self.base,
                    labelled,
                    self.overseer,
                    self.ledger,
                    self.progress,
                    seed=self.task.seed,
                )
            case _:
                return Oracle()

    def _loop(self, labelled: Sequence[Episode]) -> Loop[LocalPolicy, list[Example]]:
        from superalign.learners.soup import Steadied

        config = self.config
        return Loop(
            ledger=self.ledger,
            game=Solo(),
            attacker=Escalate(
                draw=draw, levels=self.levels, axes=list(AXES)[1:], start=max(config.easy) + 1
            ),
            learner=Steadied(
                learner=self._sft(config.learner_steps),
                start=self.base,
                folder=self.ledger.checkpoints,
            ),
            overseer=self.overseer,
            teach=Accepted(
                checkable=config.easy,
                per_problem=config.per_problem,
                anchor=approved(labelled),
            ),
            gate=Checked(
                gate=Gate(),
                overseer=self.overseer,
                easy=problems(
                    config.easy, config.checks, seed=seed_of(self.task.seed, "easy checks")
                ),
                hard=problems(
                    config.hard, config.checks, seed=seed_of(self.task.seed, "hard checks")
                ),
                seed=self.task.seed,
            ),
            measure=self.measure,
            progress=self.progress,
            budget=config.budget,
            samples=config.samples,
            audits=config.audits,
            seed=self.task.seed,
        )

    async def _failures(
        self, last: Round[LocalPolicy], state: State[LocalPolicy, list[Example]]
    ) -> list[dict[str, Any]]:
        """Return the hardest test problems that the final learner fails, in the critic's words."""
        played = await self._test(state.learner, self.config.test)
        wrong = [e for e in played if not e.verdicts[-1].confidence]
        hardest = sorted(wrong, key=lambda e: -(e.problem.level or 0))[:8]
        verdicts = await state.critic.judge([e.bare() for e in hardest])
        return surviving_failures(hardest, verdicts)

    def _kept(self, checkpoint: Path) -> str:
        """Return a checkpoint's folder relative to the run's, or the organism, kept elsewhere."""
        if not checkpoint.is_relative_to(self.task.folder):
            return self.config.organism
        return str(checkpoint.relative_to(self.task.folder.parents[1]))

    def _seconds(self) -> dict[str, float]:
        found: dict[str, float] = {}
        for step in self.ledger.steps():
            found[step.name] = found.get(step.name, 0.0) + step.seconds
        return found
