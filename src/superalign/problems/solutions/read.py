"""Which data set a file of solutions comes from, told by its first row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from superalign.errors import BadInput
from superalign.problems.answers import Mode
from superalign.problems.key import Key
from superalign.problems.rows import Row, read_rows
from superalign.problems.solutions import formats
from superalign.problems.solutions.solution import Levels, Solution
from superalign.records import Problem

_Reader = Callable[[Row, Levels], Iterator[Solution]]
_FORMATS: tuple[tuple[frozenset[str], _Reader, Mode], ...] = (
    (frozenset({"question", "ground_truth"}), formats.gsm8k_models, "number"),
    (frozenset({"question", "label"}), formats.prm800k, "math"),
    (frozenset({"input", "label"}), formats.math_shepherd, "math"),
    (frozenset({"query", "response", "type"}), formats.metamath, "math"),
)
"""The fields of a first row by which each is known, and how its answers are compared."""


def levels_of(problems: Iterable[Problem]) -> Levels:
    """Return what tells the level of a question that stands in `problems`, whatever its spaces."""
    known = {_squeezed(p.prompt): p.level for p in problems}
    return lambda question: known.get(_squeezed(question))


def _squeezed(text: str) -> str:
    return "".join(text.split())


def read_solutions(
    where: str | Path, *, levels: Levels | None = None, limit: int | None = None
) -> tuple[list[Solution], Key]:
    """Return the solutions of a file, the first of equal ones, and the key to their problems.

    Known are GSM8K's model solutions, PRM800K, Math-Shepherd and MetaMATH.

    Args:
        where: As in `rows.read_rows`.
        levels: From `levels_of`; without it no problem has a level, which no file states.
        limit: Rows to read, at most.

    Raises:
        BadInput: If the file is of no such format, or a row is broken (file, row and field named).
    """
    rows = islice(read_rows(where, split="train"), limit)
    first = next(rows, None)
    if first is None:
        raise BadInput(f"{where}: holds no rows")
    reader, mode = _format(first)
    level = levels or (lambda question: None)
    found: dict[tuple[object, ...], Solution] = {}
    for row in chain([first], rows):
        for s in reader(row, level):
            found.setdefault((s.problem.id, s.steps, s.author), s)
    solutions = list(found.values())
    return solutions, Key({s.problem.id: s.key for s in solutions if s.key}, mode)


def _format(row: Row) -> tuple[_Reader, Mode]:
    names = set(row.fields)
    for fields, reader, mode in _FORMATS:
        if fields <= names:
            return reader, mode
    there = ", ".join(sorted(map(str, names))) or "none"
    raise BadInput(f"{row.place}: no known format of solutions; columns there are: {there}")
