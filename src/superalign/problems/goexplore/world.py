"""What can be explored: a world that starts over exactly, and what is seen in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class View:
    """What a player has before it after a step."""

    key: str
    """Names the state; equal keys are the same place."""
    text: str
    actions: tuple[str, ...]
    """What can be done, none where the trial is over."""
    won: bool = False
    score: float = 0.0
    """Share of all points, 1 at the goal."""


class World(Protocol):
    """One task. The same actions from the start lead to the same view, always."""

    rules: str
    """What a player is told of world and task."""
    budget: int
    """Steps of a play, as published."""
    horizon: int
    """Steps of one trial from the start."""
    rollout: int
    """Steps of one exploration from a place."""

    def reset(self) -> View:
        """Go back to the start."""
        ...

    def step(self, action: str) -> View:
        """Do one of the actions of the last view."""
        ...

    def walkthrough(self) -> Sequence[str]:
        """Return actions that win from the start."""
        ...
