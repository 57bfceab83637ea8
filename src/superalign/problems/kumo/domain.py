"""A domain: truths, actions, and which truths each outcome of an action rules out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from superalign.records import digest

Value: TypeAlias = str | int | float | tuple[float, float]
"""What an action shows: a word, a number, or the two ends of an interval as such."""


@dataclass(frozen=True, slots=True)
class State:
    """One outcome of an action."""

    value: Value
    """A word or number, or the ends (low, high), both inside, of the numbers that count as it."""
    excludes: frozenset[str]
    """Truths that observing it rules out; it confirms none."""

    def shown_by(self, value: object) -> bool:
        """Return whether observing `value` is observing this state.

        A word is no number: `1` does not show the state `"1"`.
        """
        mine = self.value
        if isinstance(value, str) or isinstance(mine, str) or isinstance(value, tuple):
            return type(value) is type(mine) and value == mine
        if not isinstance(value, int | float):
            return False
        if isinstance(mine, tuple):
            return mine[0] <= value <= mine[1]
        return value == mine

    @property
    def drawable(self) -> bool:
        """Whether a value can be drawn that shows it: an interval has to be finite and forward."""
        if not isinstance(self.value, tuple):
            return not (isinstance(self.value, float) and math.isnan(self.value))
        low, high = self.value
        return math.isfinite(low) and math.isfinite(high) and low <= high


@dataclass(frozen=True, eq=False)
class Domain:
    """Truths and the states of every action; equal only to itself, `id` names it by content."""

    name: str
    truths: tuple[str, ...]
    outcomes: Mapping[str, tuple[State, ...]]
    goal: str = ""
    """What a player is told the task is about; one paragraph."""
    kinds: Mapping[str, str] = field(default_factory=dict)
    """By action: the type that the source declares."""

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions in the order of the source."""
        return tuple(self.outcomes)

    @cached_property
    def id(self) -> str:
        """Digest of truths and rules."""
        rules = {
            a: [[s.value, sorted(s.excludes)] for s in states]
            for a, states in self.outcomes.items()
        }
        return digest("kumo domain", list(self.truths), rules, self.goal)

    @cached_property
    def masks(self) -> dict[str, tuple[int, ...]]:
        """By action: what each state rules out, bit `i` for truth `i`."""
        bit = {truth: 1 << i for i, truth in enumerate(self.truths)}
        return {
            a: tuple(sum(bit[t] for t in s.excludes) for s in states)
            for a, states in self.outcomes.items()
        }

    def states(self, action: str, value: object) -> list[int]:
        """Return the indices of the states that observing `value` shows.

        Where intervals meet or overlap there are several, and all of them rule out.
        """
        return [i for i, s in enumerate(self.outcomes[action]) if s.shown_by(value)]

    def excluded(self, action: str, value: object) -> frozenset[str]:
        """Return the truths that observing `value` rules out."""
        states = self.outcomes[action]
        found = [s.excludes for s in states if s.shown_by(value)]
        return found[0] if len(found) == 1 else frozenset().union(*found)

    def only(self, truths: Sequence[str]) -> Domain:
        """Return the domain of these truths and of the actions that can rule one of them out."""
        kept = frozenset(truths)
        outcomes = {
            a: tuple(State(s.value, s.excludes & kept) for s in states)
            for a, states in self.outcomes.items()
            if any(s.excludes & kept for s in states)
        }
        order = tuple(t for t in self.truths if t in kept)
        return Domain(self.name, order, outcomes, self.goal, self.kinds)

    def faults(self) -> Iterator[str]:
        """Yield what is wrong with the rules, one line each."""
        for action, states in self.outcomes.items():
            for truth in sorted(frozenset.intersection(*(s.excludes for s in states))):
                yield f"every outcome of {action!r} rules out {truth!r}"
            for state in states:
                if not state.drawable:
                    yield f"no number lies in {state.value} of {action!r}"
        for truth in sorted(set(self.truths) - self._touched()):
            yield f"nothing rules out {truth!r}"

    def _touched(self) -> frozenset[str]:
        every = (s.excludes for states in self.outcomes.values() for s in states)
        return frozenset().union(*every)
