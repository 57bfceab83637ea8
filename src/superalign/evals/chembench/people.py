"""How people did on the same questions, from a table of their scores by question."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from superalign.errors import BadInput
from superalign.evals.chembench.questions import Question
from superalign.problems.rows import Row, read_rows
from superalign.stats import paired_difference

NAMES = ("question_name", "name", "question", "path")
SHARES = (
    "fraction_correct",
    "all_correct",
    "mean_all_correct",
    "share",
    "mean",
    "score",
    "correct",
)
COUNTS = ("n", "count", "participants", "answers")
"""What columns may be called: the question, the share that was right, and how many answered."""


def read_people(path: Path, column: str = "") -> dict[str, float]:
    """Return the share of people who were right, by question; several rows of one are pooled.

    Args:
        path: CSV or JSONL file with a row for each question, or for each question and condition.
        column: Which one holds the share; one of `SHARES` if empty.

    Raises:
        BadInput: If a column is missing, or a value is no share.
    """
    pooled: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in read_rows(path):
        name = str(row.fields[_column(row, NAMES)])
        count = next((c for c in COUNTS if c in row.fields), None)
        weight = _value(row, count, most=1e9) if count else 1.0
        pooled[name].append((_value(row, column or _column(row, SHARES), most=1.0), weight))
    totals = {name: sum(w for _, w in own) for name, own in pooled.items()}
    return {
        name: sum(share * w for share, w in own) / totals[name]
        for name, own in pooled.items()
        if totals[name]
    }


def compare(
    questions: Sequence[Question],
    right: Mapping[str, float],
    people: Mapping[str, float],
    *,
    seed: int,
) -> dict[str, Any]:
    """Return model beside people over the questions both answered; in all, with and without tools.

    `difference` is the model's share minus people's over the same questions, with its interval.
    """
    groups = {"all": None, "with_tools": True, "without_tools": False}
    return {
        name: _beside(
            [q.id for q in questions if tools is None or q.tools is tools], right, people, seed
        )
        for name, tools in groups.items()
    }


def _beside(
    names: Sequence[str], right: Mapping[str, float], people: Mapping[str, float], seed: int
) -> dict[str, Any]:
    both = [n for n in names if n in right and n in people]
    theirs, its = [people[n] for n in both], [right[n] for n in both]
    return {
        "n": len(both),
        "people": sum(theirs) / len(both) if both else None,
        "model": sum(its) / len(both) if both else None,
        "difference": paired_difference(theirs, its, seed=seed),
    }


def _column(row: Row, names: Sequence[str]) -> str:
    found = next((n for n in names if n in row.fields), None)
    if found is None:
        there = ", ".join(map(str, row.fields))
        raise BadInput(f"{row.place}: none of {', '.join(names)} is among the columns {there}")
    return found


def _value(row: Row, column: str, *, most: float) -> float:
    try:
        value = float(row.fields.get(column, ""))
    except (TypeError, ValueError):
        value = -1.0
    if not 0 <= value <= most:
        raise BadInput(f"{row.place}: column {column!r} holds no number from 0 to {most:g}")
    return value
