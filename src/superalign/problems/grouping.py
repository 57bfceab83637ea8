"""Which of many answers to one problem are the same."""

from __future__ import annotations

from collections.abc import Sequence

from superalign.problems.graders import Grader

ROUNDING = 1e-4
"""Values further apart than this, absolutely and relatively, differ."""
NOTHING = "0"
"""What an answer is compared with to see whether it can be compared at all."""


class Grouping:
    """Groups answers under a grader; what it has compared once it remembers.

    Answers that share a form are one; of what remains every two are compared, unless their values
    differ or a chain of equal answers unites them already. So answers are united through a third
    where the grader, whose word need not be transitive, tells them apart.
    """

    def __init__(self, grader: Grader) -> None:
        self.grader = grader
        self.compared = 0
        """How often the grader was asked beyond forms and values."""
        self._values: dict[str, complex | None] = {}
        self._said: dict[tuple[str, str], bool | None] = {}
        self._hopeless: set[str] = set()

    def groups(self, answers: Sequence[str | None]) -> list[int]:
        """Return per answer the number of its group, in order of first sight; -1 of no answer."""
        united = _United()
        first: dict[tuple[int, str], str] = {}
        for answer in dict.fromkeys(a for a in answers if a is not None):
            united.add(answer)
            for place, form in enumerate(self.grader.forms(answer)):
                if form is not None:
                    united.join(first.setdefault((place, form), answer), answer)
        self._compare(united)
        numbers: dict[str, int] = {}
        return [
            -1 if a is None else numbers.setdefault(united.find(a), len(numbers)) for a in answers
        ]

    def right(self, gold: str, answers: Sequence[str | None]) -> list[bool | None]:
        """Return per answer whether it equals `gold`; None where that could not be decided."""
        return [
            a is not None and (self.grader.shared(gold, a) or self._alike(gold, a)) for a in answers
        ]

    def _compare(self, united: _United) -> None:
        if self.grader.alike is None:
            return
        heads = united.heads()
        for i, right in enumerate(heads):
            for left in heads[:i]:
                if united.find(left) != united.find(right) and self._one(left, right):
                    united.join(left, right)

    def _one(self, left: str, right: str) -> bool | None:
        """Return whether two answers vote together; in what order they came does not matter."""
        return not self._apart(left, right) and self._alike(*sorted((left, right)))

    def _apart(self, left: str, right: str) -> bool:
        one, other = self._value(left), self._value(right)
        if one is None or other is None:
            return False
        return abs(one - other) > ROUNDING * (1 + abs(one) + abs(other))

    def _value(self, answer: str) -> complex | None:
        if self.grader.value is None:
            return None
        if answer not in self._values:
            self._values[answer] = self.grader.value(answer)
        return self._values[answer]

    def _alike(self, left: str, right: str) -> bool | None:
        """Ask the grader once; what cannot be compared with anything is not asked about again."""
        if self.grader.alike is None:
            return False
        if (left, right) not in self._said:
            self._said[left, right] = self._asked(left, right)
        return self._said[left, right]

    def _asked(self, left: str, right: str) -> bool | None:
        if {left, right} & self._hopeless:
            return None
        found = self._ask(left, right)
        if found is None:
            self._hopeless |= {a for a in (left, right) if self._ask(a, NOTHING) is None}
        return found

    def _ask(self, left: str, right: str) -> bool | None:
        assert self.grader.alike is not None
        self.compared += 1
        return self.grader.alike(left, right)


class _United:
    """Disjoint sets of texts; one of each set, its head, stands for it."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def add(self, text: str) -> None:
        self._above[text] = text

    def find(self, text: str) -> str:
        while (above := self._above[text]) != text:
            self._above[text] = text = self._above[above]
        return text

    def join(self, one: str, other: str) -> None:
        self._above[self.find(other)] = self.find(one)

    def heads(self) -> list[str]:
        return [text for text, above in self._above.items() if text == above]
