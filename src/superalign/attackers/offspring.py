"""Children of an archive: mutated once per axis, checked and classified, in one ledger step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from superalign.attackers.cells import Cell, placed
from superalign.attackers.mutations import Axis
from superalign.attackers.validity import Invalid, Validity
from superalign.ledger import Ledger
from superalign.records import Problem, digest, seed_of


class Classify(Protocol):
    """Says in which cell a problem belongs."""

    @property
    def id(self) -> str:
        """Names the classifier by content."""
        ...

    async def __call__(self, problem: Problem, *, seed: int) -> Cell | None:
        """Return one value per axis, or None where it belongs in no cell."""
        ...


class Plan(NamedTuple):
    """A parent, the cell it is to be moved to, and prompts that worked there."""

    parent: Problem
    cell: Cell
    hints: tuple[str, ...]
    lineage: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Child:
    """What came of a plan: a problem and its true cell, or why there is none."""

    plan: Plan
    problem: Problem | None
    cell: Cell | None
    invalid: str
    asked: int


@dataclass(frozen=True, slots=True)
class Offspring:
    """How children are made and what they have to pass."""

    axes: Sequence[Axis]
    valid: Validity
    classify: Classify | None

    @property
    def id(self) -> str:
        """Names axes, checks and classifier."""
        axes = [[a.name, a.values, a.mutate.id] for a in self.axes]
        return digest("offspring", axes, self.valid.id, self.classify and self.classify.id)

    async def make(
        self, ledger: Ledger, plans: Sequence[Plan], known: Sequence[str], *, seed: int
    ) -> list[Child]:
        """Return one child per plan; `known` are the prompts it must not repeat."""
        asked = [[p.parent, p.cell, p.hints] for p in plans]

        async def once() -> list[dict[str, Any]]:
            return await self._rows(plans, known, seed)

        rows = await ledger.once("offspring", [self.id, asked, known, seed], once)
        return [_child(plan, row) for plan, row in zip(plans, rows, strict=True)]

    async def _rows(
        self, plans: Sequence[Plan], known: Sequence[str], seed: int
    ) -> list[dict[str, Any]]:
        """Mutate all at once; check one by one, so that siblings do not repeat each other."""
        written = await asyncio.gather(
            *(self._mutated(plan, seed_of(seed, i)) for i, plan in enumerate(plans))
        )
        rows, texts = [], list(known)
        for i, (plan, (problem, asked)) in enumerate(zip(plans, written, strict=True)):
            row = await self._checked(plan, problem, texts, seed_of(seed, "check", i))
            rows.append({**row, "asked": asked})
            if problem is not None and row["problem"]:
                texts.append(problem.prompt)
        return rows

    async def _mutated(self, plan: Plan, seed: int) -> tuple[Problem | None, int]:
        """Move the parent along each axis in turn."""
        problem, replies = plan.parent, 0
        for axis, value in zip(self.axes, plan.cell, strict=True):
            made, asked = await axis.mutate(
                problem, value, hints=plan.hints, seed=seed_of(seed, axis.name)
            )
            replies += asked
            if made is None:
                return None, replies
            problem = made
        return problem, replies

    async def _checked(
        self, plan: Plan, problem: Problem | None, known: Sequence[str], seed: int
    ) -> dict[str, Any]:
        if problem is None:
            return _refused(Invalid.UNREADABLE)
        reason = await self.valid.reject(problem, plan.parent, known, seed=seed)
        if reason:
            return _refused(reason)
        cell = await self.classify(problem, seed=seed) if self.classify else plan.cell
        values = [axis.values for axis in self.axes]
        if cell is None or len(cell) != len(values) or not _inside(cell, values):
            return _refused(Invalid.OUT_OF_CELL)
        kept = placed(problem, cell, values).model_dump(mode="json")
        return {"problem": kept, "cell": list(cell), "invalid": ""}


def _inside(cell: Cell, values: Sequence[Sequence[str]]) -> bool:
    return all(v in axis for v, axis in zip(cell, values, strict=True))


def _refused(reason: Invalid) -> dict[str, Any]:
    return {"problem": None, "cell": None, "invalid": reason.value}


def _child(plan: Plan, row: dict[str, Any]) -> Child:
    problem = Problem.model_validate(row["problem"]) if row["problem"] else None
    cell = tuple(row["cell"]) if row["cell"] else None
    return Child(plan, problem, cell, row["invalid"], row["asked"])
