"""What an attacker's rewrite is worth to it, and what that says of its moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from superalign.attackers.novelty import Embed, bleu, clusters, hashed


@dataclass(frozen=True, slots=True)
class Repeats:
    """How far a text repeats others, each in [0, 1]."""

    batch: float = 0.0
    """Share of the rest of its batch that is in its cluster."""
    bleu: float = 0.0
    """BLEU against the history."""
    cosine: float = 0.0
    """Mean cosine to the history."""


def repeats(texts: Sequence[str], history: Sequence[str], embed: Embed = hashed) -> list[Repeats]:
    """Return for each text of a batch how far it repeats the others and `history`."""
    if not texts:
        return []
    found = clusters(texts)
    sizes = Counter(found)
    near = np.zeros(len(texts))
    if history:
        near = np.clip((embed(texts) @ embed(history).T).mean(axis=1), 0, 1)
    rest = max(1, len(texts) - 1)
    return [
        Repeats((sizes[c] - 1) / rest, bleu(text, history), float(cosine))
        for text, c, cosine in zip(texts, found, near, strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewards:
    """Gate x (severity x failure + learnability) - repetition.

    The gate multiplies: one that is added is traded away for what it guards. Learnability is
    4 p (1 - p) at failure rate p, highest where the learner is of two minds; it keeps the attacker
    from what nobody can solve (compare R-Zero, arXiv 2508.05004). Repetition is as in
    curiosity-driven red teaming (Hong et al. 2024, arXiv 2402.19464), with R-Zero's share of the
    batch.
    """

    learnability: float = 0.5
    batch: float = 0.5
    bleu: float = 0.25
    cosine: float = 0.25

    def of(
        self, failed: float | None, repeated: Repeats, *, valid: bool, severity: float = 1.0
    ) -> float | None:
        """Return the reward at failure rate `failed`; null where a valid attack is unscored."""
        cost = self.batch * repeated.batch
        cost += self.bleu * repeated.bleu + self.cosine * repeated.cosine
        if not valid:
            return -cost
        if failed is None:
            return None
        return severity * failed + self.learnability * 4 * failed * (1 - failed) - cost


def advantages(rewards: Sequence[float | None]) -> list[float | None]:
    """Return (reward - mean) / deviation within a group; null for the unscored, which count not.

    Group-relative as in GRPO (Shao et al. 2024, arXiv 2402.03300). A group of fewer than two
    scored, or without any spread, says nothing: all null.
    """
    scored = [r for r in rewards if r is not None]
    spread = float(np.std(scored)) if len(scored) > 1 else 0.0
    if spread < 1e-9:
        return [None] * len(rewards)
    mean = float(np.mean(scored))
    return [None if r is None else (r - mean) / spread for r in rewards]
