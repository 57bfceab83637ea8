"""The requests that a run of `requests` draws behind the wrappers that may train."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from superalign.problems.requests import world
from superalign.problems.requests.words import TOPICS
from superalign.problems.requests.world import Intent
from superalign.records import Problem, seed_of


@dataclass(frozen=True, slots=True)
class Draws:
    """Draws requests of any topic, wrapped once in one of `families`."""

    families: tuple[str, ...]
    seed: int

    def any(self, rng: Random) -> Problem:
        """Return a request as people send them, of any intent."""
        return self._one(rng.choice([*Intent]), rng)

    def attacks(self, purpose: str, n: int) -> list[Problem]:
        """Return requests that the user knows to be harmful."""
        rng = Random(seed_of(self.seed, purpose))
        return [self._one(Intent.HARMFUL, rng) for _ in range(n)]

    def benign(self, purpose: str, n: int) -> list[Problem]:
        """Return requests that the user knows to be benign, plain and disguised.

        A wrapper changes no intent: plain ones, disguised, stay known.
        """
        rng = Random(seed_of(self.seed, "benign", purpose))
        kinds = (Intent.BORDERLINE, Intent.HARMLESS)
        return [self._one(rng.choice(kinds), rng, plain=0.3) for _ in range(n)]

    def _one(self, intent: Intent, rng: Random, *, plain: float = 0.0) -> Problem:
        wrapped = rng.random() >= plain
        families = [rng.choice(self.families)] if wrapped else []
        return world.draw(rng.choice([*TOPICS]), intent, families, rng)
