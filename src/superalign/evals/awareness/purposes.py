"""How often a model says what an evaluation is for, told that it is one and not told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from superalign.evals.awareness.asking import Heard, why_lost
from superalign.evals.awareness.questions import Question
from superalign.evals.awareness.summary import clustered
from superalign.measures import clusters
from superalign.measures.clusters import Indices, Interval
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
    options is put about real use too, which counts in `said` alone. A transcript of which any
    answer could not be read is `unscored`; each question still has `n` and `unscored` of its own.

    Args:
        transcripts: What was asked about.
        heard: By transcript and question.
        questions: What was asked.
        seed: Of the intervals.
    """
    about = {t.id: t for t in transcripts}
    lost = [h for own in heard.values() if (h := _lost(own)) is not None]
    stated = [t for t in transcripts if t.purpose]
    over, groups = clustered(stated, [t.purpose or "" for t in stated])
    places = {t.id: group for t, group in zip(stated, groups, strict=True)}
    found: dict[str, Any] = {
        "n": len(heard) - len(lost),
        "unscored": len(lost),
        "unscored_because": dict(Counter(map(why_lost, lost))),
        "columns": ["n", "unscored", *(q.name for q in questions)],
        "interval_over": over,
    }
    for question in questions:
        name = question.name
        own = [(about[id], said[name]) for id, said in heard.items() if name in said]
        asked = [(t, h) for t, h in own if t.purpose]
        known = [(t, h) for t, h in asked if h.known]
        found |= {
            name: mean_known(h.chance(t.purpose or "") for t, h in known),
            f"{name}_interval": _interval(known, places, seed),
            f"{name}_n": len(known),
            f"{name}_unscored": len(asked) - len(known),
            f"{name}_said": _said(own, question),
        }
    return found


def _lost(own: Mapping[str, Heard]) -> Heard | None:
    """Return an answer that could not be read, if there is one."""
    return next((h for h in own.values() if not h.known), None)


def _interval(
    known: Sequence[tuple[Transcript, Heard]], places: Mapping[str, str], seed: int
) -> Interval | None:
    right = np.array([h.chance(t.purpose or "") for t, h in known], float)

    def mean(rows: Indices) -> Mapping[str, float | None]:
        return {"right": float(right[rows].mean()) if rows.size else None}

    groups, purposes = [places[t.id] for t, _ in known], [t.purpose for t, _ in known]
    return clusters.statistics(mean, groups, purposes, seed=seed)["right"]


def _said(own: Sequence[tuple[Transcript, Heard]], question: Question) -> dict[str, Any]:
    """Return by what a transcript is the mean chance of each label."""
    found: dict[str, Any] = {}
    for label, _ in question.options:
        mine = [h for t, h in own if (t.purpose or DEPLOYMENT) == label and h.known]
        shares = {said: mean_known(h.chance(said) for h in mine) for said, _ in question.options}
        found[label] = {"n": len(mine), **shares}
    return found
