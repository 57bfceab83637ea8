"""SAFE as a critic: an answer is as good as what it states is complete and holds up."""

from __future__ import annotations

from collections.abc import Sequence

from superalign.critics.factuality.rated import (
    NOT_SUPPORTED,
    SUPPORTED,
    UNRATED,
    Fact,
    Rated,
    Rater,
)
from superalign.critics.fence import task_of
from superalign.critics.rubric import says_nothing
from superalign.critics.together import together
from superalign.measures.factual import f1_at_k
from superalign.records import Episode, Issue, Outcome, Verdict, digest


class Factuality:
    """Passes a reply whose F1@K is at least `threshold`; what is not supported are its issues.

    `raw` is F1@K, which is no probability until it is calibrated; `scores` hold precision and
    recall too. A reply that says nothing fails. One with nothing rated, or with more relevant
    facts and sentences unrated than rated facts, is unscored; `missing` counts the unrated.
    """

    def __init__(self, rater: Rater, *, k: int = 64, threshold: float = 0.5) -> None:
        """Rate with `rater`, a `Fast` for choice; `k` supported facts are all a reader wants."""
        self._rater, self._k, self._threshold = rater, k, threshold
        self.id = digest("factuality", rater.id, k, threshold)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return await together(self._judge(e) for e in episodes)

    async def _judge(self, episode: Episode) -> Verdict:
        reply = episode.final
        if not reply.came:
            return Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind=reply.stop)
        if says_nothing(reply.text):
            return Verdict(
                critic=self.id,
                outcome=Outcome.FAIL,
                kind="no_answer",
                raw=0.0,
                critique="The reply gives no answer.",
            )
        return self._verdict(await self._rater.rate(task_of(episode), reply.text))

    def _verdict(self, rated: Rated) -> Verdict:
        supported, not_supported = rated.count(SUPPORTED), rated.count(NOT_SUPPORTED)
        known, missing = supported + not_supported, rated.count(UNRATED) + len(rated.unsplit)
        if missing > known:
            return Verdict(
                critic=self.id, outcome=Outcome.UNSCORED, kind="unrated", missing=missing
            )
        raw = f1_at_k(supported, not_supported, self._k)
        wrong = [f for f in rated.facts if f.annotation == NOT_SUPPORTED]
        issues = tuple(dict.fromkeys(_issue(f, rated) for f in wrong))
        return Verdict(
            critic=self.id,
            outcome=Outcome.of(raw >= self._threshold),
            raw=raw,
            scores={
                "f1": raw,
                "precision": supported / known if known else None,
                "recall": min(1.0, supported / self._k),
            },
            critique="\n".join(f"“{i.quote}”: {i.why}" for i in issues),
            issues=issues,
            samples=known,
            missing=missing,
        )


def _issue(fact: Fact, rated: Rated) -> Issue:
    quote = rated.sentences[fact.sentence]
    start = rated.response.index(quote)
    return Issue(
        quote=quote,
        why=f"Not supported: {fact.revised}",
        start=start,
        end=start + len(quote),
        dimension="precision",
    )
