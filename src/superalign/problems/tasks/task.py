"""Tasks: problems with one right class, side or text each, split so that no group straddles.

A task is what weak-to-strong studies run on (Burns et al. 2023, arXiv 2312.09390, section 4): a
weak model learns the truth on one half of `train`, labels the other half, a strong model learns
from those labels, and `test` measures both. The truth is a `Key`, apart from the problems.
"""

from __future__ import annotations

import random
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from superalign.problems.key import Key
from superalign.records import Problem, seed_of

Kind = Literal["classify", "compare", "generate"]
"""What is asked of a model: a class, the better of two replies, or a text."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Problems of one kind, and the key that alone knows what is right."""

    name: str
    kind: Kind
    train: Sequence[Problem]
    """What is cut into halves: one with the truth, one for weak labels."""
    test: Sequence[Problem]
    key: Key
    """By problem id: `0` or `1` to classify, the index of the better choice to compare (`0` or
    `1` too), the right text to generate."""
    groups: Mapping[str, str]
    """By problem id: what it shares with others (a question, a passage); no split parts a group."""
    keys: Mapping[str, Key] = field(default_factory=dict)
    """The truth by other standards than the task's own, for instance `helpful`."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Rows that are left out, by reason."""

    def halves(self, seed: int) -> tuple[list[Problem], list[Problem]]:
        """Return `train` cut at random into two disjoint halves; groups stay whole.

        The halves differ in size by no more than the largest group, and stand in random order.
        """
        rng = random.Random(seed_of(seed, "halves", self.name))
        groups = gathered(self.train, [self.groups[p.id] for p in self.train])
        rng.shuffle(groups)
        halves: tuple[list[Problem], list[Problem]] = ([], [])
        for group in sorted(groups, key=len, reverse=True):
            min(halves, key=len).extend(group)
        for half in halves:
            rng.shuffle(half)
        return halves


def gathered(things: Sequence[T], names: Sequence[Hashable]) -> list[list[T]]:
    """Return `things` in lists of those with the same name, in the order of their first."""
    found: dict[Hashable, list[T]] = {}
    for thing, name in zip(things, names, strict=True):
        found.setdefault(name, []).append(thing)
    return list(found.values())
