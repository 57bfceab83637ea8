"""A user's own problems: files and data sets, read into problems and, apart from them, a key.

GSM8K, MATH and MATH-500 load as they are; other columns are named by the user. The level of a GSM8K
problem, which it does not state, is the number of lines of its solution.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from superalign.errors import BadInput
from superalign.problems.answers import Mode, boxed, number
from superalign.problems.key import Key
from superalign.problems.rows import Row, read_rows
from superalign.records import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what; None means that none does."""

    prompt: str = "prompt"
    answer: str | None = None
    level: str | None = None
    choices: str | None = None
    source: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How the rows of one file are read."""

    columns: Columns
    mode: Mode | None
    """None: `number` if every answer in the file is one, else `exact`."""
    answer_in: Callable[[str], str | None] = str.strip
    """Finds the answer in the answer column's text; None when it holds none."""
    level_in: Callable[[str], int] | None = None
    """Tells the level from the answer column's text, where no column states it."""


def load_problems(
    where: str | Path,
    *,
    columns: Columns | None = None,
    mode: Mode | None = None,
    split: str = "test",
    limit: int | None = None,
) -> tuple[list[Problem], Key]:
    """Return problems without answers, and the key that alone holds them.

    Args:
        where: A JSONL, JSON or CSV file, a saved data set or Parquet file, or a hub name.
        columns: Which column holds what; detected from the first row if None.
        mode: How answers are compared; detected if None.
        split: Split of a hub data set.
        limit: Rows to read, at most; None reads all.

    Raises:
        BadInput: If anything is missing, broken, empty or there twice; names file, row and column.
    """
    problems: dict[str, Problem] = {}
    answers: dict[str, str] = {}
    form: Format | None = None
    for row in _first(read_rows(where, split=split), limit):
        form = form or _format(row, columns, mode)
        problem, answer = _read(row, form)
        if problem.id in problems:
            raise BadInput(f"{row.place}: id {problem.id!r} stands in an earlier row already")
        problems[problem.id] = problem
        if answer is not None:
            answers[problem.id] = answer
    if form is None:
        raise BadInput(f"{where}: holds no rows")
    return list(problems.values()), Key(answers, form.mode or _mode(answers.values()))


def _mode(answers: Iterable[str]) -> Mode:
    read = [number(a) for a in answers]
    return "number" if read and None not in read else "exact"


def _first(rows: Iterable[Row], limit: int | None) -> Iterable[Row]:
    if limit is not None and limit < 1:
        raise BadInput(f"a limit of {limit} rows leaves nothing to read")
    return islice(rows, limit)


def _format(row: Row, columns: Columns | None, mode: Mode | None) -> Format:
    """Return how the file of this first row is read."""
    found = _detect(row) if columns is None else _as_told(row, columns)
    return found if mode is None else replace(found, mode=mode)


def _as_told(row: Row, columns: Columns) -> Format:
    choices = columns.choices is not None
    like = _detect(row) if {"question", "problem"} & {columns.prompt} else None
    if like is not None and like.columns.answer == columns.answer:
        return replace(like, columns=columns)
    return Format(columns=columns, mode="choice" if choices else None)


def _detect(row: Row) -> Format:
    """Recognise GSM8K, MATH and the plain column names."""
    names = set(row.fields)

    def named(*candidates: str) -> str | None:
        return next((c for c in candidates if c in names), None)

    rest = {k: named(k) for k in ("level", "choices", "source")}
    if {"problem", "solution"} <= names:
        boxed_only = "answer" not in names
        answer = "solution" if boxed_only else "answer"
        columns = Columns(
            prompt="problem", answer=answer, id=named("unique_id", "id"), level=rest["level"]
        )
        return Format(columns=columns, mode="math", answer_in=boxed if boxed_only else str.strip)
    if {"question", "answer"} <= names and "####" in str(row.fields["answer"]):
        columns = Columns(prompt="question", answer="answer", id=named("id"), **rest)
        steps = None if rest["level"] else _steps
        return Format(columns=columns, mode="number", answer_in=_after_hashes, level_in=steps)
    prompt = named("prompt", "question", "problem")
    if prompt is None:
        raise _missing(row, "prompt")
    columns = Columns(prompt=prompt, answer=named("answer"), id=named("id"), **rest)
    return Format(columns=columns, mode="choice" if columns.choices else None)


