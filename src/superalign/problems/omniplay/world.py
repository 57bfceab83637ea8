"""What every game promises: states that channels tell of, and minds that only know the telling.

A state is told in two ways: as `words`, which the channels text and audio carry, and as `shots`,
frames that the channels image and video carry. A channel lies by telling of an `altered` state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from random import Random
from typing import ClassVar, TypeAlias

from superalign.problems.omniplay.tiles import Palette, Tiles

Action: TypeAlias = str
Words: TypeAlias = tuple[str, ...]
Shots: TypeAlias = tuple[Tiles, ...]
LEVELS = (1, 2, 3)
"""Easy, medium and hard."""


class State(ABC):
    """One moment of a game, whole: what is told of it and what stays hidden."""

    @property
    @abstractmethod
    def over(self) -> bool:
        """Whether the game has ended by itself."""

    @property
    @abstractmethod
    def won(self) -> bool:
        """Whether it ended as it should."""

    @property
    @abstractmethod
    def raw(self) -> float:
        """What the published tables hold, in the world's `unit`."""

    @property
    @abstractmethod
    def score(self) -> float:
        """How good it is in [0, 1]; more is better."""

    @abstractmethod
    def after(self, action: Action | None, rng: Random) -> State:
        """Return the next moment; None is a turn in which nothing is done."""

    @abstractmethod
    def altered(self, rng: Random) -> State:
        """Return a state of the same shape that advises otherwise, wherever there is another."""

    @abstractmethod
    def words(self) -> Words:
        """Return what is said; nothing where there is nothing to say."""

    @abstractmethod
    def shots(self) -> Shots:
        """Return what a clip shows, the present last."""

    def picture(self) -> Tiles:
        """Return what one picture shows."""
        return self.shots()[-1]

    @abstractmethod
    def best(self) -> Action:
        """Return a best action of one who knows the whole state."""

    @abstractmethod
    def chance(self, rng: Random) -> Action:
        """Return a random action."""


class Mind(ABC):
    """One who knows the rules, what it did, and what it was told, and nothing else."""

    @abstractmethod
    def hear(self, words: Words) -> None:
        """Take in what was said; words that make no sense change nothing."""

    @abstractmethod
    def look(self, shots: Sequence[Tiles]) -> None:
        """Take in a picture (one shot) or a clip; what makes no sense changes nothing."""

    @abstractmethod
    def supports(self, action: Action) -> bool:
        """Return whether what was told speaks for this action now."""

    @abstractmethod
    def choose(self, rng: Random) -> Action:
        """Return what to do now."""

    def did(self, action: Action) -> None:  # noqa: B027 - only some games need to remember
        """Remember an action that was taken."""


class World(ABC):
    """A game."""

    name: ClassVar[str]
    unit: ClassVar[str]
    """What `raw` counts."""
    palette: ClassVar[Palette]
    vocabulary: ClassVar[Words]
    """All words that may be said."""
    memory: ClassVar[int]
    """Turns that a model is shown, the present one counted."""

    @abstractmethod
    def start(self, level: int, seed: int) -> State:
        """Return the first moment; equal seeds, equal games."""

    @abstractmethod
    def limit(self, level: int) -> int:
        """Return the turns of one play, at most."""

    @abstractmethod
    def rules(self, start: State) -> str:
        """Return the goal, how actions are written, and what pictures and words mean."""

    @abstractmethod
    def mind(self, start: State) -> Mind:
        """Return a mind that was told the rules."""

    @abstractmethod
    def read(self, line: str) -> Action | None:
        """Return the action that a line names, as `best` writes it; None if it names none."""
