"""Scored replies summed up: shares that are wholly right, over all and by topic, with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from superalign.evals.chembench.gold import Scored
from superalign.evals.chembench.topics import LEVELS
from superalign.evals.played import grouped
from superalign.measures import clusters
from superalign.records import Outcome
from superalign.stats import mean_known

COLUMNS = ("n", "unscored", "right", "refused", "unreadable", "extracted")
"""What a row of the table of models shows."""
_GROUPS: Mapping[str, Callable[[Scored], str]] = {
    "topics": lambda s: s.question.topic,
    "skills": lambda s: s.question.skills or "unstated",
    "levels": lambda s: LEVELS[s.question.level - 1] if s.question.level else "unstated",
    "kinds": lambda s: "letters" if s.question.options else "number",
}


def summarise(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return the measures over all replies and by topic, skills, level and kind of answer.

    `right` is over the scored replies; an interval is over questions, since replies to one are not
    independent. `benchmark` counts the unscored as wrong, as published leaderboards do.
    """
    groups = {
        by: {name: _measures(own) for name, own in grouped(scored, key).items()}
        for by, key in _GROUPS.items()
    }
    lost = [s for s in scored if s.verdict.outcome is Outcome.UNSCORED]
    return {
        **_measures(scored),
        "unscored_because": dict(Counter(s.error or s.verdict.kind for s in lost)),
        "columns": list(COLUMNS),
        **groups,
    }


def by_question(scored: Sequence[Scored]) -> dict[str, float]:
    """Return the share of right answers by question, over those that were scored."""
    found: dict[str, list[bool]] = {}
    for s in scored:
        if s.verdict.outcome is not Outcome.UNSCORED:
            found.setdefault(s.question.id, []).append(s.verdict.outcome is Outcome.PASS)
    return {name: sum(own) / len(own) for name, own in found.items()}


def _measures(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return shares, and means over the answers that could be read."""
    counted = [s for s in scored if s.verdict.outcome is not Outcome.UNSCORED]
    right = [float(s.verdict.outcome is Outcome.PASS) for s in counted]
    questions, hits = [s.question.id for s in counted], int(sum(right))
    marks = [s.marks.metrics for s in counted if s.marks is not None]
    return {
        "n": len(counted),
        "questions": len(set(questions)),
        "unscored": len(scored) - len(counted),
        "right": hits / len(counted) if counted else None,
        "right_interval": clusters.share(right, questions),
        "benchmark": hits / len(scored) if scored else None,
        "refused": sum(s.verdict.kind == "refused" for s in counted),
        "unreadable": sum(s.verdict.kind == "unreadable" for s in counted),
        "extracted": sum(s.verdict.samples is not None for s in scored),
        "f1": mean_known(m.get("f1") for m in marks),
        "hamming": mean_known(m.get("hamming") for m in marks),
        "tokens": mean_known(None if s.tokens is None else float(s.tokens) for s in counted),
    }
