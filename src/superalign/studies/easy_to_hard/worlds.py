"""Where problems come from, what is known of their answers, and who labels solutions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol, TypeAlias

from superalign.critics.monte_carlo import MonteCarlo, hard
from superalign.critics.oracle import Oracle
from superalign.errors import BadInput
from superalign.learners.labelled import Labelled, compositions
from superalign.measures import shaping
from superalign.oversight.people import People
from superalign.policies.local import LocalPolicy
from superalign.problems import chains
from superalign.problems.answers import final_answer
from superalign.problems.files import load_problems
from superalign.problems.graders import GRADERS
from superalign.problems.key import Key
from superalign.recipes.chains.arm import problems
from superalign.recipes.chains.critic import compose
from superalign.records import Episode, Problem, seed_of
from superalign.studies.easy_to_hard.config import EasyToHardConfig

HELD_BACK = 4
"""Of one file every so many-th problem of a level measures."""


Label: TypeAlias = tuple[list[bool], bool]
"""Of a solution, whether each line is right, and whether the answer is."""


class World(Protocol):
    """A source of problems by level, and what may be known of them."""

    def train(self, levels: Sequence[int], n: int, seed: int) -> list[Problem]:
        """Return up to `n` problems of these levels to learn from."""
        ...

    def test(self, n: int, seed: int) -> list[Problem]:
        """Return up to `n` problems of every level that nothing learns from."""
        ...

    def key(self, problems: Sequence[Problem]) -> Key:
        """Return the answers. Of hard problems only measuring and full supervision ask."""
        ...

    def answer(self, reply: str) -> str | None:
        """Return the answer that a finished reply states."""
        ...

    def penalty(self, reply: str) -> float:
        """Return what a reply costs that does not lead to its answer, 0 or below."""
        ...

    def steps(self, problem: Problem, reply: str) -> list[bool] | None:
        """Return the truth of every line, for measuring alone; None where nobody knows it."""
        ...

    async def label(
        self, policy: LocalPolicy, episodes: Sequence[Episode], seed: int
    ) -> list[Label | None]:
        """Return the labels of solutions of easy problems; None where nothing could be said."""
        ...

    def lengthened(self, labelled: Sequence[Labelled], n: int, seed: int) -> list[Labelled]:
        """Return up to `n` longer solutions put together of labelled ones; none where none fit."""
        ...


def world(config: EasyToHardConfig) -> World:
    """Return the world of a study.

    Raises:
        BadInput: If the user's problems cannot be used.
    """
    return Own(config) if config.data else Chains(config)


@dataclass(frozen=True, slots=True)
class Chains:
    """The world whose every step has a truth; people label the easy levels."""

    config: EasyToHardConfig

    def train(self, levels: Sequence[int], n: int, seed: int) -> list[Problem]:
        """Draw problems, their levels at random."""
        rng = Random(seed)
        return [chains.draw(rng.choice(list(levels)), rng) for _ in range(n)]

    def test(self, n: int, seed: int) -> list[Problem]:
        """Draw `n` problems per level."""
        return problems((*self.config.easy, *self.config.hard), n, seed=seed)

    def key(self, problems: Sequence[Problem]) -> Key:
        """Return the answers, which are computed."""
        solved = {p.id: chains.solve(chains.parse(p.prompt)) for p in problems}
        return Key({name: text.rpartition("#")[2] for name, text in solved.items()}, "exact")

    def answer(self, reply: str) -> str | None:
        """Return what stands behind the mark in the last line."""
        return chains.answer_of(reply)

    def penalty(self, reply: str) -> float:
        """Return -1 without an answer."""
        return -float(self.answer(reply) is None)

    def steps(self, problem: Problem, reply: str) -> list[bool]:
        """Return what the oracle says of every line."""
        return list(chains.check(problem.prompt, reply).steps)

    async def label(
        self, policy: LocalPolicy, episodes: Sequence[Episode], seed: int
    ) -> list[Label | None]:
        """Have people label, within the easy levels, with their errors."""
        people = People(Oracle(), self.config.easy, len(episodes), self.config.noise, seed)
        answers = self.key([e.problem for e in episodes])
        labels = zip(episodes, people.label(episodes), strict=True)
        return [
            (
                [p > 0.5 for p in verdict.steps],
                self.answer(e.final.text) == answers.look_up(e.problem.id),
            )
            for e, verdict in labels
        ]

    def lengthened(self, labelled: Sequence[Labelled], n: int, seed: int) -> list[Labelled]:
        """Compose solutions of two to five problems."""
        return compositions(labelled, compose, n, Random(seed)) if labelled else []


def held_back(problems: Sequence[Problem]) -> list[Problem]:
    """Return a part of the problems of every level, by a hash of each."""
    levels: defaultdict[int | None, list[Problem]] = defaultdict(list)
    for problem in sorted(problems, key=lambda p: seed_of("held back", p.id)):
        levels[problem.level].append(problem)
    return [p for group in levels.values() for p in group[: -(-len(group) // HELD_BACK)]]


class Own:
    """The user's problems; steps are labelled by how often the policy gets there from them.

    The answers of easy problems are what labels rest on (Math-Shepherd, `critics.monte_carlo`).
    """

    def __init__(self, config: EasyToHardConfig) -> None:
        """Read the files.

        Raises:
            BadInput: If they cannot be read, or a level has no problem.
        """
        assert config.data is not None
        self.config = config
        rows, self._key = load_problems(config.data, split="train")
        if config.test_data:
            self._train, (self._test, more) = rows, load_problems(config.test_data)
            if more.mode != self._key.mode:
                raise BadInput(
                    f"{config.test_data}: answers are compared as {more.mode} there, "
                    f"and as {self._key.mode} in {config.data}"
                )
            halves = ((self._key, rows), (more, self._test))
            self._key = Key(
                {p.id: a for key, ps in halves for p in ps if (a := key.look_up(p.id))}, more.mode
            )
        else:
            self._test = held_back(rows)
            kept = {p.id for p in self._test}
            self._train = [p for p in rows if p.id not in kept]
        for name, part in (("learn from", self._train), ("measure on", self._test)):
            there = {p.level for p in part if p.id in self._key}
            if missing := {*config.easy, *config.hard} - there:
                raise BadInput(
                    f"{config.data}: no problem of level {min(missing)} to {name}; levels there "
                    f"are {sorted(x for x in there if x is not None)}; see 'easy' and 'hard'"
                )

    def train(self, levels: Sequence[int], n: int, seed: int) -> list[Problem]:
        """Draw of the problems to learn from."""
        there = [p for p in self._train if p.level in levels and p.id in self._key]
        return Random(seed).sample(there, min(n, len(there)))

    def test(self, n: int, seed: int) -> list[Problem]:
        """Draw of the problems to measure on."""
        rng = Random(seed)
        found = []
        for level in (*self.config.easy, *self.config.hard):
            there = [p for p in self._test if p.level == level and p.id in self._key]
            found += rng.sample(there, min(n, len(there)))
        return found

    def key(self, problems: Sequence[Problem]) -> Key:
        """Return the answers of these problems and no others."""
        return Key({p.id: self._key.look_up(p.id) or "" for p in problems}, self._key.mode)

    def answer(self, reply: str) -> str | None:
        """Return the answer that a reply commits to."""
        return final_answer(reply, self._key.mode)

    def penalty(self, reply: str) -> float:
        """Return the published penalty where the published mark stands, else -1 without answer."""
        if shaping.MARKER in reply:
            return shaping.stop_penalty(reply)
        return -float(self.answer(reply) is None)

    def steps(self, problem: Problem, reply: str) -> None:
        """Nobody knows."""

    def _plain(self, answer: str | None) -> str | None:
        """Return the form in which equal answers are most often equal words."""
        forms = GRADERS[self._key.mode].forms(answer) if answer is not None else ()
        return next((f for f in reversed(forms) if f is not None), None)

    async def label(
        self, policy: LocalPolicy, episodes: Sequence[Episode], seed: int
    ) -> list[Label | None]:
        """Complete every solution from every line; answers decide."""
        easy = {e.problem.id: e.problem for e in episodes}
        key = self.key(list(easy.values()))
        critic = MonteCarlo(
            policy,
            lambda reply: self._plain(self.answer(reply)),
            reference={name: self._plain(key.look_up(name)) or "" for name in easy},
            k=self.config.samples,
            seed=seed_of(seed, "completions"),
        )
        steps = [hard(verdict.steps) for verdict in await critic.judge(episodes)]
        return [(list(found), found[-1]) if found else None for found in steps]

    def lengthened(self, labelled: Sequence[Labelled], n: int, seed: int) -> list[Labelled]:
        """Return none: how two of the user's problems make one is not known."""
        return []
