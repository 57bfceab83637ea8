"""A generative process judge: any policy that says of every step whether it is right.

Zhang et al. 2024, "Generative verifiers" (arXiv 2408.15240): the judge may reason first, and
several samples of it are a vote on each step.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import fmean

from superalign.critics.fence import WARNING, code_for, fenced, task_of
from superalign.critics.opinions import quorum, stopped, unread
from superalign.critics.together import together
from superalign.measures.first_error import first_error
from superalign.measures.steps import Aggregation, aggregate
from superalign.records import (
    Episode,
    Issue,
    Message,
    Outcome,
    Policy,
    Reply,
    Verdict,
    digest,
    seed_of,
)

BRIEF = """You check solutions step by step. The user message shows a task and the steps of a \
solution between markers that carry the code {code}. {warning}

A step is right if it follows from the task and the steps before it. Think first if you need to. \
Then say of every step, each on a line of its own and in this form, whether it is right (+) or \
wrong (-):
1: +
2: -"""

_SAID = re.compile(
    r"^[ \t*]*(?:step[ \t]+)?([0-9]{1,4})[ \t]*[:.)]"
    r"[ \t*]*(\+|-|right|correct|wrong|incorrect)[ \t*.]*$",
    re.IGNORECASE | re.MULTILINE,
)
_RIGHT = {"+", "right", "correct"}


class StepJudge:
    """Gives each line the share of `k` samples that call it right.

    A sample counts when it says exactly one thing of every line; half of the samples must count,
    else the reply is unscored and `kind` says why. The chances are votes and not calibrated, so
    `confidence` is null. An issue quotes the first line that most samples call wrong.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        k: int = 1,
        aggregation: Aggregation = "min",
        threshold: float = 0.5,
        seed: int = 0,
    ) -> None:
        """Judge with `policy`; another `seed` is a second look that shares no sample."""
        self.policy, self.k, self.seed = policy, k, seed
        self.aggregation, self.threshold = aggregation, threshold
        self.id = digest("step-judge", BRIEF, WARNING, policy.id, k, aggregation, threshold, seed)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return await together(self._judge(e) for e in episodes)

    async def _judge(self, episode: Episode) -> Verdict:
        reply = episode.final
        if not reply.came or not reply.text:
            return self._unscored(reply.stop if not reply.came else "unreadable")
        lines = reply.text.split("\n")
        seed = seed_of(self.seed, episode.problem.id, reply.text)
        said = await self.policy.sample(self.prompt(episode, seed), n=self.k, seed=seed)
        found = [marks(s, len(lines)) for s in said]
        votes = quorum(found, self.k)
        if isinstance(votes, str):
            return self._unscored(votes, missing=self.k)
        return self._conclude(lines, [fmean(vote) for vote in zip(*votes, strict=True)], len(votes))

    def prompt(self, episode: Episode, seed: int) -> list[Message]:
        """Return what the judge sees: the task and the last reply's lines, behind a seeded code."""
        task, reply = task_of(episode), episode.final.text
        code = code_for(seed, task, reply)
        steps = [fenced(f"step {i}", s, code) for i, s in enumerate(reply.split("\n"), 1)]
        brief = BRIEF.format(code=code, warning=WARNING)
        shown = "\n".join([fenced("task", task, code), *steps])
        return [Message(role="system", text=brief), Message(role="user", text=shown)]

    def _conclude(self, lines: Sequence[str], steps: Sequence[float], samples: int) -> Verdict:
        score = aggregate(self.aggregation, steps)
        raw = score / (1 + score) if self.aggregation == "mean_odds" else score
        at = first_error(steps)
        quoted = at >= 0 and lines[at].strip()
        why = f"{steps[at]:.0%} of the samples call step {at + 1} right"
        return Verdict(
            critic=self.id,
            outcome=Outcome.of(raw >= self.threshold),
            raw=raw,
            steps=tuple(steps),
            issues=(Issue(quote=lines[at], why=why, step=at),) if quoted else (),
            samples=samples,
            missing=self.k - samples,
        )

    def _unscored(self, kind: str, missing: int = 0) -> Verdict:
        return Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind=kind, missing=missing)


def marks(said: Reply, steps: int) -> list[bool] | str:
    """Return what a sample says of each of `steps` lines, or the kind of what went wrong."""
    if (failed := stopped(said)) is not None:
        return failed
    found = [(int(at), mark.lower() in _RIGHT) for at, mark in _SAID.findall(said.text)]
    if sorted(at for at, _ in found) != list(range(1, steps + 1)):
        return unread(said.text, found)
    return [right for _, right in sorted(found)]
