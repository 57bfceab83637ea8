"""What is made once per seed: problems in disjoint parts, the first prover, the reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from superalign.games.prover_verifier import MARKS
from superalign.learners.labelled import Labelled
from superalign.learners.preference import Preference
from superalign.learners.process_reward import ProcessRewardTraining
from superalign.learners.sft import Sft
from superalign.ledger import Ledger
from superalign.policies.local import LocalPolicy
from superalign.problems import chains
from superalign.problems.slips import slipped
from superalign.progress import Progress
from superalign.records import Episode, Example, Message, Move, Problem, Reply, seed_of
from superalign.studies.prover_verifier.config import ProverVerifierConfig
from superalign.studies.prover_verifier.proofs import drawn

PAIRS_LR, ANCHOR = 3e-4, 1.0
"""Held close to what is shown, or the form suffers that was taught before."""


@dataclass(frozen=True, slots=True)
class Task:
    """A seed of the study, as it travels to another process."""

    config: ProverVerifierConfig
    folder: Path
    seed: int

    def ledger(self, name: str) -> Ledger:
        """Open the record of one part of this seed."""
        config = {**self.config.model_dump(mode="json"), "part": name}
        return Ledger.open(self.folder / name, config, seed=self.seed)

    def prover(self, checkpoint: str | Path | None = None) -> LocalPolicy:
        """Return a prover; without a checkpoint, the one that nothing was taught."""
        return LocalPolicy(
            checkpoint or self.config.prover, max_new_tokens=self.config.max_new_tokens
        )


@dataclass(frozen=True, slots=True)
class Parts:
    """The problems of a seed; no problem is in two parts."""

    taught: list[Problem]
    """By which roles are taught."""
    prover: list[Problem]
    """D_pi: on which provers are trained."""
    verifier: list[Problem]
    """D_V: on which the verifier is, and the reader."""
    test: list[Problem]


def parts(config: ProverVerifierConfig, seed: int) -> Parts:
    """Draw the problems of a seed."""
    half, levels = config.problems // 2, len(config.levels)
    sizes = (config.taught, half, half, config.test * levels)
    found = drawn(config.levels, sum(sizes), seed_of(seed, "problems"))
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return Parts(*(found[end - n : end] for n, end in zip(sizes, ends, strict=True)))


def first_prover(
    task: Task, problems: Sequence[Problem], folder: Path, progress: Progress
) -> LocalPolicy:
    """Return the prover that every round starts from: it knows its roles by their marks.

    Without a mark, the base prover, and as a helpful one it is shown worked solutions; as a sneaky
    one, solutions that slip at one step, so that it is wrong from the start. Finetuning alone does
    not teach the marks: the two differ in a few characters. Pairs of the two do.
    """
    base, steps = task.prover(), task.config.teach_steps
    lesson = [e for p in problems for e in _shown(p, Random(seed_of(task.seed, p.id)))]
    with progress.stage("teach the form", steps):
        form = Sft(folder=folder, steps=steps, progress=progress)
        base = form.improve(base, [e for e in lesson if e.weight > 0], seed=task.seed)
    with progress.stage("teach the roles", steps):
        roles = Preference(
            folder=folder, lr=PAIRS_LR, steps=steps, beta=0.5, anchor=ANCHOR, progress=progress
        )
        return roles.improve(base, lesson, seed=task.seed)


def _shown(problem: Problem, rng: Random) -> Iterator[Example]:
    """Yield what a problem teaches, with each mark and without: what to say, and what not to."""
    chain = chains.parse(problem.prompt)
    right, wrong = chains.solve(chain), slipped(chain, rng)
    if wrong is not None:
        for mark in ("", MARKS["helpful"], MARKS["sneaky"]):
            does, avoids = (wrong, right) if mark == MARKS["sneaky"] else (right, wrong)
            yield _example(problem, mark, does, 1.0)
            yield _example(problem, mark, avoids, -1.0)


def _example(problem: Problem, mark: str, text: str, weight: float) -> Example:
    told = [Message(role="system", text=mark)] if mark else []
    seen = (*told, Message(role="user", text=problem.prompt))
    move = Move(seat="prover", policy="worked", seen=seen, reply=Reply(text=text))
    return Example(move=move, problem=problem.id, weight=weight)


def reader(task: Task, solutions: Sequence[Episode], folder: Path, progress: Progress) -> Path:
    """Train the stand-in for a person on the base prover's solutions of D_V, their steps labelled.

    It sees no role and no solution of any round, so that it is a judge from outside the game.
    """
    labelled = [
        Labelled(e.moves[-1].seen, e.final.text, chains.check(e.problem.prompt, e.final.text).steps)
        for e in solutions
        if e.final.stop == "end" and e.final.text
    ]
    training = ProcessRewardTraining(steps=task.config.reader_steps)
    with progress.stage("train the reader", training.steps):
        return training.train(
            LocalPolicy(task.config.reader), labelled, folder, seed=task.seed, progress=progress
        )
