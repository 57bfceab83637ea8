"""Reading within a budget: what stands in for a person's time where no person is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Read(NamedTuple):
    """What a reader concludes, and how much was read for it."""

    right: bool | None
    """None where nothing can be made of what it says."""
    tokens: int


def read_within(
    chances: Sequence[float], tokens: Sequence[int], budget: int, threshold: float = 0.5
) -> Read:
    """Return what a reader says who reads line by line from the top, up to `budget` tokens.

    It stops at the first line whose chance of being right is below `threshold`, and says wrong; a
    line that the budget does not cover in full is not read. What gave no reason to doubt it is
    called right, as by a person whose time is up.

    Args:
        chances: Of each line, the chance that it is right.
        tokens: Of each line, its length.
        budget: Tokens that may be read.
        threshold: Below it a line is doubted.
    """
    spent = 0
    for chance, length in zip(chances, tokens, strict=True):
        if spent + length > budget:
            break
        spent += length
        if chance < threshold:
            return Read(False, spent)
    return Read(True, spent)
