"""A bandit over attackers: the budget goes to whoever still finds failures that are new.

Thompson sampling on Beta posteriors whose reward is the first hit of a cluster of failures. Hits
alone would keep paying for the same hole, found over and over.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from superalign.attackers.held_out import training
from superalign.attackers.protocol import Attacker, Table
from superalign.attackers.scoring import asked_of_learner
from superalign.attackers.thompson import Posterior, choose
from superalign.records import Episode, Outcome, Verdict, seed_of

Cluster = Callable[[Episode, Verdict], Hashable]
"""Which failures count as the same."""


def by_tags(episode: Episode, verdict: Verdict) -> Hashable:
    """Return the problem's tags and the kind of the verdict."""
    return tuple(sorted(set(episode.problem.tags))), verdict.kind


@dataclass(slots=True, kw_only=True)
class Bandit:
    """Splits a budget over attackers in waves; what it learnt stays from round to round.

    A problem is a trial, and a hit if it opens a cluster. What an attacker leaves unspent is
    spread over the waves that follow.
    """

    attackers: Mapping[str, Attacker]
    cluster: Cluster = by_tags
    waves: int = 8
    slots: int = 4
    """Parts of a wave's budget, each given to the attacker that is drawn for it."""
    explore: float = 0.15
    """Chance that a part goes to any attacker, whatever it found."""
    arms: dict[str, Posterior] = field(init=False)
    clusters: Counter[Hashable] = field(init=False, default_factory=Counter)
    """Failed problems by cluster."""

    def __post_init__(self) -> None:
        self.arms = {name: Posterior() for name in training(self.attackers)}

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return everything the attackers tried.

        Raises:
            ValueError: If an attacker spends more than its part.
        """
        rng = random.Random(seed_of(seed, "bandit"))
        tried: list[Episode] = []
        left = budget
        for wave in range(self.waves):
            shares = self._shares(left // (self.waves - wave), table.samples, rng)
            for name, share in sorted(shares.items()):
                at = seed_of(seed, "bandit", wave, name)
                played = await self.attackers[name].attack(table, budget=share, seed=at)
                spent = asked_of_learner(played)
                if spent > share:
                    raise ValueError(f"attacker {name} spent {spent} of {share} samples")
                self._learn(name, played, table.critic.id)
                tried += played
                left -= spent
        return tried

    def _shares(self, budget: int, unit: int, rng: random.Random) -> dict[str, int]:
        """Draw an attacker for each slot; slots are whole multiples of what a problem costs."""
        units = budget // unit
        shares: Counter[str] = Counter()
        for slot in range(self.slots):
            size = units * (slot + 1) // self.slots - units * slot // self.slots
            shares[choose(self.arms, rng, explore=self.explore)] += size * unit
        return {name: share for name, share in shares.items() if share}

    def _learn(self, name: str, played: Sequence[Episode], critic: str) -> None:
        """Take in, problem by problem, whether it failed in a way not seen before."""
        for _, group in groupby(played, key=lambda e: e.problem.id):
            failed = [
                (e, v) for e in group if (v := e.verdict(critic)) and v.outcome is Outcome.FAIL
            ]
            found = {self.cluster(e, v) for e, v in failed}
            self.arms[name].add(bool(found - self.clusters.keys()))
            self.clusters.update(found)
