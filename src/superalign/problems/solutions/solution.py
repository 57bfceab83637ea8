"""What every format comes to: one worked solution, and the fields that it is read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from superalign.errors import BadInput
from superalign.problems.rows import Row
from superalign.records import Problem

Levels = Callable[[str], int | None]
"""The level of a question, None where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A worked solution of a problem, and what a data set says of it."""

    problem: Problem
    steps: tuple[str, ...]
    labels: tuple[bool | None, ...]
    """Per step whether it is right; None where nobody said."""
    right: bool | None = None
    """Whether the final answer is right; None where nobody said."""
    key: str = ""
    """The right answer as the row states it, else nothing; it goes to the key, not to a learner."""
    author: str = ""
    """Who wrote it, as the data set names them."""

    @property
    def text(self) -> str:
        """The steps, one a line."""
        return "\n".join(self.steps)


def one_line(text: str) -> str:
    """Return a step as one line, as every step stands here."""
    return " ".join(text.split())


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines of a solution that say something."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def said(row: Row, *path: str) -> str:
    """Return the text at `path` of a row.

    Raises:
        BadInput: If there is none; the line names file, row and field.
    """
    value = within(row, *path)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"{row.place}: field {'.'.join(path)!r} holds no text")
    return value.strip()


def within(row: Row, *path: str) -> Any:
    """Return what stands at `path` of a row, or None."""
    value: Any = row.fields
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
