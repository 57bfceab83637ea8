"""What is wrong with published domains and tasks, counted and named."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from superalign.problems.kumo.domain import Domain
from superalign.problems.kumo.published import Library
from superalign.problems.kumo.task import Task


def audit(library: Library) -> dict[str, Any]:
    """Return counts over domains and tasks, and every broken task by domain, size and seed.

    A task is broken if its observations do not leave the valid truth alone: `survivors` counts
    how many they leave. Values are read by the declared type: a number shows no state that is a
    word, though it looks like it.
    """
    return {
        "domains": len(library.domains),
        **rules(library.domains),
        "tasks": len(library.tasks),
        **observations(library.tasks),
        "broken": [flag(t) for t in library.tasks if t.broken],
        "unread": list(library.unread),
    }


def flag(task: Task) -> dict[str, Any]:
    """Return which task is broken, and how many truths it leaves."""
    return {
        "domain": task.domain.name,
        "setting": task.setting,
        "seed": task.seed,
        "survivors": len(task.survivors),
    }


def rules(domains: Mapping[str, Domain]) -> dict[str, Any]:
    """Return sizes of the domains and what contradicts their own rules."""
    every = list(domains.values())
    states = [s for d in every for o in d.outcomes.values() for s in o]
    return {
        "truths": _spread(len(d.truths) for d in every),
        "actions": _spread(len(d.outcomes) for d in every),
        "types": dict(Counter(kind for d in every for kind in d.kinds.values())),
        "states": len(states),
        "states_that_rule_out_nothing": sum(not s.excludes for s in states),
        "states_no_number_shows": sum(not s.drawable for s in states),
        "ruled_out_by_every_outcome": sum(len(_always(d)) for d in every),
        "never_ruled_out": sum(len(_never(d)) for d in every),
    }


def observations(tasks: Sequence[Task]) -> dict[str, int]:
    """Return how many observations show no state or several, and how they are written."""
    counts: Counter[str] = Counter()
    for task in tasks:
        for action, value in task.observations.items():
            shown = len(task.domain.states(action, value))
            counts["several_states"] += shown > 1
            counts["no_state"] += shown == 0
            counts["pairs"] += isinstance(value, tuple)
            counts["whole_numbers"] += isinstance(value, int)
    return {name: counts[name] for name in ("several_states", "no_state", "pairs", "whole_numbers")}


def _always(domain: Domain) -> list[tuple[str, str]]:
    return [
        (truth, action)
        for action, states in domain.outcomes.items()
        for truth in frozenset.intersection(*(s.excludes for s in states))
    ]


def _never(domain: Domain) -> set[str]:
    every = (s.excludes for states in domain.outcomes.values() for s in states)
    return set(domain.truths) - frozenset().union(*every)


def _spread(sizes: Iterable[int]) -> dict[str, float]:
    found = list(sizes)
    return {"mean": statistics.fmean(found), "least": min(found), "most": max(found)}
