"""What a search for failures is rewarded with: learnable, new, on goal; never failure alone.

The highest failure rate selects impossible and mislabelled questions. Ask besides that a stronger
reference, or the answer key, succeeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from superalign.measures.diversity import bleu


def learnability(fail_rate: float) -> float:
    """Return 4 p (1 - p): 1 where the learner fails every other time, 0 at never and always."""
    return 4 * fail_rate * (1 - fail_rate)


def uncertainty_reward(fail_rate: float) -> float:
    """Return min(p, 1 - p), in [0, .5] (R-Zero, arXiv 2508.05004)."""
    return min(fail_rate, 1 - fail_rate)


def proposer_reward(success_rate: float) -> float:
    """Return 1 - success if 0 < success < 1, else 0 (Absolute Zero, arXiv 2505.03335, eq. 4)."""
    return 1 - success_rate if 0 < success_rate < 1 else 0.0


def duplicate_shares(texts: Sequence[str], cut: float = 0.5) -> list[float]:
    """Return per text the share of the batch that says the same: cluster size / batch.

    Clusters are agglomerative with average linkage over 1 - BLEU, cut at `cut` (R-Zero). BLEU is
    made symmetric by its mean over both directions.
    """
    n = len(texts)
    if n < 2:
        return [1.0] * n
    from scipy.cluster.hierarchy import fcluster, linkage

    pairs = ((texts[i], texts[j]) for i in range(n) for j in range(i + 1, n))
    distances = np.array([1 - (bleu(a, [b]) + bleu(b, [a])) / 2 for a, b in pairs])
    found = fcluster(linkage(distances, "average"), cut, "distance")
    return [float((found == c).sum()) / n for c in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curiosity:
    """Weights of the curiosity reward (Hong et al. 2024, arXiv 2402.19464), as in its code."""

    self_bleu: float = 1.0
    cosine: float = 1.0
    entropy: float = 0.01
    fluency: float = 1.0
    kl: float = 0.001

    def __call__(
        self,
        fail: float,
        *,
        self_bleu: float,
        cosine: float,
        entropy: float = 0.0,
        fluency: float = 0.0,
        kl: float = 0.0,
    ) -> float:
        """Return f - selfBLEU - mean cosine + .01 entropy + fluency - .001 KL, by the weights.

        Args:
            fail: How badly the learner failed, in [0, 1].
            self_bleu: `history_bleu` against everything said before.
            cosine: `history_cosine` against the same.
            entropy: Mean entropy of the attacker's tokens, in nats.
            fluency: Chance that the text is no gibberish, in [0, 1].
            kl: Divergence of the attacker from where it started, in nats.
        """
        novelty = -self.self_bleu * self_bleu - self.cosine * cosine
        return fail + novelty + self.entropy * entropy + self.fluency * fluency - self.kl * kl


def history_bleu(text: str, history: Sequence[str]) -> float:
    """Return BLEU against the history, averaged over orders 3, 4 and 5; 0 without one."""
    return sum(bleu(text, history, order) for order in (3, 4, 5)) / 3


def history_cosine(vector: ArrayLike, history: ArrayLike) -> float:
    """Return the mean cosine of a vector (d) to rows (n, d); 0 without one."""
    one, rows = np.asarray(vector, dtype=np.float64), np.asarray(history, dtype=np.float64)
    if not rows.size:
        return 0.0
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(one)
    return float((rows @ one / np.maximum(lengths, 1e-12)).mean())


def attack_reward(
    fail_rate: float | None, *, valid: bool, severity: float, learnable: float, repeated: float
) -> float | None:
    """Return 1[valid] * (severity * p + learnable * learnability(p)) - repeated.

    Valid is on goal and new as well. The gate multiplies: one that is added is traded away for
    what it guards. Learnability keeps a search from what nobody can solve. None where a valid
    attack is unscored.

    Args:
        fail_rate: p, how often the learner failed it; None is unscored.
        valid: The gate.
        severity: How bad a failure is.
        learnable: The weight of learnability.
        repeated: What repetition costs, weighed already.
    """
    if not valid:
        return -repeated
    if fail_rate is None:
        return None
    return severity * fail_rate + learnable * learnability(fail_rate) - repeated
