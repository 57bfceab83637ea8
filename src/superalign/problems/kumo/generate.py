"""Fresh tasks from a domain: one truth survives all observations, whatever the sampler."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, NamedTuple, TypeAlias, get_args

from superalign.errors import BadInput
from superalign.problems.kumo.difficulty import Wanted
from superalign.problems.kumo.domain import Domain, State, Value
from superalign.problems.kumo.task import Task
from superalign.records import seed_of

Sampler: TypeAlias = Literal["uniform", "sat"]
SAMPLERS: tuple[Sampler, ...] = get_args(Sampler)
TRIES = 20_000
"""Draws for one task before the domain is said not to have it."""
VALUES = 50
"""Numbers drawn for one interval before another state is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many truths and actions a task has; one truth is valid."""

    truths: int
    actions: int

    def within(self, domain: Domain) -> bool:
        """Return whether `domain` has so many truths and actions."""
        return self.truths <= len(domain.truths) and self.actions <= len(domain.outcomes)


class Draft(NamedTuple):
    """Truths, the valid one first, and the index of the state that each action shows."""

    truths: tuple[int, ...]
    states: dict[str, int]


class Table:
    """A domain as a sampler reads it: usable states as bit masks, by action."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.masks = {
            a: [
                (i, mask)
                for i, (mask, state) in enumerate(zip(masks, domain.outcomes[a], strict=True))
                if state.drawable
            ]
            for a, masks in domain.masks.items()
        }
        self.touches = {a: _union(m for _, m in masks) for a, masks in self.masks.items()}

    def relevant(self, truths: int) -> list[str]:
        """Return the actions some state of which rules out one of `truths`."""
        return [a for a, touch in self.touches.items() if touch & truths]

    def open(self, action: str, valid: int) -> list[tuple[int, int]]:
        """Return the states (index, mask) of `action` that do not rule out `valid`."""
        return [s for s in self.masks[action] if not s[1] & valid]


Draw: TypeAlias = Callable[[Table, Sequence[int], Size, Random], dict[str, int] | None]
"""Chooses actions and states for truths, the valid one first, or gives up on them."""


def generate(
    domain: Domain,
    size: Size,
    *,
    seed: int,
    sampler: Sampler = "uniform",
    wanted: Wanted | None = None,
) -> Iterator[Task]:
    """Yield tasks without end, none twice; task `i` depends on (seed, i) and those before it.

    Truths are drawn without replacement, the valid one among them. Of the actions and states that
    leave one truth, `uniform` then draws any as likely; `sat` is the published way: a solver's
    model chooses states that rule out every other truth, and random ones fill up.

    Raises:
        BadInput: If the domain is too small, or has no such task in `TRIES` draws.
    """
    if size.truths < 2 or size.actions < 1 or not size.within(domain):
        raise BadInput(
            f"{domain.name}: {size.truths} truths and {size.actions} actions cannot be drawn from "
            f"{len(domain.truths)} and {len(domain.outcomes)}"
        )
    table, draw = Table(domain), _sampler(sampler)
    seen: set[tuple[frozenset[int], frozenset[tuple[str, int]]]] = set()
    index = 0
    while True:
        rng = Random(seed_of(seed, domain.id, size.truths, size.actions, sampler, index))
        for _ in range(TRIES):
            drawn = _draft(table, size, draw, rng)
            if drawn is None:
                continue
            key = (frozenset(drawn.truths), frozenset(drawn.states.items()))
            if key in seen:
                continue
            task = _task(table.domain, drawn, index, rng)
            if task and (wanted is None or wanted.takes(task)):
                break
        else:
            raise BadInput(f"{domain.name}: no further task as wanted in {TRIES} draws")
        seen.add(key)
        yield task
        index += 1


def _sampler(name: Sampler) -> Draw:
    if name == "uniform":
        from superalign.problems.kumo.uniform import uniform

        return uniform
    if name == "sat":
        from superalign.problems.kumo.sat import solved

        return solved
    raise BadInput(f"no sampler {name!r}; there are uniform and sat")


def _draft(table: Table, size: Size, draw: Draw, rng: Random) -> Draft | None:
    truths = rng.sample(range(len(table.domain.truths)), size.truths)
    states = draw(table, truths, size, rng)
    return None if states is None else Draft(tuple(truths), states)


def _task(domain: Domain, drawn: Draft, index: int, rng: Random) -> Task | None:
    """Fill in names and numbers, in random order; None if nothing shows a state alone."""
    truths = [domain.truths[t] for t in rng.sample(drawn.truths, len(drawn.truths))]
    actions = rng.sample(list(drawn.states), len(drawn.states))
    shown: dict[str, Value] = {}
    for action in actions:
        value = _shown(domain.outcomes[action], drawn.states[action], rng)
        if value is None:
            return None
        shown[action] = value
    valid = domain.truths[drawn.truths[0]]
    return Task(domain, tuple(truths), tuple(actions), shown, valid, index)


def _shown(states: Sequence[State], index: int, rng: Random) -> Value | None:
    """Return what shows the state and no other: its word, or a number within its interval."""
    value = states[index].value
    others = [s for i, s in enumerate(states) if i != index]
    for _ in range(VALUES):
        shown = rng.uniform(*value) if isinstance(value, tuple) else value
        if not any(o.shown_by(shown) for o in others):
            return shown
    return None


def _union(masks: Iterator[int] | Sequence[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
