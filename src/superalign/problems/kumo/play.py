"""The simulator, and the players that need no model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias

from superalign.problems.kumo.domain import Value
from superalign.problems.kumo.oracle import Oracle
from superalign.problems.kumo.task import Task

STEPS = 50
"""Turns of one play, at most."""

End: TypeAlias = Literal["", "named", "unreadable", "steps"]
"""How a play ended: a truth was named, what was said is no name, or its turns were used up."""


@dataclass(slots=True, eq=False)
class Play:
    """One play of a task, move by move."""

    task: Task
    steps: int = STEPS
    taken: list[str] = field(default_factory=list)
    """Actions in order; a repeated one counts again and shows the same."""
    named: str | None = None
    end: End = ""

    def say(self, name: str | None) -> Value | None:
        """Take an action and return what it shows, or end the play.

        A name of both an action and a truth is a truth. None, and what is no name, ends the play.

        Raises:
            ValueError: If the play is over.
        """
        if self.end:
            raise ValueError("the play is over")
        if name in self.task.truths:
            self.named, self.end = name, "named"
        elif name is None or name not in self.task.observations:
            self.end = "unreadable"
        else:
            self.taken.append(name)
            if len(self.taken) >= self.steps:
                self.end = "steps"
            return self.task.observations[name]
        return None

    @property
    def success(self) -> bool:
        """Whether no observation of the task, seen or not, rules out what was named."""
        return self.named in self.task.survivors

    @property
    def published_actions(self) -> int:
        """The count of the published results: all that was said counts, readable or not.

        A truth that was named counts once more, for its record. So it is two more than the actions
        of a play that named a truth, and one more after what is no name.
        """
        return len(self.taken) + {"named": 2, "unreadable": 1}.get(self.end, 0)


Player: TypeAlias = Callable[[Task, Random], Play]


def random_player(task: Task, rng: Random) -> Play:
    """Say any truth, or any action that was not taken, until a truth is named."""
    play = Play(task)
    names = [*task.truths, *task.actions]
    while not play.end:
        play.say(names.pop(rng.randrange(len(names))))
    return play


def oracle_player(task: Task, rng: Random | None = None) -> Play:
    """Take the best action, the first of equals, until none is due; it has read the rules alone."""
    oracle, play = Oracle.of(task), Play(task)
    truths, actions = oracle.all_truths, oracle.all_actions
    while not play.end:
        best = oracle.best(truths, actions) if truths else None
        if best is None:
            play.say(task.truths[oracle.settled(truths, actions)])
        else:
            play.say(task.actions[best])
            truths &= ~task.shown[best]
            actions &= ~(1 << best)
    return play
