"""The uniform sampler: of all ways to leave one truth, each is as likely.

For given truths, the ways to choose actions, and a state that spares the valid truth for each, are
counted by what is ruled out so far; a way is then drawn by these counts, without rejection.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Any

from superalign.errors import BadInput

if TYPE_CHECKING:
    from superalign.problems.kumo.generate import Size, Table

WIDEST = 16
"""Truths, at most: the counts are kept for every set of them."""


def uniform(table: Table, truths: Sequence[int], size: Size, rng: Random) -> dict[str, int] | None:
    """Return a state for each of `size.actions` actions, or None where these truths have none.

    Actions that can rule out one of the truths come first; others fill up where they are too few.

    Raises:
        BadInput: If there are more than `WIDEST` truths.
    """
    if size.truths > WIDEST:
        raise BadInput(f"the uniform sampler takes {WIDEST} truths; use sat for {size.truths}")
    valid, others = 1 << truths[0], [1 << t for t in truths[1:]]
    near = table.relevant(valid | sum(others))
    far = [a for a in table.masks if a not in set(near) and table.open(a, valid)]
    spare = max(0, size.actions - len(near))
    if spare > len(far):
        return None
    open_states = [table.open(a, valid) for a in near]
    choices = [
        [(i, sum(1 << b for b, o in enumerate(others) if m & o)) for i, m in states]
        for states in open_states
    ]
    states = _drawn(near, choices, size.actions - spare, (1 << len(others)) - 1, rng)
    if states is None:
        return None
    return states | {a: rng.choice(table.open(a, valid))[0] for a in rng.sample(far, spare)}


def _drawn(
    actions: Sequence[str],
    choices: Sequence[Sequence[tuple[int, int]]],
    slots: int,
    whole: int,
    rng: Random,
) -> dict[str, int] | None:
    """Draw `slots` actions and their states (index, mask) whose masks together are `whole`."""
    reachable = 0
    for options in choices:
        for _, mask in options:
            reachable |= mask
    if reachable != whole:
        return None
    ways = _ways(choices, slots, whole)
    if not ways[0][slots, 0]:
        return None
    covered, left = 0, slots
    states: dict[str, int] = {}
    for at, (action, options) in enumerate(zip(actions, choices, strict=True)):
        point = rng.random() * ways[at][left, covered] - ways[at + 1][left, covered]
        if point < 0 or not left:
            continue
        for index, mask in options:
            point -= ways[at + 1][left - 1, covered | mask]
            if point < 0:
                states[action] = index
                covered, left = covered | mask, left - 1
                break
    return states if covered == whole and not left else None


def _ways(choices: Sequence[Sequence[tuple[int, int]]], slots: int, whole: int) -> list[Any]:
    """Return, for each action and those after it, the number of ways [slots left, covered]."""
    import numpy as np

    every = np.arange(whole + 1)
    last = np.zeros((slots + 1, whole + 1))
    last[0, whole] = 1.0
    found = [last]
    for options in reversed(choices):
        after = found[-1]
        now = after.copy()
        for _, mask in options:
            now[1:] += after[:-1, every | mask]
        found.append(now)
    return found[::-1]
