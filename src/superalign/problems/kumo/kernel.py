"""The optimum of a task in compiled code: a recursion on bit masks with one memo table.

A state is (truths left, actions left). Three reductions keep every value and shrink the table:
an action that can rule out no truth that is left is dropped before the state is looked up;
outcomes that leave the same truths are added up before the recursion; an action stops being
summed once a lower bound of it reaches the best so far. The bound is 1 plus the chance that the
game goes on after it, since every state that goes on costs an action more.
"""

from __future__ import annotations

import numba
import numpy as np

EMPTY = -1
SLACK = 1e-9
"""Added to the total weight of an action's outcomes, as in the published recursion."""


@numba.njit("int64(int64)", cache=True, inline="always")
def _size(mask: int) -> int:
    """Return the number of bits that are set: sums of 2, 4, 8 bits at once, then of all bytes."""
    mask -= (mask >> 1) & 0x5555555555555555
    mask = (mask & 0x3333333333333333) + ((mask >> 2) & 0x3333333333333333)
    mask = (mask + (mask >> 4)) & 0x0F0F0F0F0F0F0F0F
    return ((mask * 0x0101010101010101) >> 56) & 0xFF


@numba.njit("int64(int64, int64[:])", cache=True)
def _place(key: int, keys: np.ndarray) -> int:
    """Return where `key` stands in the table, or where it would."""
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    at = np.int64(mixed >> np.uint64(20)) & (keys.size - 1)
    while keys[at] != EMPTY and keys[at] != key:
        at = (at + 1) & (keys.size - 1)
    return int(at)


@numba.njit("UniTuple(int64, 3)(int64, int64, int64[:])", cache=True)
def _useful(truths: int, actions: int, touches: np.ndarray) -> tuple[int, int, int]:
    """Return which `actions` may rule out some of `truths`, which these are, and which two may."""
    useful = seen = twice = 0
    while actions:
        lowest = actions & -actions
        actions ^= lowest
        touch = touches[_size(lowest - 1)] & truths
        if touch:
            useful |= lowest
            twice |= seen & touch
            seen |= touch
    return useful, seen, twice


@numba.njit("int64(int64, int64, int64[:,:], int64, int64[:], float64[:])", cache=True)
def _outcomes(
    truths: int, action: int, kills: np.ndarray, states: int, left: np.ndarray, chance: np.ndarray
) -> int:
    """Fill in what an action's states leave and how likely that is; return how many differ."""
    kinds = 0
    total = SLACK
    for state in range(states):
        after = truths & ~kills[action, state]
        if after == 0:
            continue
        total += _size(after)
        known = 0
        while known < kinds and left[known] != after:
            known += 1
        if known == kinds:
            left[known], chance[known] = after, 0.0
            kinds += 1
        chance[known] += _size(after)
    for known in range(kinds):
        chance[known] /= total
    return kinds


@numba.njit("boolean(int64, int64)", cache=True, inline="always")
def _goes_on(truths: int, touched: int) -> bool:
    """Return whether an action is still due where actions left may rule out `touched`."""
    return (truths & (truths - 1)) != 0 and truths & ~touched == 0


@numba.njit(
    "float64(int64, int64, int64[:,:], int64[:], int64[:], int64[:], float64[:], int64[:])",
    cache=True,
)
def value(
    truths: int,
    actions: int,
    kills: np.ndarray,
    touches: np.ndarray,
    states: np.ndarray,
    keys: np.ndarray,
    values: np.ndarray,
    used: np.ndarray,
) -> float:
    """Return the expected number of actions from here on; `used[1]` is set if the table is full.

    Args:
        truths: Truths left, as bits.
        actions: Actions left, as bits.
        kills: [action, state] truths that the state rules out.
        touches: [action] union of its row of `kills`.
        states: [action] number of its states.
        keys: Memo table of a power of two entries, `EMPTY` where free.
        values: What belongs to each key.
        used: Entries taken, and whether the table overflowed.
    """
    if used[1] or truths & (truths - 1) == 0:
        return 0.0
    useful, seen, twice = _useful(truths, actions, touches)
    if seen != truths:
        return 0.0
    key = (truths << touches.size) | useful
    at = _place(key, keys)
    if keys[at] == key:
        return float(values[at])
    best = np.inf
    left = np.empty(kills.shape[1], np.int64)
    chance = np.empty(kills.shape[1], np.float64)
    rest = useful
    while rest:
        lowest = rest & -rest
        rest ^= lowest
        action = _size(lowest - 1)
        others = useful ^ lowest
        kinds = _outcomes(truths, action, kills, states[action], left, chance)
        touched = truths & (twice | ~touches[action])
        found = 1.0
        for k in range(kinds):
            found += chance[k] * _goes_on(left[k], touched)
        for k in range(kinds):
            if found >= best:
                break
            if _goes_on(left[k], touched):
                deeper = value(left[k], others, kills, touches, states, keys, values, used)
                found += chance[k] * (deeper - 1.0)
        best = min(best, found)
    if used[1] or 4 * used[0] >= 3 * keys.size:
        used[1] = 1
        return 0.0
    at = _place(key, keys)
    keys[at], values[at] = key, best
    used[0] += 1
    return best
