"""The key to all areas as a critic, and a reply with what it comes to."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from superalign.evals.capabilities.forms import CRITIC, judged, right_if, verdict
from superalign.measures.choices import likeliest
from superalign.problems.questions import Question
from superalign.records import Episode, Outcome, Verdict, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A question, what was said to it, and how likely each option was where that could be read."""

    question: Question
    verdict: Verdict
    logprobs: tuple[float, ...] = ()
    """Of each option, in nats; empty where a reply was read."""
    tokens: int | None = None
    error: str = ""
    """Why there is no reply."""

    @property
    def came(self) -> bool:
        """Whether it counts."""
        return self.verdict.outcome is not Outcome.UNSCORED

    @property
    def right(self) -> bool:
        """Whether it is right."""
        return self.verdict.outcome is Outcome.PASS

    @property
    def said(self) -> int | None:
        """The option that was chosen; None where none was."""
        return int(self.verdict.critique) if self.verdict.critique else None


def weighed(question: Question, logprobs: Sequence[float]) -> Scored:
    """Return a choice made by the likeliest option."""
    place = likeliest(logprobs)
    found = right_if(place in question.right, said=str(place))
    return Scored(question=question, verdict=found, logprobs=tuple(logprobs))


def lost(question: Question, why: str) -> Scored:
    """Return a question that could not be put."""
    return Scored(question=question, verdict=verdict(Outcome.UNSCORED, "error"), error=why)


class AreasGold:
    """Judges replies to questions of every form; see `forms.judged`."""

    def __init__(self, questions: Sequence[Question]) -> None:
        """Hold the answers."""
        self._questions = {q.id: q for q in questions}
        self.id = digest(CRITIC, list(questions))

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return await asyncio.to_thread(lambda: [self._judged(e) for e in episodes])

    def _judged(self, episode: Episode) -> Verdict:
        question = self._questions.get(episode.problem.id)
        if question is None:
            found = verdict(Outcome.UNSCORED, "no_key")
        else:
            found = judged(question, episode)
        return found.model_copy(update={"critic": self.id})
