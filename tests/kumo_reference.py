"""The published recursion in plain sets, memo included, for the compiled one to be held against.

E(T, A) is 0 if at most one truth is left, no action is, or a truth is ruled out by no action left;
else 1 + min over actions of the sum over all of their states of p E(what is left, A without it),
with p the truths that a state leaves, over their sum plus 1e-9. An action stops being summed once
its sum reaches the best.
"""

from __future__ import annotations

from copy import deepcopy


def rules(task):
    """Return, per action, the sets of the task's truths that its states rule out."""
    kept = set(task.truths)
    return {a: [set(s.excludes) & kept for s in task.domain.outcomes[a]] for a in task.actions}


class Reference:
    """Lists, sets and one memo, keyed by a bit for each truth and action that is left."""

    def __init__(self, rules, truths):
        self.rules = deepcopy(rules)
        self.bit = {name: 1 << i for i, name in enumerate([*rules, *truths])}
        self.memo = {}

    def value(self, truths, actions):
        key = sum(map(self.bit.__getitem__, [*truths, *actions]))
        if key not in self.memo:
            self.memo[key] = self._value(list(truths), list(actions))
        return self.memo[key]

    def _value(self, truths, actions):
        if len(truths) <= 1 or not actions:
            return 0.0
        touched = set()
        for action in actions:
            for excluded in self.rules[action]:
                touched |= excluded
        if any(t not in touched for t in truths):
            return 0.0
        best = float("inf")
        for action in actions:
            left = [[t for t in truths if t not in x] for x in self.rules[action]]
            total = sum(map(len, left)) + 1e-9
            others = [a for a in actions if a != action]
            found = 1.0
            for after in left:
                found += len(after) / total * self.value(after, others)
                if found >= best:
                    break
            best = min(best, found)
        return best


def value(task):
    """Return the reference's value of a task."""
    return Reference(rules(task), task.truths).value(task.truths, task.actions)
