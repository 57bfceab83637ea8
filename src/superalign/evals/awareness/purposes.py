"""How often a model says what an evaluation is for, told that it is one and not told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from superalign.evals.awareness.asking import Heard, why_lost
from superalign.evals.awareness.questions import Question
from superalign.measures import clusters
from superalign.measures.clusters import Indices
from superalign.problems.transcripts.transcript import DEPLOYMENT, Transcript
from superalign.stats import mean_known


def summarise_purposes(
    transcripts: Sequence[Transcript],
    heard: Mapping[str, Mapping[str, Heard]],
    questions: Sequence[Question],
    *,
    seed: int,
) -> dict[str, Any]:
    """Return by question the mean chance of the right purpose, over evaluations that state one.

    `said` is what is said of each kind of transcript; a question that names real use among its
    options is put about real use too, which counts in `said` alone.

    Args:
        transcripts: What was asked about.
        heard: By transcript and question.
        questions: What was asked.
        seed: Of the intervals.
    """
    about = {t.id: t for t in transcripts}
    first = next(iter(questions))
    scored = [name for name, own in heard.items() if _known(own[first.name], first)]
    lost = [heard[name][first.name] for name in heard if name not in scored]
    found: dict[str, Any] = {
        "n": len(scored),
        "unscored": len(lost),
        "unscored_because": dict(Counter(map(why_lost, lost))),
        "columns": ["n", "unscored", *(q.name for q in questions)],
    }
    for question in questions:
        own = [(about[name], answers[question.name]) for name, answers in heard.items()]
        known = [(t, h) for t, h in own if t.purpose and _known(h, question)]
        found |= {
            question.name: mean_known(h.chance(t.purpose or "") for t, h in known),
            f"{question.name}_interval": _interval(known, seed),
            f"{question.name}_n": len(known),
            f"{question.name}_said": _said(own, question),
        }
    return found


def _known(heard: Heard, question: Question) -> bool:
    return heard.chance(question.options[0][0]) is not None


def _interval(known: Sequence[tuple[Transcript, Heard]], seed: int) -> tuple[float, float] | None:
    right = np.array([h.chance(t.purpose or "") for t, h in known], float)

    def mean(rows: Indices) -> Mapping[str, float | None]:
        return {"right": float(right[rows].mean()) if rows.size else None}

    sources = [t.source for t, _ in known]
    return clusters.statistics(mean, sources, [t.purpose for t, _ in known], seed=seed)["right"]


def _said(own: Sequence[tuple[Transcript, Heard]], question: Question) -> dict[str, Any]:
    """Return by what a transcript is the mean chance of each label."""
    found: dict[str, Any] = {}
    for label, _ in question.options:
        mine = [h for t, h in own if (t.purpose or DEPLOYMENT) == label and _known(h, question)]
        shares = {said: mean_known(h.chance(said) for h in mine) for said, _ in question.options}
        found[label] = {"n": len(mine), **shares}
    return found
