"""Every way of playing, under one name each, and the play that given replies make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, TypeAlias

from superalign.problems.goexplore.asking import Asks
from superalign.problems.goexplore.explore import CLASSIC, INTELLIGENT, Roles, explore
from superalign.problems.goexplore.play import PUBLISHED, Limits, Play
from superalign.problems.goexplore.protocol import WORDS, Question
from superalign.problems.goexplore.search import search, walk
from superalign.problems.goexplore.trials import trials
from superalign.problems.goexplore.world import World
from superalign.records import Reply, digest

Rule: TypeAlias = Literal["classic", "random", "dfs", "bfs", "oracle"]
"""Players without a model."""
Agent: TypeAlias = Literal["explore", "naive", "react", "reflexion"]
"""What a model can be: the chooser of Go-Explore, or one of the baselines without an archive."""


def by_rule(rule: Rule, play: Play, rng: Random) -> Play:
    """Play to the end without a model."""
    match rule:
        case "classic":
            _finish(explore(play, CLASSIC, history=0, rng=rng))
        case "random":
            _finish(trials(play, "random", history=0, rng=rng))
        case "oracle":
            walk(play)
        case _:
            search(play, depth_first=rule == "dfs")
    return play


def _finish(asks: Asks[None]) -> None:
    for question in asks:
        raise AssertionError(f"{question.role} is a model's")


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """How a model plays."""

    agent: Agent = "explore"
    roles: Roles = INTELLIGENT
    history: int = 5
    """Earlier exchanges that are still shown."""
    limits: Limits = PUBLISHED

    @property
    def id(self) -> str:
        """Names the way of playing, its words and what it may spend."""
        roles = [self.roles.state, self.roles.action, self.roles.keep]
        limits = [self.limits.steps, self.limits.calls]
        return digest("goexplore player", self.agent, roles, self.history, limits, WORDS)

    def begin(self, world: World, seed: int) -> tuple[Play, Asks[None]]:
        """Return a play and the questions that it will ask; draws depend on the seed alone."""
        play, rng = Play(world, self.limits), Random(seed)
        if self.agent == "explore":
            return play, explore(play, self.roles, history=self.history, rng=rng)
        return play, trials(play, self.agent, history=self.history, rng=rng)

    def replay(
        self, world: World, seed: int, replies: Sequence[Reply]
    ) -> tuple[Play, Question | None]:
        """Return the play that replies make, and what is asked next, None where it is over."""
        play, asks = self.begin(world, seed)
        question = next(asks, None)
        for reply in replies:
            if question is None:
                break
            question = answered(asks, reply)
        return play, question


def answered(asks: Asks[None], reply: Reply) -> Question | None:
    """Send a reply; return the next question, None where the play is over."""
    try:
        return asks.send(reply)
    except StopIteration:
        return None
