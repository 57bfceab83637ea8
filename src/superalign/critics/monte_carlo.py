"""Labels of steps without people: from each step on, how often does a policy still get there?

Wang et al. 2023, "Math-Shepherd" (arXiv 2312.08935). Such a label is a value, not a judgement: a
wrong step from which the policy recovers counts as good. Zhang et al. 2025 (arXiv 2501.07301)
therefore keep a solution only where a judge agrees on the first error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from superalign.critics.majority import Answer
from superalign.critics.together import together
from superalign.measures.first_error import first_error
from superalign.policies.step_search import Stepwise
from superalign.records import Episode, Message, Outcome, Verdict, digest, seed_of


class Completes(Stepwise, Protocol):
    """A policy that can go on with a reply that somebody began, and has a name."""

    @property
    def id(self) -> str:
        """A digest of weights and sampling settings."""
        ...


class MonteCarlo:
    """Scores each line by the share of `k` completions from there that reach the right answer.

    The right answer is the reference, where there is one for the problem, else what most of `k`
    solutions from the bare prompt say. The last line, which nothing follows, is right if the
    reply's own answer is. A reply that did not come to an end, and a problem for which there is no
    right answer to be had, is unscored. A line from which any completion gets there counts as
    right: `confidence` is null, and the outcome fails where a line has no such completion.
    """

    def __init__(
        self,
        policy: Completes,
        answer: Answer,
        *,
        reference: Mapping[str, str] | None = None,
        k: int = 8,
        seed: int = 0,
    ) -> None:
        """Complete with `policy`; `answer` reads a reply's final answer; `reference` by problem.

        Who holds the reference decides what may be trained on the labels: give it for problems
        whose answers people know.
        """
        self.policy, self.answer, self.k, self.seed = policy, answer, k, seed
        self.reference = dict(reference or {})
        self.id = digest("monte-carlo", policy.id, self.reference, k, seed)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return a verdict per episode; episodes that begin alike share their completions."""
        begun = {b: None for e in episodes if _readable(e) for b in self._begun(e)}
        found = await together(self._completed(*b) for b in begun)
        completed = dict(zip(begun, found, strict=True))
        unscored = Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind="unreadable")
        return [self._verdict(e, completed) if _readable(e) else unscored for e in episodes]

    def _begun(self, episode: Episode) -> list[tuple[tuple[Message, ...], str]]:
        """Return what is to be completed: the first lines, and nothing at all for a vote."""
        seen, lines = episode.moves[-1].seen, episode.final.text.split("\n")
        heads = ["\n".join([*lines[:i], ""]) for i in range(1, len(lines))]
        voted = [] if episode.problem.id in self.reference else [""]
        return [(seen, head) for head in (*voted, *heads)]

    async def _completed(self, seen: tuple[Message, ...], said: str) -> list[str | None]:
        """Return the final answer of each completion; one that was cut off has none."""
        seed = seed_of(self.seed, seen, said)
        ways = await self.policy.extend(seen, said, n=self.k, seed=seed, to_end=True)
        return [self.answer(said + w.text) if w.stop == "end" else None for w in ways]

    def _verdict(
        self,
        episode: Episode,
        completed: Mapping[tuple[tuple[Message, ...], str], Sequence[str | None]],
    ) -> Verdict:
        answers = [completed[b] for b in self._begun(episode)]
        right = self.reference.get(episode.problem.id)
        if episode.problem.id not in self.reference:
            right = most_common(answers.pop(0))
        if right is None:
            return Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind="no_answer")
        shares = [sum(a == right for a in group) / self.k for group in answers]
        steps = (*shares, float(self.answer(episode.final.text) == right))
        return Verdict(
            critic=self.id, outcome=Outcome.of(min(steps) > 0), steps=steps, samples=self.k
        )


def _readable(episode: Episode) -> bool:
    return episode.final.stop == "end" and bool(episode.final.text)


def most_common(answers: Sequence[str | None]) -> str | None:
    """Return the answer given most often, the first of equals, or None where none is given."""
    votes = Counter(a for a in answers if a is not None)
    return votes.most_common(1)[0][0] if votes else None


def hard(shares: Sequence[float]) -> tuple[bool, ...]:
    """Return labels by which a step is right if any completion gets there.

    Higher thresholds, and shares as soft labels, train worse models (arXiv 2501.07301).
    """
    return tuple(share > 0 for share in shares)


def consensus(rollouts: Verdict, judge: Verdict, threshold: float = 0.5) -> bool:
    """Return whether completions and a judge agree on where the first error is, or on none.

    False where either has no step scores.
    """
    if not rollouts.steps or not judge.steps:
        return False
    reached = [float(ok) for ok in hard(rollouts.steps)]
    return first_error(reached) == first_error(judge.steps, threshold)
