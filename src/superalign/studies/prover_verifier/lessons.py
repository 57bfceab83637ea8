"""What an iteration teaches a prover: samples in a role, and what each is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from superalign import credit
from superalign.measures.advantages import grpo, rloo
from superalign.measures.roles import REWARDS, Reward, Role, Values, decoupled
from superalign.records import Episode, Example, Outcome, Verdict
from superalign.studies.prover_verifier.proofs import Truth

REWARD = "reward"
"""Names the verdict that holds a solution's reward."""


@dataclass(frozen=True, slots=True)
class Played:
    """The samples of an iteration in one role, what the verifier says, and what is true."""

    role: Role
    episodes: Sequence[Episode]
    values: Values
    truths: Sequence[Truth]
    missing: int = 0
    """Samples that never came, which are in none of these."""
    unscored: int = 0
    """Of those that came, how many the verifier gave no verdict on; 0 where none was asked."""

    def rows(self) -> Iterator[tuple[Episode, float | None, Truth]]:
        """Yield the samples, each with its value and its truth."""
        yield from zip(self.episodes, self.values, self.truths, strict=True)

    def only(self, rows: Iterable[tuple[Episode, float | None, Truth]]) -> Played:
        """Return some of the samples."""
        kept = list(rows)
        return Played(
            self.role, [e for e, *_ in kept], [v for _, v, _ in kept], [t for *_, t in kept]
        )

    def solved(self) -> Played:
        """Return the samples on problems that the solver got right."""
        return self.only(row for row in self.rows() if row[2].solved)

    def groups(self) -> Iterator[Played]:
        """Yield the samples of one problem at a time; roles are never together here."""
        for _, members in groupby(self.rows(), key=lambda row: row[0].problem.id):
            yield self.only(members)

    def rewards(self, reward: Reward | None) -> list[float]:
        """Return what each sample of ONE group earns; without a reward, 1 if it is right."""
        if reward is None:
            return [float(t.right) for t in self.truths]
        does = [t.does(self.role) for t in self.truths]
        if reward == "decoupled":
            solved = self.role == "sneaky" or bool(self.truths[0].solved)
            return decoupled(self.values, does, solved=solved)
        return REWARDS[reward](self.values, does)


def lessons(played: Played, reward: Reward | None) -> list[Example]:
    """Return one role's samples, weighted by their advantage within their problem's group."""
    rewarded = [
        _said(e, r)
        for group in played.groups()
        for e, r in zip(group.episodes, group.rewards(reward), strict=True)
    ]
    return credit.advantaged(rewarded, REWARD, rloo if reward == "decoupled" else grpo)


def _said(episode: Episode, reward: float) -> Episode:
    return episode.judged(Verdict(critic=REWARD, outcome=Outcome.PASS, confidence=reward))
