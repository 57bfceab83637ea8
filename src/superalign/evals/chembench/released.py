"""Players without a model: the key, a guesser, and what published reports say models replied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random

from superalign.errors import BadInput
from superalign.evals.chembench.prompts import CLOSES, OPENS
from superalign.evals.chembench.questions import Question
from superalign.problems.rows import Row, read_rows

RELEASED = "released/"
"""Before the name of a model whose published replies are scored."""
REPORTS = "golden_reports*.jsonl"
GUESSES = range(1, 11)


def key(question: Question, rng: Random) -> str:
    """Return the right answer, tagged."""
    said = question.target or ",".join(sorted(question.right))
    return f"{OPENS}{said}{CLOSES}"


def guess(question: Question, rng: Random) -> str:
    """Return one option at random, or a number from 1 to 10."""
    said = rng.choice(question.letters or [str(n) for n in GUESSES])
    return f"{OPENS}{said}{CLOSES}"


PLAYERS: Mapping[str, Callable[[Question, Random], str]] = {"oracle": key, "random": guess}


def reports(folder: Path) -> list[Row]:
    """Return the published records beside the questions: `model`, question `name`, reply `text`.

    Raises:
        BadInput: If there are none, or one lacks a field.
    """
    files = sorted(folder.glob(REPORTS))
    rows = [row for file in files for row in read_rows(file)]
    if not rows:
        raise BadInput(f"{folder}: holds no published reports ({REPORTS})")
    for row in rows:
        for field in ("model", "name", "text"):
            if not isinstance(row.fields.get(field), str):
                raise BadInput(f"{row.place}: field {field!r} holds no text")
    return rows


def replies_of(folder: Path, model: str, questions: Sequence[Question]) -> dict[str, str]:
    """Return what published reports say `model` replied, by question, to those of `questions`.

    Raises:
        BadInput: If there is no report of the model.
    """
    rows = reports(folder)
    own = {r.fields["name"]: r.fields["text"] for r in rows if r.fields["model"] == model}
    if not own:
        known = ", ".join(sorted({r.fields["model"] for r in rows}))
        raise BadInput(f"{RELEASED}{model}: no report is of it; there are {known}")
    return {q.id: own[q.id] for q in questions if q.id in own}
