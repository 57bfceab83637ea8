"""What an answer is worth: the measures of ChemBench, and whether it is wholly right.

Of letters chosen F and right E: hamming is (|E - F| + |F - E|) / |E| and may exceed 1. A number is
right within 1% of the size of the one asked for, or within the share that its file states.
"""

from __future__ import annotations

from superalign.evals.chembench.answers import Answer
from superalign.evals.chembench.original import LEEWAY, close_enough
from superalign.evals.chembench.questions import Question
from superalign.records import Record

FLOOR = 1e-9
"""How far an answer may be off where the number asked for is zero."""


class Marks(Record):
    """An answer, measured."""

    right: bool
    """All right options and no other, or a number close enough; `all_correct` in reports."""
    metrics: dict[str, float]
    """By the names that reports use."""


def mark(question: Question, said: Answer, *, compat: bool = False) -> Marks:
    """Return what an answer is worth; `compat` decides as the original does.

    Raises:
        TypeError: If letters answer a question for a number, or the other way round.
    """
    if isinstance(said, frozenset) and question.options:
        return _letters(question, said)
    if isinstance(said, float) and question.target is not None:
        return _number(question, said, question.target, compat=compat)
    raise TypeError(f"{question.id}: {said!r} is no answer to it")


def _letters(question: Question, chosen: frozenset[str]) -> Marks:
    right = question.right
    hits, extra, missed = len(chosen & right), len(chosen - right), len(right - chosen)
    precision, recall = hits / len(chosen) if chosen else 0.0, hits / len(right)
    worth = dict(zip(question.letters, question.scores, strict=True))
    metrics = {
        "multiple_choice_grade": sum(worth.get(x, 0.0) for x in chosen),
        "correct_classes": float(hits),
        "incorrect_classes": float(extra),
        "extra_classes": float(extra),
        "missed_classes": float(missed),
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / (precision + recall) if hits else 0.0,
        "hamming": (missed + extra) / len(right),
    }
    return Marks(right=not missed and not extra, metrics=metrics)


def _number(question: Question, said: float, written: str, *, compat: bool) -> Marks:
    target = float(written)
    off = abs(said - target)
    metrics = {"mae": off, "mse": off * off, "exact_str_match": float(str(said) == written)}
    if compat:
        return Marks(right=close_enough(said, target, question.tolerance), metrics=metrics)
    share = LEEWAY if question.tolerance is None else question.tolerance
    return Marks(right=off < (share * abs(target) or FLOOR), metrics=metrics)
