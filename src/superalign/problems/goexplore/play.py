"""One play of a world: what it has spent, what it has reached, and when it is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, NoReturn, TypeAlias

from superalign.problems.goexplore.world import View, World

End: TypeAlias = Literal["", "won", "steps", "calls", "exhausted"]
"""How a play ended: at the goal, a budget was used up, or nothing was left to try."""


class Over(Exception):
    """The play is won, or a budget is used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a play may spend. Steps and calls are held apart: to compare by one is not by both."""

    steps: int | None = None
    """Steps of exploration; null for the world's own budget."""
    calls: int | None = None
    """Replies of a model; null for any number."""


PUBLISHED = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a play came to."""

    steps: int
    """Steps of exploration, which the budget bounds."""
    returned: int
    """Steps that led back to a place; published counts leave them out."""
    calls: int
    """Replies of a model."""
    unreadable: int
    """Of them those without a choice: one was drawn, or nothing was kept."""
    end: End
    score: float
    """The largest share of the points in any state."""
    sizes: tuple[int, ...]
    """Places in the archive at the end of each exploration."""

    @property
    def won(self) -> bool:
        """Whether the goal was reached."""
        return self.end == "won"


@dataclass(slots=True, eq=False)
class Play:
    """A world with an account; `Result` says what is counted."""

    world: World
    limits: Limits
    steps: int = 0
    returned: int = 0
    calls: int = 0
    unreadable: int = 0
    end: End = ""
    score: float = 0.0
    sizes: list[int] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    """Actions of the current trial, those of returning included."""

    @property
    def result(self) -> Result:
        """What the play has come to."""
        return Result(
            steps=self.steps,
            returned=self.returned,
            calls=self.calls,
            unreadable=self.unreadable,
            end=self.end,
            score=self.score,
            sizes=tuple(self.sizes),
        )

    def goto(self, path: Sequence[str] = ()) -> View:
        """Start over and follow a path that was followed before."""
        view = self.world.reset()
        for action in path:
            view = self.world.step(action)
        self.returned += len(path)
        self.taken = [*path]
        return view

    def step(self, action: str) -> View:
        """Do an action.

        Raises:
            Over: If there is no step left, or this one reaches the goal.
        """
        self._checked()
        view = self.world.step(action)
        self.steps += 1
        self.taken.append(action)
        self.score = max(self.score, view.score)
        if view.won:
            self.over("won")
        return view

    def call(self) -> None:
        """Count a reply that is about to be asked for.

        Raises:
            Over: If none is left, or no step.
        """
        self._checked()
        if self.limits.calls is not None and self.calls >= self.limits.calls:
            self.over("calls")
        self.calls += 1

    def _checked(self) -> None:
        most = self.world.budget if self.limits.steps is None else self.limits.steps
        if self.steps >= most:
            self.over("steps")

    def over(self, end: End) -> NoReturn:
        """End the play.

        Raises:
            Over: Always.
        """
        self.end = end
        raise Over
