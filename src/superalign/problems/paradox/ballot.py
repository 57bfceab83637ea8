"""Candidates to choose from, of which every one stands once in every place."""

from __future__ import annotations

from random import Random
from typing import Literal

from superalign.problems.paradox.item import Item
from superalign.problems.paradox.worlds import WORLDS
from superalign.records import Record, digest, seed_of

Kind = Literal["easy", "hard", "question"]
"""What is chosen: an answer among wrong ones that are far off or near, or one about what was said
before."""


class Ballot(Record):
    """One choice. Nobody is shown the first option first for being right: `turned` sees to that."""

    item: str
    kind: Kind
    options: tuple[str, ...]
    """The first one is right."""
    about: str = ""
    """What the model said before, where the question is about that."""
    text: str = ""
    """The question about it."""
    head: str = ""
    """What stands before the option where a model only goes on writing; empty if it cannot."""

    @property
    def id(self) -> str:
        """Names the choice by all that it is made of."""
        return digest(self)

    def turned(self, turn: int) -> tuple[str, ...]:
        """Return the options moved on by `turn` places, so that the right one has that place."""
        at = turn % len(self.options)
        return self.options[len(self.options) - at :] + self.options[: len(self.options) - at]

    def chosen(self, place: int, turn: int) -> int:
        """Return which option stands at a place after `turned(turn)`."""
        return (place - turn) % len(self.options)


def ballot(item: Item, kind: Literal["easy", "hard"], options: int) -> Ballot | None:
    """Return the choice among `options` candidates at most, or None without a wrong one."""
    wrong = (item.easy if kind == "easy" else item.hard)[: options - 1]
    return Ballot(item=item.id, kind=kind, options=(item.reference, *wrong)) if wrong else None


def questions(item: Item, said: str, *, n: int, options: int, seed: int) -> list[Ballot]:
    """Return at most `n` questions about what was said, whose keys are read off it.

    None in a world that has no exact ones, or where what was said cannot be read.
    """
    queries = WORLDS[item.world].queries
    if queries is None:
        return []
    rng = Random(seed_of(seed, item.id, said, "questions"))
    found = list(queries(said, rng))
    return [
        Ballot(
            item=item.id,
            kind="question",
            options=q.options[:options],
            about=said,
            text=q.text,
            head=q.head,
        )
        for q in rng.sample(found, min(n, len(found)))
    ]
