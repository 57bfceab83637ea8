"""Knowledge books from templates: all rules that a task needs, in plain words, none invented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from superalign.problems.kumo.domain import State, Value
from superalign.problems.kumo.task import Task
from superalign.records import seed_of

_RULES_OUT = (
    "If {action} shows {value}, rule out {truths}.",
    "When {action} gives {value}, it cannot be {truths}.",
    "{value} in {action} excludes {truths}.",
    "With {value} as the outcome of {action}, {truths} drops out.",
)
_NOTHING = (
    "{value} in {action} rules out nothing.",
    "If {action} shows {value}, every candidate stays possible.",
)


def book(task: Task, *, seed: int = 0) -> str:
    """Return Markdown that states every outcome of every action of the task; wording by `seed`.

    Rules about truths that are not in the task are left out, as in the published books.
    """
    rng = Random(seed_of(seed, "kumo book", task.id))
    lines = [
        f"# Guide: {task.domain.name}",
        "",
        "An outcome can only rule candidates out; none ever confirms one.",
        "Candidates: " + ", ".join(task.truths) + ".",
    ]
    for action in task.actions:
        lines += ["", f"## {action}", ""]
        lines += [f"- {line}" for line in _rules(task, action, rng)]
    return "\n".join(lines) + "\n"


def _rules(task: Task, action: str, rng: Random) -> Iterator[str]:
    for state in task.domain.outcomes[action]:
        truths = named(task, state)
        form = rng.choice(_RULES_OUT if truths else _NOTHING)
        said = form.format(action=action, value=shown(state.value), truths=" or ".join(truths))
        yield said[0].upper() + said[1:]


def named(task: Task, state: State) -> Sequence[str]:
    """Return the task's truths that `state` rules out, in the task's order."""
    return [t for t in task.truths if t in state.excludes]


def shown(value: Value) -> str:
    """Return an outcome in words: a word in quotes, a number, or the ends of an interval."""
    if isinstance(value, tuple):
        return f"a value from {value[0]:g} to {value[1]:g}"
    return f'"{value}"' if isinstance(value, str) else f"the value {value:g}"
