"""Thompson sampling with Beta posteriors (Thompson 1933, Biometrika 25): the attackers' bandit."""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class Posterior:
    """A rate known from `hits` in `tried`, under a uniform prior."""

    hits: int = 0
    tried: int = 0

    def add(self, hits: int, tried: int = 1) -> None:
        """Take in `hits` more in `tried` more."""
        self.hits += hits
        self.tried += tried

    def draw(self, rng: random.Random) -> float:
        """Draw a rate from the posterior."""
        return rng.betavariate(1 + self.hits, 1 + self.tried - self.hits)


def choose(arms: Mapping[K, Posterior], rng: random.Random, *, explore: float = 0.0) -> K:
    """Return the arm whose drawn rate is highest; with chance `explore`, any arm."""
    if explore and rng.random() < explore:
        return rng.choice(list(arms))
    return max(arms, key=lambda a: arms[a].draw(rng))
