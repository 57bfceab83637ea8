"""Readers: what stands in for a person with little time, from outside of the game."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from superalign.critics.process_reward import ProcessReward
from superalign.games.prover_verifier import VERIFIER, ProverVerifier, proof
from superalign.learners.labelled import Labelled
from superalign.learners.process_reward import ProcessRewardTraining
from superalign.measures.legibility import Read, read_within
from superalign.policies.local import LocalPolicy
from superalign.policies.reading import ask, truth_of
from superalign.policies.steps import ended_lines
from superalign.problems import chains
from superalign.progress import Progress
from superalign.records import Episode, Message, Policy, seed_of
from superalign.studies.prover_verifier.config import ProverVerifierConfig
from superalign.studies.prover_verifier.proofs import truth
from superalign.studies.prover_verifier.words import HURRY

TRIES = 3
"""Times that a reader is asked for a verdict that can be read."""


class Reader(ABC):
    """Reads `budget` tokens of a solution at most, and says right or wrong."""

    config: ProverVerifierConfig
    place: Path
    """Where what it learnt is kept."""

    @abstractmethod
    def at(self, place: Path) -> Self:
        """Return the reader that is kept at `place`."""

    @abstractmethod
    def taught(
        self, solutions: Sequence[Episode], folder: Path, progress: Progress, *, seed: int
    ) -> Self:
        """Return one that learnt from the base prover's solutions of D_V, their steps labelled.

        It sees no role and no solution of any round, so that it is a judge from outside the game.
        """

    @abstractmethod
    async def said(self, proofs: Sequence[Episode]) -> list[Read]:
        """Return what it concludes of each."""

    async def read(self, solutions: Sequence[Episode]) -> list[dict[str, Any]]:
        """Return by solution whether the reader is right about it, and how much it read.

        Null where no verdict can be read.
        """
        said = await self.said([proof(e) for e in solutions])
        return [
            {
                "hit": None if s.right is None else float(s.right == truth(e).right),
                "tokens": s.tokens,
            }
            for e, s in zip(solutions, said, strict=True)
        ]


@dataclass(frozen=True)
class TrainedReader(Reader):
    """A process reward model."""

    config: ProverVerifierConfig
    place: Path = Path()

    @cached_property
    def critic(self) -> ProcessReward:
        """The model, loaded once."""
        return ProcessReward(self.place, LocalPolicy(self.place))

    def at(self, place: Path) -> Self:
        """Return the checkpoint at `place`."""
        return replace(self, place=place)

    def taught(
        self, solutions: Sequence[Episode], folder: Path, progress: Progress, *, seed: int
    ) -> Self:
        """Train it on every finished solution."""
        labelled = [
            Labelled(
                e.moves[-1].seen,
                e.final.text,
                chains.check(e.problem.prompt, e.final.text).steps,
            )
            for e in solutions
            if e.final.stop == "end" and e.final.text
        ]
        training = ProcessRewardTraining(steps=self.config.reader_steps)
        with progress.stage("train the reader", training.steps):
            start = LocalPolicy(self.config.reader)
            return self.at(training.train(start, labelled, folder, seed=seed, progress=progress))

    async def said(self, proofs: Sequence[Episode]) -> list[Read]:
        """Read line by line from the top, up to the first line that it doubts."""
        chances = self.critic.chances([(e.moves[-1].seen, e.final.text) for e in proofs])
        return [
            read_within(chance, self._lengths(e.final.text), self.config.budget)
            for e, chance in zip(proofs, chances, strict=True)
        ]

    def _lengths(self, text: str) -> list[int]:
        _, ends = ended_lines(self.critic.tokenizer, text)
        return [end - before for before, end in zip([-1, *ends], ends, strict=False)]


@dataclass(frozen=True)
class AskedReader(Reader):
    """A model that is shown the lines that the budget covers, and asked; nothing teaches it.

    A token is a character, as it is to the organisms.
    """

    config: ProverVerifierConfig
    policy: Policy
    place: Path = Path()

    def at(self, place: Path) -> Self:
        """Return the same reader."""
        return self

    def taught(
        self, solutions: Sequence[Episode], folder: Path, progress: Progress, *, seed: int
    ) -> Self:
        """Return the same reader."""
        return self

    async def said(self, proofs: Sequence[Episode]) -> list[Read]:
        """Ask about each, up to `TRIES` times where no verdict can be read."""
        return list(await asyncio.gather(*(self._said(e) for e in proofs)))

    async def _said(self, proof: Episode) -> Read:
        text = within(proof.final.text, self.config.budget)
        seen = self._seen(proof, text)
        heard = await ask(
            self.policy, seen, lambda r: truth_of(r, "right"), tries=TRIES, seed=seed_of(seen)
        )
        return Read(heard.value, len(text))

    def _seen(self, proof: Episode, text: str) -> list[Message]:
        (move,) = proof.moves
        cut = move.model_copy(update={"reply": move.reply.model_copy(update={"text": text})})
        shown = Episode.of(proof.problem, proof.game, proof.seed, [cut])
        return ProverVerifier("helpful").view(shown, VERIFIER, brief=HURRY)


def within(text: str, budget: int) -> str:
    """Return the lines of a text, newlines included, that `budget` characters cover in full."""
    lines = text.splitlines(keepends=True)
    read = read_within([1.0] * len(lines), [len(line) for line in lines], budget)
    return text[: read.tokens]
