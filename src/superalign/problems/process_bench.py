"""ProcessBench: solutions whose first wrong step people have marked (arXiv 2412.06559).

A row has `id`, `problem`, `steps`, `label` (index of the first wrong step, -1 for none) and
`final_answer_correct`. `Qwen/ProcessBench` holds the subsets as splits.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.problems.rows import Row, read_rows
from superalign.records import Episode, Message, Move, Problem, Reply


@dataclass(frozen=True, slots=True)
class Case:
    """A solution and what people found; the episode that a critic judges holds none of it."""

    episode: Episode
    """A step is a line: line breaks inside a step became spaces."""
    first_error: int
    """Index of the first wrong step, or -1."""
    answer_right: bool | None
    """Whether the final answer is right; None where the row does not say."""


def load_cases(where: str | Path, *, split: str = "test") -> list[Case]:
    """Return the cases of a file, folder or hub data set.

    Raises:
        BadInput: If it has no rows, or a row is broken, or an id is there twice; names file, row
            and column.
    """
    cases: dict[str, Case] = {}
    for row in read_rows(where, split=split):
        case = _case(row)
        name = case.episode.problem.id
        if name in cases:
            raise BadInput(f"{row.place}: id {name!r} stands in an earlier row already")
        cases[name] = case
    if not cases:
        raise BadInput(f"{where}: holds no rows")
    return list(cases.values())


def _case(row: Row) -> Case:
    name, prompt = _column(row, "id", str), _column(row, "problem", str)
    steps = _column(row, "steps", list)
    if not steps or not all(isinstance(s, str) and s.strip() for s in steps):
        raise BadInput(f"{row.place}: column 'steps' holds no list of texts")
    label = _column(row, "label", int)
    if not -1 <= label < len(steps):
        raise BadInput(f"{row.place}: column 'label': {label} is no index of {len(steps)} steps")
    right = row.fields.get("final_answer_correct")
    if not isinstance(right, bool | None):
        raise BadInput(f"{row.place}: column 'final_answer_correct' is neither true nor false")
    problem = Problem.of(prompt).model_copy(update={"id": name})
    seen = (Message(role="user", text=prompt),)
    reply = Reply(text="\n".join(" ".join(s.split()) for s in steps))
    writer = str(row.fields.get("generator", "unknown"))
    said = Move(seat="learner", policy=writer, seen=seen, reply=reply)
    return Case(Episode.of(problem, "solo", 0, [said]), label, right)


def _column(row: Row, name: str, kind: type) -> Any:
    if name not in row.fields:
        raise BadInput(f"{row.place}: column {name!r} is missing")
    value = row.fields[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadInput(f"{row.place}: column {name!r} holds no {kind.__name__}")
    return value
