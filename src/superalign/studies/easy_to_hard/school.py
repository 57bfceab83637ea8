"""What is learnt before anything is compared: labels of easy problems, generators, evaluators."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from superalign import credit
from superalign.attackers.protocol import Table
from superalign.attackers.seeds import Seeds
from superalign.critics.majority import Trusting
from superalign.errors import BadInput
from superalign.games import Solo
from superalign.learners.labelled import Labelled
from superalign.learners.sft import Sft
from superalign.learners.token_reward import TokenRewardTraining, balanced
from superalign.ledger import Ledger
from superalign.policies.local import LocalPolicy
from superalign.problems.answers import equal
from superalign.progress import Progress
from superalign.records import Episode, Example, Outcome, Problem, Verdict, seed_of
from superalign.studies.easy_to_hard.config import KINDS, EasyToHardConfig, Evaluator
from superalign.studies.easy_to_hard.worlds import World, world


@dataclass(frozen=True, slots=True)
class Task:
    """A seed of the study, as it travels to another process."""

    config: EasyToHardConfig
    folder: Path
    seed: int

    def ledger(self, name: str) -> Ledger:
        """Open the record of one part of this seed."""
        config = {**self.config.model_dump(mode="json"), "part": name}
        return Ledger.open(self.folder / name, config, seed=self.seed)

    def generator(self) -> LocalPolicy:
        """Return the policy that everything starts from."""
        return self._speaking(self.config.organism)

    def sampler(self) -> LocalPolicy:
        """Return the policy whose samples are chosen from, before it is taught."""
        return self._speaking(self.config.sampler or self.config.organism)

    def judge(self) -> LocalPolicy:
        """Return the checkpoint that evaluators are trained from, which also reads for them."""
        return LocalPolicy(self.config.judge or self.config.organism)

    def _speaking(self, name: str) -> LocalPolicy:
        return LocalPolicy(name, max_new_tokens=self.config.max_new_tokens)


@dataclass(frozen=True, slots=True)
class School:
    """What a seed has been taught: labels by level, generators, and evaluators by name."""

    labels: Mapping[str, int]
    """Solutions labelled, by level."""
    labelled: Sequence[Labelled]
    """These solutions."""
    sft_easy: Path
    sft_full: Path
    sampler: Path
    """The policy whose samples are chosen from, finetuned as `sft_easy` is."""
    evaluators: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Training:
    """An evaluator of a seed, as it travels to another process."""

    task: Task
    evaluator: Evaluator
    labelled: Sequence[Labelled]

    @property
    def name(self) -> str:
        """What it is called while it runs."""
        return f"{self.task.seed} {self.evaluator}"


def taught(task: Task, progress: Progress) -> School:
    """Label, and train the generators of a seed; its evaluators are yet to be trained."""
    with task.ledger("school") as ledger:
        return asyncio.run(_School(task, ledger, progress).run())


def trained(job: Training, progress: Progress) -> Path:
    """Train an evaluator; outcomes of a question are kept where neither side outnumbers."""
    task, config = job.task, job.task.config
    kept = set(balanced(job.labelled, random.Random(seed_of(task.seed, "balance"))))
    if not kept:
        raise BadInput(
            f"of {len(job.labelled)} labelled solutions no problem has a right and a wrong one; "
            "evaluators learn from both: take another 'organism', or more 'samples'"
        )
    shown = [x if x in kept else replace(x, right=None) for x in job.labelled]
    n, seed = config.composed * len(shown), seed_of(task.seed, "lengthened")
    shown += world(config).lengthened(shown, n, seed)
    training = TokenRewardTraining(kind=KINDS[job.evaluator], steps=config.evaluator_steps)
    with task.ledger(job.evaluator) as ledger, progress.stage("train", training.steps):
        return training.train(
            task.judge(), shown, ledger.checkpoints, seed=task.seed, progress=progress
        )


async def played(
    policy: LocalPolicy,
    problems: Sequence[Problem],
    ledger: Ledger,
    progress: Progress,
    *,
    samples: int,
    seed: int,
) -> list[Episode]:
    """Return `samples` unjudged answers to every problem."""
    table = Table(
        learner=policy,
        game=Solo(),
        critic=Trusting(),
        ledger=ledger,
        samples=samples,
        progress=progress,
    )
    found = await Seeds(problems).attack(table, budget=samples * len(problems), seed=seed)
    return [e.bare() for e in found]


def examples(solutions: Sequence[Episode], right: Sequence[bool]) -> list[Example]:
    """Return the distinct right solutions as examples."""
    pairs = zip(solutions, right, strict=True)
    judged = [e.judged(Verdict(critic="labels", outcome=Outcome.of(ok))) for e, ok in pairs]
    return credit.distinct(credit.accepted(judged, "labels"))


def right_answers(world: World, solutions: Sequence[Episode]) -> list[bool]:
    """Return which finished solutions state the answer of the key; who asks may know it."""
    key = world.key([e.problem for e in solutions])
    found = []
    for episode in solutions:
        said = world.answer(episode.final.text) if episode.final.stop == "end" else None
        gold = key.look_up(episode.problem.id) or ""
        found.append(said is not None and bool(equal(gold, said, key.mode)))
    return found


def sound(world: World, solution: Episode) -> bool:
    """Return whether no line is known to be wrong; for measuring and full supervision alone."""
    steps = world.steps(solution.problem, solution.final.text)
    return steps is None or all(steps)


class _School:
    def __init__(self, task: Task, ledger: Ledger, progress: Progress) -> None:
        self.task, self.config, self.ledger, self.progress = task, task.config, ledger, progress
        self.world, self.base = world(task.config), task.generator()

    async def run(self) -> School:
        easy = await self._solutions(self.config.easy, "labelled")
        labels = {str(level): 0 for level in self.config.easy}
        labelled = await self._labelled(easy)
        for episode, found in zip(easy, labelled, strict=True):
            labels[str(episode.problem.level)] += found is not None
        approved = [x is not None and all(x.steps) for x in labelled]
        lesson = examples(easy, approved)
        return School(
            labels=labels,
            labelled=[x for x in labelled if x is not None],
            sft_easy=self._sft(self.base, lesson).folder,
            sft_full=self._sft(self.base, await self._full(lesson)).folder,
            sampler=self._sft(self.task.sampler(), lesson).folder,
            evaluators={},
        )

    async def _solutions(self, levels: Sequence[int], name: str) -> list[Episode]:
        """Return distinct finished solutions of the base generator."""
        seed, config = seed_of(self.task.seed, name), self.config
        problems = self.world.train(levels, config.labelled, seed)
        with self.progress.stage(f"sample {name}", config.samples * len(problems)):
            found = await played(
                self.base,
                problems,
                self.ledger,
                self.progress,
                samples=config.samples,
                seed=seed,
            )
        alike = {(e.problem.id, e.final.text): e for e in reversed(found)}
        return [e for e in reversed(alike.values()) if e.final.stop == "end" and e.final.text]

    async def _labelled(self, solutions: Sequence[Episode]) -> list[Labelled | None]:
        async def make() -> list[Any]:
            return list(await self.world.label(self.base, solutions, self.task.seed))

        with self.progress.stage("label easy solutions"):
            labels = await self.ledger.once("label", [e.id for e in solutions], make)
        return [
            label and Labelled(e.moves[-1].seen, e.final.text, tuple(label[0]), label[1])
            for e, label in zip(solutions, labels, strict=True)
        ]

    async def _full(self, easy: Sequence[Example]) -> list[Example]:
        """Return what full supervision teaches: hard problems too, by their key and their truth."""
        hard = await self._solutions(self.config.hard, "of hard problems")
        answers = zip(hard, right_answers(self.world, hard), strict=True)
        right = [answer and sound(self.world, e) for e, answer in answers]
        return [*easy, *examples(hard, right)]

    def _sft(self, start: LocalPolicy, lesson: Sequence[Example]) -> LocalPolicy:
        config = self.config
        with self.progress.stage("finetune", config.sft_steps):
            learner = Sft(
                folder=self.ledger.checkpoints, steps=config.sft_steps, progress=self.progress
            )
            return learner.improve(start, lesson, seed=self.task.seed)
