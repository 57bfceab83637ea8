"""An audit of one critic: judges the cases, judges again, compares pairs, applies fixes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from superalign.critics.audit import measures
from superalign.critics.audit.cases import Case, replied
from superalign.critics.audit.measures import Judged
from superalign.critics.pairwise import Pairwise, flip_rate
from superalign.critics.protocol import Critic
from superalign.progress import Progress
from superalign.records import Episode, Outcome, Verdict
from superalign.stats import rate

CHUNK = 32
"""Cases judged at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A critic, and what else of it is needed to audit it."""

    critic: Critic
    again: Critic
    """The same judge, another sample; the critic itself where it has no chance in it."""
    pairs: Pairwise | None = None
    """The same judge of pairs, where it can be one."""
    prose: bool = True
    """Whether it reads replies as prose rather than line by line."""


async def audit(
    bench: Bench, cases: Sequence[Case], truth: Critic, progress: Progress
) -> tuple[dict[str, Any], list[Judged]]:
    """Return what was measured, and every case with its verdict.

    `truth` says whether a reply that the critic's fixes make is right.
    """
    episodes = [c.episode for c in cases]
    judged = list(zip(cases, await _judge(bench.critic, episodes, progress, "judge"), strict=True))
    known = [(c, v) for c, v in judged if c.probe in ("clean", "tamper")]
    again = await _judge(
        bench.again, [c.episode for c, _ in known[::-1]], progress, "judge again, reversed"
    )
    flips = {"again": measures.flips(zip((v for _, v in known), again[::-1], strict=True))}
    order = await _order(bench, cases, progress)
    return {
        "cases": len(cases),
        "tamper": measures.tamper(judged),
        "clean": measures.clean(judged),
        "master_keys": measures.keys(judged),
        "calibration": measures.calibration(judged),
        "flips": {**flips, **measures.variants(judged), "order": order["flips"]},
        "pairs": order,
        "repair": await _repair(bench, judged, truth, progress),
        "unscored": measures.unscored(judged),
    }, judged


async def _judge(
    critic: Critic, episodes: Sequence[Episode], progress: Progress, stage: str
) -> list[Verdict]:
    progress.begin(stage, len(episodes))
    verdicts: list[Verdict] = []
    for start in range(0, len(episodes), CHUNK):
        chunk = episodes[start : start + CHUNK]
        verdicts += await critic.judge(chunk)
        progress.advance(len(chunk))
    return verdicts


async def _order(bench: Bench, cases: Sequence[Case], progress: Progress) -> dict[str, Any]:
    """Return how a judge of pairs fares on a good reply beside a wrong one, in both orders."""
    good = {c.episode.problem.id: c.episode for c in cases if c.probe == "clean"}
    pairs = [
        (good[c.episode.problem.id], c.episode)
        for c in cases
        if c.probe == "tamper" and c.episode.problem.id in good
    ]
    if bench.pairs is None:
        pairs = []
    progress.begin("compare in both orders", len(pairs))
    found = await bench.pairs.compare(pairs) if bench.pairs and pairs else []
    scored = [p for p in found if p.winner is not None]
    return {
        "prefers_good": rate(sum(p.winner == "first" for p in scored), len(scored)),
        "ties": sum(p.winner == "tie" for p in scored),
        "flips": flip_rate(found),
        "unscored": len(found) - len(scored),
    }


async def _repair(
    bench: Bench, judged: Sequence[Judged], truth: Critic, progress: Progress
) -> dict[str, Any]:
    """Return how often a fix that the critic gives raises its blind second score, and mends.

    Good and mended replies are mixed by id before they are scored again.
    """
    both = [
        (c.episode, replied(c.episode.problem, text))
        for c, v in judged
        if c.probe == "tamper" and v.outcome is Outcome.FAIL
        for text in [_mended(c.episode.final.text, v)]
        if text is not None
    ]
    mixed = sorted({e.id: e for pair in both for e in pair}.values(), key=lambda e: e.id)
    verdicts = await _judge(bench.again, mixed, progress, "judge repairs, blind")
    chances = {e.id: v.chance for e, v in zip(mixed, verdicts, strict=True)}
    scores = [(chances[a.id], chances[b.id]) for a, b in both]
    known = [(a, b) for a, b in scores if a is not None and b is not None]
    right = await truth.judge([b for _, b in both])
    scored = [v for v in right if v.outcome is not Outcome.UNSCORED]
    return {
        "score_rises": rate(sum(b > a for a, b in known), len(known)),
        "mended": rate(sum(v.outcome is Outcome.PASS for v in scored), len(scored)),
        "unscored": len(both) - len(known),
    }


def _mended(text: str, verdict: Verdict) -> str | None:
    """Return `text` with every fix of the verdict in place, or None where it has none."""
    changed = text
    for issue in verdict.issues:
        changed = issue.mended(changed) or changed
    return None if changed == text else changed
