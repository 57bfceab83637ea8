"""Small KUMO domains and tasks that can be checked by hand, and where the published data is."""

from __future__ import annotations

from pathlib import Path

from superalign.problems.kumo.domain import Domain, State
from superalign.problems.kumo.task import Task

KUMO = Path(__file__).parents[2] / "shared" / "data" / "kumo"
ABSENT = "../shared/data/kumo is not there"


def domain(rules, truths="abc", name="Toy"):
    """Make a domain: `rules` is action -> {value: letters of the truths ruled out}."""
    outcomes = {
        action: tuple(State(value, frozenset(out)) for value, out in states.items())
        for action, states in rules.items()
    }
    return Domain(name, tuple(truths), outcomes)


def task(rules, shown, valid="a", truths="abc", **fields):
    """Make a task of all truths and actions of `domain(rules)`; `shown` is action -> value."""
    own = domain(rules, truths)
    return Task(own, tuple(truths), tuple(rules), shown, valid, fields.pop("seed", 0), **fields)


SCAN = {"scan": {"low": "a", "high": "bc"}, "probe": {"red": "b", "blue": "c"}}


def scan_task(**fields):
    """Return a task whose `scan` shows that a is valid, while `probe` rules out b."""
    return task(SCAN, {"scan": "high", "probe": "red"}, **fields)
