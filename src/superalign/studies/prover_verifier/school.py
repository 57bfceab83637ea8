"""What is made once per seed: problems in disjoint parts, and who sits in which seat."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from superalign.ledger import Ledger
from superalign.policies.local import LocalPolicy
from superalign.policies.remote import RemotePolicy, is_remote
from superalign.records import Problem, seed_of
from superalign.studies.prover_verifier.config import ProverVerifierConfig
from superalign.studies.prover_verifier.in_context import InContext
from superalign.studies.prover_verifier.proofs import drawn
from superalign.studies.prover_verifier.provers import Prover, Solved, Trained
from superalign.studies.prover_verifier.readers import AskedReader, Reader, TrainedReader
from superalign.studies.prover_verifier.verifiers import Asking, Training, Verifying


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

    def prover(self, place: str | Path | None = None, solved: Solved | None = None) -> Prover:
        """Return the prover kept at `place`, or the one that nothing was taught.

        With the solver's solutions it is their translator.
        """
        found: Prover
        if is_remote(self.config.prover):
            found = InContext(config=self.config, policy=self._remote(self.config.prover))
        else:
            local = LocalPolicy(self.config.prover, max_new_tokens=self.config.max_new_tokens)
            found = Trained.of(self.config, local)
        found = found if place is None else found.at(Path(place))
        return found.translating(solved) if solved else found

    @property
    def verifier(self) -> Verifying:
        """The verifier's seat."""
        if is_remote(self.config.verifier):
            return Asking(self.config, self._remote(self.config.verifier))
        return Training(self.config)

    @property
    def reader(self) -> Reader:
        """The reader's seat."""
        if is_remote(self.config.reader):
            return AskedReader(self.config, self._remote(self.config.reader))
        return TrainedReader(self.config)

    def _remote(self, name: str) -> RemotePolicy:
        """Return a model behind an endpoint; all parts of a seed share what was paid for."""
        return RemotePolicy(
            name,
            base_url=self.config.base_url,
            concurrency=self.config.concurrency,
            cache=self.folder / "replies.sqlite",
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
