"""A judge of debates: which of two answers is right, always asked with the answers in both orders.

A judge that prefers what is called A, or comes first, is thereby worth a coin and not a point. How
a model is read differs: `ByAnswer` parses what it says, `ByLetters` compares how likely it finds
the two letters; a trained judge brings its own way.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple, Protocol

from superalign.games.judged import JUDGE, Judged
from superalign.games.speech import letter
from superalign.policies.local import LocalPolicy
from superalign.records import Episode, Message, Policy, Record, digest, seed_of

UNREADABLE, UNARGUED = "unreadable", "unargued"


class Decision(NamedTuple):
    """What a judge says once."""

    chance: float | None
    """That the answer called A is right; None where nothing could be read."""
    tokens: int = 0
    """Tokens that the judge generated."""


class Decides(Protocol):
    """A way to have a model decide between A and B."""

    @property
    def id(self) -> str:
        """Names the model and the way."""
        ...

    async def decide(self, seen: Sequence[Message], *, seed: int) -> Decision:
        """Return what the model makes of what a judge sees."""
        ...


class ByAnswer:
    """Reads the letter that any policy replies with."""

    def __init__(self, policy: Policy) -> None:
        self.policy, self.id = policy, digest("by answer", policy.id)

    async def decide(self, seen: Sequence[Message], *, seed: int) -> Decision:
        """Return certainty of the letter, or None where there is none."""
        (reply,) = await self.policy.sample(seen, seed=seed)
        said = letter(reply)
        return Decision(None if said is None else float(said == "A"), reply.tokens or 0)


class ByLetters:
    """Compares how likely a model here finds the two replies: a softmax over the letters."""

    def __init__(self, policy: LocalPolicy) -> None:
        self.policy, self.id = policy, digest("by letters", policy.id)

    async def decide(self, seen: Sequence[Message], *, seed: int) -> Decision:
        """Return p(A) / (p(A) + p(B))."""
        replies = [f"<answer>{name}</answer>" for name in "AB"]
        a, b = (math.fsum(self.policy.logprobs(seen, text)) for text in replies)
        return Decision(1 / (1 + math.exp(min(700.0, b - a))))


class Judgement(Record):
    """What a judge makes of one episode; chances are those of the problem's first choice."""

    judge: str
    episode: str
    straight: float | None = None
    """With the first choice called A; None where nothing could be read."""
    swapped: float | None = None
    """With the first choice called B."""
    kind: str = ""
    """Why there is no chance, where one is missing."""
    tokens: int = 0
    """Tokens generated for it, by those who argued and by the judge."""

    @property
    def chance(self) -> float | None:
        """The mean over both orders; None unless both could be read."""
        if self.straight is None or self.swapped is None:
            return None
        return fmean((self.straight, self.swapped))

    @property
    def flipped(self) -> bool | None:
        """Whether the order alone decided."""
        if self.straight is None or self.swapped is None:
            return None
        return (self.straight - 0.5) * (self.swapped - 0.5) < 0


class DebateJudge:
    """Judges played episodes by what their game shows to the judge."""

    def __init__(self, decides: Decides, *, brief: str = "", seed: int = 0) -> None:
        self.decides, self.brief, self.seed = decides, brief, seed
        self.id = digest("debate judge", decides.id, brief, seed)

    async def judge(self, game: Judged, episodes: Sequence[Episode]) -> list[Judgement]:
        """Return a judgement per episode, in order."""
        return list(await asyncio.gather(*(self._judge(game, e) for e in episodes)))

    async def __call__(self, game: Judged, episode: Episode) -> float | None:
        """Return the chance of the first choice, as `games.picked` asks for it."""
        return (await self._judge(game, episode)).chance

    async def _judge(self, game: Judged, episode: Episode) -> Judgement:
        said = sum(m.reply.tokens or 0 for m in episode.moves)
        bare = Judgement(judge=self.id, episode=episode.id, tokens=said)
        if not game.played(episode):
            return bare.model_copy(update={"kind": UNARGUED})
        orders = [game.view(episode, JUDGE, brief=self.brief, swapped=s) for s in (False, True)]
        seed = seed_of(self.seed, episode.id)
        a, b = [
            await self.decides.decide(seen, seed=seed_of(seed, i)) for i, seen in enumerate(orders)
        ]
        return bare.model_copy(
            update={
                "straight": a.chance,
                "swapped": None if b.chance is None else 1 - b.chance,
                "kind": UNREADABLE if None in (a.chance, b.chance) else "",
                "tokens": said + a.tokens + b.tokens,
            }
        )
