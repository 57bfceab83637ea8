"""What an evaluation by Go-Explore depends on, beside model and seed, and the tasks it comes to."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Annotated, Literal, NamedTuple

from annotated_types import Ge

from superalign.errors import BadInput
from superalign.problems.goexplore.explore import Keep, Roles
from superalign.problems.goexplore.game24 import State, drawn, read_puzzles
from superalign.problems.goexplore.play import Limits
from superalign.problems.goexplore.player import Agent, Player
from superalign.problems.goexplore.published24 import PUZZLES
from superalign.problems.goexplore.task import Task
from superalign.problems.goexplore.textworld.making import made
from superalign.progress import Progress
from superalign.records import Record, seed_of

Name = Literal["game24", "babyai", "textworld"]
KINDS: dict[Name, tuple[str, ...]] = {
    "game24": ("game24",),
    "babyai": ("goto", "pickup", "putnext", "open", "sequence"),
    "textworld": ("coin", "treasure", "cooking"),
}


class Usual(NamedTuple):
    """What is published for a world: exchanges still shown, temperature, who keeps new states."""

    history: int
    temperature: float
    keep: Keep


USUAL: dict[Name, Usual] = {
    "game24": Usual(5, 0.7, "model"),
    "babyai": Usual(3, 0.7, "model"),
    "textworld": Usual(0, 0.3, "remove"),
}
SEEDS = 10**6
"""Of drawn tasks."""


class GoExploreConfig(Record):
    """Worlds, and how a model plays them. What is null is as published for the world."""

    world: Name = "game24"
    kinds: tuple[str, ...] = ()
    """Only these kinds of task; none takes all."""
    tasks: Annotated[int, Ge(1)] = 25
    """Tasks of each kind that are drawn."""
    fresh: bool = False
    """Whether puzzles of the Game of 24 are drawn anew in place of the published test set."""
    rows: tuple[int, int] = (900, 1000)
    """Of the file given by `--data`: the first row, from 0, and the one after the last."""
    agent: Agent = "explore"
    state: Literal["model", "random", "counts"] = "model"
    """Who chooses where to return to; `counts` prefers what was seldom chosen."""
    action: Literal["model", "random"] = "model"
    keep: Keep | None = None
    """Who keeps new states."""
    steps: Annotated[int, Ge(1)] | None = None
    """Steps of a play, at most."""
    calls: Annotated[int, Ge(1)] | None = None
    """Replies of a model in a play, at most; null for any number."""
    history: Annotated[int, Ge(0)] | None = None
    temperature: float | None = None
    max_tokens: Annotated[int, Ge(1)] = 1000

    def player(self) -> Player:
        """Return how a model plays.

        Raises:
            BadInput: If every choice is made by rule.
        """
        keep = self.keep or self.usual.keep
        if self.agent == "explore" and "model" not in (self.state, self.action, keep):
            raise BadInput("nothing is left to the model: --model classic plays by rule")
        history = self.usual.history if self.history is None else self.history
        roles = Roles(state=self.state, action=self.action, keep=keep)
        return Player(agent=self.agent, roles=roles, history=history, limits=self.limits)

    @property
    def usual(self) -> Usual:
        """What is published for the world."""
        return USUAL[self.world]

    @property
    def heat(self) -> float:
        """The temperature at which a model is sampled."""
        return self.usual.temperature if self.temperature is None else self.temperature

    @property
    def limits(self) -> Limits:
        """What a play may spend."""
        return Limits(steps=self.steps, calls=self.calls)


def chosen(
    config: GoExploreConfig,
    data: Path | None,
    *,
    games: Path,
    seed: int,
    limit: int | None,
    progress: Progress | None = None,
) -> list[Task]:
    """Return the tasks to play; kinds take turns, so that a limit cuts all of them alike.

    Args:
        config: What was asked for.
        data: The published file of the Game of 24, where another part of it is to be played.
        games: Folder that keeps the games of TextWorld, made once.
        seed: Of what is drawn.
        limit: Tasks, at most.
        progress: Hears of each task that is ready; a new game of TextWorld takes seconds.

    Raises:
        BadInput: If a kind is unknown, the file cannot be read or holds no such row, or what makes
            the tasks is not installed.
    """
    known = KINDS[config.world]
    if unknown := [k for k in config.kinds if k not in known]:
        raise BadInput(f"kinds: no {unknown[0]!r} in {config.world}; there are {', '.join(known)}")
    if config.world == "game24":
        numbers = [*islice(_puzzles(config, data, seed), limit)]
        return [Task(world="game24", kind="game24", numbers=n) for n in numbers]
    kinds = [k for k in known if not config.kinds or k in config.kinds]
    drawn = [(k, seed_of(seed, k, i) % SEEDS) for i in range(config.tasks) for k in kinds]
    progress = progress or Progress()
    progress.begin("prepare", len(drawn[:limit]))
    tasks = []
    for kind, own in drawn[:limit]:
        tasks.append(_task(config.world, kind, own, games))
        progress.advance()
    return tasks


def _puzzles(config: GoExploreConfig, data: Path | None, seed: int) -> Iterator[State]:
    if config.fresh:
        rng = Random(seed_of(seed, "game24"))
        return (drawn(rng) for _ in range(config.tasks))
    if data is None:
        return iter(PUZZLES)
    first, end = config.rows
    found = read_puzzles(data)[first:end]
    if not found:
        raise BadInput(f"{data}: has no row from {first} to before {end}")
    return iter(found)


def _task(world: Literal["babyai", "textworld"], kind: str, seed: int, games: Path) -> Task:
    if world == "babyai":
        return Task(world=world, kind=kind, seed=seed)
    return Task(world=world, kind=kind, seed=seed, game=str(made(kind, seed, games)))
