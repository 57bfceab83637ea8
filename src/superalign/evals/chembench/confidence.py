"""How sure a model says it is, from 1 to 5, before it answers; and how far that can be trusted.

Source: the confidence estimates of ChemBench, where they told little.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from superalign.errors import BadInput
from superalign.evals.chembench.prompts import BARE, CLOSES, OPENS, Markup, plain
from superalign.evals.chembench.questions import Question
from superalign.problems.rows import read_rows
from superalign.records import Reply
from superalign.stats import auroc, rate

RATINGS = range(1, 6)
_RATING = re.compile(
    r"\s*(?:\[ANSWER\])?\s*([1-5])(?:\.0)?\s*(?:/\s*5)?\s*(?:\[/?ANSWER\])?\s*\.?\s*"
)
_TAGGED = re.compile(r"\[ANSWER\]\s*([1-5])(?:\.0)?\s*(?:/\s*5)?\s*\[/?ANSWER\]")


def rating_prompt(question: Question, markup: Markup = BARE) -> str:
    """Return what a model is shown to rate how sure it is."""
    lettered = zip(question.letters, question.options, strict=True)
    options = [f"{x}. {plain(o, markup)}" for x, o in lettered]
    return "\n".join([
        "Do not answer the question below. Say how sure you are that you would answer it right, "
        "from 1 (not sure at all) to 5 (very sure).",
        "",
        f"Question: {plain(question.text, markup)}",
        *(["", "Options:", *options] if options else []),
        "",
        f"Write the number alone, between {OPENS} and {CLOSES}.",
    ])  # fmt: skip


def read_rating(reply: Reply) -> int | None:
    """Return the rating in the last tag, or that is all that was said; None where there is none."""
    tags = _TAGGED.findall(reply.text)
    alone = _RATING.fullmatch(reply.text)
    return int(tags[-1]) if tags else int(alone[1]) if alone else None


def published_ratings(path: Path) -> dict[str, int]:
    """Return the ratings of a CSV file with columns `name` and `estimate`, by question.

    A question rated several times keeps its last rating.

    Raises:
        BadInput: If the file cannot be read, or an estimate is no number from 1 to 5.
    """
    found: dict[str, int] = {}
    for row in read_rows(path):
        said = re.fullmatch(r"([1-5])(?:\.0)?", str(row.fields.get("estimate", "")))
        if "name" not in row.fields or said is None:
            raise BadInput(f"{row.place}: no 'name' with an 'estimate' from 1 to 5")
        found[str(row.fields["name"])] = int(said[1])
    return found


def told(ratings: Mapping[str, int | None], right: Mapping[str, float]) -> dict[str, Any]:
    """Return how ratings go with being right, over the questions that have both.

    A question is right where at least half of its scored answers are.

    Args:
        ratings: By question; null where none could be read.
        right: By question, the share of its scored answers that was right.
    """
    pairs = [(r, right[name] >= 0.5) for name, r in ratings.items() if r and name in right]
    said = [float(r) for r, _ in pairs]
    truths = [float(ok) for _, ok in pairs]
    by_rating = {
        str(level): rate(
            sum(ok for r, ok in pairs if r == level), sum(r == level for r, _ in pairs)
        )
        for level in RATINGS
    }
    return {
        "n": len(pairs),
        "unread": sum(r is None for r in ratings.values()),
        "when_right": _mean([r for r, ok in pairs if ok]),
        "when_wrong": _mean([r for r, ok in pairs if not ok]),
        "auroc": auroc(said, truths),
        "by_rating": by_rating,
    }


def _mean(values: list[int]) -> float | None:
    return fmean(values) if values else None
