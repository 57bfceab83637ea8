"""The archive of Go-Explore: places that can be returned to, one for each key.

Ecoffet et al. 2021 ("First return, then explore", arXiv 2004.12919). Worlds and attackers share it:
a place is a state of a world, or an attack so far.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Place(Generic[T]):
    """Where one can go on from."""

    value: T
    path: tuple[str, ...] = ()
    """Actions that lead here from the start."""
    chosen: int = 0
    """How often the search has gone on from here."""
    taken: set[str] = field(default_factory=set)
    """Actions tried from here."""

    @property
    def rarity(self) -> float:
        """The classic weight of a place, less the more often it was chosen."""
        return 1 / math.sqrt(1 + self.chosen)


class Places(Generic[T]):
    """Places by key, in the order in which they came; `actions` says what can be done at one."""

    def __init__(self, actions: Callable[[Place[T]], tuple[str, ...]]) -> None:
        self._actions = actions
        self._held: dict[Hashable, Place[T]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Place[T]]:
        return iter(self._held.values())

    def get(self, key: Hashable) -> Place[T] | None:
        """Return the place at `key`, if there is one."""
        return self._held.get(key)

    def put(self, key: Hashable, place: Place[T]) -> None:
        """Keep `place`, instead of what was at `key`."""
        self._held[key] = place

    def drop(self, key: Hashable) -> None:
        """Forget the place at `key`."""
        self._held.pop(key, None)

    def untried(self, place: Place[T]) -> list[str]:
        """Return what was not yet done at a place, in order and each once."""
        return [a for a in dict.fromkeys(self._actions(place)) if a not in place.taken]

    def open(self) -> list[Place[T]]:
        """Return the places at which something is left to try."""
        return [p for p in self if self.untried(p)]

    def forget_tried(self) -> None:
        """Let everything be tried again."""
        for place in self:
            place.taken.clear()


def draw(places: list[Place[T]], weight: Callable[[Place[T]], float], rng: Random) -> Place[T]:
    """Draw a place in proportion to its weight."""
    return rng.choices(places, [weight(p) for p in places])[0]
