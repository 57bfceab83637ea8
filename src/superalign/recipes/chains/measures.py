"""What the recipe `chains` measures against gold, for the reader alone: no round reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from superalign import stats
from superalign.critics.oracle import Oracle
from superalign.loop import Round
from superalign.records import Episode, Outcome, Verdict


def by_level(counts: Mapping[str, Sequence[int]]) -> dict[str, stats.Rate]:
    """Return the rate of every level from [right, problems]."""
    return {level: stats.rate(right, n) for level, (right, n) in counts.items()}


def pooled(counts: Mapping[str, Sequence[int]], levels: Sequence[int]) -> stats.Rate:
    """Return the rate over some levels taken together."""
    chosen = [counts[str(level)] for level in levels]
    return stats.rate(sum(right for right, _ in chosen), sum(n for _, n in chosen))


def critic_measures(judged: Sequence[Episode], levels: Sequence[int]) -> dict[str, Any]:
    """Measure a critic on everything it judged, by gold, in hindsight.

    Calibration is told apart for the `levels` that people label and for those above.
    """
    gold = Oracle()
    found: dict[int, list[tuple[float, float, bool]]] = defaultdict(list)
    for episode in judged:
        verdict = episode.verdicts[-1]
        raw = verdict.uncalibrated
        if verdict.confidence is not None and raw is not None:
            right = gold.verdict(episode.bare()).outcome == Outcome.PASS
            found[episode.problem.level or 0].append((verdict.confidence, raw, right))
    easy = [x for level in levels for x in found[level]]
    hard = [x for level, xs in found.items() if level not in levels for x in xs]
    return {
        "auroc_by_level": {str(k): _auroc(found[k]) for k in sorted(found)},
        "ece": {"raw": _ece(easy, 1), "calibrated": _ece(easy, 0)},
        "ece_hard": {"raw": _ece(hard, 1), "calibrated": _ece(hard, 0)},
        "accepted": _accepted(judged, gold),
        "reliability": {
            "easy_raw": _reliability(easy, 1),
            "easy": _reliability(easy, 0),
            "hard_raw": _reliability(hard, 1),
            "hard": _reliability(hard, 0),
        },
    }


def _accepted(judged: Sequence[Episode], gold: Oracle) -> dict[str, Any]:
    """Return by level how many of the solutions the critic passed are right."""
    passed: dict[int, list[bool]] = defaultdict(list)
    for episode in judged:
        if episode.verdicts[-1].outcome == Outcome.PASS:
            right = gold.verdict(episode.bare()).outcome == Outcome.PASS
            passed[episode.problem.level or 0].append(right)
    return {str(k): stats.rate(sum(x), len(x)) for k, x in sorted(passed.items())}


def _auroc(points: Sequence[tuple[float, float, bool]]) -> float | None:
    return stats.auroc([p[1] for p in points], [p[2] for p in points])


def _ece(points: Sequence[tuple[float, float, bool]], column: int) -> float | None:
    return stats.ece([p[column] for p in points], [p[2] for p in points])


def _reliability(points: Sequence[tuple[float, float, bool]], column: int) -> list[Any]:
    return list(stats.reliability([p[column] for p in points], [p[2] for p in points]))


def round_measures(done: Round[Any], samples: int) -> dict[str, Any]:
    """Return what one round did."""
    return {
        "round": done.number,
        "attacked": len(done.tried) // samples,
        "sampled": len(done.tried),
        "accepted": done.examples,
        "unscored": done.unscored,
        "labels": sum(done.labels.values()),
        "promoted": done.decision.promoted,
        "reasons": list(done.decision.reasons),
    }


def table_row(
    number: int,
    counts: Mapping[str, Sequence[int]],
    critic: Any,
    done: Round[Any] | None,
    labels: Any,
) -> dict[str, Any]:
    """Return one row of the table a person watches."""
    levels = {f"level {level}": right / n for level, (right, n) in counts.items()}
    hard = [x for k, x in (critic or {}).get("auroc_by_level", {}).items() if int(k) > 3 and x]
    return {
        "round": number,
        **levels,
        "critic AUROC": stats.mean_known(hard),
        "labels": sum(labels.values()),
        "unscored": done.unscored if done else None,
        "promoted": done.decision.promoted if done else None,
    }


def surviving_failures(
    wrong: Sequence[Episode], verdicts: Sequence[Verdict]
) -> list[dict[str, Any]]:
    """Return failures, judged by gold, with the critic's words beside what gold says."""
    return [
        {
            "level": episode.problem.level,
            "prompt": episode.problem.prompt,
            "solution": episode.final.text,
            "faulted_step": next((i.step for i in verdict.issues), None),
            "critique": verdict.critique or f"the critic says {verdict.outcome.value}",
            "gold_first_error": _first_error(episode),
        }
        for episode, verdict in zip(wrong, verdicts, strict=True)
    ]


def _first_error(episode: Episode) -> int | None:
    """Return the index of the first line that gold called wrong; None where it scored none."""
    steps = episode.verdicts[-1].steps
    return next((i for i, score in enumerate(steps) if not score), None)
