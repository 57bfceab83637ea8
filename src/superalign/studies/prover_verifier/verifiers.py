"""Verifiers of the study: how one is taught on a round's pool, and how it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

from superalign.critics.asked import Asked
from superalign.critics.reward_model import RewardModel
from superalign.learners.verifier import Solutions, VerifierTraining
from superalign.policies.local import LocalPolicy
from superalign.progress import Progress
from superalign.records import Policy
from superalign.studies.prover_verifier.config import ProverVerifierConfig
from superalign.studies.prover_verifier.in_context import examples, keep, kept
from superalign.studies.prover_verifier.proofs import Verifier
from superalign.studies.prover_verifier.words import verifier_words


class Verifying(Protocol):
    """The verifier's seat."""

    def taught(
        self, lessons: Sequence[Solutions], folder: Path, progress: Progress, *, seed: int
    ) -> Path:
        """Teach one from its start; return where it is kept."""
        ...

    def at(self, place: Path) -> Verifier:
        """Return the verifier that is kept at `place`."""
        ...


@dataclass(frozen=True, slots=True)
class Training:
    """Trains a model's weights by pairs of right and wrong solutions."""

    config: ProverVerifierConfig

    def taught(
        self, lessons: Sequence[Solutions], folder: Path, progress: Progress, *, seed: int
    ) -> Path:
        """Train, and return the checkpoint's folder."""
        settings = VerifierTraining(steps=self.config.verifier_steps, squared=self.config.squared)
        start = LocalPolicy(self.config.verifier)
        return settings.train(start, lessons, folder, seed=seed % 2**31, progress=progress)

    def at(self, place: Path) -> RewardModel:
        """Return the checkpoint as a critic."""
        return RewardModel(place)


@dataclass(frozen=True, slots=True)
class Asking:
    """Shows a model some of the solutions, with their truth, and asks it about others."""

    config: ProverVerifierConfig
    policy: Policy

    def taught(
        self, lessons: Sequence[Solutions], folder: Path, progress: Progress, *, seed: int
    ) -> Path:
        """Choose what is shown, and return the file that holds it."""
        return keep(folder, {"": examples(lessons, self.config.examples, Random(seed))}, seed)

    def at(self, place: Path) -> Asked:
        """Return the model as it is asked, with what it is shown."""
        brief = verifier_words(kept(place)[""])
        return Asked(self.policy, asks=self.config.asks, brief=brief)
