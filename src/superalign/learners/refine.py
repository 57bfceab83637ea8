"""Self-refinement: failed answers are revised after a critique and scored again, blind.

After Madaan et al. 2023, arXiv 2303.17651, whose learner judges itself; here an independent second
look decides, since what a critic asks for is not yet what is better.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from superalign.critics.protocol import Critic, Judge
from superalign.games.refine import Refine
from superalign.games.solo import LEARNER
from superalign.games.table import Seat
from superalign.learners.pairs import Pair, score
from superalign.records import Episode, Outcome, Policy, seed_of

Revised = tuple[Episode, Episode]
"""An answer and its best revision, both judged by the second look."""
MOST_TURNS = 3


async def refine(
    policy: Policy,
    judged: Sequence[Episode],
    critic: Critic,
    second: Critic,
    *,
    seed: int,
    turns: int = 1,
    delta: float = 0.1,
) -> list[Revised]:
    """Let `policy` revise what `critic` failed, and let `second` look at all versions.

    A revision that `critic` fails too is revised again, up to `turns` times. The second look scores
    answer and revisions alike, afresh and without knowing which is which: answers were picked for a
    low first score, and would seem to improve by chance alone. The best revision is kept, not the
    last; one in which a dimension falls by more than `delta` only where all do.

    Raises:
        ValueError: Unless there are one to three turns.
    """
    if not 1 <= turns <= MOST_TURNS:
        raise ValueError(f"{turns} turns; there are one to {MOST_TURNS}")
    failed = [e for e in judged if _criticised(e, critic.id)]
    versions = {e.id: [e] for e in failed}
    now = failed
    for turn in range(turns):
        each = seed if turn == 0 else seed_of(seed, "turn", turn)
        revisions = await asyncio.gather(*(_revise(policy, e, critic.id, each) for e in now))
        for first, revision in zip(_roots(versions, now), revisions, strict=True):
            versions[first].append(revision)
        if turn + 1 < turns:
            again = await Judge(critic)([r.bare() for r in revisions])
            now = [e for e in again if _criticised(e, critic.id)]
    seen = await _blind(second, [e for group in versions.values() for e in group])
    found = [[seen[e.id] for e in group] for group in versions.values()]
    return [(first, _best(first, rest, second.id, delta)) for first, *rest in found]


def accepted(
    revised: Sequence[Revised], second: str, *, gap: float, delta: float = 0.1
) -> list[Pair]:
    """Return a pair per revision that passes the second look and scores better by `gap`.

    One in which a dimension falls by more than `delta` makes no pair.
    """
    pairs = []
    for first, revision in revised:
        before, after = score(first, second), score(revision, second)
        if revision.outcome(second) is not Outcome.PASS or before is None:
            continue
        kept = not falls(first, revision, second, delta)
        if kept and after is not None and after - before >= gap:
            moves = revision.moves[-1], first.moves[-1]
            pairs.append(Pair.of(first.problem.id, *moves, after - before, "refine", second))
    return pairs


def falls(before: Episode, after: Episode, critic: str, delta: float) -> bool:
    """Return whether a dimension that `critic` scored in both falls by more than `delta`."""
    was, now = before.verdict(critic), after.verdict(critic)
    if was is None or now is None:
        return False
    scores = [(s, now.scores.get(name)) for name, s in was.scores.items()]
    return any(b - a > delta for b, a in scores if b is not None and a is not None)


def _best(first: Episode, rest: Sequence[Episode], second: str, delta: float) -> Episode:
    """Return the revision of the highest score, those in which nothing falls first."""

    def rank(revision: Episode) -> tuple[bool, float]:
        right = score(revision, second)
        return not falls(first, revision, second, delta), -1.0 if right is None else right

    return max(rest, key=rank)


def _roots(versions: dict[str, list[Episode]], now: Sequence[Episode]) -> list[str]:
    """Return which answer each of `now` is the latest version of."""
    latest = {group[-1].id: name for name, group in versions.items()}
    return [latest[e.id] for e in now]


async def _blind(second: Critic, versions: Sequence[Episode]) -> dict[str, Episode]:
    """Return versions by id, judged in an order that tells nothing."""
    mixed = sorted({e.id: e for e in versions}.values(), key=lambda e: e.id)
    seen = await Judge(second)([e.bare() for e in mixed])
    return {e.id: e for e in seen}


def _criticised(episode: Episode, critic: str) -> bool:
    verdict = episode.verdict(critic)
    return verdict is not None and verdict.outcome is Outcome.FAIL and bool(verdict.critique)


async def _revise(policy: Policy, episode: Episode, critic: str, seed: int) -> Episode:
    verdict = episode.verdict(critic)
    critique = verdict.critique if verdict else ""
    seats = {LEARNER: Seat(policy=policy)}
    (revision,) = await Refine(episode, critique).play(episode.problem, seats, seed=seed)
    return revision
