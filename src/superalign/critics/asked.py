"""A verifier that cannot be trained: a policy that is asked, several times, what is right.

Its V is the log-odds of its verdicts with half a verdict added to either side, the empirical logit
of Haldane (1956) and Anscombe (1956): log((right + 1/2) / (wrong + 1/2)), in nats, finite also
where all verdicts agree.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

from superalign.games.prover_verifier import VERIFIER, ProverVerifier
from superalign.policies.reading import truth_of
from superalign.records import Episode, Message, Outcome, Policy, Reply, Verdict, digest, seed_of

HALF = 0.5


def log_odds(right: int, wrong: int) -> float:
    """Return the smoothed log-odds of so many verdicts, in nats."""
    return math.log((right + HALF) / (wrong + HALF))


class Asked:
    """Passes solutions that a policy calls right at least as often as wrong."""

    def __init__(self, policy: Policy, *, asks: int, brief: str = "") -> None:
        """Ask `policy` `asks` times a solution; `brief` stands before what it is told to do."""
        self.policy, self.asks, self.brief = policy, asks, brief
        self._game = ProverVerifier("helpful")
        self.id = digest("asked", policy.id, asks, brief, self._game.id)

    async def judge(self, episodes: Sequence[Episode]) -> list[Verdict]:
        """Return a verdict per episode, with how many asks it rests on and how many said nothing.

        A reply that was cut off or is empty, or on which no verdict can be read, is unscored.
        """
        return [self._verdict(votes) for votes in await self._votes(episodes)]

    async def score(self, episodes: Sequence[Episode]) -> list[float | None]:
        """Return V of each final reply, in nats of odds; None where no verdict can be read."""
        return [self._value(votes) for votes in await self._votes(episodes)]

    async def _votes(self, episodes: Sequence[Episode]) -> list[list[bool | None]]:
        """Return what was said of each episode; the same words are asked about once."""
        shown = [
            tuple(self._game.view(e, VERIFIER, brief=self.brief)) if _readable(e) else None
            for e in episodes
        ]
        asked = list(dict.fromkeys(seen for seen in shown if seen))
        replies = await asyncio.gather(*(self._ask(seen) for seen in asked))
        votes = {
            seen: [truth_of(reply, "right") for reply in said]
            for seen, said in zip(asked, replies, strict=True)
        }
        return [votes[seen] if seen else [] for seen in shown]

    async def _ask(self, seen: Sequence[Message]) -> list[Reply]:
        """Return what the policy says, by seeds that depend on nothing but what it sees."""
        return await self.policy.sample(seen, n=self.asks, seed=seed_of(list(seen)))

    def _value(self, votes: Sequence[bool | None]) -> float | None:
        right, wrong = votes.count(True), votes.count(False)
        return log_odds(right, wrong) if right + wrong else None

    def _verdict(self, votes: Sequence[bool | None]) -> Verdict:
        value, asked, missing = self._value(votes), len(votes), votes.count(None)
        if value is None:
            return Verdict(
                critic=self.id,
                outcome=Outcome.UNSCORED,
                kind="unreadable",
                samples=asked,
                missing=missing,
            )
        right = 1 / (1 + math.exp(-value))
        return Verdict(
            critic=self.id,
            outcome=Outcome.of(value >= 0),
            raw=right,
            scores={"right": right},
            samples=asked,
            missing=missing,
        )


def _readable(episode: Episode) -> bool:
    return episode.final.stop == "end" and bool(episode.final.text)
