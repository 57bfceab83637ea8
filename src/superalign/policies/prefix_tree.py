"""Sequences that begin alike as trees, in which every shared token stands once.

A model reads a tree in one row: a token sees the tokens on its path from the root and stands at the
position it has in its sequence, so its hidden state is that of the sequence read by itself. Many
samples of one problem share the prompt and the first steps, and equal samples share everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Tree:
    """Several sequences; one that begins unlike the others has a root of its own."""

    tokens: list[int] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    """Place of each token in its sequence."""
    parents: list[int] = field(default_factory=list)
    """Index of the token before each; a root is its own."""
    paths: dict[int, list[int]] = field(default_factory=dict)
    """Per sequence the indices of its tokens."""

    def add(self, name: int, sequence: Sequence[int], path: Sequence[int]) -> list[int]:
        """Add a sequence whose first tokens stand on `path` already; return its path."""
        known, begin = len(path), len(self.tokens)
        new = list(range(begin, begin + len(sequence) - known))
        self.tokens += sequence[known:]
        self.positions += range(known, len(sequence))
        before = path[-1] if known else begin
        self.parents += [before, *new[:-1]] if new else []
        self.paths[name] = [*path, *new]
        return self.paths[name]

    def visible(self, width: int) -> NDArray[np.bool_]:
        """Return which tokens each sees, (width, width); what is beyond the tree sees itself."""
        sees = np.eye(width, dtype=np.bool_)
        done = 0
        for path in self.paths.values():
            if path[-1] < done:
                continue
            known = next(i for i, node in enumerate(path) if node >= done)
            below = np.tri(len(path), dtype=np.bool_)[known:]
            sees[np.ix_(path[known:], path)] = below
            done = path[-1] + 1
        return sees


def grow(sequences: Sequence[list[int]], room: int) -> list[Tree]:
    """Return trees of at most `room` tokens that hold the sequences, named by their index.

    A sequence longer than that has a tree by itself; with no room every distinct sequence has.

    Raises:
        ValueError: If a sequence is empty.
    """
    trees: list[Tree] = []
    before: Sequence[int] = ()
    path: list[int] = []
    for name in sorted(range(len(sequences)), key=sequences.__getitem__):
        sequence = sequences[name]
        if not sequence:
            raise ValueError("a sequence without tokens has no place in a tree")
        shared = _shared(before, sequence)
        if not trees or 0 < len(sequence) - shared > room - len(trees[-1].tokens):
            trees.append(Tree())
            shared = 0
        before, path = sequence, trees[-1].add(name, sequence, path[:shared])
    return trees


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """Return how many tokens two sequences begin with alike."""
    if one == other:
        return len(one)
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def readable(model: Any) -> bool:
    """Return whether a model can read trees: every layer sees all before it, by position given."""
    import inspect

    config = model.config
    layers = set(getattr(config, "layer_types", None) or ())
    window = getattr(config, "sliding_window", None)
    takes_positions = "position_ids" in inspect.signature(model.forward).parameters
    return takes_positions and window is None and layers <= {"full_attention"}
