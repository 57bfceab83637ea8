"""A panel: several critics whose probabilities become one, and how far they are independent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean, pvariance
from typing import Literal, get_args

from superalign.critics.protocol import Critic
from superalign.records import Episode, Outcome, Verdict, digest
from superalign.stats import mean_known

Manner = Literal["mean", "worst", "cautious"]
"""How members' probabilities become one: their mean, the lowest, or mean minus k * variance."""


class Panel:
    """Judges by what its members make of an episode together.

    Members that leave an episode unscored are left out and counted in `missing`; unless more than
    half of them score it, it is unscored. The aggregates are those of Coste et al. 2023 (arXiv
    2310.02743); `uncertainty` holds the variance and, in nats, the total entropy of the mean and
    its epistemic part, what the members disagree about (Houlsby et al. 2011, arXiv 1112.5745).
    """

    def __init__(
        self,
        members: Sequence[Critic],
        *,
        manner: Manner = "mean",
        k: float = 1.0,
        threshold: float = 0.5,
    ) -> None:
        """Seat the members; `k` weighs the variance where the manner is `cautious`.

        Raises:
            ValueError: If there is no member, one is seated twice, or the manner is unknown.
        """
        ids = [m.id for m in members]
        if not ids or len({*ids}) < len(ids) or manner not in get_args(Manner):
            raise ValueError("a panel needs members that differ, and a manner it knows")
        self.members, self.manner, self.k, self.threshold = tuple(members), manner, k, threshold
        self.id = digest("panel", ids, manner, k, threshold)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        said = [await member.judge(episodes) for member in self.members]
        return [self._verdict(votes) for votes in zip(*said, strict=True)]

    def _verdict(self, votes: Sequence[Verdict]) -> Verdict:
        scored = [v for v in votes if v.outcome is not Outcome.UNSCORED]
        chances = [b for v in scored if (b := v.belief) is not None]
        missing = len(votes) - len(chances)
        if 2 * len(chances) <= len(votes):
            return Verdict(
                critic=self.id, outcome=Outcome.UNSCORED, kind="no_quorum", missing=missing
            )
        right = self._together(chances)
        passed = right >= self.threshold
        return Verdict(
            critic=self.id,
            outcome=Outcome.of(passed),
            raw=right,
            scores=_scores(scored),
            critique="\n".join(dict.fromkeys(v.critique for v in scored if v.critique)),
            issues=tuple(dict.fromkeys(i for v in scored for i in v.issues)),
            ungrounded=sum(v.ungrounded for v in scored),
            samples=len(chances),
            missing=missing,
            agreement=fmean((c >= self.threshold) == passed for c in chances),
            uncertainty=uncertainty(chances),
        )

    def _together(self, chances: Sequence[float]) -> float:
        match self.manner:
            case "mean":
                return fmean(chances)
            case "worst":
                return min(chances)
            case "cautious":
                return max(0.0, fmean(chances) - self.k * pvariance(chances))


def _scores(verdicts: Sequence[Verdict]) -> dict[str, float | None]:
    """Return the mean of each dimension over the members that score it."""
    names = dict.fromkeys(name for v in verdicts for name in v.scores)
    return {name: mean_known(v.scores.get(name) for v in verdicts) for name in names}


def uncertainty(chances: Sequence[float]) -> dict[str, float]:
    """Return variance, total entropy H(mean) and epistemic H(mean) - mean H, entropies in nats."""
    total = entropy(fmean(chances))
    aleatoric = fmean(entropy(c) for c in chances)
    return {
        "variance": pvariance(chances),
        "total": total,
        "epistemic": max(0.0, total - aleatoric),
    }


def entropy(p: float) -> float:
    """Return the entropy of a coin that falls heads with probability `p`, in nats."""
    return -sum(q * math.log(q) for q in (p, 1.0 - p) if q > 0.0)
