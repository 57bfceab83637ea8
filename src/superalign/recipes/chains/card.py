"""What the model card of a chains organism says."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from superalign import stats
from superalign.critics.oracle import Oracle
from superalign.games import Seat, Solo
from superalign.games.solo import LEARNER
from superalign.policies.local import LocalPolicy
from superalign.problems import chains_corpus
from superalign.recipes.chains.arm import problems
from superalign.records import Outcome

TEST = 200
"""Test problems per level."""


def data() -> dict[str, Any]:
    """Return what it was pretrained on."""
    return {
        "levels": list(chains_corpus.LEVELS),
        "level_weights": chains_corpus.LEVEL_WEIGHTS,
        "misled_authors_by_level": chains_corpus.MISLED,
        "slips_per_step": chains_corpus.SLIP,
        "with_distractors": chains_corpus.DISTRACTED,
        "with_shuffled_definitions": chains_corpus.SHUFFLED,
        "note": "unlabelled worked solutions by generated fallible authors; no gold",
    }


def measured(folder: Path) -> dict[str, Any]:
    """Return the greedy rate of fully right solutions by level."""
    policy = LocalPolicy(folder, temperature=0.0, max_new_tokens=220)
    test = problems(chains_corpus.LEVELS, TEST, seed=1)
    return {
        "accuracy": f"fully right (answer and every step), greedy, {TEST} plain problems a level",
        "accuracy_by_level": asyncio.run(_accuracy(policy, test)),
    }


async def _accuracy(policy: LocalPolicy, test: list[Any]) -> dict[str, stats.Rate]:
    seats, oracle = {LEARNER: Seat(policy=policy)}, Oracle()
    played = await asyncio.gather(*(Solo().play(p, seats) for p in test))
    right: dict[int, list[bool]] = {}
    for (episode,) in played:
        passed = oracle.verdict(episode).outcome == Outcome.PASS
        right.setdefault(episode.problem.level or 0, []).append(passed)
    return {str(level): stats.rate(sum(x), len(x)) for level, x in right.items()}
