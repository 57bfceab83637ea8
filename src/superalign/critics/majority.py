"""Critics that need no training: the crowd of samples, and none at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from superalign.records import Episode, Outcome, Verdict

Answer = Callable[[str], str | None]
"""Reads the final answer of a reply, or None when it states none."""


class Majority:
    """Passes the answers that most samples of the same problem agree on (self-consistency).

    Wang et al. 2022, arXiv 2203.11171. The confidence is the answer's share of the votes; a reply
    without an answer is `UNSCORED` and has no vote; ties go to the answer seen first.
    """

    def __init__(self, answer: Answer) -> None:
        self.answer, self.id = answer, "majority-vote"

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Vote among the episodes given, problem by problem."""
        answers = [self.answer(e.final.text) for e in episodes]
        votes: dict[str, Counter[str]] = {}
        for episode, answer in zip(episodes, answers, strict=True):
            if answer is not None:
                votes.setdefault(episode.problem.id, Counter())[answer] += 1
        return [
            self._verdict(answer, votes.get(episode.problem.id, Counter()))
            for episode, answer in zip(episodes, answers, strict=True)
        ]

    def _verdict(self, answer: str | None, votes: Counter[str]) -> Verdict:
        if answer is None:
            return Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind="no_answer")
        (winner, _) = votes.most_common(1)[0]
        return Verdict(
            critic=self.id,
            outcome=Outcome.of(answer == winner),
            confidence=votes[answer] / votes.total(),
        )


class Trusting:
    """Passes everything that came to an end: self-training without a critic."""

    id = "trusting"

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Pass every finished reply; an unfinished one is `UNSCORED`."""
        return [
            Verdict(
                critic=self.id,
                outcome=Outcome.PASS if e.final.stop == "end" else Outcome.UNSCORED,
            )
            for e in episodes
        ]
