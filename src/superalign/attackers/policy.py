"""A policy that learns to attack: its rewrites are rewarded, and a learner trains it on them.

In the manner of red teaming by reinforcement learning (Perez et al. 2022, arXiv 2202.03286). One
side learns at a time: the attacker within an attack, in which the learner under attack stands
still, and the learner between attacks, in which the attacker does.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

from superalign.attackers import variants
from superalign.attackers.protocol import HELD_OUT, Table
from superalign.attackers.rewards import Rewards, repeats
from superalign.attackers.rewriting import Prompted, Read, Rewritten, Writer, asked, checked
from superalign.attackers.scoring import Purse
from superalign.attackers.validity import Validity
from superalign.measures.advantages import grpo
from superalign.records import Episode, Example, Policy, Problem, seed_of
from superalign.stats import mean_known

P = TypeVar("P", bound=Policy)


class Trains(Protocol[P]):
    """What any learner of the package promises; attackers come before learners in the house."""

    def improve(self, policy: P, examples: Sequence[Example], *, seed: int = 0) -> P:
        """Return a policy trained on `examples`."""
        ...


class Wave(NamedTuple):
    """What one wave of rewrites came to."""

    policy: str
    """Id of the attacker that wrote it."""
    n: int
    unscored: int
    invalid: int
    reward: float | None
    """Mean over the scored."""


@dataclass(slots=True, kw_only=True)
class TrainedAttacker(Generic[P]):
    """Rewrites parents in groups and, after every wave, is trained on its moves.

    `policy` is the attacker as it stands; a killed run, run again, goes through the same policies,
    because a learner names checkpoints by what they were made of.
    """

    policy: P
    learner: Trains[P]
    parents: Sequence[Problem]
    rewards: Rewards = field(default_factory=Rewards)
    valid: Validity = field(default_factory=Validity)
    severity: Callable[[Problem], float] = lambda _: 1.0
    """How bad a failure on a problem is."""
    prompted: Prompted = asked
    read: Read = variants.read
    group: int = 4
    """Rewrites per parent."""
    waves: int = 4
    memory: int = 100
    """Earlier rewrites, drawn at random, that a new one is compared with."""
    history: list[str] = field(init=False, default_factory=list)
    told: list[Wave] = field(init=False, default_factory=list)
    tally: Counter[str] = field(init=False, default_factory=Counter)

    def __post_init__(self) -> None:
        if any(HELD_OUT in p.tags for p in self.parents):
            raise ValueError("a parent is held out: it measures and never trains an attacker")

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return everything played; at a held-out table nothing is learnt from it."""
        tried: list[Episode] = []
        for wave in range(self.waves):
            at = seed_of(seed, "trained attacker", wave)
            purse = Purse(table, (budget - len(tried)) // (self.waves - wave))
            examples = await self._wave(purse, at)
            tried += purse.tried
            if examples and not table.held_out:
                self.policy = self.learner.improve(self.policy, examples, seed=at)
        return tried

    async def _wave(self, purse: Purse, seed: int) -> list[Example]:
        """Write, check, play and reward one wave; return its moves with their advantages."""
        rng = random.Random(seed)
        groups = purse.problems // self.group
        parents = rng.sample(list(self.parents), min(groups, len(self.parents)))
        known = rng.sample(self.history, min(self.memory, len(self.history)))
        writer = Writer(self.policy, self.group, self.prompted, self.read)
        ledger = purse.table.ledger
        written = await writer.write(ledger, parents, seed=seed)
        written = await checked(ledger, written, self.valid, known, seed=seed)
        valid = [w.problem for w in written if w.problem and not w.invalid]
        rates = {s.problem.id: s.estimate.mean for s in await purse.play(valid, seed=seed)}
        rewards = self._rewards(written, rates, known)
        self._note(written, rewards)
        return self._examples(written, rewards)

    def _rewards(
        self,
        written: Sequence[Rewritten],
        rates: dict[str, float | None],
        known: Sequence[str],
    ) -> list[float | None]:
        texts = [w.move.reply.text if w.problem is None else w.problem.prompt for w in written]
        alike = repeats(texts, known, self.valid.embed)
        return [
            self.rewards.of(
                rates.get(w.problem.id) if w.problem else None,
                repeated,
                valid=not w.invalid,
                severity=self.severity(w.problem or w.parent),
            )
            for w, repeated in zip(written, alike, strict=True)
        ]

    def _note(self, written: Sequence[Rewritten], rewards: Sequence[float | None]) -> None:
        self.history += [w.problem.prompt for w in written if w.problem]
        self.tally.update(f"invalid: {w.invalid}" for w in written if w.invalid)
        self.tally["asked"] += len(written)
        unscored = sum(r is None for r in rewards)
        invalid = sum(bool(w.invalid) for w in written)
        counts = (len(rewards), unscored, invalid)
        self.told.append(Wave(self.policy.id, *counts, mean_known(rewards)))

    def _examples(
        self, written: Sequence[Rewritten], rewards: Sequence[float | None]
    ) -> list[Example]:
        found: list[Example] = []
        for start in range(0, len(written), self.group):
            group = written[start : start + self.group]
            weights = grpo(rewards[start : start + self.group])
            found += [
                Example(move=w.move, weight=weight, problem=w.parent.id)
                for w, weight in zip(group, weights, strict=True)
                if weight
            ]
        return found
