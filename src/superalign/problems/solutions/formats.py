"""How each data set's rows are read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from superalign.errors import BadInput
from superalign.problems.rows import Row
from superalign.problems.solutions.solution import (
    Levels,
    Solution,
    lines_of,
    one_line,
    said,
    within,
)
from superalign.records import Problem

_TAG = "ки"
"""What Math-Shepherd writes behind every step, without its label."""
_ANSWER = re.compile(r"^(?:The answer is|A):", re.IGNORECASE)
_HEADING = re.compile(r"# Answer\s+")
"""Stands above the answer in the last step of PRM800K's solutions; a step here is one line."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z$\\])|\n+")


def gsm8k_models(row: Row, levels: Levels) -> Iterator[Solution]:
    """Yield what each model wrote about a GSM8K question, with whether its answer is right."""
    problem, key = _problem(row, "question", levels), _answer(row, "ground_truth")
    authors = [name for name, value in row.fields.items() if isinstance(value, Mapping)]
    for author in authors:
        right = within(row, author, "is_correct")
        if not isinstance(right, bool):
            raise BadInput(f"{row.place}: field '{author}.is_correct' is neither true nor false")
        steps = lines_of(said(row, author, "solution"))
        blank = (None,) * len(steps)
        yield Solution(
            problem=problem, steps=steps, labels=blank, right=right, key=key, author=author
        )


def prm800k(row: Row, levels: Levels) -> Iterator[Solution]:
    """Yield every step that people rated, with the chosen steps before it; 0 and +1 are right.

    What stands before it has its label in a solution of its own. A row ends where no step of the
    model's was chosen.
    """
    problem = _problem(row, "question", levels, "problem")
    key = within(row, "question", "ground_truth_answer") or ""
    chosen: tuple[str, ...] = ()
    for i, step in enumerate(_listed(row, "steps", within(row, "label", "steps"))):
        place = f"label.steps.{i}"
        tried = _listed(row, f"{place}.completions", _get(step, "completions") or [])
        texts = [_completion(row, f"{place}.completions.{j}", c) for j, c in enumerate(tried)]
        for text, rating in texts:
            if rating is not None:
                labels = (*(None for _ in chosen), rating >= 0)
                yield Solution(problem=problem, steps=(*chosen, text), labels=labels, key=str(key))
        pick = _get(step, "chosen_completion")
        if pick is None:
            return
        if not isinstance(pick, int) or not 0 <= pick < len(texts):
            raise BadInput(f"{row.place}: field '{place}.chosen_completion' is {pick!r}, no place")
        chosen = (*chosen, texts[pick][0])


def _completion(row: Row, place: str, value: Any) -> tuple[str, int | None]:
    text, rating = _get(value, "text"), _get(value, "rating")
    if not isinstance(text, str) or not text.strip():
        raise BadInput(f"{row.place}: field '{place}.text' holds no text")
    if rating not in (-1, 0, 1, None):
        raise BadInput(f"{row.place}: field '{place}.rating' is {rating!r}, none of -1, 0, 1")
    return one_line(_HEADING.sub("#### ", text)), rating


def math_shepherd(row: Row, levels: Levels) -> Iterator[Solution]:
    """Yield a solution whose steps carry + where some of several ways to go on came out right.

    The last step's label is that of the answer.
    """
    shown, marked = said(row, "input"), said(row, "label")
    asked, begins, _ = shown.partition("Step 1:")
    *pieces, rest = shown.split(_TAG)
    if not (begins and asked.strip() and pieces) or rest:
        raise BadInput(f"{row.place}: field 'input' is no question with steps that end in {_TAG}")
    steps, labels, at = [], [], 0
    for i, piece in enumerate(pieces, 1):
        mark = at + len(piece)
        if marked[at:mark] != piece or marked[mark : mark + 1] not in ("+", "-"):
            raise BadInput(f"{row.place}: field 'label' differs from 'input' in step {i}")
        steps.append(one_line(piece.removeprefix(asked)))
        labels.append(marked[mark] == "+")
        at = mark + 1
    tags = (f"task:{task}",) if (task := within(row, "task")) else ()
    problem = Problem.of(asked.strip(), level=levels(asked), tags=tags)
    yield Solution(problem=problem, steps=tuple(steps), labels=tuple(labels), right=labels[-1])


def metamath(row: Row, levels: Levels) -> Iterator[Solution]:
    """Yield a solution that a model wrote and whose answer is known to be right, a sentence a step.

    The level is that of the question it was made from.
    """
    origin = within(row, "original_question")
    level = levels(origin if isinstance(origin, str) else said(row, "query"))
    tags = (f"type:{said(row, 'type')}",)
    steps = tuple(s.strip() for s in _SENTENCE.split(said(row, "response")) if s.strip())
    yield Solution(
        problem=Problem.of(said(row, "query"), level=level, tags=tags),
        steps=steps,
        labels=(None,) * len(steps),
        right=True,
        key=_answer(row, "response"),
    )


def _problem(row: Row, name: str, levels: Levels, *inner: str) -> Problem:
    question = said(row, name, *inner)
    return Problem.of(question, level=levels(question))


def _answer(row: Row, name: str) -> str:
    """Return what stands behind the mark of the last line of a field."""
    last = said(row, name).splitlines()[-1]
    marked = [s for s in _SENTENCE.split(last) if _ANSWER.match(s)]
    answer = marked[-1].partition(":")[2].strip() if marked else ""
    if not answer:
        raise BadInput(f"{row.place}: field {name!r} ends in no answer")
    return answer


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else None


def _listed(row: Row, place: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadInput(f"{row.place}: field {place!r} holds no list")
    return value
