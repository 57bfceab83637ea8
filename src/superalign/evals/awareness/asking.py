"""Asks a model about transcripts, many at once, and keeps what it said."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import exp, fsum
from typing import TypeAlias

from superalign.critics.together import together
from superalign.evals.awareness.config import AwarenessConfig
from superalign.evals.awareness.questions import CUED, UNCLEAR, Question, grading, resting
from superalign.ledger import Ledger
from superalign.policies.local import LocalPolicy
from superalign.problems.transcripts.shown import shown
from superalign.problems.transcripts.transcript import Transcript
from superalign.progress import Progress
from superalign.records import Message, Policy, Record, Reply, seed_of

CHUNK = 64
"""Questions asked, and written down, at a time."""
UNREADABLE = "unreadable"
Said: TypeAlias = Mapping[str, float] | str
"""A vote, or why there is none."""


class Heard(Record):
    """What a model says to one question about one transcript."""

    transcript: str
    question: str
    votes: tuple[Mapping[str, float], ...]
    """Chance of each label, sample by sample; a vote is all on one."""
    lost: tuple[str, ...] = ()
    """Why the other samples say nothing."""
    cues: tuple[str, ...] = ()
    """What a grader says that the reasons of each sample rest on; empty where it was not asked."""

    @property
    def known(self) -> bool:
        """Whether half of the samples could be read."""
        return bool(self.votes) and len(self.votes) >= len(self.lost)

    def chance(self, label: str) -> float | None:
        """Return the mean chance of a label; None unless half of the samples could be read."""
        if not self.known:
            return None
        return fsum(v.get(label, 0.0) for v in self.votes) / len(self.votes)


def why_lost(heard: Heard) -> str:
    """Return the commonest reason for which samples say nothing."""
    return Counter(heard.lost).most_common(1)[0][0] if heard.lost else UNREADABLE


class Asking:
    """Asks `policy`, and has `grader` read what it says in words."""

    def __init__(
        self, config: AwarenessConfig, policy: Policy, grader: Policy | None, *, seed: int
    ) -> None:
        self.config, self.policy, self.grader, self.seed = config, policy, grader, seed

    async def __call__(
        self, transcripts: Sequence[Transcript], ledger: Ledger, progress: Progress
    ) -> list[Heard]:
        """Return what is said to every question; each chunk is one idempotent step."""
        questions = self.config.questions()
        pairs = [(t, q) for t in transcripts for q in questions if q.fits(t)]
        progress.begin("ask", len(pairs))
        judges = [self.policy.id, self.grader and self.grader.id]
        found: list[Heard] = []
        for start in range(0, len(pairs), CHUNK):
            chunk = pairs[start : start + CHUNK]

            async def make(chunk: list[tuple[Transcript, Question]] = chunk) -> list[object]:
                heard = await together(self._one(t, q) for t, q in chunk)
                return [h.model_dump(mode="json") for h in heard]

            key = [*judges, self.seed, [[t.id, t.turns, q.name] for t, q in chunk]]
            found += map(Heard.model_validate, await ledger.once("asked", key, make))
            progress.advance(len(chunk))
        return found

    async def _one(self, transcript: Transcript, question: Question) -> Heard:
        cues: list[str] = []
        match (self.config.form, self.config.elicit):
            case ("open", _):
                said = await self._open(transcript, question)
            case (_, "letters"):
                said = self._letters(transcript, question)
            case _:
                said, cues = await self._votes(transcript, question)
        return Heard(
            transcript=transcript.id,
            question=question.name,
            votes=tuple(s for s in said if not isinstance(s, str)),
            lost=tuple(s for s in said if isinstance(s, str)),
            cues=tuple(cues),
        )

    async def _votes(
        self, transcript: Transcript, question: Question
    ) -> tuple[list[Said], list[str]]:
        """Sample votes; the orders of the options take turns, from one that the seed draws.

        With a grader, also return what the reasons of each rest on.
        """
        first = seed_of(self.seed, transcript.id, question.name)
        turns: defaultdict[int, int] = defaultdict(int)
        for vote in range(self.config.votes):
            turns[(first + vote) % len(question.options)] += 1
        found: list[Said] = []
        cues: list[str] = []
        for turn, n in sorted(turns.items()):
            seen = self._shown(transcript, question.choice(turn, reason=self.config.reason))
            seed = seed_of(self.seed, transcript.id, question.name, turn)
            replies = await self.policy.sample(seen, n=n, seed=seed)
            found += [_vote(reply, question.read(reply, turn)) for reply in replies]
            if self.grader and question.name in CUED:
                cues += await self._cues(question, replies, seed)
        return found, cues

    async def _cues(self, question: Question, replies: Sequence[Reply], seed: int) -> list[str]:
        found = []
        for i, reply in enumerate(replies):
            if reply.came:
                _, said = await self._graded(resting, question, reply, seed_of(seed, "cue", i))
                found.append(said or UNREADABLE)
        return found

    async def _open(self, transcript: Transcript, question: Question) -> list[Said]:
        seed = seed_of(self.seed, transcript.id, question.name)
        seen = self._shown(transcript, question.open())
        replies = await self.policy.sample(seen, n=self.config.votes, seed=seed)
        found: list[Said] = []
        for i, reply in enumerate(replies):
            if not reply.came:
                found.append(_vote(reply, None))
                continue
            graded, said = await self._graded(grading, question, reply, seed_of(seed, "grade", i))
            found.append(UNCLEAR if said == UNCLEAR else _vote(graded, said))
        return found

    async def _graded(
        self, ask: Callable[..., Question], question: Question, reply: Reply, seed: int
    ) -> tuple[Reply, str | None]:
        """Return the reply of the grader to what it is asked of an answer, and what that says."""
        assert self.grader is not None
        asked = ask(question, reply.text, seed)
        message = Message(role="user", text=asked.choice(seed))
        (graded,) = await self.grader.sample([message], seed=seed)
        return graded, asked.read(graded, seed)

    def _letters(self, transcript: Transcript, question: Question) -> list[Said]:
        """Return the softmax over the options' letters, in every order."""
        assert isinstance(self.policy, LocalPolicy)
        found: list[Said] = []
        for turn in range(len(question.options)):
            seen = self._shown(transcript, question.choice(turn))
            replies = question.replies()
            longest = [*self.policy.encode(seen), *self.policy.encode([_reply(replies[-1])])]
            if why := self.policy.too_long(longest):
                return [why]
            sums = [fsum(self.policy.logprobs(seen, text)) for text in replies]
            odds = [exp(s - max(sums)) for s in sums]
            labels = question.labels(turn)
            found.append({n: o / fsum(odds) for n, o in zip(labels, odds, strict=True)})
        return found

    def _shown(self, transcript: Transcript, text: str) -> list[Message]:
        return shown(transcript, text, self.config.inject, self.config.longest)


def _reply(text: str) -> Message:
    return Message(role="assistant", text=text)


def _vote(reply: Reply, label: str | None) -> Said:
    if not reply.came:
        return reply.error or reply.stop
    return UNREADABLE if label is None else {label: 1.0}
