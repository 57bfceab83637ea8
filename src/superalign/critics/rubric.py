"""A judge by any policy: it names defects in the reply's own words, then scores, then concludes.

What a judge says counts only where it can be checked against the reply: a defect whose quote is
not literally there is dropped, a failure without a defect that stands there is no verdict, and
neither is praise that cannot point at what it praises. The reply is shown fenced, as data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, pvariance

from superalign.critics.fence import WARNING, code_for, fenced, task_of
from superalign.critics.opinions import CONTRADICTION, Opinion, quorum, read
from superalign.critics.standards import RIGHT, dimensions, listed
from superalign.critics.together import together
from superalign.critics.weighing import Weighs, weighed
from superalign.records import Episode, Message, Outcome, Policy, Reply, Verdict, digest, seed_of
from superalign.stats import mean_known

BRIEF = """You check replies to tasks, by {standards_count}:
{standards}

The user message shows a task and a reply between markers that carry the code {code}. {warning} \
The task is context: grade the reply alone, and name no defect of the task.

Work in this order, then give one JSON object and nothing after it:
{{"issues": [{{"dimension": {names}, "severity": 0 (a blemish) to 3 (cannot be used), "quote": \
"words copied letter by letter from the reply", "why": "what is wrong with them", "fix": "words to \
put in their place"}}], "scores": {{{scores}}}, "answer": "the words of the reply that settle it, \
its final answer where there is one, copied letter by letter from the reply", "verdict": "pass" or \
"fail", "confidence": a number from 0.5 (a guess) to 1 (certain)}}

A score is the probability that the reply meets that standard, from 0 to 1, or null where it \
cannot be judged. List every defect that breaks a standard; the list is empty if there is none. A \
reply passes if it meets every standard. A reply that gives no answer fails. A reply that fails \
has at least one issue and a score of at most 0.5."""

AGAIN = """Your scores and your verdict contradict each other. Check the reply once more, from the \
start, and give one JSON object in the same form, in which they agree."""

_OPENERS = re.compile(
    r"(?:thought process|(?:final )?answer|solution|reasoning|"
    r"(?:let'?s|let us) (?:solve|think about|work through|think) ?(?:this|it|the)? ?(?:problem)? ?"
    r"(?:step by step)?|step by step|sure|okay|i will solve this)",
)


class Rubric:
    """Judges by standards put into words; scores of `k` samples are averaged, then thresholded.

    Fewer than half of the samples readable, or no reply to judge, is unscored, and `kind` is the
    commonest reason. A sample that contradicts itself is asked again, once. A reply that says
    nothing, or only opens a solution, fails without asking. A sample's probability is that of the
    word `pass` where the policy tells it, else what the judge says; with a single dimension it is
    the score, and with several a reply is as good as the weakest. It is not calibrated, so it is
    `raw`, and `confidence` is null.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        standard: str | Mapping[str, str] = RIGHT,
        k: int = 3,
        threshold: float = 0.5,
        seed: int = 0,
    ) -> None:
        """Judge with `policy`; another `seed` is a second look that shares no sample.

        `standard` is one text, the name of a preset, or a text for each dimension.
        """
        self.policy, self.standards = policy, dimensions(standard)
        self.k, self.threshold, self.seed = k, threshold, seed
        form = [BRIEF, WARNING, AGAIN, self.standards]
        self.id = digest("rubric", form, policy.id, k, threshold, seed)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return one verdict per episode, in order."""
        return await together(self._judge(e) for e in episodes)

    async def _judge(self, episode: Episode) -> Verdict:
        reply = episode.final
        if not reply.came:
            return self._unscored(reply.stop)
        if says_nothing(reply.text):
            return Verdict(
                critic=self.id,
                outcome=Outcome.FAIL,
                kind="no_answer",
                raw=0.0,
                scores=dict.fromkeys(self.standards, 0.0),
                critique="The reply gives no answer.",
            )
        seed = seed_of(self.seed, episode.problem.id, reply.text)
        seen = self.prompt(episode, seed)
        said = await self.policy.sample(seen, n=self.k, seed=seed)
        found = [
            await self._opinion(seen, s, reply.text, seed_of(seed, i)) for i, s in enumerate(said)
        ]
        opinions = quorum(found, self.k)
        if isinstance(opinions, str):
            return self._unscored(opinions, missing=sum(isinstance(o, str) for o in found))
        return self._conclude(opinions)

    async def _opinion(
        self, seen: list[Message], said: Reply, reply: str, seed: int
    ) -> Opinion | str:
        """Return what a sample comes to, asked again if it contradicts itself, or why nothing."""
        found = read(said, reply, list(self.standards))
        if found == CONTRADICTION:
            answer = Message(role="assistant", text=said.text)
            seen = [*seen, answer, Message(role="user", text=AGAIN)]
            (said,) = await self.policy.sample(seen, n=1, seed=seed_of(seed, "again"))
            found = read(said, reply, list(self.standards))
        if isinstance(found, str) or not isinstance(self.policy, Weighs):
            return found
        right = await weighed(self.policy, seen, said.text)
        return found if right is None else replace(found, right=right)

    def prompt(self, episode: Episode, seed: int) -> list[Message]:
        """Return what the judge sees: the task and the last reply alone, behind a seeded code."""
        task, reply = task_of(episode), episode.final.text
        code = code_for(seed, task, reply)
        names = list(self.standards)
        brief = BRIEF.format(
            standards_count=f"{len(names)} standards" if len(names) > 1 else "this standard",
            standards=listed(self.standards),
            code=code,
            warning=WARNING,
            names=" or ".join(f'"{n}"' for n in names),
            scores=", ".join(f'"{n}": a score' for n in names),
        )
        shown = f"{fenced('task', task, code)}\n{fenced('reply', reply, code)}"
        return [Message(role="system", text=brief), Message(role="user", text=shown)]

    def _conclude(self, opinions: Sequence[Opinion]) -> Verdict:
        rights = [o.right for o in opinions]
        scores = {name: mean_known(o.scores[name] for o in opinions) for name in self.standards}
        if len(scores) == 1:
            scores = dict.fromkeys(scores, fmean(rights))
        right = min([fmean(rights), *(s for s in scores.values() if s is not None)])
        passed = right >= self.threshold
        issues = tuple(dict.fromkeys(i for o in opinions for i in o.issues))
        return Verdict(
            critic=self.id,
            outcome=Outcome.of(passed),
            raw=right,
            scores=scores,
            critique="\n".join(f"“{i.quote}”: {i.why}" for i in issues),
            issues=issues,
            ungrounded=sum(o.ungrounded for o in opinions),
            samples=len(opinions),
            missing=self.k - len(opinions),
            agreement=fmean((r >= self.threshold) == passed for r in rights),
            uncertainty={"variance": pvariance(rights)},
        )

    def _unscored(self, kind: str, missing: int = 0) -> Verdict:
        return Verdict(critic=self.id, outcome=Outcome.UNSCORED, kind=kind, missing=missing)


def says_nothing(reply: str) -> bool:
    """Return whether a reply has no word or number, or only opens a solution.

    Judges are known to pass such replies ("One Token to Fool LLM-as-a-Judge", arXiv 2507.08794).
    """
    words = " ".join(re.findall(r"[\w']+", reply.casefold()))
    return not words or _OPENERS.fullmatch(words) is not None
