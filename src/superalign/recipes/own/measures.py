"""What a run on a user's own problems measures: counts and intervals, nothing that trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from superalign.critics.gold import Gold
from superalign.critics.protocol import Critic
from superalign.learners.pairs import score
from superalign.records import Episode, Outcome, Verdict
from superalign.stats import auroc, rate


async def accuracy(gold: Gold, episodes: Sequence[Episode]) -> dict[str, Any]:
    """Return the share of right answers among those with a key, and how many went unscored."""
    verdicts = await _of_labelled(gold, episodes)
    return {**passes(verdicts), "unscored": _unscored(verdicts)}


def passes(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the share of passes among what was scored, with its Wilson interval."""
    scored = [v for v in verdicts if v.outcome is not Outcome.UNSCORED]
    return {**rate(sum(v.outcome is Outcome.PASS for v in scored), len(scored))}


async def against_gold(gold: Gold, critic: str, judged: Sequence[Episode]) -> dict[str, Any]:
    """Measure a critic against the key, on every answer that both scored.

    Several answers of one problem are not independent, so the interval is the narrower side.
    """
    labelled = [e for e in judged if e.problem.id in gold.key]
    truths = await gold.judge([e.bare() for e in labelled])
    said = [e.verdict(critic) for e in labelled]
    both = [
        (score(e, critic), v.outcome, t.outcome)
        for e, v, t in zip(labelled, said, truths, strict=True)
        if v and Outcome.UNSCORED not in (v.outcome, t.outcome)
    ]
    agreed = sum(outcome is truth for _, outcome, truth in both)
    ranked = [(s, truth is Outcome.PASS) for s, _, truth in both if s is not None]
    return {
        "accuracy": rate(agreed, len(both)),
        "auroc": auroc([s for s, _ in ranked], [t for _, t in ranked]),
        "n": len(both),
        "unscored": {
            "critic": sum(v is None or v.outcome is Outcome.UNSCORED for v in said),
            "gold": _unscored(truths),
        },
    }


def judged_by(critic: str, episodes: Sequence[Episode]) -> dict[str, Any]:
    """Return the share a critic passes, and how many it left unscored, by reason.

    `bounds` are the share if it had failed all of those, and if it had passed them.
    """
    verdicts = [v for e in episodes if (v := e.verdict(critic)) is not None]
    passed = sum(v.outcome is Outcome.PASS for v in verdicts)
    reasons = [v.kind or "unscored" for v in verdicts if v.outcome is Outcome.UNSCORED]
    return {
        "pass_rate": passes(verdicts),
        "unscored": {reason: reasons.count(reason) for reason in sorted(set(reasons))},
        "bounds": _bounds(passed, len(reasons), len(verdicts)),
    }


def _bounds(passed: int, unscored: int, n: int) -> dict[str, float | None]:
    if not n:
        return {"worst": None, "best": None}
    return {"worst": passed / n, "best": (passed + unscored) / n}


def sentence(summary: Mapping[str, Any]) -> str:
    """Return what a run found, in one sentence: the pass rate, what bounds it, and the pairs."""
    given, pairs = summary["passed"]["given"], summary["pairs"]["n"]
    found, bounds = given["pass_rate"], given["bounds"]
    made = f"{pairs} preference pairs were made."
    if found["rate"] is None:
        return f"{summary['critic']} scored no answer of {summary['learner']}; {made}"
    missing = sum(given["unscored"].values())
    return (
        f"{summary['critic']} passed {found['rate']:.0%} of the {found['n']} answers of "
        f"{summary['learner']} that it scored ({missing} unscored, so between "
        f"{bounds['worst']:.0%} and {bounds['best']:.0%} of all); {made}"
    )


def firsts(episodes: Sequence[Episode]) -> list[Episode]:
    """Return one answer per problem, the first, so that a rate's trials are independent."""
    return list({e.problem.id: e for e in reversed(episodes)}.values())[::-1]


async def _of_labelled(gold: Critic, episodes: Sequence[Episode]) -> list[Verdict]:
    verdicts = await gold.judge([e.bare() for e in episodes])
    return [v for v in verdicts if v.kind != "no_key"]


def _unscored(verdicts: Sequence[Verdict]) -> int:
    return sum(v.outcome is Outcome.UNSCORED for v in verdicts)
