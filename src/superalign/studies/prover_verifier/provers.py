"""Provers of the study: what each is told, how it is first taught, how it gets better.

What differs between a model whose weights are here and one that is only asked is here and in
`in_context`, and nowhere else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from superalign.games.prover_verifier import MARKS, PROVER, ProverVerifier
from superalign.games.solo import LEARNER, Solo
from superalign.games.table import Game, Seat
from superalign.games.translated import SOLVER, Translated
from superalign.learners.preference import Preference
from superalign.learners.reinforce import Reinforce
from superalign.learners.sft import Sft
from superalign.measures.roles import Reward, Role
from superalign.policies.local import LocalPolicy
from superalign.policies.scripted import Scripted
from superalign.progress import Progress
from superalign.records import Episode, Policy, Problem, Reply, digest, seed_of
from superalign.studies.prover_verifier.config import ProverVerifierConfig
from superalign.studies.prover_verifier.lessons import Played, lessons
from superalign.studies.prover_verifier.teaching import worked_lessons
from superalign.studies.prover_verifier.words import prover_words

PAIRS_LR, ANCHOR = 3e-4, 1.0
"""Held close to what is shown, or the form suffers that was taught before."""

Solved = Mapping[str, Reply]
"""The solver's solutions, by the problem's prompt."""


def by_prompt(solutions: Iterable[Episode]) -> Solved:
    """Return what a solver said, by the problem's prompt."""
    return {e.problem.prompt: e.final for e in solutions}


class Prover(ABC):
    """A prover, as it stands after so much teaching."""

    config: ProverVerifierConfig
    policy: Policy
    place: Path
    """Where what it learnt is kept."""
    solved: Solved
    """What it translates; without any, it solves."""
    plain: bool = False
    """Whether it reads problems and solutions as they are, without words around them."""

    @property
    def id(self) -> str:
        """Names what it is and what it translates."""
        solved = [[prompt, reply] for prompt, reply in self.solved.items()]
        return digest(self._bare, solved) if solved else self._bare

    @property
    @abstractmethod
    def _bare(self) -> str:
        """Name it without what it translates."""

    @abstractmethod
    def told(self, role: Role | None, *, translates: bool) -> str:
        """Return the brief of a role; without a role, what it is told in none."""

    def plays(self, role: Role | None) -> tuple[Game, Mapping[str, Seat]]:
        """Return the game in which it says solutions, and who sits where."""
        seat = Seat(policy=self.policy, brief=self.told(role, translates=bool(self.solved)))
        if role is None:
            return Solo(), {LEARNER: seat}
        if not self.solved:
            return ProverVerifier(role), {PROVER: seat}
        fixed = Scripted(lambda seen, _: self.solved[seen[-1].text], name=self.id)
        return Translated(role, plain=self.plain), {SOLVER: Seat(policy=fixed), PROVER: seat}

    @abstractmethod
    def at(self, place: Path) -> Self:
        """Return the prover that is kept at `place`."""

    @abstractmethod
    def translating(self, solved: Solved) -> Self:
        """Return the same prover as a translator of these solutions."""

    @abstractmethod
    def taught(
        self, problems: Sequence[Problem], folder: Path, progress: Progress, *, seed: int
    ) -> Self:
        """Return the prover that every round starts from: it knows its roles."""

    @abstractmethod
    def improved(
        self,
        played: Sequence[Played],
        reward: Reward | None,
        folder: Path,
        *,
        start: Self,
        seed: int,
    ) -> Self:
        """Return what an iteration makes of it; what is new is kept in `folder`."""


@dataclass(frozen=True, kw_only=True)
class Trained(Prover):
    """A prover whose weights learn."""

    config: ProverVerifierConfig
    policy: LocalPolicy
    place: Path
    plain: bool
    """An organism is told its role by a mark, a model that chats by words."""
    solved: Solved = field(default_factory=dict)

    @classmethod
    def of(cls, config: ProverVerifierConfig, policy: LocalPolicy) -> Self:
        """Return the prover that nothing was taught."""
        plain = not policy.tokenizer.chat_template
        return cls(config=config, policy=policy, place=policy.folder, plain=plain)

    def _now(self, policy: LocalPolicy) -> Self:
        return replace(self, policy=policy, place=policy.folder)

    @property
    def _bare(self) -> str:
        return self.policy.id

    def told(self, role: Role | None, *, translates: bool) -> str:
        """Return a mark to an organism, words to a model that chats."""
        if self.plain:
            return MARKS[role] if role else ""
        return prover_words(role, (), translates=translates)

    def at(self, place: Path) -> Self:
        """Return a prover with other weights."""
        return self._now(self.policy.at(place))

    def translating(self, solved: Solved) -> Self:
        """Return the same weights as a translator."""
        return replace(self, solved=solved)

    def taught(
        self, problems: Sequence[Problem], folder: Path, progress: Progress, *, seed: int
    ) -> Self:
        """Teach form and roles by worked solutions, and by such as slip at one step.

        Without a brief of a role it is taught what a helpful one is. Finetuning alone does not
        teach the roles: the two differ in a few characters. Pairs of the two do.
        """
        steps = self.config.teach_steps
        lesson = [e for p in problems for e in worked_lessons(p, self, seed_of(seed, p.id))]
        with progress.stage("teach the form", steps):
            form = Sft(folder=folder, steps=steps, progress=progress)
            right = [e for e in lesson if e.weight > 0]
            formed = form.improve(self.policy, right, seed=seed)
        with progress.stage("teach the roles", steps):
            roles = Preference(
                folder=folder, lr=PAIRS_LR, steps=steps, beta=0.5, anchor=ANCHOR, progress=progress
            )
            return self._now(roles.improve(formed, lesson, seed=seed))

    def improved(
        self,
        played: Sequence[Played],
        reward: Reward | None,
        folder: Path,
        *,
        start: Self,
        seed: int,
    ) -> Self:
        """Take the policy gradient's steps on the samples, held to the weights of `start`."""
        lesson = [e for p in played for e in lessons(p, reward)]
        learner = Reinforce(
            folder=folder,
            lr=self.config.learner_lr,
            steps=self.config.learner_steps,
            warmup=1,
            batch=-(-len(lesson) // self.config.learner_steps),
            reference=start.policy,
        )
        return self._now(learner.improve(self.policy, lesson, seed=seed))