def _after_hashes(answer: str) -> str | None:
    _, mark, found = answer.rpartition("####")
    return found.strip() if mark else None


def _steps(answer: str) -> int:
    """Return how many lines GSM8K's solution has before its answer."""
    return sum(bool(line.strip()) for line in answer.rpartition("####")[0].splitlines())


def _missing(row: Row, column: str) -> BadInput:
    there = ", ".join(sorted(map(str, row.fields))) or "none"
    return BadInput(f"{row.place}: column {column!r} is missing; columns there are: {there}")


def _read(row: Row, form: Format) -> tuple[Problem, str | None]:
    columns = form.columns
    prompt = _text(row, columns.prompt)
    if not prompt.strip():
        raise BadInput(f"{row.place}: column {columns.prompt!r} is empty")
    choices = _choices(row, columns.choices)
    fields: dict[str, Any] = {
        "source": _text(row, columns.source) if columns.source else "",
        "choices": choices,
        "level": _told(row, form) if form.level_in else _level(row, columns.level),
    }
    problem = Problem.of(_with_choices(prompt, choices), **fields)
    name = _text(row, columns.id).strip() if columns.id else ""
    if columns.id and not name:
        raise BadInput(f"{row.place}: column {columns.id!r} is empty")
    problem = problem.model_copy(update={"id": name}) if name else problem
    return problem, _answer(row, form, choices)


def _value(row: Row, column: str) -> Any:
    if column not in row.fields:
        raise _missing(row, column)
    return row.fields[column]


def _text(row: Row, column: str) -> str:
    value = _value(row, column)
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise BadInput(f"{row.place}: column {column!r} holds no text")
    return "" if value is None else str(value)


def _level(row: Row, column: str | None) -> int | None:
    """Return the whole number a level ends in, as in `Level 5`; None where it is empty or `?`."""
    if column is None:
        return None
    said = _text(row, column).strip()
    if not said or said.endswith("?"):
        return None
    found = re.fullmatch(r"\D*([0-9]+)(?:\.0+)?", said)
    if found is None:
        raise BadInput(f"{row.place}: column {column!r}: {said!r} is no level number")
    return int(found[1])


def _told(row: Row, form: Format) -> int:
    assert form.level_in is not None
    assert form.columns.answer is not None
    return form.level_in(_text(row, form.columns.answer))


def _choices(row: Row, column: str | None) -> tuple[str, ...]:
    """Return the options: a list, its JSON text, text split by `|`, or lists of text and label."""
    if column is None:
        return ()
    value = _value(row, column)
    if isinstance(value, str):
        value = _listed(value)
    if isinstance(value, Mapping):
        value = value.get("text")
    if not isinstance(value, list) or not 2 <= len(value) <= len(ascii_uppercase):
        raise BadInput(f"{row.place}: column {column!r} holds no list of 2 to 26 choices")
    return tuple(str(v) for v in value)


def _listed(text: str) -> Any:
    if text.lstrip().startswith("["):
        try:
            return json.loads(text)
        except ValueError:
            return None
    return [part.strip() for part in text.split("|")]


def _with_choices(prompt: str, choices: tuple[str, ...]) -> str:
    options = [f"{letter}) {c}" for letter, c in zip(ascii_uppercase, choices, strict=False)]
    return "\n".join([prompt, *options])


def _answer(row: Row, form: Format, choices: tuple[str, ...]) -> str | None:
    """Return the answer as the key keeps it; None where the row has none."""
    column = form.columns.answer
    said = _text(row, column) if column else ""
    if not said.strip():
        return None
    answer = form.answer_in(said)
    if not answer:
        raise BadInput(f"{row.place}: column {column!r} holds no answer in this file's format")
    return _letter(row, answer, choices) if form.mode == "choice" else answer


def _letter(row: Row, answer: str, choices: tuple[str, ...]) -> str:
    """Return the letter of the right choice, given as letter, as index from 0, or in words."""
    letters = ascii_uppercase[: len(choices)]
    if answer.strip("()").upper() in letters and len(answer.strip("()")) == 1:
        return answer.strip("()").upper()
    if answer in choices:
        return letters[choices.index(answer)]
    if answer.isascii() and answer.isdigit() and int(answer) < len(choices):
        return letters[int(answer)]
    raise BadInput(f"{row.place}: answer {answer!r} is none of the {len(choices)} choices")
