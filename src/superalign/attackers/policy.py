"""A policy that learns to attack: its rewrites are rewarded, and a learner trains it on them.

In the manner of red teaming by reinforcement learning (Perez et al. 2022, arXiv 2202.03286). One
side learns at a time: the attacker within an attack, in which the learner under attack stands
still, and the learner between attacks, in which the attacker does.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from superalign.attackers import variants
from superalign.attackers.protocol import HELD_OUT, Table
from superalign.attackers.rewards import Rewards, advantages, repeats
from superalign.attackers.scoring import Purse
from superalign.attackers.validity import Invalid, Validity
from superalign.games.dialogue import ATTACKER
from superalign.policies.reading import fenced
from superalign.records import Episode, Example, Message, Move, Policy, Problem, Reply, seed_of

P = TypeVar("P", bound=Policy)


class Trains(Protocol[P]):
    """What any learner of the package promises; attackers come before learners in the house."""

    def improve(self, policy: P, examples: Sequence[Example], *, seed: int = 0) -> P:
        """Return a policy trained on `examples`."""
        ...


Prompted = Callable[[Problem], Sequence[Message]]
"""What the attacker is shown of a problem."""


def asked(problem: Problem) -> list[Message]:
    """Return the request for a variant; always the same, so that groups share what they saw."""
    shown = fenced("problem", problem.prompt, problem.id)
    code = shown.split(">")[0].split()[-1]
    return [
        Message(role="system", text=variants.BRIEF.format(code=code)),
        Message(role="user", text=shown),
    ]


class Wave(NamedTuple):
    """What one wave of rewrites came to."""

    policy: str
    """Id of the attacker that wrote it."""
    n: int
    unscored: int
    invalid: int
    reward: float | None
    """Mean over the scored."""


class _Rewrite(NamedTuple):
    parent: Problem
    move: Move
    problem: Problem | None


@dataclass(slots=True, kw_only=True)
class TrainedAttacker(Generic[P]):
    """Rewrites parents in groups and, after every wave, is trained on its moves.

    `policy` is the attacker as it stands; a killed run, run again, goes through the same policies,
    because a learner names checkpoints by what they were made of.
    """

    policy: P
    learner: Trains[P]
    parents: Sequence[Problem]
    rewards: Rewards = Rewards()
    valid: Validity = field(default_factory=Validity)
    severity: Callable[[Problem], float] = lambda _: 1.0
    """How bad a failure on a problem is."""
    prompted: Prompted = asked
    read: Callable[[Reply, Problem], Problem | None] = variants.read
    """Makes a problem of a reply and its parent, or None."""
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
        written = await self._write(purse.table, parents, seed)
        reasons = await self._reasons(purse.table, written, known, seed)
        valid = [
            w.problem for w, why in zip(written, reasons, strict=True) if w.problem and not why
        ]
        rates = {s.problem.id: s.estimate.mean for s in await purse.play(valid, seed=seed)}
        rewards = self._rewards(written, reasons, rates, known)
        self._note(written, reasons, rewards)
        return self._examples(written, rewards)

    async def _write(self, table: Table, parents: Sequence[Problem], seed: int) -> list[_Rewrite]:
        async def once() -> list[list[dict[str, Any]]]:
            said = await asyncio.gather(
                *(
                    self.policy.sample(
                        list(self.prompted(p)), n=self.group, seed=seed_of(seed, p.id)
                    )
                    for p in parents
                )
            )
            return [[r.model_dump(mode="json") for r in replies] for replies in said]

        seen = [tuple(self.prompted(p)) for p in parents]
        key = [self.policy.id, seen, [p.id for p in parents], self.group, seed]
        rows = await table.ledger.once("rewrites", key, once)
        return [
            self._rewrite(parent, shown, Reply.model_validate(row))
            for parent, shown, replies in zip(parents, seen, rows, strict=True)
            for row in replies
        ]

    def _rewrite(self, parent: Problem, seen: tuple[Message, ...], reply: Reply) -> _Rewrite:
        move = Move(seat=ATTACKER, policy=self.policy.id, seen=seen, reply=reply)
        return _Rewrite(parent, move, self.read(reply, parent))

    async def _reasons(
        self, table: Table, written: Sequence[_Rewrite], known: Sequence[str], seed: int
    ) -> list[str | None]:
        """Return per rewrite why it is not played, or None; one step of the ledger."""

        async def once() -> list[str | None]:
            texts, reasons = list(known), list[str | None]()
            for i, (parent, _, problem) in enumerate(written):
                why: str | None = Invalid.UNREADABLE
                if problem is not None:
                    why = await self.valid.reject(problem, parent, texts, seed=seed_of(seed, i))
                if problem is not None and why is None:
                    texts.append(problem.prompt)
                reasons.append(why)
            return reasons

        key = [self.valid.id, [[w.parent.id, w.problem] for w in written], known, seed]
        found: list[str | None] = await table.ledger.once("valid", key, once)
        return found

    def _rewards(
        self,
        written: Sequence[_Rewrite],
        reasons: Sequence[str | None],
        rates: dict[str, float | None],
        known: Sequence[str],
    ) -> list[float | None]:
        texts = [w.move.reply.text if w.problem is None else w.problem.prompt for w in written]
        alike = repeats(texts, known, self.valid.embed)
        return [
            self.rewards.of(
                rates.get(w.problem.id) if w.problem else None,
                repeated,
                valid=why is None,
                severity=self.severity(w.problem or w.parent),
            )
            for w, why, repeated in zip(written, reasons, alike, strict=True)
        ]

    def _note(
        self,
        written: Sequence[_Rewrite],
        reasons: Sequence[str | None],
        rewards: Sequence[float | None],
    ) -> None:
        self.history += [w.problem.prompt for w in written if w.problem]
        self.tally.update(f"invalid: {why}" for why in reasons if why)
        self.tally["asked"] += len(written)
        scored = [r for r in rewards if r is not None]
        invalid = sum(why is not None for why in reasons)
        mean = fmean(scored) if scored else None
        counts = (len(rewards), len(rewards) - len(scored), invalid)
        self.told.append(Wave(self.policy.id, *counts, mean))

    def _examples(
        self, written: Sequence[_Rewrite], rewards: Sequence[float | None]
    ) -> list[Example]:
        found: list[Example] = []
        for start in range(0, len(written), self.group):
            group = written[start : start + self.group]
            weights = advantages(rewards[start : start + self.group])
            found += [
                Example(move=w.move, weight=weight, problem=w.parent.id)
                for w, weight in zip(group, weights, strict=True)
                if weight is not None
            ]
        return found
