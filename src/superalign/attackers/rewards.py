"""What an attacker's rewrite is worth to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from superalign.attackers.novelty import Embed, hashed
from superalign.measures.rewards import (
    attack_reward,
    duplicate_shares,
    history_bleu,
    history_cosine,
)


@dataclass(frozen=True, slots=True)
class Repeats:
    """How far a text repeats others, each at most 1."""

    batch: float = 0.0
    """Share of its batch that says the same, itself included."""
    bleu: float = 0.0
    """BLEU against the history, averaged over orders 3, 4 and 5."""
    cosine: float = 0.0
    """Mean cosine to the history."""


def repeats(texts: Sequence[str], history: Sequence[str], embed: Embed = hashed) -> list[Repeats]:
    """Return for each text of a batch how far it repeats the others and `history`."""
    before = embed(history) if history else ()
    return [
        Repeats(share, history_bleu(text, history), history_cosine(vector, before))
        for text, share, vector in zip(texts, duplicate_shares(texts), embed(texts), strict=True)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewards:
    """Weights of what an attack earns (`attack_reward`) and of what repetition costs.

    Repetition is as in curiosity-driven red teaming (Hong et al. 2024, arXiv 2402.19464), with
    R-Zero's share of the batch (Huang et al. 2025, arXiv 2508.05004).
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
        return attack_reward(
            failed, valid=valid, severity=severity, learnable=self.learnability, repeated=cost
        )
