"""Self-refinement: failed answers are revised after a critique and scored again, blind."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from superalign.critics.protocol import Critic, Judge
from superalign.games.refine import Refine
from superalign.games.solo import LEARNER
from superalign.games.table import Seat
from superalign.learners.pairs import Pair, pair_of, score
from superalign.records import Episode, Outcome, Policy

Revised = tuple[Episode, Episode]
"""An answer and its revision, both judged by the second look."""


async def refine(
    policy: Policy, judged: Sequence[Episode], critic: str, second: Critic, *, seed: int
) -> list[Revised]:
    """Let `policy` revise what `critic` failed, and let `second` look at both versions.

    The second look scores answer and revision alike, afresh and without knowing which is which:
    answers were picked for a low first score, and would seem to improve by chance alone.
    """
    failed = [e for e in judged if _criticised(e, critic)]
    revisions = await asyncio.gather(*(_revise(policy, e, critic, seed) for e in failed))
    both = [*failed, *revisions]
    mixed = sorted(range(len(both)), key=lambda i: both[i].id)
    seen = await Judge(second)([both[i].bare() for i in mixed])
    after = dict(zip(mixed, seen, strict=True))
    return [(after[i], after[i + len(failed)]) for i in range(len(failed))]


def accepted(revised: Sequence[Revised], second: str, *, gap: float) -> list[Pair]:
    """Return a pair per revision that passes the second look and scores better by `gap`."""
    pairs = []
    for first, revision in revised:
        verdict = revision.verdict(second)
        before, after = score(first, second), score(revision, second)
        if verdict is None or verdict.outcome is not Outcome.PASS or before is None:
            continue
        if after is not None and after - before >= gap:
            pairs.append(pair_of(revision, first, after - before, "refine"))
    return pairs


def _criticised(episode: Episode, critic: str) -> bool:
    verdict = episode.verdict(critic)
    return verdict is not None and verdict.outcome is Outcome.FAIL and bool(verdict.critique)


async def _revise(policy: Policy, episode: Episode, critic: str, seed: int) -> Episode:
    verdict = episode.verdict(critic)
    critique = verdict.critique if verdict else ""
    seats = {LEARNER: Seat(policy=policy)}
    (revision,) = await Refine(episode, critique).play(episode.problem, seats, seed=seed)
    return revision
