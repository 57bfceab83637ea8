"""The answer key: the only thing in the house that holds users' answers.

It stands apart from the problems, and only critics that measure read it; nothing that trains
can reach it.
"""

from __future__ import annotations

from collections.abc import Mapping

from superalign.problems.answers import Mode
from superalign.records import digest


class Key:
    """Answers by problem id, with how each is compared."""

    def __init__(self, answers: Mapping[str, str], mode: Mode) -> None:
        self.mode = mode
        self._answers = dict(answers)
        self.id = digest("key", mode, self._answers)

    def __len__(self) -> int:
        return len(self._answers)

    def __contains__(self, problem: str) -> bool:
        return problem in self._answers

    def __repr__(self) -> str:
        return f"Key({len(self)} answers, {self.mode})"

    def look_up(self, problem: str) -> str | None:
        """Return the answer to the problem with this id, or None where the key has none."""
        return self._answers.get(problem)
