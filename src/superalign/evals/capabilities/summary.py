"""A profile from scored rows: a row a metric of an area, with interval, unscored and chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from superalign.evals.capabilities.config import Chosen
from superalign.evals.capabilities.gold import Scored
from superalign.evals.capabilities.metrics import METRICS
from superalign.evals.capabilities.registry import CALIBRATION, CAPABILITIES, DECLARED
from superalign.stats import mean_known

Method: TypeAlias = Literal["likelihood", "letters"]
COLUMNS = ("area", "metric", "value", "n", "unscored", "chance")
"""What a row of the table shows."""
SAMPLE = "sample"
"""Stands in place of the folder of data: rows of the project's own, no benchmark."""


def summarise(
    scored: Sequence[Scored], found: Chosen, *, data: Path | None, method: Method, seed: int
) -> dict[str, Any]:
    """Return the profile.

    Intervals are over groups of questions that belong together. What never came is `unscored` and
    counts nowhere else. `chance` is what an even guess tends to; null where nobody guesses.
    """
    by_area = {area: [s for s in scored if s.question.area == area] for area in found.questions}
    if found.calibrated:
        by_area[CALIBRATION] = [s for s in scored if s.question.form == "choice"]
    rows = [row for area, own in by_area.items() for row in _rows(area, own, seed)]
    lost = [s for s in scored if not s.came]
    return {
        "n": len(scored) - len(lost),
        "unscored": len(lost),
        "unscored_because": dict(Counter(s.error or s.verdict.kind for s in lost)),
        "sentence": _sentence(rows, data),
        "columns": list(COLUMNS),
        "rows": rows,
        "data": SAMPLE if data is None else str(data),
        "choices": method,
        "kinds": {area: _kinds(own) for area, own in by_area.items() if area != CALIBRATION},
        "left_out": found.left_out,
        "declared": dict(DECLARED),
    }


def _rows(area: str, scored: Sequence[Scored], seed: int) -> list[dict[str, Any]]:
    """Return a row for each metric of an area that can be had from how it was asked."""
    capability = CAPABILITIES[area]
    came = [s for s in scored if s.came]
    made = []
    for name in capability.metrics:
        metric = METRICS[name]
        counted = metric.counted(came)
        if not counted and came and name != capability.metrics[0]:
            continue
        made.append(
            {
                "area": area,
                "group": capability.group,
                "metric": name,
                "value": metric.value(came),
                "value_interval": metric.interval(came, seed),
                "n": len(counted),
                "unscored": len(scored) - len(came),
                "chance": metric.chance(counted),
            }
        )
    return made


def _kinds(scored: Sequence[Scored]) -> dict[str, Any]:
    """Return how often each kind of failure occurs, and the mean length of replies in tokens."""
    kinds = Counter(s.verdict.kind for s in scored if s.came and not s.right)
    tokens = mean_known(None if s.tokens is None else float(s.tokens) for s in scored)
    return {**kinds, "tokens": tokens}


def _sentence(rows: Sequence[dict[str, Any]], data: Path | None) -> str:
    heads = {r["area"]: r for r in reversed(rows)}.values()
    guessed = [r for r in heads if r["chance"] is not None and r["value_interval"]]
    above = sum(r["value_interval"][0] > r["chance"] for r in guessed)
    where = "on the project's own samples, which are no benchmark" if data is None else f"on {data}"
    return (
        f"{len(heads)} areas {where}: {above} of the {len(guessed)} in which one can guess lie "
        "above chance with their whole interval."
    )
