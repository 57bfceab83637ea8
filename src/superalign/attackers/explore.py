"""Explore: sequences of wrappers, searched by first returning to a promising state.

Go-Explore (Ecoffet et al. 2021, "First return, then explore", Nature 590, arXiv 2004.12919) on the
archive that worlds are explored with. A place is a goal under a sequence of actions; returning is
exact, because the wrapped text is kept.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from superalign.attackers.guide import Guide
from superalign.attackers.mutations import Axis
from superalign.attackers.offspring import Child, Offspring, Plan
from superalign.attackers.protocol import Table
from superalign.attackers.scoring import Estimate, Purse, Shot
from superalign.attackers.validity import Validity
from superalign.ledger import Ledger
from superalign.problems.goexplore.places import Place, Places, draw
from superalign.records import Episode, Problem, seed_of

BARREN = 5
"""Batches in a row without a valid attack after which the search ends."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A goal under the actions taken so far, and how often the learner fails it."""

    problem: Problem
    estimate: Estimate = field(default_factory=Estimate)


State: TypeAlias = Place[Attempt]


def coarse(state: State) -> Hashable:
    """Return the goal, which actions were taken in whatever order, and a third of [0, 1]."""
    third = min(2, int(3 * (state.value.estimate.mean or 0.0)))
    return state.value.problem.parent, frozenset(state.path), third


def promise(state: State) -> float:
    """Return how promising it is to go on from here: failure rate, discounted by visits.

    One sample with a failure chance of 0.1 is added, so that nothing is ruled out.
    """
    estimate = state.value.estimate
    return (estimate.failed + 0.1) / (estimate.n + 1) * state.rarity


def _told(state: State) -> str:
    """Return a state as a guide is shown it."""
    failed, n = state.value.estimate.failed, state.value.estimate.n
    tried = f"failed {failed:g} of {n:g}" if n else "not tried"
    return f"{state.value.problem.prompt} [{tried}; went on from {state.chosen} times]"


@dataclass(slots=True, kw_only=True)
class Explore:
    """Each query takes one more action from a state of the archive.

    A state enters if its cell is new, or if it fails clearly more than the one there. The archive
    starts anew with every attack, from the goals as they are.
    """

    goals: Sequence[Problem]
    actions: Axis
    cell: Callable[[State], Hashable] = coarse
    """States of one cell count as the same."""
    valid: Validity = field(default_factory=lambda: Validity(bleu=None, cosine=None))
    depth: int = 4
    """Actions in a state, at most."""
    batch: int = 8
    margin: float = 1.0
    """Standard errors by which a state has to fail more often than the one it replaces."""
    guide: Guide | None = None
    """Makes the choices in place of chance, and is asked for each."""
    tally: Counter[str] = field(init=False, default_factory=Counter)
    archive: Places[Attempt] = field(init=False)

    def __post_init__(self) -> None:
        self.archive = Places(self._possible)

    def _possible(self, state: State) -> tuple[str, ...]:
        return self.actions.values if len(state.path) < self.depth else ()

    async def attack(self, table: Table, *, budget: int, seed: int) -> list[Episode]:
        """Return everything played."""
        purse = Purse(table, budget)
        self.archive = Places(self._possible)
        for goal in self.goals:
            state = Place(Attempt(goal))
            self.archive.put((goal.id, self.cell(state)), state)
        batch = barren = 0
        while purse.problems and barren < BARREN:
            at = seed_of(seed, "explore", batch)
            steps = await self._steps(min(self.batch, purse.problems), table.ledger, at)
            if not steps:
                break
            played = await self._take(purse, steps, at)
            barren = 0 if played else barren + 1
            batch += 1
        return purse.tried

    async def _steps(self, n: int, ledger: Ledger, seed: int) -> list[tuple[State, str]]:
        """Choose `n` states, and for each an action that was not yet tried there."""
        steps: list[tuple[State, str]] = []
        rng = random.Random(seed)
        while len(steps) < n and (states := self.archive.open()):
            state = draw(states, promise, rng)
            action = rng.choice(self.archive.untried(state))
            if self.guide:
                at = seed_of(seed, "guide", len(steps))
                state, action = await self._guided(self.guide, ledger, states, (state, action), at)
            state.chosen += 1
            state.taken.add(action)
            steps.append((state, action))
        return steps

    async def _guided(
        self,
        guide: Guide,
        ledger: Ledger,
        states: Sequence[State],
        chance: tuple[State, str],
        seed: int,
    ) -> tuple[State, str]:
        """Return what the guide chooses; what it leaves open is left to `chance`."""
        where = await guide.state(ledger, [_told(s) for s in states], seed=seed_of(seed, "state"))
        self.tally["unguided"] += where is None
        if where is None:
            return chance
        actions = self.archive.untried(states[where])
        what = await guide.action(
            ledger, _told(states[where]), actions, seed=seed_of(seed, "action")
        )
        self.tally["unguided"] += what is None
        drawn = random.Random(seed).randrange(len(actions))
        return states[where], actions[drawn if what is None else what]

    async def _take(self, purse: Purse, steps: Sequence[tuple[State, str]], seed: int) -> bool:
        """Take the steps, play what is valid and file it; say whether there was any."""
        plans = [Plan(s.value.problem, (action,), (), ()) for s, action in steps]
        known = [s.value.problem.prompt for s in self.archive]
        offspring = Offspring([self.actions], self.valid, None)
        made = await offspring.make(purse.table.ledger, plans, known, seed=seed)
        found = [
            ((*state.path, action), self._tagged(child, state, action))
            for (state, action), child in zip(steps, made, strict=True)
        ]
        fresh = [(actions, problem) for actions, problem in found if problem is not None]
        shots = await purse.play([problem for _, problem in fresh], seed=seed)
        for (actions, _), shot in zip(fresh, shots, strict=True):
            self._file(actions, shot)
        return bool(shots)

    def _tagged(self, child: Child, state: State, action: str) -> Problem | None:
        """Return the child with all its actions as tags, in order; count it if there is none."""
        self.tally["asked"] += 1
        self.tally["replies"] += child.asked
        if child.problem is None:
            self.tally[f"invalid: {child.invalid}"] += 1
            return None
        own = [t for t in state.value.problem.tags if t not in self.actions.values]
        tags = (*own, *state.path, action)
        return child.problem.model_copy(update={"tags": tags})

    def _file(self, actions: tuple[str, ...], shot: Shot) -> None:
        state = Place(Attempt(shot.problem, shot.estimate), actions)
        cell = self.cell(state)
        there = self.archive.get(cell)
        if there is None or shot.estimate.beats(there.value.estimate, margin=self.margin):
            self.archive.put(cell, state)
