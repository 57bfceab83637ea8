"""A task: some truths and actions of a domain, and what each action will show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from superalign.errors import BadInput
from superalign.problems.kumo.domain import Domain, State, Value
from superalign.records import digest


@dataclass(frozen=True, eq=False)
class Task:
    """One game: the observation of every action is fixed, so playing it is looking it up."""

    domain: Domain
    truths: tuple[str, ...]
    actions: tuple[str, ...]
    observations: Mapping[str, Value]
    valid: str
    """The truth to be found."""
    seed: int
    """What it was drawn with; in published files its line."""
    book: str | None = None
    """Knowledge book, where there is one."""

    @cached_property
    def id(self) -> str:
        """Digest of what is played; the book and the seed do not count."""
        shown = [[a, self.observations[a]] for a in self.actions]
        return digest("kumo task", self.domain.id, list(self.truths), shown, self.valid)

    @property
    def setting(self) -> str:
        """The size, as published files are named: truths by actions."""
        return f"{len(self.truths)}x{len(self.actions)}"

    def excluded(self, action: str) -> frozenset[str]:
        """Return the truths, of the whole domain, that taking `action` rules out."""
        return self.domain.excluded(action, self.observations[action])

    @cached_property
    def survivors(self) -> tuple[str, ...]:
        """Truths that all observations together leave."""
        gone = frozenset().union(*map(self.excluded, self.actions))
        return tuple(t for t in self.truths if t not in gone)

    @property
    def broken(self) -> bool:
        """Whether the observations leave anything but the valid truth alone."""
        return self.survivors != (self.valid,)

    @cached_property
    def kills(self) -> list[list[int]]:
        """Per action and state of it: the task's truths ruled out, bit `i` for truth `i`."""
        bits = [(1 << i, t) for i, t in enumerate(self.truths)]
        return [
            [sum(b for b, t in bits if t in s.excludes) for s in self.domain.outcomes[a]]
            for a in self.actions
        ]

    @cached_property
    def shown(self) -> list[int]:
        """Per action: the task's truths that its observation rules out, bit `i` for truth `i`."""
        bits = [(1 << i, t) for i, t in enumerate(self.truths)]
        found = map(self.excluded, self.actions)
        return [sum(b for b, t in bits if t in gone) for gone in found]

    def row(self) -> dict[str, Any]:
        """Return the task as a line of the published files."""
        return {
            "truths": list(self.truths),
            "actions": list(self.actions),
            "observations": dict(self.observations),
            "seed": self.seed,
            "valid_truth": self.valid,
        }


def packed(task: Task) -> dict[str, Any]:
    """Return the task with those of its domain's rules that concern it, as JSON."""
    own = set(task.truths)
    rules = {
        a: [[s.value, sorted(s.excludes & own)] for s in task.domain.outcomes[a]]
        for a in task.actions
    }
    return {"domain": task.domain.name, "setting": task.setting, **task.row(), "rules": rules}


def unpacked(row: Mapping[str, Any]) -> Task:
    """Return the task that `packed` wrote; its domain knows no other truths and actions."""
    outcomes = {
        a: tuple(State(_observed(v, a), frozenset(gone)) for v, gone in states)
        for a, states in row["rules"].items()
    }
    domain = Domain(row["domain"], tuple(row["truths"]), outcomes)
    return read_task(dict(row), domain, "a packed task")


def read_task(row: object, domain: Domain, place: str, book: str | None = None) -> Task:
    """Read a line of the published files.

    Raises:
        BadInput: If a field is missing or names what the domain does not have.
    """
    if not isinstance(row, dict):
        raise BadInput(f"{place}: a task is a JSON object")
    for name, kind in (("truths", list), ("actions", list), ("observations", dict)):
        if not isinstance(row.get(name), kind):
            raise BadInput(f"{place}: field '{name}' is missing or no {kind.__name__}")
    truths, actions, seen = tuple(row["truths"]), tuple(row["actions"]), row["observations"]
    if unknown := [t for t in truths if t not in domain.truths]:
        raise BadInput(f"{place}: field 'truths': {unknown[0]!r} is not in domain {domain.name}")
    if unknown := [a for a in actions if a not in domain.outcomes]:
        raise BadInput(f"{place}: field 'actions': {unknown[0]!r} is not in domain {domain.name}")
    if missing := [a for a in actions if a not in seen]:
        raise BadInput(f"{place}: field 'observations' has nothing for {missing[0]!r}")
    valid = row.get("valid_truth")
    valid = valid[0] if isinstance(valid, list) and len(valid) == 1 else valid
    if not isinstance(valid, str) or valid not in truths:
        raise BadInput(f"{place}: field 'valid_truth' is not one of the truths")
    seed = row.get("seed", 0)
    if not isinstance(seed, int):
        raise BadInput(f"{place}: field 'seed' is no whole number")
    shown = {a: _observed(seen[a], f"{place}: observation of {a!r}") for a in actions}
    return Task(domain, truths, actions, shown, valid, seed, book)


def _observed(value: object, place: str) -> Value:
    if isinstance(value, list | tuple) and len(value) == 2:
        return (value[0], value[1])
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadInput(f"{place} is neither a word, a number nor an interval")
    return value
