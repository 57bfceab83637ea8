"""Who decides: an organism trained on games whose truth it is told, or a model that chats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np

from superalign.critics.debate_judge import ByAnswer, ByLetters, Decides, Decision
from superalign.games.judged import JUDGE, Judged
from superalign.learners.sides import Case, Chances, Judge, SidesTraining
from superalign.policies.batching import Batcher
from superalign.policies.local import LocalPolicy
from superalign.policies.remote import RemotePolicy, is_remote
from superalign.problems.key import Key
from superalign.records import Episode, Message, Policy, digest
from superalign.studies.debate.config import DebateConfig
from superalign.studies.debate.seats import Read

ROWS = 64
"""Cases that a trained judge weighs at once."""
Reads: TypeAlias = Callable[[Sequence[Message]], Read]
"""How a trained judge reads what it is shown."""


class Trained:
    """A trained judge in the judge's seat: it weighs the sides of what it sees."""

    def __init__(self, judge: Judge, reads: Reads, name: str) -> None:
        self.reads, self.id = reads, digest("trained", judge.start.id, name)
        self._batcher: Batcher[Case, float] = Batcher(
            lambda cases: judge.chances(cases)[:, 0].tolist(),
            rows=ROWS,
            cost=lambda case: len(case.first.said),
            width=lambda case: 1,
        )

    async def decide(self, seen: Sequence[Message], *, seed: int) -> Decision:
        """Return the chance of A."""
        case, first = self.reads(seen)
        chance = await self._batcher.submit(case)
        return Decision(chance if first == "A" else 1 - chance)


class Seats:
    """Opens the models that a configuration names."""

    def __init__(self, config: DebateConfig, folder: Path) -> None:
        self.config, self.folder = config, folder

    @cached_property
    def debater(self) -> Policy:
        """Who argues; an organism is still to be put in its seat."""
        return self._open(self.config.debater)

    @cached_property
    def judge(self) -> Policy:
        """Who decides; an organism is still to be trained."""
        return self._open(self.config.judge)

    @cached_property
    def student(self) -> LocalPolicy:
        """Who is taught."""
        return LocalPolicy(self.config.student, max_new_tokens=LONGEST)

    def _open(self, name: str) -> Policy:
        if not is_remote(name):
            return LocalPolicy(name, max_new_tokens=LONGEST)
        return RemotePolicy(
            name,
            base_url=self.config.base_url,
            concurrency=self.config.concurrency,
            cache=self.folder / "replies.sqlite",
        )


LONGEST = 160
"""Tokens of a solution, at most."""


def organism(policy: Policy) -> LocalPolicy | None:
    """Return a policy that speaks the world's language alone, None of one that chats."""
    plain = isinstance(policy, LocalPolicy) and not policy.tokenizer.chat_template
    return policy if plain and isinstance(policy, LocalPolicy) else None


Played: TypeAlias = tuple[Judged, Episode]


def decider(
    policy: Policy,
    played: Sequence[Played],
    key: Key,
    *,
    steps: int,
    reads: Reads,
    seed: int,
) -> Decides:
    """Return a judge of a game: one trained on plays whose truth it is told, or a chat model."""
    if (start := organism(policy)) is not None:
        cases, targets = lessons(played, key, reads)
        judge = SidesTraining(steps=steps).train(start, cases, targets, seed=seed)
        names = [[game.id, episode.id] for game, episode in played]
        return Trained(judge, reads, digest(steps, seed, names))
    return ByLetters(policy) if isinstance(policy, LocalPolicy) else ByAnswer(policy)


def lessons(played: Sequence[Played], key: Key, reads: Reads) -> tuple[list[Case], Chances]:
    """Return what a judge sees of plays as cases, and the truth of their first sides."""
    views = [reads(game.view(episode, JUDGE)) for game, episode in played]
    right = [
        first == "AB"[int(key.look_up(e.problem.id) or "")]
        for (_, first), (_, e) in zip(views, played, strict=True)
    ]
    chance = np.array(right, dtype=np.float64)
    return [case for case, _ in views], np.stack([chance, 1 - chance], 1)
