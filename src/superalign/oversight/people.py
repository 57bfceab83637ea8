"""The people who label: what they may see, what they cost, how often they err."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from superalign.critics.oracle import Oracle
from superalign.errors import BadInput
from superalign.records import Episode, Outcome, Verdict, seed_of

PEOPLE = "people"


class Knows(Protocol):
    """Something that knows the truth of the world."""

    def verdict(self, episode: Episode) -> Verdict:
        """Judge one episode."""
        ...


@dataclass(slots=True)
class People:
    """An oracle that plays people: limited in what they can judge, paid, and fallible.

    One label is one reply, with every step checked where it has steps. The same look at the same
    reply is paid for once.
    """

    oracle: Knows
    levels: Sequence[int] | None
    """Levels people can judge; anything else is refused. None is all of them."""
    budget: int
    """Labels that may be spent in all."""
    noise: float
    """Chance that a label is wrong: one step, chosen at random, is called the other way; where
    there are no steps, the whole reply is."""
    seed: int
    mistakes: Mapping[str, str] = field(default_factory=dict)
    """By kind, what a reply is taken for by somebody who is wrong about it; else it has none."""
    paid: dict[tuple[str, int], int] = field(default_factory=dict)
    """Level of every episode labelled, by episode id and look."""

    @classmethod
    def nobody(cls) -> People:
        """Return people who may label nothing, for a loop whose critic knows the labels."""
        return cls(Oracle(), levels=(), budget=0, noise=0.0, seed=0)

    def label(self, episodes: Sequence[Episode], *, look: int = 0) -> list[Verdict]:
        """Return a verdict per episode with a 0/1 score per step.

        Another `look` is another person's, whose errors are their own, and is paid like the first.
        A reply that never came is unscored and costs nothing.

        Raises:
            ValueError: If a level is out of people's reach; that is a bug in the loop.
            BadInput: If the budget does not cover the labels asked for.
        """
        beyond = [e.problem.level for e in episodes if not self.within(e)]
        if beyond:
            raise ValueError(f"people cannot label level {beyond[0]}")
        labels = [self._label(e, look) for e in episodes]
        new = {
            (e.id, look): e.problem.level or 0
            for e, label in zip(episodes, labels, strict=True)
            if label.outcome != Outcome.UNSCORED and (e.id, look) not in self.paid
        }
        if len(self.paid) + len(new) > self.budget:
            raise BadInput(
                f"label budget: {len(self.paid) + len(new)} labels are needed by now and "
                f"'labels' allows {self.budget}"
            )
        self.paid.update(new)
        return labels

    def within(self, episode: Episode) -> bool:
        """Return whether the problem is within people's reach."""
        return self.levels is None or episode.problem.level in self.levels

    def can_judge(self, episode: Episode) -> bool:
        """Return whether there is a reply, to a problem within people's reach."""
        return self.within(episode) and episode.final.stop not in ("error", "refused")

    @property
    def left(self) -> int:
        """Labels not yet spent."""
        return self.budget - len(self.paid)

    def spent(self) -> dict[str, int]:
        """Return the labels spent by level."""
        return {str(level): n for level, n in sorted(Counter(self.paid.values()).items())}

    def _label(self, episode: Episode, look: int) -> Verdict:
        truth = self.oracle.verdict(episode)
        if truth.outcome == Outcome.UNSCORED:
            return truth.model_copy(update={"critic": PEOPLE})
        rng = random.Random(seed_of(self.seed, PEOPLE, episode.id, *([look] if look else [])))
        steps = list(truth.steps)
        passed = truth.outcome == Outcome.PASS
        wrong = rng.random() < self.noise
        if wrong:
            passed = not passed
            if steps:
                step = rng.randrange(len(steps))
                steps[step] = 1.0 - steps[step]
        if steps:
            passed = all(steps)
        return Verdict(
            critic=PEOPLE,
            outcome=Outcome.of(passed),
            kind=self.mistakes.get(truth.kind, "") if wrong else truth.kind,
            confidence=float(passed),
            steps=tuple(steps),
        )
